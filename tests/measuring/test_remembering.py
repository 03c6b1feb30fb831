"""What is remembered of windows that ended is what would be judged anew, whatever came in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.declarations import Declaration
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, Amendment, Policy
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import Closed, assess
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import START, events, opened

HOUR, DAY = 3600, 86_400
M = replace(events("requests"), slice_seconds=HOUR)


def slices(start: int, count: int, seed: int) -> Slices:
    rng = np.random.default_rng((seed, start))
    total, known = rng.integers(0, 50, count).astype(float), np.where(rng.random(count) < 0.9, HOUR, 0)
    bad = np.floor(total * rng.random(count) * 0.3)
    starts = np.arange(start, start + count * HOUR, HOUR, dtype=np.int64)
    return Slices(HOUR, starts, np.where(known, total - bad, 0), np.where(known, total, 0), known)


def promised(target: str) -> Agreement:
    return agreement(objective(target, measurement=M))


class MemoryAgainstScratch(RuleBasedStateMachine):
    """`now`: as of when is judged; `closed`: the memory, renewed as the monitor renews it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.book: Book = opened(Path(self.folder.name))
        self.agreed, self.closed, self.now = (promised("90"),), Closed(), START
        self.write(START - 35 * DAY, 35 * 24, 0)

    def teardown(self) -> None:
        self.book.store.close()
        self.folder.cleanup()

    def write(self, start: int, count: int, seed: int) -> None:
        want = Want(M, Span(start, start + count * HOUR))
        self.book.write([Reading(want, slices(start, count, seed))])
        self.now = max(self.now, want.span.end)

    @rule(count=st.sampled_from([1, 2, 30, 24 * 20]), overlap=st.integers(0, 3), seed=st.integers(0, 9))
    def time_goes_on(self, count: int, overlap: int, seed: int) -> None:
        self.write(self.now - overlap * HOUR, count + overlap, seed)

    @rule(ago=st.integers(4, 24 * 60), count=st.integers(1, 40), seed=st.integers(10, 19))
    def the_past_is_corrected(self, ago: int, count: int, seed: int) -> None:
        start = self.now - ago * HOUR
        self.write(start, min(count, ago), seed)

    @rule(ago=st.integers(0, 24 * 60), hours=st.integers(1, 90))
    def an_exclusion_is_declared(self, ago: int, hours: int) -> None:
        start = self.now - ago * HOUR
        span = Span(start, start + hours * HOUR)
        self.book.declare(Declaration(self.agreed[0].name, span, "maintenance", "Ann", "why", self.now))

    @rule(promise=st.sampled_from(["80", "90", "99"]), ago=st.integers(0, 24 * 60))
    def the_agreement_is_amended(self, promise: str, ago: int) -> None:
        at = (self.now - ago * HOUR) // DAY * DAY
        changed = (objective(promise, measurement=M),)
        amended = Amendment(effective=at, reason="", agreed_by=(), policy=Policy.WEIGHTED, objectives=changed)
        self.agreed = (replace(promised("90"), amendments=(amended,)),)

    @rule()
    def a_restart(self) -> None:
        self.book.store.close()
        self.book, self.closed = opened(Path(self.folder.name)), Closed()

    @invariant()
    def the_board_is_that_from_scratch(self) -> None:
        self.closed.renew((self.agreed, self.book.changes()))
        scratch = self.board(None)
        assert self.board(self.closed) == scratch
        assert self.board(self.closed) == scratch  # and once more, now that it is remembered

    def board(self, closed: Closed | None) -> tuple[Standing, Standing | None]:
        held = Timetable(self.book.declared(), self.book.silences())
        (entry,) = assess(self.agreed, self.book, self.now + 60, lambda _: 60, held, closed=closed).entries
        return entry.current, entry.previous


def test_what_is_remembered_is_what_would_be_judged_anew() -> None:
    tries = settings(max_examples=max(10, settings.default.max_examples // 3), stateful_step_count=12, deadline=None)
    run_state_machine_as_test(MemoryAgainstScratch, settings=tries)


def test_no_more_windows_are_remembered_than_are_shown() -> None:
    machine = MemoryAgainstScratch()
    for _ in range(4):
        machine.time_goes_on(24 * 20, 0, 1)
        machine.the_board_is_that_from_scratch()
    assert len(machine.closed._kept) == 1
    machine.teardown()
