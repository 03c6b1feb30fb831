"""RFC 5545 recurrence rules in a wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from itertools import dropwhile, islice, takewhile
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
NINE_YEARS = timedelta(days=9 * 366)
"""Every rule that may be agreed on comes true in so long, also on the 29th of February."""
MOST_TIMES = 40
"""And in so many times as long, where it is counted every second day or month, or less often."""
MOST = 10_000
_WRONG = {
    r"FREQ=(SECONDLY|MINUTELY)": "a rule that recurs more often than hourly is no time to be agreed on",
    r"INTERVAL=0*(;|$)": "INTERVAL is at least 1",
    r"UNTIL=(?!\d{8}(T\d{6}Z?)?(;|$))": "UNTIL is written 20261231, or 20261231T230000Z",
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
    if "UNTIL" in parts and "COUNT" in parts:
        raise ValueError("UNTIL and COUNT exclude each other")
    if int(parts.get("COUNT", "0")) > MOST:
        raise ValueError(f"COUNT is above {MOST}")
    # The days on which a rule comes true are the same by the hour, and sooner counted through. Where it begins to
    # count is not known here.
    daily = {**parts, "INTERVAL": "1"} | ({"FREQ": "DAILY"} if parts.get("FREQ") == "HOURLY" else {})
    if not _comes_true(";".join(f"{name}={value}" for name, value in daily.items()), _EPOCH):
        raise ValueError("the rule never comes true")


def comes_true(text: str, anchor: datetime) -> bool:
    """Whether a sound rule that is counted from there on ever does. Its end, and its count, make no difference."""
    try:
        return _comes_true(text, anchor)
    except ValueError:  # it is never the hour
        return False


def _comes_true(text: str, anchor: datetime) -> bool:
    parts = _parts(text)
    every = 1 if parts["FREQ"] == "HOURLY" else min(int(parts.get("INTERVAL", "1")), MOST_TIMES)
    horizon = anchor + min(NINE_YEARS * every, datetime.max - anchor)  # noqa: DTZ901 - a wall clock
    return any(True for _ in _rule(text, anchor, ZoneInfo("UTC"), horizon, ended=False))


def occurrences(recurring: Recurring, zone: ZoneInfo, span: Span) -> Iterator[Span]:
    """The spans that touch the span, in order."""
    # A wall clock may be an hour or more off over DST; what does not touch is left out below.
    first = wall_of(span.start - recurring.length, zone) - A_DAY
    last = wall_of(span.end, zone) + A_DAY
    # Of a rule that never comes true dateutil counts to the year 9999.
    horizon = datetime(min(last.year + 1, MAXYEAR), 1, 1)  # noqa: DTZ001 - a wall clock
    rule = _rule(recurring.rule, _later(recurring, first), zone, horizon)
    count = _parts(recurring.rule).get("COUNT")
    counted = islice(rule, None if count is None else int(count))
    for wall in takewhile(lambda wall: wall <= last, dropwhile(lambda wall: wall < first, counted)):
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
def _rule(text: str, anchor: datetime, zone: ZoneInfo, last: datetime, *, ended: bool = True) -> rrule:
    """Without its count, and to `last` at most; also past its end, if that is not wanted."""
    parts = _parts(text)
    until, _ = parts.pop("UNTIL", None), parts.pop("COUNT", None)
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=anchor, cache=False)
    if not isinstance(rule, rrule):
        raise TypeError("a single rule was read as a set of them")
    return rule.replace(until=min(last, _until(until, zone)) if until and ended else last)


def _until(text: str, zone: ZoneInfo) -> datetime:
    """In the wall clock of the anchor: an instant in UTC as the zone shows it, a date to its last second."""
    utc = text.endswith("Z")
    day, _, clock = text.removesuffix("Z").partition("T")
    wall = datetime.strptime(f"{day}T{clock or '235959'}", "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
    return wall.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if utc else wall


def _parts(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";"))
