"""Service credits: what a window earns by what was agreed (measurement.md 10, domain.md 2.12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.remedies import Amount, Basis, CreditTier, Days, Proportional, Remedy, Tiered

DAY = 86_400
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a window came to.

    percent: attainment as compared, None where there is no verdict. missed: the share that was bad,
    exactly. bad: in the objective's unit.
    """

    percent: Fraction | None
    breached: bool
    missed: Fraction
    bad: Fraction
    window: Window
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Credit:
    """`ratio` of the credit base, None where there is no verdict; `next_tier` None: none is left beyond.

    days: the credit as the contract counts it, where it counts in days of service; `ratio` is then for
    display. claim_until: the first instant at which it is too late to claim; None: nothing to claim, or no deadline.
    """

    ratio: Fraction | None
    next_tier: CreditTier | None
    days: Fraction | None = None
    claim_until: int | None = None


def credit_of(remedy: Remedy | None, outcome: Outcome) -> Credit | None:
    """None where no credits were agreed."""
    if remedy is None:
        return None
    if outcome.percent is None:
        return Credit(None, None)
    owed = _sufficient(remedy, _capped(remedy, _owed(remedy, outcome, outcome.percent / 100), outcome), outcome)
    following = _next_tier(remedy, outcome, outcome.percent / 100)
    ratio = share_of(owed, outcome.window)
    return Credit(
        ratio=ratio,
        next_tier=following and replace(following, credit=_capped(remedy, following.credit, outcome)),
        days=owed.count if isinstance(owed, Days) else None,
        claim_until=_claim_until(remedy, outcome) if ratio else None,
    )


def share_of(amount: Amount, window: Window) -> Fraction:
    """Days as a share of the window's days. A day of 23 or 25 hours is one day, and so is a part of one."""
    if not isinstance(amount, Days):
        return amount
    days = Fraction(window.span.seconds, DAY)
    return amount.count / (days if window.kind in ("hour", "rolling") else max(1, round(days)))


def _owed(remedy: Remedy, outcome: Outcome, attainment: Fraction) -> Amount:
    rule = remedy.rule
    if isinstance(rule, Tiered):
        value = attainment if rule.on is Basis.ATTAINMENT else outcome.bad
        reached = [tier for tier in rule.tiers if tier.under(value) and tier.over(value)]
        return max(reached, key=lambda tier: _gravity(tier, rule.on)).credit if reached else NOTHING
    if not outcome.breached:
        return NOTHING
    return rule.factor * outcome.missed if isinstance(rule, Proportional) else rule.credit


def _gravity(tier: CreditTier, on: Basis) -> tuple[int, Fraction, bool]:
    """Of all tiers reached, the one bounded closest to the bad side counts; an open bound is stricter than a closed."""
    bound, strict = (
        (tier.upper, tier.below is not None) if on is Basis.ATTAINMENT else (tier.lower, tier.above is not None)
    )
    if bound is None:
        return 0, NOTHING, False
    return 1, -bound if on is Basis.ATTAINMENT else bound, strict


def _next_tier(remedy: Remedy, outcome: Outcome, attainment: Fraction) -> CreditTier | None:
    """The first of those that only something worse would reach."""
    if not isinstance(rule := remedy.rule, Tiered):
        return None
    if rule.on is Basis.ATTAINMENT:
        left = [tier for tier in rule.tiers if not tier.under(attainment)]
    else:
        left = [tier for tier in rule.tiers if not tier.over(outcome.bad)]
    return min(left, key=lambda tier: _gravity(tier, rule.on), default=None)


def _capped(remedy: Remedy, amount: Amount, outcome: Outcome) -> Amount:
    if remedy.cap is None or share_of(amount, outcome.window) <= share_of(remedy.cap, outcome.window):
        return amount
    return remedy.cap


def _sufficient(remedy: Remedy, amount: Amount, outcome: Outcome) -> Amount:
    if remedy.minimum is None:
        return amount
    least, owed = (share_of(one, outcome.window) for one in (remedy.minimum.amount, amount))
    return amount if remedy.minimum.comparison.holds(owed, least) else NOTHING


def _claim_until(remedy: Remedy, outcome: Outcome) -> int | None:
    """A rolling window has no end from which a deadline could run."""
    if remedy.claim is None or outcome.window.kind == "rolling":
        return None
    return periods.after(outcome.window.span.end, outcome.zone, remedy.claim)
