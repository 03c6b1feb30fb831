"""Service silent, source silent and monitor absent are told apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.coverages import Coverage, coverage_of, together
from sla_monitor.compliance.slices import Slices, empty
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from tests.compliance.specimens import measured

HOUR = Spans((Span(0, 3600),))
BUSY, QUIET, DARK = (9.0, 10.0, 60), (0.0, 0.0, 60), (0.0, 0.0, 0)


def events(*found: tuple[float, float, int]) -> Slices:
    return measured([(index * 60, *one) for index, one in enumerate(found)])


def seconds(*states: list[float]) -> Slices:
    table = np.array(states)
    known = (~np.isnan(table)).sum(axis=1) * 60 // table.shape[1]
    good = np.nansum(table, axis=1) * 60 / table.shape[1]
    return Slices(60, np.arange(len(states)) * 60, good, known.astype(float), known, table)


def minutes(first: int, last: int) -> Spans:
    return Spans((Span(first * 60, last * 60),))


def test_four_kinds_of_minutes() -> None:
    held = events(BUSY, BUSY, QUIET, DARK, DARK, BUSY)
    assert coverage_of(held, minutes(0, 6), minutes(0, 8)) == Coverage(
        known=Spans((Span(0, 120), Span(300, 360))),
        quiet=minutes(2, 3),
        unseen=minutes(3, 5),
        unasked=minutes(6, 8),
    )


def test_what_was_asked_for_and_is_not_there_is_unseen() -> None:
    assert coverage_of(empty(60), minutes(0, 10), minutes(0, 20)) == Coverage(
        unseen=minutes(0, 10), unasked=minutes(10, 20)
    )


def test_a_slice_that_nobody_asked_for_says_nothing() -> None:
    """It cannot be; were it so, the book of what was measured would be right."""
    assert coverage_of(events(BUSY, BUSY), minutes(0, 1), minutes(0, 2)) == Coverage(
        known=minutes(0, 1), unasked=minutes(1, 2)
    )


def test_only_the_population_is_told_of() -> None:
    held = events(BUSY, QUIET, DARK, BUSY)
    assert coverage_of(held, HOUR, Spans((Span(30, 150),))) == Coverage(
        known=Spans((Span(30, 60),)), quiet=minutes(1, 2), unseen=Spans((Span(120, 150),))
    )


def test_sampled_time_is_told_apart_step_by_step() -> None:
    nan = float("nan")
    held = seconds([1, 0, nan, nan], [nan, 1, 1, 1])
    assert coverage_of(held, minutes(0, 2), minutes(0, 2)) == Coverage(
        known=Spans((Span(0, 30), Span(75, 120))), unseen=Spans((Span(30, 75),))
    )


def test_measurements_one_after_the_other() -> None:
    first = coverage_of(events(BUSY, DARK), minutes(0, 2), minutes(0, 2))
    later = coverage_of(measured([(120, *DARK), (180, *QUIET)]), minutes(2, 4), minutes(2, 5))
    assert together([first, later]) == Coverage(
        known=minutes(0, 1), quiet=minutes(3, 4), unseen=minutes(1, 3), unasked=minutes(4, 5)
    )
    assert together([]) == Coverage()


spans_ = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300)), max_size=4).map(
    lambda found: Spans.of(Span(start, start + length) for start, length in found)
)


@given(
    st.lists(st.sampled_from([BUSY, QUIET, DARK]), max_size=15),
    spans_,
    spans_,
)
def test_every_second_of_the_population_is_of_exactly_one_kind(
    found: list[tuple[float, float, int]], asked: Spans, population: Spans
) -> None:
    held = events(*found)
    told = coverage_of(held, asked, population)
    kinds = (told.known, told.quiet, told.unseen, told.unasked)
    assert told.seconds == population.seconds
    assert Spans.of(span for kind in kinds for span in kind) == population
    for second in range(0, 1200, 7):
        (kind,) = [kind for kind in kinds if any(second in span for span in kind)] or [NOWHEN]
        in_it = any(second in span for span in population)
        assert bool(kind) == in_it
        if in_it:
            minute = second // 60
            was_asked = any(second in span for span in asked)
            state = found[minute] if minute < len(found) else DARK
            expected = {BUSY: told.known, QUIET: told.quiet, DARK: told.unseen}[state] if was_asked else told.unasked
            assert kind is expected
