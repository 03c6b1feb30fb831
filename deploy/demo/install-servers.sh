#!/usr/bin/env bash
# Installs the named servers where they are missing. Debian only; elsewhere it says what to do.
set -euo pipefail

declare -A command_of=([prometheus]=prometheus [alertmanager]=prometheus-alertmanager [chromium]=chromium)
declare -A packages_of=([prometheus]=prometheus [alertmanager]=prometheus-alertmanager [chromium]="chromium fonts-dejavu-core")

missing=()
for name in "$@"; do
    if [ "$name" = kubectl ] || [ "$name" = kustomize ]; then
        "$(dirname "$0")/../kubernetes/fetch-kustomize.sh" # no package of Debian 12 is new enough
        continue
    fi
    # Debian calls Alertmanager's binary prometheus-alertmanager, everybody else alertmanager.
    if ! command -v "${command_of[$name]}" >/dev/null && ! command -v "$name" >/dev/null; then
        read -ra packages <<<"${packages_of[$name]}"
        missing+=("${packages[@]}")
    fi
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "missing: $* — install Prometheus (with promtool) and Alertmanager so that they are on PATH, then run this again" >&2
    exit 2
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing: ${missing[*]} — as root: apt-get install ${missing[*]}" >&2; exit 2; }
    as_root=(sudo)
fi
echo "installing ${missing[*]}" >&2
# Debian starts the services it installs; the demo and the tests bring their own, on free ports.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    made_policy=yes
fi
trap '[ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"' EXIT
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
