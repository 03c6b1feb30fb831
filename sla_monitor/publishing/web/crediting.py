"""Service credits in words, for the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from sla_monitor.compliance import ratios
from sla_monitor.compliance.outcomes import share_of
from sla_monitor.compliance.periods import Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Amount,
    Basis,
    CreditTier,
    Days,
    Escalation,
    Exceedance,
    Failures,
    Flat,
    Minimum,
    Money,
    PerBlock,
    PerSubwindow,
    Proportional,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.stakes import Tier
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Objective
from sla_monitor.publishing.web import contracts, texts

Row = tuple[str, str]

MISSES = {Comparison.GE: "below", Comparison.GT: "at or below", Comparison.LE: "above", Comparison.LT: "at or above"}
TERMINATION = "the right to terminate"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed for one promise: rows of (when, credit), and what bounds it."""

    name: str
    rows: tuple[Row, ...]
    limits: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """A tier, what it pays, and what may be bad before it."""

    when: str
    credit: str
    left: str


def due(standing: Standing) -> str | None:
    """What the window earns; None where no credits were agreed."""
    credit, remedy = standing.credit, standing.objective.remedy
    if credit is None or remedy is None:
        return None
    if credit.ratio is None:
        return "no verdict, so no credit"
    amount = Days(credit.days) if credit.days is not None else credit.ratio
    return ", ".join((f"{_in_window(amount, standing)}{_of(remedy)}", *_provisos(credit, standing)))


def _provisos(credit: Credit, standing: Standing) -> Iterator[str]:
    if credit.condition is not None:
        yield f"paid only if it comes to {_least(credit.condition)}"
    if credit.claim_until is not None:
        yield f"to be claimed before {texts.moment(credit.claim_until, standing.agreement.zone)}"
    if credit.termination:
        yield f"and {TERMINATION}"
    if credit.unknown_windows:
        yield f"with {_windows(credit.unknown_windows, 'earlier')} nobody knows taken for kept"


def following(standing: Standing) -> str:
    """The next tier, or nothing where none is left."""
    credit, remedy = standing.credit, standing.objective.remedy
    if credit is None or remedy is None or credit.next_tier is None:
        return ""
    tier = credit.next_tier
    if tier.credit is None:
        return f"{TERMINATION} {_when(tier, standing.objective)}"
    return f"{_in_window(tier.credit, standing)}{_of(remedy)} {_when(tier, standing.objective)}"


def at_most(standing: Standing) -> str:
    """What the window may still come to owe, where that is more than what it owes now."""
    credit = standing.credit
    if credit is None or credit.most is None or share_of(credit.most, standing.window) <= (credit.ratio or 0):
        return ""
    return f"at most {_in_window(credit.most, standing)} can still come to be owed"


def left(standing: Standing) -> tuple[Ahead, ...]:
    """Each tier the window may still end in, with what may be bad until then."""
    credit, remedy = standing.credit, standing.objective.remedy
    if credit is None or remedy is None or standing.complete:
        return ()
    return tuple(
        Ahead(_when(rung.tier, standing.objective), _in_window(rung.tier.credit, standing), _until(rung.left, standing))
        for rung in credit.rungs
        if rung.reachable and rung.left is not None and rung.tier.credit is not None
    )


def _until(amount: Fraction, standing: Standing) -> str:
    if not amount:
        return "none"
    return texts.amount(standing.objective, amount)


def agreed(objective: Objective) -> Terms | None:
    """What was agreed, whatever the window; None where nothing was."""
    remedy = objective.remedy
    return None if remedy is None else Terms(objective.name, _rows(remedy, objective), _limits(remedy))


