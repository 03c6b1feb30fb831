"""When a promise was being broken: maximal runs of time that was worse than it allows (measurement.md 10)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.slices import Cells, Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.windows import gather

Wholes = npt.NDArray[Any]
MOST = np.iinfo(np.int64).max


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
    found = []
    for first, last in _runs(cells, marked):
        span = Span(int(cells.starts[first]), int(cells.ends[last]))
        lost = gather(cells, population.within(span)).bad
        if lost > 0:
            share = max(Fraction(int(bad[i]), int(total[i])) for i in range(first, last + 1))
            found.append(Incident(span, lost, share))
    return tuple(found)


def _wholes(amounts: Ints, parts: int, scale: int) -> Wholes:
    """In parts of one; Python's own integers, which are slower, where `scale` of them could leave int64."""
    largest = int(np.abs(amounts[:, 0]).max(initial=0)) + 1
    fitting: Wholes = amounts if 2 * largest * parts * scale <= MOST else amounts.astype(object)
    return fitting[:, 0] * parts + fitting[:, 1]


def _runs(cells: Cells, marked: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of marked cells that touch."""
    index = np.flatnonzero(marked)
    if not len(index):
        return []
    breaks = np.flatnonzero((np.diff(index) > 1) | (cells.starts[index[1:]] != cells.ends[index[:-1]]))
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(index) - 1)
    return list(zip(index[firsts].tolist(), index[lasts].tolist(), strict=True))
