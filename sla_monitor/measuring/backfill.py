"""The past into the ledger: newest first, resumable, because only what is not yet measured is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, SourceName
from sla_monitor.errors import SourceUnavailableError
from sla_monitor.measuring.cycle import DAY, days_of, portions, settled
from sla_monitor.measuring.ports import Ledger, Prober


@dataclass(frozen=True)
class Step:
    """Progress after a day: `done` of `all` measurement-days, and what could not be measured."""

    done: int
    all: int
    failed: tuple[Reading, ...] = ()


def missing(measurements: Sequence[Measurement], ledger: Ledger, span: Span) -> list[Want]:
    """What the ledger lacks of the span, cut at UTC days, newest first."""
    measured = ledger.measured(m.key for m in measurements)
    wants = []
    for m in measurements:
        s = m.slice_seconds
        whole = Span(span.start // s * s, max(span.start // s * s, span.end // s * s))
        for gap in Spans.of([whole]).minus(measured[m.key]):
            wants += [Want(m, day) for day in days_of(gap)]
    return sorted(wants, key=lambda want: -want.span.start)


async def backfill(
    measurements: Sequence[Measurement],
    probers: Mapping[SourceName, Prober],
    ledger: Ledger,
    span: Span,
    now: int,
) -> AsyncIterator[Step]:
    """Measures day by day; a day is one transaction, of very many measurements several: no more can be lost."""
    newest = {m.key: settled(now, probers[m.source].settle(m), m.slice_seconds) for m in measurements}
    wants = await asyncio.to_thread(missing, measurements, ledger, span)
    wants = [want for w in wants if (want := _until(w, newest[w.measurement.key])) is not None]
    done = 0
    yield Step(0, len(wants))
    for number in sorted({want.span.start // DAY for want in wants}, reverse=True):
        today = [want for want in wants if want.span.start // DAY == number]
        failed: list[Reading] = []
        for source, prober in probers.items():
            for mine in portions([want for want in today if want.measurement.source == source]):
                readings = await prober.measure(mine)
                _raise_if_away(readings)
                failed += [reading for reading in readings if reading.error is not None]
                await asyncio.to_thread(ledger.write, readings)
        done += len(today)
        yield Step(done, len(wants), tuple(failed))


def _until(want: Want, newest: int) -> Want | None:
    end = min(want.span.end, newest)
    return Want(want.measurement, Span(want.span.start, end)) if end > want.span.start else None


def _raise_if_away(readings: Sequence[Reading]) -> None:
    """Else every day to come would be waited for in vain."""
    errors = [reading.error for reading in readings if isinstance(reading.error, SourceUnavailableError)]
    if errors and len(errors) == len(readings):
        raise errors[0]
