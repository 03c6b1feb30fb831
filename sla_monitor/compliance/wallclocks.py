"""From what a wall clock shows to instants, across DST: for hours and recurrences written in local time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sla_monitor.compliance.spans import Span, Spans

HOUR = 3600
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock knows no zone


def instant_of_wall(wall: datetime, zone: ZoneInfo) -> int:
    """In a DST gap with the offset before it, in a fold the first pass (measurement.md 5)."""
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


def wall_of(instant: int, zone: ZoneInfo) -> datetime:
    """What the wall clock shows, without a zone."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None)


def seconds_of_wall(wall: datetime) -> int:
    """A wall clock's reading as a number: seconds since it showed 1970-01-01 00:00."""
    return (wall.replace(tzinfo=None) - _EPOCH) // timedelta(seconds=1)


def instants_shown(walls: Iterable[Span], zone: ZoneInfo, span: Span) -> Spans:
    """The instants of the span at which the wall clock shows a time inside one of the walls.

    So what lies in a gap never comes, and what lies in a fold comes twice. Walls are in `seconds_of_wall`.
    """
    shown = Spans.of(walls)
    return Spans.of(
        Span(part.start - offset, part.end - offset)
        for stretch, offset in _offsets(zone, span)
        for part in shown.within(Span(stretch.start + offset, stretch.end + offset))
    )


def _offsets(zone: ZoneInfo, span: Span) -> Iterator[tuple[Span, int]]:
    """The stretches of the span in which the offset from UTC stays the same, and that offset."""
    start = span.start
    for hour in (*range(start // HOUR * HOUR + 24 * HOUR, span.end, 24 * HOUR), span.end):
        while (offset := _offset(zone, start)) != _offset(zone, hour - 1):
            change = _change(zone, start, hour - 1)
            yield Span(start, change), offset
            start = change
    if start < span.end:
        yield Span(start, span.end), _offset(zone, start)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first instant with another offset than `before`; `after` has one."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())
