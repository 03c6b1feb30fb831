"""The windows that have been, for looking back over them."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, Window, WindowSpec
from sla_monitor.compliance.spans import Span

DAYS = Calendar(Unit.DAY)
MONTHS = Calendar(Unit.MONTH)


def since(now: int, zone: ZoneInfo, over: Lapse) -> Span:
    """So much time, until now."""
    back = Lapse(over.text, months=-over.months, days=-over.days, seconds=-over.seconds)
    return Span(max(0, periods.after(now, zone, back)), now)


def stated(spec: WindowSpec, zone: ZoneInfo, span: Span) -> Iterator[Window]:
    """The windows that lie wholly in the span; of a rolling objective the calendar months it is stated by."""
    calendar = spec if isinstance(spec, Calendar) else MONTHS
    for window in periods.windows_beginning_in(calendar, zone, span):
        if window.span.end <= span.end:
            yield window


def positions(spec: WindowSpec, zone: ZoneInfo, span: Span) -> Iterator[Window]:
    """The windows that lie wholly in the span; rolling ones as they stood at each local midnight."""
    if not isinstance(spec, Rolling):
        yield from stated(spec, zone, span)
        return
    for day in periods.windows_beginning_in(DAYS, zone, span):
        window = periods.rolling_window(spec, day.span.start)
        if span.start <= window.span.start:
            yield Window("rolling", periods.local_text(day.span.start, zone)[:10], window.span)
