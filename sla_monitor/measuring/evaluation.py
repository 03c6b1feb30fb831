"""A stateless look: measured straight from the source, judged, and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sla_monitor.compliance import amendments, conditions, histories, judgements, periods, standings, tilings
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.readings import Reading, Seen, Want
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Slices, empty, joined
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, SourceName
from sla_monitor.errors import ConfigError
from sla_monitor.measuring.duties import DAY, days_of, settled
from sla_monitor.measuring.ports import Ledger, Prober, Timetable

Progress = Callable[[int, int], None]
"""Told (done, all) stretches."""


@dataclass(frozen=True)
class Question:
    """One standing that is wanted."""

    agreement: Agreement
    objective: Objective
    window: Window
    at: int

    @property
    def earlier(self) -> tuple[Question, ...]:
        """The windows before, where the credit hangs on what they came to."""
        windows = histories.before(self.agreement, self.objective, self.window, self.at)
        return tuple(replace(self, window=window) for window in windows)

    @property
    def needed(self) -> Iterator[tuple[Measurement, Span]]:
        """What has to be measured: whole slices of the windows and their lookbacks, inside the term."""
        for one in (self, *self.earlier):
            yield from _reached(one)
            yield from _conditions(one)


def _reached(question: Question) -> Iterator[tuple[Measurement, Span]]:
    agreement, window, at = question.agreement, question.window, question.at
    for version, span in amendments.needed(agreement, question.objective):
        m = version.measurement
        yield m, _sliced(span.intersect(standings.reach(window, at, version).intersect(agreement.term)), m)


def _conditions(question: Question) -> Iterator[tuple[Measurement, Span]]:
    """What exclusions hang on, over their whole periods, up to the instant."""
    agreement, objective = question.agreement, question.objective
    reach = standings.reach(question.window, question.at, objective)
    for m, span in conditions.needed(agreement, objective, reach):
        yield m, _sliced(span.before(reach.end), m)


def _sliced(span: Span, measurement: Measurement) -> Span:
    """Grown to whole slices."""
    s = measurement.slice_seconds
    return Span(span.start // s * s, -(-span.end // s) * s) if span.seconds else span


def questions(agreement: Agreement, objectives: Sequence[tuple[Objective, int]], period: str) -> list[Question]:
    """The windows that `period` names for each objective, judged as of its instant. ConfigError where it names none."""
    found = [
        Question(agreement, objective, window, at)
        for objective, at in objectives
        for window in _windows(agreement, objective, period, at)
    ]
    if not found:
        raise ConfigError(
            f"{agreement.name}: no window begins in the period {period!r} before now: a window is named by the "
            "period it begins in; try --period current or previous"
        )
    return found


async def evaluate(
    wanted: Sequence[Question],
    probers: Mapping[SourceName, Prober],
    timetable: Timetable,
    progress: Progress = lambda *_: None,
) -> list[Standing]:
    """Measures and judges. Raises the first error: a number made of a part of the facts is no number."""
    return judged(wanted, await measured(wanted, probers, progress), timetable)


def judged(wanted: Sequence[Question], slices: Mapping[MeasurementKey, Slices], timetable: Timetable) -> list[Standing]:
    """One standing a question, of slices that reach over all that the questions need."""
    known: dict[Question, Standing] = {}

    def judged_once(question: Question) -> Standing:
        if question not in known:
            known[question] = _judged(question, slices, timetable)
        return known[question]

    return [_remembering(question, judged_once) for question in wanted]


def _remembering(question: Question, judged_once: Callable[[Question], Standing]) -> Standing:
    history: list[Earlier] = []
    for one in question.earlier:
        history.append(histories.earlier(histories.remembering(judged_once(one), history)))
    return histories.remembering(judged_once(question), history) if history else judged_once(question)


def instant(wanted: int | None, now: int, prober: Prober, objective: Objective) -> int:
    """`--at` in the past measures right up to it; now measures up to the newest settled slice."""
    m = objective.measurement
    newest = settled(now, prober.settle(m), m.slice_seconds)
    return newest if wanted is None else min(wanted, newest)


def _windows(agreement: Agreement, objective: Objective, period: str, at: int) -> Iterator[Window]:
    if period == "current":
        yield amendments.window_of(agreement, objective, at)
        return
    if period == "previous":
        yield tilings.stated_before(agreement, objective, at)
        return
    try:
        span = periods.period_span(period, agreement.zone)
    except ValueError as error:
        raise ConfigError(f"--period: {error}, current or previous") from error
    yield from (window for window in tilings.stated(agreement, objective, span) if window.span.start < at)


async def measured(
    wanted: Sequence[Question],
    probers: Mapping[SourceName, Prober],
    progress: Progress,
    hear: Callable[[Reading], None] = lambda _: None,
) -> dict[MeasurementKey, Slices]:
    """What the questions need, straight from the sources; each answer is told of."""
    measurements, needed = needs(wanted)
    kept = {key: [empty(m.slice_seconds)] for key, m in measurements.items()}
    days = sorted({day.start // DAY for spans in needed.values() for span in spans for day in days_of(span)})
    for done, number in enumerate(days):
        progress(done, len(days))
        day = Spans.of([Span(number * DAY, (number + 1) * DAY)])
        for source, prober in probers.items():
            wants = [
                Want(m, span)
                for key, m in measurements.items()
                if m.source == source
                for span in needed[key].intersect(day)
            ]
            for reading in await prober.measure(wants) if wants else ():
                if reading.slices is None:
                    raise reading.error or AssertionError("a reading has slices or an error")
                hear(reading)
                kept[reading.want.measurement.key].append(reading.slices)
    progress(len(days), len(days))
    return {key: joined(parts) for key, parts in kept.items()}


def recalled(wanted: Sequence[Question], ledger: Ledger) -> dict[MeasurementKey, Slices]:
    """What the ledger holds of what the questions need; what it lacks is unknown."""
    measurements, needed = needs(wanted)
    return {
        key: joined([empty(m.slice_seconds), *(ledger.slices(key, span) for span in needed[key])])
        for key, m in measurements.items()
    }


def needs(wanted: Sequence[Question]) -> tuple[dict[MeasurementKey, Measurement], dict[MeasurementKey, Spans]]:
    """The measurements of the questions, and when each is needed."""
    found = [need for question in wanted for need in question.needed]
    measurements = {m.key: m for m, _ in found}
    return measurements, {key: Spans.of(span for m, span in found if m.key == key) for key in measurements}


def _judged(question: Question, held: Mapping[MeasurementKey, Slices], timetable: Timetable) -> Standing:
    a, o, window, at = question.agreement, question.objective, question.window, question.at
    return judgements.judge(a, o, window, at, held, schedule=scheduled(question, held, timetable))


def scheduled(question: Question, held: Mapping[MeasurementKey, Slices], timetable: Timetable) -> Schedule:
    """Over the window and all that its number may depend on."""
    a, o, window = question.agreement, question.objective, question.window
    reach = standings.reach(window, question.at, o)
    seen = Seen(reach.end, lambda key, span: held[key].between(span.start, span.end))
    return timetable(a, o, Span(reach.start, max(reach.end, window.span.end)), seen, windows=[window.span])
