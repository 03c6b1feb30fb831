"""Service credits by attainment: the lowest tier whose bound the compared percentage is under."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sla_monitor.compliance.terms import CreditTier


@dataclass(frozen=True, slots=True)
class Credit:
    """`ratio` of the credit base, None where there is no verdict; `next_tier` None: none is left below."""

    ratio: Fraction | None
    next_tier: CreditTier | None


def credit_of(percent: Fraction | None, tiers: tuple[CreditTier, ...]) -> Credit | None:
    """`percent` is the percentage as compared. None where no credits were agreed."""
    if not tiers:
        return None
    if percent is None:
        return Credit(None, None)
    by_bound = sorted(tiers, key=lambda tier: tier.below)
    reached = [tier for tier in by_bound if percent < tier.below * 100]
    left = [tier for tier in by_bound if percent >= tier.below * 100]
    return Credit(reached[0].credit if reached else Fraction(0), left[-1] if left else None)
