"""kill -9 at any moment loses nothing and counts nothing twice."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import facts, ledgers
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.faults.proxies import Proxy, proxied
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

DAY = 86_400
DAYS = 16
STEP = 15
MEASUREMENTS = 4
ROUNDS = int(os.environ.get("SLA_MONITOR_TEST_KILLS", "24"))
EACH = max(6, ROUNDS // 4)
"""Of so many lives one goes on until it has measured something."""


@pytest.fixture
def slow(prometheus: Prometheus) -> Iterator[Proxy]:
    """So that there is a middle of a cycle to be killed in."""
    with proxied(prometheus.url) as proxy:
        proxy.slow_down(0.05)
        yield proxy


@pytest.fixture
def monitor(tmp_path: Path, prometheus: Prometheus, slow: Proxy) -> Iterator[Monitor]:
    now = clock() // 60 * 60
    push(prometheus.url, Traffic("killed", broken=45, cycle=3600).series(now - (DAYS + 1) * DAY, now, STEP))
    made = Monitor(tmp_path, {"default": slow.url}, schedule={"tick": 1, "catch_up_limit": f"{DAYS}d"})
    made.resolution = STEP
    made.agree("shop", facts.agreement("killed", every="1m", window=f"{{rolling: {DAYS}d}}"))
    made.agree("store", facts.agreement("killed", "store", every="30s", window=f"{{rolling: {DAYS}d}}"))
    yield made
    made.stop()


def test_killed_in_the_middle_of_cycles(monitor: Monitor, prometheus: Prometheus, slow: Proxy) -> None:
    end = clock() // 60 * 60 - 300
    wanted = MEASUREMENTS * (DAYS * DAY - 600)
    dice, progress = random.Random(7), [0]
    for number in range(ROUNDS):
        monitor.start()
        if number % EACH == 0:
            until("some progress", lambda: written(monitor.ledger) > progress[-1])
        time.sleep(dice.uniform(0, 0.5))
        monitor.kill()
        progress.append(written(monitor.ledger))
    assert progress == sorted(progress), "something is gone"
    assert progress[-1] < wanted, "all was measured before the last kill: the test needs a longer past"
    slow.slow_down(0)
    monitor.start()
    until("the rest", lambda: written(monitor.ledger) >= wanted)
    assert monitor.leave()[0] == 0
    span = Span((end - (DAYS - 1) * DAY) // DAY * DAY + DAY, end)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, prometheus.url, span), span)
