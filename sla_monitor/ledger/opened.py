"""Slices of single measurements; of many their open time is read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Slices, empty, joined
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import frames, pages, rows
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.store import Store


@dataclass(frozen=True)
class Opened:
    """held: of each id what lies on pages, if it starts at `since` or later. Days are read as they are wanted."""

    store: Store
    known: Mapping[MeasurementKey, Known]
    held: Mapping[int, Slices]
    since: int

    def slices(self, key: MeasurementKey, span: Span) -> Slices:
        """Those that start inside the span. What was packed meanwhile is the same in its day. Raises LedgerError."""
        one = self.known.get(key)
        if one is None:
            return empty(1)
        if span.start < self.since:
            with self.store.reading() as connection:
                return whole(connection, one, span)
        held = self.held.get(one.id, empty(one.seconds))
        if span.start < min(one.folded_until, span.end):
            with self.store.reading() as connection:
                held = joined([*_packed(connection, one, span), held])
        return held.between(span.start, span.end)


def opened(store: Store, connection: Connection, known: Mapping[MeasurementKey, Known], since: int) -> Opened:
    by_id = {one.id: one for one in known.values()}
    return Opened(store, known, pages.held(connection, by_id, set(by_id), after=since), since)


def whole(connection: Connection, known: Known | None, span: Span) -> Slices:
    """All slices that start inside the span."""
    if known is None:
        return empty(1)
    parts = [*_packed(connection, known, span), *pages.held(connection, {known.id: known}, {known.id}).values()]
    return joined(parts or [empty(known.seconds)]).between(span.start, span.end)


def _packed(connection: Connection, known: Known, span: Span) -> list[Slices]:
    """Of whole days."""
    return [frames.unpack(frame, day, known.seconds) for day, frame in rows.frames(connection, known, span)]
