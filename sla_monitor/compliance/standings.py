"""What is known of an objective in a window at an instant, and how it stands: records, no decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import budgets, burnrates, projections, servicecredits, slices, windows
from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, Method, NoData, Objective, ObjectiveKey, PartialWindow


class Status(Enum):
    MET = "met"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    UNKNOWN = "unknown"
    PENDING = "pending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a window at an instant.

    tally: the population observed so far. rest: seconds of it still to come. assumed: seconds outside
    the term, before the instant, that count as up; assumed_whole: of the whole window.
    lookbacks: name → tally of the time before `at`, across the window's start. coming_share: the share
    of the rest that may be bad, where an amendment makes it another than of what was seen.
    """

    window: Window
    at: int
    tally: windows.Tally
    rest: int
    assumed: int
    assumed_whole: int
    lookbacks: dict[str, windows.Tally]
    coming_share: Fraction | None = None

    @property
    def complete(self) -> bool:
        return self.window.kind != "rolling" and self.window.span.end <= self.at


@dataclass(frozen=True, slots=True)
class Standing:
    """How one objective stands in one window. Amounts are in `unit`; ratios are 0 to 1, exact.

    attainment None: no verdict could be reached. percent: what was compared, after rounding.
    burn_rates: lookback → rate, None where nothing is known of it. amendments: those that become
    effective inside the window; `objective` then holds the target that comes of it.
    """

    agreement: Agreement
    objective: Objective
    window: Window
    complete: bool
    at: int
    attainment: Fraction | None
    percent: Fraction | None
    bounds: tuple[Fraction, Fraction] | None
    good: Fraction
    total: Fraction
    coverage: Fraction | None
    known_seconds: int
    unknown_seconds: int
    excluded_seconds: int
    budget: budgets.Budget
    burn_rates: dict[str, float | None]
    projection: projections.Projection
    breach_certain: bool
    status: Status
    reason: str
    credit: servicecredits.Credit | None
    amendments: tuple[Amended, ...] = ()

    @property
    def key(self) -> ObjectiveKey:
        return self.agreement.name, self.objective.name

    @property
    def bad(self) -> Fraction:
        return self.total - self.good


def facts_of(agreement: Agreement, objective: Objective, window: Window, at: int, cells: Cells) -> Facts:
    """Gathers what the cells hold. They must reach from `reach(window, at)` on and split at `cuts`."""
    whole = objective.method is Method.EVENTS
    seen_until = min(at, window.span.end)

    grid = objective.measurement.slice_seconds

    def tally(span: Span) -> windows.Tally:
        return windows.gather(cells, windows.population_of(span, agreement.term, grid, whole_slices=whole))

    seen = tally(window.span.before(at))
    outside = Spans.of([window.span]).minus(Spans.of([agreement.term]))
    if objective.partial_window is not PartialWindow.ASSUME_GOOD or whole:
        outside = Spans()
    return Facts(
        window=window,
        at=at,
        tally=seen,
        rest=windows.population_of(window.span, agreement.term, grid, whole_slices=whole).seconds - seen.population,
        assumed=sum(span.before(at).seconds for span in outside),
        assumed_whole=outside.seconds,
        lookbacks={
            name: tally(Span(seen_until - seconds, seen_until)) for name, seconds in burnrates.LOOKBACKS.items()
        },
    )


def cuts(agreement: Agreement, window: Window, at: int) -> list[int]:
    """The instants at which cells handed to `facts_of` must be split, so that none is cut in two."""
    seen_until = min(at, window.span.end)
    lookbacks = [seen_until - seconds for seconds in burnrates.LOOKBACKS.values()]
    return sorted({*lookbacks, window.span.start, window.span.end, at, agreement.term.start, agreement.term.end})


def reach(window: Window, at: int) -> Span:
    """The time whose cells `facts_of` reads."""
    seen_until = min(at, window.span.end)
    return Span(min(window.span.start, seen_until - burnrates.LONGEST), max(window.span.start, seen_until))


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a burn-down: at an instant this share of the window's budget was left."""

    at: int
    remaining_ratio: float


@dataclass(frozen=True, slots=True)
class Entry:
    """All there is to show of one objective. previous None: no window has closed in its term yet."""

    current: Standing
    previous: Standing | None
    burndown: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The picture everybody looks at: made by a cycle, then never changed.

    measured_until: source → end of the last slice all its measurements have; None: nothing yet.
    faults: texts of faulty agreements. refused: agreements this version cannot compute.
    """

    entries: tuple[Entry, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    faults: tuple[str, ...] = ()
    at: int | None = None
    breaches: dict[ObjectiveKey, int] = field(default_factory=dict)

    def of(self, name: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.current.agreement.name == name)


MOST_POINTS = 400
"""A chart has no more columns to show them in."""


def burndown(agreement: Agreement, standing: Standing, cells: Cells) -> tuple[Point, ...]:
    """The budget left after each cell of the window, against what the whole window allows now.

    Ends with what the standing says, wherever the last cell ends.
    """
    population = windows.population_of(
        standing.window.span.before(standing.at),
        agreement.term,
        standing.objective.measurement.slice_seconds,
        whole_slices=standing.objective.method is Method.EVENTS,
    )
    if not population or standing.budget.allowed == 0:
        return ()
    seen = Span(population.parts[0].start, population.parts[-1].end)
    inside = (cells.starts >= seen.start) & (cells.ends <= seen.end)
    left = 1 - np.cumsum(_bad(standing, cells, inside, seen.start)) / float(standing.budget.allowed)
    keep = slices.turning_points(left, MOST_POINTS)
    keep = keep[cells.ends[inside][keep] < seen.end]
    drawn = zip(cells.ends[inside][keep].tolist(), left[keep].tolist(), strict=True)
    last = Point(seen.end, float(standing.budget.remaining_ratio))
    return (Point(seen.start, 1.0), *(Point(at, ratio) for at, ratio in drawn), last)


def _bad(standing: Standing, cells: Cells, inside: npt.NDArray[np.bool_], start: int) -> slices.Floats:
    """Bad amounts of the cells and, where unknown seconds count as bad, of the gaps before each."""
    bad = slices.as_floats(cells.total[inside]) - slices.as_floats(cells.good[inside])
    if standing.objective.no_data is not NoData.BAD or standing.objective.method is Method.EVENTS:
        return bad
    elapsed = np.diff(cells.ends[inside], prepend=start)
    return bad + elapsed - cells.known[inside]
