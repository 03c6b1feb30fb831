"""The past into the ledger: newest first, resumable, because only what is not yet measured is asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.bundles import Bundle, Measured, Wanted
from sla_monitor.compliance.readings import Reading
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, SourceName
from sla_monitor.errors import SourceUnavailableError
from sla_monitor.measuring.cycle import portions
from sla_monitor.measuring.duties import DAY, days_of
from sla_monitor.measuring.ports import Ledger, Prober

AHEAD = 3
"""Portions asked for at once: of the queries of one the dearest keeps a single core of the source busy for long."""


@dataclass(frozen=True)
class Step:
    """Progress after a day: `done` of `all` measurement-days, and what could not be measured."""

    done: int
    all: int
    failed: tuple[Reading, ...] = ()


def missing(bundle: Bundle, ledger: Ledger, span: Span, newest: Ints | None = None) -> list[Wanted]:
    """What the ledger lacks of the span, cut at UTC days, newest first.

    Of measurements with slices of one length. newest: of each, (n,), when its last settled slice ends.
    """
    s = bundle.measurements[0].slice_seconds
    start, end = span.start // s * s, max(span.start // s * s, span.end // s * s)
    held, spans = ledger.alike(bundle)
    ends = np.full(len(bundle), end) if newest is None else np.minimum(end, newest)
    found: dict[Span, npt.NDArray[np.bool_]] = {}
    for number, until in {*zip(held.tolist(), ends.tolist(), strict=True)}:
        mine = (held == number) & (ends == until)
        for gap in Spans.of([Span(start, max(start, until))]).minus(spans[number]):
            for day in days_of(gap):
                found[day] = found.get(day, False) | mine
    return [Wanted(bundle.where(found[day]), day) for day in sorted(found, reverse=True)]


async def backfill(
    measurements: Sequence[Measurement],
    probers: Mapping[SourceName, Prober],
    ledger: Ledger,
    span: Span,
    now: int,
) -> AsyncIterator[Step]:
    """Measures day by day; a day is one transaction, of very many measurements several: no more can be lost.

    While one is filed the next ones are asked for.
    """
    wanted = await asyncio.to_thread(_wanted, measurements, probers, ledger, span, now)
    work = [(prober, portion) for prober, mine in wanted for portion in _portions(mine)]
    work.sort(key=lambda one: -_day(one[1]))  # of the sources each day by day
    done, all_, failed = 0, _count(wants for _, wants in work), list[Reading]()
    yield Step(0, all_)
    asked = deque(_asked(work[:AHEAD]))
    try:
        for number, (_, portion) in enumerate(work, 1):
            told = await asked.popleft()
            _raise_if_away(told)
            asked += _asked(work[number + AHEAD - 1 : number + AHEAD])
            failed += [reading for one in told if one.error is not None for reading in one.readings()]
            await asyncio.to_thread(ledger.file, told)
            done += _count([portion])
            if number == len(work) or _day(work[number][1]) < _day(portion):
                yield Step(done, all_, tuple(failed))
                failed = []
    finally:
        for task in asked:
            task.cancel()


def _asked(work: Sequence[tuple[Prober, Sequence[Wanted]]]) -> list[asyncio.Task[list[Measured]]]:
    return [asyncio.ensure_future(prober.gather(portion)) for prober, portion in work]


def _wanted(
    measurements: Sequence[Measurement], probers: Mapping[SourceName, Prober], ledger: Ledger, span: Span, now: int
) -> list[tuple[Prober, list[Wanted]]]:
    kinds: dict[tuple[SourceName, int], list[Measurement]] = {}
    for one in {m.key: m for m in measurements}.values():
        kinds.setdefault((one.source, one.slice_seconds), []).append(one)
    found = []
    for (source, seconds), mine in kinds.items():
        bundle = Bundle(mine)
        newest = (now - probers[source].settles(bundle)) // seconds * seconds
        found.append((probers[source], missing(bundle, ledger, span, newest)))
    return found


def _portions(mine: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """Of one day each."""
    for _, today in groupby(mine, lambda one: _day([one])):
        yield from portions(list(today))


def _day(portion: Sequence[Wanted]) -> int:
    return portion[0].span.start // DAY


def _count(portions: Iterable[Sequence[Wanted]]) -> int:
    return sum(len(one.bundle) for portion in portions for one in portion)


def _raise_if_away(told: Sequence[Measured]) -> None:
    """Else every day to come would be waited for in vain."""
    errors = [one.error for one in told if isinstance(one.error, SourceUnavailableError)]
    if errors and len(errors) == len(told):
        raise errors[0]
