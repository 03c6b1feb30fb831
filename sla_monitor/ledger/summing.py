"""Cells of many measurements at once, out of days and open slices: what windows are reckoned from.

Promises with the same window and the same exclusions cut the same days at the same instants: these are unpacked and
added up side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from sqlalchemy.engine import Connection

from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.slices import NO_CELLS, Cells, Ints, cells_of
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import frames, pages, rows, stacks
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.stacks import Stack


class Alike(NamedTuple):
    """What is wanted of several measurements. split: the days whose slices are needed one by one."""

    seconds: int
    span: Span
    cuts: tuple[int, ...]
    finely: bool
    split: frozenset[int]

    @property
    def whole(self) -> tuple[int, int]:
        """The days that lie in it whole, from the first to before the last."""
        return -(-self.span.start // DAY), self.span.end // DAY

    def is_fine(self, day: int) -> bool:
        return self.finely and day == (self.span.end - 1) // DAY


class Wanting(NamedTuple):
    """places: of the wants; ids: of their measurements."""

    places: Ints
    ids: Ints


def cells(connection: Connection, wants: Sequence[Reach]) -> list[Cells]:
    """The cells inside each span; whole days as one where no cut falls inside them."""
    known = rows.find_all(connection)
    groups = _groups(known, wants)
    if not groups:
        return [NO_CELLS] * len(wants)
    gathered = _Gathered()
    _add_days(connection, groups, gathered)
    _add_split(connection, groups, gathered)
    _add_open(connection, {one.id: one for one in known.values()}, groups, gathered)
    return gathered.of_each(len(wants))


def _groups(known: Mapping[MeasurementKey, Known], wants: Sequence[Reach]) -> dict[Alike, Wanting]:
    groups: dict[Alike, list[tuple[int, int]]] = {}
    for place, want in enumerate(wants):
        one = known.get(want.key)
        if one is not None:
            alike = Alike(one.seconds, want.span, want.cuts, want.finely, _split(one, want))
            groups.setdefault(alike, []).append((place, one.id))
    return {alike: Wanting(*np.array(pairs, np.int64).T) for alike, pairs in groups.items()}


def _split(known: Known, want: Reach) -> frozenset[int]:
    """The day being filled is not yet all in its frame."""
    first, last = want.span.start // DAY, (want.span.end - 1) // DAY
    days = {cut // DAY for cut in (*want.cuts, want.span.start, want.span.end) if cut % DAY}
    return frozenset(day for day in days | {known.folded_until // DAY} if first <= day <= last)


def _add_days(connection: Connection, groups: Mapping[Alike, Wanting], gathered: _Gathered) -> None:
    reach = Span(min(one.span.start for one in groups), max(one.span.end for one in groups))
    table = rows.day_sums(connection, reach)
    for alike, wanting in groups.items():
        first, last = alike.whole
        which, found = _rows_of(wanting.ids, table[:, 0])
        days = table[found, 1]
        kept = (first <= days) & (days < last) & ~np.isin(days, list(alike.split))
        held, starts = table[found[kept]], days[kept] * DAY
        day_cells = Cells(starts, starts + DAY, held[:, 2:4], held[:, 4:6], held[:, 6])
        gathered.add(wanting.places[which[kept]], day_cells)


def _add_split(connection: Connection, groups: Mapping[Alike, Wanting], gathered: _Gathered) -> None:
    for day in sorted({day for alike in groups for day in alike.split}):
        packed = rows.packed(connection, day)
        for alike, wanting in groups.items():
            if day in alike.split:
                ids = wanting.ids.tolist()
                there = np.array([place for place, id_ in enumerate(ids) if id_ in packed], np.int64)
                _add_split_day(alike, day, wanting.places[there], [packed[ids[i]] for i in there], gathered)


def _add_split_day(alike: Alike, day: int, places: Ints, packed: Sequence[bytes], gathered: _Gathered) -> None:
    if alike.is_fine(day):
        for place, frame in zip(places.tolist(), packed, strict=True):
            held = frames.unpack(frame, day, alike.seconds, states=False).between(alike.span.start, alike.span.end)
            gathered.add(np.full(len(held), place), cells_of(held))
        return
    for stack in stacks.stacked(packed, day, alike.seconds):
        bounds = _bounds(alike, stack)
        if len(bounds) > 1:
            gathered.add(np.repeat(places[stack.rows], len(bounds) - 1), stack.cells(bounds, alike.seconds))


def _bounds(alike: Alike, stack: Stack) -> Ints:
    """Between two of them lies what becomes one cell: between two cuts; a slice that a cut splits is one on its own."""
    s, span = alike.seconds, alike.span
    cuts = np.array((*alike.cuts, span.start, span.end), np.int64)
    first, last = np.searchsorted(stack.starts, (span.start, span.end))
    edges = np.searchsorted(stack.starts, np.concatenate((cuts // s * s, -(-cuts // s) * s)))
    return np.unique(np.concatenate(((first, last), edges.clip(first, last))))


def _add_open(
    connection: Connection, known: Mapping[int, Known], groups: Mapping[Alike, Wanting], gathered: _Gathered
) -> None:
    wanted = {id_ for wanting in groups.values() for id_ in wanting.ids.tolist()}
    ids, held = pages.columns(connection, known, wanted)
    for alike, wanting in groups.items():
        which, found = _rows_of(wanting.ids, ids)
        starts = held.starts[found]
        kept = (alike.span.start <= starts) & (starts < alike.span.end)
        open_cells = cells_of(replace(held.take(found[kept]), seconds=alike.seconds))
        gathered.add(wanting.places[which[kept]], open_cells)


def _rows_of(ids: Ints, column: Ints) -> tuple[Ints, Ints]:
    """The rows of a sorted column that hold one of the ids: of each which of the ids, and its row."""
    first, last = np.searchsorted(column, ids), np.searchsorted(column, ids, side="right")
    counts = last - first
    before = np.cumsum(counts) - counts
    return np.repeat(np.arange(len(ids)), counts), np.arange(counts.sum()) + np.repeat(first - before, counts)


@dataclass
class _Gathered:
    """Cells in any order, with the place of the want that each is of."""

    parts: list[tuple[Ints, Cells]] = field(default_factory=list)

    def add(self, places: Ints, found: Cells) -> None:
        self.parts.append((places, found))

    def of_each(self, count: int) -> list[Cells]:
        places = np.concatenate([places for places, _ in self.parts])
        starts = np.concatenate([found.starts for _, found in self.parts])
        order = np.lexsort((starts, places))
        ends, good, total, known = (
            np.concatenate([getattr(found, name) for _, found in self.parts])[order]
            for name in ("ends", "good", "total", "known")
        )
        starts, firsts = starts[order], np.searchsorted(places[order], np.arange(count + 1)).tolist()
        return [Cells(starts[a:b], ends[a:b], good[a:b], total[a:b], known[a:b]) for a, b in pairwise(firsts)]
