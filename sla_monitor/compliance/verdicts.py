"""Verdicts: a status for the facts of a window, with its reason as a sentence (measurement.md 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sla_monitor.compliance import budgets, burnrates, methods, projections, ratios, servicecredits, windows
from sla_monitor.compliance.periods import local_text
from sla_monitor.compliance.standings import Facts, Standing, Status
from sla_monitor.compliance.terms import Agreement, Method, NoData, Objective, PartialWindow

AT_RISK_BUDGET = Fraction(1, 10)
"""Less of the error budget left than this is a risk."""

Verdict = tuple[Status, str]


@dataclass(frozen=True, slots=True)
class _Case:
    """All that the rules look at. percent: attainment as compared, None where all is unknown."""

    agreement: Agreement
    objective: Objective
    facts: Facts
    attained: methods.Attainment
    percent: Fraction | None
    outlook: projections.Outlook
    projection: projections.Projection

    def keeps(self, share: Fraction) -> bool:
        return _keeps(self.objective, share)

    @property
    def shown(self) -> str:
        sign = "<" if self.percent is None or not self.keeps(self.attained.share or Fraction(0)) else "≥"
        return f"{_percent(self.percent)} {sign} {_percent(self.objective.target * 100)}"

    @property
    def budget_left(self) -> str:
        return f"{ratios.floored(self.outlook.budget.remaining_ratio * 100, 1)} % of the error budget left"


def judge(agreement: Agreement, objective: Objective, facts: Facts) -> Standing:
    """The standing of an objective, decided from the facts alone."""
    tally = methods.counted(facts.tally, objective.method, objective.no_data)
    attained = methods.attain(facts.tally, objective.method, objective.no_data, facts.assumed)
    outlook = _outlook(objective, facts, tally)
    projection = projections.project(outlook, facts.at)
    percent = None if attained.share is None else ratios.round_percent(attained.share, objective.rounding)
    case = _Case(agreement, objective, facts, attained, percent, outlook, projection)
    status, reason = _verdict(case)
    voiceless = _outside(case) is not None or _skipped(case) is not None
    return Standing(
        agreement=agreement,
        objective=objective,
        window=facts.window,
        complete=facts.complete,
        at=facts.at,
        attainment=None if voiceless else attained.share,
        percent=None if voiceless else percent,
        bounds=None if voiceless else (attained.lower, attained.upper),
        good=outlook.good,
        total=outlook.total,
        coverage=facts.tally.coverage,
        known_seconds=int(facts.tally.known),
        unknown_seconds=facts.tally.population - int(facts.tally.known),
        excluded_seconds=0,
        budget=outlook.budget,
        burn_rates={
            name: burnrates.burn_rate(lookback, objective.budget_share) for name, lookback in facts.lookbacks.items()
        },
        projection=projection,
        breach_certain=not voiceless and _breach_certain(case),
        status=status,
        reason=reason,
        credit=servicecredits.credit_of(None if voiceless or status is Status.UNKNOWN else percent, objective.tiers),
    )


def _outlook(objective: Objective, facts: Facts, tally: windows.Tally) -> projections.Outlook:
    """measurement.md 8: the budget of events is a share of those so far, of time a share of the whole window."""
    events = objective.method is Method.EVENTS
    rate = tally.density if events else methods.per_second(facts.tally)
    total = tally.total + facts.assumed
    whole = total if events else total + rate * facts.rest + (facts.assumed_whole - facts.assumed)
    recent = facts.lookbacks[burnrates.RECENT]
    pace = projections.Pace(recent.bad / recent.known, recent.total / recent.known) if recent.known else None
    return projections.Outlook(
        good=tally.good + facts.assumed,
        total=total,
        rest=facts.rest,
        share=objective.budget_share,
        budget=budgets.budget_of(objective.budget_share, whole, tally.bad),
        recent=pace,
        expected=max(rate, pace.total) if events and pace else rate,
        budget_grows=events,
    )


def _verdict(case: _Case) -> Verdict:
    for rule in _RULES:
        if verdict := rule(case):
            return verdict
    return Status.MET, f"{case.shown} with {case.budget_left}"


def _outside(case: _Case) -> Verdict | None:
    """`pending` and `ended` are for the current window, and for windows wholly outside the term."""
    term, span, at, zone = case.agreement.term, case.facts.window.span, case.facts.at, case.agreement.zone
    if at < term.start or span.end <= term.start:
        return Status.PENDING, f"the agreement begins {local_text(term.start, zone)}"
    if (at >= term.end and not case.facts.complete) or span.start >= term.end:
        return Status.ENDED, f"the agreement ended {local_text(term.end, zone)}"
    return None


def _skipped(case: _Case) -> Verdict | None:
    span = case.facts.window.span
    if case.objective.partial_window is not PartialWindow.SKIP or span.intersect(case.agreement.term) == span:
        return None
    return (
        Status.UNKNOWN,
        "the term covers only a part of this window, which gives no verdict (partialWindow: skip)",
    )


def _uncovered(case: _Case) -> Verdict | None:
    """Unless even the best bound misses the target, or even the worst keeps it (measurement.md 4)."""
    if case.percent is None:
        return Status.UNKNOWN, "nothing is known of this window yet"
    coverage = case.facts.tally.coverage
    if case.objective.no_data is not NoData.UNKNOWN or coverage is None or coverage >= case.objective.min_coverage:
        return None
    between = f"attainment lies between {_bound(case.attained.lower)} and {_bound(case.attained.upper)}"
    if not case.keeps(case.attained.upper):
        return (
            Status.BREACHED,
            f"even at best {_bound(case.attained.upper)} < {_percent(case.objective.target * 100)}",
        )
    if case.keeps(case.attained.lower):
        return None
    known, wanted = _percent(coverage * 100), _percent(case.objective.min_coverage * 100)
    return Status.UNKNOWN, f"only {known} of the window is known, under the agreed {wanted}; {between}"


def _breached(case: _Case) -> Verdict | None:
    if case.attained.share is None or case.keeps(case.attained.share):
        return None
    over = -case.outlook.budget.remaining
    if over <= 0:
        return Status.BREACHED, f"{case.shown} so far, with {case.budget_left} for the whole window"
    amount = f"{ratios.ceiled(over, 1)} {case.objective.unit}"
    return Status.BREACHED, f"{case.shown}; the error budget is overdrawn by {amount}"


def _at_risk(case: _Case) -> Verdict | None:
    if case.facts.complete:
        return None
    share, warn_at, end = case.attained.share, case.objective.warn_at, case.projection.attainment_at_end
    if share is not None and warn_at is not None and share < warn_at:
        return Status.AT_RISK, f"{case.shown}, but under the warning level {_percent(warn_at * 100)}"
    if end is not None and not case.keeps(end):
        return Status.AT_RISK, f"at the pace of the last 6 h the window would end at {_bound(end)}"
    if case.outlook.budget.remaining_ratio < AT_RISK_BUDGET:
        return Status.AT_RISK, f"{case.shown} with only {case.budget_left}"
    return None


_RULES: tuple[Callable[[_Case], Verdict | None], ...] = (_outside, _skipped, _uncovered, _breached, _at_risk)


def _breach_certain(case: _Case) -> bool:
    """Even a perfect rest, at the traffic to expect, cannot keep the promise. Never of a rolling window."""
    if case.facts.window.kind == "rolling" or case.facts.tally.known == 0:
        return False
    rest = case.facts.assumed_whole - case.facts.assumed
    good, total = case.outlook.good + rest, case.outlook.total + rest
    coming = (case.outlook.expected or 0) * case.outlook.rest
    return bool(total + coming) and not case.keeps((good + coming) / (total + coming))


def _keeps(objective: Objective, share: Fraction) -> bool:
    return objective.comparison.holds(ratios.round_percent(share, objective.rounding), objective.target * 100)


def _percent(percent: Fraction | None) -> str:
    return "unknown" if percent is None else f"{ratios.percent_text(percent)} %"


def _bound(share: Fraction) -> str:
    return _percent(share * 100)
