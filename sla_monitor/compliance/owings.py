"""What thousands of windows earn at once, where it hangs on the window alone: as `servicecredits.credit_of` has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np

from sla_monitor.compliance.exact import Exact, Numbers
from sla_monitor.compliance.ladders import Ladder
from sla_monitor.compliance.outcomes import share_of
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.promises import Mask
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import Amount, Basis, CreditTier, Flat, Money, Proportional, Remedy, Tiered
from sla_monitor.compliance.slices import Floats


def suits(remedy: Remedy) -> bool:
    """It hangs on no window before, and on no single outage, hour or day."""
    rule = remedy.rule
    by_tiers = isinstance(rule, Tiered) and rule.on is not Basis.VALUE
    return remedy.long_cap is None and (by_tiers or isinstance(rule, Flat | Proportional))


@dataclass(frozen=True)
class Windows:
    """(n,) each: what lies in windows of one span, of promises of a share. `breached`: by the verdict."""

    window: Window
    good: Numbers
    total: Numbers
    breached: Mask

    @property
    def bad(self) -> Numbers:
        return self.total - self.good


Ratio = tuple[Numbers, Numbers]


def owed(remedy: Remedy, windows: Windows, exact: Exact) -> Floats:
    """(n,) the credit as a share of its base, after caps and minima."""
    above, below = _owed(remedy, windows, exact)
    if remedy.cap is not None:
        most, of = share_of(remedy.cap, windows.window).as_integer_ratio()
        over = exact.less(most * below, above * of)
        above, below = np.where(over, most, above), np.where(over, of, below)
    if remedy.minimum is not None and not isinstance(remedy.minimum.amount, Money):
        least, of = share_of(remedy.minimum.amount, windows.window).as_integer_ratio()
        owing, needed = above * of, least * below
        strict = remedy.minimum.comparison is Comparison.GT
        above = np.where(exact.less(needed, owing) if strict else ~exact.less(owing, needed), above, 0)
    return exact.ratio(above, below)


def _owed(remedy: Remedy, windows: Windows, exact: Exact) -> Ratio:
    rule = remedy.rule
    if isinstance(rule, Tiered):
        return _of_tiers(rule, windows, exact)
    if isinstance(rule, Proportional):
        above, below = rule.factor.as_integer_ratio()
        missed = np.where(windows.breached, windows.bad, 0)
        return missed * above, np.where(windows.total, windows.total, 1) * below
    above, below = _amount(cast("Flat", rule).credit, windows)  # all others it does not suit
    return np.where(windows.breached, above, 0).astype(exact.dtype), np.full(len(windows.good), below, exact.dtype)


def _of_tiers(rule: Tiered, windows: Windows, exact: Exact) -> Ratio:
    rising = rule.on is Basis.BAD_SECONDS
    value = (windows.bad, np.full_like(windows.bad, exact.unit)) if rising else _attained(windows)
    above, below = np.zeros_like(windows.good), np.ones_like(windows.good)
    left: Mask = np.ones(len(above), np.bool_)
    for tier in Ladder(rule.tiers, Fraction(0), rising).gravest_first:
        held = np.logical_and.reduce([left, *_bounds(tier, value, exact)])
        above[held], below[held] = _amount(tier.credit, windows)
        left &= ~held
    return above, below


def _attained(windows: Windows) -> Ratio:
    """Where nothing was to be kept, all was."""
    return np.where(windows.total, windows.good, 1), np.where(windows.total, windows.total, 1)


def _bounds(tier: CreditTier, value: Ratio, exact: Exact) -> Iterator[Mask]:
    if tier.below is not None:
        yield exact.less(*_beside(value, tier.below))
    if tier.above is not None:
        yield exact.less(*reversed(_beside(value, tier.above)))
    if tier.at_or_below is not None:
        yield ~exact.less(*reversed(_beside(value, tier.at_or_below)))
    if tier.at_or_above is not None:
        yield ~exact.less(*_beside(value, tier.at_or_above))


def _beside(value: Ratio, bound: Fraction) -> Ratio:
    """Two numbers that compare as the value and the bound do."""
    (above, below), (most, of) = value, bound.as_integer_ratio()
    return above * of, most * below


def _amount(amount: Amount, windows: Windows) -> tuple[int, int]:
    return share_of(amount, windows.window).as_integer_ratio()
