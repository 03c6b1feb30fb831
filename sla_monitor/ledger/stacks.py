"""The same day of many measurements, unpacked and added up side by side: a thousand cost little more than a few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.slices import Cells, Ints, fixed
from sla_monitor.ledger import frames
from sla_monitor.ledger.frames import DAY, Layout

Bytes = npt.NDArray[np.uint8]
Matrix = npt.NDArray[Any]
FEW = 16
"""So many runs are added up one by one, which is quicker than all in one."""


@dataclass(frozen=True)
class Stack:
    """Days with slices at the same instants. rows: whose, of those that were given. Columns have a row of each."""

    rows: list[int]
    starts: Ints
    known: Matrix
    total: Matrix
    part: Matrix
    part_is_bad: bool

    def cells(self, bounds: Ints, seconds: int) -> Cells:
        """One for each run of slices between two bounds, row by row."""
        table = self.sums(bounds).reshape(-1, 5)
        starts, ends = self.starts[bounds[:-1]], self.starts[bounds[1:] - 1] + seconds
        starts, ends = (np.tile(one, len(self.rows)) for one in (starts, ends))
        return Cells(starts, ends, table[:, :2], table[:, 2:4], table[:, 4])

    def sums(self, bounds: Ints) -> Ints:
        """(rows, runs, 5): of each run of slices between two bounds good and total, whole and parts, and known."""
        known, total, part = (_summed(column, bounds) for column in (self.known, self.total, self.part))
        good = total - part if self.part_is_bad else part
        return np.concatenate((good, total, known[..., :1]), axis=-1)

    def capped(self, most: int) -> Stack:
        """What is more, of a slice, is told as this much, which no whole number of four bytes is."""
        total, part = (one if one.dtype == np.uint8 else np.minimum(one, most) for one in (self.total, self.part))
        return replace(self, total=total, part=part)


def stacked(packed: Sequence[bytes], day: int, seconds: int) -> Iterator[Stack]:
    """Frames of one day in as few stacks as there are layouts; none of days without slices, as bare ones are."""
    alike: dict[Layout, tuple[list[int], list[bytes]]] = {}
    for row, frame in enumerate(packed):
        if frames.is_bare(frame):
            continue
        found = frames.body_of(frame, day)
        if found is None:
            held = frames.unpack(frame, day, seconds, states=False)
            known, total, good = (column[None].astype(np.float64) for column in (held.known, held.total, held.good))
            yield Stack([row], held.starts, known, total, good, part_is_bad=False)
            continue
        layout, body = found
        rows, bodies = alike.setdefault(layout, ([], []))
        rows.append(row)
        bodies.append(body)
    for layout, (rows, bodies) in alike.items():
        if not layout.length:
            continue
        known, total, part = _columns(layout, bodies)
        starts = frames.slots_of(layout) * seconds + day * DAY
        yield Stack(rows, starts, known, total, part, part_is_bad=layout.whole)


def _columns(layout: Layout, bodies: Sequence[bytes]) -> Iterator[Matrix]:
    table = np.frombuffer(b"".join(bodies), np.uint8).reshape(len(bodies), -1)
    place = 0
    for kind in layout.kinds:
        end = place + frames.bytes_of(kind, layout.length)
        yield frames.spread(kind, table[:, place + 1 : end], layout.length)
        place = end


def _summed(column: Matrix, bounds: Ints) -> Ints:
    """(rows, runs, 2): whole and parts."""
    if column.dtype == np.uint8:
        planes = _run_sums(column, bounds)
        whole = (planes << np.arange(0, 8 * planes.shape[1], 8)[:, None]).sum(axis=1)
        return np.stack((whole, np.zeros_like(whole)), axis=-1)
    amounts = fixed(column.ravel()).reshape(*column.shape, 2)
    if column.shape[1] == 1:
        return amounts * np.diff(bounds)[:, None]
    return _run_sums(amounts.swapaxes(1, 2), bounds).swapaxes(1, 2)


def _run_sums(values: Matrix, bounds: Ints) -> Ints:
    """Along the last axis."""
    if len(bounds) > FEW:
        sums: Ints = np.add.reduceat(values[..., : bounds[-1]], bounds[:-1], axis=-1, dtype=np.int64)
        return sums
    pairs = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return np.stack([values[..., first:last].sum(axis=-1, dtype=np.int64) for first, last in pairs], axis=-1)
