"""What a board asks of one promise: its window, the last one, and those before that its credit hangs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sla_monitor.compliance import amendments, countings, histories, judgements, standings, tilings
from sla_monitor.compliance.digests import Held
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, MeasurementKey, Objective
from sla_monitor.measuring.duties import DAY
from sla_monitor.measuring.overdue import Closable, is_whole
from sla_monitor.measuring.stated import Stated

Known = Mapping[MeasurementKey, Held]
Measured = Mapping[MeasurementKey, Spans]
Scheduler = Callable[[Agreement, Objective, Span, int, Iterable[Span]], Schedule]
"""The timetable as of an instant, for some windows."""


@dataclass(frozen=True)
class Question:
    """`closed`: windows before the current one that are judged too. `previous`: which of them is shown, if any."""

    agreement: Agreement
    objective: Objective
    at: int
    current: Window
    previous: Window | None
    closed: tuple[Window, ...]
    schedule: Schedule

    @property
    def span(self) -> Span:
        """The time that its windows are judged by."""
        return _reached(self.objective, self.current, self.closed, self.at)

    @property
    def reaches(self) -> list[Reach]:
        """One for each measurement that a version of the promise has."""
        span = self.span
        cuts = set(standings.cuts(self.agreement, self.current, self.at, self.schedule))
        cuts |= amendments.borders(self.agreement, self.objective)
        for window in self.closed:
            cuts |= {window.span.start, window.span.end, *self.schedule.borders(window.span)}
        return [Reach(key, span, tuple(sorted(cuts))) for key in _keys(self.agreement, self.objective)]

    @property
    def by_slices(self) -> bool:
        """Some version of the promise is counted in a way that sums are not enough for."""
        return any(
            countings.needs_slices(part.objective) for part in amendments.history(self.agreement, self.objective)
        )


@dataclass(frozen=True)
class Inquiry:
    """Its windows judged on what is held, each once; of those before, what was stated goes first."""

    question: Question
    held: Known
    stated: Stated
    _known: dict[Window, Standing] = field(default_factory=dict)

    def standing(self, window: Window) -> Standing:
        """The current window, or one of those closed."""
        if window not in self._known:
            self._known[window] = self._judged(window)
        return self._known[window]

    def _judged(self, window: Window) -> Standing:
        asked = self.question
        _, after = countings.margins(asked.objective)
        at = asked.at if window == asked.current else min(asked.at, window.span.end + after)
        judged = judgements.judge(asked.agreement, asked.objective, window, at, self.held, schedule=asked.schedule)
        before = [self._earlier(one) for one in histories.before(asked.agreement, asked.objective, window, at)]
        return histories.remembering(judged, before) if before else judged

    def _earlier(self, window: Window) -> Earlier:
        asked = self.question
        told = self.stated.earlier((asked.agreement.name, asked.objective.name), window)
        if told is None and window in asked.closed:
            return histories.earlier(self.standing(window))
        return told or Earlier(window, None, None)


def question(
    agreement: Agreement, objective: Objective, at: int, measured: Measured, scheduler: Scheduler, *, stated: Stated
) -> Question:
    current = amendments.window_of(agreement, objective, at)
    previous = tilings.closed_before(agreement, objective, current)
    if previous is not None:
        held = any(measured[key].intersect(Spans.of([previous.span])) for key in _keys(agreement, objective))
        if not held or not previous.span.intersect(agreement.term).seconds:
            previous = None
    shown = [window for window in (current, previous) if window is not None]
    beside = {one for window in shown for one in histories.before(agreement, objective, window, at)} - {previous}
    unstated = (one for one in beside if _is_judged(agreement, objective, one, measured, stated))
    closed = tuple(sorted((*shown[1:], *unstated), key=lambda one: one.span))
    reached = _reached(objective, current, closed, at)
    # Of whole days, so that of the first one, too, the same is promised from minute to minute.
    span = Span(reached.start // DAY * DAY, max(reached.end, current.span.end))
    schedule = scheduler(agreement, objective, span, at, [window.span for window in (*closed, current)])
    return Question(agreement, objective, at, current, previous, closed, schedule)


def _is_judged(agreement: Agreement, objective: Objective, window: Window, measured: Measured, stated: Stated) -> bool:
    """As it will be stated, unless it is already: of the time before an agreement only what was measured whole."""
    if stated.earlier((agreement.name, objective.name), window) is not None:
        return False
    return is_whole(Closable(agreement, window, (objective,)), measured)


def _reached(objective: Objective, current: Window, closed: tuple[Window, ...], at: int) -> Span:
    reaches = [standings.reach(current, at, objective)]
    reaches += [standings.reach(window, window.span.end, objective) for window in closed]
    return Span(min(one.start for one in reaches), reaches[0].end)


def _keys(agreement: Agreement, objective: Objective) -> list[MeasurementKey]:
    return list(dict.fromkeys(part.objective.measurement.key for part in amendments.history(agreement, objective)))
