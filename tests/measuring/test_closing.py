"""What is stated of a closed window, once; and that nothing moves it afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.agreements.timetables import Timetable, schedule_of
from sla_monitor.compliance import evidences, notations, periods
from sla_monitor.compliance.exclusions import CalendarFile, Once, Rule
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.readings import Asked, Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Agreement, AgreementName, Amendment, Document, Measurement, Policy
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import overdue, stated
from sla_monitor.measuring.assessment import assess, with_counts
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.stated import Stated
from tests.compliance.specimens import agreement, objective
from tests.compliance.test_statements import CREDITS
from tests.measuring.invented import SETTLE, START, events, opened, truth

DAY = 86_400
M, LATER = events("requests"), events("requests-v2")
ASKED = Asked("total", "sum(requests)", 60, at_end=True)
DAILY = Calendar(Unit.DAY)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


def fill(book: Book, start: int, end: int, measurement: Measurement = M) -> None:
    span = Span(start, end)
    book.write([Reading(Want(measurement, span), truth(measurement, span), asked=(ASKED,))])


def of(target: str = "98", **changes: object) -> Agreement:
    made = agreement(objective(target, measurement=M, window=DAILY, **changes))
    return replace(made, document=Document("acme.yaml", 1, f"target: {target}\n"))


def closed(book: Book, made: Agreement, now: int = START + 2 * DAY) -> Statement:
    first, *_ = Outstanding().unstated([made], book, now)
    found = Closing(book, Timetable, DAY, "1.2.3").close(first, now)
    assert found is not None
    return found


def test_numbers_and_digests_are_of_the_same_slices(book: Book) -> None:
    fill(book, START - 7200, START + DAY + 7200)
    made = of()
    told = closed(book, made).content
    (account,) = told["objectives"]
    day = truth(M, Span(START, START + DAY))
    assert (account["good"], account["total"]) == (str(int(day.good.sum())), str(int(day.total.sum())))
    assert account["known_seconds"] == int(day.known.sum())
    assert account["measurements"] == [M.key]
    (evidence,) = told["evidence"]["slices"]
    assert evidence["sha256"] == hashlib.sha256(evidences.packed(day)).hexdigest()
    assert (evidence["count"], len(evidence["days"])) == (1440, 1)
    assert evidence["queries"] == [{"part": "total", "query": "sum(requests)", "step_seconds": 60, "at": "end"}]
    text = made.document.text
    assert told["evidence"]["agreement"] == {"sha256": notations.digest(text), "text": text}
    kept = book.document(notations.digest(text))
    assert kept is not None
    assert (kept.name, kept.text) == ("acme", text)


def drafted(book: Book, made: Agreement, now: int = START + 2 * DAY) -> dict[str, Any]:
    """The first day of June as it would be stated."""
    window = periods.window_at(DAILY, made.zone, START)
    return Closing(book, Timetable, DAY, "1.2.3").draft(overdue.closable(made, window), now).content


def test_what_nobody_asked_for_is_told(book: Book) -> None:
    fill(book, START, START + 3600)
    fill(book, START + 7200, START + DAY)
    (told,) = drafted(book, of())["objectives"]
    assert told["unmeasured_seconds"] == 3600
    unknown = sum(at // 60 % 97 == 5 for at in range(START, START + DAY, 60) if not 3600 <= at - START < 7200)
    assert told["unknown_seconds"] == 3600 + 60 * unknown
    assert Fraction(told["coverage"]) == 1 - Fraction(told["unknown_seconds"], DAY)


def test_of_a_window_without_any_slices_that_is_told(book: Book) -> None:
    fill(book, START - 60, START)
    told = drafted(book, of())
    assert told["objectives"][0]["status"] == "unknown"
    assert told["objectives"][0]["unmeasured_seconds"] == DAY
    assert told["evidence"]["slices"][0]["count"] == 0


def test_an_amended_indicator_gives_two_measurements_one_after_the_other(book: Book) -> None:
    noon = START + DAY // 2
    changed = objective("99", measurement=LATER, window=DAILY)
    made = replace(of(), amendments=(Amendment(noon, "moved", ("Acme",), Policy.WEIGHTED, (changed,)),))
    fill(book, START, START + DAY)
    fill(book, START, START + DAY, LATER)
    told = drafted(book, made)
    assert [(one["measurement"], one["from"], one["until"]) for one in told["evidence"]["slices"]] == [
        (M.key, "2026-06-01T00:00:00Z", "2026-06-01T12:00:00Z"),
        (LATER.key, "2026-06-01T12:00:00Z", "2026-06-02T00:00:00Z"),
    ]
    assert told["objectives"][0]["measurements"] == [M.key, LATER.key]
    assert told["objectives"][0]["amendments"][0]["reason"] == "moved"
    long_ago = replace(made, amendments=(replace(made.amendments[0], effective=START - 9 * DAY),))
    assert drafted(book, long_ago)["objectives"][0]["measurements"] == [LATER.key]


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:a
DTSTAMP:20260501T000000Z
DTSTART:20260601T040000Z
DTEND:20260601T050000Z
END:VEVENT
END:VCALENDAR
"""


