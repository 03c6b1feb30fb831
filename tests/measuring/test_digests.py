"""Who needs single slices is judged from those that came since, and as if all were read each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import methods
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.remedies import PerBlock, Remedy
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, AgreementName, Amendment, MeasurementKey, Policy
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opened import Opened
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.digests import Digests
from sla_monitor.measuring.fleets import Fleet
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import START, events, opened, seconds, truth

DAY, HOUR, MINUTE = 86_400, 3600, 60
WEEK = Rolling(7 * DAY, "7d")
BEGIN = START + 10 * DAY + 20 * HOUR + 30 * MINUTE
REQUESTS, PROBE = events("requests"), seconds("probe")
SOME = methods.Condition(Comparison.GT, Fraction(0))
SOME_GRADED = methods.Intervals(300, anchor=methods.Anchor.EPOCH)
RUNS = methods.Intervals(300, SOME, at_least=600, anchor=methods.Anchor.EPOCH)
BLOCKS = Remedy(PerBlock(Fraction(600), Fraction(1)))
PROMISES = {
    "graded": objective("99", methods.Intervals(300), measurement=REQUESTS, window=Calendar(Unit.WEEK)),
    "spells": objective("99", methods.Time(at_least=120), measurement=PROBE, window=WEEK),
    "blocks": objective("99", methods.TIME, measurement=PROBE, window=WEEK, remedy=BLOCKS),
    "runs": objective("99", RUNS, measurement=REQUESTS, window=WEEK),
}


def made(name: str) -> Agreement:
    return replace(agreement(PROMISES[name]), name=AgreementName(name))


@dataclass
class Read:
    """A book that tells what is read of it. failing: it is away once so much was read."""

    book: Book
    spans: list[Span] = field(default_factory=list)
    failing: int | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self.book, name)

    def slices(self, key: MeasurementKey, span: Span) -> Slices:
        return self.told(self.book, key, span)

    def opened(self, keys: Iterable[MeasurementKey], since: int) -> Heard:
        return Heard(self, self.book.opened(keys, since))

    def told(self, of: Book | Opened, key: MeasurementKey, span: Span) -> Slices:
        self.spans.append(span)
        if self.failing is not None and len(self.spans) > self.failing:
            raise LedgerError("it is away")
        return of.slices(key, span)


@dataclass
class Heard:
    read: Read
    held: Opened

    def slices(self, key: MeasurementKey, span: Span) -> Slices:
        return self.read.told(self.held, key, span)


@dataclass
class Life:
    read: Read
    agreed: list[Agreement]
    now: int = BEGIN
    fleet: Fleet = field(init=False)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.read.book.sheets)
        self.write(Span(START - 10 * DAY, self.now))

    def write(self, span: Span, wrong: int = 0) -> None:
        """`wrong`: so many of the slices are other than they were."""
        for measurement in (REQUESTS, PROBE):
            held = truth(measurement, span)
            good = np.where(np.arange(len(held)) < wrong, 0.0, held.good)
            states = None if held.states is None else (good / 60)[:, None]
            told = replace(held, good=good, states=states)
            self.read.book.write([Reading(Want(measurement, span), told)])
        self.now = max(self.now, span.end)

    def board(self, fleet: Fleet | None) -> Board:
        self.read.spans.clear()
        return assess(self.agreed, self.read, self.now, lambda _: 0, Timetable(), fleet=fleet)  # type: ignore[arg-type]

    def is_right(self) -> list[Span]:
        """What was read for the board, which is as it would be anew."""
        board = self.board(self.fleet)
        read = list(self.read.spans)
        for mine, other in zip(board.entries, self.board(None).entries, strict=True):
            assert plain(mine.current) == plain(other.current)
            assert plain(mine.previous) == plain(other.previous)
        return read


def plain(standing: Standing | None) -> Standing | None:
    """Nobody looks for incidents in a board."""
    return None if standing is None else replace(standing, incidents=None)


@pytest.fixture(params=[*PROMISES, "all"])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Life]:
    book = opened(tmp_path / "ledger.db")
    yield Life(Read(book), [made(name) for name in PROMISES if request.param in (name, "all")])
    book.store.close()


def test_each_minute_reads_what_came_since(life: Life) -> None:
    """And of windows that move the hours over which they move, once an hour."""
    assert max(span.seconds for span in life.is_right()) > 7 * DAY
    for _ in range(40):
        life.write(Span(life.now, life.now + MINUTE))
        read = life.is_right()
        assert max(span.seconds for span in read) <= HOUR
    assert min(span.start for span in read) >= life.now - 2 * HOUR


def test_what_was_corrected_is_read_again_and_nothing_else(life: Life) -> None:
    life.is_right()
    for ago, count in ((3 * DAY, 30), (HOUR, 5), (10 * MINUTE, 10)):
        span = Span(life.now - ago, life.now - ago + count * MINUTE)
        life.write(span, wrong=count)
        read = life.is_right()
        assert sum(one.seconds for one in read) <= len(life.agreed) * 2 * (DAY + 4 * HOUR)
        assert any(one.start <= span.start < one.end for one in read)


def test_a_board_that_came_to_no_end_leaves_nothing_wrong(life: Life) -> None:
    life.is_right()
    life.read.failing = 0
    with pytest.raises(LedgerError):
        life.board(life.fleet)
    life.read.failing = None
    life.write(Span(life.now - DAY, life.now - DAY + HOUR), wrong=20)
    life.is_right()


def test_after_an_hour_and_a_night(life: Life) -> None:
    for length in (HOUR, HOUR, 3 * HOUR, DAY, 3 * DAY):
        life.write(Span(life.now, life.now + length))
        life.is_right()


def test_who_leaves_takes_all_that_is_kept_with_him(life: Life) -> None:
    room = life.fleet.digests._room
    life.is_right()
    assert room.left < room.most
    life.agreed = []
    life.board(life.fleet)
    assert room.left == room.most


def test_that_there_is_no_room_is_told_as_long_as_it_lasts(life: Life) -> None:
    life.fleet.digests = Digests(1000)
    life.is_right()
    life.write(Span(life.now, life.now + MINUTE))
    assert max(span.seconds for span in life.is_right()) > DAY
    assert life.fleet.digests.is_full
    life.agreed = []
    life.board(life.fleet)
    assert not life.fleet.digests.is_full


def test_terms_that_change_are_judged_by_at_once(life: Life) -> None:
    life.is_right()
    life.agreed = [
        replace(
            one, objectives=(replace(one.objectives[0], window=Calendar(Unit.DAY)),), term=Span(START, START + 11 * DAY)
        )
        for one in life.agreed
    ]
    life.is_right()


def test_who_was_amended_is_read_whole(tmp_path: Path) -> None:
    book = opened(tmp_path / "ledger.db")
    other = replace(PROMISES["graded"], method=RUNS)
    amendment = Amendment(BEGIN - DAY, "", (), Policy.WEIGHTED, (other,))
    life = Life(Read(book), [replace(made("graded"), amendments=(amendment,))])
    life.is_right()
    life.write(Span(life.now, life.now + MINUTE))
    assert max(span.seconds for span in life.is_right()) > 2 * DAY
    assert life.fleet.digests._room.left == life.fleet.digests._room.most
    book.store.close()


def test_who_was_amended_long_ago_is_not(tmp_path: Path) -> None:
    book = opened(tmp_path / "ledger.db")
    amendment = Amendment(BEGIN - 9 * DAY, "", (), Policy.WEIGHTED, (replace(PROMISES["runs"], method=SOME_GRADED),))
    life = Life(Read(book), [replace(made("runs"), amendments=(amendment,))])
    life.is_right()
    life.write(Span(life.now, life.now + MINUTE))
    assert max(span.seconds for span in life.is_right()) <= HOUR
    life.write(Span(life.now - DAY, life.now - DAY + HOUR), wrong=30)
    life.is_right()
    book.store.close()
