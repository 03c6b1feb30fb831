"""Exact arithmetic for many at once: in floats as far as they hold, else in Python's own whole numbers (`columns`)."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.promises import Mask, Ratios
from sla_monitor.compliance.slices import PART, Floats, Ints

Numbers = npt.NDArray[Any]
"""(n,) floats, or objects that are Python's whole numbers."""

MOST = float(1 << 53)
"""Floats hold every whole number up to this, so the quotient of two such is the nearest to the true one."""

NEAR = 1e-9
"""Products of floats are far nearer to the truth than this."""


class Exact:
    """Whole numbers in floats, which is quick. `sure`: (n,) the rows in which nothing was rounded that mattered.

    Seconds and events are counted in `unit` parts of one.
    """

    dtype: npt.DTypeLike = np.float64
    unit = 1

    def __init__(self, rows: int) -> None:
        self.sure: Mask = np.ones(rows, np.bool_)

    def amounts(self, whole: Ints, parts: Ints) -> Numbers:
        """Fixed-point numbers, as `slices.fixed` has them."""
        self.sure &= (parts == 0) & (whole < MOST)
        return whole.astype(np.float64)

    def terms(self, ratios: Ratios) -> tuple[Numbers, Numbers]:
        """Numerators and denominators."""
        return ratios.floats

    def ratio(self, above: Numbers, below: Numbers | int) -> Floats:
        """The nearest floats; NaN where `below` is 0."""
        self.sure &= (np.abs(above) < MOST) & (np.abs(below) < MOST)
        found: Floats = above / np.where(below, below, nan)
        return found

    def less(self, one: Numbers, other: Numbers) -> Mask:
        """Whether one is below the other. Of numbers too large to be exact it is sure where they are far apart."""
        larger = np.maximum(np.abs(one), np.abs(other))
        self.sure &= (larger < MOST) | (np.abs(one - other) > larger * NEAR)
        return one < other

    def ceiled(self, above: Numbers, below: Numbers) -> Floats:
        """The next whole number. Of a/b below 2^53 the error is less than 1/b, and so never reaches one."""
        return np.ceil(self.ratio(above, below))


class Whole(Exact):
    """Whole numbers of any size: nothing is ever rounded. `rows`: which of all they are."""

    dtype = object
    unit = PART

    def __init__(self, rows: Ints) -> None:
        super().__init__(len(rows))
        self._rows = rows

    def amounts(self, whole: Ints, parts: Ints) -> Numbers:
        found: Numbers = whole.astype(object) * PART + parts
        return found

    def terms(self, ratios: Ratios) -> tuple[Numbers, Numbers]:
        above, below = ratios.whole
        return above[self._rows], below[self._rows]

    def ratio(self, above: Numbers, below: Numbers | int) -> Floats:
        """Of two whole numbers Python gives the nearest float."""
        pairs = zip(*(one.tolist() for one in np.broadcast_arrays(above, below)), strict=True)
        return np.array([a / b if b else nan for a, b in pairs], np.float64)

    def less(self, one: Numbers, other: Numbers) -> Mask:
        found: Mask = one < other
        return found

    def ceiled(self, above: Numbers, below: Numbers) -> Floats:
        return (-(-above // below)).astype(np.float64)
