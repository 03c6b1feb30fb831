#!/usr/bin/env bash
# Puts the Prometheus 3 that was tested into .cache/prometheus3 and prints where it is, or says why it cannot be had.
# Needs no root; the machine's own is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Debian's only release with Prometheus 3 so far. It moves: a newer one than was tested must not fail a check by itself.
readonly SUITE=sid
readonly TESTED=3.5
readonly FOUND=$PWD/.cache/prometheus3/prometheus

fail() { echo "no Prometheus 3: $1; put one at $FOUND" >&2; exit 2; }
runs() { [[ $("$FOUND" --version 2>&1) == *"version $TESTED."* ]]; }
if ! runs; then
    command -v apt-get >/dev/null || fail "there is no apt-get to fetch it"
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016 # apt fills the field in
    mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' "Release: $release" 'Component: main' | head -n 1)
    [ -n "$mirror" ] || fail "apt names no mirror of ${release:-this system}"
    echo "fetching prometheus from Debian $SUITE" >&2
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists,cache}/partial "$work"/{sources,cache/archives/partial}
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
        "$mirror" "$SUITE" >"$work/sources/debian.sources"
    # Lists of its own: the machine's choice of release stays untouched. Nobody waits long for a mirror that is silent.
    apt=(timeout 120 apt-get -qq -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache"
        -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/sources" -o APT::Sandbox::User=
        -o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o APT::Update::Error-Mode=any)
    { "${apt[@]}" update && cd "$work" && "${apt[@]}" download prometheus && dpkg-deb --extract prometheus_*.deb tree; } \
        >"$work/log" 2>&1 || fail "nothing can be had from Debian $SUITE ($(grep -m 1 '^[EW]:' "$work/log" || echo 'in time'))"
    mkdir -p "$(dirname "$FOUND")"
    mv "$work/tree/usr/bin/prometheus" "$FOUND"
    runs || fail "that of Debian $SUITE does not run here, or is no $TESTED, which was tested"
fi
echo "$FOUND"
