#!/usr/bin/env bash
# Writes the shipped alerting rules anew: for the Prometheus operator, and for the compose file's Prometheus.
set -euo pipefail
cd "$(dirname "$0")/.."

program=${SLA_MONITOR:-.venv/bin/sla-monitor}
write() { # the old file stays where the program fails
    local target=$1 made
    shift
    made=$("$program" rules "$@")
    printf '# Written by deploy/rules.sh; sla-monitor rules --help tells what can be changed.\n%s\n' "$made" >"$target"
}
write deploy/kubernetes/base/prometheusrule.yaml --kubernetes
write deploy/compose/rules/sla-monitor.yaml
