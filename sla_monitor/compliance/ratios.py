"""Exact numbers: percentages, durations and comparisons as fractions, and how they are shown."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

MAX_DIGITS = 30
"""Longer numerals are refused: no contract needs them, and huge exponents would eat the machine."""

_NUMERAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d|w|y) ?")
_DURATION = re.compile(rf"(?:{_DURATION_PART.pattern})+")
_SECONDS = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
    "w": Fraction(604800),
    "y": Fraction(31536000),
}


class Comparison(Enum):
    """How a number is held against its limit, written as in PromQL."""

    GE = ">="
    GT = ">"
    LE = "<="
    LT = "<"

    def holds(self, value: Fraction | float, limit: Fraction | float) -> bool:
        return bool(self.told(value, limit))

    def told(self, values: Any, limits: Any) -> Any:
        """The same of columns."""
        return _HOLDS[self](values, limits)


_HOLDS: dict[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.GE: operator.ge,
    Comparison.GT: operator.gt,
    Comparison.LE: operator.le,
    Comparison.LT: operator.lt,
}


class RoundingMode(Enum):
    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a percentage is rounded before it is compared: to `digits` (0 to 10) after the point."""

    digits: int
    mode: RoundingMode


def parse_number(text: str) -> Fraction:
    """A plain decimal numeral, exactly. Raises ValueError with a sentence for anything else."""
    text = text.strip()
    if len(text) > MAX_DIGITS or not _NUMERAL.fullmatch(text):
        raise ValueError(f"not a plain decimal number: {text[:40]!r}")
    return Fraction(text)


def parse_ratio(text: str) -> Fraction:
    """`99.9%` is 999/1000; a number without the sign is a ratio already (`0.999`)."""
    text = text.strip()
    return parse_number(text[:-1]) / 100 if text.endswith("%") else parse_number(text)


def parse_duration(text: str) -> Fraction:
    """Seconds of `90s`, `5m`, `1h30m`, `300ms`, `1.5s`, as Prometheus writes durations (d = 86400 s)."""
    text = text.strip()
    if len(text) > MAX_DIGITS or not _DURATION.fullmatch(text):
        raise ValueError(f"not a duration such as 90s, 5m or 1h30m: {text[:40]!r}")
    parts = _DURATION_PART.findall(text)
    return sum((parse_number(number) * _SECONDS[unit] for number, unit in parts), Fraction(0))


def round_percent(ratio: Fraction, rounding: Rounding | None) -> Fraction:
    """The ratio as a percentage, rounded as the agreement says; exact where it says nothing."""
    percent = ratio * 100
    return percent if rounding is None else _rounded(percent, rounding)


def _rounded(value: Fraction, rounding: Rounding) -> Fraction:
    scale = 10**rounding.digits
    scaled = value * scale
    floor = scaled.numerator // scaled.denominator
    rest, half = scaled - floor, Fraction(1, 2)
    up = {
        RoundingMode.DOWN: False,
        RoundingMode.UP: rest > 0,
        RoundingMode.HALF_UP: rest >= half,
        RoundingMode.HALF_EVEN: rest > half or (rest == half and floor % 2 == 1),
    }
    return Fraction(floor + up[rounding.mode], scale)


def least_percent(percent: Fraction, rounding: Rounding | None, *, above: bool = False) -> Fraction:
    """Where the percentages begin (or the last ends that is not of them) whose rounding is at least, or `above`, so."""
    if rounding is None:
        return percent
    scale: int = 10**rounding.digits
    scaled = percent * scale
    lowest = scaled.numerator // scaled.denominator + 1 if above else -(-scaled.numerator // scaled.denominator)
    early = {RoundingMode.DOWN: Fraction(0), RoundingMode.UP: Fraction(1)}.get(rounding.mode, Fraction(1, 2))
    return (lowest - early) / scale


def floored(value: Fraction, digits: int) -> str:
    """Decimal text cut, never rounded up, to `digits` after the point; trailing zeros dropped."""
    scale = 10**digits
    whole = value.numerator * scale // value.denominator
    return plain(Fraction(whole, scale))


def ceiled(value: Fraction, digits: int) -> str:
    """Decimal text rounded up to `digits` after the point: how downtime is shown."""
    return plain(-Fraction((-value.numerator * 10**digits) // value.denominator, 10**digits))


def plain(value: Fraction) -> str:
    """A terminating decimal without exponent or trailing zeros; other fractions are cut at 12 digits."""
    digits = 12
    scaled = abs(value) * 10**digits
    whole = scaled.numerator // scaled.denominator
    text = f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 and text != "0" else text


def terminates(value: Fraction) -> bool:
    """True where twelve digits after the point say all of it."""
    return 10**12 % value.denominator == 0


def told_apart(value: Fraction, limit: Fraction) -> tuple[str, str]:
    """Both floored: the limit whole, or by four digits where it never ends, with more if they need them to differ."""
    if terminates(limit):
        text = plain(limit)
        return floored(value, max(6, len(text.partition(".")[2]))), text
    texts = ((floored(value, digits), floored(limit, digits)) for digits in (4, 6, 9, 12))
    return next((pair for pair in texts if value == limit or pair[0] != pair[1]), (plain(value), plain(limit)))


def percent_text(percent: Fraction) -> str:
    """A percentage for people, with six digits at most, floored: never rounded up into compliance."""
    return floored(percent, 6)
