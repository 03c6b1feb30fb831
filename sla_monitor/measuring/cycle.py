"""One pass of one source: from the watermark to now minus settle. Catching up is the same path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sla_monitor.compliance import burnrates, periods
from sla_monitor.compliance.periods import Calendar
from sla_monitor.compliance.readings import Reading, Want, Written
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective
from sla_monitor.measuring.ports import Ledger, Prober

DAY = 86_400
OVERLAP = 3
"""Slices asked again on each pass: late samples may still change them."""


@dataclass(frozen=True)
class Task:
    """A measurement that agreements in force need, and the instant from which they need it."""

    measurement: Measurement
    since: int


@dataclass(frozen=True)
class Passed:
    """What a pass did. behind: there is more to measure at once. errors: of single measurements."""

    written: Written
    errors: tuple[Reading, ...]
    contradictions: int
    behind: bool


def tasks(agreements: Iterable[Agreement], now: int, limit: int) -> dict[MeasurementKey, Task]:
    """Every measurement in force, since its first open window (or the longest lookback), at most `limit` back."""
    found: dict[MeasurementKey, Task] = {}
    for agreement in agreements:
        for objective in agreement.objectives:
            if agreement.term.start > now:
                continue
            m, since = objective.measurement, _since(agreement, objective, now, limit)
            known = found.get(m.key)
            found[m.key] = Task(m, min(since, known.since) if known else since)
    return found


def due(task: Task, measured: Spans, now: int, settle: int) -> Want | None:
    """The next stretch to measure, a day at most; None while there is nothing new."""
    s = task.measurement.slice_seconds
    until = settled(now, settle, s)
    watermark = measured.parts[-1].end if measured else None
    if watermark is None or watermark < task.since:
        start = task.since // s * s
    else:
        start = max(watermark - OVERLAP * s, measured.parts[-1].start)
    if watermark is not None and watermark >= until:
        return None
    end = min(until, max(start, watermark or 0) + DAY)
    return Want(task.measurement, Span(start, end)) if end > start else None


def settled(now: int, settle: int, slice_seconds: int) -> int:
    """The end of the newest slice whose samples have arrived."""
    return (now - settle) // slice_seconds * slice_seconds


async def run_pass(prober: Prober, ledger: Ledger, wanted: Sequence[Task], clock: Callable[[], int]) -> Passed | None:
    """Measures what is due and files it in one transaction; None while nothing is due.

    Raises SourceError while the source is away and LedgerError while the ledger is: nothing has moved then.
    """
    measured = await asyncio.to_thread(ledger.measured, [task.measurement.key for task in wanted])
    now = clock()
    wants = [
        want
        for t in wanted
        if (want := due(t, measured[t.measurement.key], now, prober.settle(t.measurement))) is not None
    ]
    if not wants:
        return None
    await prober.answers(now)
    readings = await prober.measure(wants)
    written = await asyncio.to_thread(ledger.write, readings)
    return Passed(
        written,
        errors=tuple(reading for reading in readings if reading.error is not None),
        contradictions=sum(reading.contradictions for reading in readings),
        behind=any(_behind(reading, clock(), prober) for reading in readings if reading.error is None),
    )


def _behind(reading: Reading, now: int, prober: Prober) -> bool:
    m = reading.want.measurement
    return reading.want.span.end < settled(now, prober.settle(m), m.slice_seconds)


def _since(agreement: Agreement, objective: Objective, now: int, limit: int) -> int:
    spec = objective.window
    if isinstance(spec, Calendar):
        begin = periods.window_at(spec, agreement.zone, now).span.start
    else:
        begin = now - spec.seconds
    return max(min(begin, now - burnrates.LONGEST), now - limit, agreement.term.start)
