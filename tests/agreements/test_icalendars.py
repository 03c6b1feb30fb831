"""Calendar files: exceptions, moved occurrences, whole days, zones, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.agreements import icalendars
from sla_monitor.agreements.icalendars import CalendarError
from sla_monitor.compliance.periods import parse_instant, period_span, rfc3339

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = (
    "UID:a",
    "DTSTART;TZID=Europe/Berlin:20260301T013000",
    "DTEND;TZID=Europe/Berlin:20260301T040000",
    "RRULE:FREQ=WEEKLY",
)


def calendar(*events: tuple[str, ...]) -> str:
    inside = [line for event in events for line in ("BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", *event, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *inside, "END:VCALENDAR", ""])


def found(text: str, period: str, zone: ZoneInfo = BERLIN) -> list[tuple[str, float]]:
    """Starts and hours."""
    events = sorted(span for span, _ in icalendars.events(text, zone, period_span(period, zone)))
    return [(rfc3339(span.start), span.seconds / 3600) for span in events]


def test_a_recurring_event_with_an_exception_and_a_moved_occurrence():
    moved = (
        "UID:a",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260315T013000",
        "DTSTART;TZID=Europe/Berlin:20260316T220000",
        "DTEND;TZID=Europe/Berlin:20260316T230000",
    )
    text = calendar((*WEEKLY, "EXDATE;TZID=Europe/Berlin:20260308T013000"), moved)
    assert found(text, "2026-03")[:3] == [
        ("2026-03-01T00:30:00Z", 2.5), ("2026-03-16T21:00:00Z", 1), ("2026-03-22T00:30:00Z", 2.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "start"), [("2026-03-29", "2026-03-29T00:30:00Z"), ("2026-10-25", "2026-10-24T23:30:00Z")]
)
@pytest.mark.parametrize("length", ["DTEND;TZID=Europe/Berlin:20260301T040000", "DURATION:PT2H30M"])
def test_each_occurrence_lasts_as_many_real_seconds_as_the_first(day: str, start: str, length: str):
    """RFC 5545 3.8.5.3: in Berlin's spring it ends at 05:00 of the clock, in autumn at 03:00."""
    text = calendar((WEEKLY[0], WEEKLY[1], length, WEEKLY[3]))
    assert found(text, day) == [(start, 2.5)]


def test_a_single_event_ends_when_it_says():
    assert found(calendar(("UID:b", *(line.replace("0301", "0329") for line in WEEKLY[1:3]))), "2026-03-29") == [
        ("2026-03-29T00:30:00Z", 1.5)
    ]


def test_a_whole_day_is_a_day_of_the_agreements_zone():
    text = calendar(("UID:b", "DTSTART;VALUE=DATE:20260329"))
    assert found(text, "2026-03") == [("2026-03-28T23:00:00Z", 23)]
    assert found(text, "2026-03", ZoneInfo("UTC")) == [("2026-03-29T00:00:00Z", 24)]


def test_what_names_no_zone_is_in_the_agreements():
    text = calendar(("UID:b", "DTSTART:20260410T020000", "DURATION:PT2H"))
    assert found(text, "2026-04") == [("2026-04-10T00:00:00Z", 2)]


def test_what_reaches_in_belongs_to_the_span_and_what_is_cancelled_to_none():
    long = ("UID:b", "DTSTART:20260330T000000Z", "DTEND:20260402T000000Z")
    gone = ("UID:c", "DTSTART:20260410T020000Z", "DURATION:PT2H", "STATUS:CANCELLED")
    assert found(calendar(long, gone), "2026-04") == [("2026-03-30T00:00:00Z", 72)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), None),
        (("CREATED:20260302T100000Z",), "2026-03-02T10:00:00Z"),
        (("CREATED:20260302T100000Z", "LAST-MODIFIED:20260303T100000Z"), "2026-03-03T10:00:00Z"),
    ],
)
def test_when_an_event_was_announced(lines: tuple[str, ...], expected: str | None):
    text = calendar(("UID:b", "DTSTART:20260410T020000Z", "DURATION:PT2H", *lines))
    ((_, changed),) = icalendars.events(text, BERLIN, period_span("2026-04", BERLIN))
    assert changed == (None if expected is None else parse_instant(expected, BERLIN))


@pytest.mark.parametrize(
    ("sentence", "text", "message"),
    [
        ("no calendar", "hello", "Content line could not be parsed into parts"),
        ("nothing", "", "Found no components"),
        ("no start", calendar(("UID:x",)), "DTSTART"),
        ("a start that is none", calendar(("UID:x", "DTSTART:2026xx")), "2026xx"),
        (
            "a zone that is none",
            calendar(("UID:x", "DTSTART;TZID=Mars/Hellas:20260411T020000")),
            "no time zone is called 'Mars/Hellas'",
        ),
        ("an entry that is none", calendar(("UID:x", "DTSTART:20260411T020000Z", "CREATED:xx")), "CREATED: "),
        (
            "a rule that is none",
            calendar(("UID:x", "DTSTART:20260411T020000Z", "RRULE:FREQ=NEVER")),
            "",
        ),
    ],
)  # fmt: skip
def test_a_calendar_that_is_not_sound_is_told(sentence: str, text: str, message: str, tmp_path: Path):
    (tmp_path / "a.ics").write_text(text)
    with pytest.raises(CalendarError, match=r"'a\.ics' is no sound iCalendar file: ") as told:
        icalendars.read_calendar(tmp_path, "a.ics")
    assert message in str(told.value), sentence


@pytest.mark.parametrize("name", ["../a.ics", "/etc/a.ics", "calendars/a.ics", "agreement.yaml"])
def test_a_calendar_stands_beside_its_agreement(name: str, tmp_path: Path):
    with pytest.raises(CalendarError, match="is no calendar beside the agreement"):
        icalendars.read_calendar(tmp_path, name)


def test_a_calendar_that_is_not_there_or_too_large(tmp_path: Path):
    with pytest.raises(CalendarError, match=r"'a\.ics' cannot be read: No such file or directory"):
        icalendars.read_calendar(tmp_path, "a.ics")
    (tmp_path / "a.ics").write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(CalendarError, match="is larger than 1 MiB"):
        icalendars.read_calendar(tmp_path, "a.ics")


def test_a_calendar_may_begin_with_a_mark_of_its_encoding(tmp_path: Path):
    text = calendar(WEEKLY)
    (tmp_path / "a.ics").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert icalendars.read_calendar(tmp_path, "a.ics") == text
