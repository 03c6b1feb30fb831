"""Running sums of a group, and of them what lies in each day: so what is written further back costs its days alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.measuring.duties import DAY, days_of
from sla_monitor.measuring.ports import Sheets
from sla_monitor.measuring.tails import rows_of, small

FEW = 4
"""More doubts than that are resolved at once, as if each was of all that one of them is of."""

PORTION = 50_000
"""So many days of measurements are read at a time, so that none of the boards after a start comes late."""


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
class Tally:
    """Of a group: sums over each of the sets, (sets, members, 5), as far as they lie before `until`.

    ids: of its measurements, -1 where there is none yet. lately: the sets before the last move. doubts: what is to be
    read again before the sums are told. doubted: how often there was something in the sums to doubt.
    blocks: start → slices that leave. days: of what lies in one UTC day of a set, as it is in the sums, its columns.
    wanted: days that are not read yet. young: those that were read in the last board; what is not told of yet
    may be in them already, and not in the sums. planned: the day before which they were looked for.
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
    days: dict[Spans, tuple[Ints, ...]] = field(default_factory=dict)
    wanted: list[Spans] = field(default_factory=list)
    young: set[Spans] = field(default_factory=set)
    planned: int = 0

    def taken_over(self, sheets: Sheets, group: Group, ids: Ints) -> Tally:
        """By others: of those who were there before all stays, for the others all is added up. Raises LedgerError."""
        before = {key: row for row, key in enumerate(self.group.keys)}
        rows, days = np.array([before.get(key, -1) for key in group.keys], np.int64), [*self.days]
        tables = [rows_of(table, rows) for table in (*self.amounts, *map(_table, self.days.values()))]
        fresh = np.flatnonzero(rows < 0)
        if len(fresh):
            found = sheets.sums([group.keys[row] for row in fresh.tolist()], [*self.sets, *days])
            for table, amounts in zip(tables, found, strict=True):
                table[fresh] = amounts
        sums, held = np.stack(tables[: len(self.sets)]), map(_columns, tables[len(self.sets) :])
        return replace(self, group=group, amounts=sums, ids=ids, blocks={}, days=dict(zip(days, held, strict=True)))

    def begin_set(self, index: int) -> None:
        """Nothing is in its sum; what it was before does not count."""
        self.amounts[index] = 0
        self.lately = [NOWHEN if number == index else spans for number, spans in enumerate(self.lately)]

    def doubt(self, doubt: Doubt) -> None:
        touched = bool(self.touched(doubt.span))
        concerned = touched or self._holding(doubt.span) or self._days_with(doubt.span)
        if concerned and np.isin(doubt.ids, self.ids).any():
            self.doubts.append(doubt)
            self.doubted += touched

    def touched(self, span: Span) -> list[int]:
        """The sets of which a sum hangs on it. What left one meanwhile was perhaps taken away as it is only now."""
        both = [self.sets, self.lately] if self.lately else [self.sets]
        return [index for index, each in enumerate(zip(*both, strict=True)) if any(s.within(span) for s in each)]

    def resolve(self, sheets: Sheets) -> None:
        """Reads again what is in doubt. Raises LedgerError; then it is no tally any more."""
        for ids, span in self.doubts if len(self.doubts) <= FEW else [_merged(self.doubts)]:
            rows = np.flatnonzero(np.isin(self.ids, ids))
            if len(rows):
                keys = [self.group.keys[row] for row in rows.tolist()]
                self._repair(sheets, keys, rows, span)
                self._renew_blocks(sheets, keys, rows, span)
        self.doubts, self.young = [], set()

    def _repair(self, sheets: Sheets, keys: Sequence[MeasurementKey], rows: Ints, span: Span) -> None:
        """Days that are in the sums as they are held are read again alone; else what is not held of the set as well."""
        touched = self.touched(span)
        anew = [index for index in touched if not self._is_held(index, span)]
        used = dict.fromkeys(day for index in touched for day in _days(self.sets[index], span))
        days = [day for day in used if day in self.days]
        for day in self._days_with(span) - used.keys():
            del self.days[day]
        if not days and not anew:
            return
        held = [[day for day in _days(self.sets[index], None) if day in self.days] for index in anew]
        rests = (self.sets[index].minus(_together(mine)) for index, mine in zip(anew, held, strict=True))
        found = sheets.sums(keys, [*days, *rests])
        changes = {day: self._renew(day, rows, amounts) for day, amounts in zip(days, found, strict=False)}
        for index, spans in enumerate(self.sets):
            for day in changes.keys() & set(_days(spans, None)):
                self.amounts[index, rows] += changes[day]
        for index, mine, amounts in zip(anew, held, found[len(days) :], strict=True):
            self.amounts[index, rows] = amounts + sum(_table(self.days[day])[rows] for day in mine)

    def _is_held(self, index: int, span: Span) -> bool:
        """What lies in the days of the span is in the sum as it is in `days`."""
        mine = _days(self.sets[index], span)
        before = mine if not self.lately else _days(self.lately[index], span)
        return mine == before and all(day in self.days and day not in self.young for day in mine)

    def _renew(self, day: Spans, rows: Ints, amounts: Ints) -> Ints:
        """By how much it is another."""
        table = _table(self.days[day])
        change: Ints = amounts - table[rows]
        table[rows] = amounts
        self.days[day] = _columns(table)
        return change

    def _days_with(self, span: Span) -> set[Spans]:
        return {day for day in self.days if day.within(span)}

    def _renew_blocks(self, sheets: Sheets, keys: Sequence[MeasurementKey], rows: Ints, span: Span) -> None:
        for begin, whole in self._holding(span):
            block = self.blocks[begin].astype(np.int64)
            block[:, rows] = sheets.block(keys, whole, self.group.seconds)
            self.blocks[begin] = small(block)

    def _holding(self, span: Span) -> list[tuple[int, Span]]:
        """The blocks, and their time, that hold some of it."""
        seconds = self.group.seconds
        spans = ((begin, Span(begin, begin + len(block) * seconds)) for begin, block in self.blocks.items())
        return [(begin, whole) for begin, whole in spans if whole.intersect(span).seconds]

    def read_days(self, sheets: Sheets) -> None:
        """After each move some of those that are not there yet: such as did not change by it."""
        day = self.until // DAY * DAY
        if self.planned != day:
            self._plan(day)
        few = max(1, PORTION // len(self.ids))
        portion, self.wanted = self.wanted[:few], self.wanted[few:]
        if portion:
            found = sheets.sums(self.group.keys, portion)
            self.days |= {one: _columns(amounts) for one, amounts in zip(portion, found, strict=True)}
        self.young = set(portion)

    def _plan(self, day: int) -> None:
        """Those of before a day, the newest first."""
        before = {one for spans in self.lately for one in _days(spans, None)}
        now = dict.fromkeys(one for spans in self.sets for one in _days(spans, None))
        kept = [one for one in now if one in before and one.parts[-1].end <= day]
        self.days = {one: self.days[one] for one in kept if one in self.days}
        self.wanted = sorted((one for one in kept if one not in self.days), key=lambda one: -one.parts[0].start)
        self.planned = day


def _days(spans: Spans, span: Span | None) -> list[Spans]:
    """What lies in each UTC day; of those alone that hold some of a span, if one is named."""
    inside = spans if span is None else spans.within(Span(span.start // DAY * DAY, -(-span.end // DAY) * DAY))
    found: dict[int, list[Span]] = {}
    for part in (piece for whole in inside for piece in days_of(whole)):
        found.setdefault(part.start // DAY, []).append(part)
    days = [Spans(tuple(parts)) for parts in found.values()]
    return days if span is None else [day for day in days if day.within(span)]


def _together(days: Sequence[Spans]) -> Spans:
    return Spans.of(part for day in days for part in day)


def _columns(table: Ints) -> tuple[Ints, ...]:
    return tuple(map(small, table.T))


def _table(columns: tuple[Ints, ...]) -> Ints:
    return np.stack(columns, axis=1, dtype=np.int64)


def _merged(doubts: Iterable[Doubt]) -> Doubt:
    spans = [span for _, span in doubts]
    ids = np.unique(np.concatenate([ids for ids, _ in doubts]))
    return Doubt(ids, Span(min(one.start for one in spans), max(one.end for one in spans)))
