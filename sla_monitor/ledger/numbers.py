"""Numbers that are given in order, without a gap, and once: what was taken out of the ledger is missed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.ledger import seals, tables, upserts

_given = tables.given


def last(connection: Connection, table: sa.Table) -> int:
    """The last that was given, whatever was taken out since."""
    return counted(connection, table.name)


def following(connection: Connection, table: sa.Table) -> int:
    return count(connection, table.name)


def counted(connection: Connection, what: str) -> int:
    """How often something was."""
    return int(connection.execute(sa.select(_given.c.last).where(_given.c.name == what)).scalar() or 0)


def count(connection: Connection, what: str) -> int:
    """Once more."""
    number = counted(connection, what) + 1
    upserts.put(connection, _given, [seals.sealed(_given, {"name": what, "last": number})])
    return number


def reach(connection: Connection, what: str, number: int) -> None:
    """At least so much."""
    if number > counted(connection, what):
        upserts.put(connection, _given, [seals.sealed(_given, {"name": what, "last": number})])
