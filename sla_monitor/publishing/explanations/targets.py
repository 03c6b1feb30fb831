"""What the target allows, also where amendments make it the mean of several: as steps of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.methods import Total
from sla_monitor.compliance.standings import Standing, Weight
from sla_monitor.compliance.terms import Objective
from sla_monitor.publishing.explanations import promises
from sla_monitor.publishing.explanations.lines import Line, Step, moment, number, percent, quantity
from sla_monitor.publishing.explanations.numbers import unit_of
from sla_monitor.publishing.web import amended

ZERO = Fraction(0)


def amendments(standing: Standing) -> Step | None:
    lines = [Line(_amendment(standing, one)) for one in standing.amendments]
    if standing.weights:
        lines += _totals(standing) if isinstance(standing.objective.method, Total) else _shares(standing)
    return Step("amendments", "Amendments in this window", tuple(lines)) if lines else None


def _amendment(standing: Standing, one: Amended) -> str:
    amendment, objective = one.amendment, standing.objective
    change = f"target {promises.shown(objective, one.before)} → {promises.shown(objective, one.after)}"
    by = f"agreed by {', '.join(amendment.agreed_by)}" if amendment.agreed_by else ""
    said = [change, amendment.reason, by, amended.POLICIES[amendment.policy]]
    return f"{moment(amendment.effective, standing.agreement.zone)}: {'; '.join(text for text in said if text)}."


def _shares(standing: Standing) -> Iterator[Line]:
    """domain.md 2.11: allowed = Σ (1 − tⱼ)·Tⱼ, effective target = 1 − allowed/T."""
    unit = unit_of(standing.objective)
    for index, weight in enumerate(standing.weights):
        told = f"{_from(weight, standing)}: (1 − {percent(weight.target)}) × {quantity(weight.amount, unit)}"
        yield Line(told, "+" if index else "", (1 - weight.target) * weight.amount, unit)
    allowed = sum(((1 - one.target) * one.amount for one in standing.weights), ZERO)
    amount = sum((one.amount for one in standing.weights), ZERO)
    yield Line("may be bad of what was seen", "=", allowed, unit)
    if amount:
        target = percent(standing.objective.target)
        yield Line(f"The target of the whole is 1 − {number(allowed)} ÷ {number(amount)} = {target}.")


def _totals(standing: Standing) -> Iterator[Line]:
    """A count is promised in proportion to the time under each target."""
    seconds = sum((one.amount for one in standing.weights), ZERO)
    for index, weight in enumerate(standing.weights):
        share = f"{number(weight.amount)} ÷ {number(seconds)} of the time"
        told = f"{_from(weight, standing)}: {promises.shown(standing.objective, weight.target)} × {share}"
        part = weight.target * weight.amount / seconds if seconds else ZERO
        yield Line(told, "+" if index else "", part, standing.objective.shown_in)
    yield Line("is the target of the whole", "=", standing.objective.target, standing.objective.shown_in)


def _from(weight: Weight, standing: Standing) -> str:
    return f"from {moment(weight.span.start, standing.agreement.zone)}"


def budget(standing: Standing) -> Step | None:
    """What may be bad in all of the window, and what is left of it."""
    if standing.budget is None or not standing.judged:
        return None
    return Step("budget", "The error budget", tuple(_budget(standing, standing.budget)))


def _budget(standing: Standing, held: Budget) -> Iterator[Line]:
    objective, unit = standing.objective, unit_of(standing.objective)
    what = "bad" if objective.is_share else "counted"
    how = _allowed(objective, held, weighed=bool(standing.weights))
    yield Line(f"may be {what}: {how}", "", held.allowed, unit)
    yield Line(what, "−", held.used, unit)
    yield Line("left", "=", held.remaining, unit)
    if held.allowed:
        division = f"{number(held.used)} ÷ {number(held.allowed)}"
        yield Line(f"{division} = {percent(held.used / held.allowed)} of the budget is used.")


def _allowed(objective: Objective, held: Budget, *, weighed: bool) -> str:
    """How it comes about."""
    if not objective.is_share:
        return "the limit itself"
    if weighed:
        return "what each target allows of the time it was in force, added up"
    if not objective.budget_share:
        return "nothing, for the target is 100 %"
    base = quantity(held.allowed / objective.budget_share, unit_of(objective))
    of = "events so far" if objective.counts_events else "that the whole window holds"
    base = base.removesuffix(" events") if objective.counts_events else base
    return f"(1 − {percent(objective.target)}) × {base} {of}"
