"""Slices of many measurements as tables: what those read who follow the ledger from minute to minute.

Rows are numbered by the measurements' ids. Amounts are fixed-point, as in `compliance.slices`: whole and parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Ints, Slices, fixed
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import folding, frames, numbers, pages, rows
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.memory import Memory
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.store import Store

COLUMNS = 5
"""Good whole and parts, total whole and parts, known seconds."""

MOST = 1 << 52
"""What is more, of a slice or a day, is told as this much: so no sum leaves int64, and one that reaches it is none."""


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
    """token: as long as it is the same, nothing was written but on pages. sheets: in the order of writing."""

    token: tuple[int, int]
    sheets: tuple[Sheet, ...]


class Sheets:
    """The ledger in tables; each call is one picture of it. Raises LedgerError."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store, self._memory = store, memory

    def news(self, written: int) -> News:
        """What came to pages after the one that was `written` last."""
        with self._store.reading() as connection:
            token = numbers.counted(connection, folding.LATE), numbers.counted(connection, folding.STRAIGHT)
            found = [
                Sheet(page.start, page.written, page.ids, amounts_of(page.opened(states=False)))
                for page in pages.since(connection, written)
            ]
        return News(token, tuple(found))

    def known(self) -> Mapping[MeasurementKey, Known]:
        """All measurements; rows are numbered by their ids."""
        with self._store.reading() as connection:
            return self._memory.known(connection)

    def block(self, keys: Collection[MeasurementKey], span: Span, seconds: int) -> Ints:
        """(slices, highest id + 1, 5): what is known of each slice of the span, nothing where there is none.

        The span is of whole slices of so many seconds.
        """
        with self._store.reading() as connection:
            known = _by_id(connection, keys)
            table = np.zeros((span.seconds // seconds, max(known, default=0) + 1, COLUMNS), np.int64)
            for _, part in _days([Spans.of([span])]):
                for id_, slices in (*_packed(connection, known, part), *_open(connection, known, part)):
                    table[(slices.starts - span.start) // seconds, id_] = amounts_of(slices)
        return table

    def sums(self, keys: Collection[MeasurementKey], wanted: Sequence[Spans]) -> Ints:
        """(sets, highest id + 1, 5): what lies in each of the sets of time. They cut no slice in two."""
        with self._store.reading() as connection:
            return _sums(connection, _by_id(connection, keys), wanted)


def amounts_of(slices: Slices) -> Ints:
    """(n, 5): of each slice."""
    return np.minimum(np.column_stack((fixed(slices.good), fixed(slices.total), slices.known)), MOST)


def _by_id(connection: Connection, keys: Collection[MeasurementKey]) -> dict[int, Known]:
    known = rows.find_all(connection)
    return {known[key].id: known[key] for key in keys if key in known}


def _sums(connection: Connection, known: Mapping[int, Known], wanted: Sequence[Spans]) -> Ints:
    added = np.zeros((len(wanted), max(known, default=0) + 1, COLUMNS), np.int64)
    whole = [_whole_days(spans) for spans in wanted]
    _add_days(connection, known, whole, added)
    parts: dict[int, list[tuple[int, Span]]] = {}
    for index, part in _days([spans.minus(days) for spans, days in zip(wanted, whole, strict=True)]):
        parts.setdefault(part.start // DAY, []).append((index, part))
    for cut in parts.values():
        reach = Span(min(part.start for _, part in cut), max(part.end for _, part in cut))
        _add_slices(_packed(connection, known, reach), cut, added)
    every = [(index, part) for index, spans in enumerate(wanted) for part in spans]
    if every:
        reach = Span(min(part.start for _, part in every), max(part.end for _, part in every))
        _add_slices(_open(connection, known, reach), every, added)
    return added


def _add_slices(held: Iterable[tuple[int, Slices]], parts: Sequence[tuple[int, Span]], added: Ints) -> None:
    indices = [index for index, _ in parts]
    starts, ends = (np.array([getattr(part, name) for _, part in parts]) for name in ("start", "end"))
    for id_, slices in held:
        if len(slices):
            running = _running(slices)
            first, last = np.searchsorted(slices.starts, starts), np.searchsorted(slices.starts, ends)
            np.add.at(added[:, id_], indices, running[last] - running[first])


def _packed(connection: Connection, known: Mapping[int, Known], span: Span) -> Iterator[tuple[int, Slices]]:
    """The slices of a part of a UTC day that are packed."""
    for id_, frame in rows.frames_of(connection, span.start // DAY, known.keys()).items():
        slices = frames.unpack(frame, span.start // DAY, known[id_].seconds, states=False)
        yield id_, slices.between(span.start, span.end)


def _open(connection: Connection, known: Mapping[int, Known], span: Span) -> Iterator[tuple[int, Slices]]:
    """The slices that lie on pages alone."""
    wanted = {id_ for id_, one in known.items() if one.folded_until < span.end}
    if wanted:
        for id_, slices in pages.held(connection, known, wanted, states=False).items():
            yield id_, slices.between(span.start, span.end)


def _running(slices: Slices) -> Ints:
    """(n + 1, 5): what all slices before the i-th hold."""
    added = np.zeros((len(slices) + 1, COLUMNS), np.int64)
    np.cumsum(amounts_of(slices), axis=0, out=added[1:])
    return added


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


def _add_days(connection: Connection, known: Mapping[int, Known], whole: Sequence[Spans], added: Ints) -> None:
    days = [part for spans in whole for part in spans]
    if not days:
        return
    reach = Span(min(part.start for part in days), max(part.end for part in days))
    table = rows.day_sums(connection, reach)
    table = table[np.isin(table[:, 0], list(known))]
    for index, spans in enumerate(whole):
        for part in spans:
            inside = (table[:, 1] >= part.start // DAY) & (table[:, 1] < part.end // DAY)
            np.add.at(added[index], table[inside, 0], np.minimum(table[inside, 2:], MOST))
