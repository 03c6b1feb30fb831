"""Shards as locks of a session of PostgreSQL: whoever loses the connection has none, and others see it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sla_monitor.errors import LedgerBusyError

# Locks are of the whole database: ledgers in several schemas of one keep apart by the second number.
HERE = "hashtext(coalesce(current_schema(), ''))"
HOLDING = crc32(b"sla-monitor holds") >> 1
"""One monitor alone has it exclusively; those that share have it together."""
OWNER = sa.text(  # the lock is shown with its second number as it is without a sign
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "  # noqa: S608 - numbers of ours
    "WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database() "
    f"AND l.classid = {HOLDING} AND l.objid = ({HERE}::bigint & 4294967295)::oid"
)
_SHARED = sa.text(f"SELECT pg_try_advisory_lock_shared(:lock, {HERE})")
_TAKE = sa.text(f"SELECT pg_try_advisory_lock(:lock, {HERE})")
_GIVE = sa.text(f"SELECT pg_advisory_unlock(:lock, {HERE})")
_LOOK = sa.text(
    "SELECT pg_backend_pid(), pid, classid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted "  # noqa: S608 - ours
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    f"AND objid = ({HERE}::bigint & 4294967295)::oid"
)

Told = Callable[[str], AbstractContextManager[None]]
"""What we are about to do: makes what the database says of it a LedgerError."""
Check = Callable[[Connection], None]


class PostgresShards:
    """`patience`: seconds after which the server ends a session that says nothing, and frees what it holds.

    check: raises where the ledger is not one that we may write. busy: what is told of who keeps it alone.
    """

    def __init__(
        self, engine: Engine, count: int, patience: int, *, told: Told, check: Check, busy: Callable[[str], str]
    ) -> None:
        self._engine, self._patience, self._told, self._check, self._busy = engine, patience, told, check, busy
        # Monitors that count otherwise cut the work otherwise: theirs are other locks, and nothing is left out.
        self._present = _number(f"shares {count}")
        self._shards = {_number(f"shard {shard} of {count}"): shard for shard in range(count)}
        self._numbers = {shard: number for number, shard in self._shards.items()}
        self._session: Connection | None = None

    def join(self) -> None:
        """Is there, and keeps away whoever wants the ledger alone. Raises LedgerBusyError where somebody has it so."""
        with self._told("cannot share the ledger"):
            if self._session is None:
                self._session = self._joined()

    def look(self) -> tuple[int, dict[int, frozenset[int]]]:
        with self._asking() as session:
            self._check(session)
            rows = session.execute(_LOOK).all()
        found: dict[int, set[int]] = {pid: set() for _, pid, lock in rows if lock == self._present}
        for _, pid, lock in rows:
            if lock in self._shards and pid in found:
                found[pid].add(self._shards[lock])
        return rows[0][0], {pid: frozenset(shards) for pid, shards in found.items()}

    def take(self, shards: Sequence[int], most: int) -> list[int]:
        taken: list[int] = []
        with self._asking() as session:
            for shard in shards:
                if len(taken) < most and session.execute(_TAKE, {"lock": self._numbers[shard]}).scalar_one():
                    taken.append(shard)
        return taken

    def give(self, shards: Sequence[int]) -> None:
        with self._asking() as session:
            for shard in shards:
                session.execute(_GIVE, {"lock": self._numbers[shard]})

    def leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(SQLAlchemyError):
                session.close()

    def _joined(self) -> Connection:
        session = self._engine.connect()
        try:
            # One that hangs, or whose machine has gone, is not there, however long its connection lasts.
            session.exec_driver_sql(f"SET idle_session_timeout = '{self._patience}s'")
            if session.execute(_SHARED, {"lock": HOLDING}).scalar_one():
                session.execute(_SHARED, {"lock": self._present})
                return session
            owner = session.execute(OWNER).scalar() or "unknown"
        except BaseException:
            session.close()
            raise
        session.close()
        raise LedgerBusyError(self._busy(owner))

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        self.join()
        assert self._session is not None  # noqa: S101 - joined
        with self._told("cannot share the ledger"):
            yield self._session


def _number(name: str) -> int:
    return crc32(f"sla-monitor {name}".encode()) >> 1
