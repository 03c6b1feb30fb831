"""Numbers that are given in order, without a gap, and once: what was taken out of the ledger is missed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.ledger import seals, tables, upserts

_given = tables.given


def last(connection: Connection, table: sa.Table) -> int:
    """The last that was given, whatever was taken out since."""
    query = sa.select(_given.c.last).where(_given.c.name == table.name)
    return int(connection.execute(query).scalar() or 0)


def following(connection: Connection, table: sa.Table) -> int:
    number = last(connection, table) + 1
    upserts.put(connection, _given, [seals.sealed(_given, {"name": table.name, "last": number})])
    return number
