"""A sample of what statements rest on, asked of its sources once more."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from sla_monitor.compliance import periods
from sla_monitor.compliance.flaws import Flaw, Subject
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices, fixed
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Measurement, MeasurementKey, SourceName
from sla_monitor.errors import SlaMonitorError
from sla_monitor.measuring import overdue
from sla_monitor.measuring.ports import Archive, Prober
from sla_monitor.measuring.verification import Reader, span_of


@dataclass(frozen=True, slots=True)
class Slot:
    """Slices of one measurement that a statement rests on."""

    measurement: Measurement
    span: Span

    @property
    def count(self) -> int:
        return self.span.seconds // self.measurement.slice_seconds

    def at(self, index: int) -> Want:
        s = self.measurement.slice_seconds
        return Want(self.measurement, Span(self.span.start + index * s, self.span.start + (index + 1) * s))


def slots(statements: Iterable[Statement], archive: Archive, read: Reader) -> list[Slot]:
    """All slices that statements rest on; those of texts that cannot be read are told of elsewhere."""
    found: dict[Slot, None] = {}
    for one in statements:
        evidence = one.content["evidence"]
        kept = {c["name"]: archive.document(c["sha256"]) for c in evidence["calendars"]}
        try:
            agreement = read(evidence["agreement"]["text"], {n: d.text for n, d in kept.items() if d is not None})
        except SlaMonitorError:
            continue
        known = {m.key: m for m, _ in overdue.closable(agreement, one.window).needs}
        for told in evidence["slices"]:
            if (m := known.get(told["measurement"])) is not None:
                found[Slot(m, span_of(told))] = None
    return list(found)


def sample(found: Sequence[Slot], count: int, seed: int) -> list[Want]:
    """So many slices, any as likely as any other; the same for the same seed."""
    ends = list(accumulate(one.count for one in found))
    total = ends[-1] if ends else 0
    chosen = sorted(random.Random(seed).sample(range(total), min(count, total)))  # noqa: S311 - to be repeated
    wants, slot, begin = [], 0, 0
    for index in chosen:
        while index >= ends[slot]:
            slot, begin = slot + 1, ends[slot]
        wants.append(found[slot].at(index - begin))
    return wants


@dataclass(frozen=True, slots=True)
class Compared:
    """`gone`: slices the source no longer knows. `failed`: what it could not be asked for, and why."""

    alike: int
    gone: int
    failed: tuple[str, ...]
    flaws: tuple[Flaw, ...]


async def compare(
    wants: Sequence[Want],
    archive: Archive,
    probers: Mapping[SourceName, Prober],
    called: Mapping[MeasurementKey, str],
) -> Compared:
    """Measures the slices again. What the source has forgotten since tells nothing."""
    alike, gone, failed, flaws = 0, 0, [], []
    for source, group in groupby(sorted(wants, key=lambda w: w.measurement.source), lambda w: w.measurement.source):
        mine = list(group)
        for reading in await probers[source].measure(mine):
            want = reading.want
            held = archive.slices(want.measurement.key, want.span)
            which = f"the slice of {periods.rfc3339(want.span.start)} of {called[want.measurement.key]}"
            if reading.slices is None:
                failed.append(f"{which}: {reading.error}")
            elif _told(held) == _told(reading.slices):
                alike += 1
            elif not reading.slices.known.any():
                gone += 1
            else:
                flaws.append(_differs(which, held, reading))
    return Compared(alike, gone, tuple(failed), tuple(flaws))


def _differs(which: str, held: Slices, reading: Reading) -> Flaw:
    here, there = (" ".join(_words(slices)) for slices in (held, reading.slices) if slices is not None)
    return Flaw(Subject.SLICES, which, f"the ledger holds {here}; the source says {there}")


def _told(slices: Slices) -> list[tuple[list[int], list[int], int]]:
    """To the billionths that count."""
    columns = (fixed(slices.good).tolist(), fixed(slices.total).tolist(), slices.known.tolist())
    return list(zip(*columns, strict=True))


def _words(slices: Slices) -> Iterator[str]:
    if not len(slices):
        yield "nothing"
    for good, total, known in zip(slices.good.tolist(), slices.total.tolist(), slices.known.tolist(), strict=True):
        yield f"{good:g} good of {total:g} in {known} known seconds"
