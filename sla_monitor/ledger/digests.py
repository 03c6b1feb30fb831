"""What a ledger holds in so few bytes that two can be compared: the same rows, in whatever order and database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.ledger import seals, tables

Row = Mapping[str, Any]

AT_ONCE = 500
"""Rows held in memory: a day of probes with its states may be many kilobytes."""

OF_MEASUREMENTS = (tables.measured, tables.day, tables.asked)


@dataclass
class Contents:
    """How many rows, and a sum over the digests of each: of each table, and of each measurement."""

    rows: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    measurements: Counter[int] = field(default_factory=Counter)

    def take(self, table: sa.Table, rows: list[Row]) -> None:
        for row in rows:
            digest = _digest(table, row)
            self.sums[table.name] = (self.sums[table.name] + digest) % _MODULUS
            if table in OF_MEASUREMENTS:
                id_ = row["measurement_id"]
                self.measurements[id_] = (self.measurements[id_] + digest) % _MODULUS
        self.rows[table.name] += len(rows)

    def differences(self, other: Contents) -> list[str]:
        """In words, from here to there."""
        told = [
            f"{table}: {self.rows[table]} rows here, {other.rows[table]} there"
            for table in sorted({*self.rows, *other.rows})
            if self.rows[table] != other.rows[table]
        ]
        ids = {*self.measurements, *other.measurements}
        wrong = sorted(id_ for id_ in ids if self.measurements[id_] != other.measurements[id_])
        told += [f"the slices of measurement {id_} are others" for id_ in wrong]
        same_count = {table for table in self.rows if self.rows[table] == other.rows[table]}
        changed = sorted(table for table in same_count if self.sums[table] != other.sums[table])
        return [*told, *(f"{table}: other rows here than there" for table in changed)]


_MODULUS = 1 << 256
"""A sum does not ask for an order, on which databases do not agree for texts."""


def _digest(table: sa.Table, row: Row) -> int:
    told = seals.told([table.name, *(row[one.name] for one in table.columns)])
    return int.from_bytes(sha256(told).digest(), "big")


def contents(connection: Connection, taken: Callable[[int], None] = lambda _: None) -> Contents:
    """`taken`: told how many rows were read."""
    found = Contents()
    for table in tables.metadata.sorted_tables:
        for rows in chunks(connection, table):
            found.take(table, rows)
            taken(len(rows))
    return found


def chunks(connection: Connection, table: sa.Table) -> Iterator[list[Row]]:
    """All rows, some at a time, as the database has them."""
    result = connection.execute(sa.select(table), execution_options={"stream_results": True, "max_row_buffer": AT_ONCE})
    for rows in result.mappings().partitions(AT_ONCE):
        yield [dict(row) for row in rows]


def count(connection: Connection) -> int:
    """Of all rows there are."""
    counts = [sa.select(sa.func.count()).select_from(one).scalar_subquery() for one in tables.metadata.sorted_tables]
    return sum(connection.execute(sa.select(*counts)).one())
