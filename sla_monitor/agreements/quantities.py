"""The numbers and times of agreement files: text in, exact fractions out, each a pydantic type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from sla_monitor.compliance import periods, ratios
from sla_monitor.compliance.ratios import Comparison

DAY = 86_400
MOST_MONTHS, MOST_DAYS = 1200, 36_525
"""A hundred years: beyond them the calendar may have no such day."""
_WORDS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w"}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_WORDED = re.compile(r"(\d+(?:\.\d+)?) ?(second|minute|hour|day|week|month|quarter|year)s?")
_COMPARED = re.compile(r"(>=|<=|>|<)?\s*([^<>=\s].*)", re.DOTALL)
_MONEY = re.compile(r"(\d+(?:\.\d+)?) ?([A-Z]{3})")
_SHARE = re.compile(r"(\d{1,9})/(\d{1,9})")


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """A fault of one value: what is wrong with it, and what to write instead."""
    return PydanticCustomError("agreement", "{said}", {"said": message, "hint": hint})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a contract writes it; `unit` is `percent`, `seconds` or empty for a plain number."""

    value: Fraction
    unit: str

    @property
    def ratio(self) -> Fraction:
        return self.value / 100 if self.unit == "percent" else self.value


@dataclass(frozen=True, slots=True)
class Limit:
    """A quantity with the comparison written before it; None where none is written."""

    comparison: Comparison | None
    quantity: Quantity

    @property
    def at_least(self) -> bool:
        """The more, the better."""
        return self.comparison in (None, Comparison.GE, Comparison.GT)


@dataclass(frozen=True, slots=True)
class Dues:
    """A least amount of money, with its comparison and ISO 4217 code."""

    comparison: Comparison
    value: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """A length that may be counted by the calendar (`12 months`); `seconds` None: it is `months`, which differ."""

    text: str
    seconds: Fraction | None
    months: int = 0

    @property
    def by_calendar(self) -> periods.Lapse:
        """Whole days are counted by the calendar, whatever the clocks did."""
        if self.seconds is None:
            return periods.Lapse(self.text, months=self.months)
        days, seconds = divmod(self.seconds, DAY)
        if seconds:
            return periods.Lapse(self.text, seconds=int(self.seconds))
        return periods.Lapse(self.text, days=int(days))


def read_quantity(text: str) -> Quantity:
    text = text.strip()
    if text.endswith("%"):
        return Quantity(ratios.parse_number(text[:-1]), "percent")
    if text and text[-1].isalpha():
        return Quantity(read_duration(text), "seconds")
    return Quantity(ratios.parse_number(text), "")


def read_limit(text: str) -> Limit:
    found = _COMPARED.fullmatch(text.strip())
    if found is None:
        raise wrong(f"not a limit: {text.strip()[:40]!r}", "write 99.9%, '<= 45ms' or '>= 500'")
    return Limit(Comparison(found[1]) if found[1] else None, read_quantity(found[2]))


def read_percentage(text: str) -> Fraction:
    """A share between 0 and 1: `99.9%`, or `0.999`."""
    share = ratios.parse_ratio(text)
    if not 0 <= share <= 1:
        hint = f"is {text.strip()}% meant?" if 1 < share <= 100 and "%" not in text else ""  # noqa: PLR2004
        raise wrong(f"{text.strip()!r} is not between 0% and 100%", hint)
    return share


def read_duration(text: str) -> Fraction:
    """Exact seconds of `90s`, `1h30m`, `300ms`, `30 days`; months have no fixed length."""
    lapse = read_lapse(text)
    if lapse.seconds is None:
        raise wrong(f"{lapse.text!r} has no fixed length", "write it in days or weeks")
    return lapse.seconds


def read_positive(text: str) -> Fraction:
    seconds = read_duration(text)
    if seconds <= 0:
        raise wrong("must be longer than nothing", "write a duration such as 1m")
    return seconds


def read_lapse(text: str) -> Lapse:
    text = text.strip()
    worded = _WORDED.fullmatch(text)
    if worded is None:
        return Lapse(text, ratios.parse_duration(text))
    if (unit := _WORDS.get(worded[2])) is not None:
        return Lapse(text, ratios.parse_duration(worded[1] + unit))
    months = ratios.parse_number(worded[1]) * _MONTHS[worded[2]]
    if months.denominator != 1:
        raise wrong(f"{text!r} is no whole number of months", "months, quarters and years are counted whole")
    return Lapse(text, None, int(months))


def read_deadline(text: str) -> Lapse:
    lapse = read_lapse(text)
    if lapse.months > MOST_MONTHS or (lapse.seconds or 0) > MOST_DAYS * DAY:
        raise wrong(f"{text.strip()!r} is longer than 100 years")
    return lapse


def read_cadence(text: str) -> Lapse:
    """How often something comes round."""
    lapse = read_deadline(text)
    if lapse.seconds is not None and (lapse.seconds < DAY or lapse.seconds % 1):
        raise wrong(f"{text.strip()!r} is not at least a day", "write 3 months, or 30 days")
    if not lapse.months and lapse.seconds is None:
        raise wrong("must be longer than nothing", "write 3 months, or 30 days")
    return lapse


