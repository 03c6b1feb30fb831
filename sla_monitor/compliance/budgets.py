"""Error budgets (measurement.md 8)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Budget:
    """allowed and used in the objective's unit (events or seconds)."""

    allowed: Fraction
    used: Fraction

    @property
    def remaining(self) -> Fraction:
        return self.allowed - self.used

    @property
    def remaining_ratio(self) -> Fraction:
        """1 − used/allowed. With nothing allowed: 1 while nothing is bad, else 0."""
        if self.allowed == 0:
            return Fraction(1) if self.used == 0 else ZERO
        return 1 - self.used / self.allowed
