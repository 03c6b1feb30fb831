"""Tiers beside a number, of which one side is worse (domain.md 2.12)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sla_monitor.compliance.remedies import CreditTier


@dataclass(frozen=True, slots=True)
class Ladder:
    """`rising`: the higher the number, the worse."""

    tiers: tuple[CreditTier, ...]
    value: Fraction
    rising: bool

    @property
    def reached(self) -> CreditTier | None:
        """Of all tiers reached, the one bounded closest to the bad side."""
        held = (tier for tier in self.tiers if tier.under(self.value) and tier.over(self.value))
        return max(held, key=self._gravity, default=None)

    @property
    def following(self) -> CreditTier | None:
        """The first of those that only something worse would reach."""
        left = (tier for tier in self.tiers if not self._begun(tier))
        return min(left, key=self._gravity, default=None)

    @property
    def ordered(self) -> list[CreditTier]:
        """From the first that something bad reaches to the last."""
        return sorted(self.tiers, key=self._gravity)

    @property
    def gravest_first(self) -> list[CreditTier]:
        """The first of these that holds is `reached`."""
        return sorted(self.tiers, key=self._gravity, reverse=True)

    def _begun(self, tier: CreditTier) -> bool:
        return tier.over(self.value) if self.rising else tier.under(self.value)

    def _gravity(self, tier: CreditTier) -> tuple[int, Fraction, bool]:
        """An open bound is stricter than a closed one."""
        bound, strict = (tier.lower, tier.above is not None) if self.rising else (tier.upper, tier.below is not None)
        return (0, Fraction(0), False) if bound is None else (1, bound if self.rising else -bound, strict)
