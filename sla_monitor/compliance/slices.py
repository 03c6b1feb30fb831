"""Facts on a grid: what a source said of each slice, and cells that add them up.

Amounts are kept as fixed-point numbers, a whole part and a part in billionths, both int64. Their
sums are exact and do not depend on order or on how the time is split, which floats do not give.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.spans import Span

Ints = npt.NDArray[np.int64]
Wholes = npt.NDArray[Any]
"""Integers, Python's own where int64 is too small."""
Floats = npt.NDArray[np.float64]

PART = 10**9
"""Parts in one whole: amounts are exact to nine decimals, as contracts write them."""
MANY = 3000
"""Rows: two days of slices of a minute are fewer."""


@dataclass(frozen=True)
class Slices:
    """Slices of one measurement, at most one a grid cell, sorted by start.

    starts: (n,) POSIX seconds, multiples of the slice length. good, total: (n,) events, or seconds.
    known: (n,) seconds of the slice backed by data, 0 for an unknown slice, whose good and total are 0.
    states: (n, k) share up at each of the k steps of a slice of seconds, NaN where unknown; None for events.
    """

    seconds: int
    starts: Ints
    good: Floats
    total: Floats
    known: Ints
    states: Floats | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def end(self) -> int:
        """The end of the last slice; slices must not be empty."""
        return int(self.starts[-1]) + self.seconds

    def take(self, index: npt.NDArray[Any] | slice) -> Slices:
        states = None if self.states is None else self.states[index]
        return Slices(self.seconds, self.starts[index], self.good[index], self.total[index], self.known[index], states)

    def copied(self) -> Slices:
        """Without what they may be a part of."""
        return self.take(np.arange(len(self)))

    def between(self, start: int, end: int) -> Slices:
        """The slices that start inside `[start, end)`."""
        first, last = np.searchsorted(self.starts, (start, end))
        return self.take(slice(int(first), int(last)))


@dataclass(frozen=True)
class Block:
    """Slices of several measurements at the same instants, a row of each.

    starts: (k,) POSIX seconds. good, total, known: (n, k). states: (n, k, steps), None for events. As in `Slices`.
    """

    seconds: int
    starts: Ints
    good: Floats
    total: Floats
    known: Ints
    states: Floats | None = None

    @classmethod
    def alone(cls, held: Slices) -> Block:
        states = None if held.states is None else held.states[None]
        return cls(held.seconds, held.starts, held.good[None], held.total[None], held.known[None], states)

    @classmethod
    def below_each_other(cls, parts: Sequence[Block]) -> Block:
        """The measurements of several, at the same instants and with as many steps."""
        first = parts[0]
        columns = ([getattr(one, name) for one in parts] for name in ("good", "total", "known"))
        good, total, known = (np.concatenate(tables) for tables in columns)
        states = [one.states for one in parts if one.states is not None]
        return cls(first.seconds, first.starts, good, total, known, np.concatenate(states) if states else None)

    def of(self, row: int) -> Slices:
        """One measurement's."""
        states = None if self.states is None else self.states[row]
        return Slices(self.seconds, self.starts, self.good[row], self.total[row], self.known[row], states)

    def take(self, rows: npt.NDArray[Any] | slice, instants: slice = slice(None)) -> Block:
        good, total, known = self.good[rows][:, instants], self.total[rows][:, instants], self.known[rows][:, instants]
        states = None if self.states is None else self.states[rows][:, instants]
        return Block(self.seconds, self.starts[instants], good, total, known, states)


def joined(parts: list[Slices]) -> Slices:
    """Slices of one measurement put together; of two for the same cell the later part wins."""
    starts = np.concatenate([p.starts for p in parts])
    keep = len(starts) - 1 - np.unique(starts[::-1], return_index=True)[1]
    states = _states(parts)
    states = None if states is None else states[keep]
    columns = (np.concatenate([getattr(p, name) for p in parts])[keep] for name in ("good", "total", "known"))
    good, total, known = columns
    return Slices(parts[0].seconds, starts[keep], good, total, known, states)


