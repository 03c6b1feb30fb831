"""What is known of an objective in a window at an instant, and how it stands: records, no decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from sla_monitor.compliance import budgets, burnrates, projections, servicecredits, windows
from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.exclusions import Applied
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.terms import Agreement, AgreementName, Objective, ObjectiveKey, PartialWindow


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
    lookbacks: name → tally of the time before `at`, across the window's start. coming: the rest, when it
    comes; empty where that is not known. excluded: seconds, so far, that would be in the population else.
    exclusions: all that touch the window, also those to come. coming_share: the share of the rest that
    may be bad, where an amendment makes it another than of what was seen.
    """

    window: Window
    at: int
    tally: windows.Tally
    rest: int
    assumed: int
    assumed_whole: int
    lookbacks: dict[str, windows.Tally]
    coming: Spans = NOWHEN
    excluded: int = 0
    exclusions: tuple[Applied, ...] = ()
    coming_share: Fraction | None = None

    @property
    def complete(self) -> bool:
        return self.window.kind != "rolling" and self.window.span.end <= self.at


@dataclass(frozen=True, slots=True)
class Standing:
    """How one objective stands in one window. Amounts are in `unit`; ratios are 0 to 1, exact.

    attainment None: no verdict could be reached. percent: what was compared, after rounding.
    burn_rates: lookback → rate, None where nothing is known of it. exclusions: all that touch the window.
    amendments: those that become effective inside it; `objective` then holds the target that comes of it.
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
    exclusions: tuple[Applied, ...] = ()
    amendments: tuple[Amended, ...] = ()

    @property
    def key(self) -> ObjectiveKey:
        return self.agreement.name, self.objective.name

    @property
    def bad(self) -> Fraction:
        return self.total - self.good


def facts_of(
    agreement: Agreement, objective: Objective, window: Window, at: int, cells: Cells, *, schedule: Schedule = ALWAYS
) -> Facts:
    """Gathers what the cells hold. They must reach from `reach(window, at)` on and split at `cuts`.

    The schedule must cover the window and what the cells reach over.
    """
    whole, grid = objective.counts_events, objective.measurement.slice_seconds
    seen_until = min(at, window.span.end)

    def population(span: Span) -> Spans:
        return windows.population_of(span, agreement.term, grid, whole_slices=whole, schedule=schedule)

    def tally(counted: Spans) -> windows.Tally:
        favoured = windows.favoured_of(counted, grid, whole_slices=whole, schedule=schedule)
        return windows.tally_of(cells, counted, favoured, whole_slices=whole)

    seen = window.span.before(at)
    counted = population(seen)
    coming = population(window.span).minus(counted)
    outside = _assumed(agreement, objective, window, schedule)
    return Facts(
        window=window,
        at=at,
        tally=tally(counted),
        rest=coming.seconds,
        assumed=outside.within(seen).seconds,
        assumed_whole=outside.seconds,
        lookbacks={
            name: tally(population(Span(seen_until - seconds, seen_until)))
            for name, seconds in burnrates.LOOKBACKS.items()
        },
        coming=coming,
        excluded=schedule.promised([seen.intersect(agreement.term)]).intersect(schedule.excluded).seconds,
        exclusions=schedule.applied(window.span),
    )


def _assumed(agreement: Agreement, objective: Objective, window: Window, schedule: Schedule) -> Spans:
    """The time outside the term that counts as up (`partialWindow: assume-good`); never of events."""
    if objective.partial_window is not PartialWindow.ASSUME_GOOD or objective.counts_events:
        return NOWHEN
    return schedule.promised(Spans.of([window.span]).minus(Spans.of([agreement.term])))


def cuts(agreement: Agreement, window: Window, at: int, schedule: Schedule = ALWAYS) -> list[int]:
    """The instants at which cells handed to `facts_of` must be split, so that none is cut in two."""
    seen_until = min(at, window.span.end)
    lookbacks = [seen_until - seconds for seconds in burnrates.LOOKBACKS.values()]
    ends = {window.span.start, window.span.end, at, agreement.term.start, agreement.term.end}
    return sorted({*lookbacks, *ends, *schedule.borders(reach(window, at))})


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
    lifetimes: dict[AgreementName, Lifetime] = field(default_factory=dict)

    def of(self, name: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.current.agreement.name == name)
