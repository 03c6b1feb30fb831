"""What a broken promise earns, as it was agreed: frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from sla_monitor.compliance.periods import Lapse
from sla_monitor.compliance.ratios import Comparison


@dataclass(frozen=True, slots=True)
class Days:
    """Days of service, free or added."""

    count: Fraction


Amount = Fraction | Days
"""A share of the credit base, or days of service."""


class Basis(Enum):
    """What a schedule's bounds are held against."""

    ATTAINMENT = "attainment"
    BAD_SECONDS = "bad seconds"


@dataclass(frozen=True, slots=True)
class CreditTier:
    """What is owed between two bounds: ratios of attainment, or bad seconds. None: not bounded so.

    At most one of `below` and `at_or_below`, and one of `above` and `at_or_above`.
    """

    below: Fraction | None
    credit: Amount
    at_or_below: Fraction | None = None
    above: Fraction | None = None
    at_or_above: Fraction | None = None

    def under(self, value: Fraction) -> bool:
        """The value keeps the upper bound."""
        under = self.below is None or value < self.below
        return under and (self.at_or_below is None or value <= self.at_or_below)

    def over(self, value: Fraction) -> bool:
        """The value keeps the lower bound."""
        over = self.above is None or value > self.above
        return over and (self.at_or_above is None or value >= self.at_or_above)

    @property
    def upper(self) -> Fraction | None:
        return self.at_or_below if self.below is None else self.below

    @property
    def lower(self) -> Fraction | None:
        return self.at_or_above if self.above is None else self.above


@dataclass(frozen=True, slots=True)
class Tiered:
    tiers: tuple[CreditTier, ...]
    on: Basis = Basis.ATTAINMENT


@dataclass(frozen=True, slots=True)
class Proportional:
    """So many times the share that was missed; only of a broken promise."""

    factor: Fraction


@dataclass(frozen=True, slots=True)
class Flat:
    """The same for every broken promise."""

    credit: Amount


@dataclass(frozen=True, slots=True)
class Minimum:
    """What is owed at least for anything to be owed; `comparison` is >= or >."""

    comparison: Comparison
    amount: Amount


@dataclass(frozen=True, slots=True)
class Remedy:
    """`of` is the credit base in words. cap, minimum, claim: None where none was agreed."""

    rule: Tiered | Proportional | Flat
    of: str = ""
    cap: Amount | None = None
    minimum: Minimum | None = None
    claim: Lapse | None = None

    @property
    def tiers(self) -> tuple[CreditTier, ...]:
        return self.rule.tiers if isinstance(self.rule, Tiered) else ()
