"""The board: judged as of the watermark, of what the ledger holds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance import methods
from sla_monitor.compliance.boards import Entry
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import Agreement, Measurement
from sla_monitor.ledger import tables
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import LATE_SLICES, assess, current, with_counts
from sla_monitor.measuring.duties import DAY
from sla_monitor.measuring.fleets import Fleet
from sla_monitor.measuring.stated import Stated
from tests.compliance.specimens import SECONDS, agreement, objective
from tests.measuring.invented import SETTLE, START, events, opened, truth

M = events("requests")
NOON = START + DAY // 2


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


def fill(book: Book, start: int, end: int, measurement: Measurement = M) -> Slices:
    held = truth(measurement, Span(start, end))
    book.write([Reading(Want(measurement, Span(start, end)), held)])
    return held


def entry(book: Book, made: Agreement, now: int) -> Entry:
    (found,) = assess([made], book, now, lambda _: SETTLE, schedule_of).entries
    return found


def of(**changes: object) -> Agreement:
    return agreement(objective("90", measurement=M, **changes))


@pytest.mark.parametrize("late", [0, 1, LATE_SLICES])
def test_a_little_late_it_is_judged_as_of_the_watermark(book: Book, late: int) -> None:
    fill(book, START, NOON)
    standing = entry(book, of(), NOON + SETTLE + late * 60).current
    assert standing.at == NOON
    assert standing.window.span.start == START
    assert standing.coverage is not None
    assert standing.unknown_seconds == sum((at // 60) % 97 == 5 for at in range(START, NOON, 60)) * 60


def test_later_what_is_unmeasured_is_unknown(book: Book) -> None:
    fill(book, START, NOON)
    standing = entry(book, of(), NOON + SETTLE + (LATE_SLICES + 1) * 60).current
    assert standing.at == NOON + (LATE_SLICES + 1) * 60
    assert standing.unknown_seconds >= (LATE_SLICES + 1) * 60


def test_nothing_measured_is_unknown(book: Book) -> None:
    standing = entry(book, of(), NOON).current
    assert standing.status is Status.UNKNOWN
    assert standing.at == NOON - SETTLE - SETTLE  # the newest settled slice


def test_a_hole_is_unknown_and_the_rest_is_not(book: Book) -> None:
    fill(book, START, START + 3600)
    fill(book, START + 7200, NOON)
    standing = entry(book, of(), NOON + SETTLE).current
    assert standing.at == NOON
    assert (
        standing.unknown_seconds
        == 3600
        + sum((at // 60) % 97 == 5 for at in range(START, NOON, 60) if not START + 3600 <= at < START + 7200) * 60
    )


def test_what_is_judged_is_what_the_slices_hold(book: Book) -> None:
    held = fill(book, START - 35 * DAY, NOON)
    standing = entry(book, of(), NOON + SETTLE).current
    mine = held.between(START, NOON)
    assert (standing.good, standing.total) == (Fraction(mine.good.sum()), Fraction(mine.total.sum()))
    assert standing.attainment == Fraction(int(mine.good.sum()), int(mine.total.sum()))
    for name, seconds in (("1h", 3600), ("6h", 21600), ("3d", 3 * DAY)):
        back = held.between(NOON - seconds, NOON)
        rate = (1 - back.good.sum() / back.total.sum()) / 0.1
        assert standing.burn_rates[name] == pytest.approx(rate, rel=1e-12)


def test_the_previous_window_is_judged_whole(book: Book) -> None:
    held = fill(book, START - 35 * DAY, NOON).between(START - 31 * DAY, START)
    previous = entry(book, of(), NOON + SETTLE).previous
    assert previous is not None
    assert previous.complete
    assert previous.window.span == Span(START - 31 * DAY, START)
    assert (previous.good, previous.total) == (Fraction(held.good.sum()), Fraction(held.total.sum()))
    assert previous.burn_rates == {}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (of(), "nothing of it was measured"),
        (of(window=Rolling(30 * DAY, "30d")), "a rolling window has none"),
        (replace(of(), term=Span(START, START + 400 * DAY)), "it lies before the term"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_there_is_no_previous_window_where(book: Book, made: Agreement, why: str) -> None:
    fill(book, START if "measured" in why else START - 35 * DAY, NOON)
    assert entry(book, made, NOON + SETTLE).previous is None


def test_a_rolling_window_ends_with_the_watermark(book: Book) -> None:
    held = fill(book, START - 35 * DAY, NOON).between(NOON - 30 * DAY, NOON)
    standing = entry(book, of(window=Rolling(30 * DAY, "30d")), NOON + SETTLE).current
    assert standing.window.span == Span(NOON - 30 * DAY, NOON)
    assert standing.total == Fraction(held.total.sum())
    assert not standing.complete


def test_events_at_the_edge_of_a_term_leave_whole_and_seconds_in_proportion(book: Book) -> None:
    fill(book, START, NOON)
    fill(book, START, NOON, SECONDS)
    made = agreement(
        objective(measurement=M), objective(method=methods.TIME, measurement=SECONDS), term=Span(START + 90, NOON)
    )
    first, second = (one.current for one in assess([made], book, NOON + SETTLE, lambda _: SETTLE, schedule_of).entries)
    assert first.known_seconds + first.unknown_seconds == NOON - START - 120
    assert second.known_seconds + second.unknown_seconds == NOON - START - 90


def broken(book: Book, start: int, end: int) -> None:
    held = truth(M, Span(start, end))
    bad = Slices(60, held.starts, np.zeros(len(held)), held.total, held.known)
    book.write([Reading(Want(M, Span(start, end)), bad)])


def test_a_breach_is_counted_once_a_window_and_kept(book: Book) -> None:
    broken(book, START, NOON)
    made, key = of(), ("acme", "availability")
    for now in (NOON, NOON + 60, NOON + DAY):
        board = with_counts(assess([made], book, now, lambda _: SETTLE, schedule_of), book)
    assert board.breaches == {key: 1}
    june = START + 30 * DAY
    broken(book, june, june + DAY)
    board = with_counts(assess([made], book, june + DAY + SETTLE, lambda _: SETTLE, schedule_of), book)
    assert board.breaches == {key: 2}


def test_a_rolling_breach_is_counted_once_a_month(book: Book) -> None:
    fill(book, START - 7 * DAY, START)
    broken(book, START, START + 3 * DAY)
    made = of(window=Rolling(7 * DAY, "7d"))
    for now in (START + DAY, START + 2 * DAY, START + 3 * DAY):
        board = with_counts(assess([made], book, now, lambda _: SETTLE, schedule_of), book)
        assert board.entries[0].current.status is Status.BREACHED
    assert sum(board.breaches.values()) == 1


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "as columns"])
def test_a_window_that_broke_is_counted_as_itself_when_the_next_goes_on(book: Book, *, together: bool) -> None:
    broken(book, START, START + DAY)
    fill(book, START + DAY, START + DAY + 3600)
    made, fleet = of(window=Calendar(Unit.DAY)), Fleet(book.sheets) if together else None
    board = assess([made], book, START + DAY + 3600, lambda _: SETTLE, schedule_of, fleet=fleet)
    with_counts(board, book)
    assert board.entries[0].status is not Status.BREACHED
    with book.store.reading() as connection:
        assert connection.execute(sa.select(tables.breach.c.window_start)).scalars().all() == [START]


def test_a_board_writes_nothing(book: Book) -> None:
    broken(book, START, NOON)
    assess([of()], book, NOON, lambda _: SETTLE, schedule_of)
    assert book.breaches() == {}


def test_the_burn_down_ends_with_the_standing(book: Book) -> None:
    fill(book, START, NOON)
    found = entry(book, of(window=Calendar(Unit.DAY)), NOON + SETTLE)
    first, last = found.burndown[0], found.burndown[-1]
    assert (first.at, first.remaining_ratio) == (START, 1.0)
    assert (last.at, last.remaining_ratio) == (NOON, float(found.current.budget.remaining_ratio))


def test_faults_and_agreements_are_on_the_board(book: Book) -> None:
    made = of()
    board = assess([made], book, NOON, lambda _: SETTLE, schedule_of, faults=("a fault",))
    assert (board.agreements, board.faults, board.at) == ((made,), ("a fault",), NOON)
    assert tuple(assess([], book, NOON, lambda _: SETTLE, schedule_of).entries) == ()


def test_current_standings_are_those_of_the_board(book: Book) -> None:
    fill(book, START - 35 * DAY, NOON)
    fill(book, START - 35 * DAY, NOON, SECONDS)
    made = agreement(
        objective("90", measurement=M),
        objective("99", method=methods.TIME, measurement=SECONDS),
        objective("90", measurement=M, window=Rolling(7 * DAY, "7d")),
        objective("90", measurement=events("never")),
    )
    board = assess([made], book, NOON + SETTLE, lambda _: SETTLE, schedule_of)
    found = current([made], book, NOON + SETTLE, lambda _: SETTLE, schedule_of, stated=Stated())
    assert found == [one.current for one in board.entries]
