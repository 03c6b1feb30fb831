"""Statuses, each with its reason as a sentence (measurement.md 4, 6 and 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sla_monitor.compliance import attainments, projections, ratios
from sla_monitor.compliance.periods import local_text
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.standings import Facts, Status
from sla_monitor.compliance.terms import Agreement, NoData, Objective, PartialWindow

AT_RISK_BUDGET = Fraction(1, 10)
"""Less of the error budget left than this is a risk."""

Verdict = tuple[Status, str]

_KEPT = {Comparison.GE: "≥", Comparison.GT: ">", Comparison.LE: "≤", Comparison.LT: "<"}
_MISSED = {Comparison.GE: "<", Comparison.GT: "≤", Comparison.LE: ">", Comparison.LT: "≥"}


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules look at."""

    agreement: Agreement
    objective: Objective
    facts: Facts
    attained: attainments.Attainment
    outlook: projections.Outlook
    projection: projections.Projection

    @property
    def percent(self) -> Fraction | None:
        """Attainment as it is compared; None where all is unknown."""
        return None if self.attained.share is None else self.rounded(self.attained.share)

    def rounded(self, share: Fraction) -> Fraction:
        return ratios.round_percent(share, self.objective.rounding)

    def keeps(self, share: Fraction) -> bool:
        return self.objective.comparison.holds(self.rounded(share), self.objective.target * 100)

    def keeps_at_end(self, share: Fraction, coming: Fraction) -> bool:
        """Once so much more has come, under terms that an amendment may make others than those so far."""
        total = self.outlook.total + coming
        allowed = self.objective.budget_share * self.outlook.total + self.outlook.share * coming
        target = 1 - allowed / total if total else self.objective.target
        return self.objective.comparison.holds(self.rounded(share), target * 100)

    def against_target(self, share: Fraction) -> str:
        """`99.921 % ≥ 99.9 %`, both with digits enough to tell them apart."""
        signs = _KEPT if self.keeps(share) else _MISSED
        shown, target = ratios.told_apart(self.rounded(share), self.objective.target * 100)
        return f"{shown} % {signs[self.objective.comparison]} {target} %"

    @property
    def uncovered(self) -> bool:
        """Too little is known for a verdict from the known part alone."""
        coverage = self.facts.tally.coverage
        return (
            self.objective.no_data is NoData.UNKNOWN and coverage is not None and coverage < self.objective.min_coverage
        )

    @property
    def budget_left(self) -> str:
        if self.outlook.budget.remaining < 0:
            return f"{self.overdraft}, which the agreed rounding forgives"
        return f"{ratios.floored(self.outlook.budget.remaining_ratio * 100, 1)} % of the error budget left"

    @property
    def overdraft(self) -> str:
        over = ratios.ceiled(-self.outlook.budget.remaining, 1)
        return f"the error budget overdrawn by {over} {self.objective.unit}"


def _appeared(agreement: Agreement) -> str:
    here = agreement.presence is not None and agreement.presence.start == agreement.term.start
    return ", when its customer appeared" if here else ""


def _vanished(agreement: Agreement) -> str:
    here = agreement.presence is not None and agreement.presence.end == agreement.term.end
    return ", when its customer was last seen" if here else ""


def out_of_force(agreement: Agreement, objective: Objective, facts: Facts) -> Verdict | None:
    """Windows that get no verdict. `pending` and `ended` are for those not judged in the term."""
    term, span, at, zone = agreement.term, facts.window.span, facts.at, agreement.zone
    if at < term.start or span.end <= term.start:
        return Status.PENDING, f"the agreement begins {local_text(term.start, zone)}{_appeared(agreement)}"
    if (at >= term.end and not facts.complete) or span.start >= term.end:
        how = "ended" if agreement.terminated is None else "was terminated"
        return Status.ENDED, f"the agreement {how} {local_text(term.end, zone)}{_vanished(agreement)}"
    if objective.partial_window is PartialWindow.SKIP and span.intersect(term) != facts.window.entire:
        cut = "an amendment leaves" if facts.window.whole else "the term covers"
        return Status.UNKNOWN, f"{cut} only a part of this window, which gives no verdict (partialWindow: skip)"
    return None


def decide(case: Case) -> Verdict:
    share = case.attained.share
    if share is None:
        return Status.UNKNOWN, "nothing is known of this window"
    for rule in _RULES:
        if verdict := rule(case, share):
            return verdict
    return Status.MET, f"{case.against_target(share)} with {case.budget_left}"


def breach_certain(case: Case) -> bool:
    """Even a perfect rest, at the traffic to expect, cannot keep the promise. Never of a rolling window.

    Where the verdict hangs on the bounds, what is unknown may turn out good as well.
    """
    if case.facts.window.kind == "rolling":
        return False
    coming = case.outlook.expected * case.outlook.rest + case.outlook.assumed_rest
    if case.uncovered:
        coming += attainments.unseen(case.facts.tally, case.objective.method)
    total = case.outlook.total + coming
    return bool(total) and not case.keeps_at_end((case.outlook.good + coming) / total, coming)


def _uncovered(case: Case, _share: Fraction) -> Verdict | None:
    """Unless even the best bound misses the target, or even the worst keeps it (measurement.md 4)."""
    if not case.uncovered:
        return None
    if not case.keeps(case.attained.upper):
        return Status.BREACHED, f"even at best {case.against_target(case.attained.upper)}"
    if case.keeps(case.attained.lower):
        return None
    known, wanted = _percent(case.facts.tally.coverage or Fraction(0)), _percent(case.objective.min_coverage)
    between = f"attainment lies between {_percent(case.attained.lower)} and {_percent(case.attained.upper)}"
    return Status.UNKNOWN, f"only {known} of the window is known, under the agreed {wanted}; {between}"


def _breached(case: Case, share: Fraction) -> Verdict | None:
    if case.keeps(share):
        return None
    shown = case.against_target(share)
    if case.outlook.budget.remaining < 0:
        return Status.BREACHED, f"{shown}, {case.overdraft}"
    if case.facts.rest:
        return Status.BREACHED, f"{shown} so far, with {case.budget_left} for the whole window"
    return Status.BREACHED, shown


def _at_risk(case: Case, share: Fraction) -> Verdict | None:
    if case.facts.complete:
        return None
    warn_at, end = case.objective.warn_at, case.projection.attainment_at_end
    if warn_at is not None and case.rounded(share) < warn_at * 100:
        return Status.AT_RISK, f"{case.against_target(share)}, but under the warning level {_percent(warn_at)}"
    if end is not None and not case.keeps_at_end(end, case.outlook.brought):
        return Status.AT_RISK, f"at the pace of the last 6 h the window would end at {_percent(end)}"
    if case.outlook.budget.remaining_ratio < AT_RISK_BUDGET:
        return Status.AT_RISK, f"{case.against_target(share)} with only {case.budget_left}"
    return None


_RULES: tuple[Callable[[Case, Fraction], Verdict | None], ...] = (_uncovered, _breached, _at_risk)


def _percent(share: Fraction) -> str:
    return f"{ratios.percent_text(share * 100)} %"
