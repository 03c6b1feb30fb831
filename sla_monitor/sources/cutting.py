"""Samples → slices (measurement.md 1). Pure: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import PART, Floats, Ints, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Down

Mask = npt.NDArray[np.bool_]

NEAR_INTEGER = 1e-3
NEAR_INTEGER_SHARE = 2e-5
"""What extrapolation leaves over at most: a counter whose samples are integers gives integers."""

LARGEST = 2.0**53
"""Beyond it floats leave out whole numbers, and sums are no longer exact."""

LEAST = 1 / PART
"""Less is what is left of floats that should cancel."""

QUORUM = 0.5


@dataclass(frozen=True)
class Cut:
    """The slices, and of each how much of it is unknown only because the queries contradicted themselves."""

    slices: Slices
    wrong: Ints

    @property
    def contradictions(self) -> int:
        return int(self.wrong.sum())


def put(grid: Floats, rows: Ints, index: Ints, values: Floats) -> None:
    """Values into a grid, of each its row and its index in it; Inf where the answer is no number to count with.

    What lies outside the grid is left out.
    """
    inside = (index >= 0) & (index < grid.shape[1]) & (rows >= 0)
    grid[rows[inside], index[inside]] = np.where(np.abs(values) < LARGEST, values, np.inf)[inside]


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
    slices = Slices(s, _starts(span, s), np.where(sure, good, 0.0), np.where(sure, total, 0.0), np.where(sure, s, 0))
    return Cut(slices, wrong.astype(np.int64))


def amounts(span: Span, s: int, amount: Floats, known: Mask, *, is_counter: bool) -> Cut:
    """amount: (n,) of each slice, NaN where missing, which is 0 of it, Inf where it is no number. known: (n,).

    A query's amount is taken to the last digit, since nothing extrapolated it. What adds up is never below 0: a
    total could not be told from one that goes down again.
    """
    known = known & ~np.isinf(amount)
    held = whole(_counted(amount)) if is_counter else _counted(amount)
    wrong = known & (held <= -LEAST)
    sure = known & ~wrong
    held = np.where(sure, np.maximum(held, 0.0), 0.0)
    return Cut(Slices(s, _starts(span, s), held, held, np.where(sure, s, 0)), wrong.astype(np.int64))


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
    known = sure.sum(axis=1, dtype=np.int64) * r
    wrong = contradicts.reshape(states.shape).sum(axis=1, dtype=np.int64)
    return Cut(Slices(s, _starts(span, s), good, total, known, states), wrong)


def values(span: Span, s: int, samples: Floats, silent: Mask) -> Cut:
    """samples: (n·k,) at each step, NaN where there is none. silent: (n·k,) a step without one that is known so."""
    states = samples.reshape(-1, len(samples) * s // span.seconds)
    r = s // states.shape[1]
    there = ~np.isnan(states)
    known = (there | silent.reshape(states.shape)).sum(axis=1, dtype=np.int64) * r
    good, count = _in_order(np.where(there, states, 0.0)), there.sum(axis=1)
    return Cut(Slices(s, _starts(span, s), good, count.astype(np.float64), known, states), np.zeros_like(count))


def composite(span: Span, down: Down, parts: Sequence[Cut]) -> Cut:
    """Up shares of the parts instant by instant: a coarser one's state stands for all its time.

    Down while any part is: up as far as the least of them. Down while all are: as far as the most. Where a part is
    unknown, the others decide only where they leave no doubt.
    """
    tables = [_states(part.slices) for part in parts]
    steps = lcm(*(table.shape[1] for table in tables))
    stacked = np.stack([np.repeat(table, steps // table.shape[1], axis=1) for table in tables])
    unknown = np.isnan(stacked)
    any_ = down is Down.ANY
    share = np.where(unknown, 1.0, stacked).min(axis=0) if any_ else np.where(unknown, 0.0, stacked).max(axis=0)
    sure = ~unknown.any(axis=0) | (share == (0.0 if any_ else 1.0))
    cut = seconds(span, parts[0].slices.seconds, np.where(sure, share, np.nan).ravel())
    return Cut(cut.slices, np.sum([part.wrong for part in parts], axis=0))


def _states(slices: Slices) -> Floats:
    """The up share at each step; a slice of events is one step, up by its good share, and up without traffic."""
    if slices.states is not None:
        return slices.states
    share = np.divide(slices.good, slices.total, out=np.ones(len(slices)), where=slices.total > 0)
    return np.where(slices.known > 0, share, np.nan)[:, None]


def _starts(span: Span, s: int) -> Ints:
    return np.arange(span.start, span.end, s, dtype=np.int64)


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
