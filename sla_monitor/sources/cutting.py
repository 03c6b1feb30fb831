"""Samples → slices (measurement.md 1). Pure: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Floats, Ints, Slices
from sla_monitor.compliance.spans import Span

Mask = npt.NDArray[np.bool_]

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
    """Values at first, first+step, …; NaN where there is none, Inf where the answer is NaN or infinite."""
    grid = np.full(count, np.nan)
    index = (times - first) // step
    inside = (index >= 0) & (index < count)
    grid[index[inside]] = np.where(np.isfinite(values), values, np.inf)[inside]
    return grid


def finite(values: Floats) -> Floats:
    """NaN where there is no number, whatever the reason."""
    return np.where(np.isfinite(values), values, np.nan)


def whole(values: Floats) -> Floats:
    """Rounded where within max(1e-3, 2e-5 × value) of an integer."""
    nearest = np.rint(values)
    near = np.abs(values - nearest) <= np.maximum(NEAR_INTEGER, NEAR_INTEGER_SHARE * np.abs(values))
    return np.where(near, nearest, values)


def added(parts: list[Floats]) -> Floats:
    """The sum, where missing parts count nothing; NaN where all are missing."""
    stacked = np.stack(parts)
    return np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))


def events(
    span: Span, s: int, total: Floats, part: Floats, known: Mask, *, part_is_bad: bool, part_is_kept: bool = False
) -> Cut:
    """total, part: (n,) events of each slice, NaN where missing, Inf where they are no number. known: (n,).

    A missing part beside a present total is 0 of it: a counter never incremented does not exist. Where the
    `part_is_kept` beside the total at all times, its absence contradicts the total.
    """
    known = known & ~np.isinf(total) & ~np.isinf(part)
    absent = np.isnan(part)
    total, part = whole(_counted(total)), whole(_counted(part))
    excess = part > total * (1 + NEAR_INTEGER_SHARE) + NEAR_INTEGER
    wrong = known & (excess | (part < 0) | (total < 0) | (part_is_kept & absent & (total > 0)))
    sure = known & ~wrong
    part = np.minimum(part, total)
    good = total - part if part_is_bad else part
    starts = np.arange(span.start, span.end, s, dtype=np.int64)
    slices = Slices(s, starts, np.where(sure, good, 0.0), np.where(sure, total, 0.0), np.where(sure, s, 0))
    return Cut(slices, int(wrong.sum()))


def _counted(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


def seconds(span: Span, s: int, share: Floats, series: Floats | None = None) -> Cut:
    """share: (n·k,) up share at each step, NaN where unknown. series: how many series are pooled in it."""
    contradicts = (share < 0) | (share > 1)
    states = np.where(contradicts, np.nan, share).reshape(-1, len(share) * s // span.seconds)
    r = s // states.shape[1]
    weight = np.ones_like(states) if series is None else np.nan_to_num(series).reshape(states.shape)
    sure = ~np.isnan(states)
    good = _in_order(np.where(sure, states, 0.0) * weight) * r
    total = _in_order(sure * weight) * r
    starts = np.arange(span.start, span.end, s, dtype=np.int64)
    known = sure.sum(axis=1, dtype=np.int64) * r
    return Cut(Slices(s, starts, good, total, known, states), int(contradicts.sum()))


def _in_order(table: Floats) -> Floats:
    """Sums of the rows, the same to the last bit however many rows there are, which sum() does not promise."""
    sums: Floats = np.cumsum(table, axis=1)[:, -1]
    return sums


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
