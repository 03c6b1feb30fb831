"""SIGTERM ends the monitor within 5 seconds, whatever it is doing, and loses nothing."""

from __future__ import annotations

import signal
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.daemon.conftest import Make
from tests.faults import facts, ledgers
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.faults.proxies import proxied
from tests.rig.children import HOST
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

WITHIN = 5.0


@pytest.fixture
def past(prometheus: Prometheus) -> None:
    now = clock()
    push(prometheus.url, Traffic("leaving").series(now - 3700, now))


def started(make: Make, url: str) -> Monitor:
    monitor = make(url)
    monitor.agree("shop", facts.agreement("leaving"))
    return monitor.start()


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_rest(make: Make, prometheus: Prometheus, number: signal.Signals) -> None:
    monitor = started(make, prometheus.url)
    until("it is ready", monitor.ready)
    monitor.running.signal(number)
    assert monitor.running.wait(WITHIN) == 0
    assert "Traceback" not in monitor.log.read_text()
    assert [event["event"] for event in monitor.events("leaving")] == ["leaving"]


@pytest.mark.usefixtures("past")
def test_while_a_source_hangs(make: Make, prometheus: Prometheus) -> None:
    with proxied(prometheus.url) as proxy:
        monitor = started(make, proxy.url)
        until("something is measured", lambda: written(monitor.ledger))
        proxy.break_("hang")
        asked = len(proxy.headers)
        until("a question that hangs", lambda: len(proxy.headers) > asked)
        code, seconds = monitor.leave()
    assert (code, seconds < WITHIN) == (0, True)
    assert "Traceback" not in monitor.log.read_text()
    assert monitor.events("job_failed") == []


@pytest.mark.usefixtures("past")
def test_while_prometheus_is_frozen_from_the_start(make: Make, tmp_path: Path) -> None:
    with Prometheus(tmp_path / "prometheus") as own:
        own.pause()
        monitor = started(make, own.url)
        code, seconds = monitor.leave()
        own.resume()
    assert (code, seconds < WITHIN) == (0, True)


@pytest.mark.usefixtures("past")
def test_while_the_ledger_is_locked(make: Make, prometheus: Prometheus) -> None:
    monitor = started(make, prometheus.url)
    until("it is ready", monitor.ready)
    connection = sqlite3.connect(monitor.ledger, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    before, began = written(monitor.ledger), clock()
    until("a slice that is settled, and a pass that waits for the lock", lambda: clock() > began + 5)
    assert monitor.get("/healthz").text == "ok\n", "a locked ledger holds up the loop"
    code, seconds = monitor.leave()
    connection.execute("ROLLBACK")
    connection.close()
    assert (code, seconds < WITHIN) == (0, True)
    assert written(monitor.ledger) == before
    assert ledgers.watermark(monitor.ledger)


@pytest.mark.usefixtures("past")
def test_while_somebody_keeps_a_connection_open(make: Make, prometheus: Prometheus) -> None:
    monitor = started(make, prometheus.url)
    with socket.create_connection((HOST, monitor.port)) as caller:
        caller.sendall(b"GET /metrics HTTP/1.1\r\nHost: half-a-request\r\n")
        code, seconds = monitor.leave()
    assert (code, seconds < WITHIN) == (0, True)
