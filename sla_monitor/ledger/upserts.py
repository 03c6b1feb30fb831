"""Rows written over those that are there, or beside them, in whichever database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from sla_monitor.ledger import partitions, tables

Row = Mapping[str, Any]

BULK = 500
"""From so many rows on PostgreSQL takes them as a stream, which is some ten times quicker than one by one."""


def put(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """A row that is there already is replaced; of several with one key the last counts."""
    keys = [one.name for one in table.primary_key]
    last = {tuple(row[key] for key in keys): row for row in rows}
    _write(connection, table, list(last.values()), replacing=True)


def add(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """A row that is there already stays as it is."""
    _write(connection, table, rows, replacing=False)


def into(dialect: str, table: sa.Table) -> Any:
    """An insertion that can be resolved where a row is there already."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def _write(connection: Connection, table: sa.Table, rows: Sequence[Row], *, replacing: bool) -> None:
    if not rows:
        return
    dialect = connection.dialect.name
    one_by_one = _each(dialect, table, replacing)
    if dialect == "sqlite":
        connection.execute(one_by_one, rows)
        return
    if table is tables.day:
        partitions.make(connection, {row["day"] for row in rows})
    if len(rows) >= BULK:
        names = list(rows[0])
        arrived = _streamed(connection, table, names, rows)
        connection.execute(_resolved(into(dialect, table).from_select(names, arrived), table, replacing))
    else:
        connection.execute(one_by_one, rows)


@cache
def _each(dialect: str, table: sa.Table, replacing: bool) -> Any:
    """Made once: it takes longer than to execute it."""
    return _resolved(into(dialect, table), table, replacing)


def _resolved(statement: Any, table: sa.Table, replacing: bool) -> Any:
    if not replacing:
        return statement.on_conflict_do_nothing()
    keys = [one.name for one in table.primary_key]
    changes = {one.name: statement.excluded[one.name] for one in table.columns if one.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def _streamed(connection: Connection, table: sa.Table, names: Sequence[str], rows: Sequence[Row]) -> sa.Select[Any]:
    """The rows in a table of this session alone, which the end of the transaction empties."""
    quoted = connection.dialect.identifier_preparer.quote
    incoming = quoted(f"incoming_{table.name}")
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} (LIKE {quoted(table.name)}) ON COMMIT DELETE ROWS"
    )
    connection.exec_driver_sql(f"TRUNCATE {incoming}")
    driver = cast("Any", connection.connection.driver_connection)
    columns = ", ".join(map(quoted, names))
    with driver.cursor() as cursor, cursor.copy(f"COPY {incoming} ({columns}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row([row[name] for name in names])
    arrived = sa.table(f"incoming_{table.name}", *(sa.column(name) for name in names))
    return sa.select(*arrived.columns)
