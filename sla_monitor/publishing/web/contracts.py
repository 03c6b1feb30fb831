"""Agreements as JSON records."""

from __future__ import annotations

from sla_monitor.compliance.exclusions import Allowance, CalendarFile, Once, Queried, Recurring, Rule, Silenced
from sla_monitor.compliance.periods import Lapse, Rolling, Unit, WindowSpec, rfc3339
from sla_monitor.compliance.remedies import (
    Basis,
    Escalation,
    Exceedance,
    Flat,
    PerBlock,
    PerSubwindow,
    Proportional,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.terms import Agreement, Amendment, Contact, EscalationStep, Objective
from sla_monitor.publishing.records import Record, amount_of, minimum_of, tier_of
from sla_monitor.publishing.web import dates

KINDS = {
    Tiered: "schedule",
    Proportional: "proportional",
    PerBlock: "perBlock",
    PerSubwindow: "perSubwindow",
    Exceedance: "exceedance",
    Escalation: "escalation",
    Flat: "flat",
}

AROUND_THE_CLOCK = "24/7"


def as_record(agreement: Agreement) -> Record:
    """What was agreed. The file it was read from stays out: its path says something of the machine."""
    return {
        "name": agreement.name,
        "title": agreement.title,
        "type": agreement.type.value,
        "provider": agreement.provider,
        "customer": agreement.customer,
        "customer_kind": agreement.customer_kind,
        "service": agreement.service,
        "scope": agreement.scope,
        "restrictions": list(agreement.restrictions),
        "reference": agreement.reference,
        "timezone": agreement.zone.key,
        "term": dates.term_record(agreement),
        "labels": dict(agreement.labels),
        "contacts": [_contact(contact) for contact in agreement.contacts],
        "escalation": [_step(step) for step in agreement.escalation],
        "reviews": dates.reviews_record(agreement),
        "credit_of": agreement.credit_of,
        "exclusions": [_exclusion(rule) for rule in agreement.exclusions],
        "objectives": [_promise(objective) for objective in agreement.objectives],
        "amendments": [_amendment(amendment) for amendment in agreement.amendments],
    }


def _amendment(amendment: Amendment) -> Record:
    return {
        "effective": rfc3339(amendment.effective),
        "reason": amendment.reason,
        "agreed_by": list(amendment.agreed_by),
        "policy": amendment.policy.value,
        "objectives": [_promise(objective) for objective in amendment.objectives],
        "exclusions": None if amendment.exclusions is None else [_exclusion(rule) for rule in amendment.exclusions],
    }


def _contact(contact: Contact) -> Record:
    return {
        "name": contact.name,
        "role": contact.role,
        "email": contact.email,
        "url": contact.url,
        "responsible_for": list(contact.responsible_for),
    }


def _step(step: EscalationStep) -> Record:
    return {
        "after_seconds": float(step.after),
        "to": step.to,
        "action": step.action,
        "runbook": step.runbook,
        "update_every_seconds": None if step.update_every is None else float(step.update_every),
    }


def _promise(objective: Objective) -> Record:
    return {
        "name": objective.name,
        "description": objective.description,
        "target": float(objective.target),
        "comparison": objective.comparison.value,
        "warn_at": None if objective.warn_at is None else float(objective.warn_at),
        "method": objective.method.name,
        "unit": objective.unit,
        "window": window_text(objective.window),
        "service_hours": AROUND_THE_CLOCK if objective.hours is None else objective.hours.text,
        "holidays": "" if objective.hours is None else objective.hours.holidays,
        "slice_seconds": objective.measurement.slice_seconds,
        "no_data": objective.no_data.value,
        "min_coverage": float(objective.min_coverage),
        "credits": [tier_of(tier) for tier in objective.remedy.tiers] if objective.remedy else [],
        "remedy": None if objective.remedy is None else _remedy(objective.remedy),
    }


def _remedy(remedy: Remedy) -> Record:
    rule, least, long = remedy.rule, remedy.minimum, remedy.long_cap
    return {
        "kind": KINDS[type(rule)],
        "basis": (rule.on if isinstance(rule, Tiered) else Basis.ATTAINMENT).value,
        "of": remedy.of,
        "factor": float(rule.factor) if isinstance(rule, Proportional) else None,
        "flat": amount_of(rule.credit) if isinstance(rule, Flat) else None,
        "per_block": _per_block(rule) if isinstance(rule, PerBlock) else None,
        "per_subwindow": _per_subwindow(rule) if isinstance(rule, PerSubwindow) else None,
        "escalation": _escalation(rule) if isinstance(rule, Escalation) else None,
        "cap": None if remedy.cap is None else amount_of(remedy.cap),
        "cap_per": None if long is None else {"per": lapse_text(long.per), **amount_of(long.amount)},
        "minimum": None if least is None else minimum_of(least),
        "claim_within": None if remedy.claim is None else remedy.claim.text,
    }


def _per_block(rule: PerBlock) -> Record:
    comparison, shortest = rule.shortest or (None, None)
    return {
        "every_seconds": float(rule.every),
        "begun": rule.begun,
        "shortest_seconds": None if shortest is None else float(shortest),
        "shortest_comparison": None if comparison is None else comparison.value,
        "max_per_day": rule.max_per_day,
        **amount_of(rule.credit),
    }


def _per_subwindow(rule: PerSubwindow) -> Record:
    bound = {"target": float(rule.target), "comparison": rule.comparison.value}
    return {"every": rule.every.value, **bound, **amount_of(rule.credit)}


def _escalation(rule: Escalation) -> Record:
    return {"within": lapse_text(rule.within), "failures": [tier_of(step) for step in rule.steps]}


def lapse_text(within: Lapse | Unit | int) -> str:
    """`12 months`, `year`, `6 windows`."""
    if isinstance(within, int):
        return f"{within} windows" if within != 1 else "1 window"
    return within.value if isinstance(within, Unit) else within.text


def _exclusion(rule: Rule) -> Record:
    allowance = rule.allowance
    return {
        "name": rule.name,
        "category": rule.category,
        "effect": rule.effect.value,
        "during": _during(rule),
        "announced": None if rule.announced is None else rfc3339(rule.announced),
        "notice_seconds": rule.notice,
        "allowance": None if allowance is None else _allowance(allowance),
        "objectives": None if rule.objectives is None else list(rule.objectives),
    }


def _allowance(allowance: Allowance) -> Record:
    return {"seconds": allowance.seconds, "per": allowance.per.value, "uses": allowance.uses.value}


def _during(rule: Rule) -> Record:
    """As the agreement file says it."""
    match rule.during:
        case Once(span=span):
            return {"from": rfc3339(span.start), "until": rfc3339(span.end)}
        case Recurring(rule=text, length=length):
            return {"rrule": text, "length_seconds": length}
        case CalendarFile(name=name):
            return {"ics": name}
        case Queried(query=query):
            return {"query": query}
        case Silenced(matchers):
            return {"silences": [str(one) for one in matchers]}


def window_text(spec: WindowSpec) -> str:
    """`month`, `month from day 15`, `rolling 30d`."""
    if isinstance(spec, Rolling):
        return f"rolling {spec.text}"
    words = [spec.every.value]
    if spec.start_day != 1:
        words.append(f"from day {spec.start_day}")
    if spec.start_month != 1:
        words.append(f"from month {spec.start_month}")
    return " ".join(words)
