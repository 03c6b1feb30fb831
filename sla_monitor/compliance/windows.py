"""Populations and what they hold: cells added up over spans (measurement.md 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sla_monitor.compliance.slices import Cells, exactly
from sla_monitor.compliance.spans import Span, Spans


@dataclass(frozen=True, slots=True)
class Tally:
    """What a population holds, exactly.

    good, total: events or seconds. known: seconds backed by data. population: all its seconds.
    """

    good: Fraction
    total: Fraction
    known: Fraction
    population: int

    @property
    def bad(self) -> Fraction:
        return self.total - self.good

    @property
    def unknown(self) -> Fraction:
        """Seconds nobody could measure."""
        return self.population - self.known

    @property
    def coverage(self) -> Fraction | None:
        """Known share; None for a population of no seconds."""
        return self.known / self.population if self.population else None

    @property
    def density(self) -> Fraction:
        """Events (or pooled seconds) in a known second; 0 where nothing is known."""
        return self.total / self.known if self.known else Fraction(0)


NOTHING = Tally(Fraction(0), Fraction(0), Fraction(0), 0)


def population_of(span: Span, term: Span, grid: int, *, whole_slices: bool) -> Spans:
    """Span ∩ term. Events cannot be split, so there a slice that a border touches leaves whole."""
    population = Spans.of([span.intersect(term)])
    return population.inward(grid) if whole_slices else population


def gather(cells: Cells, population: Spans) -> Tally:
    """Adds up the cells inside the population; one cut by a border counts in proportion."""
    good = total = known = Fraction(0)
    for span in population:
        for first, last, share in _pieces(cells, span):
            good += exactly(cells.good[first:last]) * share
            total += exactly(cells.total[first:last]) * share
            known += int(cells.known[first:last].sum()) * share
    return Tally(good, total, known, population.seconds)


def _pieces(cells: Cells, span: Span) -> list[tuple[int, int, Fraction]]:
    """Runs of cells that the span holds, with the share of each that lies inside."""
    first = int(np.searchsorted(cells.ends, span.start, side="right"))
    last = int(np.searchsorted(cells.starts, span.end, side="left"))
    pieces = []
    for index in {first, last - 1} if first < last else ():
        share = _share(cells, index, span)
        if share != 1:
            pieces.append((index, index + 1, share))
    cut = {index for index, _, _ in pieces}
    inner_first, inner_last = first + (first in cut), last - (last - 1 in cut and last - 1 > first)
    if inner_first < inner_last:
        pieces.append((inner_first, inner_last, Fraction(1)))
    return pieces


def _share(cells: Cells, index: int, span: Span) -> Fraction:
    start, end = int(cells.starts[index]), int(cells.ends[index])
    return Fraction(min(end, span.end) - max(start, span.start), end - start)
