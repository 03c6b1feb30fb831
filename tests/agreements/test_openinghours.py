"""Service hours in OpenStreetMap's syntax, on public holidays of countries and regions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours, State

from sla_monitor.agreements import openinghours
from sla_monitor.agreements.openinghours import HoursError
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.wallclocks import seconds_of_wall

OFFICE = "Mo-Fr 08:00-18:00; PH off"


def served(text: str, region: str, day: str, days: int = 1) -> list[str]:
    """The hours of some days as people read them, such as `08:00-18:00`."""
    first = date.fromisoformat(day)
    spans = openinghours.served(text, region, first, first + timedelta(days=days))
    epoch = datetime.fromisoformat("1970-01-01")
    clocks = ((epoch + timedelta(seconds=at) for at in (span.start, span.end)) for span in spans)
    return ["-".join(f"{clock:%H:%M}" for clock in pair) for pair in clocks]


@pytest.mark.parametrize(
    ("sentence", "text", "region", "day", "expected"),
    [
        ("a working Friday", OFFICE, "DE", "2026-06-05", ["08:00-18:00"]),
        ("a Saturday", OFFICE, "DE", "2026-06-06", []),
        ("Corpus Christi is no holiday of all Germany", OFFICE, "DE", "2026-06-04", ["08:00-18:00"]),
        ("but of Bavaria", OFFICE, "DE-BY", "2026-06-04", []),
        ("the Day of German Unity", "Mo-Sa 08:00-12:00; PH off", "DE", "2026-10-03", []),
        ("Thanksgiving in the US", OFFICE, "US", "2026-11-26", []),
        ("Independence Day is observed on the Friday before", OFFICE, "US", "2026-07-03", []),
        ("and on no day of the kind in Germany", OFFICE, "DE", "2026-07-03", ["08:00-18:00"]),
        ("Election Day in New York", OFFICE, "US-NY", "2026-11-03", []),
        ("no holiday of the whole US", OFFICE, "US", "2026-11-03", ["08:00-18:00"]),
        ("shorter hours on holidays", "Mo-Fr 08:00-18:00; PH 10:00-12:00", "DE", "2026-05-01", ["10:00-12:00"]),
        ("the same on Sundays", "Mo-Fr 08:00-18:00; PH,Su 10:00-12:00", "DE", "2026-05-03", ["10:00-12:00"]),
        ("and on holidays", "Mo-Fr 08:00-18:00; PH,Su 10:00-12:00", "DE", "2026-05-01", ["10:00-12:00"]),
        (
            "more hours on holidays",
            "Mo-Fr 08:00-12:00, PH 14:00-15:00", "DE", "2026-05-01", ["08:00-12:00", "14:00-15:00"],
        ),
        ("around the clock but on holidays", "24/7; PH off", "DE", "2026-05-01", []),
        ("around the clock on others", "24/7; PH off", "DE", "2026-05-04", ["00:00-00:00"]),
        ("a lunch break", "Mo-Fr 08:00-12:00,13:00-17:00", "", "2026-06-05", ["08:00-12:00", "13:00-17:00"]),
        ("nothing but holidays on another day", "PH 10:00-12:00", "DE", "2026-05-04", []),
        ("a day named by its date", "24/7; Dec 24 off", "", "2026-12-24", []),
        ("the first Monday of a month", "Mo[1] 10:00-12:00", "", "2026-06-01", ["10:00-12:00"]),
        ("not the second", "Mo[1] 10:00-12:00", "", "2026-06-08", []),
    ],
)  # fmt: skip
def test_hours(sentence: str, text: str, region: str, day: str, expected: list[str]):
    assert served(text, region, day) == expected, sentence


def test_a_shift_runs_into_the_next_day():
    assert served("We 22:00-06:00", "", "2026-06-03", 3) == ["22:00-06:00"]


def test_bavaria_has_more_holidays_than_germany():
    """On weekdays of 2026 nine or fewer are free in all Germany; Bavaria adds Epiphany and Corpus Christi."""
    year = date(2026, 1, 1), date(2027, 1, 1)
    germany, bavaria = (Spans.of(openinghours.served(OFFICE, region, *year)) for region in ("DE", "DE-BY"))
    lost = [datetime.fromisoformat("1970-01-01") + timedelta(seconds=span.start) for span in germany.minus(bavaria)]
    assert [f"{day:%m-%d}" for day in lost] == ["01-06", "06-04"]


HOLIDAY_TEXTS = st.sampled_from(
    [
        "Mo-Fr 08:00-18:00; PH off",
        "Mo-Fr 08:00-18:00; PH,Sa 10:00-12:00",
        "Mo-Fr 22:00-06:00; PH off",
        "Mo-Fr,PH 08:00-18:00",
        "Mo-Fr 08:00-12:00, PH 14:00-20:00",
        "24/7; PH off; Dec 31 18:00-24:00 off",
        "Mo-Fr 09:00-17:00 || PH 10:00-11:00",
    ]
)


@given(HOLIDAY_TEXTS, st.integers(0, 360), st.integers(1, 40))
def test_holidays_written_out_mean_the_same_as_the_librarys_own(text: str, day: int, days: int):
    """The library knows Germany's; what it merges and splits does not matter."""
    first = date(2026, 1, 1) + timedelta(days=day)
    last = first + timedelta(days=days)
    begin, end = (datetime(some.year, some.month, some.day) for some in (first, last))  # noqa: DTZ001
    own = Spans.of(
        Span(seconds_of_wall(start), seconds_of_wall(until))
        for start, until, state, _ in OpeningHours(text, country="DE").intervals(begin, end)
        if state == State.OPEN
    )
    assert Spans.of(openinghours.served(text, "DE", first, last)) == own


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SH off", "hours by school holidays are not known here"),
        ("sunrise-18:00", "hours by the sun are not known here"),
        ("08:00-dusk", "hours by the sun are not known here"),
        ("Mo-Fr unknown", "does not say of all hours whether they are served"),
        ('Mo-Fr 08:00-18:00 "by phone"', "a comment says nothing to a clock"),
        ("Dec PH off", "PH stands where it cannot be reckoned with"),
        ("PH -1 day off", "PH with days before or after, or on some weekdays only, is not known here"),
        ("PH Mo-Fr 08:00-12:00", "PH with days before or after, or on some weekdays only, is not known here"),
        ("Mo-Fr 08:00-18:00 Mo", "is no opening hours: expected EOI, any_rule_separator, or rules_modifier"),
    ],
)
def test_what_cannot_be_reckoned_with_is_told(text: str, message: str):
    with pytest.raises(HoursError) as told:
        openinghours.check_hours(text)
    assert str(told.value) == message
    assert told.value.hint
