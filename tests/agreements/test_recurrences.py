"""Recurrence rules in a wall clock, DST by name of the place."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.agreements import recurrences
from sla_monitor.compliance.exclusions import Recurring
from sla_monitor.compliance.periods import parse_instant, period_span, rfc3339
from sla_monitor.compliance.spans import Span

SUNDAYS = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30"
HOUR, DAY = 3600, 86400


def starts(rule: str, zone: str, period: str, anchor: str = "1970-01-01", length: int = HOUR) -> list[str]:
    place = ZoneInfo(zone)
    recurring = Recurring(rule, datetime.fromisoformat(anchor), length)
    return [rfc3339(span.start) for span in recurrences.occurrences(recurring, place, period_span(period, place))]


@pytest.mark.parametrize(
    ("sentence", "rule", "zone", "period", "expected"),
    [
        (
            "Berlin's gap: with the offset before it, so at 03:30 of the clock",
            SUNDAYS, "Europe/Berlin", "2026-03-29", ["2026-03-29T01:30:00Z"],
        ),
        ("Berlin's fold: the first pass", SUNDAYS, "Europe/Berlin", "2026-10-25", ["2026-10-25T00:30:00Z"]),
        ("New York's gap", SUNDAYS, "America/New_York", "2026-03-08", ["2026-03-08T07:30:00Z"]),
        (
            "New York's fold",
            SUNDAYS.replace("BYHOUR=2", "BYHOUR=1"), "America/New_York", "2026-11-01", ["2026-11-01T05:30:00Z"],
        ),
        (
            "Lord Howe's gap of half an hour",
            SUNDAYS.replace("30", "15"), "Australia/Lord_Howe", "2026-10-04", ["2026-10-03T15:45:00Z"],
        ),
        (
            "Lord Howe's fold",
            SUNDAYS.replace("2;", "1;").replace("30", "45"), "Australia/Lord_Howe", "2026-04-05",
            ["2026-04-04T14:45:00Z"],
        ),
        (
            "each Sunday of a month with a change of clocks",
            SUNDAYS, "Europe/Berlin", "2026-03",
            [f"2026-03-{day}T01:30:00Z" for day in ("01", "08", "15", "22", "29")],
        ),
        (
            "the first Saturday of each quarter",
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=1SA;BYHOUR=22", "UTC", "2026",
            [f"2026-{day}T22:00:00Z" for day in ("01-03", "04-04", "07-04", "10-03")],
        ),
    ],
)  # fmt: skip
def test_starts(sentence: str, rule: str, zone: str, period: str, expected: list[str]):
    assert starts(rule, zone, period) == expected, sentence


@pytest.mark.parametrize(
    ("sentence", "until", "expected"),
    [
        ("a date counts to its last second", "20260315", 3),
        ("a wall clock counts itself", "20260315T023000", 3),
        ("a second before leaves it out", "20260315T022959", 2),
        ("an instant in UTC is told by the zone's clock", "20260315T013000Z", 3),
        ("and leaves out what comes a second later", "20260315T012959Z", 2),
    ],
)
def test_until(sentence: str, until: str, expected: int):
    assert len(starts(f"{SUNDAYS};UNTIL={until}", "Europe/Berlin", "2026-03")) == expected, sentence


@pytest.mark.parametrize(
    ("sentence", "anchor", "expected"),
    [
        ("every other week from the beginning", "2026-03-01", ["01", "15", "29"]),
        ("from a week later", "2026-03-08", ["08", "22"]),
        ("not before the beginning", "2026-03-20", ["29"]),
    ],
)
def test_the_anchor_is_where_counting_begins(sentence: str, anchor: str, expected: list[str]):
    found = starts("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU;BYHOUR=12", "UTC", "2026-03", anchor)
    assert [start[8:10] for start in found] == expected, sentence


def test_a_count_counts_from_the_anchor():
    assert starts("FREQ=DAILY;COUNT=3", "UTC", "2026-03", "2026-02-27") == ["2026-03-01T00:00:00Z"]


def test_the_length_is_real_seconds_and_what_reaches_into_the_span_belongs_to_it():
    place = ZoneInfo("Europe/Berlin")
    recurring = Recurring("FREQ=DAILY;BYHOUR=22", datetime.fromisoformat("1970-01-01"), 6 * HOUR)
    day = period_span("2026-03-29", place)
    night, last = recurrences.occurrences(recurring, place, day)
    assert night == Span(
        parse_instant("2026-03-28T22:00:00+01:00", place), parse_instant("2026-03-29T03:00:00Z", place)
    )
    assert (last.seconds, last.start) == (6 * HOUR, parse_instant("2026-03-29T22:00:00+02:00", place))


RULES = st.sampled_from(
    [
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;INTERVAL=3;BYHOUR=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;BYHOUR=3,15",
        "FREQ=WEEKLY;INTERVAL=3",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=DAILY;COUNT=300",
        "FREQ=WEEKLY;BYDAY=SU;UNTIL=20000101",
    ]
)


@given(RULES, st.integers(0, 2000), st.integers(0, 2500), st.integers(1, 40))
def test_decades_that_are_skipped_change_nothing(rule: str, begun: int, later: int, length: int):
    anchor = datetime.fromtimestamp(begun * DAY + 7 * HOUR, UTC).replace(tzinfo=None)
    span = Span((begun + later) * DAY, (begun + later + length) * DAY)
    found = recurrences.occurrences(Recurring(rule, anchor, HOUR), ZoneInfo("UTC"), span)
    first, last = (datetime.fromtimestamp(at, UTC).replace(tzinfo=None) for at in (span.start - HOUR + 1, span.end - 1))
    expected = rrulestr(rule, dtstart=anchor).between(first, last, inc=True)
    assert [one.start for one in found] == [int(wall.replace(tzinfo=UTC).timestamp()) for wall in expected]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("FREQ=MINUTELY", "a rule that recurs more often than hourly is no time to be agreed on"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "UNTIL and COUNT exclude each other"),
        ("FREQ=DAILY;COUNT=10001", "COUNT is above 10000"),
        ("FREQ=DAILY;FREQ=WEEKLY", "a part of it stands there twice"),
        ("FREQ=DAILY;COUNT=0", "COUNT is at least 1"),
        ("FREQ=DAILY;COUNT=-1", "COUNT is at least 1"),
        ("FREQ=DAILY;INTERVAL=10001", "INTERVAL is above 10000"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is at least 1"),
        ("FREQ=DAILY;INTERVAL=-2", "INTERVAL is at least 1"),
        ("FREQ=DAILY;UNTIL=19691231", "UNTIL is written 20261231"),
        ("FREQ=DAILY;UNTIL=20261399", "UNTIL is written 20261231"),
        ("FREQ=DAILY;BYSECOND=99999999999", "a number in it is too large"),
        ("FREQ=MONTHLY;BYDAY=1MO,6MO", "BYDAY counts to 5 here"),
        ("FREQ=YEARLY;BYMONTH=2;BYDAY=-6MO", "BYDAY counts to 5 here"),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY counts to 53 here"),
        ("FREQ=DAILY;UNTIL=2026", "UNTIL is written 20261231, or 20261231T230000Z"),
        ("BYDAY=2SU;FREQ=WEEKLY", "BYDAY counts weekdays in a month or a year only"),
        ("FREQ=WEEKLY;BYDAY=2SU", "BYDAY counts weekdays in a month or a year only"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "the rule never comes true"),
        ("FREQ=DAILY;BYHOUR=25", "hour must be in 0..23"),
    ],
)
def test_rules_that_cannot_be_followed(rule: str, message: str):
    with pytest.raises(ValueError, match=message):
        recurrences.check_rule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        *("FREQ=MONTHLY;BYDAY=1MO,-1FR", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=HOURLY"),
        *("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "INTERVAL=6;FREQ=MONTHLY;BYMONTH=3,9", "FREQ=DAILY;COUNT=3;INTERVAL=2"),
    ],
)
def test_rules_that_can(rule: str):
    recurrences.check_rule(rule)


@pytest.mark.parametrize(
    ("rule", "anchor", "comes"),
    [
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-03-02", True),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2010-01-04", True),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-03-01", False),
        ("FREQ=DAILY;INTERVAL=6;BYDAY=MO", "2026-03-01", True),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTH=1,7", "2026-01-01", True),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTH=1,7", "2026-03-01", False),
        ("FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29", "2027-01-01", True),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", "2027-01-01", False),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=5", "2026-03-01", False),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=5", "2026-03-01T05:00", True),
        ("FREQ=DAILY;UNTIL=20000101", "2026-03-01", True),
        ("FREQ=DAILY;INTERVAL=400", "9990-01-01", True),
    ],
)
def test_whether_a_rule_comes_true_hangs_on_where_it_begins(rule: str, anchor: str, *, comes: bool):
    assert recurrences.comes_true(rule, datetime.fromisoformat(anchor)) == comes
