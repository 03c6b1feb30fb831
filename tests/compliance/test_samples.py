"""Statistics of samples whose resolution changed: each counts once, however its slice is kept."""

from __future__ import annotations

from fractions import Fraction
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements
from sla_monitor.compliance.methods import Stat, Statistic, Weight
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Slices, joined
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, SourceName, Value
from tests.compliance.specimens import agreement, objective

DAY = 86_400
START = 100 * DAY
WINDOW = Window("day", "1970-04-11", Span(START, START + DAY))
VALUES = Measurement(SourceName("default"), Value("took_seconds"), 60)
NONE = float("nan")


def kept(start: int, samples: list[list[float]]) -> Slices:
    """Slices of a minute whose steps were asked for at the resolution that their number tells; all of it known."""
    table = np.array(samples)
    there = ~np.isnan(table)
    starts = start + 60 * np.arange(len(table), dtype=np.int64)
    good, total = np.nan_to_num(table).sum(axis=1), there.sum(axis=1).astype(np.float64)
    return Slices(60, starts, good, total, np.full(len(table), 60), table)


def value_of(method: Stat, *parts: Slices) -> Fraction | None:
    promise = objective("100", method, measurement=VALUES, window=Calendar(Unit.DAY), comparison=Comparison.LE)
    held = {VALUES.key: joined(list(parts))}
    return judgements.judge(agreement(promise), promise, WINDOW, START + DAY, held).value


@pytest.mark.parametrize(
    ("method", "value"),
    [
        (Stat(Statistic.MEAN), Fraction(1 + 2 + 3 + 4 + 5 + 9, 6)),
        (Stat(Statistic.PERCENTILE, p=Fraction(50)), Fraction(3)),
        (Stat(Statistic.PERCENTILE, p=Fraction(80)), Fraction(5)),
        (Stat(Statistic.MAX), Fraction(9)),
        (Stat(Statistic.MEAN, Weight.SLICE), Fraction(1 + 3 + 7, 3)),
    ],
)
def test_a_sample_a_minute_beside_one_each_15_seconds(method: Stat, value: Fraction) -> None:
    """1 of one minute, then 2, 3 and 4, then 5 and 9: their means are 1, 3 and 7."""
    coarse, fine = kept(START, [[1.0]]), kept(START + 60, [[2.0, NONE, 3.0, 4.0], [NONE, 5.0, NONE, 9.0]])
    assert value_of(method, coarse, fine) == value


SAMPLES = st.one_of(st.integers(-50, 50).map(float), st.just(NONE))


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 6]), st.lists(SAMPLES, min_size=6, max_size=6)), max_size=8),
    st.sampled_from([Statistic.MEAN, Statistic.PERCENTILE, Statistic.MIN, Statistic.MAX]),
)
def test_any_mixture_of_resolutions(minutes: list[tuple[int, list[float]]], of: Statistic) -> None:
    parts = [kept(START + 60 * n, [samples[:steps]]) for n, (steps, samples) in enumerate(minutes)]
    there = sorted(Fraction(one) for steps, samples in minutes for one in samples[:steps] if not isnan(one))
    if not there:
        return
    expected = {
        Statistic.MEAN: sum(there, Fraction(0)) / len(there),
        Statistic.PERCENTILE: there[-(-len(there) * 90 // 100) - 1],
        Statistic.MIN: there[0],
        Statistic.MAX: there[-1],
    }
    p = Fraction(90) if of is Statistic.PERCENTILE else Fraction(0)
    assert value_of(Stat(of, p=p), *parts) == expected[of]
