"""A changed agreement over the past, beside today's. Both are judged as `evaluate --period` judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sla_monitor.compliance import simulations, tilings
from sla_monitor.compliance.simulations import Simulation
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.measuring.evaluation import Question, judged
from sla_monitor.measuring.ports import Timetable

Promise = tuple[Agreement, Objective]


@dataclass(frozen=True)
class Case:
    """A promise as it is, and as it would be; None: only the other has it."""

    key: ObjectiveKey
    today: tuple[Question, ...]
    changed: tuple[Question, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return (*self.today, *self.changed)


def promises(agreements: Sequence[Agreement]) -> dict[ObjectiveKey, Promise]:
    return {(a.name, o.name): (a, o) for a in agreements for o in a.objectives}


def questions(agreement: Agreement, objective: Objective, span: Span) -> Iterator[Question]:
    """The windows that have ended in the span, as far as the term reaches; all judged as of its end."""
    for window in tilings.stated(agreement, objective, span):
        if window.span.end <= span.end and window.span.intersect(agreement.term).seconds:
            yield Question(agreement, objective, window, span.end)


def simulate(cases: Sequence[Case], slices: Mapping[MeasurementKey, Slices], timetable: Timetable) -> list[Simulation]:
    return [
        simulations.paired(case.key, judged(case.today, slices, timetable), judged(case.changed, slices, timetable))
        for case in cases
    ]
