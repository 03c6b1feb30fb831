"""Slices of many measurements whose open time was read at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sla_monitor.compliance.slices import Slices, empty, joined
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger.rows import Known


@dataclass(frozen=True)
class Opened:
    """held: of each id what lies on pages, as far as it starts at `since` or later. Days are read as they are wanted.

    whole: as `Book.slices`. days: the packed days that a span touches.
    """

    whole: Callable[[MeasurementKey, Span], Slices]
    days: Callable[[Known, Span], Sequence[Slices]]
    known: Mapping[MeasurementKey, Known]
    held: Mapping[int, Slices]
    since: int

    def slices(self, key: MeasurementKey, span: Span) -> Slices:
        """As `Book.slices` has them. What was packed since is the same in its day. Raises LedgerError."""
        one = self.known.get(key)
        if one is None:
            return empty(1)
        if span.start < self.since:
            return self.whole(key, span)
        held = self.held.get(one.id, empty(one.seconds))
        packed = self.days(one, span) if span.start < min(one.folded_until, span.end) else ()
        return joined([*packed, held]).between(span.start, span.end) if packed else held.between(span.start, span.end)
