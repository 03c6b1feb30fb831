"""The ledger in a file: SQLite, held by a lock file beside it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError
from sla_monitor.ledger import revisions
from sla_monitor.ledger.store import BUSY_SECONDS, Store


class SqliteStore(Store):
    """Transactions on one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._engine = _engine(self.path)
        self._held: IO[str] | None = None
        self._current = False

    def prepare(self) -> None:
        with _told(f"cannot make the ledger {self.path}"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as connection:
            revisions.migrate(connection)
        self._current = True

    def hold(self) -> None:
        lock = Path(f"{self.path}.lock")
        with _told(f"cannot make the lock file {lock}"):
            lock.parent.mkdir(parents=True, exist_ok=True)
            held = lock.open("a+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.seek(0)
            owner = held.read().strip() or "unknown"
            held.close()
            raise LedgerBusyError(
                f"another monitor (process {owner}) keeps the ledger {self.path}: stop it, or give this one "
                "a ledger of its own (--ledger sqlite:///other.db)"
            ) from error
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._held = held

    def close(self) -> None:
        self._engine.dispose()
        if self._held:
            self._held.close()

    @contextmanager
    def writing(self, *, lasting: bool = False) -> Iterator[Connection]:
        with (
            _told(f"cannot write the ledger {self.path}"),
            self._engine.connect() as connection,
            _synchronous(connection, "FULL" if lasting else "NORMAL"),
            connection.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        if not self.path.exists():
            raise ConfigError(
                f"there is no ledger at {self.path}: start `sla-monitor run` or `backfill`, or name it with --ledger"
            )
        with _told(f"cannot read the ledger {self.path}"), self._engine.connect() as connection, connection.begin():
            if not self._current:
                revisions.refuse_other(connection, self.name)
                self._current = True
            yield connection

    def compact(self) -> None:
        with _told(f"cannot compact the ledger {self.path}"), self._engine.connect() as connection:
            driver = _driver(connection)
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def size_bytes(self) -> int:
        files = (Path(f"{self.path}{suffix}") for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def sizes(self, connection: Connection) -> dict[str, int]:
        query = (
            "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name"  # of its pages
        )
        try:
            return dict(map(tuple, connection.exec_driver_sql(query)))
        except OperationalError:  # SQLite was built without it
            return {}

    @contextmanager
    def as_it_is(self, connection: Connection) -> Iterator[None]:
        driver = _driver(connection)
        driver.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        try:
            yield
        finally:
            driver.text_factory = str

    def damages(self, connection: Connection) -> Iterator[str]:
        return (told for (told,) in connection.exec_driver_sql("PRAGMA integrity_check(10)") if told != "ok")

    def damage(self, error: BaseException) -> str | None:
        return str(error) if type(error) is sqlite3.DatabaseError else None


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def _synchronous(connection: Connection, mode: str) -> Iterator[None]:
    """Outside of a transaction, where alone SQLite takes it."""
    _driver(connection).execute(f"PRAGMA synchronous={mode}")
    yield


def _engine(path: Path) -> Engine:
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        # A transaction lost to a power cut takes its watermark with it, so it is measured again.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise LedgerError(f"{what}: {getattr(error, 'orig', None) or error}") from error
    except OSError as error:
        raise LedgerError(f"{what}: {error.strerror or error}") from error
