"""From a sound `credits` to the core's remedy."""

from __future__ import annotations

from fractions import Fraction

from sla_monitor.agreements.quantities import Limit, Quantity, read_minimum
from sla_monitor.agreements.schema.servicecredits import Credits, Tier
from sla_monitor.compliance import remedies
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import Basis

DAY = 86_400


def remedy_of(own: Credits | None, of_all: Credits | None) -> remedies.Remedy | None:
    """What an objective's own credits say, or those of the agreement, whose base is also that of the own."""
    said = own or of_all
    if said is None:
        return None
    bases = [one.of for one in (said, of_all) if one is not None and one.of is not None]
    return remedies.Remedy(
        rule=_rule(said),
        of=bases[0] if bases else "",
        cap=_amount(said.cap) if said.cap is not None else None,
        minimum=_minimum(read_minimum(said.minimum)) if said.minimum is not None else None,
        claim=said.claim_within.by_calendar if said.claim_within is not None else None,
    )


def _rule(said: Credits) -> remedies.Tiered | remedies.Proportional | remedies.Flat:
    if said.schedule is not None:
        on = Basis(said.on)
        return remedies.Tiered(tuple(_tier(tier) for tier in said.schedule), on)
    if said.proportional is not None:
        return remedies.Proportional(said.proportional.factor)
    if said.flat is not None:
        return remedies.Flat(_amount(said.flat))
    raise AssertionError("a refused kind of credits was let through")


def _tier(tier: Tier) -> remedies.CreditTier:
    return remedies.CreditTier(
        below=_bound(tier.below),
        credit=_amount(tier.credit),
        at_or_below=_bound(tier.at_or_below),
        above=_bound(tier.above),
        at_or_above=_bound(tier.at_or_above),
    )


def _bound(bound: Quantity | None) -> Fraction | None:
    return None if bound is None else bound.ratio


def _amount(quantity: Quantity) -> remedies.Amount:
    return remedies.Days(quantity.value / DAY) if quantity.unit == "seconds" else quantity.ratio


def _minimum(limit: Limit | None) -> remedies.Minimum:
    if limit is None:
        raise AssertionError("a refused minimum was let through")
    return remedies.Minimum(limit.comparison or Comparison.GE, _amount(limit.quantity))
