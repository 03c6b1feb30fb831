"""What a method makes of slices: cells in its own unit, and how its population is cut (measurement.md 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sla_monitor.compliance import intervals, periods, slices, spells
from sla_monitor.compliance.additions import Adding
from sla_monitor.compliance.burnrates import LONGEST, LOOKBACKS
from sla_monitor.compliance.digests import Digest, Held
from sla_monitor.compliance.intervals import Judged, Judging
from sla_monitor.compliance.methods import Anchor, Edge, Intervals, Share, Spells, Stat, Time
from sla_monitor.compliance.periods import Calendar, Window
from sla_monitor.compliance.remedies import PerBlock, PerSubwindow
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Cells, Slices
from sla_monitor.compliance.spans import FOREVER, NOWHEN, Grid, Span, Spans
from sla_monitor.compliance.spells import Rule, Stepping, Steps
from sla_monitor.compliance.terms import Agreement, Content, ExclusionOrder, NoData, Objective
from sla_monitor.compliance.windows import Tally, tally_of

DAY = 86_400


@dataclass(frozen=True)
class Counted:
    """Slices in the unit of a method.

    grid: cells that cannot be split, None where seconds can. in_proportion: a cell that the window's edge cuts counts
    by its share; else it is left out, as events are, which cannot be split. left_out: time of no population.
    filled: unknown time is in the cells already, as `noData` says. extremes: the cells with the least and the most
    that unknown time can make bad; None where that is in proportion to it. pace: what a second holds, None: what
    is seen of it tells. losing: tells the time that counts as bad, where spells or intervals do. doubt: the least and
    the most of it, where unknown time makes a difference.
    """

    cells: Cells
    grid: Grid | None = None
    in_proportion: bool = False
    left_out: Spans = NOWHEN
    filled: bool = False
    extremes: tuple[Cells, Cells] | None = None
    pace: Fraction | None = None
    losing: Callable[[], Spans] = lambda: NOWHEN
    doubt: tuple[Spans, Spans] | None = None

    @property
    def lost(self) -> Spans:
        return self.losing()

    def seen_until(self, at: int) -> int:
        """Only intervals that have ended are observed."""
        return at if self.grid is None or not self.in_proportion else self.grid.floor(at)

    def population(self, span: Span, term: Span, schedule: Schedule) -> Spans:
        """Span ∩ term ∩ service hours − exclusions; a cell that cannot be split leaves whole."""
        promised = schedule.promised([span.intersect(term)])
        if self.grid is None:
            return promised.minus(schedule.dropped)
        if not self.in_proportion:
            return promised.minus(schedule.dropped).inward(self.grid)
        return promised.minus(schedule.dropped.outward(self.grid)).minus(self.left_out)

    def favoured(self, population: Spans, schedule: Schedule) -> Spans:
        """The part of the population that counts as up; of what cannot be split, the cells that are touched."""
        if not schedule.favoured:
            return NOWHEN
        return population.intersect(schedule.favoured.outward(self.grid) if self.grid else schedule.favoured)

    def tally(self, population: Spans, favoured: Spans) -> Tally:
        """What the population holds, the favoured part of it counted as up."""
        return self._tally(self.cells, population, favoured, filled=self.filled)

    def bounds(self, population: Spans, favoured: Spans) -> tuple[Tally, Tally] | None:
        """What the population holds with the least and the most bad; unknown time is in both."""
        if self.extremes is None:
            return None
        least, most = (self._tally(cells, population, favoured, filled=True) for cells in self.extremes)
        return least, most

    def _tally(self, cells: Cells, population: Spans, favoured: Spans, *, filled: bool) -> Tally:
        events = self.grid is not None and not self.in_proportion
        return tally_of(cells, population, favoured, whole_slices=events, pace=self.pace, filled=filled)


@dataclass(frozen=True)
class Case:
    """Whose slices are counted, in which window, judged at which instant, under which schedule.

    reach: the time over which slices are known, and the schedule is good; a slice missing in it is unknown.
    """

    agreement: Agreement
    objective: Objective
    window: Window
    at: int
    schedule: Schedule
    reach: Span

    @property
    def cutting(self) -> Spans:
        """What cuts spells before they are held against a minimum length."""
        return self.schedule.excluded if self.objective.exclusion_order is ExclusionOrder.BEFORE else NOWHEN

    def promised(self, span: Span) -> Spans:
        """What of it, from the start of its first day on, lies in the term and the service hours."""
        days = Span(span.start // DAY * DAY, span.end)
        return self.schedule.promised([days.intersect(self.agreement.term)])

    @property
    def borders(self) -> tuple[int, ...]:
        """Where `edge: clip` cuts."""
        term = self.agreement.term
        return tuple(sorted({self.window.span.start, self.window.span.end, term.start, term.end}))

    def grid(self, seconds: int) -> Grid:
        """Cells that begin anew with each window."""
        spec, zone = self.objective.window, self.agreement.zone
        if not isinstance(spec, Calendar):
            return Grid(seconds, (Span(self.window.span.start, FOREVER),))
        tiles = [periods.window_at(spec, zone, max(0, self.reach.start)).span]
        while tiles[-1].end <= self.reach.end:  # the last cell of a window ends where the next one begins
            tiles.append(periods.window_at(spec, zone, tiles[-1].end).span)
        return Grid(seconds) if all(tile.start % seconds == 0 for tile in tiles) else Grid(seconds, tuple(tiles))


def needs_slices(objective: Objective) -> bool:
    """Sums are not enough for the method, or for the credits."""
    method = objective.method
    if objective.remedy is not None and isinstance(objective.remedy.rule, PerBlock | PerSubwindow):
        return True
    return isinstance(method, Intervals | Stat | Spells) or (isinstance(method, Time) and method.by_spells)


def margins(objective: Objective) -> tuple[int, int]:
    """Seconds before and after a window that its number, or its credit, may depend on: spells may lie over an edge."""
    before, after = _margins(objective)
    if objective.remedy is not None and isinstance(objective.remedy.rule, PerBlock):
        return max(before, DAY), max(after, 31 * DAY)
    return before, after


def _margins(objective: Objective) -> tuple[int, int]:
    method = objective.method
    if isinstance(method, Intervals):
        around = method.every + (method.at_least if method.edge is Edge.SPAN else 0)
        return around, around
    if isinstance(method, Spells) and method.edge is Edge.SPAN:
        return max(method.at_least, DAY), 31 * DAY
    if isinstance(method, Time) and method.by_spells and method.edge is Edge.SPAN:
        around = method.at_least + (method.quantum.of if method.quantum else 0)
        return max(around, DAY), around
    return 0, 0


def count(held: Held, case: Case) -> Counted:
    """The cells of the method; what is missing in `held` is unknown."""
    method = case.objective.method
    if not isinstance(held, Cells) and isinstance(method, Intervals):
        return _intervals(held, method, case)
    if not isinstance(held, Cells) and (isinstance(method, Spells) or (isinstance(method, Time) and method.by_spells)):
        return _spells(held, method, case)
    if isinstance(held, Digest):
        lately = LONGEST if isinstance(method, Share) else 0
        since = min(case.window.span.start, min(case.at, case.window.span.end) - lately)
        cells = held.pieced(Adding(_cuts(case), held.seconds, since, lately))
    else:
        cells = slices.cells_of(held) if isinstance(held, Slices) else held
    if case.objective.measurement.is_counted:
        return Counted(cells, Grid(case.objective.measurement.slice_seconds))
    return Counted(cells)


def _cuts(case: Case) -> Sequence[int]:
    """The instants at which sums must be split, so that none that is wanted is of a part of one."""
    lookbacks = LOOKBACKS.values() if isinstance(case.objective.method, Share) else ()
    found = edges_of(case.agreement, case.window, case.at, lookbacks) | case.schedule.borders(case.reach)
    if case.objective.remedy is not None and isinstance(rule := case.objective.remedy.rule, PerSubwindow):
        apart = periods.windows_beginning_in(Calendar(rule.every), case.agreement.zone, case.window.span)
        found |= {at for one in apart for at in (one.span.start, one.span.end)}
    return sorted(found)


def edges_of(agreement: Agreement, window: Window, at: int, lookbacks: Iterable[int] = LOOKBACKS.values()) -> set[int]:
    """Where the window, its lookbacks and the term begin and end."""
    seen_until = min(at, window.span.end)
    return {
        *(seen_until - seconds for seconds in lookbacks),
        window.span.start,
        window.span.end,
        at,
        agreement.term.start,
        agreement.term.end,
    }


def _intervals(held: Slices | Digest, method: Intervals, case: Case) -> Counted:
    grid = Grid(method.every) if method.anchor is Anchor.EPOCH else case.grid(method.every)
    cutting, domain = case.cutting.outward(grid), case.window.span.intersect(case.agreement.term)
    judged = _judged(held, method, grid, case)
    judged = judged.cut([*_edges(cutting), *_edges((domain, case.agreement.term), grid.floor, grid.ceil)])
    gaps = not judged.known.all()

    def lasting(found: Judged) -> Judged:
        return intervals.lasting(found, method, domain, cutting)

    filled = gaps and method.at_least > 0 and case.objective.no_data is NoData.BAD
    counts = lasting(judged.assumed(bad=True, within=case.agreement.term) if filled else judged)
    extremes = None
    if gaps and method.at_least:
        most, least = (intervals.cells_of(lasting(judged.assumed(bad=bad)), method) for bad in (True, False))
        extremes = (least, most)
    return Counted(
        cells=intervals.cells_of(counts, method, known=judged.known),
        grid=grid,
        in_proportion=True,
        left_out=spells.marked(judged.left_out, judged.edges),
        filled=filled,
        extremes=extremes,
        pace=Fraction(1, method.every) if method.unit == "intervals" else Fraction(1),
        losing=lambda: spells.marked(counts.bad, counts.edges),
    )


def _edges(spans: Iterable[Span], *snaps: Callable[[int], int]) -> Iterator[int]:
    """Both ends of each, or where they are brought to."""
    for span in spans:
        for at in (span.start, span.end):
            yield from (snap(at) for snap in snaps) if snaps else (at,)


def _judged(held: Slices | Digest, method: Intervals, grid: Grid, case: Case) -> Judged:
    values = case.objective.measurement.holds is Content.VALUES
    promised = case.promised(held.span if isinstance(held, Digest) else case.reach)
    judging = Judging.by(method, grid, promised, values=values)
    if isinstance(held, Digest) and judging.keeps(held.seconds):
        found = held.traced(judging)
        # A part of the window that is yet to begin reaches further than anything is held.
        return found.between(grid.ceil(case.reach.start), min(grid.floor(case.reach.end), int(found.edges[-1])))
    return judging.all_of(held.all() if isinstance(held, Digest) else held, case.reach)


def _steps(held: Slices | Digest, reach: Span) -> Steps:
    if isinstance(held, Slices):
        return spells.steps_of(held, reach)
    s = held.seconds
    return held.traced(Stepping()).between(reach.start // s * s, -(-reach.end // s) * s)


def _spells(held: Slices | Digest, method: Time | Spells, case: Case) -> Counted:
    steps = _steps(held, case.reach)
    quantum = method.quantum if isinstance(method, Time) else None
    rule = Rule(method, case.grid(quantum.of) if quantum else Grid(1), case.borders, case.cutting)
    unknown, down = steps.where(np.isnan(steps.share)), steps.where(steps.share < 1)
    policy = case.objective.no_data
    filled = bool(unknown) and policy in (NoData.GOOD, NoData.BAD)
    lost = spells.counted(down.union(unknown.within(case.agreement.term)) if policy is NoData.BAD else down, rule)
    if policy is NoData.EXCLUDE:
        lost = lost.minus(unknown)  # it is in no population, whatever a quantum makes of it
    doubt = spells.extremes(down, unknown, steps.step, rule) if unknown else None
    return Counted(
        cells=spells.cells_of(steps, lost, filled=filled),
        filled=filled,
        extremes=doubt and (_filled(steps, doubt[0]), _filled(steps, doubt[1])),
        pace=Fraction(1),
        losing=lambda: lost,
        doubt=doubt,
    )


def lost_of(held: Held, counted: Counted, case: Case) -> Spans:
    """The time that was down as the method counts it, also of a method that only adds it up."""
    method = case.objective.method
    if not isinstance(held, Cells) and isinstance(method, Time) and not method.by_spells:
        return _spells(held, method, case).lost
    return counted.lost


def _filled(steps: Steps, lost: Spans) -> Cells:
    return spells.cells_of(steps, lost, filled=True)
