"""A monitor on PostgreSQL whose server is restarted, crashes, hangs, and has no connection left: nothing is missing."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from sla_monitor.compliance.spans import Span
from sla_monitor.errors import LedgerError
from tests.faults import disks, facts, ledgers, monitors
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.rig.postgres import NOBODY, Postgres
from tests.rig.processes import Prometheus

TRAFFIC = Traffic("postgres", broken=7)
SECRET = "hunter2"  # noqa: S105 - that nobody may see


@contextlib.contextmanager
def small(size: str) -> Iterator[Path | None]:
    """A disk that the server may write to; None where nothing can be mounted."""
    with (
        TemporaryDirectory(prefix="sla-monitor-disk-") as folder,
        disks.mounted(Path(folder) / "disk", size) as why_not,
    ):
        if why_not:
            yield None
            return
        Path(folder).chmod(0o755)
        shutil.chown(Path(folder) / "disk", NOBODY)
        yield Path(folder) / "disk"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Postgres]:
    """A server of the test's own, with few connections and its log on a disk of its own."""
    few = {"max_connections": "14", "superuser_reserved_connections": "1"}
    log = {"min_wal_size": "2MB", "max_wal_size": "8MB"}
    with (
        small("64m") as disk,
        Postgres(tmp_path / "postgres", disk and disk / "wal", **few, **(log if disk else {})) as server,
    ):
        yield server


@pytest.fixture
def small_disk() -> Iterator[Path | None]:
    """Where the server may lay a ledger."""
    with small("24m") as disk:
        yield disk


@pytest.fixture
def url(database: Postgres, small_disk: Path | None) -> str:
    """With a password, which a trusting server does not ask for."""
    name = database.database()
    if small_disk is not None:
        database.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
        database.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
    return database.url_of(name).replace("@", f":{SECRET}@")


@pytest.fixture
def monitor(make: Make, prometheus: Prometheus, url: str) -> Monitor:
    made = make(prometheus.url, ledger={"url": url, "timeout": 2})
    made.agree("shop", facts.agreement("postgres"))
    return made


def measured_after(url: str, instant: int) -> bool:
    try:
        return ledgers.watermark(url) > instant
    except (LedgerError, ValueError, IndexError):  # away, or nothing there yet
        return False


@contextlib.contextmanager
def restarted(database: Postgres) -> Iterator[None]:
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextlib.contextmanager
def crashed(database: Postgres) -> Iterator[None]:
    """What it had not yet written to its log is lost to it, and not to us."""
    database.stop(signal.SIGQUIT)
    try:
        yield
    finally:
        database.start()


@contextlib.contextmanager
def hanging(database: Postgres) -> Iterator[None]:
    database.pause()
    try:
        yield
    finally:
        database.resume()


@contextlib.contextmanager
def out_of_connections(database: Postgres) -> Iterator[None]:
    """Somebody else takes every connection that becomes free, those of the monitor among them."""
    engine = sa.create_engine(database.url_of("postgres").replace(":", "+psycopg:", 1), poolclass=sa.NullPool)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(engine.connect())
        first.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ledger_1'")
        with contextlib.suppress(sa.exc.OperationalError):
            while True:
                stack.enter_context(engine.connect())
        yield


@contextlib.contextmanager
def read_only(database: Postgres) -> Iterator[None]:
    """Now it only follows another, as a primary does that was replaced; then it is made the primary."""
    with restarted(database):
        (database.data / "standby.signal").touch()
    yield
    database.execute("SELECT pg_promote()")


@contextlib.contextmanager
def forbidden(database: Postgres) -> Iterator[None]:
    """As who runs it forbids writing by default, or a provider whose disk comes to its end does."""
    for value in ("on", "off"):
        database.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        database.execute("SELECT pg_reload_conf()")
        if value == "on":
            yield


@contextlib.contextmanager
def full(database: Postgres) -> Iterator[None]:
    """The disk that the ledger lies on, to the last byte; the server's own log is on another."""
    ((disk,),) = database.execute("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'small'")
    stone = disks.fill(Path(str(disk)))
    yield
    stone.unlink()


@contextlib.contextmanager
def full_log(database: Postgres) -> Iterator[None]:
    """The disk of its own log: it panics at the next piece, again or for good until there is room."""
    stone = disks.fill(database.wal.parent)
    with contextlib.suppress(sa.exc.DBAPIError):
        for number in itertools.count():
            database.execute(f"CREATE TABLE much_{number} AS SELECT generate_series(1, 20000)")
    yield
    stone.unlink()
    until("it is back", lambda: _back(database))


def _back(database: Postgres) -> bool:
    """By itself, or started by us: with its log full it may end for good at any moment of its recovery."""
    if not database.running.alive:
        database.stop()
        database.start()
    return database.answers()


FAULTS = {
    restarted: "see that the server runs, and that ledger.url names it; it is tried again",
    crashed: "see that the server runs",
    hanging: "see that the server answers",
    out_of_connections: "close other connections, or raise max_connections; it is tried again",
    read_only: "name the primary, or add ?target_session_attrs=read-write to ledger.url",
    forbidden: "take back default_transaction_read_only (of the server, the database or the user)",
    full_log: "see that the server runs",
    full: "give the server room; it is tried again",
}
"""With what there is to do, as the log tells it."""


