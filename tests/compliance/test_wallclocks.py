"""Wall clocks across DST, by name of the place, held against reading the clock minute by minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.wallclocks import instant_of_wall, instants_shown, seconds_of_wall, wall_of
from tests.compliance.specimens import instant

HOUR = 3600


@pytest.mark.parametrize(
    ("sentence", "zone", "wall", "expected"),
    [
        ("Berlin skips 02:30, so the offset before it holds", "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30Z"),
        ("Berlin passes 02:30 twice, and the first counts", "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z"),
        ("New York skips 02:30", "America/New_York", "2026-03-08T02:30", "2026-03-08T07:30Z"),
        ("New York passes 01:30 twice", "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z"),
        ("Lord Howe skips half an hour", "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45Z"),
        ("Lord Howe passes half an hour twice", "Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z"),
        ("an ordinary noon", "Asia/Kathmandu", "2026-06-01T12:00", "2026-06-01T06:15Z"),
    ],
)
def test_instants_of_walls(sentence: str, zone: str, wall: str, expected: str) -> None:
    assert instant_of_wall(datetime.fromisoformat(wall), ZoneInfo(zone)) == instant(expected), sentence


@pytest.mark.parametrize(
    ("sentence", "zone", "day", "clock", "hours"),
    [
        ("Berlin's night of spring lacks an hour", "Europe/Berlin", "2026-03-29", (0, 6), 5),
        ("Berlin's night of autumn has one more", "Europe/Berlin", "2026-10-25", (0, 6), 7),
        ("what lies in the gap never comes", "Europe/Berlin", "2026-03-29", (2, 3), 0),
        ("what lies in the fold comes twice", "Europe/Berlin", "2026-10-25", (2, 3), 2),
        ("New York's spring", "America/New_York", "2026-03-08", (1, 4), 2),
        ("New York's autumn", "America/New_York", "2026-11-01", (0, 2), 3),
        ("Lord Howe loses half an hour", "Australia/Lord_Howe", "2026-10-04", (1, 4), 2.5),
        ("Lord Howe gains half an hour", "Australia/Lord_Howe", "2026-04-05", (1, 4), 3.5),
        ("office hours are as long as ever", "Europe/Berlin", "2026-03-29", (8, 18), 10),
    ],
)
def test_hours_in_real_seconds(sentence: str, zone: str, day: str, clock: tuple[int, int], hours: float) -> None:
    midnight = seconds_of_wall(datetime.fromisoformat(day))
    wall = Span(midnight + clock[0] * HOUR, midnight + clock[1] * HOUR)
    around = Span(midnight - 48 * HOUR, midnight + 48 * HOUR)
    assert instants_shown([wall], ZoneInfo(zone), around).seconds == hours * HOUR, sentence


def test_a_reading_of_the_wall_is_a_number_of_seconds() -> None:
    assert seconds_of_wall(datetime.fromisoformat("1970-01-02T00:00:01")) == 86401
    assert wall_of(instant("2026-10-25T00:30Z"), ZoneInfo("Europe/Berlin")) == datetime.fromisoformat(
        "2026-10-25T02:30"
    )


@pytest.mark.parametrize(("before", "after"), [(24, 24), (48, 1), (24, 0), (7, 0), (0, 24), (1, 1)])
def test_a_change_of_clocks_may_lie_anywhere_in_the_span(before: int, after: int) -> None:
    """Around Berlin's spring, 01:00 UTC on the 29th of March 2026: from 01:30 to 03:30 of the clock is an hour."""
    change, wall = instant("2026-03-29T01:00Z"), seconds_of_wall(datetime.fromisoformat("2026-03-29T01:30"))
    span = Span(change - before * HOUR, change + after * HOUR)
    shown = instants_shown([Span(wall, wall + 2 * HOUR)], ZoneInfo("Europe/Berlin"), span)
    expected = [Span(change - HOUR // 2, change)] if before else []
    expected += [Span(change, change + HOUR // 2)] if after else []
    assert shown == Spans.of(expected)


def test_a_span_may_end_with_the_first_second_after_a_change_of_clocks() -> None:
    change, wall = instant("2026-03-29T01:00Z"), seconds_of_wall(datetime.fromisoformat("2026-03-29T03:00"))
    span = Span(change - HOUR, change + 1)
    shown = instants_shown([Span(wall, wall + HOUR)], ZoneInfo("Europe/Berlin"), span)
    assert shown == Spans.of([Span(change, change + 1)])


def test_an_empty_span_shows_nothing() -> None:
    assert not instants_shown([Span(0, 10**10)], ZoneInfo("Europe/Berlin"), Span(100, 100))


PLACES = {
    "Europe/Berlin": "2026-10-24T22:00Z",
    "America/New_York": "2026-03-08T00:00Z",
    "Australia/Lord_Howe": "2026-04-04T00:00Z",
    "Asia/Kathmandu": "2026-06-01T00:00Z",
    "Pacific/Apia": "2011-12-29T12:00Z",
}
walls = st.lists(st.tuples(st.integers(-150, 150), st.integers(1, 40)), max_size=5)


@given(st.sampled_from(sorted(PLACES)), walls, st.integers(-100, 0), st.integers(1, 150))
def test_an_instant_is_shown_when_the_clock_says_so(
    place: str, walls: list[tuple[int, int]], first: int, length: int
) -> None:
    """In steps of half an hour, the finest change of all these places."""
    zone, step, around = ZoneInfo(place), HOUR // 2, instant(PLACES[place])
    middle = seconds_of_wall(wall_of(around, zone)) // step * step
    shown = [Span(middle + start * step, middle + (start + long) * step) for start, long in walls]
    span = Span(around + first * step, around + (first + length) * step)
    expected = {
        at
        for at in range(span.start, span.end, step)
        if any(seconds_of_wall(wall_of(at, zone)) + step // 4 in wall for wall in shown)
    }
    found = instants_shown(shown, zone, span)
    assert {at for at in range(span.start, span.end, step) if any(at + step // 4 in part for part in found)} == expected
