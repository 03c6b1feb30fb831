"""Numbers that are held against a limit: totals, statistics of samples, and of down spells (measurement.md 3)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil

import numpy as np

from sla_monitor.compliance import attainments, spells
from sla_monitor.compliance.countings import Case, Counted
from sla_monitor.compliance.digests import Digest, Held
from sla_monitor.compliance.methods import Edge, Share, Spells, SpellStatistic, Stat, Statistic, Weight
from sla_monitor.compliance.slices import Cells, Floats, Slices, exactly, fixed
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.windows import Tally


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` None: there is nothing to take it of. least, most: whatever unknown time held; None: nobody can say."""

    value: Fraction | None
    least: Fraction | None
    most: Fraction | None


def figure_of(held: Held, counted: Counted, case: Case, population: Spans, tally: Tally) -> Figure | None:
    """The number of the method over the population; None under methods that give a share."""
    method = case.objective.method
    if isinstance(method, Stat) and not isinstance(held, Cells):
        # No sample of excluded time is good or bad, whatever the effect: it is none of those that count.
        return _statistic(held, method, population.minus(counted.favoured(population, case.schedule)), tally)
    if isinstance(method, Spells):
        return _of_spells(counted, method, case)
    if isinstance(method, Share):
        return None
    return Figure(tally.good, tally.good, tally.good + attainments.unseen(tally, method))


@dataclass(frozen=True)
class Sampled:
    """What a statistic wants of samples: of a mean their sum and number, of the others those that it may be."""

    values: Floats
    total: Fraction = Fraction(0)
    count: int = 0

    @classmethod
    def of(cls, values: Floats, statistic: Statistic) -> Sampled:
        if statistic is Statistic.MEAN:
            return cls(values[:0], exactly(fixed(values)), len(values))
        if statistic is Statistic.PERCENTILE or not len(values):
            return cls(values)
        return cls(values[[values.argmin() if statistic is Statistic.MIN else values.argmax()]])

    def told(self, method: Stat) -> Fraction | None:
        """Nearest rank: the smallest value that at least p % of all are not above. None where there is none."""
        if method.of is Statistic.MEAN:
            return self.total / self.count if self.count else None
        count = len(self.values)
        if not count:
            return None
        rank = {Statistic.MIN: 1, Statistic.MAX: count}.get(method.of, ceil(method.p * count / 100))
        return exactly(fixed(np.partition(self.values, rank - 1)[rank - 1 : rank]))


@dataclass(frozen=True)
class Sampling:
    """A `digests.Recipe`: samples of the population."""

    method: Stat
    population: Spans
    lately: int = 0

    @property
    def name(self) -> Hashable:
        return self.method.of, self.method.weight

    @property
    def since(self) -> int:
        return self.population.parts[0].start

    @property
    def until(self) -> int:
        return self.population.parts[-1].end

    def within(self, piece: Span) -> Hashable:
        found = self.population.within(piece).parts
        return None if found == (piece,) else found

    def make(self, slices: Slices, piece: Span) -> Sampled:
        return Sampled.of(values_of(slices, self.method, self.population.within(piece)), self.method.of)

    def join(self, parts: Sequence[Sampled]) -> Sampled:
        values = np.concatenate([one.values for one in parts])
        return Sampled(values, sum((one.total for one in parts), Fraction(0)), sum(one.count for one in parts))


def _statistic(held: Slices | Digest, method: Stat, population: Spans, tally: Tally) -> Figure:
    value = _sampled(held, method, population).told(method) if population else None
    if value is None:
        return Figure(None, None, None)
    sure = tally.unknown == 0
    least = value if sure or method.of is Statistic.MAX else None
    return Figure(value, least, value if sure or method.of is Statistic.MIN else None)


def _sampled(held: Slices | Digest, method: Stat, population: Spans) -> Sampled:
    if isinstance(held, Digest):
        return held.pieced(Sampling(method, population))
    return Sampled.of(values_of(held, method, population), method.of)


def values_of(held: Slices, method: Stat, population: Spans) -> Floats:
    """The samples of the population, or the means of its slices. A sample is of the instant it was taken at."""
    if not len(held):
        return np.zeros(0)
    start, step, share = spells.each_of(_each_once(held), Span(int(held.starts[0]), held.end))
    at = start + np.arange(len(share)) * step
    inside = np.zeros(len(at), np.bool_)
    for part in population:
        first, last = np.searchsorted(at, (part.start, part.end))
        inside[first:last] = True
    samples = np.where(inside, share, np.nan)
    if method.weight is Weight.SLICE:
        rows = samples.reshape(-1, held.seconds // step)
        seen = ~np.isnan(rows)
        rows = np.where(seen, rows, 0.0)[seen.any(axis=1)]
        means: Floats = rows.sum(axis=1) / seen.sum(axis=1)[seen.any(axis=1)]
        return means
    return samples[~np.isnan(samples)]


def _each_once(held: Slices) -> Slices:
    """A sample beside others of a finer resolution was repeated to fill its time; the number of samples tells it."""
    if held.states is None:
        return held
    copies = np.maximum(1, (~np.isnan(held.states)).sum(axis=1) // np.maximum(1, held.total).astype(np.int64))
    first = np.arange(held.states.shape[1]) % copies[:, None] == 0
    return replace(held, states=np.where(first, held.states, np.nan))


def _of_spells(counted: Counted, method: Spells, case: Case) -> Figure:
    value = _spell_figure(counted.lost, method, case)
    if counted.doubt is None:
        return Figure(value, value, value)
    if method.statistic is not SpellStatistic.LONGEST:
        return Figure(value, None, None)
    least, most = (_spell_figure(one, method, case) for one in counted.doubt)
    return Figure(value, least, most)


def _spell_figure(lost: Spans, method: Spells, case: Case) -> Fraction | None:
    """Lengths in seconds of service hours. A spell over an edge is, but for the longest, of the window it starts in."""
    window = case.window.span.intersect(case.agreement.term).before(case.at)
    spans = [part for part in lost.minus(case.schedule.excluded) if part.start < window.end and window.start < part.end]
    if method.edge is Edge.CLIP:
        spans = [part.intersect(window) for part in spans]
    elif method.statistic is not SpellStatistic.LONGEST:
        spans = [part for part in spans if part.start in window]
    lengths = [(part, case.schedule.promised([part]).seconds) for part in spans]
    return _spelled([(part, length) for part, length in lengths if length], method.statistic)


def _spelled(found: list[tuple[Span, int]], statistic: SpellStatistic) -> Fraction | None:
    lengths = [length for _, length in found]
    if statistic is SpellStatistic.LONGEST:
        return Fraction(max(lengths, default=0))
    if statistic is SpellStatistic.COUNT:
        return Fraction(len(lengths))
    if statistic is SpellStatistic.MEAN:
        return Fraction(sum(lengths), len(lengths)) if lengths else None
    gaps = [later.start - earlier.end for (earlier, _), (later, _) in pairwise(found)]
    return Fraction(sum(gaps), len(gaps)) if gaps else None
