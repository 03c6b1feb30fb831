"""Running sums are what lies in the ledger, whatever was written in between, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Ints, Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.sheets import Sheets, amounts_of
from sla_monitor.measuring.running import TAIL, Running
from sla_monitor.measuring.tallies import Group
from tests.measuring.invented import START, events, opened

DAY, MINUTE = 86_400, 60
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""To make a failure smaller takes minutes here, and the first one tells enough."""

ALL = tuple(events(name) for name in "abc")
SLOW = tuple(replace(events(name), slice_seconds=900) for name in "xy")
SINCE = START - 5 * DAY


def slices(seconds: int, start: int, count: int, seed: int) -> Slices:
    rng = np.random.default_rng((seed, start))
    total, known = rng.integers(0, 50, count).astype(float), np.where(rng.random(count) < 0.9, seconds, 0)
    bad = np.floor(total * rng.random(count) * 0.3) + (seed == 7) / 3
    starts = np.arange(start, start + count * seconds, seconds, dtype=np.int64)
    return Slices(seconds, starts, np.where(known, total - bad, 0), np.where(known, total, 0), known)


class Failing:
    """A ledger that may be away at the n-th question from now on."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets, self.left = sheets, 0

    def __getattr__(self, name: str) -> Any:
        self.left -= 1
        if self.left == 0:
            raise LedgerError("away")
        return getattr(self._sheets, name)


class RunningAgainstTheLedger(RuleBasedStateMachine):
    """`now`: how far minutes were written; every fourth quarter of an hour is written as it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.book: Book = opened(Path(self.folder.name))
        self.ledger = Failing(self.book.sheets)
        self.running, self.now, self.members = Running(self.ledger), START, ALL[:2]
        self.holes: list[Span] = []
        self.write(SINCE, (START - SINCE) // MINUTE, 0)
        self.slowly(SINCE, (START - SINCE) // 900, 0)

    def teardown(self) -> None:
        self.book.store.close()
        self.folder.cleanup()

    def write(self, start: int, count: int, seed: int) -> None:
        want = Span(start, start + count * MINUTE)
        self.book.write(
            [Reading(Want(m, want), slices(60, start, count, seed + i)) for i, m in enumerate(self.members)]
        )
        self.now = max(self.now, want.end)

    def slowly(self, start: int, count: int, seed: int) -> None:
        want = Span(start, start + count * 900)
        self.book.write([Reading(Want(m, want), slices(900, start, count, seed + i)) for i, m in enumerate(SLOW)])

    @rule(steps=st.integers(1, 40), overlap=st.integers(0, 3), seed=st.integers(0, 9), looked=st.booleans())
    def time_goes_on(self, steps: int, overlap: int, seed: int, *, looked: bool) -> None:
        for _ in range(steps):
            self.write(self.now - overlap * MINUTE, 1 + overlap, seed)
            if self.now % 900 == 0:
                self.slowly(self.now - 900, 1, seed)
            if looked:
                self.sums_are_those_of_the_slices()

    @rule(count=st.sampled_from([5, 50, 76, 200, 2000]), seed=st.integers(0, 9))
    def catching_up(self, count: int, seed: int) -> None:
        self.write(self.now, count, seed)

    @rule(ago=st.integers(1, 70) | st.integers(1, 3000), count=st.integers(1, 100), seed=st.integers(10, 19))
    def the_past_is_corrected(self, ago: int, count: int, seed: int) -> None:
        self.write(self.now - ago * MINUTE, min(count, ago), seed)

    @rule(ago=st.integers(1, 7000), count=st.integers(1, 500), which=st.integers(0, 2), seed=st.integers(10, 19))
    def the_past_of_one_is_corrected(self, ago: int, count: int, which: int, seed: int) -> None:
        at = self.now - ago * MINUTE
        want = Want(ALL[which], Span(at, at + min(count, ago) * MINUTE))
        self.book.write([Reading(want, slices(60, at, min(count, ago), seed))])

    @rule(seed=st.integers(10, 19))
    def one_alone_is_written(self, seed: int) -> None:
        self.book.write([Reading(Want(ALL[1], Span(self.now, self.now + 300)), slices(60, self.now, 5, seed))])

    @rule(ago=st.integers(-100, 4000), minutes=st.integers(1, 500))
    def something_is_excluded(self, ago: int, minutes: int) -> None:
        start = self.now - ago * MINUTE
        self.holes.append(Span(start, start + minutes * MINUTE))

    @rule()
    def what_was_excluded_is_revoked(self) -> None:
        self.holes = self.holes[1:]

    @rule()
    def another_is_measured(self) -> None:
        self.members = ALL

    @rule()
    def a_restart(self) -> None:
        self.book.store.close()
        self.book = opened(Path(self.folder.name))
        self.ledger = Failing(self.book.sheets)
        self.running = Running(self.ledger)

    @rule(after=st.integers(1, 4), steps=st.integers(1, 70))
    def the_ledger_is_away_for_a_moment(self, after: int, steps: int) -> None:
        for _ in range(steps):
            self.write(self.now - 60, 2, 0)
        self.ledger.left = after
        with suppress(LedgerError):
            self.sums_are_those_of_the_slices()
        self.ledger.left = 0

    @rule(ago=st.integers(1, 7000), count=st.integers(1, 500), minutes=st.integers(0, 700), seed=st.integers(10, 19))
    def another_writes_while_it_is_summed_up(self, ago: int, count: int, minutes: int, seed: int) -> None:
        self.running.follow()
        self.write(self.now - ago * MINUTE, min(count, ago), seed)
        self.something_is_excluded(ago, minutes)
        self.sums_are_told()

    def sums_are_told(self) -> None:
        group = Group("minutes", tuple(m.key for m in self.members), MINUTE)
        self.running.sums(group, self.sets(MINUTE, self.now // 60 * 60))

    @invariant()
    def sums_are_those_of_the_slices(self) -> None:
        self.running.follow()
        self.check(Group("minutes", tuple(m.key for m in self.members), MINUTE), self.now // 60 * 60)
        self.check(Group("quarters", tuple(m.key for m in SLOW), 900), self.now // 900 * 900)

    def sets(self, s: int, at: int) -> list[Spans]:
        holes = Spans.of(Span(hole.start // s * s, -(-hole.end // s) * s) for hole in self.holes)
        spans = [Span(SINCE + 7200, at), *(Span(at - max(s, long), at) for long in LOOKBACKS.values())]
        return [Spans.of([span]).minus(holes) for span in spans]

    def check(self, group: Group, at: int) -> None:
        sets = self.sets(group.seconds, at)
        found = self.running.sums(group, sets)
        for column, key in enumerate(group.keys):
            held = self.book.slices(key, Span(SINCE, self.now + DAY))
            amounts = amounts_of(held)
            for index, spans_ in enumerate(sets):
                inside = np.zeros(len(held), np.bool_)
                for part in spans_:
                    inside |= (held.starts >= part.start) & (held.starts < part.end)
                assert found[index, column].tolist() == amounts[inside].sum(axis=0).tolist()


def test_running_sums_are_those_of_the_ledger() -> None:
    tries = settings(
        max_examples=max(8, settings.default.max_examples // 4), stateful_step_count=10, deadline=None, phases=QUICK
    )
    run_state_machine_as_test(RunningAgainstTheLedger, settings=tries)


@pytest.fixture
def machine() -> Iterator[RunningAgainstTheLedger]:
    """Its lives, one by one."""
    made = RunningAgainstTheLedger()
    made.sums_are_those_of_the_slices()
    yield made
    made.teardown()


def goes_on(machine: RunningAgainstTheLedger, minutes: int) -> None:
    for _ in range(minutes):
        machine.write(machine.now - MINUTE, 2, 0)


def test_what_is_written_again_is_counted_anew_though_no_time_has_passed(machine: RunningAgainstTheLedger) -> None:
    goes_on(machine, 5)
    machine.sums_are_those_of_the_slices()
    machine.write(machine.now - 2 * MINUTE, 2, 5)
    machine.sums_are_those_of_the_slices()


def test_a_block_that_ended_with_what_was_settled_is_read_again(machine: RunningAgainstTheLedger) -> None:
    for _ in range(7):  # whatever was packed in between lies far back then
        goes_on(machine, 50)
        machine.sums_are_those_of_the_slices()
    for _ in range(4):
        at = machine.now - (TAIL + 3) * MINUTE
        machine.holes.append(Span(at, at + MINUTE))
        machine.sums_are_those_of_the_slices()
        machine.write(machine.now, 1, 4)


def test_who_was_not_asked_for_a_while_misses_nothing(machine: RunningAgainstTheLedger) -> None:
    goes_on(machine, 20)
    machine.sums_are_those_of_the_slices()
    for _ in range(4):
        goes_on(machine, 10)
        machine.running.follow()
    machine.sums_are_those_of_the_slices()


def test_a_page_of_long_ago_is_read_again(machine: RunningAgainstTheLedger) -> None:
    """Of a measurement so seldom written that nothing of it was ever packed."""
    machine.members = ALL
    then = machine.now

    def alone(seed: int) -> None:
        want = Want(ALL[2], Span(then, then + 3 * MINUTE))
        machine.book.write([Reading(want, slices(60, then, 3, seed))])

    alone(1)
    machine.members = ALL[:2]
    goes_on(machine, 200)
    machine.members = ALL
    machine.sums_are_those_of_the_slices()
    alone(2)
    machine.sums_are_those_of_the_slices()


class Listening:
    """A ledger that tells of whom sums and slices were read."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets, self.read, self.summed = sheets, list[MeasurementKey](), list[MeasurementKey]()
        self.wanted = Spans()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sheets, name)

    def sums(self, keys: Sequence[MeasurementKey], wanted: Sequence[Spans]) -> Ints:
        self.read += keys
        self.summed += keys
        self.wanted = Spans.of(part for spans in (self.wanted, *wanted) for part in spans)
        return self._sheets.sums(keys, wanted)

    def block(self, keys: Sequence[MeasurementKey], span: Span, seconds: int) -> Ints:
        self.read += keys
        return self._sheets.block(keys, span, seconds)


@pytest.fixture
def listening(machine: RunningAgainstTheLedger) -> Listening:
    """To a machine that lives for a while already."""
    machine.ledger = Listening(machine.book.sheets)  # type: ignore[assignment]
    machine.running = Running(machine.ledger)
    goes_on(machine, 200)
    for _ in range(8):
        machine.sums_are_those_of_the_slices()
        goes_on(machine, 10)
    machine.sums_are_those_of_the_slices()
    heard: Listening = machine.ledger  # type: ignore[assignment]
    heard.read.clear()
    heard.summed.clear()
    heard.wanted = Spans()
    return heard


def correct(machine: RunningAgainstTheLedger, which: int, ago: int, count: int, seed: int = 17) -> None:
    at = machine.now - ago * MINUTE
    want = Want(ALL[which], Span(at, at + count * MINUTE))
    machine.book.write([Reading(want, slices(60, at, count, seed))])


CORRECTIONS = {
    "days ago": [(0, 3 * 1440, 60)],
    "of some days": [(0, 3 * 1440, 2000)],
    "of which some is in memory": [(0, 120, 60)],
    "of hours that leave lookbacks now": [(0, 6 * 60 + 3, 6)],
    "one after the other": [(0, 3 * 1440 - n, 1) for n in range(8)],
}


@pytest.mark.parametrize("sentence", CORRECTIONS)
def test_what_was_corrected_is_read_of_whom_it_is_of_alone(
    machine: RunningAgainstTheLedger, listening: Listening, sentence: str
) -> None:
    begun = machine.running.begun
    for which, ago, count in CORRECTIONS[sentence]:
        correct(machine, which, ago, count)
    machine.sums_are_those_of_the_slices()
    assert set(listening.read) == {ALL[0].key}
    assert machine.running.begun == begun


def day(machine: RunningAgainstTheLedger, ago: int) -> Span:
    start = machine.now // DAY * DAY - ago * DAY
    return Span(start, start + DAY)


def test_of_what_was_corrected_its_days_alone_are_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    correct(machine, 0, (machine.now - day(machine, 2).start) // MINUTE - 30, 1500)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([day(machine, 2), day(machine, 1)])


def test_of_what_is_excluded_the_days_alone_are_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    hole = Span(day(machine, 3).start, day(machine, 2).start + DAY // 2)
    machine.holes.append(hole)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([hole])
    machine.holes.clear()
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([hole])


def test_days_that_are_cut_are_known_with_the_next_day(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    """As every day is by service hours."""
    night = Span(day(machine, 3).start + 3600, day(machine, 3).start + 7200)
    machine.holes.append(night)
    for _ in range(29):
        goes_on(machine, 50)
        machine.sums_are_those_of_the_slices()
    listening.wanted = Spans()
    correct(machine, 0, (machine.now - night.end) // MINUTE, 5)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([day(machine, 4)]).minus(Spans.of([night]))


def test_days_of_those_who_came_later_are_read_too(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    machine.members = ALL
    correct(machine, 2, 4000, 3990, 1)
    for _ in range(2):
        machine.sums_are_those_of_the_slices()
    listening.wanted = Spans()
    correct(machine, 2, (machine.now - day(machine, 1).start) // MINUTE - 30, 60)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([day(machine, 1)])


def test_what_leaves_next_is_known_as_it_was_corrected(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    """Of an hour that was read already, since the first of its slices have left."""
    correct(machine, 0, 6 * 60 - 5, 3)
    for _ in range(9):
        goes_on(machine, 1)
        machine.sums_are_those_of_the_slices()
    assert listening.summed.count(ALL[0].key) == 1
    assert ALL[1].key not in listening.summed


def test_what_leaves_is_read_once_an_hour_however_often_it_is_judged(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    for _ in range(70):
        goes_on(machine, 1)
        for _ in range(2):
            machine.sums_are_those_of_the_slices()
    assert 0 < listening.read.count(ALL[0].key) <= 2 * len(LOOKBACKS)


def test_two_that_were_corrected_are_both_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    """The one days ago, the other in memory: by another process."""
    correct(machine, 0, 4 * 1440, 10)
    correct(machine, 1, 100, 10)
    machine.sums_are_those_of_the_slices()
    assert ALL[0].key in listening.read


def test_of_time_that_no_sum_holds_nothing_is_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    at = SINCE - DAY
    machine.book.write([Reading(Want(ALL[0], Span(at, at + 3600)), slices(60, at, 60, 3))])
    machine.sums_are_those_of_the_slices()
    assert listening.read == []


def test_a_stranger_is_read_and_nobody_else(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    begun = machine.running.begun
    machine.members = ALL
    machine.sums_are_those_of_the_slices()  # asked for before there is anything of it
    listening.read.clear()
    correct(machine, 2, 3000, 2990, 1)
    machine.sums_are_those_of_the_slices()
    assert set(listening.read) == {ALL[2].key}
    goes_on(machine, 3)
    machine.sums_are_those_of_the_slices()
    assert machine.running.begun == begun


@pytest.mark.parametrize("after", range(1, 6))
def test_a_stranger_is_not_forgotten_when_the_ledger_was_away(machine: RunningAgainstTheLedger, after: int) -> None:
    machine.members = ALL
    machine.sums_are_those_of_the_slices()
    correct(machine, 2, 3000, 2990, 1)
    machine.ledger.left = after
    with suppress(LedgerError):
        machine.sums_are_those_of_the_slices()
    machine.ledger.left = 0
    machine.sums_are_those_of_the_slices()


def test_pages_that_are_packed_and_dropped_before_anybody_looked(machine: RunningAgainstTheLedger) -> None:
    """Of one that was never packed: what is long past comes to pages, and with the next ones is too much."""
    machine.members = ALL
    for ago, count in ((37, 37), (63, 63), (755, 56)):
        machine.write(machine.now - ago * MINUTE, count, 3)
        machine.sums_are_those_of_the_slices()


def test_when_pages_are_packed_nothing_is_added_up_anew(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    begun, frontier = machine.running.begun, machine.book.sheets.known()[ALL[0].key].folded_until
    for _ in range(15):
        goes_on(machine, 5)
        machine.sums_are_those_of_the_slices()
    assert machine.book.sheets.known()[ALL[0].key].folded_until > frontier
    assert (machine.running.begun, listening.summed) == (begun, [])


def test_what_leaves_while_it_is_corrected_is_not_taken_away_twice(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    """Another process writes between what is followed and what is summed up."""
    group, s = Group("alone", tuple(m.key for m in ALL[:2]), MINUTE), machine.now - 3 * DAY
    wanted = [Spans.of([Span(s + n * MINUTE, machine.now)]) for n in (0, 1, 1, 1)]
    machine.running.follow()
    machine.running.sums(group, wanted[:1])
    machine.running.follow()
    correct(machine, 0, 3 * 1440, 1)
    machine.running.sums(group, wanted[1:2])
    machine.running.follow()
    found = machine.running.sums(group, wanted[2:3])
    assert listening.read
    assert found.tolist() == machine.book.sheets.sums(group.keys, wanted[3:]).tolist()


def test_a_day_that_is_read_while_another_writes_is_not_taken_for_what_is_in_the_sums(
    machine: RunningAgainstTheLedger,
) -> None:
    machine.running.follow()
    correct(machine, 0, 3 * 1440, 30)
    machine.sums_are_told()  # with days, which nobody had read before
    machine.sums_are_those_of_the_slices()


def test_a_set_that_is_read_anew_while_another_writes_agrees_with_its_days(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    correct(machine, 0, (machine.now - day(machine, 0).start) // MINUTE - 60, 30)
    machine.running.follow()
    correct(machine, 0, 3 * 1440, 30)
    machine.sums_are_told()
    assert day(machine, 0).start in listening.wanted.parts[-1]
    machine.sums_are_those_of_the_slices()


def test_memory_does_not_grow_with_those_who_are_asked_for_no_more(machine: RunningAgainstTheLedger) -> None:
    goes_on(machine, 20)
    machine.sums_are_those_of_the_slices()
    for _ in range(10):
        goes_on(machine, 60)
        machine.running.follow()
    assert max(len(tail.rows) for tail in machine.running._tails.values()) < 2 * TAIL
    machine.sums_are_those_of_the_slices()
