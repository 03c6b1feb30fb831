"""The board: every objective judged on what the ledger holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from itertools import compress
from zoneinfo import ZoneInfo

import numpy as np

from sla_monitor.compliance import amendments, burndowns, histories, periods
from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.readings import Seen
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Point, Standing, Status
from sla_monitor.compliance.terms import Agreement, AgreementName, Measurement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.errors import LedgerError
from sla_monitor.measuring import digests as digesting
from sla_monitor.measuring import duties, inquiries
from sla_monitor.measuring.digests import Digests
from sla_monitor.measuring.duties import settled
from sla_monitor.measuring.fleets import SETTLED_FOR, Fleet
from sla_monitor.measuring.inquiries import Inquiry, Known, Measured, Question
from sla_monitor.measuring.ports import Ledger, Timetable
from sla_monitor.measuring.rosters import Roster
from sla_monitor.measuring.stated import Stated
from sla_monitor.measuring.views import Entries

LATE_SLICES = 5
"""This many slices behind, a measurement is judged as of its watermark; further, what is unmeasured is unknown."""

Settle = Callable[[Measurement], int]
Settles = Callable[[Bundle], Ints]


@dataclass
class Closed:
    """Last windows, as they were judged: nothing moves them but what makes the whole memory void.

    token: of all that they hang on besides the slices of their own time; with another, nothing is remembered.
    """

    token: object = None
    _kept: dict[tuple[ObjectiveKey, Window], Standing] = field(default_factory=dict)

    def renew(self, token: object) -> None:
        if token != self.token:
            self.token = token
            self._kept.clear()

    def shortened(self, question: Question) -> tuple[Question, Standing | None]:
        """Without the last window, if it is remembered and nothing else hangs on it."""
        previous = question.previous
        if previous is None or _remembers(question):
            return question, None
        known = self._kept.get(((question.agreement.name, question.objective.name), previous))
        return (question, None) if known is None else (replace(question, previous=None, closed=()), known)

    def keep(self, entries: Iterable[Entry]) -> None:
        """Those alone of which no slice is awaited any more. What was stated is laid over them each time anew."""
        self._kept = {
            (last.key, last.window): last
            for entry in entries
            if (last := entry.previous) is not None and last.window.span.end <= entry.current.at - SETTLED_FOR
        }


def assess(
    agreements: Sequence[Agreement],
    ledger: Ledger,
    now: int,
    settle: Settle,
    timetable: Timetable,
    *,
    faults: tuple[str, ...] = (),
    stated: Stated | None = None,
    closed: Closed | None = None,
    fleet: Fleet | None = None,
    settles: Settles | None = None,
) -> Board:
    """Judges all objectives as of the newest settled slice, in this window and the last. Writes nothing.

    A window that was `stated` is shown as it was; one that is `closed` is not judged again. `fleet`: judges together
    all it can; None: each is judged for itself. `settles`: as `settle`, of very many.
    """
    known, kept = stated or Stated(), closed or Closed()
    roster = Roster(agreements) if fleet is None else fleet.roster(agreements)
    eye = Eye(roster, ledger, now, settle, timetable, stated=known, settles=settles)
    views = [] if fleet is None else fleet.views(roster, eye)
    entries = Entries(len(roster.promises), views)
    asked = [kept.shortened(eye.question(*roster.promises[place])) for place in entries.left]
    remembered = iter([previous for _, previous in asked])
    digests = None if fleet is None else fleet.digests
    apart = [
        _entry(Inquiry(question, held, known), next(remembered), ledger)
        for question, held in _answered([question for question, _ in asked], ledger, digests)
    ]
    kept.keep(apart)
    entries.add(apart)
    return Board(
        entries=entries,
        agreements=roster.agreements,
        faults=faults,
        at=now,
        lifetimes=roster.lifetimes(now),
        columns=tuple(view.columns for view in views),
        promised=roster.promises,
    )


def current(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, timetable: Timetable, *, stated: Stated
) -> list[Standing]:
    """The current standings alone, which is quicker than a board."""
    asked = questions(agreements, ledger, now, settle, timetable, stated=stated)
    needed = [one if _remembers(one) else replace(one, previous=None, closed=()) for one in asked]
    return [Inquiry(question, held, stated).standing(question.current) for question, held in _answered(needed, ledger)]


def _remembers(question: Question) -> bool:
    """The credit of its current window hangs on others."""
    return bool(histories.before(question.agreement, question.objective, question.current, question.at))


def with_counts(board: Board, ledger: Ledger) -> Board:
    """Keeps count in the ledger of the windows breached, and gives the board with all counts so far."""
    ledger.record_breaches(list(_breached(board.standing_as(Status.BREACHED))))
    return replace(board, breaches=ledger.breaches(), statements=ledger.counted())


@dataclass(frozen=True)
class Times(Mapping[MeasurementKey, Spans]):
    """When each was measured, of which thousands are alike. held: of each place which of the spans."""

    places: Mapping[MeasurementKey, int]
    held: Ints
    spans: Sequence[Spans]

    def __getitem__(self, key: MeasurementKey) -> Spans:
        return self.spans[int(self.held[self.places[key]])]

    def __iter__(self) -> Iterator[MeasurementKey]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


class Eye:
    """What is known when a board is made, of all promises."""

    def __init__(
        self,
        roster: Roster,
        ledger: Ledger,
        now: int,
        settle: Settle,
        timetable: Timetable,
        *,
        stated: Stated,
        settles: Settles | None = None,
    ) -> None:
        self._roster, (self._held, self._spans) = roster, ledger.alike(roster.bundle)
        self.measured: Measured = Times(roster.places, self._held, self._spans)
        self._settles = settles or (lambda bundle: np.array([settle(one) for one in bundle.measurements], np.int64))
        self.stated, self._ledger, self._now, self._settle, self._timetable = stated, ledger, now, settle, timetable
        self._slices = cache(ledger.slices)  # many exclusions may hang on one measurement

    def at(self, agreement: Agreement, objective: Objective) -> int:
        return as_of(agreement, objective, self.measured, self._now, self._settle)

    def instants(self, promises: Ints, seconds: int) -> Iterator[tuple[int, Spans, Ints]]:
        """As `at` has them, of thousands that are measured alike: when they were, and which promises."""
        own = self._roster.own[promises]
        kinds, which = duties.distinct(np.stack((self._held[own], self._settles(self._roster.bundle)[own])))
        for number, (held, settle) in enumerate(kinds):
            spans = self._spans[held]
            yield _instant(seconds, spans, self._now, settle), spans, np.flatnonzero(which == number)

    @property
    def owners(self) -> Collection[AgreementName]:
        return self._timetable.owners

    def own(self, agreement: Agreement, objective: Objective) -> Hashable:
        return self._timetable.own(agreement, objective)

    def schedule(
        self, agreement: Agreement, objective: Objective, span: Span, at: int, windows: Iterable[Span]
    ) -> Schedule:
        return self._timetable(agreement, objective, span, Seen(at, self._slices), windows=windows)

    def question(self, agreement: Agreement, objective: Objective) -> Question:
        at = self.at(agreement, objective)
        return inquiries.question(agreement, objective, at, self.measured, self.schedule, stated=self.stated)

    def drawn(self, question: Question, standing: Standing) -> tuple[Point, ...]:
        return _drawn(self._ledger, question, standing)


def questions(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, timetable: Timetable, *, stated: Stated
) -> list[Question]:
    """What is asked of the ledger to judge them one by one."""
    roster = Roster(agreements)
    eye = Eye(roster, ledger, now, settle, timetable, stated=stated)
    return [eye.question(*promise) for promise in roster.promises]


def _answered(
    asked: Sequence[Question], ledger: Ledger, digests: Digests | None = None, *, finely: bool = False
) -> Iterator[tuple[Question, Known]]:
    """Each question with what is held of each measurement it wants; sums are asked of the ledger all at once."""
    kept = [digests is not None and digesting.suits(question) for question in asked]
    digested = iter(()) if digests is None else digests.answers(list(compress(asked, kept)), ledger)
    wanted = [
        [] if is_kept else [replace(reach, finely=finely) for reach in question.reaches]
        for question, is_kept in zip(asked, kept, strict=True)
    ]
    sums = [reach for q, reaches in zip(asked, wanted, strict=True) if not q.by_slices for reach in reaches]
    found = iter(ledger.cells(sums) if sums else [])
    for question, reaches, is_kept in zip(asked, wanted, kept, strict=True):
        if is_kept:
            yield question, next(digested)
        elif question.by_slices:
            yield question, {reach.key: ledger.slices(reach.key, reach.span) for reach in reaches}
        else:
            yield question, {reach.key: next(found) for reach in reaches}


def as_of(agreement: Agreement, objective: Objective, measured: Measured, now: int, settle: Settle) -> int:
    """The instant at which the promise is judged."""
    # What was never amended is in force.
    m = (amendments.in_force(agreement, objective, now) if agreement.amendments else objective).measurement
    return _instant(m.slice_seconds, measured[m.key], now, settle(m))


def _instant(s: int, measured: Spans, now: int, settle: int) -> int:
    newest = settled(now, settle, s)
    watermark = measured.parts[-1].end if measured else 0
    return watermark if abs(newest - watermark) <= LATE_SLICES * s else newest


def _entry(inquiry: Inquiry, previous: Standing | None, ledger: Ledger) -> Entry:
    """`previous`: None where nobody remembers it, so that it is judged."""
    asked = inquiry.question
    if previous is None and asked.previous is not None:
        # Its lookbacks cut whole days in two; nobody asks for them once the window is closed.
        previous = replace(inquiry.standing(asked.previous), burn_rates={})
    now = inquiry.standing(asked.current)
    shown = None if previous is None else inquiry.stated.of(previous)
    return Entry(now, shown, partial(_drawn, ledger, asked, now))


def _drawn(ledger: Ledger, question: Question, standing: Standing) -> tuple[Point, ...]:
    """None of it where the ledger is away: a page without its chart is better than no page."""
    asked = replace(question, previous=None, closed=())
    try:
        ((_, held),) = _answered([asked], ledger, finely=True)
    except LedgerError:
        return ()
    if asked.by_slices:
        drawn = held[standing.objective.measurement.key]
    else:
        drawn = amendments.spliced(asked.agreement, asked.objective, asked.current.span, held)
    return burndowns.burndown(asked.agreement, standing, drawn, asked.schedule)


def _breached(entries: Iterable[Entry]) -> Iterator[tuple[ObjectiveKey, int, int]]:
    """A broken promise is counted once a window; a rolling one once a calendar month, as it is stated."""
    for entry in entries:
        for status, when in ((entry.status, entry.when), (entry.status_before, entry.when_before)):
            if status is Status.BREACHED and when is not None:
                window, at = when
                yield entry.key, _begin(entry.agreement, window, at), at


def _begin(agreement: Agreement, window: Window, at: int) -> int:
    if window.kind != "rolling":
        return window.span.start
    return _month(agreement.zone, at)


@lru_cache(maxsize=64)
def _month(zone: ZoneInfo, at: int) -> int:
    """Of thousands it is the same."""
    return periods.window_at(Calendar(Unit.MONTH), zone, at).span.start
