"""Every row of the ledger that statements rest on, held against its seal and against the rows beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from sla_monitor.compliance import notations
from sla_monitor.compliance.flaws import Flaw, Subject
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.slices import Ints, Slices, fixed
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.errors import LedgerError
from sla_monitor.ledger import chains, frames, rows, seals, tables
from sla_monitor.ledger.chains import Filed
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.rows import Known

Names = Mapping[MeasurementKey, str]
Row = Mapping[str, Any]
_ALWAYS = Span(0, FOREVER)
EXCLUDING = (tables.exclusion, tables.revocation, tables.silence)
SEALED = (tables.measurement, tables.measured, tables.slice_, tables.day, tables.asked, tables.document, *EXCLUDING)

SUBJECTS = {tables.document: Subject.AGREEMENTS, **dict.fromkeys(EXCLUDING, Subject.EXCLUSIONS)}


def flaws(connection: Connection, names: Names) -> Iterator[Flaw]:
    """`names`: what people call the measurements."""
    try:
        with _as_it_is(connection):
            yield from _flaws(connection, names)
    except DatabaseError as error:
        if type(error.orig) is not sqlite3.DatabaseError:  # locked, or away: of that nothing follows
            raise
        yield Flaw(Subject.SLICES, "the ledger's file", f"is damaged: {error.orig}")


def chain(connection: Connection) -> list[Filed]:
    """All statements, in order of issue."""
    return [chains.filed(row) for row in _rows(connection, tables.statement, "id")]


def _flaws(connection: Connection, names: Names) -> Iterator[Flaw]:
    yield from _of_file(connection)
    known = {one.id: one for one in rows.find_all(connection).values()}
    called = {id_: names.get(one.key, f"the measurement {one.key[:12]}") for id_, one in known.items()}
    broken = set()
    for table in SEALED:
        for row in _rows(connection, table):
            for flaw in _of_row(table, row, called):
                broken.add(row["id"] if table is tables.measurement else row.get("measurement_id"))
                yield flaw
    for one in known.values():
        if one.id not in broken:
            yield from _of_slices(connection, one, called[one.id])
    yield from _of_exclusions(connection)
    yield from chains.flaws(chain(connection), _given(connection, tables.statement))


def _of_file(connection: Connection) -> Iterator[Flaw]:
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check(10)"):
        if told != "ok":
            yield Flaw(Subject.SLICES, "the ledger's file", f"is damaged: {told}")


def _rows(connection: Connection, table: sa.Table, order: str = "") -> Iterator[Row]:
    """Values as the file holds them, which a column's type would bring into its own form."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(one.name) for one in table.columns]
    query = sa.select(*columns).select_from(sa.table(table.name))
    for row in connection.execute(query.order_by(sa.column(order)) if order else query).mappings():
        yield dict(row)


@contextmanager
def _as_it_is(connection: Connection) -> Iterator[None]:
    """A changed byte may leave a text that is no UTF-8: it is read all the same, and found to be another."""
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def _of_row(table: sa.Table, row: Row, called: Mapping[int, str]) -> Iterator[Flaw]:
    subject = SUBJECTS.get(table, Subject.SLICES)
    if seals.sealed(table, row)["seal"] != row["seal"]:
        yield Flaw(subject, _which(table, row, called), "was changed since it was written")
    elif table is tables.document and notations.digest(row["text"]) != row["sha256"]:
        yield Flaw(subject, _which(table, row, called), "is not the text that it was kept as")
    elif "measurement_id" in row and row["measurement_id"] not in called:
        yield Flaw(subject, _which(table, row, called), "belongs to a measurement that is not there")


def _which(table: sa.Table, row: Row, called: Mapping[int, str]) -> str:
    of = called.get(row.get("id" if table is tables.measurement else "measurement_id", 0), "an unknown measurement")
    return _WORDS[table.name](row, of)


