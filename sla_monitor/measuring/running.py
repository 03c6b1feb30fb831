"""Running sums: what came in since the last board is added, what went out of a window is taken away.

A sum over a set of time costs what changed of the set, however long it is. The newest slices are not in it: they may
still be written again, and are added from memory each time. What is written further back is read again of those whom it
is of, and of nobody else.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.measuring.ports import News, Sheet, Sheets
from sla_monitor.measuring.tails import Tail, rows_of, small

TAIL = 130
"""So many of the newest slices are kept in memory: two hours of minutes, which is all of the shorter lookbacks."""

BLOCK = 60
"""So many slices are read at once of those that leave: it costs as much as to read one of them."""

FAR = 400
"""More slices than that, and adding all up anew is quicker than reading what changed."""

FEW = 4
"""More doubts than that are resolved at once, as if each was of all that one of them is of."""


@dataclass(frozen=True)
class Group:
    """Measurements with slices of one length whose sums are wanted over the same sets of time."""

    name: Hashable
    keys: tuple[MeasurementKey, ...]
    seconds: int


class Doubt(NamedTuple):
    """Slices in the span may be others than they were, of the measurements with these ids."""

    ids: Ints
    span: Span


@dataclass
class _Sums:
    """Of a group: sums over each of the sets, as far as they lie before `until`. blocks: start → slices that leave.

    ids: of its measurements, -1 where there is none yet. lately: the sets before the last move. doubts: what is to be
    read again before the sums are told. doubted: how often there was something in the sums to doubt.
    """

    group: Group
    until: int
    sets: list[Spans]
    amounts: Ints
    ids: Ints
    lately: list[Spans] = field(default_factory=list)
    blocks: dict[int, Ints] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    doubted: int = 0

    def touched(self, span: Span) -> list[int]:
        """The sets of which a sum hangs on it. What left one meanwhile was perhaps taken away as it is only now."""
        both = [self.sets, self.lately] if self.lately else [self.sets]
        return [index for index, each in enumerate(zip(*both, strict=True)) if any(s.within(span) for s in each)]

    def holding(self, span: Span) -> list[tuple[int, Span]]:
        """The blocks, and their time, that hold some of it."""
        seconds = self.group.seconds
        spans = ((begin, Span(begin, begin + len(block) * seconds)) for begin, block in self.blocks.items())
        return [(begin, whole) for begin, whole in spans if whole.intersect(span).seconds]


class Running:
    """Not for several threads at once. begun: how often all was read anew."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self.begun = 0
        self._token: tuple[int, int] | None = None
        self._written = 0
        self._ids: dict[MeasurementKey, int] = {}
        self._keys: dict[int, MeasurementKey] = {}
        self._lengths = np.zeros(0, np.int64)
        self._tails: dict[int, Tail] = {}
        self._kept: dict[Hashable, _Sums] = {}

    def follow(self) -> None:
        """Takes in what was written since; to be called once before the sums of a board. Raises LedgerError."""
        news = self._sheets.news(self._written, self._token)
        doubts = self._doubts(news)
        if doubts is None:
            if self._written:
                news = self._sheets.news(0)
            doubts = []
            self._begin(news.sheets)
        for sheet in news.sheets:
            self._take(sheet)
        for doubt in doubts:
            self._read_again(doubt)
        for seconds, tail in self._tails.items():
            self._shorten(seconds, tail)
        # Only now: what an error left half done is done again.
        self._written = max([self._written, *(sheet.written for sheet in news.sheets)])
        self._token = news.token

    def sums(self, group: Group, sets: Sequence[Spans]) -> Ints:
        """(sets, measurements, 5): what lies in each set, of each of the group. They must cut no slice in two."""
        tail = self._tails.setdefault(group.seconds, Tail(group.seconds))
        known = self._kept.pop(group.name, None)  # what an error leaves half moved is no sum any more
        if known is None or known.group.seconds != group.seconds or len(known.sets) != len(sets):
            known = self._anew(group, tail.since, sets)
        else:
            known = known if known.group == group else self._taken_over(known, group)
            self._resolve(known)
            self._move(known, tail, sets)
        self._kept[group.name] = known
        return known.amounts + np.stack([self._newest(tail, spans, known) for spans in sets])

    def keep(self, names: Collection[Hashable]) -> None:
        """Forgets the groups that nobody asks for any more."""
        self._kept = {name: known for name, known in self._kept.items() if name in names}

    def mark(self, name: Hashable) -> object:
        """As long as it is the same, nothing was written that is in the sums of a group; None: it is not kept."""
        known = self._kept.get(name)
        return None if known is None else (self.begun, known.doubted)

    def settled(self, seconds: int) -> int:
        """Before this instant lies nothing that is added from memory."""
        tail = self._tails.get(seconds)
        return 0 if tail is None else tail.since

    def _doubts(self, news: News) -> list[Doubt] | None:
        """What was written further back than memory. None: some of it cannot be told any more."""
        if news.corrections is None:
            return None
        found = [Doubt(one.ids, one.span) for one in news.corrections]
        written = [sheet for sheet in news.sheets if len(sheet.ids)]
        everyone = [*(ids for ids, _ in found), *(sheet.ids for sheet in written)]
        if any(ids.max() >= len(self._lengths) for ids in everyone):
            self._meet()
        lasts = [(ids, span.end - 1) for ids, span in found]
        if any(self._is_far(*last) for last in (*lasts, *((sheet.ids, sheet.start) for sheet in written))):
            return None
        for sheet in written:
            seconds = int(self._lengths[sheet.ids[0]])
            if sheet.start < self._tails[seconds].since:
                found.append(Doubt(sheet.ids, Span(sheet.start, sheet.start + seconds)))
        return found

    def _is_far(self, ids: Ints, start: int) -> bool:
        """So much later than all that is known that what was between may be gone, or of nobody there is."""
        if ids.max() >= len(self._lengths):
            return True
        tails = [(seconds, self._tails.get(seconds)) for seconds in np.unique(self._lengths[ids]).tolist()]
        return any(tail is None or start >= tail.newest + (BLOCK + 1) * seconds for seconds, tail in tails)

    def _meet(self) -> None:
        """Those who were not there before: whatever there is of them is news as well."""
        held = self._sheets.known()
        self._ids = {key: one.id for key, one in held.items()}
        self._keys = {one.id: key for key, one in held.items()}
        self._lengths = np.zeros(max(self._keys, default=-1) + 1, np.int64)
        for one in held.values():
            self._lengths[one.id] = one.seconds
        for known in self._kept.values():
            known.ids = self._ids_of(known.group)

    def _ids_of(self, group: Group) -> Ints:
        return np.array([self._ids.get(key, -1) for key in group.keys], np.int64)

    def _begin(self, sheets: Sequence[Sheet]) -> None:
        """Anew. The tails begin behind all that was packed since it came to a page."""
        self.begun += 1
        self._token, self._written, self._tails, self._kept = None, 0, {}, {}
        self._meet()
        for one in self._sheets.known().values():
            tail = self._tails.setdefault(one.seconds, Tail(one.seconds))
            tail.since = tail.newest = max(tail.since, one.folded_until)
        for sheet in sheets:
            if len(sheet.ids) and sheet.ids.max() < len(self._lengths):
                tail = self._tails[int(self._lengths[sheet.ids[0]])]
                tail.newest = max(tail.newest, sheet.start)
        for seconds, tail in self._tails.items():
            tail.since = max(tail.since, tail.newest - TAIL * seconds)

    def _take(self, sheet: Sheet) -> None:
        if not len(sheet.ids) or sheet.ids.max() >= len(self._lengths):
            return
        tail = self._tails[int(self._lengths[sheet.ids[0]])]
        if sheet.start >= tail.since:
            tail.put(sheet.start, sheet.ids, sheet.amounts, len(self._lengths))

    def _read_again(self, doubt: Doubt) -> None:
        lengths = self._lengths[doubt.ids]
        for seconds in np.unique(lengths).tolist():
            if seconds in self._tails:
                self._read_tail_again(self._tails[seconds], seconds, doubt.ids[lengths == seconds], doubt.span)
        for known in self._kept.values():
            touched = bool(known.touched(doubt.span))
            if (touched or known.holding(doubt.span)) and np.isin(doubt.ids, known.ids).any():
                known.doubts.append(doubt)
                known.doubted += touched

    def _read_tail_again(self, tail: Tail, seconds: int, ids: Ints, span: Span) -> None:
        """At once: what is there has come from pages, some of which do not count any more."""
        whole = Span(span.start // seconds * seconds, -(-span.end // seconds) * seconds)
        part = whole.intersect(Span(min(tail.rows, default=tail.since), tail.newest + (BLOCK + 1) * seconds))
        if not part.seconds:
            return
        block = self._sheets.block([self._keys[id_] for id_ in ids.tolist()], part, seconds)
        for start, amounts in zip(range(part.start, part.end, seconds), block, strict=True):
            if start in tail.rows or amounts.any():
                tail.put(start, ids, amounts, len(self._lengths))

    def _shorten(self, seconds: int, tail: Tail) -> None:
        """What leaves the tail stays until it is in the sums of every group that is asked for now and then."""
        tail.since = max(tail.since, tail.newest - TAIL * seconds)
        first = tail.since
        for known in self._kept.values():
            if known.group.seconds == seconds:
                if known.until < tail.since - BLOCK * seconds:
                    known.until = tail.since  # what came since is read from the ledger, if ever
                first = min(first, known.until)
        tail.shorten(first)

    def _anew(self, group: Group, until: int, sets: Sequence[Spans]) -> _Sums:
        settled = [_before(spans, until) for spans in sets]
        return _Sums(group, until, settled, self._sheets.sums(group.keys, settled), self._ids_of(group))

    def _taken_over(self, known: _Sums, group: Group) -> _Sums:
        """Of those who were there before; for the others all is added up."""
        before = {key: row for row, key in enumerate(known.group.keys)}
        rows = np.array([before.get(key, -1) for key in group.keys], np.int64)
        amounts = np.stack([rows_of(table, rows) for table in known.amounts])
        fresh = np.flatnonzero(rows < 0)
        if len(fresh):
            amounts[:, fresh] = self._sheets.sums([group.keys[row] for row in fresh.tolist()], known.sets)
        return replace(known, group=group, amounts=amounts, ids=self._ids_of(group), blocks={})

    def _resolve(self, known: _Sums) -> None:
        """Reads again what is in doubt."""
        doubts = known.doubts if len(known.doubts) <= FEW else [_merged(known.doubts)]
        for ids, span in doubts:
            rows = np.flatnonzero(np.isin(known.ids, ids))
            keys = [known.group.keys[row] for row in rows.tolist()]
            touched = known.touched(span) if keys else []
            if touched:
                found = self._sheets.sums(keys, [known.sets[index] for index in touched])
                for index, amounts in zip(touched, found, strict=True):
                    known.amounts[index, rows] = amounts
            for begin, whole in known.holding(span) if keys else ():
                block = known.blocks[begin].astype(np.int64)
                block[:, rows] = self._sheets.block(keys, whole, known.group.seconds)
                known.blocks[begin] = small(block)
        known.doubts = []

    def _move(self, known: _Sums, tail: Tail, sets: Sequence[Spans]) -> None:
        seconds, settled, blocks, far = known.group.seconds, [_before(s, tail.since) for s in sets], known.blocks, []
        if settled != known.sets:  # else what leaves them next is still in the blocks
            known.blocks = {}
        for index, (old, new) in enumerate(zip(known.sets, settled, strict=True)):
            came, went = new.minus(old), old.minus(new)
            if came.seconds + went.seconds > FAR * seconds:
                far.append(index)
                continue
            for sign, spans in ((1, came), (-1, went)):
                for part in spans:
                    known.amounts[index] += sign * self._settled(known, blocks, tail, part)
        if far:
            known.amounts[far] = self._sheets.sums(known.group.keys, [settled[index] for index in far])
        known.until, known.lately, known.sets = tail.since, known.sets, settled

    def _settled(self, known: _Sums, blocks: dict[int, Ints], tail: Tail, part: Span) -> Ints:
        """What lies in a span: of what was settled before from the ledger, of what is now from the tail."""
        seconds = known.group.seconds
        found = tail.between(part.after(known.until), known.ids)
        old = part.before(known.until)
        length = BLOCK * seconds
        for begin in range(old.start // length * length, old.end, length) if old.seconds else ():
            piece = old.intersect(Span(begin, begin + length))
            first, last = ((at - begin) // seconds for at in (piece.start, piece.end))
            block = known.blocks.get(begin, blocks.get(begin))
            if block is None or len(block) < last:
                whole = Span(begin, min(begin + length, known.until))
                block = small(self._sheets.block(known.group.keys, whole, seconds))
            known.blocks[begin] = block
            found = found + block[first:last].sum(axis=0, dtype=np.int64)
        return found

    def _newest(self, tail: Tail, spans: Spans, known: _Sums) -> Ints:
        """What of a set lies in the tail."""
        found = np.zeros((len(known.ids), 5), np.int64)
        for part in spans.within(Span(tail.since, FOREVER)):
            found += tail.between(part, known.ids)
        return found


def _before(spans: Spans, instant: int) -> Spans:
    return spans.within(Span(-FOREVER, instant))


def _merged(doubts: Sequence[Doubt]) -> Doubt:
    spans = [span for _, span in doubts]
    ids = np.unique(np.concatenate([ids for ids, _ in doubts]))
    return Doubt(ids, Span(min(one.start for one in spans), max(one.end for one in spans)))
