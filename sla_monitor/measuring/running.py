"""Running sums: what came in since the last board is added, what went out of a window is taken away.

A sum over a set of time costs what changed of the set, however long it is. The newest slices are not in it: they may
still be written again, and are added from memory each time. Whatever is written further back makes all void.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.measuring.ports import Sheet, Sheets

TAIL = 130
"""So many of the newest slices are kept in memory: two hours of minutes, which is all of the shorter lookbacks."""

BLOCK = 60
"""So many slices are read at once of those that leave: it costs as much as to read one of them."""

FAR = 400
"""More slices than that, and adding all up anew is quicker than reading what changed."""


@dataclass(frozen=True)
class Group:
    """Measurements with slices of one length whose sums are wanted over the same sets of time."""

    name: Hashable
    keys: tuple[MeasurementKey, ...]
    seconds: int


@dataclass
class _Sums:
    """Of a group: sums over each of the sets, as far as they lie before `until`. blocks: start → slices that leave."""

    group: Group
    until: int
    sets: list[Spans]
    amounts: Ints
    blocks: dict[int, Ints] = field(default_factory=dict)


@dataclass
class _Tail:
    """The newest slices of one length: start → (measurements, 5); those before `since` are in the sums.

    added: what lies between two instants, of all measurements, while nothing is written.
    """

    since: int
    newest: int
    rows: dict[int, Ints] = field(default_factory=dict)
    added: dict[Span, Ints] = field(default_factory=dict)


class Running:
    """Not for several threads at once. begun: how often all was read anew."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self.begun = 0
        self._token: tuple[int, int] | None = None
        self._written = 0
        self._ids: dict[MeasurementKey, int] = {}
        self._lengths = np.zeros(0, np.int64)
        self._tails: dict[int, _Tail] = {}
        self._kept: dict[Hashable, _Sums] = {}

    def follow(self) -> None:
        """Takes in what was written since; to be called once before the sums of a board. Raises LedgerError."""
        news = self._sheets.news(self._written)
        if news.token != self._token or self._missed(news.sheets):
            news = self._sheets.news(0)
            self._token = news.token
            self._begin(news.sheets)
        for sheet in news.sheets:
            self._take(sheet)
        for seconds, tail in self._tails.items():
            self._shorten(seconds, tail)

    def sums(self, group: Group, sets: Sequence[Spans]) -> Ints:
        """(sets, measurements, 5): what lies in each set, of each of the group. They must cut no slice in two."""
        ids = np.array([self._ids.get(key, -1) for key in group.keys], np.int64)
        tail = self._tails.setdefault(group.seconds, _Tail(0, 0))
        known = self._kept.pop(group.name, None)  # what an error leaves half moved is no sum any more
        if known is None or known.group.seconds != group.seconds or len(known.sets) != len(sets):
            known = self._anew(group, tail.since, sets, ids)
        else:
            known = known if known.group == group else self._taken_over(known, group, ids)
            self._move(known, tail, sets, ids)
        self._kept[group.name] = known
        return known.amounts + np.stack([self._newest(tail, spans, group.seconds, ids) for spans in sets])

    def keep(self, names: Collection[Hashable]) -> None:
        """Forgets the groups that nobody asks for any more."""
        self._kept = {name: known for name, known in self._kept.items() if name in names}

    def _missed(self, sheets: Sequence[Sheet]) -> bool:
        """Something is of a stranger, further back than memory, or so much later that what was between may be gone."""
        for sheet in sheets:
            if not len(sheet.ids):
                continue
            if sheet.ids.max() >= len(self._lengths):
                return True
            seconds = int(self._lengths[sheet.ids[0]])
            tail = self._tails.get(seconds)
            if tail is None or sheet.start < tail.since or sheet.start > tail.newest + BLOCK * seconds:
                return True
        return False

    def _begin(self, sheets: Sequence[Sheet]) -> None:
        """Anew. The tails begin behind all that was packed since it came to a page."""
        self.begun += 1
        self._written, self._tails, self._kept = 0, {}, {}
        held = self._sheets.known()
        self._ids = {key: one.id for key, one in held.items()}
        self._lengths = np.zeros(max(self._ids.values(), default=-1) + 1, np.int64)
        for one in held.values():
            self._lengths[one.id] = one.seconds
            tail = self._tails.setdefault(one.seconds, _Tail(0, 0))
            tail.since = tail.newest = max(tail.since, one.folded_until)
        for sheet in sheets:
            if len(sheet.ids) and sheet.ids.max() < len(self._lengths):
                tail = self._tails[int(self._lengths[sheet.ids[0]])]
                tail.newest = max(tail.newest, sheet.start)
        for seconds, tail in self._tails.items():
            tail.since = max(tail.since, tail.newest - TAIL * seconds)

    def _take(self, sheet: Sheet) -> None:
        self._written = max(self._written, sheet.written)
        if not len(sheet.ids) or sheet.ids.max() >= len(self._lengths):
            return
        tail = self._tails[int(self._lengths[sheet.ids[0]])]
        tail.added.clear()
        if sheet.start >= tail.since:
            row = np.zeros((len(self._lengths), 5), np.int64)
            if sheet.start in tail.rows:
                row[:] = tail.rows[sheet.start]
            row[sheet.ids] = sheet.amounts
            tail.rows[sheet.start] = _small(row)
            tail.newest = max(tail.newest, sheet.start)

    def _shorten(self, seconds: int, tail: _Tail) -> None:
        """What leaves the tail stays until it is in the sums of every group."""
        tail.since = max(tail.since, tail.newest - TAIL * seconds)
        lagging = (known.until for known in self._kept.values() if known.group.seconds == seconds)
        first = min(lagging, default=tail.since)
        tail.rows = {start: row for start, row in tail.rows.items() if start >= first}

    def _anew(self, group: Group, until: int, sets: Sequence[Spans], ids: Ints) -> _Sums:
        settled = [_before(spans, until) for spans in sets]
        found = self._sheets.sums(group.keys, settled)
        return _Sums(group, until, settled, np.stack([_of(table, ids) for table in found]))

    def _taken_over(self, known: _Sums, group: Group, ids: Ints) -> _Sums:
        """Of those who were there before; for the others all is added up."""
        before = {key: row for row, key in enumerate(known.group.keys)}
        rows = np.array([before.get(key, -1) for key in group.keys], np.int64)
        amounts = np.stack([_of(table, rows) for table in known.amounts])
        fresh = np.flatnonzero(rows < 0)
        if len(fresh):
            found = self._sheets.sums([group.keys[row] for row in fresh.tolist()], known.sets)
            amounts[:, fresh] = [_of(table, ids[fresh]) for table in found]
        return _Sums(group, known.until, known.sets, amounts)

    def _move(self, known: _Sums, tail: _Tail, sets: Sequence[Spans], ids: Ints) -> None:
        seconds, settled, blocks, far = known.group.seconds, [_before(s, tail.since) for s in sets], known.blocks, []
        known.blocks = {}
        for index, (old, new) in enumerate(zip(known.sets, settled, strict=True)):
            came, went = new.minus(old), old.minus(new)
            if came.seconds + went.seconds > FAR * seconds:
                far.append(index)
                continue
            for sign, spans in ((1, came), (-1, went)):
                for part in spans:
                    known.amounts[index] += sign * self._settled(known, blocks, tail, part, ids)
        if far:
            found = self._sheets.sums(known.group.keys, [settled[index] for index in far])
            known.amounts[far] = [_of(table, ids) for table in found]
        known.until, known.sets = tail.since, settled

    def _settled(self, known: _Sums, blocks: dict[int, Ints], tail: _Tail, part: Span, ids: Ints) -> Ints:
        """What lies in a span: of what was settled before from the ledger, of what is now from the tail."""
        seconds = known.group.seconds
        found = self._between(tail, part.after(known.until), seconds, ids)
        old = part.before(known.until)
        length = BLOCK * seconds
        for begin in range(old.start // length * length, old.end, length) if old.seconds else ():
            piece = old.intersect(Span(begin, begin + length))
            first, last = ((at - begin) // seconds for at in (piece.start, piece.end))
            block = known.blocks.get(begin, blocks.get(begin))
            if block is None or len(block) < last:
                whole = Span(begin, min(begin + length, known.until))
                block = _small(
                    np.stack([_of(row, ids) for row in self._sheets.block(known.group.keys, whole, seconds)])
                )
            known.blocks[begin] = block
            found = found + block[first:last].sum(axis=0, dtype=np.int64)
        return found

    def _newest(self, tail: _Tail, spans: Spans, seconds: int, ids: Ints) -> Ints:
        """What of a set lies in the tail."""
        found = np.zeros((len(ids), 5), np.int64)
        for part in spans.within(Span(tail.since, FOREVER)):
            found += self._between(tail, part, seconds, ids)
        return found

    def _between(self, tail: _Tail, span: Span, seconds: int, ids: Ints) -> Ints:
        if not span.seconds:
            return np.zeros((len(ids), 5), np.int64)
        if span not in tail.added:
            added = np.zeros((len(self._lengths), 5), np.int64)
            for start in range(span.start, span.end, seconds):
                if start in tail.rows:
                    added += tail.rows[start]
            tail.added[span] = added
        return _of(tail.added[span], ids)


def _before(spans: Spans, instant: int) -> Spans:
    return spans.within(Span(-FOREVER, instant))


def _of(table: Ints, ids: Ints) -> Ints:
    """The rows of these ids; nothing where the table has none."""
    if not len(table):
        return np.zeros((len(ids), 5), np.int64)
    there = (ids >= 0) & (ids < len(table))
    return table[np.where(there, ids, 0)] * there[:, None]


def _small(table: Ints) -> Ints:
    """In as few bytes as hold it."""
    most = int(np.abs(table).max(initial=0))
    kind = next((kind for kind in (np.int16, np.int32) if most <= np.iinfo(kind).max), np.int64)
    return table.astype(kind)
