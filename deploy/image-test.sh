#!/usr/bin/env bash
# Builds the image on a Debian base made here, runs it as locked down as a cluster would, asks for its health, ends it.
# Needs root and Debian's buildah, podman, runc and debootstrap; about two minutes, most of it the first base.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "image-test: $*" >&2; exit 1; }
step() { echo "image-test: $*"; }

[ "$(id -u)" -eq 0 ] || fail "run it as root: a base image is made with debootstrap"
for tool in buildah podman runc debootstrap; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install --no-install-recommends buildah podman runc debootstrap"
done

work=$(mktemp -d)
storage=(--root "$work/storage" --runroot "$work/run")
podman=(podman "${storage[@]}" --runtime runc --cgroup-manager cgroupfs)
# Podman's own limits are above what a machine that is a container itself may set.
confined=(--network none --read-only --cap-drop all --security-opt no-new-privileges
    --ulimit nofile=20000:20000 --ulimit nproc=20000:20000)
# The health check is run here, not by a timer of systemd, which a CI machine may lack.
export DISABLE_HC_SYSTEMD=true

cleanup() {
    "${podman[@]}" rm --force --time 1 --volumes monitor >/dev/null 2>&1 || true
    "${podman[@]}" rmi --all --force >/dev/null 2>&1 || true
    # The overlay driver leaves its folder mounted on itself.
    umount "$work/storage/overlay" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

make_base() {
    local release mirror tree=$work/base
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # shellcheck disable=SC2016 # apt fills the field in
    mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' "Release: $release" 'Component: main' | head -n 1)
    [ -n "$mirror" ] || fail "apt knows no mirror of $release: see /etc/apt"
    debootstrap --variant=minbase --include=python3,python3-venv "$release" "$tree" "$mirror" >"$work/debootstrap.log" ||
        fail "debootstrap: $(tail -n 3 "$work/debootstrap.log")"
    rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
    mkdir -p .cache
    tar -C "$tree" -cf .cache/image-base.part . && mv .cache/image-base.part .cache/image-base.tar
    rm -rf "$tree"
}

build() {
    # The build fetches what the requirements name: with this machine's certificates and settings of pip.
    local mounts=(--volume /etc/ssl/certs:/etc/ssl/certs:ro)
    [ ! -e /etc/pip.conf ] || mounts+=(--volume /etc/pip.conf:/etc/pip.conf:ro)
    # Podman keeps a HEALTHCHECK only in Docker's format.
    buildah "${storage[@]}" build --isolation chroot --format docker "${mounts[@]}" \
        --build-arg BASE=localhost/base:latest \
        --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
        --tag sla-monitor:test . >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; fail "the build failed"; }
}

start() {
    # No network: being alive must not depend on Prometheus.
    "${podman[@]}" run --detach --name monitor "${confined[@]}" \
        --volume "$PWD/deploy/kubernetes/base/sla-monitor.yaml:/etc/sla-monitor/sla-monitor.yaml:ro" \
        --volume "$PWD/deploy/kubernetes/base/agreements:/etc/sla-monitor/agreements:ro" \
        sla-monitor:test >/dev/null
}

inside() { "${podman[@]}" exec monitor "$@"; }
ask() { inside /opt/sla-monitor/bin/python -c 'import sys, urllib.request as r; sys.stdout.write(r.urlopen("http://127.0.0.1:9797" + sys.argv[1], timeout=5).read().decode())' "$1"; }

await_health() {
    for _ in $(seq 60); do
        "${podman[@]}" healthcheck run monitor >/dev/null 2>&1 && return
        [ "$("${podman[@]}" inspect --format '{{.State.Running}}' monitor)" = true ] || break
        sleep 0.5
    done
    "${podman[@]}" logs monitor >&2
    fail "the container did not become healthy"
}

check_confinement() {
    [ "$(inside id -u)" = 65532 ] || fail "it runs as $(inside id -u)"
    ! inside touch /opt/sla-monitor/written 2>/dev/null || fail "its root can be written to"
    inside sh -c 'test -w /var/lib/sla-monitor' || fail "its ledger folder cannot be written to"
    inside sh -c 'grep -q "^CapEff:[[:space:]]*0*$" /proc/self/status' || fail "it has capabilities"
}

end() {
    local began=$EPOCHREALTIME code
    "${podman[@]}" kill --signal TERM monitor >/dev/null
    code=$(timeout 15 "${podman[@]}" wait monitor) || fail "it did not leave within 15 s of SIGTERM"
    took=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}')
    [ "$code" = 0 ] || { "${podman[@]}" logs --tail 20 monitor >&2; fail "it left with exit code $code"; }
    awk -v t="$took" 'BEGIN {exit !(t < 5)}' || fail "it took $took s to leave"
}

[ -e .cache/image-base.tar ] || { step "making a base"; make_base; }
"${podman[@]}" import .cache/image-base.tar localhost/base:latest >/dev/null 2>&1 || fail "the base could not be imported"
step "building"
build
"${podman[@]}" run --rm "${confined[@]}" sla-monitor:test --help >/dev/null || fail "sla-monitor --help fails in the image"
start
await_health
check_confinement
inside sla-monitor check /etc/sla-monitor/agreements >/dev/null || fail "the shipped agreements have faults"
inside sla-monitor status >/dev/null || fail "sla-monitor status fails beside the running monitor"
ask /metrics >"$work/metrics"
grep -q '^sla_monitor_build_info' "$work/metrics" || fail "no sla_monitor_build_info in /metrics"
end
size() { "${podman[@]}" image inspect --format '{{.Size}}' "$1"; }
added=$((($(size sla-monitor:test) - $(size localhost/base:latest)) / 1000000))
step "passed: healthy, read-only, without capabilities, gone $took s after SIGTERM; $added MB on top of the base"
