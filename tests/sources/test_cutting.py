"""Numbers in, slices out: what holds for all numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.spans import Span
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
    times = np.array([START - 60, START, START + 60, START + 120, START + 180])
    values = np.array([1.0, 2.0, np.nan, np.inf, 5.0])
    found = cutting.on_grid(times, values, START, 3, 60)
    assert found[0] == 2
    assert np.isinf(found[1:]).all()
    assert np.isnan(cutting.on_grid(times[:0], values[:0], START, 3, 60)).all()
    assert np.isnan(cutting.finite(found)[1:]).all()


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
