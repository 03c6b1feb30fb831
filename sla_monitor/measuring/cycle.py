"""One pass of one source: what is unmeasured up to now minus settle. Catching up is the same path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from sla_monitor.compliance import amendments, burnrates, conditions, countings
from sla_monitor.compliance.readings import Reading, Want, Written
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.errors import SourceError, SourceRefusedError
from sla_monitor.measuring.ports import Ledger, Prober

DAY = 86_400
MOST_SLICES = 1_000_000
"""Held in memory at a time: of ten thousand measurements a day is caught up with in a dozen portions."""

OVERLAP = 3
"""Slices asked again on each pass: late samples may still change them."""


@dataclass(frozen=True)
class Task:
    """A measurement that agreements in force need, and the instants from and until which they need it."""

    measurement: Measurement
    since: int
    until: int = FOREVER


@dataclass(frozen=True)
class Passed:
    """What a pass did. behind: there is more to measure at once. errors: of single measurements.

    clock_ahead: so many seconds our clock is ahead of the source's.
    """

    written: Written
    errors: tuple[Reading, ...]
    contradictions: int
    behind: bool
    clock_ahead: int = 0


def tasks(
    agreements: Iterable[Agreement], now: int, limit: int, waiting: Mapping[ObjectiveKey, int] = MappingProxyType({})
) -> dict[MeasurementKey, Task]:
    """Every measurement in force, since its first open window (or the longest lookback), at most `limit` back.

    `waiting`: since when objectives have windows that ended and are not closed yet.
    """
    found: dict[MeasurementKey, Task] = {}
    for agreement in agreements:
        for objective in agreement.objectives:
            unclosed = waiting.get((agreement.name, objective.name), now)
            for m, start, end in _needed(agreement, objective, now, limit, unclosed):
                since, until = max(start, agreement.term.start), min(end, agreement.term.end)
                if since > now or until <= since:
                    continue
                known = found.get(m.key, Task(m, since, until))
                found[m.key] = Task(m, min(since, known.since), max(until, known.until))
    return found


def _needed(
    agreement: Agreement, objective: Objective, now: int, limit: int, unclosed: int
) -> Iterator[tuple[Measurement, int, int]]:
    """Since when and until when each measurement is needed."""
    oldest = now - limit
    for version, span in amendments.needed(agreement, objective):
        yield version.measurement, max(span.start, oldest, _since(agreement, version, now, unclosed)), span.end
    if all(conditions.is_fixed(rule) for rule in amendments.all_exclusions(agreement)):
        return  # as of most: nothing else has to be known
    since = max(oldest, _since(agreement, objective, now, unclosed))
    for m, span in conditions.needed(agreement, objective, Span(min(since, now), now)):
        yield m, max(span.start, oldest), FOREVER if span.end >= now else span.end


def due(task: Task, measured: Spans, now: int, settle: int) -> list[Want]:
    """What to measure now: the newest unmeasured stretch and one of the older, each of a UTC day at most."""
    s = task.measurement.slice_seconds
    until = min(settled(now, settle, s), -(-task.until // s) * s)
    whole = Span(min(until, task.since // s * s), until)
    return [Want(task.measurement, span) for span in _lacking(whole, measured, s, now // 60)]


@lru_cache(1024)
def _lacking(whole: Span, measured: Spans, s: int, minute: int) -> tuple[Span, ...]:
    """Newest first, so that standings are of today while the past is caught up with. Thousands lack the same.

    Which of the older changes from minute to minute: a day that cannot be measured must not keep the others waiting.
    """
    lacking = [piece for gap in Spans.of([whole]).minus(measured) for piece in days_of(gap)][::-1]
    older = lacking[1:]
    chosen = [*lacking[:1], *([older[minute % len(older)]] if older else [])]
    return tuple(_overlapping(span, measured, s) for span in chosen)


def _overlapping(span: Span, measured: Spans, s: int) -> Span:
    """Reaching back over slices whose late samples may have come since."""
    before = next((part for part in measured if part.end == span.start), None)
    return span if before is None else Span(max(before.start, span.start - OVERLAP * s), span.end)


def days_of(span: Span) -> list[Span]:
    """The span cut at UTC days, in order."""
    numbers = range(span.start // DAY, -(-span.end // DAY))
    return [span.intersect(Span(number * DAY, (number + 1) * DAY)) for number in numbers]


def settled(now: int, settle: int, slice_seconds: int) -> int:
    """The end of the newest slice whose samples have arrived."""
    return (now - settle) // slice_seconds * slice_seconds


async def run_pass(prober: Prober, ledger: Ledger, wanted: Sequence[Task], clock: Callable[[], int]) -> Passed | None:
    """Measures what is due and files it in one transaction; None while nothing is due.

    Raises SourceError while the source is away and LedgerError while the ledger is: nothing has moved then.
    """
    measured = await asyncio.to_thread(ledger.measured, [task.measurement.key for task in wanted])
    now = clock()
    wants = next(portions([*_due_now(wanted, measured, now, prober)]), None)
    if wants is None:
        return None
    there = await prober.answers(now)
    if there < now:  # what a clock that runs ahead asks for has not come yet, and would be unknown for ever
        wants = next(portions([*_due_now(wanted, measured, there, prober)]), None)
    if wants is None:
        return None
    readings = await prober.measure(wants)
    failed = tuple(reading for reading in readings if reading.error is not None)
    _raise_if_away(readings, failed)
    written = await asyncio.to_thread(ledger.write, readings)
    done = _together(measured, readings)
    behind = {want.measurement.key for want in _due_now(wanted, done, clock() - (now - there), prober)}
    return Passed(
        written,
        errors=failed,
        contradictions=sum(reading.contradictions for reading in readings),
        clock_ahead=now - there,
        behind=bool(behind - {reading.want.measurement.key for reading in failed}),
    )


def portions(wants: Sequence[Want], most: int = MOST_SLICES) -> Iterator[list[Want]]:
    """The newest first, so many slices at a time as memory is to hold; a single want however long it is."""
    taken: list[Want] = []
    left = most
    for want in sorted(wants, key=lambda one: -one.span.end):
        count = want.span.seconds // want.measurement.slice_seconds
        if taken and count > left:
            yield taken
            taken, left = [], most
        taken.append(want)
        left -= count
    if taken:
        yield taken


def _due_now(
    wanted: Iterable[Task], measured: Mapping[MeasurementKey, Spans], now: int, prober: Prober
) -> Iterator[Want]:
    """Of thousands that are alike it is reckoned once."""
    known: dict[tuple[int, int, int, int, int], list[Span]] = {}
    for task in wanted:
        m = task.measurement
        held, settle = measured[m.key], prober.settle(m)
        alike = (id(held), m.slice_seconds, task.since, task.until, settle)
        if alike not in known:
            known[alike] = [want.span for want in due(task, held, now, settle)]
        for span in known[alike]:
            yield Want(m, span)


def _raise_if_away(readings: Sequence[Reading], failed: Sequence[Reading]) -> None:
    """A source that answers the simplest question and no other is away all the same, and is left alone a while.

    What it refuses is another matter: those queries are at fault, not the source.
    """
    errors = [
        r.error for r in failed if isinstance(r.error, SourceError) and not isinstance(r.error, SourceRefusedError)
    ]
    if len(errors) == len(readings):
        raise errors[0]


def _together(measured: Mapping[MeasurementKey, Spans], readings: Iterable[Reading]) -> dict[MeasurementKey, Spans]:
    done, known = dict(measured), dict[tuple[int, int], Spans]()
    for reading in readings:
        if reading.error is None:
            key, span = reading.want.measurement.key, reading.want.span
            held = done[key]
            alike = (id(held), id(span))
            if alike not in known:
                known[alike] = Spans.of((*held, span))
            done[key] = known[alike]
    return done


def _since(agreement: Agreement, objective: Objective, now: int, unclosed: int) -> int:
    begin = amendments.window_of(agreement, objective, now).span.start
    before, _ = countings.margins(objective)
    begin = min(begin, unclosed) - before
    return max(min(begin, now - burnrates.LONGEST), agreement.term.start)
