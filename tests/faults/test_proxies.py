"""Answers that are none: nothing moves forward, and once they are sound again nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import facts, ledgers
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.faults.proxies import Proxy, proxied
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

TRAFFIC = Traffic("proxied", broken=7)

FAULTS = {
    "html": "no JSON, or a cut-off one: '<html>",
    "garbage": "no JSON, or a cut-off one: '\\x00",
    "cut off": """no JSON, or a cut-off one: '{"status""",
    "torn": "did not answer: RemoteProtocolError",
    "unavailable": "HTTP 503",
    "warnings": "in part only: a store did not answer",
    "no data": "without data",
    "strange numbers": "no vector or matrix",
}


@pytest.fixture
def proxy(prometheus: Prometheus) -> Iterator[Proxy]:
    with proxied(prometheus.url) as opened:
        yield opened


@pytest.fixture
def monitor(make: Make, proxy: Proxy) -> Monitor:
    made = make(proxy.url)
    made.agree("shop", facts.agreement("proxied"))
    return made


def test_every_kind_of_broken_answer(monitor: Monitor, proxy: Proxy, prometheus: Prometheus) -> None:
    since = clock() // 2 * 2 - 120
    with facts.fed(prometheus.url, TRAFFIC, since):
        monitor.start()
        until("it is current", lambda: written(monitor.ledger) and ledgers.watermark(monitor.ledger) > clock() - 30)
        proxy.break_("html")
        until("the first failure", lambda: told(monitor, FAULTS["html"]))
        before = written(monitor.ledger)
        for fault, error in FAULTS.items():
            proxy.break_(fault)
            monitor.reload()  # ends the pause
            until(f"{fault} in the log", lambda error=error: told(monitor, error))
            assert written(monitor.ledger) == before, fault
        until("not ready", lambda: not monitor.ready())
        proxy.heal()
        monitor.reload()
        until("it is ready", monitor.ready)
        end = clock() // 2 * 2
        until("it is sure of that", lambda: ledgers.watermark(monitor.ledger) > end + 8)
        monitor.leave()
    span = Span(since + 60, end)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, prometheus.url, span), span)
    assert monitor.events("job_failed") == []


def told(monitor: Monitor, error: str) -> bool:
    return any(error in event["error"] for event in monitor.events("pass_failed"))


def test_a_measurement_that_fails_alone_holds_up_no_other(monitor: Monitor, prometheus: Prometheus) -> None:
    now = clock()
    push(prometheus.url, TRAFFIC.series(now - 120, now))
    wrong = facts.agreement("proxied", "wrong").replace(
        "{probe: {series: 'probe_success{job=\"proxied\"}'}}", TWO_SERIES
    )
    assert wrong != facts.agreement("proxied", "wrong")
    monitor.agree("wrong", wrong)
    monitor.start()
    until("the others are measured", lambda: monitor.standing("shop", "reachable").get("coverage") is not None)
    until("the wrong one is tried again", lambda: len(monitor.events("not_measured")) >= 3)
    events = monitor.events("not_measured")
    assert {tuple(event["objectives"]) for event in events} == {("wrong/reachable",)}
    assert "2 series where one is wanted" in events[0]["error"]
    assert [event["next_try_in_seconds"] for event in events[:3]] == [1, 2, 4]
    until("it is ready: the source answers, only the query is wrong", monitor.ready)
    lag = monitor.metric("sla_monitor_cycle_lag_seconds", source="default")
    assert lag is not None
    assert lag > 3000, "what was never measured is late"


def test_one_so_slow_that_it_is_never_caught_up_with_answers_all_the_same(
    monitor: Monitor, proxy: Proxy, prometheus: Prometheus
) -> None:
    """Each pass takes longer than a slice, so that there is always more to measure."""
    now = clock()
    push(prometheus.url, TRAFFIC.series(now - 120, now))
    proxy.slow_down(1)
    monitor.start()
    until("it is ready", monitor.ready)
    assert monitor.events("pass_failed") == []


TWO_SERIES = "{threshold: {query: 'http_requests_total{job=\"proxied\"}', is: '> 0'}}"


def test_queries_that_hang_while_the_simplest_is_answered(
    monitor: Monitor, proxy: Proxy, prometheus: Prometheus
) -> None:
    now = clock()
    push(prometheus.url, TRAFFIC.series(now - 120, now))
    proxy.break_("unavailable", only="query_range")
    monitor.start()
    until("a failure", lambda: monitor.events("pass_failed"))
    assert "HTTP 503" in monitor.events("pass_failed")[0]["error"]
    until("not ready", lambda: not monitor.ready())
    assert written(monitor.ledger) == 0
    proxy.heal()
    monitor.reload()
    until("it is ready", monitor.ready)
