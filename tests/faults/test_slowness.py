"""One slow source never delays another: not its slices, nor the board, a reload, or who is there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.faults import facts
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.faults.proxies import Proxy, proxied
from tests.rig.processes import Prometheus
from tests.sources import broken
from tests.sources.broken import Answer

TRAFFIC = Traffic("slowness", broken=7)
TIMEOUT = 20
"""Seconds that each question of the slow source takes, and is asked three times."""
LATE = 18
"""Seconds, on shared cores; anything that waited for the slow one would be later than it is given up."""

FOUND = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {{name: found-{source}}}
spec:
  discover: {{query: 'group by (instance) (up{{job="slowness"}})', label: instance, name: '{source}-{{{{instance}}}}'}}
  template:
    title: Of {{{{instance}}}}
    source: {source}
    objectives:
      - name: reachable
        target: 99%
        window: {{rolling: 1h}}
        slice: 2s
        indicator: {{probe: {{series: 'probe_success{{job="slowness"}}'}}}}
"""


@pytest.fixture
def hung(prometheus: Prometheus) -> Iterator[Proxy]:
    with proxied(prometheus.url) as opened:
        opened.break_("hang")
        yield opened


def test_one_hangs_and_the_others_are_as_quick_as_ever(make: Make, hung: Proxy, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    monitor.sources, monitor.timeout = {"default": prometheus.url, "slow": hung.url}, TIMEOUT
    monitor.agree("shop", facts.agreement("slowness"))
    monitor.agree("other", facts.agreement("slowness", "other", source="slow"))
    for source in monitor.sources:
        monitor.agree(f"found-{source}", FOUND.format(source=source))
    with facts.fed(prometheus.url, TRAFFIC, clock() - 150):
        monitor.start()
        until("the quick one is measured", lambda: (measured_until(monitor) or 0) > clock() - LATE)
        until("its customers are found", lambda: monitor.standing("default-a", "reachable").get("coverage"))
        asked, worst, reloads = len(hung.headers), 0, list[float]()
        ends = time.monotonic() + TIMEOUT
        while time.monotonic() < ends:
            began = time.monotonic()
            monitor.reload().raise_for_status()
            reloads.append(time.monotonic() - began)
            worst = max(worst, clock() - int(measured_until(monitor) or 0))
            time.sleep(1)
        assert worst <= LATE
        assert max(reloads) <= LATE / 2
        judged = datetime.fromisoformat(monitor.standing("shop", "reachable")["at"])
        assert clock() - judged.timestamp() <= LATE
        assert not monitor.standing("slow-a", "reachable")
        assert monitor.metric("sla_monitor_queries_total", source="slow", result="success") is None
        assert asked >= 1


def measured_until(monitor: Monitor) -> float | None:
    return monitor.metric("sla_monitor_measured_until_timestamp_seconds", source="default")


def test_a_source_that_wants_a_rest_gets_it(make: Make, prometheus: Prometheus) -> None:
    busy = [True]
    refusal = Answer(429, b"too many outstanding requests", headers={"Retry-After": "60"})
    with broken.proxy(lambda _: refusal if busy else None, prometheus.url) as front:
        monitor = make(front.url)
        monitor.agree("shop", facts.agreement("slowness"))
        with facts.fed(prometheus.url, TRAFFIC, clock() - 30):
            monitor.start()
            (failed, *_) = until("a failure", lambda: monitor.events("pass_failed"))
            assert "answered HTTP 429" in failed["error"]
            assert 55 <= failed["next_try_in_seconds"] <= 60
            asked = len(front.asked)
            time.sleep(5)
            assert len(front.asked) == asked == 1
            busy.clear()
            monitor.reload()  # ends the rest
            until("it is measured", lambda: (measured_until(monitor) or 0) > clock() - LATE)
            monitor.leave()
