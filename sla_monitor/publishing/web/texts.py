"""Numbers, stretches and instants as people read them. Nothing is ever rounded into compliance.

What is left is rounded down, what was used up.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods, ratios
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.spans import FOREVER, Span

THIN = "\u202f"
"""A narrow space that does not break, between a number and its sign."""


class Counted(Protocol):
    """What a promise says of its numbers."""

    @property
    def unit(self) -> str: ...

    @property
    def is_share(self) -> bool: ...

    @property
    def shown_in(self) -> str: ...


MINUTE, HOUR, DAY = 60, 3600, 86400
_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s"))


def percent(ratio: Fraction | None, digits: int = 6) -> str:
    return "–" if ratio is None else f"{ratios.floored(ratio * 100, digits)}{THIN}%"


def duration(seconds: Fraction | int, *, up: bool = False) -> str:
    """`43m 12s`; from a day on without the seconds."""
    step = MINUTE if seconds >= DAY else 1
    count = Fraction(seconds) / step
    whole = (-(-count.numerator // count.denominator) if up else count.numerator // count.denominator) * step
    parts = []
    for size, letter in _UNITS:
        number, whole = divmod(whole, size)
        if number:
            parts.append(f"{number}{letter}")
    return " ".join(parts) or "0s"


def count(number: Fraction, *, up: bool = False) -> str:
    """`1,234`; below a hundred with a tenth, where there is one."""
    digits = 1 if number < 100 else 0  # noqa: PLR2004 - see above
    text = ratios.ceiled(number, digits) if up else ratios.floored(number, digits)
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"


def amount(objective: Counted, number: Fraction | None, *, up: bool = False) -> str:
    """An amount in the objective's unit; a dash for none."""
    if number is None:
        return "–"
    if objective.unit == "seconds":
        return duration(number, up=up)
    text = count(number, up=up)
    if objective.unit in ("events", "intervals"):
        return f"{text} {objective.unit[:-1] if text == '1' else objective.unit}"
    return text


def value(objective: Counted, number: Fraction | None, *, up: bool = False) -> str:
    """A share as percent, or a number in the unit that its target was written in; `up` where less is better."""
    if number is None:
        return percent(number)
    cut = ratios.ceiled if up else ratios.floored
    if objective.is_share or objective.shown_in == "%":
        return f"{cut(number * 100, 6)}{THIN}%"
    whole, point, rest = cut(number, 6).partition(".")
    return f"{int(whole):,}{point}{rest}{THIN}{objective.shown_in}".rstrip(THIN)


def moment(instant: int, zone: ZoneInfo) -> str:
    """`31 Oct 2026 23:59 CET`."""
    day, clock, name = periods.local_text(instant, zone).split(" ", 2)
    return f"{_date(day)} {clock} {name}"


def day(instant: int, zone: ZoneInfo) -> str:
    """`31 Oct 2026`."""
    return _date(periods.local_text(instant, zone).split(" ", 1)[0])


def clock(instant: int, zone: ZoneInfo) -> str:
    """`23:59`."""
    return periods.local_text(instant, zone).split(" ")[1]


def days(span: Span, zone: ZoneInfo) -> str:
    """`1 – 31 Oct 2026`: the first and the last day of a stretch."""
    first, last = day(span.start, zone), day(max(span.start, span.end - 1), zone)
    if first == last:
        return last
    for shared in (" ".join(last.split()[1:]), last.split()[2]):
        if first.endswith(shared):
            return f"{first.removesuffix(shared).strip()} – {last}"
    return f"{first} – {last}"


def window(window: Window, zone: ZoneInfo) -> str:
    """The dates of a window, in the agreement's zone."""
    if window.kind == "rolling":
        return f"last {window.label}"
    if window.kind == "hour":
        return f"{moment(window.span.start, zone)} – {clock(window.span.end, zone)}"
    return days(window.span, zone)


def term(span: Span, zone: ZoneInfo) -> str:
    """A term without an agreed beginning starts before anything was measured."""
    begins = f"from {moment(span.start, zone)}" if span.start > 0 else "since before anything was measured"
    ends = "without an agreed end" if span.end >= FOREVER else f"until {moment(span.end - 1, zone)}"
    return f"{begins}, {ends}"


def ago(seconds: int) -> str:
    """How old something is, to the minute once it is older than that."""
    return duration(seconds if seconds < MINUTE else seconds // MINUTE * MINUTE)


def _date(iso: str) -> str:
    named = date.fromisoformat(iso)
    return f"{named.day} {named:%b %Y}"
