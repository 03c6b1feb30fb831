"""A ledger that cannot be written: nothing is half written, it is told of, and it heals."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span
from tests.faults import disks, facts, ledgers
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until, written
from tests.rig.processes import Prometheus

TRAFFIC = Traffic("disk", broken=7)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.mounted(tmp_path / "disk", "1m") as why_not:
        if why_not:
            pytest.skip(why_not)
        yield tmp_path / "disk"


def test_a_full_disk(make: Make, prometheus: Prometheus, small_disk: Path) -> None:
    monitor = make(prometheus.url)
    monitor.ledger = small_disk / "ledger.db"
    monitor.agree("shop", facts.agreement("disk"))
    since = clock() // 2 * 2 - 120
    with facts.fed(prometheus.url, TRAFFIC, since):
        monitor.start()
        until("it is current", lambda: written(monitor.ledger) and ledgers.watermark(monitor.ledger) > clock() - 30)
        stone = disks.fill(small_disk)
        until("it is told of", lambda: [e for e in monitor.events("pass_failed") if "disk is full" in e["error"]])
        assert "cannot write the ledger" in monitor.events("pass_failed")[-1]["error"]
        before = written(monitor.ledger)
        until("not ready", lambda: not monitor.ready())
        assert monitor.get("/metrics").status_code == 200
        assert monitor.get("/").status_code == 200
        assert written(monitor.ledger) == before
        stone.unlink()
        monitor.reload()  # ends the pause
        end = clock() // 2 * 2
        until("it goes on", lambda: ledgers.watermark(monitor.ledger) > end + 8)
        until("it is ready", monitor.ready)
        monitor.leave()
    span = Span(since + 60, end)
    ledgers.assert_same(monitor.ledger, ledgers.undisturbed(monitor, prometheus.url, span), span)
    assert monitor.events("job_failed") == []


def test_killed_on_a_full_disk(make: Make, prometheus: Prometheus, small_disk: Path) -> None:
    monitor = make(prometheus.url)
    monitor.ledger = small_disk / "ledger.db"
    monitor.agree("shop", facts.agreement("disk"))
    with facts.fed(prometheus.url, TRAFFIC, clock() - 60):
        monitor.start()
        until("something is measured", lambda: written(monitor.ledger))
        stone = disks.fill(small_disk)
        until("it is told of", lambda: monitor.events("pass_failed"))
        before = written(monitor.ledger)
        monitor.kill()
        stone.unlink()
        monitor.start()
        until("it goes on", lambda: written(monitor.ledger) > before)
    connection = sqlite3.connect(monitor.ledger)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_ledger_that_somebody_locks(make: Make, prometheus: Prometheus) -> None:
    """As a person with the sqlite3 command does: it is waited for, told of, and nothing is missing afterwards."""
    monitor = make(prometheus.url)
    monitor.agree("shop", facts.agreement("disk"))
    with facts.fed(prometheus.url, TRAFFIC, clock() - 60):
        monitor.start()
        until("something is measured", lambda: written(monitor.ledger))
        connection = sqlite3.connect(monitor.ledger, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        before = written(monitor.ledger)
        standing = until("it still shows", lambda: monitor.standing("shop", "reachable"))
        assert standing["agreement"] == "shop"
        until("it is told of", lambda: [e for e in monitor.events("pass_failed") if "locked" in e["error"]])
        assert written(monitor.ledger) == before
        connection.execute("ROLLBACK")
        connection.close()
        monitor.reload()
        until("it goes on", lambda: written(monitor.ledger) > before)


def test_a_ledger_that_is_none(make: Make, prometheus: Prometheus) -> None:
    monitor: Monitor = make(prometheus.url)
    monitor.ledger.parent.mkdir()
    monitor.ledger.write_text("this is no database\n" * 100)
    monitor.prepare()
    done = subprocess.run(monitor.argv(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert done.stderr == f"sla-monitor: cannot write the ledger {monitor.ledger}: file is not a database\n"


def test_a_frame_that_nobody_can_read(make: Make, prometheus: Prometheus) -> None:
    """What nobody foresaw is told and tried again: it never silently ends the measuring."""
    monitor = make(prometheus.url)
    monitor.agree("shop", facts.agreement("disk"))
    with facts.fed(prometheus.url, TRAFFIC, clock() - 600):
        monitor.start()
        until("something is folded", lambda: changed(monitor, "UPDATE day SET frame = CAST(x'63' || frame AS BLOB)"))
        until("it is told of", lambda: monitor.events("judging_failed") or monitor.events("pass_failed"))
        assert monitor.get("/").status_code == 200
        assert changed(
            monitor, "UPDATE day SET frame = CAST(substr(frame, 2) AS BLOB) WHERE substr(frame, 1, 1) = x'63'"
        )
        monitor.reload()
        before = written(monitor.ledger)
        until("it goes on", lambda: written(monitor.ledger) > before)
        until("it is ready", monitor.ready)


def changed(monitor: Monitor, statement: str) -> int:
    connection = sqlite3.connect(monitor.ledger)
    with connection:
        count = connection.execute(statement).rowcount
    connection.close()
    return count
