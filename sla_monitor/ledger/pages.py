"""Open time, in the order in which it arrives: a page holds one slice of all measurements that were written together.

Ten thousand measurements are written as one row and not as ten thousand. Who is on a page says its roster. Where
several pages hold the same slice of a measurement, what was written last counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.slices import Floats, Ints, Slices, empty
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import LedgerError
from sla_monitor.ledger import frames, seals, spanned, tables, upserts
from sla_monitor.ledger.rows import Known, differing

_page, _roster = tables.page, tables.roster

STAY = 180
"""So many slices long a page stays after all on it was packed: who follows what is written must not miss a word."""


@dataclass(frozen=True)
class Batch:
    """Slices of several measurements at the same instants, a row of each of the ids."""

    ids: Ints
    seconds: int
    starts: Ints
    good: Floats
    total: Floats
    known: Ints
    states: Floats | None

    @property
    def spans(self) -> Spans:
        return runs(self.starts, self.seconds)

    def at(self, index: int) -> Slices:
        """One slice of all, as if they were slices of one measurement, a second each, one after the other."""
        states = None if self.states is None else self.states[:, index]
        numbers = np.arange(len(self.ids))
        return Slices(1, numbers, self.good[:, index], self.total[:, index], self.known[:, index], states)


def runs(starts: Ints, seconds: int) -> Spans:
    """The time that slices cover."""
    gaps = np.flatnonzero(np.diff(starts) != seconds) + 1
    return Spans.of(Span(int(part[0]), int(part[-1]) + seconds) for part in np.split(starts, gaps) if len(part))


class Together(NamedTuple):
    """Slices of some measurements at the same instants, and with as many steps."""

    ids: list[int]
    parts: list[Slices]


def batches(groups: Iterable[Together]) -> Iterator[Batch]:
    """Put together as far as they are of the same instants and hold as many steps."""
    alike: dict[tuple[int, int, int, int], Together] = {}
    for group in groups:
        first = group.parts[0]
        steps = 0 if first.states is None else first.states.shape[1]
        held = alike.setdefault((int(first.starts[0]), len(first), first.seconds, steps), Together([], []))
        held.ids.extend(group.ids)
        held.parts.extend(group.parts)
    for ids, parts in alike.values():
        yield _batch(ids, parts)


def _batch(ids: Sequence[int], parts: Sequence[Slices]) -> Batch:
    first, shape = parts[0], (len(parts), len(parts[0]))
    good, total, known = (
        np.concatenate([getattr(part, name) for part in parts]).reshape(shape) for name in ("good", "total", "known")
    )
    states = [part.states for part in parts if part.states is not None]
    table = np.concatenate(states).reshape(*shape, -1) if states else None
    return Batch(np.array(ids, np.int64), first.seconds, first.starts, good, total, known, table)


def write(connection: Connection, batch: Batch) -> int:
    """Returns how many slices said something else before."""
    roster, overwritten, rows = _enrolled(connection, batch.ids), 0, []
    spanned.extend(connection, roster, batch.spans)
    first, last = int(batch.starts[0]), int(batch.starts[-1])
    before: dict[int, list[Page]] = {}
    for page in _pages(connection, _page.c.start.between(first, last)):
        before.setdefault(page.start, []).append(page)
    for index, start in enumerate(batch.starts.tolist()):
        held = batch.at(index)
        frame, there = frames.pack(held), before.get(start, [])
        if any(page.roster == roster and page.frame == frame for page in there[-1:]):
            continue
        overwritten += _overwritten(batch.ids, held, there)
        rows.append({"start": start, "roster_id": roster, "frame": frame})
    if rows:
        newest = connection.execute(sa.select(sa.func.max(_page.c.written))).scalar() or 0
        upserts.put(connection, _page, [seals.sealed(_page, {**row, "written": newest + 1}) for row in rows])
    return overwritten


def held(
    connection: Connection,
    known: Mapping[int, Known],
    wanted: Collection[int] | None = None,
    *,
    states: bool = True,
) -> dict[int, Slices]:
    """The open slices of each measurement that has some. `wanted`: of these alone. `states` False: for sums alone."""
    gathered = _gathered(connection, known, wanted, states=states)
    ids, rows, held = gathered.columns(known)
    numbers, firsts = np.unique(ids, return_index=True)
    found = {}
    for id_, (first, last) in zip(numbers.tolist(), pairwise([*firsts.tolist(), len(ids)]), strict=True):
        told = gathered.states_of(rows[first:last]) if states else None
        found[id_] = replace(held.take(slice(first, last)), seconds=known[id_].seconds, states=told)
    return found


def columns(connection: Connection, known: Mapping[int, Known], wanted: Collection[int]) -> tuple[Ints, Slices]:
    """The open slices of these measurements, without states, and of each whose it is: sorted by that, then by time."""
    ids, _, held = _gathered(connection, known, wanted, states=False).columns(known)
    return ids, held


def _gathered(
    connection: Connection, known: Mapping[int, Known], wanted: Collection[int] | None, *, states: bool
) -> _Gathered:
    among = known if wanted is None else wanted
    since = min((known[id_].folded_until for id_ in among if id_ in known), default=0)
    gathered, chosen = _Gathered(), None if wanted is None else np.array(sorted(wanted), np.int64)
    for page in _pages(connection, _page.c.start >= since):
        gathered.add(page, chosen, states=states)
    return gathered


def since(connection: Connection, written: int) -> Iterator[Page]:
    """Those that were written since, in the order in which they were."""
    return _pages(connection, _page.c.written > written)


def full(connection: Connection, most: int, known: Mapping[int, Known]) -> dict[int, list[int]]:
    """Rosters with more pages than that of which something is not packed yet, and the instants of those pages."""
    counted = sa.select(_page.c.roster_id).group_by(_page.c.roster_id).having(sa.func.count() > most)
    query = sa.select(_page.c.roster_id, _page.c.start).where(_page.c.roster_id.in_(counted))
    found: dict[int, list[int]] = {}
    for roster, start in connection.execute(query.order_by(_page.c.roster_id, _page.c.start)):
        found.setdefault(roster, []).append(start)
    if not found:
        return found
    since = _open_since(connection, known)
    left = {roster: starts[bisect_left(starts, since.get(roster, 0)) :] for roster, starts in found.items()}
    return {roster: starts for roster, starts in left.items() if len(starts) > most}


def _open_since(connection: Connection, known: Mapping[int, Known]) -> dict[int, int]:
    """Of each roster since when something on its pages is not packed yet."""
    return {roster: int(_frontiers(known, ids).min(initial=_NEVER)) for roster, ids in members(connection).items()}


def members(connection: Connection) -> dict[int, Ints]:
    """Of each roster the ids of its measurements."""
    return {id_: read(ids) for id_, ids in connection.execute(sa.select(_roster.c.id, _roster.c.members))}


def drop(connection: Connection, known: Mapping[int, Known]) -> None:
    """Pages on which every slice was packed into days some while ago; then rosters without a page."""
    for roster, ids in members(connection).items():
        numbers = ids.tolist()
        frontier = min((known[id_].folded_until for id_ in numbers), default=0)
        stay = STAY * max((known[id_].seconds for id_ in numbers), default=0)
        connection.execute(sa.delete(_page).where(_page.c.roster_id == roster, _page.c.start < frontier - stay))
        spanned.drop(connection, roster, frontier)
    empty_ = _roster.c.id.not_in(sa.select(_page.c.roster_id))
    connection.execute(
        sa.delete(tables.spanned).where(tables.spanned.c.roster_id.in_(sa.select(_roster.c.id).where(empty_)))
    )
    connection.execute(sa.delete(_roster).where(empty_))


@dataclass(frozen=True)
class Page:
    start: int
    roster: int
    written: int
    frame: bytes
    ids: Ints

    def opened(self, *, states: bool = True) -> Slices:
        """A slice of each of the ids."""
        try:
            found = frames.unpack(self.frame, 0, 1, states=states)
        except LedgerError as error:
            raise _damaged(self.start) from error
        if len(found) != len(self.ids):
            raise _damaged(self.start)
        return found


def _damaged(start: int) -> LedgerError:
    return LedgerError(f"the slices of {rfc3339(start)} in the ledger are damaged: run `sla-monitor verify`")


def _pages(connection: Connection, where: sa.ColumnElement[bool]) -> Iterator[Page]:
    """In the order in which they were written."""
    rosters = members(connection)
    query = sa.select(_page.c.start, _page.c.roster_id, _page.c.written, _page.c.frame).where(where)
    for start, roster, written, frame in connection.execute(
        query.order_by(_page.c.written, _page.c.start, _page.c.roster_id)
    ):
        yield Page(start, roster, written, frame, rosters.get(roster, np.zeros(0, np.int64)))


def _enrolled(connection: Connection, ids: Ints) -> int:
    told = ids.astype("<i8").tobytes()
    known = connection.execute(sa.select(_roster.c.id).where(_roster.c.members == told)).scalar()
    if known is not None:
        return int(known)
    number = (connection.execute(sa.select(sa.func.max(_roster.c.id))).scalar() or 0) + 1
    upserts.add(connection, _roster, [seals.sealed(_roster, {"id": number, "members": told})])
    return number


def read(ids: bytes) -> Ints:
    """The members of a roster. Bytes over, which nobody wrote, are passed over."""
    ids = ids[: len(ids) // 8 * 8]
    return np.frombuffer(ids, "<i8").astype(np.int64)


def _overwritten(ids: Ints, fresh: Slices, there: Sequence[Page]) -> int:
    """Slices that differ from what the last page with them said."""
    count, left = 0, ids
    for page in reversed(there):
        common, mine, theirs = np.intersect1d(left, page.ids, assume_unique=True, return_indices=True)
        where = np.searchsorted(ids, common, sorter=(order := np.argsort(ids)))
        count += differing(_renumbered(page.opened(), theirs), _renumbered(fresh, order[where]))
        left = np.delete(left, mine)
    return count


def _renumbered(slices: Slices, index: Any) -> Slices:
    taken = slices.take(index)
    return Slices(1, np.arange(len(taken)), taken.good, taken.total, taken.known, taken.states)


@dataclass
class _Gathered:
    """What many pages hold, a row a slice, put together when all have been seen."""

    parts: list[tuple[Ints, Ints, Floats, Floats, Ints]] = field(default_factory=list)
    states: list[Floats | None] = field(default_factory=list)

    def add(self, page: Page, wanted: Ints | None, *, states: bool) -> None:
        mine = slice(None) if wanted is None else np.flatnonzero(np.isin(page.ids, wanted))
        ids = page.ids[mine]
        if len(ids):
            part = page.opened(states=states).take(mine)
            self.parts.append((ids, np.full(len(ids), page.start), part.good, part.total, part.known))
            self.states.append(part.states)

    def columns(self, known: Mapping[int, Known]) -> tuple[Ints, Ints, Slices]:
        """Slices that are not in days yet, sorted by whose they are and by time: whose, which of all, and they."""
        if not self.parts:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), empty(1)
        ids, starts, good, total, kept = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        order = np.lexsort((starts, ids))  # of the same slice what was written last stays the last
        last = np.append((np.diff(ids[order]) != 0) | (np.diff(starts[order]) != 0), True)
        index = order[last]
        index = index[starts[index] >= _frontiers(known, ids[index])]
        return ids[index], index, Slices(1, starts[index], good[index], total[index], kept[index])

    def states_of(self, rows: Ints) -> Floats | None:
        """Of one measurement, brought to the finest resolution that occurs."""
        pages = np.searchsorted(self._begins, rows, side="right") - 1
        found = [
            states[row - begin]
            for page, row, begin in zip(pages.tolist(), rows.tolist(), self._begins[pages].tolist(), strict=True)
            if (states := self.states[page]) is not None
        ]
        if not found:
            return None
        finest = int(np.lcm.reduce([len(one) for one in found]))
        return np.stack([np.repeat(one, finest // len(one)) for one in found])

    @cached_property
    def _begins(self) -> Ints:
        return np.cumsum([0, *(len(part[0]) for part in self.parts)])


def _frontiers(known: Mapping[int, Known], ids: Ints) -> Ints:
    """Of each of the ids from when on its slices are open; of whom nobody knows none is."""
    there = np.array([(id_, known[id_].folded_until) for id_ in sorted(known)], np.int64).reshape(-1, 2)
    place = np.searchsorted(there[:, 0], ids).clip(max=len(there) - 1)
    return np.where(there[place, 0] == ids, there[place, 1], _NEVER) if len(there) else np.full(len(ids), _NEVER)


_NEVER = 1 << 62
