"""Customers who come and go while the monitor runs, and while it does not, beside a real Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sla_monitor.compliance.rolls import Presence, Roll
from tests.daemon.conftest import Make
from tests.faults.facts import clock
from tests.faults.monitors import Monitor, until
from tests.ledger.specimens import opened
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import STALE, Series, push

HOUR, DAY = 3600, 86_400
TEMPLATE = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {name: found}
spec:
  discover: {query: 'group by (tenant) (up{job="found"})', label: tenant, name: 'found-{{tenant}}'}
  template:
    title: For {{tenant}}
    objectives:
      - name: reachable
        target: 99%
        window: {rolling: 12h}
        slice: 5m
        indicator: {probe: {series: 'up{job="found"}'}}
"""


def tenant(name: str, first: int, last: int) -> Series:
    """Up each 15 s; a stale marker ends it."""
    at = np.arange(first, last + 1, 15, dtype=np.int64)
    labels = {"__name__": "up", "job": "found", "instance": "a", "tenant": name}
    return Series(labels, at * 1000, np.where(at < last, 1.0, STALE))


def looked(path: Path, until_: int) -> None:
    """As a monitor left it that was stopped then: acme and dora were there."""
    path.parent.mkdir(parents=True)
    book = opened(path)
    book.keep_roll("found", Roll(), Roll(until_, {name: (Presence(None),) for name in ("acme", "dora")}))
    book.store.close()


def standings(monitor: Monitor) -> dict[str, str]:
    return {one["agreement"]: one["status"] for one in monitor.standings()}


def written(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_after_a_standstill_everybody_came_and_went_when_they_did(make: Make, prometheus: Prometheus) -> None:
    now = clock() // 60 * 60
    came, went = now - 5 * HOUR, now - 30 * HOUR
    push(
        prometheus.url,
        [tenant("acme", now - 3 * DAY, now), tenant("carl", came, now), tenant("dora", now - 3 * DAY, went)],
    )
    monitor = make(prometheus.url)
    monitor.resolution = 15
    monitor.agree("found", TEMPLATE)
    looked(monitor.ledger, now - 50 * HOUR)
    monitor.start()
    expected = {"found-acme": "met", "found-carl": "met", "found-dora": "ended"}
    until("everybody is measured", lambda: standings(monitor) == expected)

    assert monitor.metric("sla_monitor_discovered_customers", template="found") == 2
    assert [(one["count"], one["customers"]) for one in monitor.events("customers_appeared")] == [(1, ["carl"])]
    assert [(one["count"], one["customers"]) for one in monitor.events("customers_gone")] == [(1, ["dora"])]
    # Nobody feeds it by now, but of the hours before it came nothing is missed.
    assert monitor.standing("found-carl", "reachable")["coverage"] > 0.95
    terms = {name: monitor.get(f"/api/v1/agreements/found-{name}").json()["term"] for name in ("acme", "carl", "dora")}
    assert terms["acme"]["from"] is None
    assert terms["carl"]["from"] == written(came)
    assert monitor.standing("found-dora", "reachable")["reason"] == (
        f"the agreement ended {written(went)[:16].replace('T', ' ')} UTC, when its customer was last seen"
    )
    assert "when its customer was last seen" in monitor.get("/agreements/found-dora").text

    begun = monitor.get("/api/v1/agreements").json()
    monitor.leave()
    monitor.sections = {"agreements": {"paths": [str(monitor.agreements)], "max_discovered": 2}}
    monitor.start()
    until("the fault is told", lambda: monitor.metric("sla_monitor_agreement_faults") == 1)
    assert len(begun) == 3
    assert {one["agreement"] for one in monitor.standings()} == {"found-acme", "found-carl"}, "who is there goes first"
    assert "3 customers are there, and 2 are taken on" in monitor.events("agreement_faulty")[-1]["fault"]


def test_nobody_is_there_yet(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    monitor.agree("nobody", TEMPLATE.replace("found", "nobody"))
    monitor.start()

    until("it looked", lambda: monitor.metric("sla_monitor_discovered_customers", template="nobody") == 0)
    until("it is ready all the same", monitor.ready)


def test_a_source_that_is_away_ends_nobody(make: Make) -> None:
    monitor = make("http://127.0.0.1:9")
    monitor.agree("found", TEMPLATE)
    looked(monitor.ledger, clock() - 10 * DAY)
    monitor.start()

    assert set(until("those of before", lambda: standings(monitor))) == {"found-acme", "found-dora"}
    told = until("it is told once", lambda: monitor.events("customers_unknown"))
    assert told[0]["template"] == "found"
    assert set(standings(monitor)) == {"found-acme", "found-dora"}
