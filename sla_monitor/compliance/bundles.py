"""Measurements that are dealt with together, thousands at a time: what is wanted of them, and what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.readings import Asked, Reading, Want
from sla_monitor.compliance.slices import Block, Ints
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, MeasurementKey
from sla_monitor.errors import SlaMonitorError

_KEPT = 16


class Bundle:
    """Some measurements in their order, each once, compared by looking whether it is the same object.

    Who deals with the same ones again and again does so with the same bundle. memo: what was found out about it, each
    under a name of its own, by those who may forget it.
    """

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self.measurements = tuple(measurements)
        self.memo: dict[Hashable, Any] = {}
        self._parts: dict[bytes, Bundle] = {}

    def __len__(self) -> int:
        return len(self.measurements)

    @cached_property
    def keys(self) -> tuple[MeasurementKey, ...]:
        return tuple([one.key for one in self.measurements])

    def where(self, mask: npt.NDArray[np.bool_]) -> Bundle:
        """Those of them; all is the bundle itself, and the same part is the same bundle."""
        if mask.all():
            return self
        told = np.packbits(mask).tobytes()
        if told not in self._parts:
            if len(self._parts) >= _KEPT:
                self._parts.clear()
            self._parts[told] = Bundle([self.measurements[place] for place in np.flatnonzero(mask).tolist()])
        return self._parts[told]

    def parts(self, labels: Ints) -> Iterator[tuple[int, Bundle]]:
        """labels: (n,). Those that bear the same, with it."""
        for label in np.unique(labels).tolist():
            yield label, self.where(labels == label)

    def split(self, most: int) -> Iterator[Bundle]:
        """So many at a time."""
        places = np.arange(len(self)) // most
        return (part for _, part in self.parts(places))


@dataclass(frozen=True)
class Wanted:
    """Of each of the bundle a span of whole slices."""

    bundle: Bundle
    span: Span

    def wants(self) -> Iterator[Want]:
        return (Want(measurement, self.span) for measurement in self.bundle.measurements)


@dataclass(frozen=True, eq=False)
class Queries:
    """By what queries each of a bundle was measured; they are many, and told when somebody wants to know.

    kind: by its place; as long as it is the same, so are the measurement's queries. of: the queries, by its place.
    """

    kind: Callable[[int], Hashable]
    of: Callable[[int], tuple[Asked, ...]]


@dataclass(frozen=True)
class Measured:
    """Slices for the whole span that was wanted of each, or the error that left all of them unmeasured.

    wrong: (n,) slices left unknown because their queries disagreed, None where none are. asked: None where nobody
    tells.
    """

    wanted: Wanted
    block: Block | None
    error: SlaMonitorError | None = None
    wrong: Ints | None = None
    asked: Queries | None = None

    @property
    def size(self) -> int:
        """How many slices there are, of all together."""
        return 0 if self.block is None else self.block.known.size

    @property
    def contradictions(self) -> int:
        return 0 if self.wrong is None else int(self.wrong.sum())

    def readings(self) -> Iterator[Reading]:
        """Of each its own, in order."""
        for row, want in enumerate(self.wanted.wants()):
            slices = None if self.block is None else self.block.of(row)
            wrong = 0 if self.wrong is None else int(self.wrong[row])
            asked = () if self.asked is None else self.asked.of(row)
            yield Reading(want, slices, self.error, wrong, asked)


def gathered(readings: Iterable[Reading]) -> list[Measured]:
    """Readings put together where they are of the same instants and hold as many steps, in the order of each."""
    alike: dict[Hashable, list[Reading]] = {}
    seen = Counter[MeasurementKey]()
    for number, one in enumerate(readings):
        place: Hashable = number  # what failed stays by itself
        if one.slices is not None:
            steps = 0 if one.slices.states is None else one.slices.states.shape[1]
            key = one.want.measurement.key
            place = (one.want.span, one.slices.seconds, one.slices.starts.tobytes(), steps, seen[key])
            seen[key] += 1
        alike.setdefault(place, []).append(one)
    return [_together(mine) for mine in alike.values()]


def _together(mine: Sequence[Reading]) -> Measured:
    wanted = Wanted(Bundle(one.want.measurement for one in mine), mine[0].want.span)
    slices = [one.slices for one in mine if one.slices is not None]
    if not slices:
        return Measured(wanted, None, mine[0].error)
    wrong = np.array([one.contradictions for one in mine], np.int64)
    asked = [one.asked for one in mine].__getitem__
    return Measured(wanted, Block.below_each_other([*map(Block.alone, slices)]), None, wrong, Queries(asked, asked))


def wanted(wants: Iterable[Want]) -> list[Wanted]:
    """Wants put together by their spans."""
    alike: dict[Span, dict[MeasurementKey, Measurement]] = {}
    for want in wants:
        alike.setdefault(want.span, {})[want.measurement.key] = want.measurement
    return [Wanted(Bundle(measurements.values()), span) for span, measurements in alike.items()]
