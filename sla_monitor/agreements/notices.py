"""What is worth knowing of an agreement that is served all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from sla_monitor.agreements import amending
from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.creditchecks import bounds_of
from sla_monitor.agreements.creditfits import misfits
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.objectivechecks import SHARES, method_of, promise_of, share_of, text_of
from sla_monitor.agreements.openinghours import speaks_of_holidays
from sla_monitor.agreements.schema.documents import TemplateSpec
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import Credits, Tier
from sla_monitor.agreements.termchecks import term_notices
from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.ratios import Comparison, ceiled

BURN_RULES = {
    "1h": ("page", Fraction(2, 100)),
    "6h": ("page", Fraction(5, 100)),
    "1d": ("ticket", Fraction(10, 100)),
    "3d": ("ticket", Fraction(10, 100)),
}
"""Lookback → severity, and the share of the budget that is gone after it (SRE workbook, table 5-8)."""
WINDOW_HOLDS = 3
"""A rule needs a window of so many of its lookbacks."""
_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 720, "quarter": 2184, "year": 8760}


def notices(model: Model, now: int | None) -> Iterator[Finding]:
    """What is worth knowing of an agreement that is served all the same. `now` None: nobody looks at the clock."""
    at, spec = terms_of(model)
    for found in (*_of_shown(spec), *term_notices(spec, now)):
        yield replace(found, loc=(*at, *found.loc))
    for index, objective in enumerate(spec.objectives):
        for found in _of_promise(objective, spec.credits):
            yield replace(found, loc=(*at, "objectives", index, *found.loc))
    for found in _of_amendments(spec):
        yield replace(found, loc=(*at, *found.loc))


def _of_promise(objective: Objective, of_all: Credits | None) -> Iterator[Finding]:
    yield from _of_burn_rates(objective)
    yield from _of_high_tiers(objective, of_all)
    if of_all is not None and objective.credits is None:
        for found in islice(misfits(of_all, promise_of(objective)), 1):
            told = f"the agreement's credits are not for this promise: {found.message}"
            yield Finding((), told, "give the objective credits of its own")


def _of_amendments(spec: TemplateSpec) -> Iterator[Finding]:
    """What is worth knowing since an amendment; what was so before is told where it was first agreed."""
    for index, (amendment, versions) in enumerate(amending.versions(spec)):
        for version in versions:
            before = {found.message for found in _of_promise(version.before, version.credits_before)}
            for found in _of_promise(version.after, version.credits):
                if found.message not in before:
                    yield amending.located(found, version, amendment, index)


def _of_shown(spec: TemplateSpec) -> Iterator[Finding]:
    changes = (change for amendment in spec.amendments for change in amendment.objectives)
    hours = (spec.service_hours, *(one.service_hours for one in (*spec.objectives, *changes)))
    if spec.holidays is not None and not any(text is not None and speaks_of_holidays(text) for text in hours):
        yield Finding(("holidays",), "no service hours speak of public holidays", "such as Mo-Fr 08:00-18:00; PH off")
    if spec.reports:
        yield Finding(("reports",), "this version does not send reports", "the agreement is served without them")
    if spec.escalation:
        yield Finding(("escalation",), "this version shows the escalation steps and carries none of them out")
    everyone: list[tuple[Loc, Credits | None]] = [(("credits",), spec.credits)]
    everyone += [(("objectives", i, "credits"), objective.credits) for i, objective in enumerate(spec.objectives)]
    everyone += [(("amendments", i, "credits"), amendment.credits) for i, amendment in enumerate(spec.amendments)]
    everyone += [
        (("amendments", i, "objectives", n, "credits"), change.credits)
        for i, amendment in enumerate(spec.amendments)
        for n, change in enumerate(amendment.objectives)
    ]
    for place, credits_ in everyone:
        if credits_ is not None and credits_.claim_within is not None:
            yield Finding((*place, "claimWithin"), "this version shows claim deadlines and reminds nobody of them")


def _of_burn_rates(objective: Objective) -> Iterator[Finding]:
    """Rules no outage could fire: a burn rate never exceeds 1 / (1 − target)."""
    share, window = 1 - share_of(objective.target), _nominal(objective)
    if method_of(objective) not in SHARES or share == 0:
        return
    for lookback, (severity, budget) in BURN_RULES.items():
        rate = budget * window / LOOKBACKS[lookback]
        if rate * share >= 1 and window >= WINDOW_HOLDS * LOOKBACKS[lookback]:
            told = f"the {severity} alert over {lookback} wants a burn rate of {ceiled(rate, 2)}"
            most = f"a target of {text_of(objective.target.quantity)} allows none above {ceiled(1 / share, 2)}"
            yield Finding(("target",), f"{told}, but {most}", "its threshold is lowered")


def _nominal(objective: Objective) -> Fraction:
    if objective.window is not None and objective.window.rolling is not None:
        return objective.window.rolling
    every = objective.window.every if objective.window is not None else None
    return Fraction(_HOURS[every or "month"] * 3600)


def _of_high_tiers(objective: Objective, of_all: Credits | None) -> Iterator[Finding]:
    credits_ = objective.credits or of_all
    if method_of(objective) not in SHARES or credits_ is None:
        return
    for tier in credits_.schedule or ():
        if credits_.on == "bad seconds":
            if tier.above is None and tier.at_or_above is None:
                yield Finding(("target",), "a credit is due without any downtime", "give its tier a lower bound")
        elif (bound := _paid_from(tier, objective)) is not None:
            told = f"a credit is due {bound}"
            yield Finding(("target",), f"{told}, though the target {text_of(objective.target.quantity)} is kept there")


def _paid_from(tier: Tier, objective: Objective) -> str | None:
    """The upper bound in words, if the target is kept under it."""
    target = share_of(objective.target)
    if tier.below is not None:
        return f"below {text_of(tier.below)}" if tier.below.ratio > target else None
    if tier.at_or_below is None:
        (bound,) = bounds_of(tier).values()
        return f"above {text_of(bound)}"
    kept = objective.target.comparison is not Comparison.GT and tier.at_or_below.ratio == target
    return f"at or below {text_of(tier.at_or_below)}" if kept or tier.at_or_below.ratio > target else None
