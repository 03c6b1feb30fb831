"""Service credits: what a window earns by what was agreed (measurement.md 10, domain.md 2.12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.compliance import earnings, periods, stakes
from sla_monitor.compliance.earnings import NOTHING
from sla_monitor.compliance.outcomes import Outcome, days_of, share_of
from sla_monitor.compliance.remedies import Amount, Days, Escalation, LongCap, Minimum, Money, Remedy
from sla_monitor.compliance.stakes import Rung, Tier

ENDLESS = Fraction(10**12)
"""More than any cap."""


@dataclass(frozen=True, slots=True)
class Credit:
    """`ratio` of the credit base, None where there is no verdict; `next_tier` None: none is left beyond.

    days: the credit as the contract counts it, where it counts in days of service; `ratio` is then for
    display. claim_until: the first instant at which it is too late to claim; None: nothing to claim, or no deadline.
    most: what the window may still come to owe; None: there is no end to it, or no verdict. rungs: every tier
    beside the whole window. termination: there is a right to terminate. condition: the least in money, which
    nobody could hold the credit against. unknown_windows: earlier ones that count with this one and that nobody
    knows; they are taken for kept, and to have earned nothing.
    """

    ratio: Fraction | None
    next_tier: Tier | None = None
    days: Fraction | None = None
    claim_until: int | None = None
    most: Amount | None = None
    rungs: tuple[Rung, ...] = ()
    termination: bool = False
    condition: Minimum | None = None
    unknown_windows: int = 0


def credit_of(remedy: Remedy | None, outcome: Outcome) -> Credit | None:
    """None where no credits were agreed."""
    if remedy is None:
        return None
    if not outcome.judged:
        return Credit(None)
    owed = _paid(remedy, earnings.owed(remedy.rule, outcome), outcome)
    rungs = stakes.rungs(remedy.rule, outcome)
    ratio = share_of(owed, outcome.window)
    return Credit(
        ratio=ratio,
        next_tier=_capped_tier(remedy, stakes.following(remedy.rule, outcome), outcome),
        days=owed.count if isinstance(owed, Days) else None,
        claim_until=_claim_until(remedy, outcome) if ratio else None,
        most=_most(remedy, outcome, rungs),
        rungs=tuple(_capped_rung(remedy, rung, outcome) for rung in rungs),
        termination=_may_terminate(remedy, outcome),
        condition=remedy.minimum if ratio and remedy.minimum and isinstance(remedy.minimum.amount, Money) else None,
        unknown_windows=_unknown(remedy, outcome),
    )


def _most(remedy: Remedy, outcome: Outcome, rungs: tuple[Rung, ...]) -> Amount | None:
    """What has no end ends at the caps."""
    most = stakes.most(remedy.rule, outcome, rungs)
    if most is None and remedy.cap is None and remedy.long_cap is None:
        return None
    return _paid(remedy, ENDLESS if most is None else most, outcome)


def _paid(remedy: Remedy, amount: Amount, outcome: Outcome) -> Amount:
    """The caps come before the minimum."""
    return _sufficient(remedy, _capped(remedy, amount, outcome), outcome)


def _capped(remedy: Remedy, amount: Amount, outcome: Outcome) -> Amount:
    if remedy.cap is None and remedy.long_cap is None:
        return amount
    limits = [] if remedy.cap is None else [remedy.cap]
    if remedy.long_cap is not None:
        limits.append(_left(remedy.long_cap, outcome))
    return min((amount, *limits), key=lambda one: share_of(one, outcome.window))


def _left(long: LongCap, outcome: Outcome) -> Amount:
    """What the windows before have left of a cap over a longer period."""
    earned = [(one.credit, one.window) for one in earnings.recalled(long.per, outcome) if one.credit is not None]
    if isinstance(long.amount, Days):
        return Days(max(NOTHING, long.amount.count - sum(_in_days(*one) for one in earned)))
    return max(NOTHING, long.amount - sum(share_of(*one) for one in earned))


def _in_days(amount: Amount, window: periods.Window) -> Fraction:
    return amount.count if isinstance(amount, Days) else amount * days_of(window)


def _unknown(remedy: Remedy, outcome: Outcome) -> int:
    unknown = 0
    if remedy.long_cap is not None:
        unknown = sum(one.credit is None for one in earnings.recalled(remedy.long_cap.per, outcome))
    if isinstance(remedy.rule, Escalation):
        broken = sum(one.breached is None for one in earnings.recalled(remedy.rule.within, outcome))
        unknown = max(unknown, broken)
    return unknown


def _sufficient(remedy: Remedy, amount: Amount, outcome: Outcome) -> Amount:
    """What the fee would have to tell is left open."""
    if remedy.minimum is None or isinstance(remedy.minimum.amount, Money):
        return amount
    least, owed = (share_of(one, outcome.window) for one in (remedy.minimum.amount, amount))
    return amount if remedy.minimum.comparison.holds(owed, least) else NOTHING


def _capped_tier(remedy: Remedy, tier: Tier | None, outcome: Outcome) -> Tier | None:
    if tier is None or tier.credit is None:
        return tier
    capped = _capped(remedy, tier.credit, outcome)
    return tier if capped == tier.credit else replace(tier, credit=capped)


def _capped_rung(remedy: Remedy, rung: Rung, outcome: Outcome) -> Rung:
    tier = _capped_tier(remedy, rung.tier, outcome)
    return rung if tier is None or tier is rung.tier else replace(rung, tier=tier)


def _may_terminate(remedy: Remedy, outcome: Outcome) -> bool:
    if not isinstance(remedy.rule, Escalation) or not outcome.breached:
        return False
    steps = earnings.reached_steps(remedy.rule, earnings.failures(remedy.rule, outcome))
    return any(step.credit is None for step in steps)


def _claim_until(remedy: Remedy, outcome: Outcome) -> int | None:
    """A rolling window has no end from which a deadline could run."""
    if remedy.claim is None or outcome.window.kind == "rolling":
        return None
    return periods.after(outcome.window.span.end, outcome.zone, remedy.claim)
