"""Exclusions that hang on what was measured: by a query, or up to so much downtime (measurement.md 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from sla_monitor.compliance import amendments, countings, periods, spells
from sla_monitor.compliance.countings import Case
from sla_monitor.compliance.exclusions import Occurrence, Queried, Rule, Silenced, Uses
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.readings import Seen
from sla_monitor.compliance.schedules import ALWAYS
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.terms import Agreement, Content, Measurement, Objective, SourceName, Threshold


def measurement_of(queried: Queried) -> Measurement:
    """Good while the query answers with a series, bad while its own series are there and it answers with none."""
    held = Threshold(f"count({queried.query}) or vector(0)", Comparison.GT, Fraction(0))
    return Measurement(SourceName(queried.source), held, queried.slice_seconds)


def asked(agreement: Agreement) -> Iterator[tuple[Rule, Measurement]]:
    """The exclusions by a query, also of amendments, each with what has to be measured for it."""
    for rule in amendments.all_exclusions(agreement):
        if isinstance(rule.during, Queried):
            yield rule, measurement_of(rule.during)


EXCLUSION = "exclusion "
"""Begins the names of those that are no objectives; an objective's name has no blank."""


def measurements(agreement: Agreement) -> Iterator[tuple[str, Measurement]]:
    """All that is ever measured for the agreement, each with what it is for: an objective, or an exclusion."""
    for objective in amendments.all_versions(agreement):
        yield str(objective.name), objective.measurement
    for rule, measurement in asked(agreement):
        yield EXCLUSION + rule.name, measurement


def needed(agreement: Agreement, objective: Objective, span: Span) -> Iterator[tuple[Measurement, Span]]:
    """What has to be measured so that it is known what the exclusions of the objective leave of the span."""
    for part in amendments.carried(agreement, objective):
        for rule in part.exclusions:
            if is_fixed(rule):
                continue
            units = {rule.allowance.per} if rule.allowance else set()
            reach = _whole(span, agreement.zone, units).intersect(agreement.term)
            if isinstance(rule.during, Queried):
                yield measurement_of(rule.during), reach.intersect(part.span)
            if by_downtime([rule]):
                yield from _of_downtime(agreement, objective, reach)


def _of_downtime(agreement: Agreement, objective: Objective, reach: Span) -> Iterator[tuple[Measurement, Span]]:
    for version, wanted in amendments.needed(agreement, objective):
        before, _ = countings.margins(version)
        yield version.measurement, Span(max(0, reach.start - before), reach.end).intersect(wanted)


def widened(span: Span, zone: ZoneInfo, rules: Iterable[Rule]) -> Span:
    """Whole months, for what is asked again tomorrow is asked of the same span; whole periods of each allowance."""
    return _whole(span, zone, {Unit.MONTH, *(rule.allowance.per for rule in rules if rule.allowance)})


def _whole(span: Span, zone: ZoneInfo, units: Iterable[Unit]) -> Span:
    for unit in sorted(units, key=lambda unit: unit.value):
        first = periods.window_at(Calendar(unit), zone, max(0, span.start)).span
        last = periods.window_at(Calendar(unit), zone, max(0, span.end - 1, span.start)).span
        span = Span(min(span.start, first.start), max(span.end, last.end))
    return span


def is_fixed(rule: Rule) -> bool:
    """It is in the agreement alone what the rule excludes."""
    return not isinstance(rule.during, Queried | Silenced) and not by_downtime([rule])


def by_downtime(rules: Iterable[Rule]) -> bool:
    """Whether it matters when the objective was really down."""
    return any(rule.allowance is not None and rule.allowance.uses is Uses.DOWNTIME for rule in rules)


def occurrences(rule: Rule, queried: Queried, span: Span, seen: Seen) -> Iterator[Occurrence]:
    """When the query answered, and when nobody could tell."""
    past = span.before(seen.until)
    steps = spells.steps_of(_held(seen, measurement_of(queried), past), past)
    yield from (Occurrence(rule, one, rule.announced) for one in steps.where(steps.share > 0).within(past))
    yield from (Occurrence(rule, one, unknown=True) for one in steps.where(np.isnan(steps.share)).within(past))


def downtime(agreement: Agreement, objective: Objective, span: Span, seen: Seen, windows: Iterable[Span] = ()) -> Spans:
    """When the promise was really broken, had nothing been excluded."""
    past, down = span.before(seen.until), NOWHEN
    for part in amendments.timeline(agreement, objective, windows):
        reach = part.span.intersect(past)
        down = down.union(_broken(agreement, part.objective, reach, seen).within(reach))
    return down


def _broken(agreement: Agreement, objective: Objective, span: Span, seen: Seen) -> Spans:
    """What the method counts as lost; else time that was less than wholly up, and slices that hold a bad event."""
    measurement = objective.measurement
    reach = Span(max(0, span.start - countings.margins(objective)[0]), span.end)
    held = _held(seen, measurement, reach)
    if countings.needs_slices(objective):
        case = Case(agreement, objective, Window("", "", span), span.end, ALWAYS, reach)
        return countings.count(held, case).lost
    if measurement.holds is Content.SECONDS:
        steps = spells.steps_of(held, reach)
        return steps.where(steps.share < 1)
    bad = held.starts[held.good < held.total] if measurement.holds is Content.EVENTS else ()
    return Spans.of(Span(int(start), int(start) + held.seconds) for start in bad)


def _held(seen: Seen, measurement: Measurement, span: Span) -> Slices:
    """All slices that the span touches."""
    s = measurement.slice_seconds
    return seen.slices(measurement.key, Span(span.start // s * s, -(-span.end // s) * s))
