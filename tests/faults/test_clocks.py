"""The monitor's clock steps an hour forward and back: nothing is missing, and nothing is stated that has not ended."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import facts, ledgers
from tests.faults.clocks import Clock
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.rig.processes import Prometheus

TRAFFIC = Traffic("clocks", broken=7)
HOUR, EVERY = 3600, 4


@pytest.fixture
def off(tmp_path: Path) -> Clock:
    made = Clock(tmp_path / "off")
    made.step(0)
    return made


def stated(monitor: Monitor) -> list[int]:
    """When the hours end that were stated."""
    begins = [datetime.fromisoformat(event["window"]).timestamp() for event in monitor.events("window_closed")]
    return [int(begin) + HOUR for begin in begins]


def goes_on(monitor: Monitor, instant: int) -> bool:
    return written(monitor.ledger) > 0 and ledgers.watermark(monitor.ledger) > instant


def test_an_hour_forward_and_back(make: Make, prometheus: Prometheus, off: Clock) -> None:
    monitor = make(prometheus.url, schedule={"tick": 1, "grace": "1m", "catch_up_limit": "3h"})
    monitor.extra = off.environment
    monitor.agree("shop", facts.agreement("clocks", every=f"{EVERY}s"))
    monitor.agree("hours", facts.agreement("clocks", "hours", every=f"{EVERY}s", window="hour"))
    since = clock() // EVERY * EVERY - 3 * HOUR
    with facts.fed(prometheus.url, TRAFFIC, since):
        monitor.start()
        until("it is current", lambda: goes_on(monitor, clock() - 20))
        off.step(HOUR)
        told = until("it is told of", lambda: monitor.events("clock_ahead_of_source"))
        assert abs(told[0]["seconds"] - HOUR) <= 5
        at = clock()
        until("it goes on as the source's clock does", lambda: goes_on(monitor, at + 16))
        off.step(-HOUR)
        told = until("it is told of", lambda: monitor.events("clock_set_back"))
        assert abs(told[0]["seconds"] - 2 * HOUR) <= 5
        assert monitor.ready()
        off.step(0)
        end = clock() // EVERY * EVERY
        until("it goes on", lambda: goes_on(monitor, end + 4 * EVERY))
        until("it is whole", lambda: monitor.standing("shop", "reachable")["coverage"] > 0.99)
        monitor.leave()
    assert stated(monitor), "that of the last hours was due"
    assert max(stated(monitor)) <= clock(), "what has not ended is not stated, whatever our clock says"
    assert monitor.events("job_failed") == monitor.events("pass_failed") == monitor.events("judging_failed") == []
    span = Span(since + 60, end)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, prometheus.url, span), span)
