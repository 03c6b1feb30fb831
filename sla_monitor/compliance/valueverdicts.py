"""A standing for a number held against a limit: totals, statistics, spells (measurement.md 3, domain.md 2.14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.compliance import projections, ratios, reasons
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.figures import Figure
from sla_monitor.compliance.methods import Spells, Total, grows
from sla_monitor.compliance.projections import Projection
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.reasons import Verdict
from sla_monitor.compliance.standings import Facts, Standing, Status
from sla_monitor.compliance.terms import Agreement, NoData, Objective, PartialWindow

_RISING = (Comparison.GE, Comparison.GT)
_SIGNS = {Comparison.GE: "≥", Comparison.GT: ">", Comparison.LE: "≤", Comparison.LT: "<"}
_OPPOSITE = {Comparison.GE: "<", Comparison.GT: "≤", Comparison.LE: ">", Comparison.LT: "≥"}


@dataclass(frozen=True, slots=True)
class Case:
    """The objective with its target as it is for this window, what is known, and the value to expect at the end."""

    agreement: Agreement
    objective: Objective
    facts: Facts
    figure: Figure
    at_end: Fraction | None

    @property
    def rising(self) -> bool:
        """The promise is to reach the limit, not to stay under it."""
        return self.objective.comparison in _RISING

    @property
    def can_recover(self) -> bool:
        """The window is open, and what is missing of the limit may still come."""
        return not self.facts.complete and grows(self.objective.method) and self.rising

    def keeps(self, value: Fraction) -> bool:
        return self.objective.comparison.holds(self.objective.compared(value), self.objective.target)

    def told(self, value: Fraction) -> str:
        """`0.0431 s ≤ 0.045 s`, with digits enough to tell both apart."""
        times = 100 if self.objective.shown_in == "%" else 1
        sign = (_SIGNS if self.keeps(value) else _OPPOSITE)[self.objective.comparison]
        shown, limit = ratios.told_apart(self.objective.compared(value) * times, self.objective.target * times)
        unit = f" {self.objective.shown_in}" if self.objective.shown_in else ""
        return f"{shown}{unit} {sign} {limit}{unit}"


def judge(agreement: Agreement, objective: Objective, facts: Facts) -> Standing:
    """The standing of an objective whose method gives a number, decided from the facts alone."""
    objective = prorated(agreement, objective, facts)
    figure = facts.figure or Figure(None, None, None)
    total = isinstance(objective.method, Total)
    at_end = _at_end(facts, figure) if total else None
    case = Case(agreement, objective, facts, figure, at_end)
    outside = reasons.out_of_force(agreement, objective, facts)
    status, reason = outside or _decide(case)
    value = None if outside is not None else figure.value
    budget = Budget(objective.target, value) if total and value is not None and not case.rising else None
    return Standing(
        agreement=agreement,
        objective=objective,
        window=facts.window,
        complete=facts.complete,
        at=facts.at,
        attainment=_share(objective, value) if total else None,
        percent=None,
        bounds=_bounds(objective, figure) if total and outside is None else None,
        good=value if total else None,
        total=value if total else None,
        coverage=facts.tally.coverage,
        known_seconds=int(facts.tally.known),
        unknown_seconds=facts.tally.population - int(facts.tally.known),
        excluded_seconds=facts.excluded,
        budget=budget,
        burn_rates=dict.fromkeys(facts.lookbacks),
        projection=Projection(_share(objective, at_end), _exhaustion(case, budget), None)
        if outside is None
        else projections.NO_PROJECTION,
        breach_certain=status is Status.BREACHED and grows(objective.method) and not case.rising,
        status=status,
        reason=reason,
        credit=None,
        exclusions=facts.exclusions,
        value=value,
        incidents=facts.incidents,
        judged=outside is None,
        taken=facts.taken,
    )


def prorated(agreement: Agreement, objective: Objective, facts: Facts) -> Objective:
    """A count is promised in proportion to the part of the window that counts, unless agreed in full."""
    if not isinstance(objective.method, Total) or objective.partial_window is PartialWindow.FULL:
        return objective
    window = facts.window
    share = Fraction(window.span.intersect(agreement.term).seconds, window.entire.seconds)
    if share in (0, 1):
        return objective
    warn_at = None if objective.warn_at is None else objective.warn_at * share
    return replace(objective, target=objective.target * share, warn_at=warn_at)


def _share(objective: Objective, value: Fraction | None) -> Fraction | None:
    """Of the target; None where that is nothing."""
    return None if value is None or not objective.target else value / objective.target


def _bounds(objective: Objective, figure: Figure) -> tuple[Fraction, Fraction] | None:
    least, most = _share(objective, figure.least), _share(objective, figure.most)
    return None if least is None or most is None else (least, most)


def _at_end(facts: Facts, figure: Figure) -> Fraction | None:
    """If it goes on as it went so far (domain.md 2.14: n by the elapsed share)."""
    if figure.value is None or not facts.tally.known:
        return None
    return figure.value + figure.value / facts.tally.known * facts.rest


def _exhaustion(case: Case, budget: Budget | None) -> int | None:
    """When the limit of an amount is exceeded at the pace so far; None where the window ends before."""
    value, known = case.figure.value, case.facts.tally.known
    if budget is None or budget.remaining < 0 or not value or not known:
        return None
    seconds = budget.remaining / (value / known)
    if seconds > case.facts.rest or case.facts.complete:
        return None
    coming = case.facts.coming.after(case.facts.at)
    return coming.passed(min(int(seconds), coming.seconds)) if coming else case.facts.at + int(seconds)


def _decide(case: Case) -> Verdict:
    for rule in _RULES:
        if verdict := rule(case):
            return verdict
    value = case.figure.value or Fraction(0)
    so_far = " so far" if not case.facts.complete else ""
    if case.can_recover and not case.keeps(value):
        return Status.MET, f"{case.told(value)}{so_far}, on course for {_number(case, case.at_end)}"
    return Status.MET, f"{case.told(value)}{so_far}"


def _number(case: Case, value: Fraction | None) -> str:
    times, unit = (100, " %") if case.objective.shown_in == "%" else (1, case.objective.shown_in)
    unit = f" {unit.strip()}" if unit else ""
    return "what is not known yet" if value is None else f"{ratios.floored(value * times, 2)}{unit}"


def _nothing(case: Case) -> Verdict | None:
    if case.figure.value is not None and (case.facts.tally.known or not case.facts.tally.population):
        return None
    if not case.facts.tally.population:
        return Status.MET, "nothing was promised so far: outside the term or the service hours, or excluded"
    if not case.facts.tally.known:
        return Status.UNKNOWN, "nothing is known of this window"
    if isinstance(case.objective.method, Spells):
        return Status.MET, "no spells of downtime to take it of"
    return Status.UNKNOWN, "there is no sample in this window to take it of"


def _uncovered(case: Case) -> Verdict | None:
    """Unless the value stays on its side of the limit whatever the unknown time held."""
    coverage, least, most = case.facts.tally.coverage, case.figure.least, case.figure.most
    if case.objective.no_data in (NoData.EXCLUDE, NoData.GOOD) or coverage is None:
        return None
    if coverage >= case.objective.min_coverage:
        return None
    best, worst = (most, least) if case.rising else (least, most)
    if worst is not None and case.keeps(worst):
        return None
    if best is not None and not case.keeps(best) and not case.can_recover:
        return Status.BREACHED, f"even at best {case.told(best)}"
    known, wanted = (f"{ratios.percent_text(share * 100)} %" for share in (coverage, case.objective.min_coverage))
    return Status.UNKNOWN, f"only {known} of the window is known, under the agreed {wanted}"


def _breached(case: Case) -> Verdict | None:
    value = case.figure.value or Fraction(0)
    if case.keeps(value) or case.can_recover:
        return None
    return Status.BREACHED, case.told(value)


def _at_risk(case: Case) -> Verdict | None:
    if case.facts.complete:
        return None
    value, warn_at = case.figure.value or Fraction(0), case.objective.warn_at
    if isinstance(case.objective.method, Total):
        if case.at_end is not None and not case.keeps(case.at_end):
            return Status.AT_RISK, f"{case.told(value)} so far; at this pace it ends at {_number(case, case.at_end)}"
        return None
    if warn_at is not None and not case.objective.comparison.holds(value, warn_at):
        return Status.AT_RISK, f"{case.told(value)}, but beyond the warning level {_number(case, warn_at)}"
    return None


_RULES: tuple[Callable[[Case], Verdict | None], ...] = (_nothing, _uncovered, _breached, _at_risk)
