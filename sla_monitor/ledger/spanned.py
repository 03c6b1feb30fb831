"""Of which time there are pages of a roster: all that are on it were measured then, as far as it is not in days."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.ledger import seals, tables, upserts

_spanned = tables.spanned


def extend(connection: Connection, roster: int, fresh: Spans) -> None:
    """There are pages of that time, too."""
    held = spans(connection, roster).get(roster, NOWHEN)
    _put(connection, roster, held, held.union(fresh))


def drop(connection: Connection, roster: int, until: int) -> None:
    """Of the time before it there are none any more."""
    held = spans(connection, roster).get(roster, NOWHEN)
    _put(connection, roster, held, held.after(until))


def spans(connection: Connection, roster: int | None = None) -> dict[int, Spans]:
    """Of each roster, or of one."""
    query = sa.select(_spanned.c.roster_id, _spanned.c.start, _spanned.c.end)
    found: dict[int, list[Span]] = {}
    for id_, start, end in connection.execute(query if roster is None else query.where(_spanned.c.roster_id == roster)):
        found.setdefault(id_, []).append(Span(start, max(start, end)))
    return {id_: Spans.of(parts) for id_, parts in found.items()}


def _put(connection: Connection, roster: int, held: Spans, wanted: Spans) -> None:
    here = _spanned.c.roster_id == roster
    gone = {one.start for one in held} - {one.start for one in wanted}
    if gone:
        connection.execute(sa.delete(_spanned).where(here, _spanned.c.start.in_(gone)))
    entries = [{"roster_id": roster, "start": one.start, "end": one.end} for one in wanted if one not in held.parts]
    upserts.put(connection, _spanned, [seals.sealed(_spanned, entry) for entry in entries])
