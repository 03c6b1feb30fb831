"""Every row of the ledger that statements rest on, held against its seal and against the rows beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

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
from sla_monitor.ledger import chains, frames, numbers, pages, rows, seals, tables
from sla_monitor.ledger.chains import Filed
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.store import Store

Names = Mapping[MeasurementKey, str]
Row = Mapping[str, Any]
_ALWAYS = Span(0, FOREVER)
EXCLUDING = (tables.exclusion, tables.revocation, tables.silence)
CUSTOMERS = (tables.discovery, tables.customer)
SLICES = (tables.measurement, tables.measured, tables.roster, tables.spanned, tables.page, tables.day, tables.asked)
SEALED = (*SLICES, tables.document, *EXCLUDING, *CUSTOMERS, tables.given)

SUBJECTS = {
    **dict.fromkeys((tables.document, *CUSTOMERS), Subject.AGREEMENTS),
    tables.given: Subject.STATEMENTS,
    **dict.fromkeys(EXCLUDING, Subject.EXCLUSIONS),
}


def flaws(store: Store, connection: Connection, names: Names) -> Iterator[Flaw]:
    """`names`: what people call the measurements."""
    try:
        with store.as_it_is(connection):
            yield from (_damaged(told) for told in store.damages(connection))
            yield from _flaws(connection, names)
    except DatabaseError as error:
        told = store.damage(error.orig) if error.orig else None
        if told is None:
            raise
        yield _damaged(told)


def chain(connection: Connection) -> list[Filed]:
    """All statements, in order of issue."""
    return [chains.filed(row) for row in _rows(connection, tables.statement, "id")]


def _flaws(connection: Connection, names: Names) -> Iterator[Flaw]:
    known = {one.id: one for one in rows.find_all(connection).values()}
    called = {id_: names.get(one.key, f"the measurement {one.key[:12]}") for id_, one in known.items()}
    names_of, broken, spanned = _Called(called, pages.members(connection)), set[Any](), dict[int, list[Span]]()
    for table in SEALED:
        for row in _rows(connection, table):
            if told := [*_of_row(table, row, names_of)]:
                broken.update(names_of.doubtful(table, row))
                yield from told
            elif table is tables.spanned:
                for id_ in names_of.owners(table, row):
                    spanned.setdefault(id_, []).append(Span(row["start"], max(row["start"], row["end"])))
    open_ = _open(connection, known, broken)
    for one in known.values():
        if one.id not in broken:
            wanted = _wanted(connection, one, spanned.get(one.id, ()))
            yield from _of_slices(connection, one, called[one.id], open_.get(one.id), wanted)
    yield from _of_exclusions(connection)
    yield from chains.flaws(chain(connection), numbers.last(connection, tables.statement))


def _damaged(told: str) -> Flaw:
    return Flaw(Subject.SLICES, "the ledger's database", f"is damaged: {told}")


def _rows(connection: Connection, table: sa.Table, order: str = "") -> Iterator[Row]:
    """Values as the file holds them, which a column's type would bring into its own form."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(one.name) for one in table.columns]
    query = sa.select(*columns).select_from(sa.table(table.name))
    ordered = query.order_by(sa.column(order)) if order else query
    for row in connection.execute(ordered, execution_options={"stream_results": True}).mappings():
        yield dict(row)


@dataclass(frozen=True)
class _Called:
    """What people call the measurements, and whose slices are on the pages of each roster."""

    measurements: Mapping[int, str]
    rosters: Mapping[int, Ints]

    def owners(self, table: sa.Table, row: Row) -> list[int]:
        """The measurements that a row is of."""
        if table in (tables.roster, tables.spanned, tables.page):
            ids: list[int] = self.rosters.get(row.get("roster_id", row.get("id")), _NOBODY).tolist()
            return ids
        return [row[name] for name in ("measurement_id",) if name in row]

    def doubtful(self, table: sa.Table, row: Row) -> list[Any]:
        """The measurements of which nothing can be said any more where the row is not what it was."""
        if table is tables.spanned:
            return self.owners(table, row)
        return [row["id"] if table is tables.measurement else row.get("measurement_id")]

    def which(self, table: sa.Table, row: Row) -> str:
        ids = [row["id"]] if table is tables.measurement else self.owners(table, row)
        names = [self.measurements.get(id_, _UNKNOWN) for id_ in ids] or [_UNKNOWN]
        of = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        return _WORDS[table.name](row, of)


_UNKNOWN = "an unknown measurement"
_NOBODY = np.zeros(0, np.int64)


def _of_row(table: sa.Table, row: Row, called: _Called) -> Iterator[Flaw]:
    subject = SUBJECTS.get(table, Subject.SLICES)
    if seals.sealed(table, row)["seal"] != row["seal"]:
        yield Flaw(subject, called.which(table, row), "was changed since it was written")
    elif table is tables.document and notations.digest(row["text"]) != row["sha256"]:
        yield Flaw(subject, called.which(table, row), "is not the text that it was kept as")
    elif any(id_ not in called.measurements for id_ in called.owners(table, row)):
        yield Flaw(subject, called.which(table, row), "belongs to a measurement that is not there")


