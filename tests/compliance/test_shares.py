"""Fractions as columns say what `Fraction` says."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import shares

BELOW = st.one_of(st.integers(1, 2000), st.integers(1, 10**12), st.integers(1, 10**20))
FRACTIONS = st.lists(
    st.fractions(0, 1).filter(lambda one: one < 1) | st.builds(lambda n: Fraction(1, n), BELOW), min_size=1
)
LARGEST = np.iinfo(np.int64).max


def columns(fractions: list[Fraction]) -> tuple[shares.Wholes, shares.Wholes]:
    above, below = zip(*((one.numerator, one.denominator) for one in fractions), strict=True)
    return tuple(shares.fitting(np.array(column, object), 1) for column in (above, below))  # type: ignore[return-value]


@given(st.lists(st.integers(-LARGEST - 1, LARGEST)), st.integers(-(10**20), 10**20))
def test_a_product_is_what_it_is(values, times):
    fitting = shares.fitting(np.array(values, np.int64), times)
    assert (fitting * times).tolist() == [one * times for one in values]


@given(st.lists(st.tuples(BELOW, BELOW), min_size=1))
def test_in_lowest_terms(pairs):
    found = shares.reduced(*(shares.fitting(np.array(column, object), 1) for column in zip(*pairs, strict=True)))
    fractions = [Fraction(*pair) for pair in pairs]
    assert list(zip(*(column.tolist() for column in found), strict=True)) == [
        (one.numerator, one.denominator) for one in fractions
    ]


@given(FRACTIONS, st.sampled_from([10, 10**6, 10**12]))
def test_the_common_denominator_unless_it_is_too_large(fractions, most):
    _, below = columns(fractions)
    whole = lcm(*below.tolist())
    assert shares.common((below[:1], below), most) == (whole if whole <= most else None)


@given(FRACTIONS)
def test_whole_parts_are_exact(fractions):
    above, below = columns(fractions)
    parts = lcm(*below.tolist())
    if parts < shares.FINEST:
        assert [Fraction(one, parts) for one in shares.rounded(above, below, parts).tolist()] == fractions


@given(FRACTIONS, st.sampled_from([shares.FINEST, 10**6]))
def test_others_are_rounded_half_to_even(fractions, parts):
    assert shares.rounded(*columns(fractions), parts).tolist() == [round(one * parts) for one in fractions]


def test_halves_go_to_the_even():
    halves = [Fraction(2 * n + 1, 2 * shares.FINEST) for n in range(4)]
    assert shares.rounded(*columns([*halves, Fraction(1, 3)]), shares.FINEST).tolist()[:4] == [0, 2, 2, 4]
