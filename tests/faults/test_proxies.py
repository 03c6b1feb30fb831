"""Answers that are none: nothing moves forward, and once they are sound again nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import facts, ledgers
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.faults.proxies import Proxy, proxied
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.sources import broken
from tests.sources.broken import Answer

TRAFFIC = Traffic("proxied", broken=7)

FAULTS = {
    "html": "no JSON, or a cut-off one: '<html>",
    "garbage": "no JSON, or a cut-off one: '\\x00",
    "cut off": """no JSON, or a cut-off one: '{"status""",
    "torn": "did not answer: RemoteProtocolError",
    "unavailable": "answered HTTP 503",
    "too many requests": "answered HTTP 429",
    "wants a rest": "answered HTTP 429: too many outstanding requests",
    "refused": "refused (HTTP 422): the store is being compacted",
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
        assert pauses(monitor, FAULTS["wants a rest"]) == [600]
        proxy.break_("sound, but called HTML")
        monitor.reload()
        until("it is taken for what it is", monitor.ready)
        proxy.heal()
        nothing_is_missing(monitor, prometheus, since)
    assert monitor.events("job_failed") == []


def nothing_is_missing(monitor: Monitor, prometheus: Prometheus, since: int) -> None:
    """Once it is measured until now."""
    end = clock() // 2 * 2
    until("it is sure of that", lambda: ledgers.watermark(monitor.ledger) > end + 8)
    monitor.leave()
    span = Span(since + 60, end)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, prometheus.url, span), span)


def pauses(monitor: Monitor, error: str) -> list[int]:
    return [event["next_try_in_seconds"] for event in monitor.events("pass_failed") if error in event["error"]]


def test_a_source_that_answers_and_calls_every_query_too_much(
    monitor: Monitor, proxy: Proxy, prometheus: Prometheus
) -> None:
    """It is the queries that wait then, and not the source. What was too much for a while is not cut up for ever."""
    monitor.sections = {"schedule": {"tick": 1, "catch_up_limit": "1h"}}
    since = clock() // 2 * 2 - 120
    with facts.fed(prometheus.url, TRAFFIC, since):
        monitor.start()
        until("it is current", lambda: written(monitor.ledger) and ledgers.watermark(monitor.ledger) > clock() - 30)
        proxy.break_("too much", only="query_range")
        named = {("shop/availability",), ("shop/reachable",)}
        until("all are named", lambda: {tuple(e["objectives"]) for e in monitor.events("not_measured")} == named)
        before = written(monitor.ledger)
        assert "refused (HTTP 422): query would load too many samples" in monitor.events("not_measured")[-1]["error"]
        assert monitor.metric("sla_monitor_queries_total", source="default", result="failed")
        until("it is late", lambda: (monitor.metric("sla_monitor_cycle_lag_seconds", source="default") or 0) > 10)
        assert monitor.ready()
        assert written(monitor.ledger) == before
        proxy.heal()
        asked = len(proxy.paths)
        monitor.reload()
        nothing_is_missing(monitor, prometheus, since)
    assert monitor.events("pass_failed") == []
    assert max(map(points, proxy.paths[asked:])) > 5


def points(path: str) -> int:
    """How many instants are asked for."""
    form = {name: int(value) for name, value in parse_qsl(urlsplit(path).query) if name in {"start", "end", "step"}}
    return (form["end"] - form["start"]) // form["step"] + 1 if len(form) == 3 else 0


def test_whoever_is_redirected_to_is_neither_asked_nor_told_who_we_are(
    monitor: Monitor, proxy: Proxy, prometheus: Prometheus
) -> None:
    (source,) = monitor.document()["sources"]
    secret = {"basic_auth": {"username": "ann", "password": "hunter-basic"}, "headers": {"X-Key": "hunter-header"}}
    monitor.sections = {"sources": [{**source, **secret}]}
    since = clock() // 2 * 2 - 120
    with facts.fed(prometheus.url, TRAFFIC, since), broken.proxy(lambda _: None, prometheus.url) as other:
        monitor.start()
        until("it is current", lambda: written(monitor.ledger) and ledgers.watermark(monitor.ledger) > clock() - 30)
        assert {headers.get("X-Key") for headers in proxy.headers} == {"hunter-header"}
        where = other.url.replace("127.0.0.1", "localhost") + "/api/v1/query?query=vector(1)&token=hunter-token"
        for status, body in REDIRECTS.items():
            proxy.break_(Answer(status, body, headers={"Location": where}))
            monitor.reload()
            error = f"redirects elsewhere (HTTP {status}): set the final URL"
            until(f"{status} in the log", lambda error=error: told(monitor, error))
        until("not ready", lambda: not monitor.ready())
        assert other.asked == []
        assert "hunter" not in monitor.log.read_text()
        proxy.heal()
        monitor.reload()
        nothing_is_missing(monitor, prometheus, since)
    assert other.asked == []


REDIRECTS = {301: b"", 302: b"<html>Found", 303: b'{"message": "see other"}', 307: b"", 308: b'{"status": "success"}'}


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
