"""Samples → slices (measurement.md 1). Pure: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Floats, Ints, Slices
from sla_monitor.compliance.spans import Span

NEAR_INTEGER = 1e-3
NEAR_INTEGER_SHARE = 2e-5
"""What extrapolation leaves over at most: a counter whose samples are integers gives integers."""

QUORUM = 0.5


@dataclass(frozen=True)
class Cut:
    """The slices, and how many were unknown only because the queries contradicted themselves."""

    slices: Slices
    contradictions: int = 0


def on_grid(times: Ints, values: Floats, first: int, count: int, step: int) -> Floats:
    """Values at first, first+step, …; NaN where there is none, and for NaN and ±Inf."""
    grid = np.full(count, np.nan)
    index = (times - first) // step
    inside = (index >= 0) & (index < count) & np.isfinite(values)
    grid[index[inside]] = values[inside]
    return grid


def whole(values: Floats) -> Floats:
    """Rounded where within max(1e-3, 2e-5 × value) of an integer."""
    nearest = np.rint(values)
    near = np.abs(values - nearest) <= np.maximum(NEAR_INTEGER, NEAR_INTEGER_SHARE * np.abs(values))
    return np.where(near, nearest, values)


def added(parts: list[Floats]) -> Floats:
    """The sum, where missing parts count nothing; NaN where all are missing."""
    stacked = np.stack(parts)
    return np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))


def events(span: Span, s: int, total: Floats, part: Floats, known: Floats, *, part_is_bad: bool) -> Cut:
    """total, part: (n,) events of each slice, NaN where missing. known: (n,) booleans.

    A missing part beside a present total is 0 of it: a counter never incremented does not exist.
    """
    total, part = whole(np.nan_to_num(total)), whole(np.nan_to_num(part))
    excess = part > total * (1 + NEAR_INTEGER_SHARE) + NEAR_INTEGER
    wrong = known.astype(bool) & (excess | (part < 0) | (total < 0))
    sure = known.astype(bool) & ~wrong
    part = np.minimum(part, total)
    good = total - part if part_is_bad else part
    starts = np.arange(span.start, span.end, s, dtype=np.int64)
    slices = Slices(s, starts, np.where(sure, good, 0.0), np.where(sure, total, 0.0), np.where(sure, s, 0))
    return Cut(slices, int(wrong.sum()))


def seconds(span: Span, s: int, share: Floats, series: Floats | None = None) -> Cut:
    """share: (n·k,) up share at each step, NaN where unknown. series: how many series are pooled in it."""
    contradicts = (share < 0) | (share > 1)
    states = np.where(contradicts, np.nan, share).reshape(-1, len(share) * s // span.seconds)
    r = s // states.shape[1]
    weight = np.ones_like(states) if series is None else np.nan_to_num(series).reshape(states.shape)
    sure = ~np.isnan(states)
    good = (np.where(sure, states, 0.0) * weight).sum(axis=1) * r
    total = (sure * weight).sum(axis=1) * r
    starts = np.arange(span.start, span.end, s, dtype=np.int64)
    known = sure.sum(axis=1, dtype=np.int64) * r
    return Cut(Slices(s, starts, good, total, known, states), int(contradicts.sum()))


def held(values: Floats, comparison: Comparison, limit: float) -> Floats:
    """1 where the gauge holds against its limit, 0 where not, NaN where there is no value.

    Compared as floats, as PromQL does: 0.3 measured is 0.3 agreed.
    """
    compare = {
        Comparison.GE: np.greater_equal,
        Comparison.GT: np.greater,
        Comparison.LE: np.less_equal,
        Comparison.LT: np.less,
    }
    return np.where(np.isnan(values), np.nan, compare[comparison](values, limit).astype(np.float64))


def quorum(share: Floats) -> Floats:
    """Up while more than half of the series are."""
    return np.where(np.isnan(share), np.nan, (share > QUORUM).astype(np.float64))
