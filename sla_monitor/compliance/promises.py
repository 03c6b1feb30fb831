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
    def bad_shares(self) -> tuple[Floats, Floats]:
        return _ratios([one.budget_share for one in self.objectives])

    @cached_property
    def warnings(self) -> tuple[Floats, Floats]:
        return _ratios([one.warn_at for one in self.objectives])

    @cached_property
    def coverages(self) -> tuple[Floats, Floats]:
        return _ratios([one.min_coverage for one in self.objectives])

    @cached_property
    def targets(self) -> Floats:
        return np.array([float(one.target) for one in self.objectives])

    @cached_property
    def warn_at(self) -> Floats:
        return np.array([np.nan if one.warn_at is None else float(one.warn_at) for one in self.objectives])

    @cached_property
    def min_coverage(self) -> Floats:
        return np.array([float(one.min_coverage) for one in self.objectives])


def _ratios(values: Sequence[Fraction | None]) -> tuple[Floats, Floats]:
    """Numerators and denominators; None: 0."""
    pairs: Floats = np.array([(value or Fraction(0)).as_integer_ratio() for value in values], np.float64)
    return pairs[:, 0], pairs[:, 1]
