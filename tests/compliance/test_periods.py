"""Calendar windows: daylight saving by name, borders of months, leap days, weeks, billing and fiscal periods."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, Window
from sla_monitor.compliance.spans import Span
from tests.compliance.specimens import instant

DAY, WEEK, MONTH = Calendar(Unit.DAY), Calendar(Unit.WEEK), Calendar(Unit.MONTH)
QUARTER, YEAR, HOUR = Calendar(Unit.QUARTER), Calendar(Unit.YEAR), Calendar(Unit.HOUR)

# what: zone, calendar, an instant inside, start, end, label
DAYLIGHT = {
    "Berlin's March lacks an hour": (
        "Europe/Berlin", MONTH, "2026-03-15T12:00Z", "2026-02-28T23:00Z", "2026-03-31T22:00Z", "2026-03"),
    "Berlin's October has one more": (
        "Europe/Berlin", MONTH, "2026-10-31T22:59Z", "2026-09-30T22:00Z", "2026-10-31T23:00Z", "2026-10"),
    "New York's day of 23 hours": (
        "America/New_York", DAY, "2026-03-08T05:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z", "2026-03-08"),
    "New York's day of 25 hours": (
        "America/New_York", DAY, "2026-11-02T04:59:59Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z", "2026-11-01"),
    "Lord Howe turns by half an hour, in spring": (
        "Australia/Lord_Howe", DAY, "2026-10-03T20:00Z", "2026-10-03T13:30Z", "2026-10-04T13:00Z", "2026-10-04"),
    "Lord Howe turns by half an hour, in autumn": (
        "Australia/Lord_Howe", DAY, "2026-04-05T13:15Z", "2026-04-04T13:00Z", "2026-04-05T13:30Z", "2026-04-05"),
    "Havana skips midnight: the day begins at the gap's end": (
        "America/Havana", DAY, "2026-03-08T05:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z", "2026-03-08"),
    "Havana has midnight twice: the first pass begins the day": (
        "America/Havana", DAY, "2026-11-01T05:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z", "2026-11-01"),
    "Havana's November begins at the first pass": (
        "America/Havana", MONTH, "2026-11-01T04:00Z", "2026-11-01T04:00Z", "2026-12-01T05:00Z", "2026-11"),
    "Sao Paulo skips midnight on 2018-11-04": (
        "America/Sao_Paulo", DAY, "2018-11-04T03:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z", "2018-11-04"),
    "Sao Paulo lived an evening hour twice": (
        "America/Sao_Paulo", DAY, "2019-02-17T02:30Z", "2019-02-16T02:00Z", "2019-02-17T03:00Z", "2019-02-16"),
    "Toronto skipped from half past eleven to half past midnight": (
        "America/Toronto", DAY, "1919-03-31T12:00Z", "1919-03-31T04:30Z", "1919-04-01T04:00Z", "1919-03-31"),
    "St. John's fell back behind a midnight already begun": (
        "America/St_Johns", DAY, "2006-10-29T03:00Z", "2006-10-29T02:30Z", "2006-10-30T03:30Z", "2006-10-29"),
    "Apia's December 2011 had 30 days": (
        "Pacific/Apia", MONTH, "2011-12-30T10:00Z", "2011-12-01T10:00Z", "2011-12-31T10:00Z", "2011-12"),
    "Apia went from Thursday to Saturday": (
        "Pacific/Apia", DAY, "2011-12-30T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z", "2011-12-31"),
    "Apia's Thursday before the leap is whole": (
        "Pacific/Apia", DAY, "2011-12-30T09:59:59Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-29"),
    "Apia's week of the leap has six days": (
        "Pacific/Apia", WEEK, "2011-12-31T00:00Z", "2011-12-26T10:00Z", "2012-01-01T10:00Z", "2011-W52"),
    "Kolkata is half an hour off": (
        "Asia/Kolkata", MONTH, "2026-06-01T00:00Z", "2026-05-31T18:30Z", "2026-06-30T18:30Z", "2026-06"),
    "Kathmandu is a quarter off": (
        "Asia/Kathmandu", DAY, "2026-06-01T18:14Z", "2026-05-31T18:15Z", "2026-06-01T18:15Z", "2026-06-01"),
    "Chatham is three quarters off, with daylight saving": (
        "Pacific/Chatham", MONTH, "2026-04-15T00:00Z", "2026-03-31T10:15Z", "2026-04-30T11:15Z", "2026-04"),
}  # fmt: skip

CALENDARS = {
    "a leap year's February": (MONTH, "2028-02-29T23:59:59Z", "2028-02-01", "2028-03-01", "2028-02"),
    "a common February": (MONTH, "2026-02-28T23:59:59Z", "2026-02-01", "2026-03-01", "2026-02"),
    "1900 was no leap year": (MONTH, "1900-02-28T23:00Z", "1900-02-01", "1900-03-01", "1900-02"),
    "the border belongs to the new month": (MONTH, "2026-05-01T00:00Z", "2026-05-01", "2026-06-01", "2026-05"),
    "December turns the year": (MONTH, "2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01", "2026-12"),
    "a week that begins in the old year and is of the new": (
        WEEK, "2024-12-31T00:00Z", "2024-12-30", "2025-01-06", "2025-W01"),
    "a week that ends in the new year and is of the old": (
        WEEK, "2027-01-01T00:00Z", "2026-12-28", "2027-01-04", "2026-W53"),
    "weeks begin on Monday": (WEEK, "2026-10-11T23:59Z", "2026-10-05", "2026-10-12", "2026-W41"),
    "first quarter": (QUARTER, "2026-03-31T12:00Z", "2026-01-01", "2026-04-01", "2026-Q1"),
    "second quarter": (QUARTER, "2026-04-01T00:00Z", "2026-04-01", "2026-07-01", "2026-Q2"),
    "fourth quarter": (QUARTER, "2026-12-31T12:00Z", "2026-10-01", "2027-01-01", "2026-Q4"),
    "a leap year": (YEAR, "2028-06-01T00:00Z", "2028-01-01", "2029-01-01", "2028"),
    "a fiscal quarter from February": (
        Calendar(Unit.QUARTER, start_month=2), "2026-01-31T23:00Z", "2025-11-01", "2026-02-01", "2025-11-01"),
    "a fiscal quarter from February, next": (
        Calendar(Unit.QUARTER, start_month=2), "2026-02-01T00:00Z", "2026-02-01", "2026-05-01", "2026-02-01"),
    "a fiscal year from April": (
        Calendar(Unit.YEAR, start_month=4), "2026-03-31T23:59Z", "2025-04-01", "2026-04-01", "2025-04-01"),
    "a fiscal year from October the fifth": (
        Calendar(Unit.YEAR, 5, 10), "2026-10-04T23:59Z", "2025-10-05", "2026-10-05", "2025-10-05"),
    "a fiscal quarter from April is none of the calendar's names": (
        Calendar(Unit.QUARTER, start_month=4), "2026-05-01T00:00Z", "2026-04-01", "2026-07-01", "2026-04-01"),
    "a billing month from the 15th, before it": (
        Calendar(Unit.MONTH, 15), "2026-03-14T23:59Z", "2026-02-15", "2026-03-15", "2026-02-15"),
    "a billing month from the 15th, on it": (
        Calendar(Unit.MONTH, 15), "2026-03-15T00:00Z", "2026-03-15", "2026-04-15", "2026-03-15"),
    "the 31st is February's last": (
        Calendar(Unit.MONTH, 31), "2026-02-28T00:00Z", "2026-02-28", "2026-03-31", "2026-02-28"),
    "the 31st before February's last": (
        Calendar(Unit.MONTH, 31), "2026-02-27T23:59Z", "2026-01-31", "2026-02-28", "2026-01-31"),
    "the 30th in a leap year's February": (
        Calendar(Unit.MONTH, 30), "2028-02-29T00:00Z", "2028-02-29", "2028-03-30", "2028-02-29"),
    "the 31st in April": (Calendar(Unit.MONTH, 31), "2026-05-30T00:00Z", "2026-04-30", "2026-05-31", "2026-04-30"),
    "the 31st across the year": (
        Calendar(Unit.MONTH, 31), "2027-01-01T00:00Z", "2026-12-31", "2027-01-31", "2026-12-31"),
    "a quarter from the 31st of its month": (
        Calendar(Unit.QUARTER, 31, 2), "2026-02-28T00:00Z", "2026-02-28", "2026-05-31", "2026-02-28"),
}  # fmt: skip

PERIODS = {
    "2026": ("2025-12-31T23:00Z", "2026-12-31T23:00Z"),
    "2026-Q3": ("2026-06-30T22:00Z", "2026-09-30T22:00Z"),
    "2026-Q4": ("2026-09-30T22:00Z", "2026-12-31T23:00Z"),
    "2026-10": ("2026-09-30T22:00Z", "2026-10-31T23:00Z"),
    "2026-12": ("2026-11-30T23:00Z", "2026-12-31T23:00Z"),
    "2026-W41": ("2026-10-04T22:00Z", "2026-10-11T22:00Z"),
    "2026-W53": ("2026-12-27T23:00Z", "2027-01-03T23:00Z"),
    "2026-10-15": ("2026-10-14T22:00Z", "2026-10-15T22:00Z"),
    "2028-02-29": ("2028-02-28T23:00Z", "2028-02-29T23:00Z"),
}

NO_PERIODS = {
    "2026-13": "no such period: '2026-13'",
    "2027-W53": "no such period: '2027-W53'",
    "2026-02-29": "no such period: '2026-02-29'",
    "9999": "no such period: '9999'",
    "0000": "no such period: '0000'",
    "2026-Q5": "not a period: '2026-Q5'; write 2026, 2026-Q3, 2026-10, 2026-W41 or 2026-10-15",
    "October": "not a period",
    "": "not a period",
    "2026-10-15T00:00Z": "not a period",
    "２０２６": "not a period",  # noqa: RUF001 - digits, but not ours
}

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "America/Sao_Paulo",
    "Pacific/Apia", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Africa/Casablanca",
    "Pacific/Kwajalein", "Europe/Dublin", "Antarctica/Troll", "Asia/Gaza",
)  # fmt: skip

calendars = st.builds(Calendar, st.sampled_from(Unit), st.integers(1, 31), st.integers(1, 12))
zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(0, 2_500_000_000)


@pytest.mark.parametrize("row", DAYLIGHT.values(), ids=DAYLIGHT)
def test_windows_where_clocks_change(row: tuple[str, Calendar, str, str, str, str]) -> None:
    zone, spec, inside, start, end, label = row
    window = periods.window_at(spec, ZoneInfo(zone), instant(inside))
    assert window == Window(spec.every.value, label, Span(instant(start), instant(end)))


@pytest.mark.parametrize("row", CALENDARS.values(), ids=CALENDARS)
def test_windows_of_the_calendar(row: tuple[Calendar, str, str, str, str]) -> None:
    spec, inside, start, end, label = row
    window = periods.window_at(spec, ZoneInfo("UTC"), instant(inside))
    span = Span(instant(f"{start}T00:00Z"), instant(f"{end}T00:00Z"))
    assert window == Window(spec.every.value, label, span)


def test_months_with_a_change_of_clocks_are_real_seconds() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    lengths = [periods.period_span(text, berlin).seconds for text in ("2026-03", "2026-10", "2026-04")]
    assert lengths == [2_674_800, 2_682_000, 2_592_000]


@given(calendars, zones, instants)
def test_windows_tile_the_axis(spec: Calendar, zone: ZoneInfo, at: int) -> None:
    window = periods.window_at(spec, zone, at)
    after, before = periods.next_window(spec, zone, window), periods.previous_window(spec, zone, window)
    assert at in window.span
    assert (before.span.end, after.span.start) == (window.span.start, window.span.end)
    assert periods.window_at(spec, zone, window.span.end - 1) == window
    assert min(before.span.seconds, window.span.seconds, after.span.seconds) > 0


@given(zones, st.dates(date(1970, 1, 2), date(2050, 1, 1)))
def test_a_day_begins_when_clocks_first_read_its_midnight_or_later(zone: ZoneInfo, day: date) -> None:
    start = periods.instant_of(day, zone)
    minutes = range(start - 26 * 3600, start, 60)
    assert datetime.fromtimestamp(start, zone).date() >= day
    assert all(datetime.fromtimestamp(minute, zone).date() < day for minute in (*minutes, start - 1))


@given(calendars, zones, instants, st.integers(0, 40 * 86400))
def test_windows_beginning_in_a_span_are_those_and_no_others(
    spec: Calendar, zone: ZoneInfo, start: int, length: int
) -> None:
    span = Span(start, start + (length if spec.every is not Unit.HOUR else length % 86400))
    found = list(periods.windows_beginning_in(spec, zone, span))
    assert all(window.span.start in span for window in found)
    assert all(a.span.end == b.span.start for a, b in itertools.pairwise(found))
    if found:
        assert periods.previous_window(spec, zone, found[0]).span.start < span.start
        assert found[-1].span.end >= span.end
    elif span.seconds:
        assert periods.window_at(spec, zone, span.end - 1).span.start < span.start


def test_a_year_has_twelve_months_that_begin_in_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    months = list(periods.windows_beginning_in(MONTH, berlin, periods.period_span("2026", berlin)))
    assert [window.label for window in months] == [f"2026-{month:02d}" for month in range(1, 13)]


def test_hours_count_from_local_midnight_and_the_last_may_be_a_part() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    hours = list(periods.windows_beginning_in(HOUR, lord_howe, periods.period_span("2026-10-04", lord_howe)))
    assert [window.span.seconds for window in hours] == [3600] * 23 + [1800]
    assert (hours[0].label, hours[-1].label) == ("2026-10-04T00:00+10:30", "2026-10-04T23:30+11:00")


def test_both_passes_of_an_hour_have_labels_of_their_own() -> None:
    new_york = ZoneInfo("America/New_York")
    labels = [periods.window_at(HOUR, new_york, instant(f"2026-11-01T0{hour}:10Z")).label for hour in (5, 6)]
    assert labels == ["2026-11-01T01:00-04:00", "2026-11-01T01:00-05:00"]


def test_hours_of_a_zone_off_by_a_quarter_are_not_hours_of_utc() -> None:
    window = periods.window_at(HOUR, ZoneInfo("Asia/Kathmandu"), instant("2026-06-01T00:00Z"))
    assert window.span.start == instant("2026-05-31T23:15Z")


@pytest.mark.parametrize(
    ("at", "lapse", "expected"),
    [
        ("2026-03-28T01:10Z", Lapse("1 day", days=1), "2026-03-29T01:00Z"),  # 02:10 of the clock does not come
        ("2026-03-29T02:10Z", Lapse("-1 day", days=-1), "2026-03-28T03:10Z"),
        ("2026-10-24T00:10Z", Lapse("1 day", days=1), "2026-10-25T00:10Z"),  # it comes twice
        ("2026-01-30T23:00Z", Lapse("1 month", months=1), "2026-02-27T23:00Z"),
        ("2026-03-28T01:10Z", Lapse("24h", seconds=86_400), "2026-03-29T01:10Z"),
    ],
)
def test_so_much_later_in_berlin(at: str, lapse: Lapse, expected: str) -> None:
    assert periods.after(instant(at), ZoneInfo("Europe/Berlin"), lapse) == instant(expected)


def test_a_rolling_window_ends_now() -> None:
    assert periods.rolling_window(Rolling(3600, "1h"), 7200) == Window("rolling", "1h", Span(3600, 7200))


@pytest.mark.parametrize(("text", "borders"), PERIODS.items())
def test_names_of_periods(text: str, borders: tuple[str, str]) -> None:
    span = periods.period_span(text, ZoneInfo("Europe/Berlin"))
    assert span == Span(instant(borders[0]), instant(borders[1]))


@pytest.mark.parametrize(("text", "sentence"), NO_PERIODS.items())
def test_names_of_no_periods(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="period") as caught:
        periods.period_span(text, ZoneInfo("UTC"))
    assert str(caught.value).startswith(sentence)


def test_a_day_the_calendar_skipped_is_no_period() -> None:
    with pytest.raises(ValueError, match="there was no 2011-12-30 in Pacific/Apia"):
        periods.period_span("2011-12-30", ZoneInfo("Pacific/Apia"))


@pytest.mark.parametrize("name", ["", "Berlin", "Europe", "../etc/passwd", "Europe/Berlin\0", "x" * 5000, "\ud800"])
def test_unknown_zones_are_named(name: str) -> None:
    with pytest.raises(ValueError, match="no IANA time zone is called"):
        periods.zone_of(name)


def test_a_known_zone() -> None:
    assert periods.zone_of("Europe/Berlin").key == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-01", "2026-09-30T22:00Z"),
        ("2026-10-01T00:00:00Z", "2026-10-01T00:00Z"),
        ("2026-10-01T00:00:00+02:00", "2026-09-30T22:00Z"),
    ],
)
def test_instants_and_dates_at_local_midnight(text: str, utc: str) -> None:
    assert periods.parse_instant(text, ZoneInfo("Europe/Berlin")) == instant(utc)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("yesterday", "not a date or an RFC 3339 instant: 'yesterday'"),
        ("2026-02-30", "not a date or an RFC 3339 instant: '2026-02-30'"),
        ("2026-02-03T25:00:00Z", "not a date or an RFC 3339 instant"),
        ("2026-02-03T10:00:00", "'2026-02-03T10:00:00' says no offset: write 2026-02-03T10:00:00Z"),
    ],
)
def test_what_is_no_instant(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|offset") as caught:
        periods.parse_instant(text, ZoneInfo("UTC"))
    assert str(caught.value).startswith(sentence)


def test_instants_as_text() -> None:
    at = instant("2026-10-31T22:59:00Z")
    assert periods.rfc3339(at) == "2026-10-31T22:59:00Z"
    assert periods.local_text(at, ZoneInfo("Europe/Berlin")) == "2026-10-31 23:59 CET"


@given(instants)
def test_rfc3339_text_reads_back(at: int) -> None:
    assert periods.parse_instant(periods.rfc3339(at), ZoneInfo("UTC")) == at
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at) == datetime.fromisoformat(periods.rfc3339(at))
