"""Calendar windows in a time zone. Zones and DST are known here and nowhere else.

A window begins at the first instant whose wall clock reads at or after local midnight: in a gap at
midnight that is the end of the gap, in a fold the first pass (domain.md 2.6). So windows tile the
axis, and their lengths are real seconds.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla_monitor.compliance.spans import Span


class Unit(Enum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Windows of a calendar. Weeks begin on Monday.

    `start_day` 1–31, clamped to the month's last day; `start_month` 1–12, the month in which the
    first quarter or the year begins. Both matter for month, quarter and year only.
    """

    every: Unit
    start_day: int = 1
    start_month: int = 1


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last `seconds`, ending now; `text` is the length as the agreement writes it (`30d`)."""

    seconds: int
    text: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """A length of time as a contract counts it: months and days by the calendar, seconds by the clock."""

    text: str
    months: int = 0
    days: int = 0
    seconds: int = 0

    def times(self, count: int) -> Lapse:
        """So many of it in a row; negative: back in time."""
        return Lapse(self.text, self.months * count, self.days * count, self.seconds * count)


WindowSpec = Calendar | Rolling


@dataclass(frozen=True, slots=True)
class Window:
    """One window: its kind (`month`, `rolling`, …), the label people call it by, and its span.

    `whole`: what it would span, had not an amendment of windows cut it; None: it was not cut.
    """

    kind: str
    label: str
    span: Span
    whole: Span | None = None

    @property
    def entire(self) -> Span:
        return self.span if self.whole is None else self.whole

    def within(self, span: Span) -> Window:
        """The part of it that lies in the span."""
        cut = self.span.intersect(span)
        return self if cut == self.span else Window(self.kind, self.label, cut, self.entire)

    def part(self, span: Span) -> Window:
        """One of the parts it is judged in: what was cut off at its edges belongs to the outermost."""
        start = self.entire.start if span.start == self.span.start else span.start
        end = self.entire.end if span.end == self.span.end else span.end
        whole = Span(start, end)
        return Window(self.kind, self.label, span, None if whole == span else whole)


def instant_of(day: date, zone: tzinfo) -> int:
    """The first instant whose wall clock in `zone` reads at or after midnight of `day`."""
    return _first_at(datetime.combine(day, time()), zone)


def _first_at(wall: datetime, zone: tzinfo) -> int:
    late = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    early = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    if early >= late:  # no gap here; in a fold `late` (fold=0) is the first pass
        return late
    while early < late:  # the wall clock skipped it: find the end of the gap
        middle = (early + late) // 2
        if _wall(middle, zone) >= wall:
            late = middle
        else:
            early = middle + 1
    return late


def after(instant: int, zone: ZoneInfo, lapse: Lapse) -> int:
    """So much later, or earlier, at the same time of day; the day is clamped to its month, a gap leads to its end."""
    wall = _wall(instant, zone)
    day = _clamped(wall.year * 12 + wall.month - 1 + lapse.months, wall.day) + timedelta(days=lapse.days)
    if day == wall.date():
        return instant + lapse.seconds
    return _first_at(datetime.combine(day, wall.time()), zone) + lapse.seconds


@lru_cache(maxsize=4096)
def window_at(spec: Calendar, zone: ZoneInfo, instant: int) -> Window:
    """The calendar window that holds the instant (POSIX seconds). Objectives ask for the same ones again and again."""
    if spec.every is Unit.HOUR:
        return _hour_at(zone, instant)
    first = _period_start(spec, _wall(instant, zone).date())
    while instant_of(after := _next_start(spec, first), zone) <= instant:
        first = after  # in a fold over midnight the date may fall back; the day has begun
    return _window(spec, zone, first)


def next_window(spec: Calendar, zone: ZoneInfo, window: Window) -> Window:
    return window_at(spec, zone, window.span.end)


def previous_window(spec: Calendar, zone: ZoneInfo, window: Window) -> Window:
    return window_at(spec, zone, window.span.start - 1)


def windows_beginning_in(spec: Calendar, zone: ZoneInfo, span: Span) -> Iterator[Window]:
    """All windows that begin inside the span, in order of time."""
    window = window_at(spec, zone, span.start)
    if window.span.start < span.start:
        window = next_window(spec, zone, window)
    while window.span.start < span.end:
        yield window
        window = next_window(spec, zone, window)


def rolling_window(spec: Rolling, at: int) -> Window:
    return Window("rolling", spec.text, Span(at - spec.seconds, at))


def window_of(spec: WindowSpec, zone: ZoneInfo, at: int) -> Window:
    """The calendar window that holds the instant, or the rolling one that ends at it."""
    return window_at(spec, zone, at) if isinstance(spec, Calendar) else rolling_window(spec, at)


def period_span(text: str, zone: ZoneInfo) -> Span:
    """The span that `2026`, `2026-Q3`, `2026-10`, `2026-W41` or `2026-10-15` names in the zone.

    Raises ValueError with a sentence where it names none.
    """
    first, last = _period_days(text)
    span = Span(instant_of(first, zone), instant_of(last, zone))
    if not span.seconds:
        raise ValueError(f"there was no {text} in {zone.key}: the calendar skipped it")
    return span


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone, or ValueError with a sentence."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no IANA time zone is called {name!r}") from error


def parse_instant(value: str, zone: ZoneInfo) -> int:
    """An RFC 3339 instant, or a date without a time: local midnight in `zone`. ValueError otherwise."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return instant_of(date.fromisoformat(value), zone)
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"not a date or an RFC 3339 instant: {value[:40]!r}") from error
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} says no offset: write {value}Z, or {value}+02:00")
    return int(moment.timestamp())


