"""From hours, rules and calendars to the schedules the core reckons with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla_monitor.agreements import icalendars, openinghours, recurrences
from sla_monitor.compliance import exclusions, periods
from sla_monitor.compliance.exclusions import Occurrence, Once, Recurring, Rule
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, Hours, Objective
from sla_monitor.compliance.wallclocks import instants_shown, wall_of


def schedule_of(agreement: Agreement, objective: Objective, span: Span) -> Schedule:
    """Service hours and exclusions over the span and somewhat more. Objectives that agree on them share one."""
    rules = tuple(rule for rule in agreement.exclusions if rule.objectives is None or objective.name in rule.objectives)
    if objective.hours is None and not rules:
        return ALWAYS
    wide = _widened(span, agreement.zone, {rule.allowance.per for rule in rules if rule.allowance})
    return _schedule(agreement.zone, agreement.term, objective.hours, rules, wide)


def _widened(span: Span, zone: ZoneInfo, units: Iterable[Unit]) -> Span:
    """Whole months, for what is asked again tomorrow is asked of the same span; whole periods of each allowance."""
    for unit in (Unit.MONTH, *sorted(units, key=lambda unit: unit.value)):
        first = periods.window_at(Calendar(unit), zone, max(0, span.start)).span
        last = periods.window_at(Calendar(unit), zone, max(0, span.end - 1, span.start)).span
        span = Span(min(span.start, first.start), max(span.end, last.end))
    return span


@lru_cache(maxsize=4096)
def _schedule(zone: ZoneInfo, term: Span, hours: Hours | None, rules: tuple[Rule, ...], span: Span) -> Schedule:
    served = None if hours is None else _hours(zone, hours, span)
    promised = Schedule(served).promised([span.intersect(term)])
    found = [occurrence for rule in rules for occurrence in _occurrences(rule, zone, span)]
    return Schedule(served, exclusions.apply(found, promised, zone))


@lru_cache(maxsize=1024)
def _hours(zone: ZoneInfo, hours: Hours, span: Span) -> Spans:
    first, last = (wall_of(at, zone).date() for at in (span.start, span.end))
    walls = openinghours.served(hours.text, hours.holidays, first - timedelta(days=1), last + timedelta(days=2))
    return instants_shown(walls, zone, span)


def _occurrences(rule: Rule, zone: ZoneInfo, span: Span) -> Iterator[Occurrence]:
    during = rule.during
    if isinstance(during, Once):
        if during.span.intersect(span).seconds:
            yield Occurrence(rule, during.span, rule.announced)
    elif isinstance(during, Recurring):
        for found in recurrences.occurrences(during, zone, span):
            yield Occurrence(rule, found, rule.announced)
    else:
        for found, changed in icalendars.events(during.text, zone, span):
            yield Occurrence(rule, found, changed if rule.announced is None else rule.announced)
