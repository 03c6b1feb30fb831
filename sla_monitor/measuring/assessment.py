"""The board: every objective judged on what the ledger holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sla_monitor.compliance import amendments, burndowns, countings, judgements, lifetimes, periods, standings, tilings
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Held
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Board, Entry, Standing, Status
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.measuring.cycle import settled
from sla_monitor.measuring.ports import Ledger, Timetable
from sla_monitor.measuring.stated import Stated

LATE_SLICES = 5
"""This many slices behind, a measurement is judged as of its watermark; further, what is unmeasured is unknown."""

Settle = Callable[[Measurement], int]
Known = Mapping[MeasurementKey, Held]
Measured = Mapping[MeasurementKey, Spans]


@dataclass(frozen=True)
class _Question:
    agreement: Agreement
    objective: Objective
    at: int
    current: Window
    previous: Window | None
    schedule: Schedule

    @property
    def reaches(self) -> list[Reach]:
        """One for each measurement that a version of the promise has."""
        span = _reached(self.objective, self.current, self.previous, self.at)
        cuts = set(standings.cuts(self.agreement, self.current, self.at, self.schedule))
        cuts |= amendments.borders(self.agreement, self.objective)
        if self.previous is not None:
            cuts |= {self.previous.span.start, self.previous.span.end, *self.schedule.borders(self.previous.span)}
        return [Reach(key, span, tuple(sorted(cuts))) for key in _keys(self.agreement, self.objective)]

    @property
    def by_slices(self) -> bool:
        """Some version of the promise is counted in a way that sums are not enough for."""
        return any(
            countings.needs_slices(part.objective) for part in amendments.history(self.agreement, self.objective)
        )


def assess(
    agreements: Sequence[Agreement],
    ledger: Ledger,
    now: int,
    settle: Settle,
    timetable: Timetable,
    *,
    faults: tuple[str, ...] = (),
    stated: Stated | None = None,
) -> Board:
    """Judges all objectives as of the newest settled slice, in this window and the last. Writes nothing.

    A window that was `stated` is shown as it was.
    """
    questions = _questions(agreements, ledger, now, settle, timetable)
    entries = tuple(_entry(question, held, stated or Stated()) for question, held in _answered(questions, ledger))
    dates = {agreement.name: lifetimes.lifetime(agreement, now) for agreement in agreements}
    return Board(entries=entries, agreements=tuple(agreements), faults=faults, at=now, lifetimes=dates)


def current(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, timetable: Timetable
) -> list[Standing]:
    """The current standings alone, which is quicker than a board."""
    asked = _questions(agreements, ledger, now, settle, timetable)
    questions = [replace(question, previous=None) for question in asked]
    return [_current(question, held) for question, held in _answered(questions, ledger)]


def with_counts(board: Board, ledger: Ledger) -> Board:
    """Keeps count in the ledger of the windows breached, and gives the board with all counts so far."""
    ledger.record_breaches(list(_breached(board.entries)))
    return replace(board, breaches=ledger.breaches(), statements=ledger.counted())


def _questions(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, timetable: Timetable
) -> list[_Question]:
    measured = ledger.measured(o.measurement.key for a in agreements for o in amendments.all_versions(a))
    return [
        _question(a, o, as_of(a, o, measured, now, settle), measured, timetable)
        for a in agreements
        for o in a.objectives
    ]


def _answered(questions: Sequence[_Question], ledger: Ledger) -> Iterator[tuple[_Question, Known]]:
    """Each question with what is held of each measurement it wants; sums are asked of the ledger all at once."""
    wanted = [question.reaches for question in questions]
    sums = [reach for q, reaches in zip(questions, wanted, strict=True) if not q.by_slices for reach in reaches]
    found = iter(ledger.cells(sums))
    for question, reaches in zip(questions, wanted, strict=True):
        if question.by_slices:
            yield question, {reach.key: ledger.slices(reach.key, reach.span) for reach in reaches}
        else:
            yield question, {reach.key: next(found) for reach in reaches}


def _keys(agreement: Agreement, objective: Objective) -> list[MeasurementKey]:
    return list(dict.fromkeys(part.objective.measurement.key for part in amendments.history(agreement, objective)))


def as_of(agreement: Agreement, objective: Objective, measured: Measured, now: int, settle: Settle) -> int:
    """The instant at which the promise is judged."""
    m = amendments.in_force(agreement, objective, now).measurement
    return _instant(m, measured[m.key], now, settle)


def _instant(measurement: Measurement, measured: Spans, now: int, settle: Settle) -> int:
    s = measurement.slice_seconds
    newest = settled(now, settle(measurement), s)
    watermark = measured.parts[-1].end if measured else 0
    return watermark if abs(newest - watermark) <= LATE_SLICES * s else newest


def _question(
    agreement: Agreement, objective: Objective, at: int, measured: Measured, timetable: Timetable
) -> _Question:
    current = amendments.window_of(agreement, objective, at)
    previous = tilings.closed_before(agreement, objective, current)
    if previous is not None:
        held = any(measured[key].intersect(Spans.of([previous.span])) for key in _keys(agreement, objective))
        if not held or not previous.span.intersect(agreement.term).seconds:
            previous = None
    reached = _reached(objective, current, previous, at)
    span = Span(reached.start, max(reached.end, current.span.end))
    windows = [window.span for window in (current, previous) if window is not None]
    schedule = timetable(agreement, objective, span, windows=windows)
    return _Question(agreement, objective, at, current, previous, schedule)


def _reached(objective: Objective, current: Window, previous: Window | None, at: int) -> Span:
    span = standings.reach(current, at, objective)
    if previous is None:
        return span
    before, _ = countings.margins(objective)
    return Span(min(span.start, previous.span.start - before), span.end)


def _entry(question: _Question, held: Known, stated: Stated) -> Entry:
    a, o, now = question.agreement, question.objective, _current(question, held)
    previous = None
    if question.previous is not None:
        _, after = countings.margins(o)
        closed = min(question.at, question.previous.span.end + after)
        judged = judgements.judge(a, o, question.previous, closed, held, schedule=question.schedule)
        # Its lookbacks cut whole days in two; nobody asks for them once the window is closed.
        previous = stated.of(replace(judged, burn_rates={}))
    if question.by_slices:
        drawn = held[now.objective.measurement.key]
    else:
        drawn = amendments.spliced(a, o, question.current.span, held)
    return Entry(now, previous, burndowns.burndown(a, now, drawn, question.schedule))


def _current(question: _Question, held: Known) -> Standing:
    a, o = question.agreement, question.objective
    return judgements.judge(a, o, question.current, question.at, held, schedule=question.schedule)


def _breached(entries: Iterable[Entry]) -> Iterable[tuple[ObjectiveKey, int, int]]:
    """A broken promise is counted once a window; a rolling one once a calendar month, as it is stated."""
    for entry in entries:
        for standing in filter(None, (entry.current, entry.previous)):
            if standing.status is Status.BREACHED:
                yield standing.key, _begin(standing), standing.at


def _begin(standing: Standing) -> int:
    if standing.window.kind != "rolling":
        return standing.window.span.start
    return periods.window_at(Calendar(Unit.MONTH), standing.agreement.zone, standing.at).span.start
