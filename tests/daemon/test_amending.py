"""A promise amended while the daemon runs: both indicators count, each in its time."""

from __future__ import annotations

from sla_monitor.compliance.periods import rfc3339
from tests.daemon.conftest import Make
from tests.faults import facts
from tests.faults.facts import Traffic, clock, fed
from tests.faults.monitors import until
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

OLD, NEW = "amending-old", "amending-new"
AMENDMENT = """\
  amendments:
    - effective: %s
      objectives: [{name: reachable, target: 98%%, indicator: {probe: {series: 'probe_success{job="amending-new"}'}}}]
"""
BEFORE = 60
"""Seconds of the old indicator; it was up all the time, and the new one never before the amendment."""


def amended(effective: str) -> str:
    return facts.agreement(OLD) + AMENDMENT % effective


def test_a_new_indicator_takes_over_and_progress_is_told_of_what_goes_on(make: Make, prometheus: Prometheus) -> None:
    now = clock()
    push(prometheus.url, [*Traffic(OLD).series(now - BEFORE, now), *Traffic(NEW, 60).series(now - BEFORE, now - 1)])
    with fed(prometheus.url, Traffic(NEW), now):
        monitor = make(prometheus.url)
        monitor.agree("shop", amended(rfc3339(now)))
        monitor.start()
        until("what came after", lambda: monitor.standing("shop", "reachable").get("known_seconds", 0) >= BEFORE + 10)
        standing = monitor.standing("shop", "reachable")
        assert standing["bad"] == 0
        assert standing["amendments"][0]["target_after"] == 0.98
        assert 0.98 < standing["target"] < 0.99
        measured = ("sla_monitor_measured_until_timestamp_seconds", "sla_monitor_cycle_lag_seconds")
        until("progress beyond", lambda: (monitor.metric(measured[0], source="default") or 0) > now + 10)
        until("it is not late", lambda: (monitor.metric(measured[1], source="default") or 0) <= 10)
