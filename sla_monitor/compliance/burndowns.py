"""How a window's error budget was used up, for drawing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import countings, slices, standings
from sla_monitor.compliance.countings import Case, Counted
from sla_monitor.compliance.digests import Held
from sla_monitor.compliance.methods import Share
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Cells, Ints
from sla_monitor.compliance.spans import Spans
from sla_monitor.compliance.standings import Point, Standing
from sla_monitor.compliance.terms import Agreement, NoData

MOST_POINTS = 400
"""A chart has no more columns to show them in."""


def burndown(agreement: Agreement, standing: Standing, held: Held, schedule: Schedule = ALWAYS) -> tuple[Point, ...]:
    """The budget left after each cell of the window, against what the whole window allows now.

    Ends with what the standing says, wherever the last cell ends.
    """
    objective, window, budget = standing.objective, standing.window, standing.budget
    reach = standings.reach(window, standing.at, objective)
    counted = countings.count(held, Case(agreement, objective, window, standing.at, schedule, reach))
    population = counted.population(window.span.before(counted.seen_until(standing.at)), agreement.term, schedule)
    if not population or budget is None or budget.allowed == 0 or not isinstance(objective.method, Share):
        return ()
    favoured, cells = counted.favoured(population, schedule), counted.cells
    start, end = population.parts[0].start, population.parts[-1].end
    blamed = population.minus(favoured)
    inside = _inside(cells, blamed)
    left = 1 - np.cumsum(_bad(standing, counted, inside, blamed)) / float(budget.allowed)
    keep = slices.turning_points(left, MOST_POINTS)
    keep = keep[cells.ends[inside][keep] < end]
    drawn = zip(cells.ends[inside][keep].tolist(), left[keep].tolist(), strict=True)
    last = Point(end, float(budget.remaining_ratio))
    return (Point(start, 1.0), *(Point(at, ratio) for at, ratio in drawn), last)


def _bad(standing: Standing, counted: Counted, inside: npt.NDArray[np.bool_], blamed: Spans) -> slices.Floats:
    """Bad amounts of the cells and, where unknown seconds count as bad, of the gaps before each."""
    cells = counted.cells
    bad = slices.as_floats(cells.total[inside], cells.parts) - slices.as_floats(cells.good[inside], cells.parts)
    if standing.objective.no_data is not NoData.BAD or standing.objective.counts_events or counted.filled:
        return bad
    elapsed = np.diff(_elapsed(cells.ends[inside], blamed), prepend=0)
    return bad + (elapsed - cells.known[inside]) * float(counted.pace or 1)


def _inside(cells: Cells, spans: Spans) -> npt.NDArray[np.bool_]:
    """The cells that lie wholly in one of the spans."""
    if len(spans.parts) == 1:
        (only,) = spans.parts
        return (cells.starts >= only.start) & (cells.ends <= only.end)
    starts, ends = spans.borders
    if not len(starts):
        return np.zeros(len(cells), np.bool_)
    part = np.searchsorted(starts, cells.starts, side="right") - 1
    return (part >= 0) & (cells.ends <= ends[part])


def _elapsed(instants: Ints, spans: Spans) -> Ints:
    """Seconds of the spans before each instant, which lies in one of them."""
    starts, ends = spans.borders
    before = np.concatenate([[0], np.cumsum(ends - starts)])
    part = np.searchsorted(starts, instants, side="left") - 1
    elapsed: Ints = before[part] + instants - starts[part]
    return elapsed
