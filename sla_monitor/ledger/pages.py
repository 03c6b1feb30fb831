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
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.slices import Block, Floats, Ints, Slices, empty
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import LedgerError
from sla_monitor.ledger import frames, numbers, seals, spanned, tables, upserts
from sla_monitor.ledger.rows import Known, differing

_page, _roster = tables.page, tables.roster

STAY = 180
"""So many slices long a page stays after all on it was packed: who follows what is written must not miss a word."""


NEVER = 1 << 62


DROPPED = "the newest page that is gone"
"""By its place in the order of writing: who had not read it by then has missed it."""


@dataclass(frozen=True)
class Batch:
    """Slices of several measurements at the same instants, a row of each of the ids."""

    ids: Ints
    block: Block

    @property
    def spans(self) -> Spans:
        return runs(self.block.starts, self.block.seconds)

    def of(self, rows: npt.NDArray[np.bool_]) -> Batch:
        return self if rows.all() else Batch(self.ids[rows], self.block.take(rows))

    def until(self, place: int) -> Batch:
        """The slices before the one with that number."""
        return Batch(self.ids, self.block.take(slice(None), slice(None, place)))

    def since(self, place: int) -> Batch:
        return Batch(self.ids, self.block.take(slice(None), slice(place, None)))

    def slices(self) -> Iterator[tuple[int, Slices]]:
        """Each measurement's."""
        return ((id_, self.block.of(row)) for row, id_ in enumerate(self.ids.tolist()))

    def at(self, index: int) -> Slices:
        """One slice of all, as if they were slices of one measurement, a second each, one after the other."""
        block = self.block
        states = None if block.states is None else block.states[:, index]
        numbers = np.arange(len(self.ids))
        return Slices(1, numbers, block.good[:, index], block.total[:, index], block.known[:, index], states)


