"""The credit, with its arithmetic, as a step of an explanation."""

from __future__ import annotations

from collections.abc import Iterator

from sla_monitor.compliance import earnings, verdicts
from sla_monitor.compliance.earnings import NOTHING
from sla_monitor.compliance.outcomes import Outcome
from sla_monitor.compliance.remedies import (
    Amount,
    Basis,
    Days,
    Escalation,
    Exceedance,
    PerBlock,
    PerSubwindow,
    Proportional,
    Remedy,
    Rule,
    Tiered,
)
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.explanations.lines import THIN, Line, Step, counted, length, number, percent
from sla_monitor.publishing.explanations.promises import shown
from sla_monitor.publishing.web import crediting


def credit(standing: Standing) -> Step | None:
    """What was agreed, what comes of it, and what is owed in the end. None where no credits were agreed."""
    agreed, due, remedy = crediting.agreed(standing.objective), crediting.due(standing), standing.objective.remedy
    if agreed is None or due is None or remedy is None:
        return None
    lines = [f"Agreed: {when}: {what}." for when, what in agreed.rows]
    if agreed.limits:
        lines.append(f"Agreed: {agreed.limits}.")
    outcome = verdicts.outcome_of(standing)
    if outcome.judged:
        lines += _reckoned(remedy, outcome, standing)
    lines.append(f"Owed: {due}.")
    return Step("credit", "The credit", tuple(Line(text.replace(THIN, " ")) for text in lines))


def _reckoned(remedy: Remedy, outcome: Outcome, standing: Standing) -> Iterator[str]:
    """What the agreed rows are held against, and what they give before caps and minima."""
    rule = remedy.rule
    if isinstance(rule, Tiered):
        yield _tiered(rule, outcome, standing)
    elif isinstance(rule, PerSubwindow):
        yield _subwindows(rule, outcome)
    elif isinstance(rule, PerBlock):
        blocks = earnings.blocks(rule, outcome)
        yield f"{counted(blocks, 'block')} × {_amount(rule.credit)} = {_amount(earnings.owed(rule, outcome))}."
    elif not outcome.breached:
        yield "The promise was not broken."
    else:
        yield from _of_a_broken_promise(rule, outcome, standing)
    if remedy.cap is not None or remedy.long_cap is not None or remedy.minimum is not None:
        yield f"That gives {_amount(earnings.owed(rule, outcome))}, before what limits it."


def _tiered(rule: Tiered, outcome: Outcome, standing: Standing) -> str:
    if rule.on is Basis.BAD_SECONDS:
        return f"The downtime to be held against that is {length(outcome.bad)}."
    if rule.on is Basis.VALUE:
        return f"The value to be held against that is {shown(standing.objective, outcome.value or NOTHING)}."
    return f"The attainment to be held against that is {percent((outcome.percent or NOTHING) / 100)}."


def _subwindows(rule: PerSubwindow, outcome: Outcome) -> str:
    missed = sum(earnings.fails(rule, one.compared) for one in outcome.subwindows)
    told = f"{missed:,} of {counted(len(outcome.subwindows), rule.every.value)} missed it"
    return f"{told}: {missed:,} × {_amount(rule.credit)} = {_amount(earnings.owed(rule, outcome))}."


def _of_a_broken_promise(rule: Rule, outcome: Outcome, standing: Standing) -> Iterator[str]:
    if isinstance(rule, Proportional):
        product = f"{number(rule.factor)} × {percent(outcome.missed)} = {percent(rule.factor * outcome.missed)}"
        yield f"{percent(outcome.missed)} were missed: {product}."
    elif isinstance(rule, Escalation):
        yield f"This is broken window number {earnings.failures(rule, outcome):,} of those that count together."
    elif isinstance(rule, Exceedance) and (found := earnings.ladder(rule, outcome)) is not None:
        value, limit = (shown(standing.objective, one or NOTHING) for one in (outcome.value, outcome.limit))
        yield f"{value} is beyond {limit} by {percent(found.value)} of it."


def _amount(amount: Amount) -> str:
    if isinstance(amount, Days):
        return f"{number(amount.count)} {'day' if amount.count == 1 else 'days'} of service"
    return percent(amount) if amount != NOTHING else "nothing"
