"""What a window can still come to owe, and how much may be bad until then (domain.md 2.12 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.compliance import earnings, ratios, remedies
from sla_monitor.compliance.ladders import Ladder
from sla_monitor.compliance.outcomes import Outcome, Subwindow, share_of
from sla_monitor.compliance.remedies import (
    Amount,
    Basis,
    CreditTier,
    Escalation,
    Exceedance,
    Failures,
    PerBlock,
    PerSubwindow,
    Rule,
    Tiered,
)

ONE = Fraction(1)
Tier = CreditTier | Failures


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier beside the whole window, also the part of it to come.

    left: so much more, in the objective's unit, may be bad before the tier begins; None where it hangs on no
    such amount. reachable: the window may still end in it.
    """

    tier: Tier
    left: Fraction | None
    reachable: bool


def following(rule: Rule, outcome: Outcome) -> Tier | None:
    """The first tier that only something worse than what stands now would reach."""
    if isinstance(rule, Escalation):
        now = earnings.failures(rule, outcome) - (not outcome.breached)
        return min((step for step in rule.steps if step.count > now), key=lambda step: step.count, default=None)
    found = earnings.ladder(rule, outcome) if isinstance(rule, Tiered | Exceedance) else None
    if found is None:
        return None
    return found.ordered[0] if outcome.undecided else found.following


def rungs(rule: Rule, outcome: Outcome) -> tuple[Rung, ...]:
    """All tiers, from the first that something bad reaches to the last."""
    if isinstance(rule, Escalation):
        most = earnings.failures(rule, outcome) if may_break(outcome) else 0
        steps = sorted(rule.steps, key=lambda step: step.count)
        return tuple(Rung(step, None, step.count <= most) for step in steps)
    if not isinstance(rule, Tiered | Exceedance) or (found := earnings.ladder(rule, outcome)) is None:
        return ()
    if isinstance(rule, Tiered) and rule.on is Basis.BAD_SECONDS:
        return tuple(_of_bad(tier, outcome) for tier in found.ordered)
    if outcome.total is not None:
        best, worst = _shown(outcome, outcome.total, earnings.NOTHING), _worst(outcome, outcome.total)
        return tuple(
            Rung(tier, _left(tier, outcome, outcome.total), tier.over(best) and tier.under(worst))
            for tier in found.ordered
        )
    return tuple(Rung(tier, None, _may_end_in(tier, rule, outcome, found)) for tier in found.ordered)


def _may_end_in(tier: CreditTier, rule: Tiered | Exceedance, outcome: Outcome, found: Ladder) -> bool:
    if not outcome.open:
        return tier is found.reached and (outcome.breached or isinstance(rule, Tiered))
    return not (outcome.growing and isinstance(rule, Tiered)) or tier.under(found.value)


def _of_bad(tier: CreditTier, outcome: Outcome) -> Rung:
    left = None if tier.lower is None else max(earnings.NOTHING, tier.lower - outcome.bad)
    worst = None if outcome.coming is None else outcome.bad + outcome.coming
    return Rung(tier, left, tier.under(outcome.bad) and (worst is None or tier.over(worst)))


def _left(tier: CreditTier, outcome: Outcome, total: Fraction) -> Fraction | None:
    """(bad + left) / total is the share at which the rounded attainment comes under the bound."""
    if tier.upper is None:
        return None
    least = ratios.least_percent(tier.upper * 100, outcome.rounding, above=tier.below is None)
    return max(earnings.NOTHING, (1 - least / 100) * total - outcome.bad)


def _shown(outcome: Outcome, total: Fraction, more: Fraction) -> Fraction:
    """The rounded attainment of the whole window, once so much more of it was bad."""
    share = 1 - (outcome.bad + more) / total if total else ONE
    return ratios.round_percent(share, outcome.rounding) / 100


def _worst(outcome: Outcome, total: Fraction) -> Fraction:
    return earnings.NOTHING if outcome.coming is None else _shown(outcome, total, outcome.coming)


def may_break(outcome: Outcome) -> bool:
    """The promise is broken, or may still be."""
    if outcome.breached or not outcome.open or outcome.total is None:
        return outcome.breached or outcome.open
    return not outcome.comparison.holds(_worst(outcome, outcome.total), outcome.limit)


def most(rule: Rule, outcome: Outcome, tiers: tuple[Rung, ...]) -> Amount | None:
    """The most that can come to be owed, before caps, `tiers` being the rungs; None: there is no end to it."""
    owed = earnings.owed(rule, outcome)
    if not outcome.open:
        return owed
    if isinstance(rule, PerBlock):
        return None
    amounts = (owed, *(amount for amount in _possible(rule, outcome, tiers) if amount is not None))
    return max(amounts, key=lambda amount: share_of(amount, outcome.window))


def _possible(rule: Rule, outcome: Outcome, tiers: tuple[Rung, ...]) -> Iterator[Amount | None]:
    """What it may still come to owe, each thinkable end for itself."""
    if isinstance(rule, Tiered | Exceedance):
        yield from (rung.tier.credit for rung in tiers if rung.reachable)
    elif isinstance(rule, PerSubwindow):
        failing = sum(_may_fail(rule, outcome, one) for one in outcome.subwindows)
        yield remedies.times(rule.credit, failing)
    elif may_break(outcome):
        yield earnings.owed(rule, replace(outcome, breached=True, missed=_missed_at_most(outcome)))


def _may_fail(rule: PerSubwindow, outcome: Outcome, one: Subwindow) -> bool:
    yet = outcome.window.kind == "rolling" or one.span.end > outcome.at
    return yet or earnings.fails(rule, one.compared)


def _missed_at_most(outcome: Outcome) -> Fraction:
    if outcome.total is None or outcome.coming is None or not outcome.total:
        return ONE
    return (outcome.bad + outcome.coming) / outcome.total
