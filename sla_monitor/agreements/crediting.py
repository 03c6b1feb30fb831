"""From a sound `credits` to the core's remedy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sla_monitor.agreements.creditchecks import bounds_of, kind_of
from sla_monitor.agreements.creditfits import misfits
from sla_monitor.agreements.objectivechecks import SHARES, method_of, promise_of
from sla_monitor.agreements.quantities import Dues, Limit, Quantity
from sla_monitor.agreements.schema import servicecredits as schema
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import Credits
from sla_monitor.compliance import remedies
from sla_monitor.compliance.periods import Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import Basis

DAY = 86_400


def remedy_of(objective: Objective, of_all: Credits | None) -> remedies.Remedy | None:
    """What an objective's own credits say, or those of the agreement, whose base is also that of the own.

    None also where those of the agreement have no meaning for it.
    """
    said = objective.credits or of_all
    if said is None or any(misfits(said, promise_of(objective))):
        return None
    bases = [one.of for one in (said, of_all) if one is not None and one.of is not None]
    return remedies.Remedy(
        rule=_RULES[kind_of(said)](said, objective),
        of=bases[0] if bases else "",
        cap=_amount(said.cap) if said.cap is not None else None,
        long_cap=_long_cap(said.cap_per, said.cap) if said.cap_per is not None else None,
        minimum=_minimum(said.minimum) if said.minimum is not None else None,
        claim=said.claim_within.by_calendar if said.claim_within is not None else None,
    )


def _schedule(said: Credits, objective: Objective) -> remedies.Tiered:
    tiers = said.schedule or ()
    return remedies.Tiered(tuple(_tier(tier) for tier in tiers), _basis(said, objective))


def _basis(said: Credits, objective: Objective) -> Basis:
    """A share of an amount is attained too, so its bounds may be percentages of the target."""
    if said.on == "bad seconds":
        return Basis.BAD_SECONDS
    method = method_of(objective)
    in_percent = {bound.unit for tier in said.schedule or () for bound in bounds_of(tier).values()} == {"percent"}
    return Basis.ATTAINMENT if method in SHARES or (method == "total" and in_percent) else Basis.VALUE


def _tier(tier: schema.Tier) -> remedies.CreditTier:
    return remedies.CreditTier(
        below=_bound(tier.below),
        credit=_amount(tier.credit),
        at_or_below=_bound(tier.at_or_below),
        above=_bound(tier.above),
        at_or_above=_bound(tier.at_or_above),
    )


def _bound(bound: Quantity | None) -> Fraction | None:
    return None if bound is None else bound.ratio


def _proportional(said: Credits, _: Objective) -> remedies.Proportional:
    assert said.proportional is not None  # noqa: S101 - its kind says so
    return remedies.Proportional(said.proportional.factor)


def _per_block(said: Credits, _: Objective) -> remedies.PerBlock:
    rule = said.per_block
    assert rule is not None  # noqa: S101 - its kind says so
    shortest = None
    if rule.longer_than is not None:
        shortest = Comparison.GT, rule.longer_than
    elif rule.at_least is not None:
        shortest = Comparison.GE, rule.at_least
    return remedies.PerBlock(rule.every, _amount(rule.credit), rule.partial == "ceil", shortest, rule.max_per_day)


def _per_subwindow(said: Credits, _: Objective) -> remedies.PerSubwindow:
    rule = said.per_subwindow
    assert rule is not None  # noqa: S101 - its kind says so
    comparison = rule.target.comparison or Comparison.GE
    return remedies.PerSubwindow(Unit(rule.every), comparison, rule.target.quantity.ratio, _amount(rule.credit))


def _exceedance(said: Credits, _: Objective) -> remedies.Exceedance:
    bands = said.exceedance or ()
    return remedies.Exceedance(
        tuple(
            remedies.CreditTier(None, _amount(band.credit), above=band.over, at_or_above=band.at_or_over)
            for band in bands
        )
    )


def _escalation(said: Credits, _: Objective) -> remedies.Escalation:
    rule = said.escalation
    assert rule is not None  # noqa: S101 - its kind says so
    steps = (
        remedies.Failures(step.count, None if step.credit is None else _amount(step.credit)) for step in rule.failures
    )
    within = rule.within if isinstance(rule.within, int) else rule.within.by_calendar
    return remedies.Escalation(within, tuple(steps))


def _flat(said: Credits, _: Objective) -> remedies.Flat:
    assert said.flat is not None  # noqa: S101 - its kind says so
    return remedies.Flat(_amount(said.flat))


_RULES: dict[str, Callable[[Credits, Objective], remedies.Rule]] = {
    "schedule": _schedule,
    "proportional": _proportional,
    "per_block": _per_block,
    "per_subwindow": _per_subwindow,
    "exceedance": _exceedance,
    "escalation": _escalation,
    "flat": _flat,
}


def _amount(quantity: Quantity) -> remedies.Amount:
    return remedies.Days(quantity.value / DAY) if quantity.unit == "seconds" else quantity.ratio


def _long_cap(said: schema.LongCap, cap: Quantity | None) -> remedies.LongCap:
    amount = said.up_to or cap
    assert amount is not None  # noqa: S101 - a check wants one of them
    per = Unit(said.per) if isinstance(said.per, str) else said.per.by_calendar
    return remedies.LongCap(_amount(amount), per)


def _minimum(least: Limit | Dues) -> remedies.Minimum:
    if isinstance(least, Dues):
        return remedies.Minimum(least.comparison, remedies.Money(least.value, least.currency))
    return remedies.Minimum(least.comparison or Comparison.GE, _amount(least.quantity))
