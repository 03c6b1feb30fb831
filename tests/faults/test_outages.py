"""A Prometheus that is away: nothing moves forward, others are not held up, and afterwards nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import facts, ledgers
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

TRAFFIC = Traffic("outage", broken=7)
PAST = 300


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus of the test's own, to be stopped."""
    with Prometheus(tmp_path / "prometheus") as server:
        yield server


def seen(monitor: Monitor) -> int:
    return ledgers.watermark(monitor.ledger)


def measured_after(monitor: Monitor, instant: int) -> bool:
    return written(monitor.ledger) > 0 and seen(monitor) > instant


def test_stopped_for_two_slices(make: Make, own: Prometheus) -> None:
    since = clock() // 2 * 2 - PAST
    monitor = make(own.url)
    monitor.agree("shop", facts.agreement("outage"))
    with facts.fed(own.url, TRAFFIC, since):
        monitor.start()
        until("it is current", lambda: measured_after(monitor, clock() - 20))
        own.stop()
        failures = until("a failure", lambda: monitor.events("pass_failed"))
        before = seen(monitor)
        assert "did not answer" in failures[0]["error"]
        assert [event["next_try_in_seconds"] for event in failures[:3]] == [1, 2, 4][: len(failures)]
        until("not ready", lambda: not monitor.ready())
        assert seen(monitor) == before
        assert monitor.metric("sla_monitor_queries_total", source="default", result="failed")
        own.start()
        monitor.reload()  # ends the pause
        back = clock() // 2 * 2
        until("it goes on", lambda: measured_after(monitor, back + 10))
        until("it is ready", monitor.ready)
        until("it is told", lambda: monitor.events("source_measured_again"))
        monitor.leave()
    span = Span(since + 60, back + 2)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, own.url, span), span)


def test_away_for_a_day(make: Make, prometheus: Prometheus) -> None:
    """Measured until yesterday, and then for a day not at all: catching up is the same path."""
    now = clock() // 60 * 60
    push(prometheus.url, Traffic("away", broken=30, cycle=3600).series(now - 3 * 86_400, now, 15))
    monitor = make(prometheus.url)
    monitor.resolution = 15
    monitor.agree("shop", facts.agreement("away", every="1m", window="{rolling: 2d}"))
    monitor.prepare()
    yesterday = Span(now - 2 * 86_400, now - 86_400)
    ledgers.undisturbed(monitor, prometheus.url, yesterday).parent.rename(monitor.ledger.parent)
    assert seen(monitor) == yesterday.end
    monitor.start()
    until("all is measured", lambda: monitor.standing("shop", "reachable").get("coverage", 0) > 0.999)
    monitor.leave()
    span = Span(yesterday.start, now - 300)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, prometheus.url, span), span)


def test_one_that_hangs_does_not_hold_up_another(make: Make, own: Prometheus, prometheus: Prometheus) -> None:
    now = clock()
    for server in (own, prometheus):
        push(server.url, TRAFFIC.series(now - PAST, now))
    monitor = make(own.url)
    monitor.timeout = 4
    monitor.sources = {"frozen": own.url, "lively": prometheus.url}
    monitor.agree("one", facts.agreement("outage", "one", source="frozen"))
    monitor.agree("two", facts.agreement("outage", "two", source="lively"))
    own.pause()
    monitor.start()

    def until_of(source: str) -> float:
        return monitor.metric("sla_monitor_measured_until_timestamp_seconds", source=source) or 0

    until("the lively one is current", lambda: until_of("lively") > clock() - 30)
    until("the frozen one is told of", lambda: monitor.events("pass_failed"))
    assert {event["source"] for event in monitor.events("pass_failed")} == {"frozen"}
    assert until_of("frozen") < now - 3000
    assert monitor.get("/readyz").text == "source 'frozen' has not answered lately\n"
    assert monitor.standing("two", "reachable")["coverage"] is not None
    at = until_of("lively")
    until("it goes on meanwhile", lambda: until_of("lively") > at)
    own.resume()
    until("it is back", lambda: until_of("frozen") > clock() - 30)
    until("it is ready", monitor.ready)
    assert monitor.metric("sla_monitor_cycle_lag_seconds", source="frozen") is not None
