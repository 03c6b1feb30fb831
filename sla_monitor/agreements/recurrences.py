"""RFC 5545 recurrence rules in a wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from sla_monitor.compliance.exclusions import Recurring
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.wallclocks import instant_of_wall, wall_of

_EPOCH = datetime(9970, 1, 1)  # noqa: DTZ001 - a wall clock knows no zone
"""As 1970, since the calendar is the same every 400 years: dateutil counts to 9999 where a rule never comes true."""

_STEPS = {"HOURLY": 1, "DAILY": 1, "WEEKLY": 7}
"""Days that leave the phase of a rule with interval 1 as it is."""
A_DAY = timedelta(days=1)
MOST = 10_000
WRITTEN = "UNTIL is written 20261231, or 20261231T230000Z"
_WRONG = {
    r"FREQ=(SECONDLY|MINUTELY)": "a rule that recurs more often than hourly is no time to be agreed on",
    r"INTERVAL=(?!0*[1-9]\d*(;|$))": "INTERVAL is at least 1",
    r"COUNT=(?!0*[1-9]\d*(;|$))": "COUNT is at least 1",
    r"UNTIL=(?!(19[7-9]|[2-9]\d\d)\d{5}(T\d{6}Z?)?(;|$))": WRITTEN,
    r"FREQ=(?!MONTHLY|YEARLY).*BYDAY=[^;]*\d|BYDAY=[^;]*\d.*FREQ=(?!MONTHLY|YEARLY)": (
        "BYDAY counts weekdays in a month or a year only"
    ),
}


def check_rule(text: str) -> None:
    """Raises ValueError with a sentence where the text is no rule that can be followed."""
    for wrong, said in _WRONG.items():
        if re.search(wrong, text):
            raise ValueError(said)
    parts = _parts(text)
    if len(parts) <= text.count(";"):
        raise ValueError("a part of it stands there twice")
    if "UNTIL" in parts and "COUNT" in parts:
        raise ValueError("UNTIL and COUNT exclude each other")
    _check_numbers(parts)
    try:
        _local(text, ZoneInfo("UTC"))
    except ValueError as error:
        raise ValueError(WRITTEN) from error
    # The days on which a rule comes true are the same by the hour, and sooner counted through. Where it begins to
    # count is not known here.
    daily = {**parts, "INTERVAL": "1"} | ({"FREQ": "DAILY"} if parts.get("FREQ") == "HOURLY" else {})
    try:
        found = _comes_true(_lasting(daily), _EPOCH)
    except (OverflowError, LookupError) as error:  # as dateutil takes them
        raise ValueError("a number in it is too large") from error
    if not found:
        raise ValueError("the rule never comes true")


def _check_numbers(parts: dict[str, str]) -> None:
    for name in ("COUNT", "INTERVAL"):
        if int(parts.get(name, "1")) > MOST:
            raise ValueError(f"{name} is above {MOST}")
    most = 53 if parts.get("FREQ") == "YEARLY" and "BYMONTH" not in parts else 5
    if any(int(count) > most for count in re.findall(r"\d+", parts.get("BYDAY", ""))):
        raise ValueError(f"BYDAY counts to {most} here")


def comes_true(text: str, anchor: datetime) -> bool:
    """Whether a sound rule that is counted from there on ever does. Its end, and its count, make no difference."""
    late = anchor.replace(year=anchor.year + (MAXYEAR - anchor.year) // 400 * 400)
    lasting = _lasting(_parts(text))
    try:
        return _comes_true(lasting, _later(Recurring(lasting, late, 0), _EPOCH))
    except ValueError:  # it is never the hour
        return False


def _lasting(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items() if name not in {"UNTIL", "COUNT"})


def _comes_true(text: str, anchor: datetime) -> bool:
    """With an anchor near to 9999."""
    return any(True for _ in _rule(text, anchor, ZoneInfo("UTC")))


def occurrences(recurring: Recurring, zone: ZoneInfo, span: Span) -> Iterator[Span]:
    """The spans that touch the span, in order."""
    # A wall clock may be an hour or more off over DST; what does not touch is left out below.
    first = wall_of(span.start - recurring.length, zone) - A_DAY
    last = wall_of(span.end, zone) + A_DAY
    rule = _rule(recurring.rule, _later(recurring, first), zone)
    for wall in rule.between(first, last, inc=True):
        start = instant_of_wall(wall, zone)
        found = Span(start, start + recurring.length)
        if found.intersect(span).seconds:
            yield found


def _later(recurring: Recurring, first: datetime) -> datetime:
    """An anchor of the same phase close to what is asked for: else decades would be counted through each time."""
    parts = _parts(recurring.rule)
    days = _STEPS.get(parts["FREQ"], 0) * int(parts.get("INTERVAL", "1"))
    if "COUNT" in parts or not days or first <= recurring.anchor:
        return recurring.anchor
    return recurring.anchor + (first - recurring.anchor) // timedelta(days=days) * timedelta(days=days)


@lru_cache(maxsize=4096)
def _rule(text: str, anchor: datetime, zone: ZoneInfo) -> rrule:
    rule = rrulestr(_local(text, zone), dtstart=anchor, cache=False)
    if not isinstance(rule, rrule):
        raise TypeError("a single rule was read as a set of them")
    return rule


def _local(text: str, zone: ZoneInfo) -> str:
    """UNTIL in the wall clock of the anchor: an instant in UTC as the zone shows it, a date to its last second."""
    return re.sub(r"UNTIL=(\d{8})(T\d{6})?(Z)?(?=;|$)", lambda until: f"UNTIL={_until(until, zone)}", text)


def _until(until: re.Match[str], zone: ZoneInfo) -> str:
    day, clock, utc = until.groups()
    wall = datetime.strptime(f"{day}{clock or 'T235959'}", "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
    if utc:
        with suppress(OverflowError):  # on the last day there is
            wall = wall.replace(tzinfo=UTC).astimezone(zone)
    return f"{wall:%Y%m%dT%H%M%S}"


def _parts(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";"))
