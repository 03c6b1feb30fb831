"""Slices of many measurements as tables: what those read who follow the ledger from minute to minute.

Rows are numbered by the measurements' ids. Amounts are fixed-point, as in `compliance.slices`: whole and parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Ints, Slices, empty, fixed
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import corrections, numbers, pages, rows, stacks
from sla_monitor.ledger.corrections import Correction, Token
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.memory import Memory
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.stacks import Stack
from sla_monitor.ledger.store import Store

COLUMNS = 5
"""Good whole and parts, total whole and parts, known seconds."""

AT_ONCE = 500
"""So many days are unpacked side by side: more of them take more room and no less time."""

MOST = 1 << 52
"""More, of a slice or a day, is told as this much: so no sum leaves int64."""


@dataclass(frozen=True)
class Sheet:
    """One slice of several measurements. `written`: of two sheets with the same slice the higher counts.

    ids: (n,). amounts: (n, 5), of each of them good, total and known.
    """

    start: int
    written: int
    ids: Ints
    amounts: Ints


@dataclass(frozen=True)
class News:
    """sheets: in the order of writing. corrections: what was written past the pages; None: more than can be told."""

    token: Token
    sheets: tuple[Sheet, ...]
    corrections: tuple[Correction, ...] | None


class Sheets:
    """The ledger in tables; each call is one picture of it. Raises LedgerError.

    beyond: those of whom more was read so far than is told, and whose sums are none.
    """

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store, self._memory = store, memory
        self.beyond = set[MeasurementKey]()

    def news(self, written: int, known: Token | None = None) -> News:
        """What came to pages after the one that was `written` last, and past them since the token that is known."""
        with self._store.reading() as connection:
            found = [
                Sheet(page.start, page.written, page.ids, amounts_of(page.opened(states=False)))
                for page in pages.since(connection, written)
            ]
            missed = written < numbers.counted(connection, pages.DROPPED)
            past = None if known is None or missed else corrections.since(connection, known)
            for sheet in found:
                if (many := _are_beyond(sheet.amounts)).any():
                    by_id = self._memory.entered(connection).by_id
                    self.beyond |= {by_id[id_].key for id_ in sheet.ids[many].tolist() if id_ in by_id}
            return News(corrections.newest(connection), tuple(found), past)

    def known(self) -> Mapping[MeasurementKey, Known]:
        """All measurements; rows are numbered by their ids."""
        with self._store.reading() as connection:
            return self._memory.known(connection)

    def block(self, keys: Sequence[MeasurementKey], span: Span, seconds: int) -> Ints:
        """(slices, keys, 5): what is known of each slice of the span, nothing where there is none.

        The span is of whole slices of so many seconds.
        """
        with self._store.reading() as connection:
            whose = _Whose(self._memory.known(connection), keys)
            table = np.zeros((span.seconds // seconds, len(whose.ids), COLUMNS), np.int64)
            for _, part in _days([Spans.of([span])]):
                for ids, stack in _stacks(connection, whose.known, part.start // DAY):
                    first, last = np.searchsorted(stack.starts, (part.start, part.end))
                    if first < last:
                        places = (stack.starts[first:last] - span.start) // seconds
                        sums = stack.sums(np.arange(first, last + 1))
                        table[places[:, None], whose.rows(ids)] = sums.swapaxes(0, 1)
            ids, held = _open(connection, whose.known, span)
            table[(held.starts - span.start) // seconds, whose.rows(ids)] = amounts_of(held)
        return self._noted(keys, whose.spread(table))

    def sums(self, keys: Sequence[MeasurementKey], wanted: Sequence[Spans]) -> Ints:
        """(sets, keys, 5): what lies in each of the sets of time. They cut no slice in two."""
        with self._store.reading() as connection:
            whose = _Whose(self._memory.known(connection), keys)
            return self._noted(keys, whose.spread(_sums(connection, whose, wanted)))

    def _noted(self, keys: Sequence[MeasurementKey], table: Ints) -> Ints:
        self.beyond |= {keys[place] for place in np.flatnonzero(_are_beyond(table).any(axis=0)).tolist()}
        return table


class _Whose:
    """The measurements that are asked for, each once. ids: sorted."""

    def __init__(self, known: Mapping[MeasurementKey, Known], keys: Sequence[MeasurementKey]) -> None:
        self.known = {one.id: one for one in map(known.get, keys) if one is not None}
        self.ids = np.array(sorted(self.known), np.int64)
        self._asked = np.array([known[key].id if key in known else _NOBODY for key in keys], np.int64)

    def rows(self, ids: Ints) -> Ints:
        return np.searchsorted(self.ids, ids)

    def spread(self, table: Ints) -> Ints:
        """From a column of each of the ids to one of each key; nothing of whom nobody knows."""
        if np.array_equal(self._asked, self.ids):
            return table
        found = np.zeros((len(table), len(self._asked), COLUMNS), np.int64)
        there = np.flatnonzero(self._asked != _NOBODY)
        found[:, there] = table[:, self.rows(self._asked[there])]
        return found


_NOBODY = -1


def _are_beyond(amounts: Ints) -> npt.NDArray[np.bool_]:
    """(…, n) of (…, n, 5). What is told as this much is in each sum that it is part of."""
    return np.asarray((amounts[..., 0] >= MOST) | (amounts[..., 2] >= MOST))


def amounts_of(slices: Slices) -> Ints:
    """(n, 5): of each slice."""
    return np.minimum(np.column_stack((fixed(slices.good), fixed(slices.total), slices.known)), MOST)


def _sums(connection: Connection, whose: _Whose, wanted: Sequence[Spans]) -> Ints:
    added = np.zeros((len(wanted), len(whose.ids), COLUMNS), np.int64)
    whole = [_whole_days(spans) for spans in wanted]
    _add_days(connection, whose, whole, added)
    parts: dict[int, list[tuple[int, Span]]] = {}
    for index, part in _days([spans.minus(days) for spans, days in zip(wanted, whole, strict=True)]):
        parts.setdefault(part.start // DAY, []).append((index, part))
    for day, cut in parts.items():
        for ids, stack in _stacks(connection, whose.known, day):
            _add_stack(whose.rows(ids), stack, cut, added)
    every = [(index, part) for index, spans in enumerate(wanted) for part in spans]
    if every:
        reach = Span(min(p.start for _, p in every), max(p.end for _, p in every))
        ids, held = _open(connection, whose.known, reach)
        rows_, amounts = whose.rows(ids), amounts_of(held)
        for index, part in every:
            inside = (part.start <= held.starts) & (held.starts < part.end)
            np.add.at(added[index], rows_[inside], amounts[inside])
    return added


def _add_stack(rows_: Ints, stack: Stack, parts: Sequence[tuple[int, Span]], added: Ints) -> None:
    for index, part in parts:
        bounds = np.searchsorted(stack.starts, (part.start, part.end))
        if bounds[0] < bounds[1]:
            added[index][rows_] += stack.sums(bounds)[:, 0]


def _stacks(connection: Connection, known: Mapping[int, Known], day: int) -> Iterator[tuple[Ints, Stack]]:
    """The slices of a UTC day that are packed, and whose they are."""
    packed = rows.frames_of(connection, day, known.keys())
    for seconds in {known[id_].seconds for id_ in packed}:
        ids = np.array([id_ for id_ in packed if known[id_].seconds == seconds], np.int64)
        for some in np.split(ids, range(AT_ONCE, len(ids), AT_ONCE)):
            for stack in stacks.stacked([packed[id_] for id_ in some.tolist()], day, seconds):
                yield some[stack.rows], stack.capped(MOST)


def _open(connection: Connection, known: Mapping[int, Known], span: Span) -> tuple[Ints, Slices]:
    """The slices of the span that lie on pages alone, and of each whose it is."""
    wanted = {id_ for id_, one in known.items() if one.folded_until < span.end}
    if not wanted:
        return np.zeros(0, np.int64), empty(1)
    ids, held = pages.columns(connection, known, wanted)
    inside = np.flatnonzero((span.start <= held.starts) & (held.starts < span.end))
    return ids[inside], held.take(inside)


def _whole_days(spans: Spans) -> Spans:
    """The UTC days that lie in the spans."""
    found = ((-(-part.start // DAY) * DAY, part.end // DAY * DAY) for part in spans)
    return Spans.of(Span(start, end) for start, end in found if start < end)


def _days(wanted: Sequence[Spans]) -> Iterator[tuple[int, Span]]:
    """The sets cut at UTC days; of each piece the number of its set."""
    for index, spans in enumerate(wanted):
        for part in spans:
            for number in range(part.start // DAY, -(-part.end // DAY)):
                yield index, part.intersect(Span(number * DAY, (number + 1) * DAY))


def _add_days(connection: Connection, whose: _Whose, whole: Sequence[Spans], added: Ints) -> None:
    days = [part for spans in whole for part in spans]
    if not days:
        return
    reach = Span(min(part.start for part in days), max(part.end for part in days))
    table = rows.day_sums(connection, reach, whose.known.keys())
    table = table[np.isin(table[:, 0], whose.ids)]
    places = whose.rows(table[:, 0])
    for index, spans in enumerate(whole):
        for part in spans:
            inside = (table[:, 1] >= part.start // DAY) & (table[:, 1] < part.end // DAY)
            np.add.at(added[index], places[inside], np.minimum(table[inside, 2:], MOST))
