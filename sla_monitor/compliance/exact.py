"""Whole numbers in floats: what is decided with them, and where they are not enough (`columns`)."""

from __future__ import annotations

import numpy as np

from sla_monitor.compliance.promises import Mask
from sla_monitor.compliance.slices import Floats

MOST = float(1 << 53)
"""Floats hold every whole number up to this, so the quotient of two such is the nearest to the true one."""

NEAR = 1e-9
"""Products of floats are far nearer to the truth than this."""


class Exact:
    """Arithmetic on whole numbers in floats. `sure`: (n,) the rows in which nothing was rounded that mattered."""

    def __init__(self, rows: int) -> None:
        self.sure: Mask = np.ones(rows, np.bool_)

    def ratio(self, above: Floats, below: Floats) -> Floats:
        """The nearest floats; NaN where `below` is 0."""
        self.sure &= (np.abs(above) < MOST) & (np.abs(below) < MOST)
        return above / np.where(below, below, np.nan)

    def less(self, one: Floats, other: Floats) -> Mask:
        """Whether one is below the other. Of numbers too large to be exact it is sure where they are far apart."""
        larger = np.maximum(np.abs(one), np.abs(other))
        self.sure &= (larger < MOST) | (np.abs(one - other) > larger * NEAR)
        return one < other

    def ceiled(self, above: Floats, below: Floats) -> Floats:
        """The next whole number. Of a/b below 2^53 the error is less than 1/b, and so never reaches one."""
        return np.ceil(self.ratio(above, below))
