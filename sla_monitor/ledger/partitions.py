"""PostgreSQL keeps the days of each month in a table of their own: old months are dropped, not deleted row by row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

EPOCH = date(1970, 1, 1).toordinal()


def month_of(day: int) -> tuple[int, int]:
    """`[first, end)` of the month that the day lies in, as days since the epoch."""
    first = date.fromordinal(EPOCH + day).replace(day=1)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.toordinal() - EPOCH, following.toordinal() - EPOCH


def name_of(first: int) -> str:
    return f"day_{date.fromordinal(EPOCH + first):%Y_%m}"


def make(connection: Connection, days: Iterable[int]) -> None:
    """The months of the days, and each one's next, so that the turn of a month finds its table made."""
    wanted = {month_of(day) for day in days}
    wanted |= {month_of(end) for _, end in wanted}
    there = existing(connection)
    for first, end in sorted(wanted):
        if name_of(first) not in there:
            _make(connection, name_of(first), first, end)


def drop_empty(connection: Connection, until: int) -> None:
    """Months that ended by then, and of which nothing is kept any more."""
    for name in sorted(existing(connection)):
        first = date(int(name[4:8]), int(name[9:11]), 1).toordinal() - EPOCH
        if month_of(first)[1] > until:
            continue
        if connection.exec_driver_sql(f"SELECT 1 FROM {name} LIMIT 1").first() is None:  # noqa: S608 - a name of ours
            connection.exec_driver_sql(f"DROP TABLE {name}")


def existing(connection: Connection) -> set[str]:
    """The names of the months that there are."""
    query = sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('day')")
    return {name.rpartition(".")[2] for name in connection.execute(query).scalars()}


def _make(connection: Connection, name: str, first: int, end: int) -> None:
    """Attached when made: readers of the other months are not held up by it."""
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE day INCLUDING ALL)")
    connection.exec_driver_sql(f"ALTER TABLE day ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end})")
