"""Numbers in, slices out: what holds for all numbers."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Down
from sla_monitor.sources import cutting

START = 1_780_272_000
AMOUNT = st.one_of(
    st.integers(0, 10**6).map(float),
    st.floats(-10, 1e9, allow_nan=False),
    st.sampled_from([np.nan, np.inf]),
)
SLICE = st.tuples(AMOUNT, AMOUNT, st.booleans())


@given(st.lists(SLICE, min_size=1, max_size=30), st.booleans(), st.booleans())
def test_slices_of_events_are_sound_whatever_is_answered(
    given_: list[tuple[float, float, bool]], part_is_bad: bool, part_is_kept: bool
) -> None:
    total, part, known = (np.array(column) for column in zip(*given_, strict=True))
    span = Span(START, START + 60 * len(given_))
    cut = cutting.events(span, 60, total, part, known, part_is_bad=part_is_bad, part_is_kept=part_is_kept)
    held = cut.slices
    assert len(held) == len(given_)
    assert held.starts.tolist() == list(range(span.start, span.end, 60))
    assert set(held.known.tolist()) <= {0, 60}
    assert np.isfinite(held.good).all()
    assert np.isfinite(held.total).all()
    assert (held.good >= 0).all()
    assert (held.good <= held.total).all()
    assert (held.total[held.known == 0] == 0).all()
    assert not held.known[~known].any()
    assert not held.known[np.isinf(total) | np.isinf(part)].any()
    unknown = int((held.known == 0).sum())
    assert unknown == int((~known | np.isinf(total) | np.isinf(part)).sum()) + cut.contradictions


@given(st.integers(0, 10**9), st.floats(-1, 1))
def test_what_extrapolation_leaves_of_an_integer_is_that_integer(count: int, share: float) -> None:
    off = share * max(cutting.NEAR_INTEGER, cutting.NEAR_INTEGER_SHARE * count) * 0.99
    near = off < 0.5 if count < 1000 else abs(off) < 0.5
    if near:
        assert cutting.whole(np.array([count + off]))[0] == count


@given(st.integers(0, 1000), st.floats(0.01, 0.99))
def test_counters_of_fractions_stay_fractions(count: int, fraction: float) -> None:
    value = np.array([count + fraction])
    assert cutting.whole(value)[0] in (value[0], np.rint(value[0]))
    if abs(fraction - round(fraction)) > 0.03:
        assert cutting.whole(value)[0] == value[0]


@given(st.lists(st.one_of(st.floats(-0.5, 1.5), st.just(np.nan)), min_size=8, max_size=8))
def test_seconds_derive_from_states(states: list[float]) -> None:
    share = np.array(states)
    cut = cutting.seconds(Span(START, START + 120), 60, share)
    sound = ~np.isnan(share) & (share >= 0) & (share <= 1)
    assert cut.slices.states is not None
    np.testing.assert_array_equal(np.isnan(cut.slices.states.ravel()), ~sound)
    np.testing.assert_array_equal(cut.slices.known, sound.reshape(2, 4).sum(axis=1) * 15)
    np.testing.assert_allclose(cut.slices.good, np.where(sound, share, 0).reshape(2, 4).sum(axis=1) * 15)
    assert cut.contradictions == ((share < 0) | (share > 1)).sum()


def test_samples_off_the_grid_or_out_of_it_are_left_out() -> None:
    grid = np.full((2, 3), np.nan)
    rows, index = np.array([1, 1, 1, 1, 1, -1, 0]), np.array([-1, 0, 1, 2, 3, 1, 1])
    cutting.put(grid, rows, index, np.array([1.0, 2.0, np.nan, np.inf, 5.0, 6.0, 7.0]))
    np.testing.assert_array_equal(grid, [[np.nan, 7, np.nan], [2, np.inf, np.inf]])
    assert np.isnan(cutting.finite(grid[1])[1:]).all()


def test_missing_parts_add_nothing_and_only_missing_ones_are_missing() -> None:
    parts = [np.array([1.0, np.nan, np.nan, np.inf]), np.array([2.0, 3.0, np.nan, 1.0])]
    found = cutting.added(parts)
    assert found[:2].tolist() == [3.0, 3.0]
    assert np.isnan(found[2])
    assert np.isinf(found[3])


@pytest.mark.parametrize(
    ("comparison", "states"),
    [(Comparison.GE, [0, 1, 1]), (Comparison.GT, [0, 0, 1]), (Comparison.LE, [1, 1, 0]), (Comparison.LT, [1, 0, 0])],
)
def test_a_gauge_holds_against_its_limit_as_promql_compares(comparison: Comparison, states: list[float]) -> None:
    found = cutting.held(np.array([0.1, 0.3, 0.5, np.nan]), comparison, 0.3)
    assert found[:3].tolist() == states
    assert np.isnan(found[3])


def test_half_of_the_series_is_no_quorum() -> None:
    found = cutting.quorum(np.array([0.0, 0.5, 2 / 3, 1.0, np.nan]))
    assert found[:4].tolist() == [0, 0, 1, 1]
    assert np.isnan(found[4])


@given(st.lists(st.fractions(0, 1, max_denominator=7), min_size=60, max_size=60), st.integers(1, 5))
def test_a_slice_is_the_same_whatever_is_cut_with_it(shares: list[Fraction], others: int) -> None:
    share = np.array([float(one) for one in shares])
    alone = cutting.seconds(Span(START, START + 60), 60, share).slices
    among = cutting.seconds(Span(START, START + 60 * (others + 1)), 60, np.tile(share, others + 1)).slices
    assert set(among.good.tolist()) == set(alone.good.tolist())


@given(st.lists(st.tuples(AMOUNT, st.booleans()), min_size=1, max_size=30), st.booleans())
def test_amounts_are_known_or_nothing(given_: list[tuple[float, bool]], is_counter: bool) -> None:
    amount, known = (np.array(column) for column in zip(*given_, strict=True))
    cut = cutting.amounts(Span(START, START + 60 * len(given_)), 60, amount, known, is_counter=is_counter)
    held = cut.slices
    np.testing.assert_array_equal(held.good, held.total)
    below = known & (amount < -cutting.NEAR_INTEGER)
    assert not held.known[below | ~known | np.isinf(amount)].any()
    assert held.known[known & ~(amount < 0) & ~np.isinf(amount)].all()
    assert cut.contradictions == ((held.known == 0) & known & np.isfinite(amount)).sum()
    assert not held.total[held.known == 0].any()
    told = known & np.isfinite(amount) & (amount >= 0)
    expected = cutting.whole(amount[told]) if is_counter else amount[told]
    np.testing.assert_array_equal(held.total[told], expected)
    assert not held.total[~told].any()


SAMPLE = st.one_of(st.integers(-1000, 1000).map(float), st.just(np.nan))


@given(st.lists(st.tuples(SAMPLE, st.booleans()), min_size=8, max_size=8))
def test_values_hold_each_sample_and_count_silence_as_known(given_: list[tuple[float, bool]]) -> None:
    samples, quiet = (np.array(column) for column in zip(*given_, strict=True))
    there = ~np.isnan(samples)
    held = cutting.values(Span(START, START + 120), 60, samples, quiet & ~there).slices
    assert held.states is not None
    np.testing.assert_array_equal(held.states.ravel(), samples)
    np.testing.assert_array_equal(held.total, there.reshape(2, 4).sum(axis=1))
    np.testing.assert_array_equal(held.good, np.nan_to_num(samples).reshape(2, 4).sum(axis=1))
    np.testing.assert_array_equal(held.known, (there | quiet).reshape(2, 4).sum(axis=1) * 15)
    assert not held.total[held.known == 0].any()


SHARE = st.one_of(st.sampled_from([0.0, 1.0, np.nan]), st.floats(0, 1))
PARTS = st.lists(st.lists(SHARE, min_size=4, max_size=4), min_size=1, max_size=4)


def combined(down: Down, parts: list[list[float]]) -> list[float]:
    span = Span(START, START + 60)
    cut = cutting.composite(span, down, [cutting.seconds(span, 60, np.array(part)) for part in parts])
    assert cut.slices.states is not None
    return [float(one) for one in cut.slices.states.ravel()]


@given(PARTS, st.sampled_from(Down), st.floats(0, 1))
def test_whatever_fills_the_gaps_a_composite_that_is_known_stays(
    parts: list[list[float]], down: Down, filling: float
) -> None:
    """And what is unknown depends on what fills them: neither filling with all up nor all down decides it."""
    filled = [[filling if np.isnan(one) else one for one in part] for part in parts]
    best, worst = ([[fill if np.isnan(one) else one for one in part] for part in parts] for fill in (1.0, 0.0))
    rows = zip(combined(down, parts), combined(down, filled), combined(down, best), combined(down, worst), strict=True)
    for state, any_way, high, low in rows:
        if np.isnan(state):
            assert low < high
        else:
            assert state == any_way == high == low


@given(PARTS, st.sampled_from(Down), st.randoms())
def test_the_order_of_parts_never_matters(parts: list[list[float]], down: Down, random: Random) -> None:
    shuffled = random.sample(parts, len(parts))
    np.testing.assert_array_equal(combined(down, parts), combined(down, shuffled))


@given(PARTS)
def test_down_while_all_are_is_never_more_down_than_while_any_is(parts: list[list[float]]) -> None:
    for all_, any_ in zip(combined(Down.ALL, parts), combined(Down.ANY, parts), strict=True):
        assert np.isnan(all_) or np.isnan(any_) or all_ >= any_


def test_slices_of_events_are_up_by_their_good_share() -> None:
    starts = np.arange(START, START + 240, 60)
    events = Slices(60, starts, np.array([3.0, 0, 0, 0]), np.array([4.0, 5, 0, 0]), np.array([60, 60, 60, 0]))
    found = cutting.composite(Span(START, START + 240), Down.ANY, [cutting.Cut(events, np.array([0, 1, 0, 0]))])
    assert found.slices.good.tolist() == [45, 0, 60, 0]
    assert found.slices.known.tolist() == [60, 60, 60, 0]
    assert found.contradictions == 1


@pytest.mark.parametrize("value", [2.0**53, -(2.0**53), np.inf, np.nan])
def test_numbers_too_large_to_add_up_are_none(value: float) -> None:
    grid = np.full((1, 1), np.nan)
    cutting.put(grid, np.array([0]), np.array([0]), np.array([value]))
    assert np.isinf(grid[0, 0])
