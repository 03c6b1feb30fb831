"""Which windows are to be closed, and when: never before their data had its chance, never twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import methods
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.methods import Time
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, Amendment, Measurement, ObjectiveName, Policy
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import overdue
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.overdue import GRACE, Closable
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import START, events, opened, seconds, truth

DAY = 86_400
M, OTHER = events("requests"), seconds("front")
JUNE = Span(START, START + 30 * DAY)
DAILY = Calendar(Unit.DAY)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


def fill(book: Book, start: int, end: int, measurement: Measurement = M) -> None:
    span = Span(start, end)
    book.write([Reading(Want(measurement, span), truth(measurement, span))])


ALWAYS = Span(0, FOREVER)


def of(term: Span = ALWAYS, zone: str = "UTC", **changes: object) -> Agreement:
    return agreement(objective("90", **{"measurement": M, "window": DAILY, **changes}), term=term, zone=ZoneInfo(zone))


def in_force(book: Book, made: Agreement, at: int) -> Agreement:
    book.keep(documents_of(made), at)
    return made


def days(found: list[Closable]) -> list[int]:
    """Which days of June they are."""
    return [(one.window.span.start - START) // DAY + 1 for one in found]


def unstated(book: Book, made: Agreement, now: int) -> list[int]:
    return days(Outstanding().unstated([made], book, now))


def test_windows_are_wanted_from_the_first_that_was_measured_on_oldest_first(book: Book) -> None:
    made = in_force(book, of(), START)
    fill(book, START + DAY // 2, START + 2 * DAY)
    assert unstated(book, made, START + 4 * DAY - 1) == [1, 2, 3]
    assert unstated(book, made, START + 4 * DAY) == [1, 2, 3, 4]


def test_before_an_agreement_was_in_force_only_what_was_measured_whole(book: Book) -> None:
    """The third day was under way; of the first a part was measured by chance."""
    made = in_force(book, of(), START + 2 * DAY + 60)
    fill(book, START + DAY // 2, START + 3 * DAY)
    assert unstated(book, made, START + 4 * DAY) == [2, 3, 4]
    assert unstated(book, replace(made, name="never seen"), START + 4 * DAY) == [2, 3]


@pytest.mark.parametrize(
    ("sentence", "term", "expected"),
    [
        ("windows before the term and after it are none", Span(START + DAY, START + 3 * DAY), [2, 3]),
        ("those it cuts are", Span(START + DAY + 60, START + 2 * DAY + 60), [2, 3]),
        ("an empty term has none", Span(START + DAY, START + DAY), []),
    ],
)
def test_the_term(book: Book, sentence: str, term: Span, expected: list[int]) -> None:
    made = in_force(book, of(term), START)
    fill(book, START, START + 5 * DAY)
    assert unstated(book, made, START + 6 * DAY) == expected, sentence


def test_nothing_measured_nothing_stated(book: Book) -> None:
    assert unstated(book, in_force(book, of(), START), START + 9 * DAY) == []


def test_what_was_stated_is_not_wanted_again(book: Book) -> None:
    made = in_force(book, of(), START)
    fill(book, START, START + 3 * DAY)
    closing = Closing(book, Timetable, DAY, "1")
    for one in Outstanding().unstated([made], book, START + 2 * DAY):
        assert closing.close(one, START + 2 * DAY) is not None
        assert closing.close(one, START + 2 * DAY) is None
    assert unstated(book, made, START + 3 * DAY) == [3]
    assert [one.number for one in book.statements()] == [1, 2]


def test_an_older_window_that_was_filled_later_is_wanted_then(book: Book) -> None:
    made = in_force(book, of(), START + 3 * DAY)
    fill(book, START + DAY, START + 3 * DAY)
    closing = Closing(book, Timetable, DAY, "1")
    for one in Outstanding().unstated([made], book, START + 3 * DAY):
        closing.close(one, START + 4 * DAY)
    fill(book, START - DAY, START + DAY)
    assert unstated(book, made, START + 3 * DAY) == [0, 1]


def test_promises_of_one_window_are_stated_together_and_rolling_ones_by_months(book: Book) -> None:
    month, quarter = Calendar(Unit.MONTH), Calendar(Unit.QUARTER)
    windows = {"a": month, "b": Rolling(30 * DAY, "30d"), "c": quarter, "d": month}
    promises = [objective("90", measurement=M, window=w, name=ObjectiveName(name)) for name, w in windows.items()]
    made = in_force(book, agreement(*promises), START - 61 * DAY)
    fill(book, START - 61 * DAY, START + 30 * DAY)  # April, May, June
    found = Outstanding().unstated([made], book, START + 30 * DAY)
    assert [(one.window.label, [o.name for o in one.objectives]) for one in found] == [
        ("2026-04", ["a", "b", "d"]),
        ("2026-05", ["a", "b", "d"]),
        ("2026-Q2", ["c"]),
        ("2026-06", ["a", "b", "d"]),
    ]
    again = overdue.closable(made, found[0].window)
    assert again == found[0]


def test_windows_of_an_amended_kind_are_stated_up_to_the_change_and_from_it_on(book: Book) -> None:
    first = objective("90", measurement=M, window=Calendar(Unit.MONTH))
    weekly = Amendment(START + 9 * DAY, "", (), Policy.WEIGHTED, (replace(first, window=Calendar(Unit.WEEK)),))
    made = in_force(book, replace(agreement(first), amendments=(weekly,)), START)
    fill(book, START, START + 21 * DAY)
    found = Outstanding().unstated([made], book, START + 21 * DAY)
    shown = [(one.window.label, days([one])[0], one.window.span.seconds // DAY) for one in found]
    assert shown == [("2026-06", 1, 9), ("2026-W24", 10, 5), ("2026-W25", 15, 7)]
    closing = Closing(book, Timetable, DAY, "1")
    stated = [closing.close(one, START + 22 * DAY) for one in found]
    kept = [overdue.closable(made, one.window) for one in stated if one is not None]
    assert kept == found, "a statement tells of a cut window all that is needed to find it again"


WHOLE, LACKING = START + 2 * DAY, START + DAY - 60
DUE = {
    "not before the grace is over": (WHOLE, GRACE, GRACE - 1, False),
    "then at once": (WHOLE, GRACE, GRACE, True),
    "without a grace at its end": (WHOLE, 0, 0, True),
    "a slice is lacking, and may still come": (LACKING, GRACE, 9 * DAY, False),
    "settled: all was measured, and no pass will ask again": (START + DAY + 240, None, 240, True),
    "settled: the next pass may change the last slice": (START + DAY + 180, None, 240, False),
}


@pytest.mark.parametrize(("until", "grace", "after", "expected"), DUE.values(), ids=DUE)
def test_when_a_window_is_due(book: Book, until: int, grace: int | None, after: int, expected: bool) -> None:
    fill(book, START, until)
    now = START + DAY + after
    found = [one for one in Outstanding().unstated([in_force(book, of(), START)], book, now) if days([one]) == [1]]
    assert bool(overdue.due(found, book, now, grace, lambda *_: False)) is expected


GIVEN_UP = {
    "a slice is lacking, and will not come": (GRACE, GRACE, True),
    "settled: what will not come is waited for a day": (None, GRACE - 1, False),
    "settled: but no longer": (None, GRACE, True),
}


@pytest.mark.parametrize(("grace", "after", "expected"), GIVEN_UP.values(), ids=GIVEN_UP)
def test_when_a_window_with_a_hole_is_due(book: Book, grace: int | None, after: int, expected: bool) -> None:
    fill(book, START, LACKING)
    now = START + DAY + after
    found = [one for one in Outstanding().unstated([in_force(book, of(), START)], book, now) if days([one]) == [1]]
    assert bool(overdue.due(found, book, now, grace, lambda *_: True)) is expected
    assert not overdue.due(found, book, now, grace, lambda *_: False)


def test_a_spell_that_began_in_the_window_has_to_come_to_count_first(book: Book) -> None:
    made = in_force(book, of(measurement=OTHER, method=Time(at_least=7200)), START)
    fill(book, START, START + 2 * DAY, OTHER)
    (found,) = Outstanding().unstated([made], book, START + DAY)
    due = [bool(overdue.due([found], book, START + DAY + at, 3600, lambda *_: False)) for at in (3600, 7199, 7200)]
    assert due == [False, False, True]
    assert overdue.closes_at(found, None) == START + DAY + GRACE
    assert overdue.closes_at(found, 60) == START + DAY + 7200


def test_only_what_lacks_something_has_to_be_given_up(book: Book) -> None:
    both = agreement(
        objective("90", measurement=M, window=DAILY),
        objective("90", methods.TIME, measurement=OTHER, window=DAILY, name=ObjectiveName("front")),
    )
    in_force(book, both, START)
    fill(book, START, START + DAY)
    fill(book, START, START + DAY // 2, OTHER)
    found = Outstanding().unstated([both], book, START + DAY)
    now = START + 9 * DAY
    assert overdue.due(found, book, now, GRACE, lambda _, m: m == OTHER)
    assert not overdue.due(found, book, now, GRACE, lambda _, m: m == M)


def test_what_is_waited_for(book: Book) -> None:
    made = in_force(book, of(), START)
    fill(book, START, START + DAY)
    found = Outstanding().unstated([made], book, START + 3 * DAY)
    assert overdue.waiting(found) == {("acme", "availability"): START}
    assert overdue.waiting([]) == {}


def test_a_window_begins_in_its_zone(book: Book) -> None:
    made = in_force(book, of(zone="Asia/Kathmandu"), START)
    fill(book, START, START + 3 * DAY)
    found = Outstanding().unstated([made], book, START + 3 * DAY)
    assert [one.window.label for one in found] == ["2026-06-01", "2026-06-02", "2026-06-03"]
    assert [span.start for _, span in found[0].needs] == [START - 20_700]
