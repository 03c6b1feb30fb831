"""Whether credits make sense, whatever they are promised for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.quantities import Limit, Quantity
from sla_monitor.agreements.schema.servicecredits import KINDS, Credits, Exceedance, Tier
from sla_monitor.compliance.ratios import Comparison

UPPER, LOWER = ("below", "atOrBelow"), ("above", "atOrAbove")
Rung = tuple[str, Fraction, Quantity]
"""A bound's key and number, and the credit beyond it."""


def kind_of(credits_: Credits) -> str:
    return next(kind for kind in KINDS if getattr(credits_, kind) is not None)


def bounds_of(tier: Tier) -> dict[str, Quantity]:
    """The bounds that are given, by their keys in the file."""
    given = {"below": tier.below, "atOrBelow": tier.at_or_below, "above": tier.above, "atOrAbove": tier.at_or_above}
    return {key: bound for key, bound in given.items() if bound is not None}


def credit_faults(credits_: Credits, at: Loc) -> Iterator[Finding]:
    yield from _schedule_faults(credits_, at)
    yield from _failure_faults(credits_, at)
    if credits_.exceedance is not None:
        yield from order_faults([_over(band) for band in credits_.exceedance], (*at, "exceedance"), rising=True)
    if credits_.proportional is not None and credits_.proportional.factor <= 0:
        yield Finding(
            (*at, "proportional", "factor"), "factor: must be more than 0", "10 for ten times the share missed"
        )
    yield from _limit_faults(credits_, at)


def _schedule_faults(credits_: Credits, at: Loc) -> Iterator[Finding]:
    tiers, seconds = credits_.schedule or (), credits_.on == "bad seconds"
    for index, tier in enumerate(tiers):
        bounds = bounds_of(tier)
        for key, bound in bounds.items():
            if seconds and bound.unit == "percent":
                yield Finding((*at, "schedule", index, key), f"{key}: a bound on bad seconds is a duration or a number")
        if len(bounds) == 2 and _is_empty(bounds):  # noqa: PLR2004 - one a side
            key = next(key for key in bounds if key in LOWER)
            yield Finding((*at, "schedule", index, key), f"{key}: nothing lies between the two bounds")
    if seconds or all(_is_share(bound) for tier in tiers for bound in bounds_of(tier).values()):
        yield from tier_order_faults(tiers, at, rising=seconds)


def _is_empty(bounds: dict[str, Quantity]) -> bool:
    (upper, most), (lower, least) = (
        next((key, bound.ratio) for key, bound in bounds.items() if key in side) for side in (UPPER, LOWER)
    )
    return least > most or (least == most and (upper, lower) != ("atOrBelow", "atOrAbove"))


def _is_share(bound: Quantity) -> bool:
    return bound.unit != "seconds" and 0 <= bound.ratio <= 1


def tier_order_faults(tiers: Sequence[Tier], at: Loc, *, rising: bool) -> Iterator[Finding]:
    """Where every tier has one bound, on the good side and of one key, what is worse must earn more."""
    sound = LOWER if rising else UPPER
    given = [list(bounds_of(tier).items()) for tier in tiers]
    keys = {key for bounds in given for key, _ in bounds}
    if len(keys) == 1 and keys <= set(sound):
        rungs = [(*bounds[0], tier) for bounds, tier in zip(given, tiers, strict=True)]
        found = [(key, bound.ratio, tier.credit) for key, bound, tier in rungs]
        yield from order_faults(found, (*at, "schedule"), rising=rising)


def _over(band: Exceedance) -> Rung:
    """A band without a bound begins before any other."""
    if band.at_or_over is not None:
        return "atOrOver", band.at_or_over, band.credit
    return "over", Fraction(-1) if band.over is None else band.over, band.credit


def order_faults(rungs: Sequence[Rung], at: Loc, *, rising: bool) -> Iterator[Finding]:
    """What is worse must earn more, or the tier that is written last would never matter."""
    ordered = sorted(enumerate(rungs), key=lambda entry: entry[1][1] if rising else -entry[1][1])
    for (_, (before, milder, less)), (index, (key, bound, credit)) in pairwise(ordered):
        if bound == milder and key == before:
            yield Finding((*at, index, key), f"{key}: the same bound has two credits", "keep one of the two")
        elif credit.unit == less.unit and credit.value <= less.value:
            told = f"credit: is not higher than that of the tier {'below' if rising else 'above'} it"
            yield Finding((*at, index, "credit"), told, f"{_WORSE[key]} earns a higher credit")


_WORSE = {
    "below": "a lower attainment", "atOrBelow": "a lower attainment",
    "above": "a higher number", "atOrAbove": "a higher number",
    "over": "a larger excess", "atOrOver": "a larger excess",
    "count": "one failure more",
}  # fmt: skip


def _failure_faults(credits_: Credits, at: Loc) -> Iterator[Finding]:
    if credits_.escalation is None:
        return
    steps, place = credits_.escalation.failures, (*at, "escalation", "failures")
    paid = [("count", Fraction(step.count), step.credit) for step in steps if step.credit is not None]
    if len(paid) == len(steps):
        yield from order_faults(paid, place, rising=True)
        return
    for index, step in enumerate(steps):
        if any(step.count == other.count and step.credit == other.credit for other in steps[:index]):
            yield Finding(
                (*place, index, "count"), f"count: {step.count} failures are told twice", "keep one of the two"
            )


def _limit_faults(credits_: Credits, at: Loc) -> Iterator[Finding]:
    cap, least, long = credits_.cap, credits_.minimum, credits_.cap_per
    if long is not None and long.up_to is None and cap is None:
        yield Finding(
            (*at, "capPer"), "capPer: it is not said how much", "cap: 100%, or capPer: {upTo: 100%, per: year}"
        )
    if cap is not None and isinstance(least, Limit) and cap.unit == least.quantity.unit:
        comparison = least.comparison or Comparison.GE
        if not comparison.holds(cap.value, least.quantity.value):
            yield Finding((*at, "minimum"), "minimum: is never reached under the cap, so nothing would ever be paid")
