"""Slices put together, and amounts that add up exactly in any order."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import slices
from sla_monitor.compliance.slices import PART, Slices
from sla_monitor.compliance.spans import Span
from tests.compliance.specimens import measured

amounts = st.lists(st.floats(0, 1e12), max_size=50)


def with_states(start: int, *states: list[float]) -> Slices:
    rows = measured((start + 60 * i, 0, 0, 60) for i in range(len(states)))
    return Slices(60, rows.starts, rows.good, rows.total, rows.known, np.array(states))


@given(amounts)
def test_fixed_point_is_exact_to_half_a_part(values: list[float]) -> None:
    exact = sum(map(Fraction, values), Fraction(0))
    assert abs(slices.exactly(slices.fixed(np.array(values, np.float64))) - exact) <= Fraction(len(values), 2 * PART)


@given(st.lists(st.integers(0, 2**53), max_size=50))
def test_counts_are_exact(values: list[int]) -> None:
    assert slices.exactly(slices.fixed(np.array(values, np.float64))) == sum(values)


@pytest.mark.parametrize("largest", [2**53 - 1, 2**52, 2**40])
def test_sums_may_be_larger_than_the_integers_of_a_processor(largest: int) -> None:
    """2,000 of 2^53: about 2^64. In int64 that would come to something below 0."""
    cells = slices.cells_of(measured((60 * i, largest - 1, largest, 60) for i in range(2000)))
    assert slices.exactly(cells.total) == 2000 * largest
    assert cells.held(np.array([0, 1500]), np.array([1000, 2000])) == (1500 * (largest - 1), 1500 * largest, 90_000)


@pytest.mark.parametrize("count", [slices.MANY - 2, slices.MANY, 2 * slices.MANY])
def test_spans_are_looked_up_the_same_in_few_cells_and_in_very_many(count: int) -> None:
    cells = slices.cells_of(measured((60 * i, i % 7, i % 7 + 0.25, 60 - i % 2) for i in range(count)))
    spans = [Span(120, 600), Span(60 * (count - 5), 60 * (count + 9)), Span(-60, 0)]
    assert cells.uncut(spans) == cells.held(np.array([2, count - 5]), np.array([10, count]))
    assert cells.uncut([*spans, Span(630, 660)]) is None


@given(amounts)
def test_sums_do_not_depend_on_order(values: list[float]) -> None:
    shuffled = random.sample(values, len(values))
    there, back = (slices.exactly(slices.fixed(np.array(order, np.float64))) for order in (values, shuffled))
    assert there == back


@given(st.one_of(amounts, st.lists(st.integers(0, 10**9).map(float))).filter(len), st.sets(st.integers(1, 49)))
def test_runs_add_up_to_what_is_in_them(values: list[float], inside: set[int]) -> None:
    firsts = sorted({0, *inside} & set(range(len(values))))
    found = slices.summed(np.array(values), np.array(firsts))
    runs = [values[first:last] for first, last in pairwise([*firsts, len(values)])]
    assert [slices.exactly(row[None]) for row in found] == [slices.exactly(slices.fixed(np.array(run))) for run in runs]


@given(st.floats(0, 1e12), st.floats(0, 1))
def test_good_never_exceeds_total_by_fixing(total: float, share: float) -> None:
    good, whole = (slices.exactly(slices.fixed(np.array([value]))) for value in (total * share, total))
    assert good <= whole


def test_amounts_as_floats_for_drawing() -> None:
    assert slices.as_floats(slices.fixed(np.array([0.5, 3.0, 7.25]))).tolist() == [0.5, 3.0, 7.25]


def test_of_two_slices_for_one_cell_the_later_wins() -> None:
    old, new = measured([(0, 1, 2, 60), (120, 1, 2, 60)]), measured([(60, 5, 6, 60), (120, 3, 4, 60)])
    both = slices.joined([old, new])
    assert (both.starts.tolist(), both.good.tolist(), both.total.tolist()) == ([0, 60, 120], [1, 5, 3], [2, 6, 4])
    assert slices.joined([new, old]).good.tolist() == [1, 5, 1]


def test_states_are_brought_to_the_finest_resolution() -> None:
    both = slices.joined([with_states(0, [1.0, 0.0]), slices.empty(60), with_states(60, [1.0, 0.5, 0.0])])
    assert both.states is not None
    assert both.states.tolist() == [[1, 1, 1, 0, 0, 0], [1, 1, 0.5, 0.5, 0, 0]]


def test_slices_of_events_have_no_states() -> None:
    assert slices.joined([slices.empty(60), slices.empty(60)]).states is None
    assert slices.joined([measured([(0, 1, 1, 60)]), with_states(60, [1.0])]).states is None


def test_the_later_slice_brings_its_own_states() -> None:
    both = slices.joined([with_states(0, [1.0], [1.0]), with_states(60, [0.0])])
    assert both.states is not None
    assert both.states.tolist() == [[1.0], [0.0]]
    assert both.between(60, 120).states is not None
    assert both.between(60, 120).states.tolist() == [[0.0]]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 180, [0, 60, 120]), (60, 120, [60]), (61, 120, []), (1, 121, [60, 120])]
)
def test_slices_that_start_inside(start: int, end: int, expected: list[int]) -> None:
    three = measured((k * 60, 0, 0, 60) for k in range(3))
    assert three.between(start, end).starts.tolist() == expected


def test_the_end_of_slices() -> None:
    assert measured([(0, 0, 0, 60), (300, 0, 0, 60)]).end == 360
    assert len(slices.empty(60)) == 0


def test_cells_put_together_are_sorted() -> None:
    early, late = (slices.cells_of(measured([(start, 1, 2, 30)])) for start in (0, 60))
    both = slices.concatenated([late, early])
    assert (both.starts.tolist(), both.ends.tolist(), both.known.tolist()) == ([0, 60], [60, 120], [30, 30])
    assert both.held(np.array([0]), np.array([2])) == (2, 4, 60)
    assert both.held(np.array([1]), np.array([2])) == (1, 2, 30)
    assert len(both) == 2


@pytest.mark.parametrize(
    ("values", "most", "expected"),
    [
        ([], 9, []),
        ([5.0], 9, [0]),
        ([5.0, 5.0, 5.0], 9, [0, 2]),
        ([5.0, 5.0, 4.0, 4.0, 4.0, 3.0], 9, [0, 1, 2, 4, 5]),
        ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], 3, [0, 2, 5]),
    ],
)
def test_a_curve_is_drawn_by_its_turning_points(values: list[float], most: int, expected: list[int]) -> None:
    assert slices.turning_points(np.array(values), most).tolist() == expected
