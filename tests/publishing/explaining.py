"""Explanations of invented facts: an agreement as it is written, slices as they would be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sla_monitor.agreements.conversion import agreement_of
from sla_monitor.agreements.schema import documents
from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.agreements.validation import Context, validate
from sla_monitor.agreements.yamltree import parse
from sla_monitor.compliance.explanations import Explanation, Known
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, Document
from sla_monitor.measuring import evaluation, explaining
from sla_monitor.sources import promql
from tests.compliance.specimens import instant


def agreed(text: str) -> Agreement:
    (document,), broken = parse(text)
    validated = validate(document.root, Context(promql, None, Path()))
    assert (broken, validated.faults) == ([], ())
    assert isinstance(validated.model, documents.Agreement)
    return agreement_of(validated.model.metadata, validated.model.spec, Document("agreement.yaml", 1, text))


@dataclass(frozen=True)
class Told:
    """An agreement's text, what was measured of it, and the period that is asked for at an instant."""

    text: str
    slices: Slices
    asked: tuple[Span, ...]
    period: str
    at: str
    queries: tuple[Asked, ...] = ()

    def explained(self) -> Explanation:
        made = agreed(self.text)
        (promise,) = made.objectives
        questions = evaluation.questions(made, [(promise, instant(self.at))], self.period)
        keys = evaluation.needs(questions)[0]
        known = Known(
            dict.fromkeys(keys, self.slices),
            dict.fromkeys(keys, Spans.of(self.asked)),
            dict.fromkeys(keys, self.queries),
        )
        (found,) = explaining.explain(questions, known, schedule_of)
        return found


def events(
    start: str, end: str, seconds: int, *, each: float, changes: Mapping[str, tuple[float, float] | None]
) -> Slices:
    """So many good events in each slice, but (good, total) in those that are named; None: no sample was seen."""
    starts = np.arange(instant(start), instant(end), seconds, dtype=np.int64)
    good, total = np.full(len(starts), each), np.full(len(starts), each)
    known = np.full(len(starts), seconds)
    for at, said in changes.items():
        index = (instant(at) - instant(start)) // seconds
        good[index], total[index] = said or (0.0, 0.0)
        known[index] = 0 if said is None else seconds
    return Slices(seconds, starts, good, total, known)


def sampled(start: str, seconds: int, states: list[list[float]], *, values: bool = False) -> Slices:
    """States at the steps of each slice, NaN where there is no sample."""
    table = np.array(states)
    step = seconds // table.shape[1]
    seen = ~np.isnan(table)
    starts = instant(start) + np.arange(len(states), dtype=np.int64) * seconds
    count, sums = seen.sum(axis=1), np.nansum(table, axis=1)
    each = 1 if values else step
    return Slices(seconds, starts, sums * each, count * float(each), count * step, table)
