"""What a statement says of one promise in its closed window: the standing as a record, every amount exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sla_monitor.compliance import budgets, dues
from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.exclusions import Applied
from sla_monitor.compliance.incidents import Incident
from sla_monitor.compliance.methods import Method, Spells, Stat, Statistic
from sla_monitor.compliance.notations import Record, exact
from sla_monitor.compliance.periods import Rolling, rfc3339
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import MeasurementKey, Objective

AROUND_THE_CLOCK = "24/7"
MOST_INCIDENTS = 500


def account_of(standing: Standing, measured: Spans, keys: Sequence[MeasurementKey]) -> Record:
    """`measured`: when slices were asked for, whatever the answer. `keys`: the measurements it was made of."""
    return {
        "objective": standing.objective.name,
        "description": standing.objective.description,
        "terms": _terms(standing.objective),
        "measurements": list(keys),
        "judged_at": rfc3339(standing.at),
        "status": standing.status.value,
        "reason": standing.reason,
        **_attained(standing),
        **_counted(standing),
        "unmeasured_seconds": _unmeasured(standing, measured),
        "budget": None if standing.budget is None else _budget(standing.budget),
        "credit": dues.due_of(standing),
        "exclusions": [_exclusion(one) for one in standing.exclusions],
        "amendments": [_amended(one) for one in standing.amendments],
        "incidents": None if standing.incidents is None else _incidents(standing.incidents, standing),
    }


def _terms(objective: Objective) -> Record:
    """What the number is held against, and how it comes about; the whole of it is in the agreement's text."""
    rounding, hours = objective.rounding, objective.hours
    rolling = objective.window if isinstance(objective.window, Rolling) else None
    return {
        "comparison": objective.comparison.value,
        "target": exact(objective.target),
        "warn_at": exact(objective.warn_at),
        "method": objective.method.name,
        "statistic": _statistic(objective.method),
        "unit": objective.unit,
        "is_share": objective.is_share,
        "shown_in": objective.shown_in,
        "rolling": None if rolling is None else rolling.text,
        "rounding": None if rounding is None else {"digits": rounding.digits, "mode": rounding.mode.value},
        "no_data": objective.no_data.value,
        "min_coverage": exact(objective.min_coverage),
        "partial_window": objective.partial_window.value,
        "service_hours": AROUND_THE_CLOCK if hours is None else hours.text,
        "holidays": "" if hours is None else hours.holidays,
    }


def _statistic(method: Method) -> str | None:
    """Which one, of a method that has several: a percentile's number, or what of the down spells is taken."""
    if isinstance(method, Spells):
        return method.statistic.value
    return exact(method.p) if isinstance(method, Stat) and method.of is Statistic.PERCENTILE else None


def _attained(standing: Standing) -> Record:
    """`percent` is what was compared, after rounding."""
    bounds = standing.bounds
    return {
        "attainment": exact(standing.attainment),
        "percent": exact(standing.percent),
        "value": exact(standing.value),
        "bounds": None if bounds is None else [exact(bound) for bound in bounds],
    }


def _counted(standing: Standing) -> Record:
    return {
        "good": exact(standing.good),
        "total": exact(standing.total),
        "bad": exact(standing.bad),
        "coverage": exact(standing.coverage),
        "known_seconds": standing.known_seconds,
        "unknown_seconds": standing.unknown_seconds,
        "excluded_seconds": standing.excluded_seconds,
    }


def _unmeasured(standing: Standing, measured: Spans) -> int:
    """Seconds of the window, in the term, for which nobody was asked; they are unknown too."""
    promised = Spans.of([standing.window.span.intersect(standing.agreement.term)])
    return promised.minus(measured).seconds


def _budget(budget: budgets.Budget) -> Record:
    return {
        "allowed": exact(budget.allowed),
        "used": exact(budget.used),
        "remaining": exact(budget.remaining),
        "remaining_ratio": exact(budget.remaining_ratio),
    }


def _exclusion(applied: Applied) -> Record:
    """What was counted of it, and what was refused and why."""
    rule = applied.rule
    return {
        "name": rule.name,
        "category": rule.category,
        "effect": rule.effect.value,
        "author": None if applied.origin is None else applied.origin.author,
        "reason": None if applied.origin is None else applied.origin.reason,
        **_span(applied.span),
        "counted_seconds": applied.counted.seconds,
        "counted": [_span(part) for part in applied.counted],
        "refused": [{**_span(one.span), "reason": one.reason} for one in applied.refused],
    }


def _amended(amended: Amended) -> Record:
    amendment = amended.amendment
    return {
        "effective": rfc3339(amendment.effective),
        "reason": amendment.reason,
        "agreed_by": list(amendment.agreed_by),
        "policy": amendment.policy.value,
        "target_before": exact(amended.before),
        "target_after": exact(amended.after),
    }


def _incidents(found: Sequence[Incident], standing: Standing) -> Record:
    """All of them in number and bad; one by one, in order of time, the gravest: noise comes in thousands."""
    gravest = sorted(found, key=lambda one: (-one.bad, one.span))[:MOST_INCIDENTS]
    return {
        "count": len(found),
        "bad": exact(sum((one.bad for one in found), Fraction(0))),
        "gravest": [_incident(one, standing) for one in sorted(gravest, key=lambda one: one.span)],
    }


def _incident(incident: Incident, standing: Standing) -> Record:
    """`budget_share`: what it used up of all that was allowed; null where nothing was, or there is no budget."""
    allowed = None if standing.budget is None else standing.budget.allowed
    return {
        **_span(incident.span),
        "seconds": incident.span.seconds,
        "bad": exact(incident.bad),
        "worst": exact(incident.worst),
        "budget_share": exact(incident.bad / allowed) if allowed else None,
    }


def _span(span: Span) -> Record:
    return {"from": rfc3339(span.start), "until": rfc3339(span.end)}
