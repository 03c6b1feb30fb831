"""How the number of a window came about, as far as the standing does not say it: its days, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from sla_monitor.compliance import amendments, coverages, figures, periods, windows
from sla_monitor.compliance.amendments import Part
from sla_monitor.compliance.coverages import Coverage
from sla_monitor.compliance.methods import Intervals, Spells, Stat, Time
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Slices, cells_of, empty
from sla_monitor.compliance.spans import NOWHEN, Grid, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Measurement, MeasurementKey, Objective

DAY = 86_400
DAYS = Calendar(Unit.DAY)


@dataclass(frozen=True, slots=True)
class OddDay:
    """A day that a change of the clocks made shorter or longer; `seconds` it really lasted."""

    start: int
    seconds: int


@dataclass(frozen=True)
class Evidence:
    """So many slices of a measurement were there for the window, asked for by these queries."""

    measurement: Measurement
    slices: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Filed:
    """The statement of the window, in its last version, and the standing that it tells."""

    statement: Statement
    standing: Standing


@dataclass(frozen=True)
class Explanation:
    """coverage None, and no evidence: only the standing is known, not the slices behind it.

    samples: how many a statistic was taken of. down: seconds down, whether they count or not, under methods that
    count outages. Both None under other methods, or where nobody can tell. filed None: nothing was stated of it.
    """

    standing: Standing
    odd_days: tuple[OddDay, ...] = ()
    coverage: Coverage | None = None
    evidence: tuple[Evidence, ...] = ()
    samples: int | None = None
    down: Fraction | None = None
    filed: Filed | None = None


@dataclass(frozen=True)
class Known:
    """What the slices say of each measurement, when they were asked for, and how."""

    slices: Mapping[MeasurementKey, Slices]
    measured: Mapping[MeasurementKey, Spans]
    asked: Mapping[MeasurementKey, tuple[Asked, ...]]

    def of(self, measurement: Measurement) -> Slices:
        return self.slices.get(measurement.key, empty(measurement.slice_seconds))


def outlined(standing: Standing) -> Explanation:
    """What can be told without looking at slices."""
    return Explanation(standing, tuple(_odd_days(standing.window, standing.agreement.zone)))


def explained(standing: Standing, schedule: Schedule, known: Known) -> Explanation:
    """The schedule must cover the window, and what is known reach over it."""
    parts = amendments.versions(standing.agreement, _as_agreed(standing), standing.window.span)
    seen = standing.window.span.before(standing.at).intersect(standing.agreement.term)
    counted = schedule.promised([seen]).minus(schedule.dropped)
    return Explanation(
        standing=standing,
        odd_days=tuple(_odd_days(standing.window, standing.agreement.zone)),
        coverage=coverages.together(_covered(part, counted, known) for part in parts),
        evidence=tuple(_evidence(parts, known)),
        samples=_samples(standing, counted, known),
        down=_down(standing, counted, known),
    )


def _as_agreed(standing: Standing) -> Objective:
    """The promise as it was first agreed; that of the standing is as it was amended."""
    agreed = (one for one in standing.agreement.objectives if one.name == standing.objective.name)
    return next(agreed, standing.objective)


def _odd_days(window: Window, zone: ZoneInfo) -> Iterator[OddDay]:
    """Of those that the window touches."""
    day = periods.window_at(DAYS, zone, window.span.start)
    while day.span.start < window.span.end:
        if day.span.seconds != DAY:
            yield OddDay(day.span.start, day.span.seconds)
        day = periods.next_window(DAYS, zone, day)


def _covered(part: Part, counted: Spans, known: Known) -> Coverage:
    """What cannot be split is left out whole, as it is from the population."""
    measurement = part.objective.measurement
    time = counted.within(part.span)
    if measurement.is_counted and not isinstance(part.objective.method, Intervals):
        time = time.inward(Grid(measurement.slice_seconds))
    return coverages.coverage_of(known.of(measurement), known.measured.get(measurement.key, NOWHEN), time)


def _evidence(parts: Sequence[Part], known: Known) -> Iterator[Evidence]:
    """Each measurement once, whatever else an amendment changed."""
    for measurement in dict.fromkeys(part.objective.measurement for part in parts):
        spans = [part.span for part in parts if part.objective.measurement == measurement]
        held = known.of(measurement)
        count = sum(len(held.between(span.start, span.end)) for span in spans)
        yield Evidence(measurement, count, known.asked.get(measurement.key, ()))


def _samples(standing: Standing, counted: Spans, known: Known) -> int | None:
    method = standing.objective.method
    if not isinstance(method, Stat):
        return None
    return len(figures.values_of(known.of(standing.objective.measurement), method, counted))


def _down(standing: Standing, counted: Spans, known: Known) -> Fraction | None:
    method = standing.objective.method
    if not (isinstance(method, Time) and method.by_spells) and not isinstance(method, Spells):
        return None
    return windows.gather(cells_of(known.of(standing.objective.measurement)), counted).bad
