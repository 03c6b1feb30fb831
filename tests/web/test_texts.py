"""Amounts, stretches and instants as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.periods import Calendar, Rolling, Unit, rolling_window, window_at
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.publishing.web import details, texts

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("seconds", "up", "wanted"),
    [
        (0, False, "0s"),
        (59, False, "59s"),
        (2592, False, "43m 12s"),
        (3600, False, "1h"),
        (7384, False, "2h 3m 4s"),
        (86399, False, "23h 59m 59s"),
        (86459, False, "1d"),
        (86459, True, "1d 1m"),
        (Fraction(1, 2), False, "0s"),
        (Fraction(1, 2), True, "1s"),
    ],
)
def test_durations(seconds, up, wanted):
    assert texts.duration(Fraction(seconds), up=up) == wanted


@given(st.fractions(min_value=0, max_value=10**8))
def test_what_is_left_is_never_shown_as_more_and_what_was_used_never_as_less(seconds):
    def read(text: str) -> int:
        return sum(int(part[:-1]) * UNITS[part[-1]] for part in text.split())

    assert read(texts.duration(seconds)) <= seconds <= read(texts.duration(seconds, up=True))


@pytest.mark.parametrize(
    ("number", "up", "wanted"),
    [
        (0, False, "0"),
        ("99.97", False, "99.9"),
        ("99.97", True, "100"),
        (1234, False, "1,234"),
        ("1234567.9", False, "1,234,567"),
    ],
)
def test_counts(number, up, wanted):
    assert texts.count(Fraction(number), up=up) == wanted


def test_percentages_are_cut():
    assert texts.percent(Fraction("0.99899999999")) == "99.899999\u202f%"
    assert texts.percent(None) == "–"


def test_instants_are_told_in_the_zone():
    assert texts.moment(at(2026, 10, 31, 22, 59), BERLIN) == "31 Oct 2026 23:59 CET"
    assert texts.moment(at(2026, 10, 25, 0, 30), BERLIN) == "25 Oct 2026 02:30 CEST"


@pytest.mark.parametrize(
    ("said", "every", "wanted"),
    [
        ("a month that DST lengthens", Unit.MONTH, "1 – 31 Oct 2026"),
        ("a day", Unit.DAY, "21 Oct 2026"),
        ("a week", Unit.WEEK, "19 – 25 Oct 2026"),
        ("a quarter", Unit.QUARTER, "1 Oct – 31 Dec 2026"),
        ("a year", Unit.YEAR, "1 Jan – 31 Dec 2026"),
        ("an hour", Unit.HOUR, "21 Oct 2026 14:00 CEST – 15:00"),
    ],
)
def test_windows_are_dated_by_their_first_and_last_day(said, every, wanted):
    assert texts.window(window_at(Calendar(every), BERLIN, at(2026, 10, 21, 12)), BERLIN) == wanted, said


def test_windows_over_new_year_name_both_years():
    winter = window_at(Calendar(Unit.MONTH, start_day=15), BERLIN, at(2026, 12, 20))
    assert texts.window(winter, BERLIN) == "15 Dec 2026 – 14 Jan 2027"


def test_rolling_windows_are_named_by_their_length():
    assert texts.window(rolling_window(Rolling(30 * 86400, "30d"), at(2026, 10, 21)), BERLIN) == "last 30d"


@pytest.mark.parametrize(
    ("span", "wanted"),
    [
        (Span(at(2026, 1, 1), FOREVER), "from 1 Jan 2026 00:00 UTC, without an agreed end"),
        (Span(0, at(2027, 1, 1)), "since before anything was measured, until 31 Dec 2026 23:59 UTC"),
    ],
)
def test_terms(span, wanted):
    assert texts.term(span, UTC_ZONE) == wanted


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("https://example.com/oncall", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https:", False),
        ("MSA-2026-014", False),
        ("http://[broken", False),
    ],
)
def test_only_web_addresses_become_links(text, linked):
    assert (details.web_link(text) is not None) is linked
