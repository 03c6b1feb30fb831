"""What nothing needs any more may go, and nobody notices: boards, what is to be stated, and what was stated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.daemon import retaining
from sla_monitor.daemon.sections import Retention
from sla_monitor.daemon.wiring import read_again
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.retention import Trimmed
from sla_monitor.measuring import assessment, keeping, verification
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.stated import Stated
from sla_monitor.measuring.verification import Verification
from tests.measuring.invented import DAY, START, opened, truth
from tests.measuring.test_verification import AVAILABILITY, REACHABLE, agreed

DAYS = 14
NOW = START + DAYS * DAY
KEPT = Retention(slices=2 * DAY)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    made = opened(tmp_path)
    for m in (AVAILABILITY, REACHABLE):
        span = Span(START - 7200, NOW)
        made.write([Reading(Want(m, span), truth(m, span))])
    made.keep(documents_of(agreed()), START)
    return made


def closing(book: Book) -> Closing:
    return Closing(book, Timetable, DAY, "1")


def state(book: Book, count: int | None = None) -> None:
    for one in Outstanding().unstated([agreed()], book, NOW)[:count]:
        closing(book).close(one, NOW)


def board(book: Book) -> Board:
    stated = Stated()
    stated.follow(book)
    made = assessment.assess([agreed()], book, NOW, lambda _: 60, Timetable(), stated=stated)
    return replace(made, entries=tuple(made.entries))


def trimmed(book: Book) -> Trimmed:
    return retaining.trim(book, KEPT, [agreed()], NOW, lambda _: 60)


def test_a_board_is_the_same_without_what_it_does_not_need(book: Book) -> None:
    state(book)
    before = board(book)
    assert trimmed(book).slices > 10
    assert board(book) == before
    assert trimmed(book) == Trimmed()


def test_what_is_not_stated_yet_is_stated_as_it_would_have_been(tmp_path: Path, book: Book) -> None:
    state(book, 5)
    next_ = Outstanding().unstated([agreed()], book, NOW)[0]
    since = keeping.needed_since([agreed()], book, NOW, lambda _: 60, Timetable())
    assert since == dict.fromkeys((AVAILABILITY.key, REACHABLE.key), next_.window.span.start // 60 * 60 - DAY)
    done = trimmed(book)
    assert 0 < done.slices <= 2 * 4
    state(book)
    (tmp_path / "other").mkdir()
    other = opened(tmp_path / "other")
    for m in (AVAILABILITY, REACHABLE):
        span = Span(START - 7200, NOW)
        other.write([Reading(Want(m, span), truth(m, span))])
    other.keep(documents_of(agreed()), START)
    state(other)
    assert [one.content["objectives"] for one in book.statements()] == [
        one.content["objectives"] for one in other.statements()
    ]


def test_what_was_stated_is_checked_as_far_as_it_can_be(book: Book) -> None:
    state(book)
    days = trimmed(book).slices
    forgotten = book.forgotten()
    assert sum(map(len, forgotten.values())) == days
    checker = Verification(book, closing(book), read_again)
    assert list(checker.all()) == []
    resting = [verification.rests_on(one, forgotten) for one in book.statements()]
    assert resting == sorted(resting, reverse=True), "the oldest first, and then none"
    assert 5 < sum(resting) < len(resting)
    first, *_, last = book.statements()
    kept = first.window.span.start + DAY
    changed = {key: {day for day in found if day * DAY > kept} for key, found in forgotten.items()}
    assert any("are not there any more" in flaw.told for flaw in checker.of(first, {}, changed)), "others are missed"
    assert checker.of(last, {}, forgotten) == []


def test_of_what_is_in_no_agreement_nothing_is_needed(book: Book) -> None:
    other = replace(AVAILABILITY, slice_seconds=300)
    span = Span(START, START + 2 * DAY)
    book.write([Reading(Want(other, span), truth(other, span))])
    assert trimmed(book) == Trimmed(slices=1)
    assert set(book.forgotten()) == {other.key}
