"""Which windows a promise has, one after the other, also where an amendment changes their kind (measurement.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla_monitor.compliance import amendments, periods
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, Objective

MONTHS = Calendar(Unit.MONTH)
"""What rolling windows are stated by."""


def stated_at(agreement: Agreement, objective: Objective, at: int) -> Window:
    """The window of statements that holds the instant."""
    return amendments.window_of(agreement, objective, at, rolling=MONTHS)


def stated_before(agreement: Agreement, objective: Objective, at: int) -> Window:
    """The one before that which holds the instant."""
    return stated_at(agreement, objective, stated_at(agreement, objective, at).span.start - 1)


def stated(agreement: Agreement, objective: Objective, span: Span) -> Iterator[Window]:
    """All windows of statements that begin inside the span, in order of time."""
    return (window for window in touched(agreement, objective, span) if span.start <= window.span.start)


def touched(agreement: Agreement, objective: Objective, span: Span) -> Iterator[Window]:
    """All windows of statements of which a part lies in the span, in order of time."""
    for era, spec in amendments.eras(agreement, objective):
        calendar, reach = spec if isinstance(spec, Calendar) else MONTHS, span.intersect(era)
        if reach.seconds:
            edges = (reach.start, reach.end - 1)
            first, last = (periods.window_at(calendar, agreement.zone, at).span.start for at in edges)
            yield from (window.within(era) for window in _listed(calendar, agreement.zone, first, last))


@lru_cache(maxsize=1024)
def _listed(spec: Calendar, zone: ZoneInfo, first: int, last: int) -> tuple[Window, ...]:
    """Asked for again and again, so they are remembered from window to window."""
    return tuple(periods.windows_beginning_in(spec, zone, Span(first, last + 1)))


def closed_before(agreement: Agreement, objective: Objective, window: Window) -> Window | None:
    """The window before; None where one of the two is rolling, and never closes."""
    before = amendments.window_of(agreement, objective, window.span.start - 1)
    return None if amendments.ROLLING in (window.kind, before.kind) else before
