"""The windows that have been, for looking back over them."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, Window, WindowSpec
from sla_monitor.compliance.spans import Span

DAYS = Calendar(Unit.DAY)


def since(now: int, zone: ZoneInfo, over: Lapse) -> Span:
    """So much time, until now."""
    back = Lapse(over.text, months=-over.months, days=-over.days, seconds=-over.seconds)
    return Span(max(0, periods.after(now, zone, back)), now)


def whole(spec: WindowSpec, zone: ZoneInfo, span: Span) -> Iterator[Window]:
    """The windows that lie wholly in the span; rolling ones as they stood at each local midnight."""
    if isinstance(spec, Rolling):
        yield from _positions(spec, zone, span)
        return
    for window in periods.windows_beginning_in(spec, zone, span):
        if window.span.end <= span.end:
            yield window


def _positions(spec: Rolling, zone: ZoneInfo, span: Span) -> Iterator[Window]:
    for day in periods.windows_beginning_in(DAYS, zone, span):
        window = periods.rolling_window(spec, day.span.start)
        if span.start <= window.span.start:
            yield Window("rolling", periods.local_text(day.span.start, zone)[:10], window.span)
