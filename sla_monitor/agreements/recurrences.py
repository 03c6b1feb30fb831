"""RFC 5545 recurrence rules in a wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
NINE_YEARS = timedelta(days=9 * 366)
"""Every rule that may be agreed on comes true in so long, also on the 29th of February."""
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
    # The days on which a rule comes true are the same by the hour, and sooner counted through.
    daily = text.replace("FREQ=HOURLY", "FREQ=DAILY")
    rule = _rule(daily, _EPOCH, ZoneInfo("UTC")).replace(count=None, until=_EPOCH + NINE_YEARS)
    if next(iter(rule), None) is None:
        raise ValueError("the rule never comes true")


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
        wall = wall.replace(tzinfo=UTC).astimezone(zone)
    return f"{wall:%Y%m%dT%H%M%S}"


def _parts(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";"))