def _rows(remedy: Remedy, objective: Objective) -> tuple[Row, ...]:
    broken = "the promise is broken"
    match remedy.rule:
        case Tiered() | Exceedance():
            what = "attainment " if isinstance(remedy.rule, Tiered) and remedy.rule.on is Basis.ATTAINMENT else ""
            return tuple((f"{what}{_when(tier, objective)}", _amount(tier.credit)) for tier in remedy.tiers)
        case Proportional(factor=factor):
            return ((broken, f"{ratios.plain(factor)} times the share that was missed"),)
        case PerBlock() as rule:
            return ((_block(rule), _amount(rule.credit)),)
        case PerSubwindow() as rule:
            bound = texts.value(objective, rule.target)
            return ((f"each {rule.every.value} {MISSES[rule.comparison]} {bound}", _amount(rule.credit)),)
        case Escalation(steps=steps):
            return tuple((_when(step, objective), _paid(step)) for step in steps)
        case Flat(credit=credit):
            return ((broken, _amount(credit)),)


def _block(rule: PerBlock) -> str:
    told = f"each {'begun ' if rule.begun else 'full '}{texts.duration(rule.every)} of an outage"
    if rule.shortest is None:
        return told
    comparison, shortest = rule.shortest
    return f"{told} of {'more than' if comparison is Comparison.GT else 'at least'} {texts.duration(shortest)}"


def _paid(step: Failures) -> str:
    return TERMINATION if step.credit is None else _amount(step.credit)


def _when(tier: Tier, objective: Objective) -> str:
    """`below 99.9 %`, `at or below 99.9 %, above 99 %`; of downtime as durations; or so many broken windows."""
    rule = None if objective.remedy is None else objective.remedy.rule
    if isinstance(tier, Failures):
        within = contracts.lapse_text(rule.within) if isinstance(rule, Escalation) else ""
        return f"at {_windows(tier.count, 'broken')} within {within}"
    if isinstance(rule, Exceedance):
        return f"{_bounds(tier, texts.percent)} beyond the target" if tier.lower is not None else "beyond the target"
    basis = rule.on if isinstance(rule, Tiered) else Basis.ATTAINMENT
    if basis is Basis.BAD_SECONDS:
        return f"{_bounds(tier, texts.duration)} of downtime"
    return _bounds(tier, texts.percent if basis is Basis.ATTAINMENT else partial(texts.value, objective))


def _bounds(tier: CreditTier, shown: Callable[[Fraction], str]) -> str:
    named = (
        ("below", tier.below),
        ("at or below", tier.at_or_below),
        ("above", tier.above),
        ("at or above", tier.at_or_above),
    )
    return ", ".join(f"{name} {shown(bound)}" for name, bound in named if bound is not None)


def _windows(count: int, which: str) -> str:
    return f"{count} {which} {'window' if count == 1 else 'windows'}"


def _amount(amount: Amount) -> str:
    if not isinstance(amount, Days):
        return texts.percent(amount)
    count = ratios.plain(amount.count)
    return f"{count} {'day' if count == '1' else 'days'} of service"


def _in_window(amount: Amount, standing: Standing) -> str:
    share = texts.percent(share_of(amount, standing.window))
    return f"{_amount(amount)} ({share})" if isinstance(amount, Days) else share


def _of(remedy: Remedy) -> str:
    return f" of the {remedy.of}" if remedy.of else ""


def _limits(remedy: Remedy) -> str:
    told = []
    if isinstance(remedy.rule, PerBlock) and remedy.rule.max_per_day is not None:
        told.append(f"at most {remedy.rule.max_per_day} a day")
    if remedy.cap is not None:
        told.append(f"at most {_amount(remedy.cap)}")
    if remedy.long_cap is not None:
        per = remedy.long_cap.per
        over = f"a {per.value}" if isinstance(per, Unit) else f"over {contracts.lapse_text(per)}"
        told.append(f"at most {_amount(remedy.long_cap.amount)} {over}")
    if remedy.minimum is not None:
        told.append(f"nothing unless it is {_least(remedy.minimum)}")
    if remedy.claim is not None:
        told.append(f"to be claimed within {remedy.claim.text} of the window's end")
    return "; ".join(told)


def _least(minimum: Minimum) -> str:
    words = "more than" if minimum.comparison is Comparison.GT else "at least"
    least = minimum.amount
    shown = f"{ratios.plain(least.value)} {least.currency}" if isinstance(least, Money) else _amount(least)
    return f"{words} {shown}"
