"""When a promise was being broken: maximal runs of time that was worse than it allows (measurement.md 10)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import shares
from sla_monitor.compliance.shares import Wholes
from sla_monitor.compliance.slices import Cells, Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.windows import gather

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Incident:
    """bad: in the objective's unit, as far as it lies in the population. worst: the largest bad share in it."""

    span: Span
    bad: Fraction
    worst: Fraction


def incidents_of(cells: Cells, population: Spans, allowed: Fraction) -> tuple[Incident, ...]:
    """Runs of cells whose bad share is above the allowed one, in order of time. Cells must be single slices."""
    scale = max(allowed.numerator, allowed.denominator)
    total, good = (_wholes(amounts, cells.parts, scale) for amounts in (cells.total, cells.good))
    bad = total - good
    marked = np.greater(bad * allowed.denominator, total * allowed.numerator).astype(np.bool_)
    firsts, lasts = _runs(cells, marked)
    whole = _inside(cells.starts[firsts], cells.ends[lasts], population)
    running = np.append(0, np.cumsum(shares.fitting(bad, len(bad))))
    found = []
    for first, last, uncut in zip(firsts.tolist(), lasts.tolist(), whole.tolist(), strict=True):
        span = Span(int(cells.starts[first]), int(cells.ends[last]))
        if uncut:
            lost = Fraction(int(running[last + 1] - running[first]), cells.parts)
        else:
            lost = gather(cells, population.within(span)).bad
        if lost > 0:
            share = max(Fraction(int(bad[i]), int(total[i])) for i in range(first, last + 1))
            found.append(Incident(span, lost, share))
    return tuple(found)


def _inside(starts: Ints, ends: Ints, population: Spans) -> Mask:
    """Which of the runs lie wholly in it."""
    begins, closes = population.borders
    part = np.searchsorted(begins, starts, "right") - 1
    inside: Mask = (part >= 0) & (ends <= np.append(closes, 0)[part])
    return inside


def _wholes(amounts: Ints, parts: int, scale: int) -> Wholes:
    """In parts of one, with room for `scale` times as much."""
    fitting = shares.fitting(amounts[:, 0], 2 * parts * scale)
    return fitting * parts + amounts[:, 1]


def _runs(cells: Cells, marked: Mask) -> tuple[Ints, Ints]:
    """First and last index of each run of marked cells that touch."""
    index = np.flatnonzero(marked)
    if not len(index):
        return index, index
    breaks = np.flatnonzero((np.diff(index) > 1) | (cells.starts[index[1:]] != cells.ends[index[:-1]]))
    return index[np.append(0, breaks + 1)], index[np.append(breaks, len(index) - 1)]
