"""Slices of single measurements; of many their open time is read at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Slices, empty, joined
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import frames, pages, rows
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.store import Store


@dataclass(frozen=True)
class Opened:
    """held: of each id what lies on pages, if it starts at `since` or later. packed: of the newest days each one's."""

    store: Store
    known: Mapping[MeasurementKey, Known]
    held: Mapping[int, Slices]
    packed: Mapping[int, Mapping[int, bytes]]
    since: int

    def slices(self, key: MeasurementKey, span: Span) -> Slices:
        """Those that start inside the span. What is older is read from the ledger now. Raises LedgerError."""
        one = self.known.get(key)
        if one is None:
            return empty(1)
        if span.start < self.since:
            with self.store.reading() as connection:
                return whole(connection, one, span)
        held = self.held.get(one.id, empty(one.seconds))
        packed = self._days(one, span)
        return (joined([*packed, held]) if packed else held).between(span.start, span.end)

    def _days(self, one: Known, span: Span) -> list[Slices]:
        days = range(span.start // DAY, -(-min(span.end, one.folded_until) // DAY))
        if not all(day in self.packed for day in days):
            with self.store.reading() as connection:
                return _packed(connection, one, span)
        frames_ = ((day, self.packed[day].get(one.id)) for day in days)
        return _unpacked([(day, frame) for day, frame in frames_ if frame is not None], one)


def opened(store: Store, connection: Connection, known: Mapping[MeasurementKey, Known], since: int) -> Opened:
    by_id = {one.id: one for one in known.values()}
    newest = max((one.folded_until for one in by_id.values()), default=0)
    days = range(max(since, newest - DAY) // DAY, -(-newest // DAY))
    packed = {day: rows.frames_of(connection, day, by_id.keys()) for day in days}
    return Opened(store, known, pages.held(connection, by_id, set(by_id), after=since), packed, since)


def whole(connection: Connection, known: Known | None, span: Span) -> Slices:
    """All slices that start inside the span."""
    if known is None:
        return empty(1)
    parts = _packed(connection, known, span)
    if span.end > known.folded_until:
        parts += pages.held(connection, {known.id: known}, {known.id}, after=span.start).values()
    return joined(parts or [empty(known.seconds)]).between(span.start, span.end)


def _packed(connection: Connection, known: Known, span: Span) -> list[Slices]:
    return _unpacked(rows.frames(connection, known, span), known)


def _unpacked(packed: Iterable[tuple[int, bytes]], known: Known) -> list[Slices]:
    """Of whole days."""
    return [frames.unpack(frame, day, known.seconds) for day, frame in packed]
