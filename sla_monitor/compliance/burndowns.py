"""How a window's error budget was used up, for drawing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import slices, windows
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Cells, Ints
from sla_monitor.compliance.spans import Spans
from sla_monitor.compliance.standings import Point, Standing
from sla_monitor.compliance.terms import Agreement, NoData

MOST_POINTS = 400
"""A chart has no more columns to show them in."""


def burndown(agreement: Agreement, standing: Standing, cells: Cells, schedule: Schedule = ALWAYS) -> tuple[Point, ...]:
    """The budget left after each cell of the window, against what the whole window allows now.

    Ends with what the standing says, wherever the last cell ends.
    """
    grid, whole = standing.objective.measurement.slice_seconds, standing.objective.counts_events
    population = windows.population_of(
        standing.window.span.before(standing.at), agreement.term, grid, whole_slices=whole, schedule=schedule
    )
    if not population or standing.budget.allowed == 0:
        return ()
    favoured = windows.favoured_of(population, grid, whole_slices=whole, schedule=schedule)
    start, end = population.parts[0].start, population.parts[-1].end
    blamed = population.minus(favoured)
    inside = _inside(cells, blamed)
    left = 1 - np.cumsum(_bad(standing, cells, inside, blamed)) / float(standing.budget.allowed)
    keep = slices.turning_points(left, MOST_POINTS)
    keep = keep[cells.ends[inside][keep] < end]
    drawn = zip(cells.ends[inside][keep].tolist(), left[keep].tolist(), strict=True)
    last = Point(end, float(standing.budget.remaining_ratio))
    return (Point(start, 1.0), *(Point(at, ratio) for at, ratio in drawn), last)


def _bad(standing: Standing, cells: Cells, inside: npt.NDArray[np.bool_], blamed: Spans) -> slices.Floats:
    """Bad amounts of the cells and, where unknown seconds count as bad, of the gaps before each."""
    bad = slices.as_floats(cells.total[inside]) - slices.as_floats(cells.good[inside])
    if standing.objective.no_data is not NoData.BAD or standing.objective.counts_events:
        return bad
    elapsed = np.diff(_elapsed(cells.ends[inside], blamed), prepend=0)
    return bad + elapsed - cells.known[inside]


def _inside(cells: Cells, spans: Spans) -> npt.NDArray[np.bool_]:
    """The cells that lie wholly in one of the spans."""
    if len(spans.parts) == 1:
        (only,) = spans.parts
        return (cells.starts >= only.start) & (cells.ends <= only.end)
    starts, ends = _borders(spans)
    if not len(starts):
        return np.zeros(len(cells), np.bool_)
    part = np.searchsorted(starts, cells.starts, side="right") - 1
    return (part >= 0) & (cells.ends <= ends[part])


def _elapsed(instants: Ints, spans: Spans) -> Ints:
    """Seconds of the spans before each instant, which lies in one of them."""
    starts, ends = _borders(spans)
    before = np.concatenate([[0], np.cumsum(ends - starts)])
    part = np.searchsorted(starts, instants, side="left") - 1
    elapsed: Ints = before[part] + instants - starts[part]
    return elapsed


def _borders(spans: Spans) -> tuple[Ints, Ints]:
    both = np.array([(part.start, part.end) for part in spans], np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
