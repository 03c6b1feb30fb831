"""What a broken promise earns, as it was agreed: frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from sla_monitor.compliance.periods import Lapse, Unit
from sla_monitor.compliance.ratios import Comparison


@dataclass(frozen=True, slots=True)
class Days:
    """Days of service, free or added."""

    count: Fraction


Amount = Fraction | Days
"""A share of the credit base, or days of service."""


def times(amount: Amount, count: int) -> Amount:
    return Days(amount.count * count) if isinstance(amount, Days) else amount * count


@dataclass(frozen=True, slots=True)
class Money:
    """What only the fee could tell the share of, and the monitor does not know it."""

    value: Fraction
    currency: str


class Basis(Enum):
    """What a schedule's bounds are held against. VALUE: the number a promise of a value is about."""

    ATTAINMENT = "attainment"
    BAD_SECONDS = "bad seconds"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class CreditTier:
    """What is owed between two bounds: attainment, bad seconds, a value, or its excess. None: not bounded so.

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
class PerBlock:
    """So much for each block of `every` seconds of a down spell.

    A block begun counts where `begun`. shortest: spells must last at least so long, or longer than
    that (`>`); None: any does. max_per_day: no more blocks of one local day, which is the one they begin on.
    """

    every: Fraction
    credit: Amount
    begun: bool = False
    shortest: tuple[Comparison, Fraction] | None = None
    max_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class PerSubwindow:
    """So much for each hour or day that misses a target of its own."""

    every: Unit
    comparison: Comparison
    target: Fraction
    credit: Amount


@dataclass(frozen=True, slots=True)
class Exceedance:
    """By how far a value is beyond its limit, as a share of the limit; only of a broken promise."""

    bands: tuple[CreditTier, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """What so many broken windows earn; credit None: the right to terminate."""

    count: int
    credit: Amount | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Broken windows, this one and those before it; `within` counts windows, or goes back from its end."""

    within: Lapse | int
    steps: tuple[Failures, ...]


@dataclass(frozen=True, slots=True)
class Flat:
    """The same for every broken promise."""

    credit: Amount


@dataclass(frozen=True, slots=True)
class Minimum:
    """What is owed at least for anything to be owed; `comparison` is >= or >."""

    comparison: Comparison
    amount: Amount | Money


@dataclass(frozen=True, slots=True)
class LongCap:
    """No more than this over a calendar period, or over so long until a window's end."""

    amount: Amount
    per: Unit | Lapse


Rule = Tiered | Proportional | PerBlock | PerSubwindow | Exceedance | Escalation | Flat


@dataclass(frozen=True, slots=True)
class Remedy:
    """`of` is the credit base in words. cap, long_cap, minimum, claim: None where none was agreed."""

    rule: Rule
    of: str = ""
    cap: Amount | None = None
    long_cap: LongCap | None = None
    minimum: Minimum | None = None
    claim: Lapse | None = None

    @property
    def tiers(self) -> tuple[CreditTier, ...]:
        if isinstance(self.rule, Exceedance):
            return self.rule.bands
        return self.rule.tiers if isinstance(self.rule, Tiered) else ()
