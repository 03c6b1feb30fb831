"""Numbers that are held against a limit: totals, statistics of samples, and of down spells (measurement.md 3)."""

from __future__ import annotations

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
        slices = held.all() if isinstance(held, Digest) else held
        return _statistic(slices, method, population.minus(counted.favoured(population, case.schedule)), tally)
    if isinstance(method, Spells):
        return _of_spells(counted, method, case)
    if isinstance(method, Share):
        return None
    return Figure(tally.good, tally.good, tally.good + attainments.unseen(tally, method))


def _statistic(held: Slices, method: Stat, population: Spans, tally: Tally) -> Figure:
    values = values_of(held, method, population)
    if not len(values):
        return Figure(None, None, None)
    value = _of(values, method)
    sure = tally.unknown == 0
    least = value if sure or method.of is Statistic.MAX else None
    return Figure(value, least, value if sure or method.of is Statistic.MIN else None)


def _of(values: Floats, method: Stat) -> Fraction:
    """Nearest rank: the smallest value that at least p % of all are not above."""
    if method.of is Statistic.MEAN:
        return exactly(fixed(values)) / len(values)
    ordered = np.sort(values)
    rank = {Statistic.MIN: 1, Statistic.MAX: len(ordered)}.get(method.of, ceil(method.p * len(ordered) / 100))
    return exactly(fixed(ordered[rank - 1 : rank]))


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
