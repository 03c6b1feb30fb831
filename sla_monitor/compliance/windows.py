"""Populations and what they hold: cells added up over spans (measurement.md 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from sla_monitor.compliance.slices import Cells, Ints
from sla_monitor.compliance.spans import Spans

FEW = 16
"""So many spans are looked up one by one; more of them all at once."""

Held = tuple[Fraction, Fraction, int]
"""Good, total and known seconds."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a population holds, exactly.

    good, total: events, seconds or intervals. known: seconds backed by data. population: all its seconds.
    filled: what is unknown is in good and total already, as the agreement's policy says.
    """

    good: Fraction
    total: Fraction
    known: Fraction
    population: int
    filled: bool = False

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


def tally_of(
    cells: Cells,
    population: Spans,
    favoured: Spans,
    *,
    whole_slices: bool,
    pace: Fraction | None = None,
    filled: bool = False,
) -> Tally:
    """What the population holds, the favoured part of it counted as up.

    whole_slices: it holds events. pace: what a second holds, None: as the known ones do. filled: see `Tally`.
    """
    if not favoured:
        held = gather(cells, population)
        return replace(held, filled=True) if filled else held
    rest, kept = gather(cells, population.minus(favoured)), gather(cells, favoured)
    if pace is None:
        pace = _added(rest, kept).density if rest.known or kept.known else Fraction(1)
    rate = Fraction(0) if whole_slices or filled else pace
    return replace(_added(rest, _upheld(kept, rate, counts=not whole_slices)), filled=filled)


def _upheld(tally: Tally, rate: Fraction, *, counts: bool) -> Tally:
    """Nothing of it bad. Unknown seconds count as up too; how many unknown events there were nobody knows."""
    if not counts:
        return replace(tally, good=tally.total)
    total = tally.total + tally.unknown * rate
    return Tally(total, total, Fraction(tally.population), tally.population)


def _added(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.good + other.good, one.total + other.total, one.known + other.known, one.population + other.population
    )


def gather(cells: Cells, population: Spans) -> Tally:
    """Adds up the cells inside the population; one cut by a border counts in proportion."""
    uncut = cells.uncut(population.parts) if len(population.parts) <= FEW else None
    if uncut is not None:
        return Tally(uncut[0], uncut[1], Fraction(uncut[2]), population.seconds)
    starts, ends = population.borders
    first = np.searchsorted(cells.ends, starts, side="right")
    last = np.searchsorted(cells.starts, ends, side="left")
    touched = first < last
    first, last, starts, ends = first[touched], last[touched], starts[touched], ends[touched]
    good, total, seconds = cells.held(first, last)
    known = Fraction(seconds)
    for share, (out_good, out_total, out_known) in _outside(cells, (starts, ends), first, last):
        good, total, known = good - share * out_good, total - share * out_total, known - share * out_known
    return Tally(good, total, known, population.seconds)


def _outside(cells: Cells, borders: tuple[Ints, Ints], first: Ints, last: Ints) -> Iterator[tuple[Fraction, Held]]:
    """Of the cells touched by each span the outermost, with the share of them that lies outside of it."""
    starts, ends = borders
    cut = (cells.starts[first] < starts) | (cells.ends[last - 1] > ends) if len(first) else np.zeros(0, np.bool_)
    for i in np.flatnonzero(cut).tolist():
        for index in {int(first[i]), int(last[i]) - 1}:
            begin, end = int(cells.starts[index]), int(cells.ends[index])
            inside = min(end, int(ends[i])) - max(begin, int(starts[i]))
            if inside < end - begin:
                yield 1 - Fraction(inside, end - begin), cells.held(np.array([index]), np.array([index + 1]))
