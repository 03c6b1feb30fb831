"""Standings as JSON records and flat rows: one shape for the command, the API and the statements.

Fractions become the nearest floats, which keeps their order: what met its target exactly still does as
a number. Texts meant for comparison (`attainment_percent`) are floored.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from sla_monitor.compliance import budgets, outcomes, projections, ratios, servicecredits
from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.periods import Window, rfc3339
from sla_monitor.compliance.remedies import Amount, Days, Escalation, Failures, Minimum, Money, Remedy
from sla_monitor.compliance.stakes import Rung, Tier
from sla_monitor.compliance.standings import Standing

Record = dict[str, Any]
BOUNDS = ("below", "at_or_below", "above", "at_or_above")


def as_record(standing: Standing) -> Record:
    """All that is known of a standing; null for what is not known or was not agreed."""
    agreement, objective = standing.agreement, standing.objective
    return {
        "agreement": agreement.name,
        "objective": objective.name,
        "service": agreement.service,
        "customer": agreement.customer,
        "method": objective.method.name,
        "unit": objective.unit,
        "window": _window(standing.window, complete=standing.complete),
        "at": rfc3339(standing.at),
        "target": float(objective.target),
        **_attained(standing),
        **_counted(standing),
        "budget": _budget(standing.budget),
        "burn_rates": {name: _finite(rate) for name, rate in standing.burn_rates.items()},
        "projection": _projection(standing.projection, breach_certain=standing.breach_certain),
        "status": standing.status.value,
        "reason": standing.reason,
        "credit": None if standing.credit is None else _credit(standing.credit, standing),
        "amendments": [_amended(one) for one in standing.amendments],
    }


def as_row(standing: Standing) -> Record:
    """The record with its inner records and lists spread out, for tables and CSV: always the same columns."""
    record = as_record(standing)
    record.pop("amendments")
    lower, upper = record.pop("attainment_bounds") or (None, None)
    credit = record.pop("credit") or {"percent": None, "next_tier": None, "most": None}
    tier = credit["next_tier"] or {"credit": None}
    return {
        **_spread(record),
        "attainment_lower_bound": lower,
        "attainment_upper_bound": upper,
        "credit_percent": credit["percent"],
        "credit_days": credit.get("days"),
        "credit_claim_until": credit.get("claim_until"),
        "credit_most_percent": (credit["most"] or {"credit": None})["credit"],
        **{f"credit_next_tier_{name}": tier.get(name) for name in (*BOUNDS, "failures")},
        "credit_next_tier_percent": tier["credit"],
    }


def _window(window: Window, *, complete: bool) -> Record:
    return {
        "kind": window.kind,
        "label": window.label,
        "start": rfc3339(window.span.start),
        "end": rfc3339(window.span.end),
        "complete": complete,
    }


def _attained(standing: Standing) -> Record:
    return {
        "attainment": _number(standing.attainment),
        "attainment_percent": None if standing.percent is None else ratios.percent_text(standing.percent),
        "attainment_bounds": None if standing.bounds is None else [float(bound) for bound in standing.bounds],
        "value": _number(standing.value),
        "comparison": standing.objective.comparison.value,
    }


def _counted(standing: Standing) -> Record:
    return {
        "good": _number(standing.good),
        "total": _number(standing.total),
        "bad": _number(standing.bad),
        "coverage": _number(standing.coverage),
        "known_seconds": standing.known_seconds,
        "unknown_seconds": standing.unknown_seconds,
        "excluded_seconds": standing.excluded_seconds,
    }


def _budget(budget: budgets.Budget | None) -> Record:
    if budget is None:
        return dict.fromkeys(("allowed", "used", "remaining", "remaining_ratio"))
    return {
        "allowed": float(budget.allowed),
        "used": float(budget.used),
        "remaining": float(budget.remaining),
        "remaining_ratio": float(budget.remaining_ratio),
    }


def _projection(projection: projections.Projection, *, breach_certain: bool) -> Record:
    exhaustion = projection.exhaustion
    return {
        "attainment_at_end": _number(projection.attainment_at_end),
        "exhaustion": None if exhaustion is None else rfc3339(exhaustion),
        "max_further_downtime_seconds": _number(projection.max_further_downtime),
        "breach_certain": breach_certain,
    }


def _credit(credit: servicecredits.Credit, standing: Standing) -> Record:
    """Beside the first four only what the agreement can bring about, and what is known."""
    tier, remedy, window = credit.next_tier, standing.objective.remedy, standing.window
    told: Record = {
        "percent": None if credit.ratio is None else float(credit.ratio * 100),
        "next_tier": None if tier is None else tier_of(tier, window),
        "most": None if credit.most is None else amount_of(credit.most, window),
        "tiers": [_rung(rung, window) for rung in credit.rungs],
    }
    if credit.days is not None:
        told["days"] = float(credit.days)
    return told | (_agreed(credit, remedy) if remedy is not None else {})


def _rung(rung: Rung, window: Window) -> Record:
    return {**tier_of(rung.tier, window), "left": _number(rung.left), "reachable": rung.reachable}


def _agreed(credit: servicecredits.Credit, remedy: Remedy) -> Record:
    told: Record = {}
    if remedy.claim is not None:
        told["claim_until"] = None if credit.claim_until is None else rfc3339(credit.claim_until)
    if isinstance(remedy.rule, Escalation):
        told["termination"] = credit.termination
    if credit.condition is not None:
        told["condition"] = minimum_of(credit.condition)
    if credit.unknown_windows:
        told["unknown_windows"] = credit.unknown_windows
    return told


def tier_of(tier: Tier, window: Window | None = None) -> Record:
    """The bounds that were agreed, and the credit; days are told as percent too where the window is known."""
    if isinstance(tier, Failures):
        paid = {"credit": None, "termination": True} if tier.credit is None else amount_of(tier.credit, window)
        return {"failures": tier.count, **paid}
    bounds = {name: getattr(tier, name) for name in BOUNDS}
    told: Record = {name: float(bound) for name, bound in bounds.items() if bound is not None}
    return told | amount_of(tier.credit, window)


def amount_of(amount: Amount, window: Window | None = None) -> Record:
    if not isinstance(amount, Days):
        return {"credit": float(amount * 100)}
    shown = None if window is None else float(outcomes.share_of(amount, window) * 100)
    return {"credit": shown, "days": float(amount.count)}


def minimum_of(minimum: Minimum) -> Record:
    """What must be reached for anything to be paid."""
    least = minimum.amount
    told = {"money": float(least.value), "currency": least.currency} if isinstance(least, Money) else amount_of(least)
    return {"comparison": minimum.comparison.value, **told}


def _amended(amended: Amended) -> Record:
    amendment = amended.amendment
    return {
        "effective": rfc3339(amendment.effective),
        "reason": amendment.reason,
        "agreed_by": list(amendment.agreed_by),
        "policy": amendment.policy.value,
        "target_before": float(amended.before),
        "target_after": float(amended.after),
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _finite(rate: float | None) -> float | None:
    """JSON knows no infinity: a rate over a target of 100 % is null there."""
    return rate if rate is not None and math.isfinite(rate) else None


def _spread(record: Record, prefix: str = "") -> Record:
    flat: Record = {}
    for name, value in record.items():
        flat |= _spread(value, f"{prefix}{name}_") if isinstance(value, dict) else {prefix + name: value}
    return flat
