"""OpenStreetMap's opening_hours, with the public holidays of a country or region.

Both libraries are imported where they are used: they cost 7 MB, and many monitors have no service hours.

The library that reads them knows the holidays of whole countries only. So PH is written out as dates,
which means the same (docs/decisions/0006-population.md), and the dates come from a library of holidays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.wallclocks import seconds_of_wall

_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_ITEM = rf"(?:PH|{_DAY}(?:-{_DAY})?(?:\[[-\d,]+\])?)"
_LIST = rf"{_ITEM}(?:\s*,\s*{_ITEM})*"
_RULE = re.compile(rf"(?P<before>^|;|\|\||,)\s*(?P<days>{_LIST})(?![\w\[])(?P<rest>(?:(?!\|\|)[^;,]|,(?!\s*[A-Z]))*)")
_NARROWED = re.compile(rf"\s*(?:[-+]\s*\d+\s*days?|{_DAY})")
_YEAR = (date(2026, 1, 1), date(2028, 1, 1))
"""Two years, one of them leap: whether there are hours of which it is not said if they are open."""


class HoursError(ValueError):
    """The text is no opening hours that can be reckoned with; the hint says what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def check_hours(text: str) -> None:
    """Raises HoursError where the hours cannot be told from the text."""
    if '"' in text:
        raise HoursError("a comment says nothing to a clock", "say it in the scope or a restriction")
    for word, why in (("SH", "school holidays"), ("sun", "the sun"), ("dawn", "the sun"), ("dusk", "the sun")):
        if re.search(rf"\b{word}", text):
            raise HoursError(f"hours by {why} are not known here", "write times of day, and PH for public holidays")
    # PH on days that are none of them is as good as any for reading.
    expression = _written_out(text, ["2026 Jan 01"])
    if any(state == "unknown" for _, _, state, _ in _intervals(expression, *_YEAR)):
        raise HoursError("does not say of all hours whether they are served", "open or off, and no unknown")


def check_holidays(region: str) -> None:
    """Raises HoursError for a country or region whose holidays are not known."""
    country, _, subdivision = region.partition("-")
    import holidays as public_holidays  # noqa: PLC0415

    known = public_holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise HoursError(
            f"the public holidays of {region[:40]!r} are not known", "an ISO 3166 code such as DE or DE-BY"
        )
    if subdivision not in ("", *known[country]):
        regions = ", ".join(known[country]) or "none"
        raise HoursError(f"no region of {country} is called {subdivision[:40]!r}", f"known: {regions}")


def speaks_of_holidays(text: str) -> bool:
    return bool(re.search(r"\bPH\b", text))


def served(text: str, region: str, first: date, last: date) -> list[Span]:
    """The wall-clock times served from the day `first` to before `last`, in seconds of the wall."""
    days = _holidays(region, first.year - 1, last.year + 1) if speaks_of_holidays(text) else ()
    expression = _written_out(text, [f"{day:%Y %b %d}" for day in days])
    return [
        Span(seconds_of_wall(start), seconds_of_wall(end))
        for start, end, state, _ in _intervals(expression, first, last)
        if state == "open"
    ]


@lru_cache(maxsize=256)
def _holidays(region: str, first: int, last: int) -> tuple[date, ...]:
    import holidays as public_holidays  # noqa: PLC0415

    country, _, subdivision = region.partition("-")
    found = public_holidays.country_holidays(country, subdiv=subdivision or None, years=range(first, last + 1))
    return tuple(sorted(found))


def _intervals(expression: str, first: date, last: date) -> Iterable[tuple[datetime, datetime, str, str]]:
    """(start, end, state, comment); the state is open, closed or unknown."""
    from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined] # noqa: PLC0415 - not in its stubs

    if not expression:
        return ()
    try:
        hours = OpeningHours(expression, auto_country=False, auto_timezone=False)
    except ParserError as error:
        hint = "such as 24/7, or Mo-Fr 08:00-18:00; PH off"
        raise HoursError(f"is no opening hours: {_told(str(error))}", hint) from error
    found: Iterable[Any] = hours.intervals(datetime.combine(first, time()), datetime.combine(last, time()))
    return ((start, end, str(state), comment) for start, end, state, comment in found)


def _told(error: str) -> str:
    """Its last line says what was expected; the lines before draw an arrow."""
    return error.strip().splitlines()[-1].removeprefix("  = ")


def _written_out(text: str, dates: list[str]) -> str:
    """The text with PH as dates: a rule for `PH,Su` becomes one for `Su` and one for the dates."""
    written = _RULE.sub(lambda rule: _rules(rule, ",".join(dates)), text).lstrip(";, |")
    if speaks_of_holidays(written):
        raise HoursError("PH stands where it cannot be reckoned with", "begin a rule with it: PH off, or PH,Su off")
    return written


def _rules(rule: re.Match[str], dates: str) -> str:
    days, rest, before = rule["days"], rule["rest"], rule["before"] or ";"
    if "PH" not in days:
        return rule[0]
    if _NARROWED.match(rest):
        hint = "name the dates: Dec 24 off"
        raise HoursError("PH with days before or after, or on some weekdays only, is not known here", hint)
    others = ",".join(item for item in re.split(r"\s*,\s*", days) if item != "PH")
    return "".join(f"{before} {selector}{rest}" for selector in (others, dates) if selector)
