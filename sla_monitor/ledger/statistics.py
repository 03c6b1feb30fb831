"""How large a ledger is, and of what."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.ledger import frames, tables
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.store import Store

# The instants of each table's rows, as (the first, the last, seconds in one of its numbers).
_INSTANTS = {
    tables.measured: ("start", "end", 1),
    tables.spanned: ("start", "end", 1),
    tables.page: ("start", "start", 1),
    tables.correction: ("start", "end", 1),
    tables.day: ("day", "day", DAY),
    tables.breach: ("first_at", "first_at", 1),
    tables.exclusion: ("declared_at", "declared_at", 1),
    tables.revocation: ("revoked_at", "revoked_at", 1),
    tables.silence: ("seen_at", "seen_at", 1),
    tables.document: ("first_at", "first_at", 1),
    tables.statement: ("start", "end", 1),
}


@dataclass(frozen=True)
class TableSize:
    """`bytes` with its indexes, None where the database does not tell; POSIX seconds, None where it has none.

    slices: that its rows hold; None of a table that holds none.
    """

    name: str
    rows: int
    bytes: int | None
    oldest: int | None
    newest: int | None
    slices: int | None = None

    @property
    def bytes_a_slice(self) -> float | None:
        return self.bytes / self.slices if self.bytes is not None and self.slices else None


def statistics(store: Store) -> list[TableSize]:
    """Every table by its name, and all of them together."""
    whole = store.size_bytes()
    with store.reading() as connection:
        sizes = store.sizes(connection)
        found = [_table(connection, one, sizes.get(one.name)) for one in tables.metadata.sorted_tables]
    slices = [one for one in found if one.slices is not None]
    oldest = [one.oldest for one in slices if one.oldest is not None]
    newest = [one.newest for one in slices if one.newest is not None]
    total = TableSize(
        "all",
        sum(one.rows for one in found),
        whole,
        min(oldest, default=None),
        max(newest, default=None),
        sum(one.slices or 0 for one in slices),
    )
    return [*sorted(found, key=lambda one: one.name), total]


def _table(connection: Connection, table: sa.Table, size: int | None) -> TableSize:
    columns: list[sa.ColumnElement[int]] = [sa.func.count()]
    first, last, seconds = _INSTANTS.get(table, ("", "", 1))
    if first:
        columns += [sa.func.min(table.c[first]), sa.func.max(table.c[last])]
    count, *ends = connection.execute(sa.select(*columns).select_from(table)).one()
    oldest, newest = (None if end is None else end * seconds for end in ends or (None, None))
    slices = _slices(connection, table) if table in (tables.page, tables.day) else None
    return TableSize(table.name, count, size, oldest, newest, slices)


def _slices(connection: Connection, table: sa.Table) -> int:
    """Of a frame its head alone is read."""
    heads = connection.execute(sa.select(sa.func.substr(table.c.frame, 1, frames.HEAD_BYTES))).scalars()
    return sum(frames.count(head) for head in heads)
