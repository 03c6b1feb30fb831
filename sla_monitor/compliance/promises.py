"""Rows of promises, and what of their terms is reckoned with for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Floats
from sla_monitor.compliance.terms import Agreement, Objective

Mask = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Ratios:
    """(n,) numerators and denominators. None is told as 0."""

    values: Sequence[Fraction | None]

    @cached_property
    def whole(self) -> tuple[Objects, Objects]:
        pairs = np.array([(value or Fraction(0)).as_integer_ratio() for value in self.values], object)
        return pairs[:, 0], pairs[:, 1]

    @cached_property
    def floats(self) -> tuple[Floats, Floats]:
        above, below = self.whole
        return above.astype(np.float64), below.astype(np.float64)


@dataclass(frozen=True)
class Promises:
    """Rows of promises; what is read of their terms again and again, once."""

    agreements: Sequence[Agreement]
    objectives: Sequence[Objective]

    def __len__(self) -> int:
        return len(self.objectives)

    def taken(self, rows: Sequence[int]) -> Promises:
        return Promises([self.agreements[row] for row in rows], [self.objectives[row] for row in rows])

    @cached_property
    def simple(self) -> Mask:
        """Compared as they are, with what is at least to be reached."""
        return np.array([one.rounding is None and one.comparison is Comparison.GE for one in self.objectives])

    @cached_property
    def bad_shares(self) -> Ratios:
        return Ratios([one.budget_share for one in self.objectives])

    @cached_property
    def warnings(self) -> Ratios:
        return Ratios([one.warn_at for one in self.objectives])

    @cached_property
    def coverages(self) -> Ratios:
        return Ratios([one.min_coverage for one in self.objectives])

    @cached_property
    def targets(self) -> Floats:
        return np.array([float(one.target) for one in self.objectives])

    @cached_property
    def warn_at(self) -> Floats:
        return np.array([np.nan if one.warn_at is None else float(one.warn_at) for one in self.objectives])

    @cached_property
    def min_coverage(self) -> Floats:
        return np.array([float(one.min_coverage) for one in self.objectives])
