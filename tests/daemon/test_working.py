"""The daemon at its daily work, beside a real Prometheus of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import facts
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.rig.processes import Prometheus

TRAFFIC = Traffic("working", broken=6)


@pytest.fixture
def monitor(tmp_path: Path, prometheus_server: Prometheus) -> Iterator[Monitor]:
    made = Monitor(tmp_path, {"default": prometheus_server.url})
    made.agree("shop", facts.agreement("working"))
    with facts.fed(prometheus_server.url, TRAFFIC, clock() - 3700), made:
        yield made


def test_standings_follow_the_source(monitor: Monitor) -> None:
    until("the first hour", lambda: monitor.standing("shop", "reachable").get("coverage") == 1)
    found = monitor.standing("shop", "reachable")
    assert found["attainment"] == pytest.approx(0.9, abs=0.002)
    assert found["status"] == "breached"
    events = monitor.standing("shop", "availability")
    assert events["attainment"] == pytest.approx(1 - 0.1 / 7, abs=0.0005)
    at = events["at"]
    until("a later standing", lambda: monitor.standing("shop", "availability")["at"] > at)
    until("an answer of the source that is not long ago", monitor.ready)
