"""The board: every objective judged on what the ledger holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sla_monitor.compliance import burndowns, periods, standings, verdicts
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Board, Entry, Standing, Status
from sla_monitor.compliance.terms import Agreement, Measurement, Objective, ObjectiveKey
from sla_monitor.measuring.cycle import settled
from sla_monitor.measuring.ports import Ledger, Timetable

LATE_SLICES = 5
"""This many slices behind, a measurement is judged as of its watermark; further, what is unmeasured is unknown."""

Settle = Callable[[Measurement], int]


@dataclass(frozen=True)
class _Question:
    agreement: Agreement
    objective: Objective
    at: int
    current: Window
    previous: Window | None
    schedule: Schedule

    @property
    def reach(self) -> Reach:
        span = _reached(self.current, self.previous, self.at)
        cuts = set(standings.cuts(self.agreement, self.current, self.at, self.schedule))
        if self.previous is not None:
            cuts |= {self.previous.span.start, self.previous.span.end, *self.schedule.borders(self.previous.span)}
        return Reach(self.objective.measurement.key, span, tuple(sorted(cuts)))


def assess(
    agreements: Sequence[Agreement],
    ledger: Ledger,
    now: int,
    settle: Settle,
    timetable: Timetable,
    *,
    faults: tuple[str, ...] = (),
) -> Board:
    """Judges all objectives as of the newest settled slice, in this window and the last. Writes nothing."""
    questions = _questions(agreements, ledger, now, settle, timetable)
    cells = ledger.cells([question.reach for question in questions])
    entries = tuple(_entry(question, found) for question, found in zip(questions, cells, strict=True))
    return Board(entries=entries, agreements=tuple(agreements), faults=faults, at=now)


def current(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, timetable: Timetable
) -> list[Standing]:
    """The current standings alone, which is quicker than a board."""
    asked = _questions(agreements, ledger, now, settle, timetable)
    questions = [replace(question, previous=None) for question in asked]
    cells = ledger.cells([question.reach for question in questions])
    return [_current(question, found) for question, found in zip(questions, cells, strict=True)]


def with_breaches(board: Board, ledger: Ledger) -> Board:
    """Keeps count in the ledger of the windows breached, and gives the board with the counts so far."""
    ledger.record_breaches(list(_breached(board.entries)))
    return replace(board, breaches=ledger.breaches())


def window_of(agreement: Agreement, objective: Objective, at: int) -> Window:
    """The current window; after the term's end, the last one that it touches."""
    spec = objective.window
    if isinstance(spec, Calendar):
        return periods.window_at(spec, agreement.zone, at)
    return periods.rolling_window(spec, at)


def _questions(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, timetable: Timetable
) -> list[_Question]:
    measured = ledger.measured(o.measurement.key for a in agreements for o in a.objectives)
    return [
        _question(a, o, _instant(o.measurement, spans, now, settle), spans, timetable)
        for a in agreements
        for o in a.objectives
        for spans in (measured[o.measurement.key],)
    ]


def _instant(measurement: Measurement, measured: Spans, now: int, settle: Settle) -> int:
    s = measurement.slice_seconds
    newest = settled(now, settle(measurement), s)
    watermark = measured.parts[-1].end if measured else 0
    return watermark if abs(newest - watermark) <= LATE_SLICES * s else newest


def _question(agreement: Agreement, objective: Objective, at: int, measured: Spans, timetable: Timetable) -> _Question:
    current = window_of(agreement, objective, at)
    previous = None
    if isinstance(objective.window, Calendar):
        before = periods.previous_window(objective.window, agreement.zone, current)
        if before.span.intersect(agreement.term).seconds and measured.intersect(Spans.of([before.span])):
            previous = before
    reached = _reached(current, previous, at)
    schedule = timetable(agreement, objective, Span(reached.start, max(reached.end, current.span.end)))
    return _Question(agreement, objective, at, current, previous, schedule)


def _reached(current: Window, previous: Window | None, at: int) -> Span:
    span = standings.reach(current, at)
    return span if previous is None else Span(min(span.start, previous.span.start), span.end)


def _entry(question: _Question, cells: Cells) -> Entry:
    a, o, now = question.agreement, question.objective, _current(question, cells)
    previous = None
    if question.previous is not None:
        facts = standings.facts_of(
            a, o, question.previous, question.previous.span.end, cells, schedule=question.schedule
        )
        # Its lookbacks cut whole days in two; nobody asks for them once the window is closed.
        previous = replace(verdicts.judge(a, o, facts), burn_rates={})
    return Entry(now, previous, burndowns.burndown(a, now, cells, question.schedule))


def _current(question: _Question, cells: Cells) -> Standing:
    a, o = question.agreement, question.objective
    facts = standings.facts_of(a, o, question.current, question.at, cells, schedule=question.schedule)
    return verdicts.judge(a, o, facts)


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