def _states(parts: list[Slices]) -> Floats | None:
    """States put together, brought to the finest resolution that occurs; None for events."""
    held = [p.states for p in parts if len(p)]
    if not held or any(states is None for states in held):
        return None
    known = [states for states in held if states is not None]
    steps = lcm(*(states.shape[1] for states in known))
    return np.concatenate([np.repeat(states, steps // states.shape[1], axis=1) for states in known])


def empty(seconds: int) -> Slices:
    nothing = np.zeros(0)
    return Slices(seconds, np.zeros(0, np.int64), nothing, nothing, np.zeros(0, np.int64))


@dataclass(frozen=True)
class Cells:
    """Sums over disjoint stretches of time, sorted: single slices, and whole days already added up.

    starts, ends, known: (n,) int64 seconds. good, total: (n, 2) fixed-point (whole, parts), so many `parts` in one.
    """

    starts: Ints
    ends: Ints
    good: Ints
    total: Ints
    known: Ints
    parts: int = PART

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def _running(self) -> Wholes:
        """(n + 1, 5): what all cells before the i-th hold. Many windows are read off one pass."""
        columns = roomy(np.column_stack((self.good, self.total, self.known)))
        sums = np.zeros((len(self) + 1, 5), columns.dtype)
        np.cumsum(columns, axis=0, out=sums[1:])
        return sums

    def held(self, first: Ints, last: Ints) -> tuple[Fraction, Fraction, int]:
        """Good, total and known seconds of the cells `[first, last)` of each pair, exactly."""
        return self._told((self._running[last] - self._running[first]).sum(axis=0).tolist())

    def uncut(self, spans: Sequence[Span]) -> tuple[Fraction, Fraction, int] | None:
        """What lies in a few spans; None where one of them cuts a cell in two.

        The same as `held` of the cells in them, which for a handful costs more than it takes.
        """
        starts, ends, running = self._listed
        sums = [0, 0, 0, 0, 0]
        for span in spans:
            first, last = bisect_right(ends, span.start), bisect_left(starts, span.end)
            if first < last:
                if starts[first] < span.start or ends[last - 1] > span.end:
                    return None
                sums = [s + b - a for s, a, b in zip(sums, running(first), running(last), strict=True)]
        return self._told(sums)

    @cached_property
    def _listed(self) -> tuple[list[int], list[int], Callable[[int], list[int]]]:
        """To look up one by one, quickest in lists; of very many rows it takes longer to make them than it saves."""
        rows = self._running
        row = (lambda index: rows[index].tolist()) if len(rows) > MANY else rows.tolist().__getitem__
        return self.starts.tolist(), self.ends.tolist(), row

    def _told(self, sums: Sequence[int]) -> tuple[Fraction, Fraction, int]:
        good, good_parts, total, total_parts, known = sums
        return fraction_of(good, good_parts, self.parts), fraction_of(total, total_parts, self.parts), known


def fraction_of(number: int, parts: int, in_one: int = PART) -> Fraction:
    """A whole number with so many parts of one."""
    return Fraction(number * in_one + parts, in_one) if parts else Fraction(number)


def fixed(values: Floats) -> Ints:
    """(n,) floats → (n, 2) whole and parts. Values are finite and under 2^53 in size."""
    whole = np.floor(values)
    amounts = np.empty((len(values), 2), np.int64)
    amounts[:, 0] = whole
    amounts[:, 1] = np.rint((values - whole) * PART)
    return amounts


def summed(values: Floats, firsts: Ints) -> Ints:
    """The fixed-point sums of runs of (n,) floats, each from one of `firsts` on to before the next."""
    whole = values.astype(np.int64)
    if (whole != values).any():
        return np.add.reduceat(fixed(values), firsts)
    amounts = np.zeros((len(firsts), 2), np.int64)
    amounts[:, 0] = np.add.reduceat(whole, firsts)
    return amounts


def added(column: Ints, places: Ints) -> Ints:
    """Sums of the rows from each place on to before the next; (n + 1,) places.

    int64 goes round, and so comes back where the sum itself fits.
    """
    running = np.zeros((len(column) + 1, *column.shape[1:]), np.int64)
    np.cumsum(column, axis=0, out=running[1:])
    sums: Ints = np.diff(running[places], axis=0)
    return sums


def roomy(amounts: Ints) -> Wholes:
    """The same numbers, slower where a sum of them could leave int64: bytes of a year do, which nothing would tell."""
    largest = max(int(amounts.max(initial=0)), -int(amounts.min(initial=0)))
    return amounts if largest * len(amounts) <= np.iinfo(np.int64).max else amounts.astype(object)


def exactly(amounts: Ints) -> Fraction:
    """The exact sum of (n, 2) fixed-point amounts."""
    return fraction_of(*roomy(amounts).sum(axis=0).tolist())


def cells_of(slices: Slices) -> Cells:
    """One cell a slice."""
    return Cells(slices.starts, slices.starts + slices.seconds, fixed(slices.good), fixed(slices.total), slices.known)


NO_CELLS = cells_of(empty(1))


def concatenated(parts: list[Cells]) -> Cells:
    """Disjoint cells put together and sorted by start."""
    starts = np.concatenate([p.starts for p in parts])
    order = np.argsort(starts, kind="stable")
    ends, good, total, known = (
        np.concatenate([getattr(p, name) for p in parts])[order] for name in ("ends", "good", "total", "known")
    )
    return Cells(starts[order], ends, good, total, known)


def within(cells: Cells, span: Span) -> Cells:
    """The cells that lie wholly inside the span."""
    keep = (cells.starts >= span.start) & (cells.ends <= span.end)
    return Cells(cells.starts[keep], cells.ends[keep], cells.good[keep], cells.total[keep], cells.known[keep])


def as_floats(amounts: Ints, parts: int = PART) -> Floats:
    """(n, 2) fixed-point → (n,) floats, for drawing."""
    return amounts[:, 0] + amounts[:, 1] / parts


def turning_points(values: Floats, most: int) -> Ints:
    """Indices before and after each change of a curve, and its ends: what is needed to draw it.

    Of more than `most` an even choice is taken, always with both ends.
    """
    turning = np.ones(len(values), np.bool_)
    changes = np.diff(values) != 0
    turning[1:-1] = changes[:-1] | changes[1:]
    turns = np.flatnonzero(turning)
    if len(turns) <= most:
        return turns
    return turns[np.linspace(0, len(turns) - 1, most).astype(np.int64)]
