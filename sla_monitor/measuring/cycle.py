"""One pass of one source: what is unmeasured up to now minus settle. Catching up is the same path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sla_monitor.compliance.bundles import Measured, Wanted
from sla_monitor.compliance.readings import Reading, Written
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.errors import SourceError, SourceRefusedError
from sla_monitor.measuring.duties import OVERLAP, REACH, Duty, due
from sla_monitor.measuring.ports import Ledger, Prober

MOST_SLICES = 500_000
"""Held in memory at a time: of ten thousand measurements a day is caught up with in thirty portions."""


@dataclass(frozen=True)
class Passed:
    """What a pass did. behind: there is more to measure at once. errors: of single measurements.

    clock_ahead: so many seconds our clock is ahead of the source's. again: slices that the next pass asks for again.
    """

    written: Written
    errors: tuple[Reading, ...]
    contradictions: int
    behind: bool
    clock_ahead: int = 0
    again: int = OVERLAP


async def run_pass(
    prober: Prober, ledger: Ledger, mine: Sequence[Duty], clock: Callable[[], int], again: int = OVERLAP
) -> Passed | None:
    """Measures what is due and files it in one transaction; None while nothing is due.

    again: slices that are asked for once more. Raises SourceError while the source is away and LedgerError while the
    ledger is: nothing has moved then.
    """

    def due_at(now: int) -> tuple[list[Wanted], bool]:
        """And whether it is all there is: of no duty another stretch is left for later."""
        found = [due(duty, ledger, prober, now, again) for duty in mine]
        return [one for each in found for one in each], all(len(each) <= 1 for each in found)

    now = clock()
    wants, is_all = await asyncio.to_thread(due_at, now)
    if not wants:
        return None
    there = await prober.answers(now)
    if there < now:  # what a clock that runs ahead asks for has not come yet, and would be unknown for ever
        wants, is_all = await asyncio.to_thread(due_at, there)
    if not (taken := list(islice(portions(wants), 2))):
        return Passed(Written(0, 0), (), contradictions=0, behind=False, clock_ahead=now - there, again=again)
    portion = taken[0]
    told = await prober.gather(portion)
    failed = tuple(reading for one in told if one.error is not None for reading in one.readings())
    _raise_if_away(told, failed)
    written = await asyncio.to_thread(ledger.file, told)
    left = list[Wanted]()
    if len(taken) > 1 or not is_all or clock() != now:  # else all that was due is measured, or has failed
        left, _ = await asyncio.to_thread(due_at, clock() - (now - there))
    return Passed(
        written,
        errors=failed,
        contradictions=sum(one.contradictions for one in told),
        clock_ahead=now - there,
        behind=_is_more(left, {reading.want.measurement.key for reading in failed}),
        again=_again(portion, written, again),
    )


def _again(portion: Sequence[Wanted], written: Written, again: int) -> int:
    """The oldest that has changed may not be the first that did. How far back is too far depends on their length."""
    if any(one.span.start == written.since for one in portion):
        return min(max(OVERLAP, 2 * again), REACH)  # none is shorter than a second
    if written.overwritten:
        return OVERLAP
    return max(1, min(OVERLAP, max(map(_slices, portion)) - again))


def portions(wanted: Sequence[Wanted], most: int = MOST_SLICES) -> Iterator[list[Wanted]]:
    """The newest first, so many slices at a time as memory is to hold; a single span however long it is."""
    taken: list[Wanted] = []
    left = most
    for one in sorted((part for one in wanted for part in _fitting(one, most)), key=lambda one: -one.span.end):
        count = len(one.bundle) * _slices(one)
        if taken and count > left:
            yield taken
            taken, left = [], most
        taken.append(one)
        left -= count
    if taken:
        yield taken


def _fitting(one: Wanted, most: int) -> Iterator[Wanted]:
    return (Wanted(part, one.span) for part in one.bundle.split(max(1, most // max(1, _slices(one)))))


def _slices(one: Wanted) -> int:
    return one.span.seconds // one.bundle.measurements[0].slice_seconds


def _is_more(left: Iterable[Wanted], failed: Collection[MeasurementKey]) -> bool:
    """Beside those that failed just now."""
    return any(not failed or not set(one.bundle.keys).issubset(failed) for one in left)


def _raise_if_away(told: Sequence[Measured], failed: Sequence[Reading]) -> None:
    """A source that answers the simplest question and no other is away all the same, and is left alone a while.

    What it refuses is another matter: those queries are at fault, not the source.
    """
    errors = [
        r.error for r in failed if isinstance(r.error, SourceError) and not isinstance(r.error, SourceRefusedError)
    ]
    if len(errors) == sum(len(one.wanted.bundle) for one in told):
        raise errors[0]
