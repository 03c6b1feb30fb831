#!/usr/bin/env bash
# Puts a Prometheus 3 into .cache/prometheus3 and prints where it is. Needs no root; the machine's own is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Debian's only release with Prometheus 3 so far. It moves, so no check of ours depends on it.
readonly SUITE=sid
readonly FOUND=$PWD/.cache/prometheus3/prometheus

runs() { "$FOUND" --version 2>&1 | grep -q 'version 3\.'; }
if ! runs; then
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016 # apt fills the field in
    mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' "Release: $release" 'Component: main' | head -n 1)
    [ -n "$mirror" ] || { echo "apt names no mirror of ${release:-this system}: put a Prometheus 3 at $FOUND" >&2; exit 2; }
    echo "fetching prometheus from Debian $SUITE" >&2
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists,cache}/partial "$work"/{sources,cache/archives/partial}
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
        "$mirror" "$SUITE" >"$work/sources/debian.sources"
    # Lists of its own: the machine's choice of release stays untouched.
    apt=(apt-get -qq -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o Dir::Etc::SourceList=/dev/null
        -o "Dir::Etc::SourceParts=$work/sources" -o APT::Sandbox::User=)
    "${apt[@]}" update
    (cd "$work" && "${apt[@]}" download prometheus)
    dpkg-deb --extract "$work"/prometheus_*.deb "$work/tree"
    mkdir -p "$(dirname "$FOUND")"
    mv "$work/tree/usr/bin/prometheus" "$FOUND"
    runs || { echo "the fetched Prometheus does not run here, or is no version 3" >&2; exit 2; }
fi
echo "$FOUND"
