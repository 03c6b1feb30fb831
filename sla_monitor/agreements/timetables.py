"""From hours, rules and calendars to the schedules the core reckons with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla_monitor.agreements import icalendars, openinghours, recurrences
from sla_monitor.compliance import amendments, exclusions, periods
from sla_monitor.compliance.exclusions import Occurrence, Once, Recurring, Rule
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, Hours, Objective
from sla_monitor.compliance.wallclocks import instants_shown, wall_of


class Stretch(NamedTuple):
    """Time over which the same hours and exclusions are in force."""

    span: Span
    hours: Hours | None
    rules: tuple[Rule, ...]


def schedule_of(agreement: Agreement, objective: Objective, span: Span, windows: Iterable[Span] = ()) -> Schedule:
    """Service hours and exclusions over the span and somewhat more. Objectives that agree on them share one.

    Those in force at each instant; inside the windows as the policies of amendments say.
    """
    stretches = _stretches(agreement, objective, windows)
    if all(one.hours is None and not one.rules for one in stretches):
        return ALWAYS
    units = {rule.allowance.per for one in stretches for rule in one.rules if rule.allowance}
    return _schedule(agreement.zone, agreement.term, stretches, _widened(span, agreement.zone, units))


def _stretches(agreement: Agreement, objective: Objective, windows: Iterable[Span]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for part in amendments.timeline(agreement, objective, windows):
        found = Stretch(part.span, part.objective.hours, part.exclusions)
        if merged and merged[-1][1:] == found[1:]:
            found = found._replace(span=Span(merged.pop().span.start, found.span.end))
        merged.append(found)
    return tuple(merged)


def _widened(span: Span, zone: ZoneInfo, units: Iterable[Unit]) -> Span:
    """Whole months, for what is asked again tomorrow is asked of the same span; whole periods of each allowance."""
    for unit in (Unit.MONTH, *sorted(units, key=lambda unit: unit.value)):
        first = periods.window_at(Calendar(unit), zone, max(0, span.start)).span
        last = periods.window_at(Calendar(unit), zone, max(0, span.end - 1, span.start)).span
        span = Span(min(span.start, first.start), max(span.end, last.end))
    return span


@lru_cache(maxsize=4096)
def _schedule(zone: ZoneInfo, term: Span, stretches: tuple[Stretch, ...], span: Span) -> Schedule:
    served = _served(zone, stretches, span)
    promised = Schedule(served).promised([span.intersect(term)])
    found = [
        occurrence.within(one.span)
        for one in stretches
        for rule in one.rules
        for occurrence in _occurrences(rule, zone, span)
        if occurrence.span.intersect(one.span).seconds
    ]
    return Schedule(served, exclusions.apply(found, promised, zone))


def _served(zone: ZoneInfo, stretches: tuple[Stretch, ...], span: Span) -> Spans | None:
    if all(one.hours is None for one in stretches):
        return None
    held = ((one, one.span.intersect(span)) for one in stretches)
    return Spans.of(
        part
        for one, reach in held
        if reach.seconds
        for part in ((reach,) if one.hours is None else _hours(zone, one.hours, span).within(reach))
    )


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