def _of_slices(connection: Connection, known: Known, called: str) -> Iterator[Flaw]:
    """Days hold what their sums say, and there is a slice for every moment that was measured, and no other."""
    found = [rows.open_slices(connection, known).starts]
    for number, packed in rows.frames(connection, known, _ALWAYS):
        which = f"the slices of {_day(number)} of {called}"
        try:
            held = frames.unpack(packed, number, known.seconds)
        except LedgerError as error:
            yield Flaw(Subject.SLICES, which, f"cannot be unpacked: {error}")
            return
        found.append(held.starts)
        if held.states is not None and len(held.states) != len(held):
            yield Flaw(Subject.SLICES, which, "have states of another number of steps than they had")
        if _sums(held) != rows.sums(connection, known, number):
            yield Flaw(Subject.SLICES, which, "do not add up to the sums that are kept of them")
    yield from _of_coverage(np.concatenate(found), _wanted(connection, known), called)


def _of_coverage(found: Ints, wanted: Ints, called: str) -> Iterator[Flaw]:
    for starts, told in (
        (np.setdiff1d(wanted, found), "were measured, and are not in the ledger"),
        (np.setdiff1d(found, wanted), "are in the ledger, and nothing says that they were measured"),
    ):
        if len(starts):
            which = f"{len(starts)} slices of {called}, the first of {_instant(int(starts[0]))}"
            yield Flaw(Subject.SLICES, which, told)


def _wanted(connection: Connection, known: Known) -> Ints:
    query = sa.select(tables.measured.c.start, tables.measured.c.end).where(
        tables.measured.c.measurement_id == known.id
    )
    spans = [Span(start, max(start, end)) for start, end in connection.execute(query)]
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(s.start, s.end, known.seconds) for s in spans)])


def _sums(held: Slices) -> tuple[int, ...]:
    good, total = (fixed(values).sum(axis=0).tolist() for values in (held.good, held.total))
    return (*good, *total, int(held.known.sum()))


def _of_exclusions(connection: Connection) -> Iterator[Flaw]:
    held = {row["id"] for row in _rows(connection, tables.exclusion)}
    for number in sorted(set(range(1, _given(connection, tables.exclusion) + 1)) - held):
        yield Flaw(Subject.EXCLUSIONS, f"exclusion {number}", "was declared, and is not in the ledger")
    for row in _rows(connection, tables.revocation):
        if row["exclusion_id"] not in held:
            yield Flaw(Subject.EXCLUSIONS, _which(tables.revocation, row, {}), "is of none that is in the ledger")


def _given(connection: Connection, table: sa.Table) -> int:
    """SQLite remembers the last number that it gave, whatever was taken out since."""
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int(connection.execute(query, {"name": table.name}).scalar() or 0)


def _instant(at: int) -> str:
    try:
        return rfc3339(at)
    except (ValueError, TypeError, OverflowError, OSError):
        return str(at)


def _day(number: int) -> str:
    return _instant(number * DAY)[:10] if isinstance(number, int) else str(number)


_WORDS: dict[str, Callable[[Row, str], str]] = {
    "measurement": lambda _, of: f"the entry of {of}",
    "measured": lambda row, of: f"that {of} was measured {_instant(row['start'])} to {_instant(row['end'])}",
    "slice": lambda row, of: f"the slice of {_instant(row['start'])} of {of}",
    "day": lambda row, of: f"the slices of {_day(row['day'])} of {of}",
    "asked": lambda _, of: f"a query that was asked for {of}",
    "document": lambda row, _: f"the text of the {row['kind']} {row['name']} (SHA-256 {row['sha256'][:12]}…)",
    "exclusion": lambda row, _: f"exclusion {row['id']} of {row['agreement']}",
    "revocation": lambda row, _: f"the revocation of exclusion {row['exclusion_id']}",
    "silence": lambda row, _: f"the silence {row['id']}",
}
"""What people call a row; `of` is the measurement it belongs to."""
