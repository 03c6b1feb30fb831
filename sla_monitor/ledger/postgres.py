"""The ledger in PostgreSQL, 14 or newer: held by an advisory lock, which a lost connection frees."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError
from sla_monitor.ledger import connecting, revisions, tables
from sla_monitor.ledger.sharing import HERE, HOLDING, OWNER, PostgresShards
from sla_monitor.ledger.store import Store

KINDS = ("postgresql", "postgres", "postgresql+psycopg")
OLDEST = 14

_WRITING = crc32(b"sla-monitor writes") >> 1
# A connection that has read before begins READ WRITE: who forbids writing by default would not be heeded.
_BEGIN = sa.text(
    "SELECT CASE current_setting('default_transaction_read_only') "
    "WHEN 'on' THEN set_config('transaction_read_only', 'on', true) END, "
    "set_config('synchronous_commit', :commit, true), "
    f"set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock({_WRITING}, {HERE})"
)
_HOLD = sa.text(f"SELECT pg_try_advisory_lock({HOLDING}, {HERE})")
_DAMAGED = ("XX001", "XX002", "22021")
"""Pages and indexes that are not as they were written, and bytes that are no text."""


class PostgresStore(Store):
    """Transactions in one schema of one database."""

    partitioned = True

    def __init__(self, url: str, password_file: Path | None, timeout: int) -> None:
        self._url = connecting.address(url)
        self.name = connecting.shown(self._url)
        self._password_file = password_file
        self._timeout = timeout
        self._engine = self._connected(timeout, pooled=True)
        self._pictures = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._holder: Engine | None = None
        self._held: Connection | None = None
        self._holding = threading.Lock()
        self._current = False

    def prepare(self) -> None:
        with self.reading_as_it_is() as connection:
            _refuse_unfit(connection, self.name)
            current = revisions.revision(connection) == tables.HEAD
        if not current:
            patient = self._connected(None, pooled=False)
            with self._told("cannot make the ledger"), self._transaction(patient, lasting=True) as connection:
                revisions.migrate(connection)
        self._current = True

    def hold(self) -> None:
        with self._holding:
            self._holder = self._session()
            self._take()

    def shards(self, count: int, patience: int) -> PostgresShards:
        """What monitors share instead of holding the ledger each for itself."""
        return PostgresShards(
            self._session(), count, patience, told=self._told, check=self._refuse_newer, busy=self._busy
        )

    def close(self) -> None:
        self._engine.dispose()
        self._let_go()

    @contextmanager
    def writing(self, *, lasting: bool = False) -> Iterator[Connection]:
        with self._told("cannot write the ledger"):
            self._hold_on()
            with self._transaction(self._engine, lasting=lasting) as connection:
                self._refuse_newer(connection)
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.reading_as_it_is() as connection:
            if not self._current:
                revisions.refuse_other(connection, self.name)
                self._current = True
            yield connection

    @contextmanager
    def reading_as_it_is(self) -> Iterator[Connection]:
        """Whatever its version."""
        with self._told("cannot read the ledger"), self._pictures.connect() as connection, connection.begin():
            yield connection

    def compact(self) -> None:
        patient = self._connected(None, pooled=False).execution_options(isolation_level="AUTOCOMMIT")
        with self._told("cannot compact the ledger"), patient.connect() as connection:
            names = (connection.dialect.identifier_preparer.quote(name) for name in tables.metadata.tables)
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(names)}")

    def size_bytes(self) -> int:
        with self.reading() as connection:
            return sum(self.sizes(connection).values())

    def sizes(self, connection: Connection) -> dict[str, int]:
        query = sa.text(
            "SELECT name, sum(pg_total_relation_size(part))::bigint FROM unnest(CAST(:names AS text[])) AS name, "
            "LATERAL (SELECT to_regclass(quote_ident(name)) AS part "
            "UNION SELECT relid FROM pg_partition_tree(to_regclass(quote_ident(name)))) AS parts GROUP BY name"
        )
        return dict(map(tuple, connection.execute(query, {"names": [*tables.metadata.tables]})))

    def as_it_is(self, connection: Connection) -> AbstractContextManager[None]:  # noqa: ARG002 - of SQLite's files alone
        return nullcontext()

    def damages(self, connection: Connection) -> Iterator[str]:  # noqa: ARG002 - pages are checked as they are read
        return iter(())

    def damage(self, error: BaseException) -> str | None:
        return str(error) if getattr(error, "sqlstate", None) in _DAMAGED else None

    def _session(self) -> Engine:
        """For locks, which last as long as the connection that took them."""
        return self._connected(self._timeout, pooled=False).execution_options(isolation_level="AUTOCOMMIT")

    def _connected(self, timeout: int | None, *, pooled: bool) -> Engine:
        return connecting.engine(self._url, self._password_file, timeout, pooled=pooled)

    @contextmanager
    def _transaction(self, engine: Engine, *, lasting: bool) -> Iterator[Connection]:
        with engine.begin() as connection:
            # A monitor that hangs within a transaction would keep all others from writing.
            given = {"commit": "on" if lasting else "off", "idle": f"{self._timeout}s"}
            connection.execute(_BEGIN, given)
            yield connection

    def _hold_on(self) -> None:
        """Where the connection was lost the lock is free: it is taken again, unless another has it now."""
        if self._holder is None:
            return
        with self._holding:
            if self._held is not None:
                try:
                    self._held.exec_driver_sql("SELECT 1")
                except SQLAlchemyError:
                    self._let_go()
            if self._held is None:
                self._take()

    def _take(self) -> None:
        if self._holder is None:
            return
        with self._told("cannot hold the ledger"), ExitStack() as unless_kept:
            held = unless_kept.enter_context(self._holder.connect())
            if held.execute(_HOLD).scalar_one():
                self._held = held
                unless_kept.pop_all()
                return
            owner = held.execute(OWNER).scalar() or "unknown"
        raise LedgerBusyError(self._busy(owner))

    def _busy(self, owner: str) -> str:
        return (
            f"another monitor ({owner.removeprefix(connecting.CALLED)}) keeps the ledger {self.name}: stop it, or "
            "give this one a ledger of its own (--ledger sqlite:///other.db)"
        )

    def _refuse_newer(self, connection: Connection) -> None:
        """Another may have brought it up to a version that we do not know, while we were at work."""
        if self._current:
            self._current = revisions.is_current(connection)
        if not self._current:
            revisions.refuse_newer(connection)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            with suppress(SQLAlchemyError):
                held.close()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            told = connecting.meaning(getattr(error, "orig", None) or error)
            raise LedgerError(f"{what} {self.name}: {told}") from error
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise LedgerError(f"{what} {self.name}: {connecting.meaning(error)}") from error
        except UnicodeDecodeError as error:
            raise LedgerError(f"{what} {self.name}: it holds a text that is no UTF-8, and is damaged") from error
        except OSError as error:
            told = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            raise LedgerError(f"{what} {self.name}: {told}") from error


def _refuse_unfit(connection: Connection, name: str) -> None:
    version = connection.dialect.server_version_info or (OLDEST,)
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if version < (OLDEST,):
        raise ConfigError(f"{name} is PostgreSQL {version[0]}: {OLDEST} or newer is needed")
    if encoding != "UTF8":
        raise ConfigError(f"{name} is a database of encoding {encoding}: create one with --encoding=UTF8")
