"""A daemon's running sums beside the ledger: a machine of random lives, and what tells what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Ints, Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, MeasurementKey
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.sheets import Sheets, amounts_of
from sla_monitor.measuring.running import Running
from sla_monitor.measuring.tallies import Group
from tests.ledger.specimens import ledger_with
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


def write(book: Book, members: Sequence[Measurement], start: int, count: int, seed: int) -> Span:
    seconds = members[0].slice_seconds
    want = Span(start, start + count * seconds)
    book.write([Reading(Want(m, want), slices(seconds, start, count, seed + i)) for i, m in enumerate(members)])
    return want


@cache
def ledger_of(minutes: int) -> bytes:
    """Five days, and so many minutes one by one: the same for each life, and longer to write than most lives last."""

    def fill(book: Book) -> None:
        write(book, ALL[:2], SINCE, (START - SINCE) // MINUTE, 0)
        write(book, SLOW, SINCE, (START - SINCE) // 900, 0)
        for at in range(START, START + minutes * MINUTE, MINUTE):
            write(book, ALL[:2], at - MINUTE, 2, 0)

    return ledger_with(fill)


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
        self.begin(0)
        self.ledger = Failing(self.book.sheets)
        self.running, self.members = Running(self.ledger), ALL[:2]
        self.holes: list[Span] = []

    def begin(self, minutes: int) -> None:
        (Path(self.folder.name) / "ledger.db").write_bytes(ledger_of(minutes))
        self.book: Book = opened(Path(self.folder.name))
        self.now = START + minutes * MINUTE

    def teardown(self) -> None:
        self.book.store.close()
        self.folder.cleanup()

    def write(self, start: int, count: int, seed: int) -> None:
        self.now = max(self.now, write(self.book, self.members, start, count, seed).end)

    @rule(steps=st.integers(1, 40), overlap=st.integers(0, 3), seed=st.integers(0, 9), looked=st.booleans())
    def time_goes_on(self, steps: int, overlap: int, seed: int, *, looked: bool) -> None:
        for _ in range(steps):
            self.write(self.now - overlap * MINUTE, 1 + overlap, seed)
            if self.now % 900 == 0:
                write(self.book, SLOW, self.now - 900, 1, seed)
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


def goes_on(machine: RunningAgainstTheLedger, minutes: int) -> None:
    for _ in range(minutes):
        machine.write(machine.now - MINUTE, 2, 0)


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


def correct(machine: RunningAgainstTheLedger, which: int, ago: int, count: int, seed: int = 17) -> None:
    at = machine.now - ago * MINUTE
    want = Want(ALL[which], Span(at, at + count * MINUTE))
    machine.book.write([Reading(want, slices(60, at, count, seed))])


def day(machine: RunningAgainstTheLedger, ago: int) -> Span:
    start = machine.now // DAY * DAY - ago * DAY
    return Span(start, start + DAY)
