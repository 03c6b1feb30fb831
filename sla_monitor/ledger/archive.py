"""What is only ever added to the ledger: statements, the texts they rest on, and the queries that were asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.documents import Document, Kind
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.statements import Draft, Statement
from sla_monitor.compliance.terms import AgreementName
from sla_monitor.ledger import numbers, seals, tables, upserts

_statement, _document, _asked = tables.statement, tables.document, tables.asked

AT_ONCE = 10_000

Stated = tuple[AgreementName, str, int, int]
"""What a statement is of: agreement, kind of window, its start and its end."""


def issue(connection: Connection, draft: Draft, replaces: str | None) -> Statement | None:
    """The draft with its number and its place in the chain; None where another was quicker."""
    last = _last_version(connection, draft)
    if (last and last.sha256) != replaces:
        return None
    number = last.number if last else _next_number(connection, draft.agreement)
    newest = connection.execute(sa.select(_statement.c.sha256).order_by(_statement.c.id.desc()).limit(1)).scalar()
    made = draft.issued(number, last.version + 1 if last else 1, newest)
    place = numbers.following(connection, _statement)
    connection.execute(sa.insert(_statement).values(id=place, **row_of(made)))
    return made


def row_of(made: Statement) -> dict[str, str | int]:
    """The columns beside `id`: what is looked up by, and the content."""
    return {
        "agreement": made.agreement,
        "number": made.number,
        "version": made.version,
        "kind": made.window.kind,
        "start": made.window.span.start,
        "end": made.window.span.end,
        "sha256": made.sha256,
        "content": made.text,
    }


def statements(
    connection: Connection, agreement: str | None = None, after: int = 0, most: int | None = None
) -> list[Statement]:
    """In order of issue, from behind the place `after` on; places are counted from 1 without a gap."""
    query = sa.select(_statement.c.sha256, _statement.c.content).where(_statement.c.id > after)
    if agreement is not None:
        query = query.where(_statement.c.agreement == agreement)
    rows = connection.execute(query.order_by(_statement.c.id).limit(most))
    return [Statement(sha256, text) for sha256, text in rows]


def statements_at(connection: Connection, places: Sequence[int]) -> list[Statement]:
    query = sa.select(_statement.c.sha256, _statement.c.content).where(_statement.c.id.in_(places))
    return [Statement(sha256, text) for sha256, text in connection.execute(query.order_by(_statement.c.id))]


def places(connection: Connection, agreement: str | None = None, *, last: bool = False) -> list[int]:
    """Of all statements, in order of issue; `last`: of each number in its last version."""
    place = sa.func.max(_statement.c.id) if last else _statement.c.id
    query = sa.select(place.label("place"))
    if agreement is not None:
        query = query.where(_statement.c.agreement == agreement)
    if last:
        query = query.group_by(_statement.c.agreement, _statement.c.number)
    return list(connection.execute(query.order_by("place")).scalars())


def newest(connection: Connection) -> tuple[list[int], int]:
    """Places of all that may be the last to say something of a promise, and the last place there is.

    Of agreements with windows of several kinds that are all: an amendment may have led from one to another.
    """
    columns = (_statement.c.id, _statement.c.agreement, _statement.c.kind, _statement.c.end)
    rows = connection.execute(sa.select(*columns).order_by(_statement.c.id)).all()
    ends: dict[str, dict[str, int]] = {}
    for _, agreement, kind, end in rows:
        known = ends.setdefault(agreement, {})
        known[kind] = max(end, known.get(kind, end))
    places = [place for place, agreement, kind, end in rows if len(ends[agreement]) > 1 or end == ends[agreement][kind]]
    return places, rows[-1][0] if rows else 0


def stated(connection: Connection, since: int) -> set[Stated]:
    query = sa.select(_statement.c.agreement, _statement.c.kind, _statement.c.start, _statement.c.end)
    return {tuple(row) for row in connection.execute(query.where(_statement.c.version == 1, _statement.c.end >= since))}


def counts(connection: Connection) -> dict[AgreementName, int]:
    query = sa.select(_statement.c.agreement, sa.func.count()).group_by(_statement.c.agreement)
    return {AgreementName(name): count for name, count in connection.execute(query)}


def keep(connection: Connection, documents: Iterable[Document], at: int) -> None:
    """What is there already stays as it is."""
    rows = [
        seals.sealed(
            _document,
            {"sha256": one.sha256, "kind": one.kind.value, "name": one.name, "first_at": at, "text": one.text},
        )
        for one in documents
    ]
    upserts.add(connection, _document, rows)


def document(connection: Connection, sha256: str) -> Document | None:
    found = connection.execute(sa.select(_document).where(_document.c.sha256 == sha256)).one_or_none()
    return None if found is None else Document(Kind(found.kind), found.name, found.text)


def kept(connection: Connection) -> set[str]:
    """The digests of all texts that are held."""
    return set(connection.execute(sa.select(_document.c.sha256)).scalars())


def first_used(connection: Connection) -> dict[AgreementName, int]:
    """When each agreement was first in force here, in whichever version."""
    query = sa.select(_document.c.name, sa.func.min(_document.c.first_at)).group_by(_document.c.name)
    rows = connection.execute(query.where(_document.c.kind == Kind.AGREEMENT.value))
    return {AgreementName(name): at for name, at in rows}


def note(connection: Connection, fresh: Iterable[tuple[int, Asked]]) -> None:
    """(measurement, query): the queries that were sent for it. Of a hundred thousand, some are held at a time."""
    left = iter(fresh)
    while rows := [seals.sealed(_asked, _asked_row(id_, one)) for id_, one in islice(left, AT_ONCE)]:
        upserts.add(connection, _asked, rows)


def asked(connection: Connection, id_: int) -> Iterator[Asked]:
    columns = (_asked.c.part, _asked.c.query, _asked.c.step, _asked.c.at_end)
    found = connection.execute(sa.select(*columns).where(_asked.c.measurement_id == id_))
    # In the order of their letters, which databases do not agree on.
    return (Asked(part, query, step, at_end=bool(at_end)) for part, query, step, at_end in sorted(map(tuple, found)))


def _asked_row(id_: int, one: Asked) -> dict[str, str | int]:
    return {"measurement_id": id_, "part": one.part, "query": one.query, "step": one.step, "at_end": int(one.at_end)}


def _last_version(connection: Connection, draft: Draft) -> Statement | None:
    span = draft.window.span
    query = sa.select(_statement.c.sha256, _statement.c.content).where(
        _statement.c.agreement == draft.agreement,
        _statement.c.kind == draft.window.kind,
        _statement.c.start == span.start,
        _statement.c.end == span.end,
    )
    found = connection.execute(query.order_by(_statement.c.version.desc()).limit(1)).one_or_none()
    return None if found is None else Statement(*found)


def _next_number(connection: Connection, agreement: AgreementName) -> int:
    query = sa.select(sa.func.max(_statement.c.number)).where(_statement.c.agreement == agreement)
    return int(connection.execute(query).scalar() or 0) + 1
