"""From hours, rules and calendars, and what was declared and seen, to the schedules the core reckons with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla_monitor.agreements import icalendars, openinghours, recurrences
from sla_monitor.compliance import amendments, conditions, exclusions
from sla_monitor.compliance.declarations import Declared
from sla_monitor.compliance.exclusions import CalendarFile, Occurrence, Once, Origin, Queried, Recurring, Rule, Silenced
from sla_monitor.compliance.readings import UNSEEN, Seen
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.silences import Silence, meant
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.terms import Agreement, AgreementName, Hours, Objective
from sla_monitor.compliance.wallclocks import instants_shown, wall_of


class Stretch(NamedTuple):
    """Time over which the same hours and exclusions are in force."""

    span: Span
    hours: Hours | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Timetable:
    """When promises hold: as agreed, with what was declared at runtime and the silences that were kept.

    A picture of one moment: whoever wants to know what has been declared since makes another.
    """

    declared: tuple[Declared, ...] = ()
    silences: tuple[Silence, ...] = ()

    def __call__(
        self,
        agreement: Agreement,
        objective: Objective,
        span: Span,
        seen: Seen = UNSEEN,
        /,
        windows: Iterable[Span] = (),
    ) -> Schedule:
        """Service hours and exclusions over the span and somewhat more.

        Those in force at each instant; inside the windows as the policies of amendments say.
        """
        windows = tuple(windows)
        stretches, own = _stretches(agreement, objective, windows), self._declared(agreement, objective)
        if all(one.hours is None and not one.rules for one in stretches) and not own:
            return ALWAYS
        rules = [rule for one in stretches for rule in one.rules]
        wide = conditions.widened(span, agreement.zone, rules)
        moving = {rule.name for rule in rules if not conditions.is_fixed(rule)}
        fixed = tuple(
            one._replace(rules=tuple(rule for rule in one.rules if rule.name not in moving)) for one in stretches
        )
        schedule = _schedule(agreement.zone, agreement.term, fixed, wide)
        reach = wide.intersect(agreement.term)

        def found_of(rule: Rule) -> Iterable[Occurrence]:
            return self._occurrences(rule, agreement.zone, wide, reach, seen) if rule.name in moving else ()

        found = [*(one for one in own if one.span.intersect(wide).seconds), *_in_force(stretches, found_of)]
        if not found:
            return schedule
        down = NOWHEN
        if conditions.by_downtime(rules):
            down = conditions.downtime(agreement, objective, reach, seen, windows)
        applied = exclusions.apply(found, schedule.promised([reach]), agreement.zone, down)
        return Schedule(schedule.hours, exclusions.in_order((*schedule.exclusions, *applied)))

    def own(self, agreement: Agreement, objective: Objective) -> tuple[Declared, ...]:
        """What was declared of the promise: beside what was agreed and measured, its schedule hangs on nothing else."""
        declared = self._by_agreement.get(agreement.name, ())
        return tuple(one for one in declared if one.said.objectives is None or objective.name in one.said.objectives)

    @property
    def owners(self) -> Collection[AgreementName]:
        return self._by_agreement.keys()

    @cached_property
    def _by_agreement(self) -> dict[AgreementName, list[Declared]]:
        """What holds, and was not revoked."""
        found: dict[AgreementName, list[Declared]] = {}
        for one in self.declared:
            if one.revoked is None:
                found.setdefault(one.said.agreement, []).append(one)
        return found

    def _declared(self, agreement: Agreement, objective: Objective) -> list[Occurrence]:
        return [one.occurrence for one in self.own(agreement, objective)]

    def _occurrences(self, rule: Rule, zone: ZoneInfo, span: Span, reach: Span, seen: Seen) -> Iterator[Occurrence]:
        """Conditions are asked inside the term only, which `reach` is cut at."""
        match rule.during:
            case Queried() as queried:
                yield from conditions.occurrences(rule, queried, reach, seen)
            case Silenced(matchers):
                for one in self.silences:
                    if one.span.intersect(span).seconds and meant(matchers, one):
                        announced = one.announced if rule.announced is None else rule.announced
                        yield Occurrence(rule, one.span, announced, Origin(one.author, one.comment))
            case _:
                yield from _occurrences(rule, zone, span)


schedule_of = Timetable()
"""As was agreed: nothing was declared, no silence seen."""


def _stretches(agreement: Agreement, objective: Objective, windows: Iterable[Span]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for part in amendments.timeline(agreement, objective, windows):
        found = Stretch(part.span, part.objective.hours, part.exclusions)
        if merged and merged[-1][1:] == found[1:]:
            found = found._replace(span=Span(merged.pop().span.start, found.span.end))
        merged.append(found)
    return tuple(merged)


def _in_force(stretches: Iterable[Stretch], found: Callable[[Rule], Iterable[Occurrence]]) -> Iterator[Occurrence]:
    """What is found of each rule, while the rule is in force."""
    for one in stretches:
        for rule in one.rules:
            for occurrence in found(rule):
                if occurrence.span.intersect(one.span).seconds:
                    yield occurrence.within(one.span)


@lru_cache(maxsize=4096)
def _schedule(zone: ZoneInfo, term: Span, stretches: tuple[Stretch, ...], span: Span) -> Schedule:
    """Objectives that agree on all this share one."""
    served = _served(zone, stretches, span)
    promised = Schedule(served).promised([span.intersect(term)])
    found = _in_force(stretches, lambda rule: _occurrences(rule, zone, span))
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


def _occurrences(rule: Rule, zone: ZoneInfo, span: Span) -> Iterable[Occurrence]:
    match rule.during:
        case Once(span=one):
            if one.intersect(span).seconds:
                yield Occurrence(rule, one, rule.announced)
        case Recurring() as recurring:
            for found in recurrences.occurrences(recurring, zone, span):
                yield Occurrence(rule, found, rule.announced)
        case CalendarFile(text=text):
            for found, changed in icalendars.events(text, zone, span):
                yield Occurrence(rule, found, changed if rule.announced is None else rule.announced)
