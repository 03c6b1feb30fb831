"""What is asked for together in a pass, of which the same was found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Latency, Measurement
from sla_monitor.errors import SlaMonitorError, SourceUnavailableError
from sla_monitor.sources import answers, asks, plans, sheaves
from sla_monitor.sources.answers import Answers, Parts, Question
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.plans import Findings
from sla_monitor.sources.sheaves import Sheaf


@dataclass(frozen=True)
class Batch:
    """Measurements that are asked for together over one span, and what was found out of each of them alike."""

    sheaf: Sheaf
    span: Span
    found: Findings

    @property
    def question(self) -> Question:
        return Question(self.sheaf, self.span, plans.asks_for(self.sheaf.asked, self.found, self.sheaf.by))

    @property
    def longest(self) -> int:
        """Bytes of its longest query."""
        wanted = self.question.asks
        return max(len(ask.expr.encode()) for ask in (*wanted.first(), *asks.later(wanted)))

    def halves(self) -> tuple[Batch, Batch]:
        first, second = sheaves.halves(self.sheaf)
        return Batch(first, self.span, self.found), Batch(second, self.span, self.found)


def latencies(bundle: Bundle) -> list[Measurement]:
    if latencies not in bundle.memo:
        bundle.memo[latencies] = [one for one in bundle.measurements if isinstance(one.indicator, Latency)]
    found: list[Measurement] = bundle.memo[latencies]
    return found


def alike(
    bundle: Bundle, told: Sequence[Findings | SlaMonitorError]
) -> list[tuple[Findings | SlaMonitorError, Bundle]]:
    """A record of findings is the same for all alike."""
    places = {number: place for place, number in enumerate({id(one): None for one in told})}
    records = {places[id(one)]: one for one in told}
    labels = np.array([places[id(one)] for one in told], np.int64)
    return [(records[label], part) for label, part in bundle.parts(labels)]


def sheaves_of(bundle: Bundle) -> list[Sheaf]:
    """From minute to minute they are the same."""
    if sheaves_of not in bundle.memo:
        bundle.memo[sheaves_of] = [sheaf for _, sheaf in sheaves.together((None, m) for m in bundle.measurements)]
    found: list[Sheaf] = bundle.memo[sheaves_of]
    return found


def first(question: Question) -> Iterator[tuple[Ask, Span, Question]]:
    for ask in question.asks.first():
        yield ask, question.span, question


def cut(question: Question, found: Answers) -> Parts | SlaMonitorError:
    try:
        return answers.cut(question, found)
    except SlaMonitorError as error:
        return error


def is_of_some(batch: Batch, cuts: Parts | SlaMonitorError) -> bool:
    """It failed, perhaps for what some of its members are."""
    failed = isinstance(cuts, SlaMonitorError) and not isinstance(cuts, SourceUnavailableError)
    return failed and len(batch.sheaf) > 1
