#!/usr/bin/env bash
# Installs the named servers, and what else is named, where they are missing. Debian only; elsewhere it says what to do.
set -euo pipefail

declare -A command_of=([prometheus]=prometheus [alertmanager]=prometheus-alertmanager [chromium]=chromium [pdftotext]=pdftotext [victoria-metrics]=victoria-metrics)
declare -A packages_of=([prometheus]=prometheus [alertmanager]=prometheus-alertmanager [chromium]="chromium fonts-dejavu-core")
packages_of[pdftotext]=poppler-utils
packages_of[faketime]="faketime libfaketime"
packages_of[postgresql]=postgresql
packages_of[victoria-metrics]=victoria-metrics
packages_of[pango]="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"

present() {
    if [ "$1" = postgresql ]; then # Debian keeps the server off PATH
        compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null
    elif [ "$1" = faketime ]; then # a library, which its command would find
        compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null
    elif [ "$1" = pango ]; then # libraries, no command
        local libraries
        libraries=$(/sbin/ldconfig -p 2>/dev/null || true)
        [[ $libraries == *libpangoft2-1.0.so.0* && $libraries == *libharfbuzz-subset.so.0* ]]
    else # Debian calls Alertmanager's binary prometheus-alertmanager, everybody else alertmanager.
        command -v "${command_of[$1]}" >/dev/null || command -v "$1" >/dev/null
    fi
}

missing=()
for name in "$@"; do
    if [ "$name" = kubectl ] || [ "$name" = kustomize ]; then
        "$(dirname "$0")/../kubernetes/fetch-kustomize.sh" # no package of Debian 12 is new enough
        continue
    fi
    if ! present "$name"; then
        read -ra packages <<<"${packages_of[$name]}"
        missing+=("${packages[@]}")
    fi
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "missing: $* — install them (Prometheus with promtool) so that they are on PATH, then run this again" >&2
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
# Nor is a database wanted that would be started with the machine.
clusters=/etc/postgresql-common/createcluster.conf
if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e "$clusters" ]; then
    "${as_root[@]}" mkdir -p "$(dirname "$clusters")"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$clusters" >/dev/null
fi
trap '[ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"' EXIT
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
