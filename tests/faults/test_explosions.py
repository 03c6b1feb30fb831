"""A query that answers with far more than anybody wanted: it is refused and named, and costs the others nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import facts, ledgers
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.faults.proxies import Proxy, proxied
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import Series, push

TRAFFIC = Traffic("explosion", broken=7)
SERIES, PAST, APART = 20_000, 9000, 240
"""In an hour that is measured, looked at every quarter of a minute, five million values: 90 MB, in memory two GB.

Two hours are: of these midnight leaves one at least in a single query.
"""
STEP = 15
MOST_MEMORY = 400 << 20


@pytest.fixture
def vast(tmp_path: Path) -> Iterator[Proxy]:
    """A Prometheus with very many series, and who asks it what."""
    with Prometheus(tmp_path / "vast", PrometheusSetup(out_of_order="1d")) as server, proxied(server.url) as proxy:
        at = np.arange(clock() - PAST, clock(), APART, dtype=np.int64) * 1000
        up = np.ones(len(at))
        push(server.url, [Series({"__name__": "session", "id": f"session-{i:08}"}, at, up) for i in range(SERIES)])
        yield proxy


def peak(monitor: Monitor) -> int:
    """The most bytes that it ever had in memory."""
    told = re.search(r"(?m)^VmHWM:\s+(\d+) kB$", Path(f"/proc/{monitor.pid}/status").read_text())
    assert told
    return int(told[1]) << 10


def test_a_query_that_answers_with_millions_of_values(make: Make, vast: Proxy) -> None:
    monitor = make(vast.url, schedule={"tick": 1, "catch_up_limit": "2h"})
    monitor.resolution = STEP
    monitor.agree("shop", facts.agreement("explosion", every="1m"))
    wide = "{threshold: {query: 'session', is: '< 1'}}"
    both = facts.agreement("explosion", "vast", every="1m")
    agreed = monitor.agree("vast", both.replace("{probe: {series: 'probe_success{job=\"explosion\"}'}}", wide))
    since = clock() // 60 * 60 - PAST
    with facts.fed(vast.behind, TRAFFIC, since):
        monitor.start()
        until("the others are measured", lambda: monitor.standing("shop", "reachable").get("coverage"))
        until("it is tried again", lambda: len(monitor.events("not_measured")) >= 2)
        until("it is ready: the source answers, only the query is wrong", monitor.ready)
        told = monitor.events("not_measured")
        assert {tuple(event["objectives"]) for event in told} == {("vast/reachable",)}
        refused = "session) answered with more than 48 MiB, far more series than are wanted"
        assert any(refused in event["error"] for event in told)
        assert monitor.standing("vast", "availability")["coverage"] > 0.9
        assert monitor.standing("vast", "reachable")["coverage"] == 0
        assert monitor.metric("sla_coverage_ratio", agreement="vast", objective="reachable") == 0
        assert peak(monitor) <= MOST_MEMORY
        end = clock() // 60 * 60 - 60
        until("they are current", lambda: ledgers.watermark(monitor.ledger) >= end)
        monitor.leave()
    asked = [path for path in vast.paths if "query=session&" in path]
    assert len(asked) <= 4 * len(monitor.events("not_measured")), "two stretches a pass, none of them in pieces"
    agreed.unlink()
    span = Span(since + PAST - 3480, end)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, vast.behind, span), span)