def together(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Put together as far as they are of the same instants and hold as many steps."""
    alike: dict[tuple[int, int, int, int], list[Batch]] = {}
    for batch in batches:
        block = batch.block
        steps = 0 if block.states is None else block.states.shape[2]
        alike.setdefault((int(block.starts[0]), len(block.starts), block.seconds, steps), []).append(batch)
    return (mine[0] if len(mine) == 1 else _together(mine) for mine in alike.values())


def _together(mine: Sequence[Batch]) -> Batch:
    ids = np.concatenate([batch.ids for batch in mine])
    return Batch(ids, Block.below_each_other([batch.block for batch in mine]))


def runs(starts: Ints, seconds: int) -> Spans:
    """The time that slices cover."""
    gaps = np.flatnonzero(np.diff(starts) != seconds) + 1
    return Spans.of(Span(int(part[0]), int(part[-1]) + seconds) for part in np.split(starts, gaps) if len(part))


def write(connection: Connection, batch: Batch) -> Ints:
    """Returns the starts of the slices that said something else before."""
    roster, overwritten, rows = _enrolled(connection, batch.ids), list[int](), []
    spanned.extend(connection, roster, batch.spans)
    starts = batch.block.starts.tolist()
    before: dict[int, list[Page]] = {}
    for page in _pages(connection, _page.c.start.between(starts[0], starts[-1])):
        before.setdefault(page.start, []).append(page)
    for index, start in enumerate(starts):
        held = batch.at(index)
        frame, there = frames.pack(held), before.get(start, [])
        if any(page.roster == roster and page.frame == frame for page in there[-1:]):
            continue
        overwritten += [start] * _overwritten(batch.ids, held, there)
        rows.append({"start": start, "roster_id": roster, "frame": frame})
    if rows:
        newest = connection.execute(sa.select(sa.func.max(_page.c.written))).scalar() or 0
        upserts.put(connection, _page, [seals.sealed(_page, {**row, "written": newest + 1}) for row in rows])
    return np.array(overwritten, np.int64)


def held(
    connection: Connection,
    known: Mapping[int, Known],
    wanted: Collection[int] | None = None,
    *,
    states: bool = True,
    after: int = 0,
) -> dict[int, Slices]:
    """The open slices of each measurement that has some, that start `after` an instant or at it.

    `wanted`: of these alone. `states` False: for sums alone.
    """
    gathered = _gathered(connection, known, wanted, states=states, after=after)
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
    connection: Connection, known: Mapping[int, Known], wanted: Collection[int] | None, *, states: bool, after: int = 0
) -> _Gathered:
    among = known if wanted is None else wanted
    since = max(after, min((known[id_].folded_until for id_ in among if id_ in known), default=0))
    gathered, chosen = _Gathered(), None if wanted is None else np.array(sorted(wanted), np.int64)
    for page in _pages(connection, _page.c.start >= since):
        gathered.add(page, chosen, states=states)
    return gathered


def since(connection: Connection, written: int) -> Iterator[Page]:
    """Those that were written since, in the order in which they were."""
    return _pages(connection, _page.c.written > written)


def full(connection: Connection, most: int, frontiers: Ints) -> dict[int, list[int]]:
    """Rosters with more pages than that of which something is not packed yet, and the instants of those pages.

    frontiers: from when on the slices of each measurement are open, by its id.
    """
    counted = sa.select(_page.c.roster_id).group_by(_page.c.roster_id).having(sa.func.count() > most)
    query = sa.select(_page.c.roster_id, _page.c.start).where(_page.c.roster_id.in_(counted))
    found: dict[int, list[int]] = {}
    for roster, start in connection.execute(query.order_by(_page.c.roster_id, _page.c.start)):
        found.setdefault(roster, []).append(start)
    if not found:
        return found
    since = _open_since(connection, frontiers)
    left = {roster: starts[bisect_left(starts, since.get(roster, 0)) :] for roster, starts in found.items()}
    return {roster: starts for roster, starts in left.items() if len(starts) > most}


def _open_since(connection: Connection, frontiers: Ints) -> dict[int, int]:
    """Of each roster since when something on its pages is not packed yet."""
    return {
        roster: int(frontiers[ids[ids < len(frontiers)]].min(initial=NEVER))
        for roster, ids in members(connection).items()
    }


def members(connection: Connection) -> dict[int, Ints]:
    """Of each roster the ids of its measurements."""
    return {id_: read(ids) for id_, ids in connection.execute(sa.select(_roster.c.id, _roster.c.members))}


def drop(connection: Connection, known: Mapping[int, Known]) -> None:
    """Pages on which every slice was packed into days some while ago; then rosters without a page."""
    for roster, ids in members(connection).items():
        whose = [known[id_] for id_ in ids.tolist()]
        frontier = min((one.folded_until for one in whose), default=0)
        stay = STAY * max((one.seconds for one in whose), default=0)
        gone = _page.c.roster_id == roster, _page.c.start < frontier - stay
        newest = connection.execute(sa.select(sa.func.max(_page.c.written)).where(*gone)).scalar()
        if newest is not None:
            numbers.reach(connection, DROPPED, newest)
            connection.execute(sa.delete(_page).where(*gone))
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
        count += len(differing(_renumbered(page.opened(), theirs), _renumbered(fresh, order[where])))
        left = np.delete(left, mine)
    return count


def _renumbered(slices: Slices, index: Any) -> Slices:
    taken = slices.take(index)
    return Slices(1, np.arange(len(taken)), taken.good, taken.total, taken.known, taken.states)


@dataclass
class _Gathered:
    """What many pages hold, a row a slice, put together when all have been seen. _rows: which of each roster."""

    parts: list[tuple[Ints, Ints, Floats, Floats, Ints]] = field(default_factory=list)
    states: list[Floats | None] = field(default_factory=list)
    _rows: dict[int, Any] = field(default_factory=dict)

    def add(self, page: Page, wanted: Ints | None, *, states: bool) -> None:
        mine = self._rows.get(page.roster)
        if mine is None:
            mine = slice(None) if wanted is None else np.flatnonzero(np.isin(page.ids, wanted))
            self._rows[page.roster] = mine
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
    return np.where(there[place, 0] == ids, there[place, 1], NEVER) if len(there) else np.full(len(ids), NEVER)