def read_credit(text: str) -> Quantity:
    """`10%`, `1/30`, or days of service (`3 days`, told by the unit `seconds`)."""
    text = text.strip()
    if share := _SHARE.fullmatch(text):
        if int(share[2]) == 0:
            raise wrong("divides by zero", "write a share such as 1/30")
        return Quantity(Fraction(int(share[1]), int(share[2])) * 100, "percent")
    if not re.search(r"[a-z]$", text):
        return Quantity(read_percentage(text) * 100, "percent")
    return Quantity(read_positive(text), "seconds")


def read_minimum(text: str) -> Limit | Dues:
    """The least credit: a share, days of service (`5%`, `> 1/30`), or money (`> 1 USD`); alone it is enough."""
    found = _COMPARED.fullmatch(text.strip())
    if found is None or found[1] not in (None, ">=", ">"):
        raise wrong(f"not a least credit: {text.strip()[:40]!r}", "write 5%, '> 3 days' or '> 1 USD'")
    comparison, least = Comparison(found[1] or ">="), found[2].strip()
    if money := _MONEY.fullmatch(least):
        return Dues(comparison, ratios.parse_number(money[1]), money[2])
    if re.fullmatch(r"[\d.]+", least):
        raise wrong(f"{least[:40]} says no unit", "5%, 3 days or 1 USD")
    return Limit(comparison, read_credit(least))


def read_excess(text: str) -> Fraction:
    """A share of the limit, which may be more than all of it: `10%`, `150%`, `0.1`."""
    share = ratios.parse_ratio(text)
    if share < 0:
        raise wrong(f"{text.strip()!r} is below 0%")
    return share if text.strip().endswith("%") else read_percentage(text)


def read_within(text: str) -> Lapse | int:
    """How far back: a length (`12 months`), or so many windows (`6 windows`)."""
    if windows := re.fullmatch(r"(\d{1,4}) ?windows?", text.strip()):
        return read_count(1, 1000)(windows[1])
    return read_lapse(text)


def read_count(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise wrong(f"{text[:40]!r} is not a whole number between {low} and {high}")
        return int(text)

    return read


def _only_text(read: Callable[[str], Any]) -> Callable[[object], Any]:
    def validate(value: object) -> Any:
        if not isinstance(value, str):
            raise wrong("has no value" if value is None else "must be a single value, not a list or a mapping")
        try:
            return read(value)
        except ValueError as error:
            # Not a PydanticCustomError: those are no ValueErrors to Python's eyes, but are to pydantic's.
            raise error if isinstance(error, PydanticCustomError) else wrong(str(error)) from error

    return validate


def parsed(read: Callable[[str], Any], pattern: str, *examples: str) -> tuple[PlainValidator, WithJsonSchema]:
    """How a value is read, and how editors are told of it: they see 0.999 as a number, we as text."""
    schema = {"type": ["string", "number"], "pattern": pattern, "examples": list(examples)}
    return PlainValidator(_only_text(read)), WithJsonSchema(schema)


_NUMBER = r"[+-]?\d+(\.\d+)?"
_LENGTH = r"(\d+(\.\d+)? ?(ms|s|m|h|d|w|y|(second|minute|hour|day|week)s?) ?)+"
_LENGTHS = rf"^\s*({_LENGTH}|\d+ ?(month|quarter|year)s?)\s*$"

Percentage = Annotated[Fraction, *parsed(read_percentage, r"^\s*\d+(\.\d+)?\s*%?$", "99.9%", "0.999")]
Duration = Annotated[Fraction, *parsed(read_duration, rf"^\s*{_LENGTH}$", "90s", "5m", "1h30m", "30 days")]
PositiveDuration = Annotated[Fraction, *parsed(read_positive, rf"^\s*{_LENGTH}$", "1m", "300ms")]
Lapsed = Annotated[Lapse, *parsed(read_deadline, _LENGTHS, "30 days", "12 months")]
Cadence = Annotated[Lapse, *parsed(read_cadence, _LENGTHS, "3 months", "30 days")]
Bound = Annotated[Quantity, *parsed(read_quantity, rf"^\s*({_NUMBER}\s*%?|{_LENGTH})\s*$", "99.9%", "15m", "45ms")]
Limited = Annotated[
    Limit, *parsed(read_limit, rf"^\s*(>=|<=|>|<)?\s*({_NUMBER}\s*%?|{_LENGTH})\s*$", "99.9%", "<= 45ms", ">= 500")
]
Credited = Annotated[
    Quantity, *parsed(read_credit, r"^\s*(\d+(\.\d+)?%?|\d+/\d+|\d+ ?(d|w|days?|weeks?))\s*$", "10%", "1/30", "3 days")
]
Least = Annotated[
    Limit | Dues,
    *parsed(read_minimum, r"^\s*(>=|>)?\s*(\d+(\.\d+)?%|\d+/\d+|\d+(\.\d+)? ?[A-Za-z]+)\s*$", "5%", "> 1 USD"),
]
Excess = Annotated[Fraction, *parsed(read_excess, r"^\s*\d+(\.\d+)?\s*%?$", "10%", "150%")]
Within = Annotated[
    Lapse | int, *parsed(read_within, rf"{_LENGTHS[:-1]}|^\s*\d+ ?windows?\s*$", "12 months", "6 windows")
]
Number = Annotated[Fraction, *parsed(ratios.parse_number, rf"^\s*{_NUMBER}\s*$", "10", "0.5")]
