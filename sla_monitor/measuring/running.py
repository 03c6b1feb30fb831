"""Running sums: what came in since the last board is added, what went out of a window is taken away.

A sum over a set of time costs what changed of the set, however long it is. The newest slices are not in it: they may
still be written again, and are added from memory each time. What is written further back is read again of those whom it
is of, and of nobody else, and of the days it lies in.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence

import numpy as np

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.measuring.ports import News, Sheet, Sheets
from sla_monitor.measuring.tails import Tail, small
from sla_monitor.measuring.tallies import Doubt, Group, Tally

TAIL = 130
"""So many of the newest slices are kept in memory: two hours of minutes, which is all of the shorter lookbacks."""

BLOCK = 60
"""So many slices are read at once of those that leave: it costs as much as to read one of them."""

FAR = 400
"""More slices than that, and adding up days is quicker than reading what changed slice by slice."""


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
        self._kept: dict[Hashable, Tally] = {}

    def follow(self) -> list[Doubt] | None:
        """Takes in what was written since, and tells it; None: it may be anything. Raises LedgerError.

        To be called once before the sums of a board.
        """
        news = self._sheets.news(self._written, self._token)
        doubts = self._doubts(news)
        written = None if doubts is None else [*doubts, *self._newly(news.sheets)]
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
        return written

    def key_of(self, id_: int) -> MeasurementKey:
        return self._keys[id_]

    def sums(self, group: Group, sets: Sequence[Spans]) -> Ints:
        """(sets, measurements, 5): what lies in each set, of each of the group. They must cut no slice in two."""
        tail = self._tails.setdefault(group.seconds, Tail(group.seconds))
        known = self._kept.pop(group.name, None)  # what an error leaves half moved is no sum any more
        if known is None or known.group.seconds != group.seconds or len(known.sets) != len(sets):
            known = self._anew(group, tail.since, sets)
        else:
            if known.group != group:
                known = known.taken_over(self._sheets, group, self._ids_of(group))
            known.resolve(self._sheets)
            self._move(known, tail, sets)
            known.read_days(self._sheets)
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

    def _newly(self, sheets: Sequence[Sheet]) -> Iterator[Doubt]:
        for sheet in sheets:
            if len(sheet.ids):
                yield Doubt(sheet.ids, Span(sheet.start, sheet.start + int(self._lengths[sheet.ids[0]])))

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
            known.doubt(doubt)

    def _read_tail_again(self, tail: Tail, seconds: int, ids: Ints, span: Span) -> None:
        """At once: what is there has come from pages, some of which do not count any more."""
        whole = Span(span.start // seconds * seconds, -(-span.end // seconds) * seconds)
        first = min([tail.since, *tail.rows])  # of a day that is caught up with newest first there may be no row yet
        part = whole.intersect(Span(first, tail.newest + (BLOCK + 1) * seconds))
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

    def _anew(self, group: Group, until: int, sets: Sequence[Spans]) -> Tally:
        settled = [_before(spans, until) for spans in sets]
        return Tally(group, until, settled, self._sheets.sums(group.keys, settled), self._ids_of(group))

    def _move(self, known: Tally, tail: Tail, sets: Sequence[Spans]) -> None:
        seconds, settled, blocks = known.group.seconds, [_before(s, tail.since) for s in sets], known.blocks
        known.lately, far = known.sets, list[int]()
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
            self._move_far(known, settled, far)
        known.until, known.sets = tail.since, settled

    def _move_far(self, known: Tally, settled: Sequence[Spans], far: Sequence[int]) -> None:
        """By what came and what went as well, as with an exclusion, or by all that is there now, if that is less."""
        wanted = list[tuple[int, int, Spans]]()
        for index in far:
            old, new = known.sets[index], settled[index]
            came, went = new.minus(old), old.minus(new)
            if came.seconds + went.seconds < new.seconds:
                wanted += [(index, 1, came), (index, -1, went)]
            else:
                known.begin_set(index)
                wanted.append((index, 1, new))
        found = self._sheets.sums(known.group.keys, [spans for _, _, spans in wanted])
        for (index, sign, _), amounts in zip(wanted, found, strict=True):
            known.amounts[index] += sign * amounts

    def _settled(self, known: Tally, blocks: dict[int, Ints], tail: Tail, part: Span) -> Ints:
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

    def _newest(self, tail: Tail, spans: Spans, known: Tally) -> Ints:
        """What of a set lies in the tail."""
        found = np.zeros((len(known.ids), 5), np.int64)
        for part in spans.within(Span(tail.since, FOREVER)):
            found += tail.between(part, known.ids)
        return found


def _before(spans: Spans, instant: int) -> Spans:
    return spans.within(Span(-FOREVER, instant))