def test_calendars_are_kept_and_what_they_excluded_is_told(book: Book) -> None:
    fill(book, START, START + DAY)
    made = replace(of(), exclusions=(Rule("calendar", "maintenance", CalendarFile("plan.ics", CALENDAR)),))
    told = drafted(book, made)
    assert told["evidence"]["calendars"] == [{"name": "plan.ics", "sha256": notations.digest(CALENDAR)}]
    kept = book.document(notations.digest(CALENDAR))
    assert kept is not None
    assert kept.text == CALENDAR
    (excluded,) = told["objectives"][0]["exclusions"]
    assert (excluded["from"], excluded["counted_seconds"]) == ("2026-06-01T04:00:00Z", 3600)


def test_restating_tells_what_differs(book: Book) -> None:
    fill(book, START, START + DAY)
    first = closed(book, of())
    closing, window = Closing(book, Timetable, DAY, "1.2.3"), first.window
    same = overdue.closable(of(), window)
    assert closing.restate(first, same, START + 9 * DAY, reason="again", author="Ann") is None
    span = Span(START + 3600, START + 7200)
    excluded = replace(of(), exclusions=(Rule("forgotten", "maintenance", Once(span)),))
    again = closing.restate(
        first, overdue.closable(excluded, window), START + 9 * DAY, reason="it was announced", author="Ann"
    )
    assert again is not None
    assert (again.number, again.version, again.previous) == (1, 2, first.sha256)
    told = again.content["restatement"]
    assert (told["reason"], told["author"], told["replaces"]) == ("it was announced", "Ann", first.sha256)
    fields = [one["field"] for one in told["difference"]]
    assert "objectives.availability.excluded_seconds" in fields
    assert all(one["before"] != one["after"] for one in told["difference"])
    # Whoever held the first version when the second was made is refused.
    assert closing.restate(first, same, START + 9 * DAY, reason="late", author="Bob") is None


def previous(book: Book, made: Agreement, stated: Stated | None = None) -> Any:
    now = START + DAY + 3600
    (entry,) = assess([made], book, now + SETTLE, lambda _: SETTLE, schedule_of, stated=stated).entries
    return entry.previous


def followed(book: Book) -> Stated:
    stated = Stated()
    stated.follow(book)
    return stated


def test_a_closed_window_never_moves(book: Book) -> None:
    """An exclusion declared afterwards changes what would be reckoned, and nothing that was stated."""
    fill(book, START, START + DAY + 3600)
    closed(book, of())
    span = Span(START, START + DAY)
    later = replace(of("99.9"), exclusions=(Rule("all of it", "maintenance", Once(span)),))
    before, moved, kept = previous(book, of()), previous(book, later), previous(book, later, followed(book))
    assert (moved.status, moved.attainment) == (Status.MET, 1)
    beside = {name: getattr(kept, name) for name in ("exclusions", "agreement", "projection", "grounds", "taken")}
    assert kept == replace(before, **beside)
    assert kept.objective.target == Fraction(98, 100)


