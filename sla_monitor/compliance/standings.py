"""What is known of an objective in a window at an instant, and how it stands: records, no decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from sla_monitor.compliance import (
    budgets,
    burnrates,
    countings,
    grounds,
    populations,
    projections,
    servicecredits,
    windows,
)
from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.countings import Case, Counted
from sla_monitor.compliance.digests import Held
from sla_monitor.compliance.exclusions import Applied
from sla_monitor.compliance.figures import Figure, figure_of
from sla_monitor.compliance.incidents import Incident, incidents_of
from sla_monitor.compliance.methods import Intervals, Share, Spells, Time
from sla_monitor.compliance.outcomes import NO_GROUNDS, Grounds, Subwindow
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.populations import Taken
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.terms import Agreement, Objective, ObjectiveKey, PartialWindow


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
    may be bad, where an amendment makes it another than of what was seen. extremes: the tally with the least
    and the most that unknown time can make bad, None where that is in proportion. figure: the number, under
    methods that give one. incidents: None where only sums are known, and nobody can tell. outages, subwindows: where
    credits hang on them. taken: what of the window is not of the population.
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
    extremes: tuple[windows.Tally, windows.Tally] | None = None
    figure: Figure | None = None
    incidents: tuple[Incident, ...] | None = None
    outages: tuple[Span, ...] = ()
    subwindows: tuple[Subwindow, ...] = ()
    taken: tuple[Taken, ...] = ()

    @property
    def complete(self) -> bool:
        return self.window.kind != "rolling" and self.window.span.end <= self.at


@dataclass(frozen=True, slots=True)
class Weight:
    """A stretch of a window under one version of its promise, and what it weighs in the target of the whole.

    amount: what was seen in it, in the objective's unit; of a total its seconds in the term.
    """

    span: Span
    target: Fraction
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Standing:
    """How one objective stands in one window. Amounts are in `unit`; ratios are 0 to 1, exact.

    attainment None: no verdict could be reached, or the method gives no share. percent: what was compared, after
    rounding. value: the number, under methods that give one; None there: there was nothing to take it of.
    good, total, budget: None under methods that have none. judged: there is a verdict, be it `unknown`, on numbers.
    burn_rates: lookback → rate, None where nothing is known of it. exclusions: all that touch the window.
    amendments: those that become effective inside it; `objective` then holds the target that comes of it.
    incidents: when the promise was being broken; None: it was not looked for. grounds: of the credit. taken: what of
    the window is not of the population, which is what is known and what is not. weights: what the target comes from,
    where amendments make it the mean of several.
    """

    agreement: Agreement
    objective: Objective
    window: Window
    complete: bool
    at: int
    attainment: Fraction | None
    percent: Fraction | None
    bounds: tuple[Fraction, Fraction] | None
    good: Fraction | None
    total: Fraction | None
    coverage: Fraction | None
    known_seconds: int
    unknown_seconds: int
    excluded_seconds: int
    budget: budgets.Budget | None
    burn_rates: dict[str, float | None]
    projection: projections.Projection
    breach_certain: bool
    status: Status
    reason: str
    credit: servicecredits.Credit | None
    exclusions: tuple[Applied, ...] = ()
    amendments: tuple[Amended, ...] = ()
    value: Fraction | None = None
    incidents: tuple[Incident, ...] | None = None
    judged: bool = True
    grounds: Grounds = NO_GROUNDS
    taken: tuple[Taken, ...] = ()
    weights: tuple[Weight, ...] = ()

    @property
    def key(self) -> ObjectiveKey:
        return self.agreement.name, self.objective.name

    @property
    def is_known(self) -> bool:
        """There is a number to show, whatever was decided of it."""
        return self.attainment is not None or self.value is not None

    @property
    def bad(self) -> Fraction | None:
        return None if self.total is None or self.good is None else self.total - self.good


@dataclass(frozen=True, slots=True)
class Outline:
    """What of the facts of a window hangs on nothing that was measured: the same for all whose terms are alike.

    population: the time that counts, so far. favoured: what of it counts as up. lookbacks: name → both, of it; no name
    under methods whose rates say nothing. The rest as in `Facts`.
    """

    window: Window
    at: int
    population: Spans
    favoured: Spans
    lookbacks: dict[str, tuple[Spans, Spans]]
    coming: Spans
    assumed: int
    assumed_whole: int
    excluded: int
    exclusions: tuple[Applied, ...]
    taken: tuple[Taken, ...]

    @property
    def sets(self) -> tuple[Spans, ...]:
        """The sets of time of which sums are wanted, each once."""
        return tuple(dict.fromkeys((self.population, *(spans for spans, _ in self.lookbacks.values()))))

    def is_plain(self, slice_seconds: int) -> bool:
        """Nothing in it is favoured or assumed, and no slice is cut in two."""
        borders = (at for spans in self.sets for part in spans for at in (part.start, part.end))
        favoured = self.favoured or any(some for _, some in self.lookbacks.values())
        return not (favoured or self.assumed_whole) and all(at % slice_seconds == 0 for at in borders)

    def facts(self, tally: windows.Tally, lookbacks: dict[str, windows.Tally]) -> Facts:
        """With what was measured; what hangs on single slices is not known."""
        return Facts(
            window=self.window,
            at=self.at,
            tally=tally,
            rest=self.coming.seconds,
            assumed=self.assumed,
            assumed_whole=self.assumed_whole,
            lookbacks=lookbacks,
            coming=self.coming,
            excluded=self.excluded,
            exclusions=self.exclusions,
            taken=self.taken,
        )


def facts_of(
    agreement: Agreement, objective: Objective, window: Window, at: int, held: Held, *, schedule: Schedule = ALWAYS
) -> Facts:
    """Gathers what is held. It must reach from `reach(window, at, objective)` on and, of sums, be split at `cuts`.

    The schedule must cover the window and what is reached over.
    """
    case = Case(agreement, objective, window, at, schedule, reach(window, at, objective))
    counted = countings.count(held, case)
    known = outline(counted, case)
    tally = counted.tally(known.population, known.favoured)
    lookbacks = {name: counted.tally(*spans) for name, spans in known.lookbacks.items()}
    return replace(
        known.facts(tally, lookbacks or dict.fromkeys(burnrates.LOOKBACKS, windows.NOTHING)),
        extremes=counted.bounds(known.population, known.favoured),
        figure=figure_of(held, counted, case, known.population, tally),
        incidents=_incidents(held, counted, case, known.population),
        outages=grounds.outages_of(held, counted, case),
        subwindows=grounds.subwindows_of(held, counted, case),
    )


def outline(counted: Counted, case: Case) -> Outline:
    """Of `counted` only how its time is cut matters, and not what it holds."""
    agreement, window, at, schedule = case.agreement, case.window, case.at, case.schedule
    seen_until = min(counted.seen_until(at), window.span.end)
    seen = window.span.before(seen_until)
    population = counted.population(seen, agreement.term, schedule)
    outside = _assumed(agreement, case.objective, window, schedule)
    elapsed = window.entire if window.span.end <= at else window.entire.before(seen_until)
    return Outline(
        window=window,
        at=at,
        population=population,
        favoured=counted.favoured(population, schedule),
        lookbacks=_lookbacks(counted, case, seen_until),
        coming=counted.population(window.span, agreement.term, schedule).minus(population),
        assumed=outside.within(elapsed).seconds,
        assumed_whole=outside.seconds,
        excluded=schedule.promised([seen.intersect(agreement.term)]).intersect(schedule.excluded).seconds,
        exclusions=schedule.applied(window.span),
        taken=populations.taken_of(window.span, at, agreement.term, schedule, population.seconds),
    )


def _lookbacks(counted: Counted, case: Case, seen_until: int) -> dict[str, tuple[Spans, Spans]]:
    """Rates are of shares: other methods have none."""
    if not isinstance(case.objective.method, Share):
        return {}
    term, schedule = case.agreement.term, case.schedule
    spans = {name: Span(seen_until - seconds, seen_until) for name, seconds in burnrates.LOOKBACKS.items()}
    found = {name: counted.population(span, term, schedule) for name, span in spans.items()}
    return {name: (population, counted.favoured(population, schedule)) for name, population in found.items()}


def _incidents(held: Held, counted: Counted, case: Case, population: Spans) -> tuple[Incident, ...] | None:
    method = case.objective.method
    if not isinstance(held, Slices) or not isinstance(method, Share | Spells):
        return None
    allowed = case.objective.budget_share if isinstance(method, Share) else Fraction(0)
    blamed = population.minus(counted.favoured(population, case.schedule))
    return incidents_of(counted.cells, blamed, allowed)


def _assumed(agreement: Agreement, objective: Objective, window: Window, schedule: Schedule) -> Spans:
    """The time outside the term, or cut off by amendments, that counts as up (`assume-good`); never of events."""
    if objective.partial_window is not PartialWindow.ASSUME_GOOD or not isinstance(objective.method, Time | Intervals):
        return NOWHEN
    return schedule.promised(Spans.of([window.entire]).minus(Spans.of([window.span.intersect(agreement.term)])))


def cuts(agreement: Agreement, window: Window, at: int, schedule: Schedule = ALWAYS) -> list[int]:
    """The instants at which cells handed to `facts_of` must be split, so that none is cut in two."""
    return sorted({*countings.edges_of(agreement, window, at), *schedule.borders(reach(window, at))})


def reach(window: Window, at: int, objective: Objective | None = None) -> Span:
    """The time that `facts_of` reads: the window, its lookbacks, and what a spell over an edge may need."""
    before, after = (0, 0) if objective is None else countings.margins(objective)
    seen_until = min(at, window.span.end)
    start = min(window.span.start - before, seen_until - burnrates.LONGEST)
    return Span(start, max(window.span.start, seen_until, min(at, window.span.end + after)))


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a burn-down: at an instant this share of the window's budget was left."""

    at: int
    remaining_ratio: float
