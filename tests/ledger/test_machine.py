"""The ledger against a plain dictionary: any writes, rewrites, late slices, backfills and reopenings, in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.slices import cells_of, exactly
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from tests.ledger.places import Places, SqlitePlaces
from tests.ledger.specimens import DAY, MINUTE, PROBE, QUARTERS, REQUESTS, START, rows, slices, write

MEASUREMENTS = st.sampled_from([REQUESTS, PROBE, QUARTERS])
FIRST = START - 3 * DAY


class LedgerAgainstDictionary(RuleBasedStateMachine):
    """`held`: measurement → start → (good, total, known, states), as a dictionary would keep it."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.places, self.place = places, places.make()
        self.book = self.place.opened()
        self.held: dict[Any, dict[int, tuple[float, float, int]]] = {REQUESTS: {}, PROBE: {}, QUARTERS: {}}
        self.states: dict[int, list[float]] = {}
        self.edge = START

    def teardown(self) -> None:
        self.places.drop(self.place)

    def put(self, measurement: Any, start: int, count: int, seed: int) -> None:
        start = start // measurement.slice_seconds * measurement.slice_seconds
        written = slices(measurement, start, count, seed=seed)
        fresh, before = rows(written), self.held[measurement]
        sums = sum(before[at] != row for at, row in fresh.items() if at in before)
        told = write(self.book, measurement, written)
        assert told >= sums
        assert told == sums or measurement is not REQUESTS  # of a probe the states alone may differ
        before.update(fresh)
        if measurement is PROBE and written.states is not None:
            self.states.update(zip(fresh, written.states.tolist(), strict=True))

    @rule(count=st.integers(1, 6), seed=st.integers(0, 5), overlap=st.integers(0, 5))
    def a_cycle(self, count: int, seed: int, overlap: int) -> None:
        """All measurements at the edge, the last slices again."""
        for measurement in self.held:
            self.put(measurement, self.edge - overlap * MINUTE, count + overlap, seed)
        self.edge += count * MINUTE

    @rule(
        measurement=MEASUREMENTS, minutes=st.integers(0, 5 * 1440), count=st.integers(1, 2000), seed=st.integers(0, 9)
    )
    def a_backfill(self, measurement: Any, minutes: int, count: int, seed: int) -> None:
        self.put(measurement, FIRST + minutes * MINUTE, min(count, 2000 * MINUTE // measurement.slice_seconds), seed)

    @rule(hours=st.integers(1, 50))
    def an_outage(self, hours: int) -> None:
        self.edge += hours * 3600

    @rule()
    def a_restart(self) -> None:
        self.book.store.close()
        self.book = self.place.opened()

    @invariant()
    def slices_are_those_of_the_dictionary(self) -> None:
        for measurement, held in self.held.items():
            found = self.book.slices(measurement.key, Span(0, 1 << 40))
            assert rows(found) == dict(sorted(held.items()))
            if measurement is PROBE and held:
                assert found.states is not None
                np.testing.assert_array_equal(found.states, np.array([self.states[at] for at in sorted(held)]))

    @rule(ago=st.integers(0, 3 * 1440), back=st.integers(0, 400), length=st.integers(0, 400), writes=st.booleans())
    def what_is_opened_together_is_what_each_one_holds(self, ago: int, back: int, length: int, *, writes: bool) -> None:
        """Also when it is packed while it is looked at."""
        stranger, start = MeasurementKey("nobody's"), self.edge - (ago + back) * MINUTE
        opened = self.book.opened([*(m.key for m in self.held), stranger], self.edge - ago * MINUTE)
        span = Span(start, start + length * MINUTE).before(self.edge // 900 * 900)
        if writes:
            self.a_cycle(200, 1, 0)
        for measurement in self.held:
            found, alone = (book.slices(measurement.key, span) for book in (opened, self.book))
            assert rows(found) == rows(alone)
            assert (found.states is None) == (alone.states is None) or not len(found)
            if found.states is not None and alone.states is not None:
                np.testing.assert_array_equal(found.states, alone.states)
        assert not len(opened.slices(stranger, span))

    @invariant()
    def measured_is_what_was_written(self) -> None:
        for measurement, spans in self.book.measured(m.key for m in self.held).items():
            held = next(m for m in self.held if m.key == measurement)
            s = held.slice_seconds
            assert spans == Spans.of(Span(start, start + s) for start in self.held[held])

    @precondition(lambda self: any(self.held.values()))
    @rule(
        start=st.integers(-10, 6 * 1440),
        length=st.integers(1, 5 * 1440),
        cuts=st.lists(st.integers(-100, 8 * 1440), max_size=4),
    )
    def cells_are_those_from_scratch(self, start: int, length: int, cuts: list[int]) -> None:
        span = Span(FIRST + start * MINUTE, FIRST + (start + length) * MINUTE)
        instants = tuple(sorted(FIRST + cut * MINUTE for cut in cuts))
        found = self.book.cells([Reach(m.key, span, instants) for m in self.held])
        for measurement, cells in zip(self.held, found, strict=True):
            scratch = cells_of(self.book.slices(measurement.key, span))
            assert not any(np.any((cells.starts < cut) & (cut < cells.ends)) for cut in instants if cut % 900 == 0)
            assert np.all(cells.starts[1:] >= cells.ends[:-1])
            for part in (
                Span(*ends)
                for ends in zip((span.start, *instants), (*instants, span.end), strict=True)
                if ends[0] <= ends[1]
            ):
                inside = [(one.starts >= part.start) & (one.ends <= part.end) for one in (cells, scratch)]
                for name in ("good", "total"):
                    ours, plain = (
                        exactly(getattr(one, name)[mask]) for one, mask in zip((cells, scratch), inside, strict=True)
                    )
                    assert ours == plain
                assert cells.known[inside[0]].sum() == scratch.known[inside[1]].sum()


def test_the_ledger_says_what_the_dictionary_says(places: Places) -> None:
    # A database is made for each story, which takes PostgreSQL a second; the stories are told of SQLite.
    most = max(15, settings.default.max_examples // 2) if isinstance(places, SqlitePlaces) else 5
    tries = settings(max_examples=most, stateful_step_count=15, deadline=None)
    run_state_machine_as_test(lambda: LedgerAgainstDictionary(places), settings=tries)
