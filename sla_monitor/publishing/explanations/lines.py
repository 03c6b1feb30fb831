"""The form of an explanation: steps of lines, and numbers that say all of themselves or show that they were cut."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from sla_monitor.compliance import ratios
from sla_monitor.compliance.periods import local_text, rfc3339
from sla_monitor.compliance.spans import Span

DIGITS = 9
CUT = "…"
"""Follows a number that goes on."""
THIN = "\u202f"
"""The narrow space that pages have before a sign; here it is a space like any other."""
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence; or an amount of a sum and what it is, with the sign that it has in it.

    unit: what the amount is counted in, `s` for seconds. verbatim: to be copied, not read.
    """

    text: str
    sign: str = ""
    amount: Fraction | None = None
    unit: str = ""
    verbatim: bool = False

    @property
    def figure(self) -> str:
        """The amount as it is shown; empty for a sentence."""
        return "" if self.amount is None else quantity(self.amount, self.unit)


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is for programs, and never changes."""

    name: str
    title: str
    lines: tuple[Line, ...]


def seconds(text: str, amount: Fraction | int, sign: str = "") -> Line:
    return Line(text, sign, Fraction(amount), "s")


def number(value: Fraction, digits: int = DIGITS) -> str:
    """`2,592,000`, `0.99921`, `0.333333333…`: whole, or cut and marked so."""
    size = abs(value)
    whole = size.numerator // size.denominator
    rest = ratios.floored(size - whole, digits)[1:]
    cut = "" if size - whole == Fraction(f"0{rest}") else CUT
    return f"{'−' if value < 0 else ''}{whole:,}{rest}{cut}"


def quantity(value: Fraction, unit: str) -> str:
    one = value == 1 and len(unit) > 1
    return f"{number(value)} {unit.removesuffix('s') if one else unit}".rstrip()


def percent(ratio: Fraction) -> str:
    return f"{number(ratio * 100)} %"


def about(ratio: Fraction) -> str:
    """A share of what is bad, rounded up: not to be reckoned with."""
    return f"{ratios.ceiled(ratio * 100, 2)} %"


def length(span_seconds: Fraction | int) -> str:
    """`1 d 2 h 3 min 4 s`; of parts of seconds all that there is."""
    rest = Fraction(span_seconds)
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    if rest or not parts:
        parts.append(f"{number(rest)} s")
    return " ".join(parts)


def moment(instant: int, zone: ZoneInfo) -> str:
    """`2026-10-31 23:59 CET`, to the second where it is not at a minute."""
    text = local_text(instant, zone)
    if not instant % MINUTE:
        return text
    day, clock, name = text.split(" ", 2)
    return f"{day} {clock}:{instant % MINUTE:02d} {name}"


def both(instant: int, zone: ZoneInfo) -> str:
    """In the agreement's zone, and in UTC."""
    return f"{moment(instant, zone)} ({rfc3339(instant)})"


def stretch(span: Span, zone: ZoneInfo) -> str:
    """`2026-10-31 22:00 CET, 2 h`."""
    return f"{moment(span.start, zone)}, {length(span.seconds)}"


def counted(count: int, word: str, words: str = "") -> str:
    """`1 slice`, `2 slices`; `words`: where it is not by an s."""
    return f"{count:,} {word if count == 1 else words or f'{word}s'}"
