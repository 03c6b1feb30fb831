"""What could have been promised: a promise judged over its past, whatever its term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sla_monitor.compliance import amendments
from sla_monitor.compliance.baselines import Baseline
from sla_monitor.compliance.exclusions import Recurring, Rule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, MeasurementKey, Objective
from sla_monitor.measuring import past
from sla_monitor.measuring.evaluation import Question, judged
from sla_monitor.measuring.ports import Timetable

CYCLE = 112
"""So many years are whole weeks, also by twos, threes and fours, and each date falls on the same weekday again..."""
LEAPLESS = 1900
"""... unless this year lies among them."""


def timeless(agreement: Agreement, at: int) -> Agreement:
    """The terms in force at the instant, or those first agreed, as if they had always been so; credits aside."""
    held = max(at, agreement.term.start)
    return replace(
        agreement,
        term=Span(0, FOREVER),
        objectives=tuple(
            replace(amendments.in_force(agreement, one, held), remedy=None) for one in agreement.objectives
        ),
        amendments=(),
        exclusions=tuple(_since_ever(rule) for rule in amendments.exclusions_in_force(agreement, held)),
    )


def questions(agreement: Agreement, objective: Objective, span: Span) -> list[Question]:
    """Every window of the span, judged at its end. The agreement is one without a begin."""
    windows = past.whole(objective.window, agreement.zone, span)
    return [Question(agreement, objective, window, window.span.end) for window in windows]


def baseline(
    agreement: Agreement,
    objective: Objective,
    span: Span,
    slices: Mapping[MeasurementKey, Slices],
    timetable: Timetable,
) -> Baseline:
    wanted = questions(agreement, objective, span)
    first = wanted[0].window.span.start if wanted else span.end
    since = _first_known(slices.get(objective.measurement.key), Span(first, span.end))
    return Baseline(agreement, objective, span, since, tuple(judged(wanted, slices, timetable)))


def _first_known(slices: Slices | None, span: Span) -> int | None:
    if slices is None:
        return None
    held = slices.between(span.start, span.end)
    known = held.starts[held.known > 0]
    return int(known[0]) if len(known) else None


def _since_ever(rule: Rule) -> Rule:
    """A recurring exclusion counts from the begin of the term; before it, as it would have."""
    during = rule.during
    if not isinstance(during, Recurring) or "COUNT=" in during.rule or during.anchor.year - CYCLE <= LEAPLESS:
        return rule
    return replace(rule, during=replace(during, anchor=during.anchor.replace(year=during.anchor.year - CYCLE)))
