"""A standing for the facts of a window: attainment, budget, outlook, status (measurement.md 3 to 9)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sla_monitor.compliance import (
    attainments,
    budgets,
    burnrates,
    projections,
    reasons,
    servicecredits,
    valueverdicts,
    windows,
)
from sla_monitor.compliance.methods import Share, grows
from sla_monitor.compliance.outcomes import Grounds, Outcome
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.standings import Facts, Standing, Status
from sla_monitor.compliance.terms import Agreement, Objective

ZERO = Fraction(0)


def judge(agreement: Agreement, objective: Objective, facts: Facts) -> Standing:
    """The standing of an objective, decided from the facts alone."""
    if isinstance(objective.method, Share):
        return credited(_of_share(agreement, objective, facts))
    standing = valueverdicts.judge(agreement, objective, facts)
    return credited(replace(standing, grounds=Grounds(outages=facts.outages, subwindows=facts.subwindows)))


def _of_share(agreement: Agreement, objective: Objective, facts: Facts) -> Standing:
    attained = attainments.attain(facts.tally, objective.method, objective.no_data, facts.assumed, facts.extremes)
    outlook = _outlook(objective, facts, attained.share)
    projection = projections.project(outlook, facts.at)
    case = reasons.Case(agreement, objective, facts, attained, outlook, projection)
    out_of_force = reasons.out_of_force(agreement, objective, facts)
    status, reason = out_of_force or reasons.decide(case)
    judged = out_of_force is None
    certain = judged and reasons.breach_certain(case)
    if certain:
        projection = replace(projection, max_further_downtime=None)
    return Standing(
        agreement=agreement,
        objective=objective,
        window=facts.window,
        complete=facts.complete,
        at=facts.at,
        attainment=attained.share if judged else None,
        percent=case.percent if judged else None,
        bounds=(attained.lower, attained.upper) if judged else None,
        good=outlook.good,
        total=outlook.total,
        coverage=facts.tally.coverage,
        known_seconds=int(facts.tally.known),
        unknown_seconds=facts.tally.population - int(facts.tally.known),
        excluded_seconds=facts.excluded,
        budget=outlook.budget,
        burn_rates=burn_rates(objective, facts),
        projection=projection if judged else projections.NO_PROJECTION,
        breach_certain=certain,
        status=status,
        reason=reason,
        credit=None,
        exclusions=facts.exclusions,
        incidents=facts.incidents,
        judged=judged,
        grounds=_grounds(facts, outlook),
        taken=facts.taken,
    )


def _grounds(facts: Facts, outlook: projections.Outlook) -> Grounds:
    """Of events nobody knows how many are to come; of a rolling window everything is."""
    goes_on = not facts.complete and (outlook.budget_grows or facts.window.kind == "rolling")
    coming = outlook.expected * outlook.rest
    return Grounds(
        total=outlook.total + (0 if outlook.budget_grows else coming + outlook.assumed_rest),
        coming=None if goes_on else coming,
        outages=facts.outages,
        subwindows=facts.subwindows,
    )


def credited(standing: Standing) -> Standing:
    """With the credit that its verdict earns; none where there is no verdict."""
    credit = servicecredits.credit_of(standing.objective.remedy, outcome_of(standing))
    return replace(standing, credit=credit)


def outcome_of(standing: Standing) -> Outcome:
    """What its credit hangs on."""
    objective, grounds, attainment = standing.objective, standing.grounds, standing.attainment
    percent, value = standing.percent, standing.value
    if percent is None and attainment is not None:
        percent = attainment * 100  # of an amount, which is compared as it is
    judged = standing.judged and standing.status is not Status.UNKNOWN
    return Outcome(
        percent=percent if judged else None,
        breached=standing.status is Status.BREACHED,
        missed=max(ZERO, 1 - (Fraction(1) if attainment is None else attainment)),
        bad=standing.bad or ZERO,
        window=standing.window,
        zone=standing.agreement.zone,
        at=standing.at,
        comparison=objective.comparison,
        limit=objective.target,
        rounding=objective.rounding,
        value=objective.compared(value) if judged and value is not None else None,
        total=grounds.total,
        coming=grounds.coming,
        outages=grounds.outages,
        subwindows=grounds.subwindows,
        history=grounds.history,
        growing=grows(objective.method) and standing.window.kind != "rolling",
    )


def _counted(objective: Objective, tally: windows.Tally) -> windows.Tally:
    return attainments.counted(tally, objective.method, objective.no_data)


def burn_rates(objective: Objective, facts: Facts) -> dict[str, float | None]:
    """Absent where nothing is known, whatever unknown time counts as (measurement.md 8)."""
    share = objective.budget_share
    return {
        name: burnrates.burn_rate(_counted(objective, lookback), share) if lookback.known else None
        for name, lookback in facts.lookbacks.items()
    }


def _outlook(objective: Objective, facts: Facts, attained: Fraction | None) -> projections.Outlook:
    """measurement.md 8: the budget of events is a share of those so far, of time a share of the whole window."""
    events = objective.counts_events
    tally = _counted(objective, facts.tally)
    rate = tally.density if events else attainments.per_second(facts.tally, objective.method)
    total = tally.total + facts.assumed * rate
    assumed_rest = (facts.assumed_whole - facts.assumed) * rate
    yet = 0 if events else facts.rest * rate + assumed_rest
    share = objective.budget_share
    coming_share = share if facts.coming_share is None else facts.coming_share
    pace = _pace(objective, facts)
    return projections.Outlook(
        attained=attained,
        good=tally.good + facts.assumed * rate,
        total=total,
        rest=facts.rest,
        assumed_rest=assumed_rest,
        share=coming_share,
        budget=budgets.Budget(share * total + coming_share * yet, tally.bad),
        recent=pace,
        expected=max(rate, pace.total) if events and pace else rate,
        budget_grows=events,
        coming=facts.coming,
        rounding=objective.rounding,
        strict=objective.comparison is Comparison.GT,
    )


def _pace(objective: Objective, facts: Facts) -> projections.Pace | None:
    if not facts.lookbacks[burnrates.RECENT].known:
        return None
    recent = _counted(objective, facts.lookbacks[burnrates.RECENT])
    return projections.Pace(recent.bad / recent.known, recent.total / recent.known)
