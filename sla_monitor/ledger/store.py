"""The ledger's database file: opened, migrated, and held by one monitor at a time."""

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
from sqlalchemy.exc import SQLAlchemyError

from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError
from sla_monitor.ledger import tables

BUSY_SECONDS = 5
"""Transactions take far less; who holds the lock for longer is told of, and tried again."""


class Store:
    """Transactions on one SQLite ledger. `url`: `sqlite:///relative` or `sqlite:////absolute`."""

    def __init__(self, url: str) -> None:
        self.path = _path_of(url)
        self._engine = _engine(self.path)
        self._held: IO[str] | None = None
        self._current = False

    def prepare(self) -> None:
        """Makes the file where it is missing and brings its tables up to date."""
        with _told(f"cannot make the ledger {self.path}"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as connection:
            found = _revision(connection)
            if found != tables.HEAD:
                _migrate(connection, found)
        self._current = True

    def hold(self) -> None:
        """Keeps every other monitor away until this process ends, however it ends."""
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
        """All or nothing. Takes the write lock at once, so that what is read stays true until the commit.

        `lasting`: it survives a power cut. What can be measured again need not.
        """
        with (
            _told(f"cannot write the ledger {self.path}"),
            self._engine.connect() as connection,
            _synchronous(connection, "FULL" if lasting else "NORMAL"),
            connection.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent picture, beside a writer."""
        if not self.path.exists():
            raise ConfigError(
                f"there is no ledger at {self.path}: start `sla-monitor run` or `backfill`, or name it with --ledger"
            )
        with _told(f"cannot read the ledger {self.path}"), self._engine.connect() as connection, connection.begin():
            if not self._current:
                _refuse_other(connection, self.path)
                self._current = True
            yield connection

    def size_bytes(self) -> int:
        files = (Path(f"{self.path}{suffix}") for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())


@contextmanager
def _synchronous(connection: Connection, mode: str) -> Iterator[None]:
    """Outside of a transaction, where alone SQLite takes it."""
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute(f"PRAGMA synchronous={mode}")
    yield


def _path_of(url: str) -> Path:
    if not url.startswith("sqlite:///"):
        shown = url.split("://", 1)[0]
        raise ConfigError(f"a ledger of kind {shown!r} is not in this version: use sqlite:///FILE (ledger.url)")
    return Path(url.removeprefix("sqlite:///")).expanduser()


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


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _migrate(connection: Connection, found: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "sla_monitor.ledger:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise _newer(found) from error


def _refuse_other(connection: Connection, path: Path) -> None:
    """Who only reads migrates nothing, and must not read what it may misunderstand."""
    found = _revision(connection)
    if found is None or found < tables.HEAD:
        raise ConfigError(
            f"{path} is {'no ledger yet' if found is None else 'a ledger of an older sla-monitor'}: "
            "`sla-monitor run` or `backfill` brings it up to date"
        )
    if found > tables.HEAD:
        raise _newer(found)


def _newer(found: str | None) -> ConfigError:
    return ConfigError(
        f"the ledger was written by a newer sla-monitor (revision {found!r}, this one knows {tables.HEAD!r}): "
        "run that version, or start with another ledger"
    )


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise LedgerError(f"{what}: {getattr(error, 'orig', None) or error}") from error
    except OSError as error:
        raise LedgerError(f"{what}: {error.strerror or error}") from error