def failures(monitor: Monitor) -> list[str]:
    """In the order in which they were told."""
    lines = [json.loads(line) for line in monitor.log.read_text().splitlines() if line.startswith("{")]
    return [line["error"] for line in lines if line["event"] in ("pass_failed", "judging_failed")]


def test_every_fault_of_a_server(
    monitor: Monitor, database: Postgres, small_disk: Path | None, prometheus: Prometheus, url: str
) -> None:
    since = clock() // 2 * 2 - 120
    with facts.fed(prometheus.url, TRAFFIC, since):
        monitor.start()
        until("it is current", lambda: measured_after(url, clock() - 30))
        for fault, way_out in FAULTS.items() if small_disk else [*FAULTS.items()][:-2]:
            with fault(database):
                until(f"{fault.__name__} is told of", lambda: not monitor.ready())
                until("with a way out", lambda way_out=way_out: any(way_out in one for one in failures(monitor)))
                assert monitor.get("/").status_code == 200
            began = clock()
            until(f"it goes on after {fault.__name__}", lambda began=began: measured_after(url, began))
            until("it is ready", monitor.ready)
        end = clock() // 2 * 2
        until("it is sure of that", lambda: measured_after(url, end + 8))
        monitor.leave()
    span = Span(since + 60, end)
    ledgers.assert_same(url, ledgers.undisturbed(monitor, prometheus.url, span), span)
    assert all(f" the ledger postgresql://{database.address}/ledger_1: " in one for one in failures(monitor))
    assert monitor.events("job_failed") == []
    assert SECRET not in monitor.log.read_text()


def test_a_ledger_in_postgresql_serves_every_verb(
    monitor: Monitor, prometheus: Prometheus, url: str, database: Postgres
) -> None:
    """As people use it: the daemon measures, and beside it others look, declare and verify."""
    with facts.fed(prometheus.url, TRAFFIC, clock() // 2 * 2 - 120):
        monitor.start()
        until("it is current", lambda: measured_after(url, clock() - 30))
        until("it is ready", monitor.ready)
        assert (monitor.metric("sla_monitor_ledger_size_bytes") or 0) > 100_000
        config = ("--config", str(monitor.config))
        status = monitors.run("status", *config)
        assert (status.returncode, status.stderr) == (0, "")
        assert "availability" in status.stdout
        declared = monitors.run("exclude", "add", "shop", "--from", "2026-01-01T00:00:00Z", "--until", "2026-01-01T01:00:00Z", "--category", "maintenance", "--author", "Ann", "--reason", "why", *config)  # fmt: skip # noqa: E501
        assert declared.returncode == 0
        until("it is seen", lambda: "why" in monitor.get("/api/v1/exclusions").text)
        verified = monitors.run("verify", *config)
        assert (verified.returncode, verified.stderr) == (0, "0 statements checked, 0 flaws found\n")
        second = monitors.run("run", *config, "--listen", "127.0.0.1:0")
        assert second.returncode == 2
        assert f"another monitor (process {monitor.pid} on " in second.stderr
        shown = monitors.run("config", *config).stdout
        assert f"postgresql://{database.address}/ledger_1" in shown
        assert SECRET not in shown + status.stdout + verified.stdout + second.stderr
        monitor.leave()
    assert not found(database, "pg_locks WHERE locktype = 'advisory'"), "it let go of the ledger"


def found(database: Postgres, what: str) -> bool:
    return bool(database.execute(f"SELECT 1 FROM {what}"))  # noqa: S608


def test_a_ledger_is_moved_and_measured_on(
    make: Make, prometheus: Prometheus, url: str, monitor: Monitor, database: Postgres
) -> None:
    """From a file into a database: what was measured before and after is as if it had always been one."""
    since = clock() // 2 * 2 - 120
    before = make(prometheus.url, "before")
    before.agree("shop", facts.agreement("postgres"))
    with facts.fed(prometheus.url, TRAFFIC, since):
        before.start()
        until(
            "it is current",
            lambda: before.ledger.exists() and measured_after(f"sqlite:///{before.ledger}", clock() - 30),
        )
        kept = monitors.run("ledger", "move", url, "--config", str(before.config))
        assert (kept.returncode, kept.stdout) == (2, "")
        assert "another monitor (process" in kept.stderr
        before.leave()
        moved = monitors.run("ledger", "move", url, "--config", str(before.config))
        assert (moved.returncode, moved.stderr) == (0, "")
        assert f" rows are in postgresql://{database.address}/ledger_1: each of " in moved.stdout
        assert moved.stdout.endswith("have the same digest as before; every seal and the chain of statements hold\n")
        monitor.start()
        end = clock() // 2 * 2
        until("it goes on", lambda: measured_after(url, end + 4))
        monitor.leave()
    span = Span(since + 60, end)
    ledgers.assert_same(url, ledgers.undisturbed(monitor, prometheus.url, span), span)
    stats = json.loads(monitors.run("ledger", "stats", "-o", "json", "--config", str(monitor.config)).stdout)
    assert [row["slices"] for row in stats if row["table"] == "all"] > [100]