def test_of_two_versions_the_last_counts_and_each_is_read_once(book: Book) -> None:
    fill(book, START, START + DAY + 3600)
    first, stated = closed(book, of()), Stated()
    stated.follow(book)
    stricter = of("99.9")
    closing = Closing(book, Timetable, DAY, "1")
    again = closing.restate(first, overdue.closable(stricter, first.window), START, reason="typing", author="Ann")
    assert again is not None
    assert previous(book, stricter, stated).objective.target == Fraction(98, 100)
    stated.follow(book)
    assert previous(book, stricter, stated).objective.target == Fraction(999, 1000)


class Counting:
    """A ledger that tells how many statements are read from it, and at most at a time."""

    def __init__(self, book: Book) -> None:
        self._book, self.read, self.most = book, 0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    def _told(self, found: list[Statement]) -> list[Statement]:
        self.read, self.most = self.read + len(found), max(self.most, len(found))
        return found

    def statements(self, *which: Any, **more: Any) -> list[Statement]:
        return self._told(self._book.statements(*which, **more))

    def statements_at(self, places: list[int]) -> Iterator[Statement]:
        for one in self._book.statements_at(places):
            yield from self._told([one])


WEEKLY = objective("97", measurement=M, window=Calendar(Unit.WEEK), name="weekly")


@pytest.mark.parametrize(
    ("made", "read"), [(of(), 1), (replace(of(), objectives=(*of().objectives, WEEKLY)), 17)], ids=["one", "two"]
)
def test_at_the_start_of_what_was_stated_the_last_is_read(book: Book, made: Agreement, read: int) -> None:
    """Where windows are of several kinds, all."""
    fill(book, START, START + 16 * DAY)
    along = Stated()
    for day in range(2, 16):
        for one in Outstanding().unstated([made], book, START + day * DAY):
            Closing(book, Timetable, DAY, "1").close(one, START + day * DAY)
        along.follow(book)
    heard = Counting(book)
    fresh = followed(heard)  # type: ignore[arg-type]
    assert heard.read == read
    assert (fresh._newest, fresh._earlier) == (along._newest, {})
    windows = [one.window for one in book.statements() if one.window.kind == "day"]
    key = (made.name, made.objectives[0].name)
    assert len(windows) == 15
    assert None not in [fresh.earlier(key, window) for window in windows]
    assert [fresh.earlier(key, window) for window in windows] == [along.earlier(key, window) for window in windows]
    assert heard.read == read + len(book.statements())


def test_statements_are_read_some_at_a_time(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand end at once with a month, and one may be a megabyte."""
    monkeypatch.setattr(stated, "AT_ONCE", 3)
    fill(book, START, START + 16 * DAY)
    heard, along = Counting(book), Stated()
    for one in Outstanding().unstated([of()], book, START + 16 * DAY):
        Closing(book, Timetable, DAY, "1").close(one, START + 16 * DAY)
    along.follow(book)
    many = [replace(of(), name=AgreementName(f"acme{n}")) for n in range(8)]
    for made in many:
        closed(book, made)
    along.follow(heard)  # type: ignore[arg-type]
    assert (heard.read, heard.most) == (8, 3)


@pytest.mark.parametrize("name", CREDITS)
def test_credits_are_shown_as_they_were_stated(book: Book, name: str) -> None:
    remedy, expected = CREDITS[name]
    fill(book, START, START + DAY + 3600)
    closed(book, of("99.99", remedy=remedy))
    credit = previous(book, of("99.99", remedy=remedy), followed(book)).credit
    assert notations.exact(credit.days) == expected["days"]
    assert (credit.ratio is None, credit.claim_until is None) == (False, not (remedy.claim and credit.ratio))


def test_a_window_that_was_not_stated_is_reckoned(book: Book) -> None:
    fill(book, START - DAY, START + DAY + 3600)
    closed(book, of())  # the last of May
    assert previous(book, of(), followed(book)) == previous(book, of())


def test_statements_are_counted(book: Book) -> None:
    fill(book, START, START + DAY + 3600)
    closed(book, of())
    board = assess([of()], book, START + DAY + 3600 + SETTLE, lambda _: SETTLE, schedule_of)
    assert with_counts(board, book).statements == {"acme": 1}