def _open(connection: Connection, known: Mapping[int, Known], broken: set[Any]) -> dict[int, Slices]:
    """What lies on pages. Who is on a page that cannot be read is broken; the page was told of already."""
    try:
        return pages.held(connection, known)
    except LedgerError:
        broken.update(known)
        return {}


def _of_slices(connection: Connection, known: Known, called: str, open_: Slices | None, wanted: Ints) -> Iterator[Flaw]:
    """Days hold what their sums say, and there is a slice for every moment that was measured, and no other."""
    found, past = [] if open_ is None else [open_.starts], list[int]()
    for number, packed in rows.frames(connection, known, _ALWAYS):
        which = f"the slices of {_day(number)} of {called}"
        try:
            held = frames.unpack(packed, number, known.seconds)
        except LedgerError as error:
            yield Flaw(Subject.SLICES, which, f"cannot be unpacked: {error}")
            return
        if frames.is_bare(packed):  # past retention: there is nothing to hold its sums against
            past.append(number)
            continue
        found.append(held.starts)
        if held.states is not None and len(held.states) != len(held):
            yield Flaw(Subject.SLICES, which, "have states of another number of steps than they had")
        if _sums(held) != rows.sums(connection, known, number):
            yield Flaw(Subject.SLICES, which, "do not add up to the sums that are kept of them")
    wanted = wanted[~np.isin(wanted // DAY, past)]
    yield from _of_coverage(np.concatenate([np.zeros(0, np.int64), *found]), wanted, called)


def _of_coverage(found: Ints, wanted: Ints, called: str) -> Iterator[Flaw]:
    for starts, told in (
        (np.setdiff1d(wanted, found), "were measured, and are not in the ledger"),
        (np.setdiff1d(found, wanted), "are in the ledger, and nothing says that they were measured"),
    ):
        if len(starts):
            which = f"{len(starts)} slices of {called}, the first of {_instant(int(starts[0]))}"
            yield Flaw(Subject.SLICES, which, told)


def _wanted(connection: Connection, known: Known, open_: Sequence[Span]) -> Ints:
    """The slices that were measured, be they in days or on pages."""
    query = sa.select(tables.measured.c.start, tables.measured.c.end).where(
        tables.measured.c.measurement_id == known.id
    )
    spans = [Span(start, max(start, end)) for start, end in connection.execute(query)]
    spans += [span.after(known.folded_until) for span in open_]
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(s.start, s.end, known.seconds) for s in spans)])


def _sums(held: Slices) -> tuple[int, ...]:
    good, total = (fixed(values).sum(axis=0).tolist() for values in (held.good, held.total))
    return (*good, *total, int(held.known.sum()))


def _of_exclusions(connection: Connection) -> Iterator[Flaw]:
    held = {row["id"] for row in _rows(connection, tables.exclusion)}
    ends = sorted({0, numbers.last(connection, tables.exclusion) + 1, *(id_ for id_ in held if id_ > 0)})
    for before, after in pairwise(ends):
        if after == before + 2:
            yield Flaw(Subject.EXCLUSIONS, f"exclusion {before + 1}", "was declared, and is not in the ledger")
        elif after > before + 2:
            which = f"exclusions {before + 1} to {after - 1}"
            yield Flaw(Subject.EXCLUSIONS, which, "were declared, and are not in the ledger")
    for row in _rows(connection, tables.revocation):
        if row["exclusion_id"] not in held:
            yield Flaw(Subject.EXCLUSIONS, _WORDS["revocation"](row, ""), "is of none that is in the ledger")


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
    "roster": lambda row, of: f"the list {row['id']} of whose slices are on a page, of {of}",
    "spanned": lambda row, of: f"that {of} was measured {_instant(row['start'])} to {_instant(row['end'])}",
    "page": lambda row, of: f"the slice of {_instant(row['start'])} of {of}",
    "day": lambda row, of: f"the slices of {_day(row['day'])} of {of}",
    "asked": lambda _, of: f"a query that was asked for {of}",
    "document": lambda row, _: f"the text of the {row['kind']} {row['name']} (SHA-256 {row['sha256'][:12]}…)",
    "exclusion": lambda row, _: f"exclusion {row['id']} of {row['agreement']}",
    "revocation": lambda row, _: f"the revocation of exclusion {row['exclusion_id']}",
    "silence": lambda row, _: f"the silence {row['id']}",
    "given": lambda row, _: f"the last number of every {row['name']}",
    "discovery": lambda row, _: f"until when was looked for the customers of {row['template']}",
    "customer": lambda row, _: f"when {row['value']!r}, a customer of {row['template']}, was there",
}
"""What people call a row; `of` is the measurement it belongs to."""
