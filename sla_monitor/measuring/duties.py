"""What agreements need to be measured, and what of it is due: found of thousands that are alike at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from sla_monitor.compliance import amendments, burnrates, conditions, countings
from sla_monitor.compliance.bundles import Bundle, Wanted
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.measuring.ports import Ledger, Prober

DAY = 86_400

OVERLAP = 4
"""Slices that a pass asks for again, while late samples change them; when that has stopped, those of the last pass."""

REACH = 7200
"""Seconds that a pass reaches back at most, while even the oldest slices change: agents cannot send for so long."""


@dataclass(frozen=True)
class Task:
    """A measurement that agreements in force need, and the instants from and until which they need it."""

    measurement: Measurement
    since: int
    until: int = FOREVER


@dataclass(frozen=True)
class Duty:
    """Measurements with slices of one length; (n,) since and until when each is needed."""

    bundle: Bundle
    since: Ints
    until: Ints
    seconds: int


def tasks(
    agreements: Iterable[Agreement],
    now: int,
    limit: int,
    waiting: Mapping[ObjectiveKey, int] = MappingProxyType({}),
    ahead: int = 0,
) -> dict[MeasurementKey, Task]:
    """Every measurement in force, since its first open window (or the longest lookback), at most `limit` back.

    `waiting`: since when objectives have windows that ended and are not closed yet. `ahead`: for so many seconds it is
    to hold good; what will be in force by then is among it.
    """
    found: dict[MeasurementKey, Task] = {}
    for agreement in agreements:
        for objective in agreement.objectives:
            unclosed = waiting.get((agreement.name, objective.name), now)
            for m, start, end in _needed(agreement, objective, now, now - limit, unclosed, ahead):
                since, until = max(start, agreement.term.start), min(end, agreement.term.end)
                if since > now + ahead or until <= since:
                    continue
                known = found.get(m.key, Task(m, since, until))
                found[m.key] = Task(m, min(since, known.since), max(until, known.until))
    return found


def _needed(  # noqa: PLR0917 - instants and lengths, each of its own name
    agreement: Agreement, objective: Objective, now: int, oldest: int, unclosed: int, ahead: int
) -> Iterator[tuple[Measurement, int, int]]:
    """Since when and until when each measurement is needed."""
    for version, span in amendments.needed(agreement, objective):
        yield version.measurement, max(span.start, oldest, _since(agreement, version, now, unclosed)), span.end
    if all(conditions.is_fixed(rule) for rule in amendments.all_exclusions(agreement)):
        return  # as of most: nothing else has to be known
    since = max(oldest, _since(agreement, objective, now, unclosed))
    for m, span in conditions.needed(agreement, objective, Span(min(since, now), now + ahead)):
        yield m, max(span.start, oldest), FOREVER if span.end >= now + ahead else span.end


def _since(agreement: Agreement, objective: Objective, now: int, unclosed: int) -> int:
    begin = amendments.window_of(agreement, objective, now).span.start
    before, _ = countings.margins(objective)
    begin = min(begin, unclosed) - before
    return max(min(begin, now - burnrates.LONGEST), agreement.term.start)


def duties(wanted: Iterable[Task], before: Sequence[Duty] = ()) -> tuple[Duty, ...]:
    """Tasks put together. before: of the same measurements the bundles are those that they were."""
    alike: dict[int, list[Task]] = {}
    for task in wanted:
        alike.setdefault(task.measurement.slice_seconds, []).append(task)
    known = {one.bundle.measurements: one.bundle for one in before}
    return tuple(_duty(seconds, mine, known) for seconds, mine in alike.items())


def _duty(seconds: int, mine: Sequence[Task], known: Mapping[tuple[Measurement, ...], Bundle]) -> Duty:
    measurements = tuple([task.measurement for task in mine])
    since, until = (np.array(column, np.int64) for column in zip(*((t.since, t.until) for t in mine), strict=True))
    return Duty(known.get(measurements) or Bundle(measurements), since, until, seconds)


def due(duty: Duty, ledger: Ledger, prober: Prober, now: int, again: int = OVERLAP) -> list[Wanted]:
    """What to measure now: of each the newest unmeasured stretch and one of the older, each of a UTC day at most."""
    held, spans = ledger.alike(duty.bundle)
    ends = np.array([one.parts[-1].end if one else 0 for one in spans], np.int64)[held]
    begins = np.array([one.parts[-1].start if one else 1 for one in spans], np.int64)[held]
    # Since when in what is measured already makes no difference.
    since = np.where((begins <= duty.since) & (duty.since <= ends), ends, duty.since)
    places = np.stack((held, since, duty.until, prober.settles(duty.bundle)))
    found: dict[Span, list[int]] = {}
    kinds, which = distinct(places)
    for kind, (number, start, until, settle) in enumerate(kinds):
        newest = settled(now, settle, duty.seconds)
        for span in _lacking(_whole(start, until, newest, duty.seconds), spans[number], duty.seconds, now // 60, again):
            found.setdefault(span, []).append(kind)
    return [Wanted(duty.bundle.where(np.isin(which, kinds)), span) for span, kinds in found.items()]


def distinct(places: Ints) -> tuple[list[list[int]], Ints]:
    """The columns that there are, and which of them each is. Thousands are mostly alike."""
    if (places == places[:, :1]).all():
        return places[:, 0].reshape(1, -1).tolist(), np.zeros(places.shape[1], np.int64)
    kinds, which = np.unique(places, axis=1, return_inverse=True)
    return kinds.T.tolist(), which.reshape(-1)


def _whole(since: int, until: int, newest: int, s: int) -> Span:
    end = min(newest, -(-until // s) * s)
    return Span(min(end, since // s * s), end)


@lru_cache(1024)
def _lacking(whole: Span, measured: Spans, s: int, minute: int, again: int) -> tuple[Span, ...]:
    """Newest first, so that standings are of today while the past is caught up with. Thousands lack the same.

    Which of the older changes from minute to minute: a day that cannot be measured must not keep the others waiting.
    """
    lacking = [piece for gap in Spans.of([whole]).minus(measured) for piece in days_of(gap)][::-1]
    older = lacking[1:]
    chosen = [*lacking[:1], *([older[minute % len(older)]] if older else [])]
    return tuple(_overlapping(span, measured, min(again * s, max(OVERLAP * s, REACH))) for span in chosen)


def _overlapping(span: Span, measured: Spans, back: int) -> Span:
    """Reaching back over slices whose late samples may have come since."""
    before = next((part for part in measured if part.end == span.start), None)
    return span if before is None else Span(max(before.start, span.start - back), span.end)


def days_of(span: Span) -> list[Span]:
    """The span cut at UTC days, in order."""
    numbers = range(span.start // DAY, -(-span.end // DAY))
    return [span.intersect(Span(number * DAY, (number + 1) * DAY)) for number in numbers]


def settled(now: int, settle: int, slice_seconds: int) -> int:
    """The end of the newest slice whose samples have arrived."""
    return (now - settle) // slice_seconds * slice_seconds


def progress(duty: Duty, ledger: Ledger, prober: Prober, now: int) -> tuple[int, int] | None:
    """Until when all was measured that is still wanted, and by how many seconds the last of it is late; None: nothing.

    What was never measured is as late as the time from which it is wanted; what is over is never late.
    """
    wanted = (duty.since <= now) & (now < duty.until)
    if not wanted.any():
        return None
    held, spans = ledger.alike(duty.bundle)
    ends = np.array([one.parts[-1].end if one else 0 for one in spans], np.int64)[held]
    ends = np.where(ends > 0, ends, duty.since)[wanted]
    newest = (now - prober.settles(duty.bundle)[wanted]) // duty.seconds * duty.seconds
    return int(ends.min()), max(0, int((newest - ends).max()))


def without(mine: Sequence[Duty], keys: Collection[MeasurementKey]) -> list[Duty]:
    """All but these."""
    found = []
    for one in mine:
        left = np.array([key not in keys for key in one.bundle.keys])
        if left.any():
            found.append(Duty(one.bundle.where(left), one.since[left], one.until[left], one.seconds))
    return found
