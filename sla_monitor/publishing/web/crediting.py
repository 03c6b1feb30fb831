"""Service credits in words, for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from sla_monitor.compliance import ratios
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import Amount, Basis, CreditTier, Days, Flat, Proportional, Remedy, Tiered
from sla_monitor.compliance.servicecredits import share_of
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Objective
from sla_monitor.publishing.web import texts

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed for one promise: rows of (when, credit), and what bounds it."""

    name: str
    rows: tuple[Row, ...]
    limits: str


def due(standing: Standing) -> str | None:
    """What the window earns; None where no credits were agreed."""
    credit, remedy = standing.credit, standing.objective.remedy
    if credit is None or remedy is None:
        return None
    if credit.ratio is None:
        return "no verdict, so no credit"
    amount = Days(credit.days) if credit.days is not None else credit.ratio
    until = credit.claim_until
    deadline = "" if until is None else f", to be claimed before {texts.moment(until, standing.agreement.zone)}"
    return f"{_in_window(amount, standing)}{_of(remedy)}{deadline}"


def following(standing: Standing) -> str:
    """The next tier, or nothing where none is left."""
    credit, remedy = standing.credit, standing.objective.remedy
    if credit is None or remedy is None or credit.next_tier is None:
        return ""
    tier = credit.next_tier
    return f"{_in_window(tier.credit, standing)}{_of(remedy)} {_bounds(tier, remedy)}"


def agreed(objective: Objective) -> Terms | None:
    """What was agreed, whatever the window; None where nothing was."""
    remedy = objective.remedy
    return None if remedy is None else Terms(objective.name, _rows(remedy), _limits(remedy))


def _rows(remedy: Remedy) -> tuple[Row, ...]:
    match remedy.rule:
        case Tiered(tiers=tiers, on=on):
            what = "attainment " if on is Basis.ATTAINMENT else ""
            return tuple((f"{what}{_bounds(tier, remedy)}", _amount(tier.credit)) for tier in tiers)
        case Proportional(factor=factor):
            return (("the promise is broken", f"{ratios.plain(factor)} times the share that was missed"),)
        case Flat(credit=credit):
            return (("the promise is broken", _amount(credit)),)


def _bounds(tier: CreditTier, remedy: Remedy) -> str:
    """`below 99.9 %`, `at or below 99.9 %, above 99 %`; of downtime as durations."""
    time = isinstance(remedy.rule, Tiered) and remedy.rule.on is Basis.BAD_SECONDS
    shown = texts.duration if time else texts.percent
    named = (
        ("below", tier.below),
        ("at or below", tier.at_or_below),
        ("above", tier.above),
        ("at or above", tier.at_or_above),
    )
    told = ", ".join(f"{name} {shown(bound)}" for name, bound in named if bound is not None)
    return f"{told} of downtime" if time else told


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
    if remedy.cap is not None:
        told.append(f"at most {_amount(remedy.cap)}")
    if remedy.minimum is not None:
        least = "more than" if remedy.minimum.comparison is Comparison.GT else "at least"
        told.append(f"nothing unless it is {least} {_amount(remedy.minimum.amount)}")
    if remedy.claim is not None:
        told.append(f"to be claimed within {remedy.claim.text} of the window's end")
    return "; ".join(told)
