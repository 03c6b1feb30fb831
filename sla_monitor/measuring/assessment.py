"""The board: every objective judged on what the ledger holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sla_monitor.compliance import amendments, judgements, periods, standings
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Board, Entry, Standing, Status
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.measuring.cycle import settled
from sla_monitor.measuring.ports import Ledger

LATE_SLICES = 5
"""This many slices behind, a measurement is judged as of its watermark; further, what is unmeasured is unknown."""

Settle = Callable[[Measurement], int]
Held = Mapping[MeasurementKey, Cells]


@dataclass(frozen=True)
class _Question:
    agreement: Agreement
    objective: Objective
    at: int
    current: Window
    previous: Window | None

    @property
    def reaches(self) -> list[Reach]:
        """One for each measurement that a version of the promise has."""
        span = standings.reach(self.current, self.at)
        cuts = set(standings.cuts(self.agreement, self.current, self.at))
        cuts |= amendments.borders(self.agreement, self.objective)
        if self.previous is not None:
            span = Span(min(span.start, self.previous.span.start), span.end)
            cuts |= {self.previous.span.start, self.previous.span.end}
        return [Reach(key, span, tuple(sorted(cuts))) for key in _keys(self.agreement, self.objective)]


def assess(
    agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle, faults: tuple[str, ...] = ()
) -> Board:
    """Judges all objectives as of the newest settled slice, in this window and the last. Writes nothing."""
    questions = _questions(agreements, ledger, now, settle)
    entries = tuple(_entry(question, held) for question, held in _answered(questions, ledger))
    return Board(entries=entries, agreements=tuple(agreements), faults=faults, at=now)


def current(agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle) -> list[Standing]:
    """The current standings alone, which is quicker than a board."""
    questions = [replace(question, previous=None) for question in _questions(agreements, ledger, now, settle)]
    return [_current(question, held) for question, held in _answered(questions, ledger)]


def with_breaches(board: Board, ledger: Ledger) -> Board:
    """Keeps count in the ledger of the windows breached, and gives the board with the counts so far."""
    ledger.record_breaches(list(_breached(board.entries)))
    return replace(board, breaches=ledger.breaches())


def _questions(agreements: Sequence[Agreement], ledger: Ledger, now: int, settle: Settle) -> list[_Question]:
    measured = ledger.measured(o.measurement.key for a in agreements for o in amendments.all_versions(a))
    return [_question(a, o, measured, now, settle) for a in agreements for o in a.objectives]


def _answered(questions: Sequence[_Question], ledger: Ledger) -> Iterator[tuple[_Question, Held]]:
    """Each question with the cells of each measurement it wants, asked of the ledger all at once."""
    wanted = [question.reaches for question in questions]
    found = iter(ledger.cells([reach for reaches in wanted for reach in reaches]))
    for question, reaches in zip(questions, wanted, strict=True):
        yield question, {reach.key: next(found) for reach in reaches}


def _keys(agreement: Agreement, objective: Objective) -> list[MeasurementKey]:
    return list(dict.fromkeys(part.objective.measurement.key for part in amendments.history(agreement, objective)))


def _instant(measurement: Measurement, measured: Spans, now: int, settle: Settle) -> int:
    s = measurement.slice_seconds
    newest = settled(now, settle(measurement), s)
    watermark = measured.parts[-1].end if measured else 0
    return watermark if abs(newest - watermark) <= LATE_SLICES * s else newest


def _question(
    agreement: Agreement, objective: Objective, measured: Mapping[MeasurementKey, Spans], now: int, settle: Settle
) -> _Question:
    m = amendments.in_force(agreement, objective, now).measurement
    at = _instant(m, measured[m.key], now, settle)
    current = periods.window_of(objective.window, agreement.zone, at)
    previous = None
    if isinstance(objective.window, Calendar):
        before = periods.previous_window(objective.window, agreement.zone, current)
        held = any(measured[key].intersect(Spans.of([before.span])) for key in _keys(agreement, objective))
        if held and before.span.intersect(agreement.term).seconds:
            previous = before
    return _Question(agreement, objective, at, current, previous)


def _entry(question: _Question, held: Held) -> Entry:
    a, o, now = question.agreement, question.objective, _current(question, held)
    previous = None
    if question.previous is not None:
        judged = judgements.judge(a, o, question.previous, question.previous.span.end, held)
        # Its lookbacks cut whole days in two; nobody asks for them once the window is closed.
        previous = replace(judged, burn_rates={})
    return Entry(now, previous, standings.burndown(a, now, amendments.spliced(a, o, question.current.span, held)))


def _current(question: _Question, held: Held) -> Standing:
    return judgements.judge(question.agreement, question.objective, question.current, question.at, held)


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
