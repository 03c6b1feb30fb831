"""Whether a credit schedule makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.quantities import Quantity
from sla_monitor.agreements.schema.servicecredits import Credits, Tier


def bounds_of(tier: Tier) -> dict[str, Quantity]:
    """The bounds that are given, by their keys in the file."""
    given = {"below": tier.below, "atOrBelow": tier.at_or_below, "above": tier.above, "atOrAbove": tier.at_or_above}
    return {key: bound for key, bound in given.items() if bound is not None}


def credit_faults(credits_: Credits, at: Loc) -> Iterator[Finding]:
    tiers = credits_.schedule or ()
    for index, tier in enumerate(tiers):
        for key, bound in bounds_of(tier).items():
            if fault := _bound_fault(bound, credits_.on):
                yield Finding((*at, "schedule", index, key), f"{key}: {fault}")
    if credits_.proportional is not None and credits_.proportional.factor <= 0:
        yield Finding(
            (*at, "proportional", "factor"), "factor: must be more than 0", "10 for ten times the share missed"
        )
    if credits_.on == "attainment" and all(tier.below is not None for tier in tiers):
        yield from _order_faults(tiers, at)


def _bound_fault(bound: Quantity, on: str) -> str:
    if on == "bad seconds":
        return "a bound on bad seconds is a duration or a number" if bound.unit == "percent" else ""
    if bound.unit == "seconds" or not 0 <= bound.ratio <= 1:
        return "a bound on attainment is between 0% and 100%"
    return ""


def _order_faults(tiers: tuple[Tier, ...], at: Loc) -> Iterator[Finding]:
    """A lower attainment must earn more, or the tier that is written last would never matter."""
    by_bound = sorted(enumerate(tiers), key=lambda entry: -_below(entry[1]))
    for (_, higher), (index, lower) in pairwise(by_bound):
        place = (*at, "schedule", index)
        if _below(higher) == _below(lower):
            yield Finding((*place, "below"), "below: the same bound has two credits", "keep one of the two")
        elif higher.credit.unit == lower.credit.unit and lower.credit.value <= higher.credit.value:
            hint = "a lower attainment earns a higher credit"
            yield Finding((*place, "credit"), "credit: is not higher than that of the tier above it", hint)


def _below(tier: Tier) -> Fraction:
    return tier.below.ratio if tier.below is not None else Fraction(0)
