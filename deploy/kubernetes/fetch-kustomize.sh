#!/usr/bin/env bash
# Puts a kustomize that can render these manifests into .cache/bin, unless the machine has one. Needs no root.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The first Debian release with kustomize; the program runs on older ones too. Debian 12's kubectl knows only kustomize 2.
readonly FIRST_RELEASE=trixie

renders() { "$@" deploy/kubernetes/base >/dev/null 2>&1; }
renders .cache/bin/kustomize build || renders kustomize build || renders kubectl kustomize && exit 0

advice="install kustomize 5 or kubectl 1.27 or newer so that it is on PATH"
command -v apt-get >/dev/null || { echo "no kustomize that can render deploy/kubernetes: $advice" >&2; exit 2; }
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016 # apt fills the field in
mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' "Release: $release" 'Component: main' 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "apt names no mirror of ${release:-this system}: $advice" >&2; exit 2; }

echo "fetching kustomize from Debian $FIRST_RELEASE" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache}/partial "$work"/{sources,cache/archives/partial}
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$FIRST_RELEASE" >"$work/sources/debian.sources"
# Lists of its own: the machine's choice of release stays untouched.
apt=(apt-get -qq -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o Dir::Etc::SourceList=/dev/null
    -o "Dir::Etc::SourceParts=$work/sources" -o APT::Sandbox::User=)
"${apt[@]}" update
(cd "$work" && "${apt[@]}" download kustomize)
dpkg-deb --extract "$work"/kustomize_*.deb "$work/tree"
mkdir -p .cache/bin
mv "$work/tree/usr/bin/kustomize" .cache/bin/
renders .cache/bin/kustomize build || { echo "the fetched kustomize does not render deploy/kubernetes: $advice" >&2; exit 2; }