def rfc3339(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_text(instant: int, zone: tzinfo) -> str:
    """`2026-10-31 23:59 CET`: for people, in the agreement's zone."""
    return datetime.fromtimestamp(instant, zone).strftime("%Y-%m-%d %H:%M %Z")


def _wall(instant: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None)


def _hour_at(zone: ZoneInfo, instant: int) -> Window:
    """Hours count from local midnight; the day's last one may be a part (Lord Howe's half hour)."""
    day = window_at(Calendar(Unit.DAY), zone, instant).span
    start = day.start + (instant - day.start) // 3600 * 3600
    label = datetime.fromtimestamp(start, zone).isoformat(timespec="minutes")
    return Window("hour", label, Span(start, min(start + 3600, day.end)))


def _window(spec: Calendar, zone: ZoneInfo, first: date) -> Window:
    span = Span(instant_of(first, zone), instant_of(_next_start(spec, first), zone))
    return Window(spec.every.value, _label(spec, first), span)


def _label(spec: Calendar, first: date) -> str:
    if spec.every is Unit.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    if spec.every is Unit.DAY or spec.start_day != 1 or spec.start_month != 1:
        return first.isoformat()
    if spec.every is Unit.YEAR:
        return str(first.year)
    return f"{first.year}-Q{first.month // 3 + 1}" if spec.every is Unit.QUARTER else first.strftime("%Y-%m")


def _period_start(spec: Calendar, day: date) -> date:
    """The first day of the period that holds `day`."""
    if spec.every is Unit.DAY:
        return day
    if spec.every is Unit.WEEK:
        return day - timedelta(days=day.weekday())
    index = day.year * 12 + day.month - 1
    if day < _clamped(index, spec.start_day):
        index -= 1
    length = _MONTHS[spec.every]
    return _clamped(index - (index - (spec.start_month - 1)) % length, spec.start_day)


def _next_start(spec: Calendar, first: date) -> date:
    if spec.every is Unit.DAY:
        return first + timedelta(days=1)
    if spec.every is Unit.WEEK:
        return first + timedelta(days=7)
    return _clamped(first.year * 12 + first.month - 1 + _MONTHS[spec.every], spec.start_day)


def _clamped(month_index: int, day: int) -> date:
    year, month = divmod(month_index, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


def _period_days(text: str) -> tuple[date, date]:
    try:
        if match := re.fullmatch(r"([0-9]{4})-W([0-9]{2})", text):
            first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return first, first + timedelta(days=7)
        if match := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
            first = date.fromisoformat(text)
            return first, first + timedelta(days=1)
        if match := re.fullmatch(r"([0-9]{4})(?:-(?:Q([1-4])|([0-9]{2})))?", text):
            return _month_span(int(match[1]), match[2], match[3])
    except ValueError as error:
        raise ValueError(f"no such period: {text[:40]!r} ({error})") from error
    raise ValueError(f"not a period: {text[:40]!r}; write 2026, 2026-Q3, 2026-10, 2026-W41 or 2026-10-15")


def _month_span(year: int, quarter: str | None, month: str | None) -> tuple[date, date]:
    if month is not None:
        first, length = date(year, int(month), 1), 1
    elif quarter is not None:
        first, length = date(year, int(quarter) * 3 - 2, 1), 3
    else:
        first, length = date(year, 1, 1), 12
    return first, _clamped(first.year * 12 + first.month - 1 + length, 1)
