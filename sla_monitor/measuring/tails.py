"""The newest slices of many measurements, in memory: they may still be written again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span


@dataclass
class Tail:
    """Of slices of so many seconds. rows: start → (measurements by their ids, 5); those before `since` are in sums.

    added: what lies between two instants, of all measurements, while nothing is written.
    """

    seconds: int
    since: int = 0
    newest: int = 0
    rows: dict[int, Ints] = field(default_factory=dict)
    added: dict[Span, Ints] = field(default_factory=dict)

    def put(self, start: int, ids: Ints, amounts: Ints, count: int) -> None:
        """A slice of some of `count` measurements."""
        row, before = np.zeros((count, 5), np.int64), self.rows.get(start)
        if before is not None:
            row[: len(before)] = before
        row[ids] = amounts
        self.rows[start] = small(row)
        self.newest = max(self.newest, start)
        self.added.clear()

    def between(self, span: Span, ids: Ints) -> Ints:
        """What lies in the span, of each of the ids."""
        if not span.seconds:
            return np.zeros((len(ids), 5), np.int64)
        if span not in self.added:
            rows = [
                row for start in range(span.start, span.end, self.seconds) if (row := self.rows.get(start)) is not None
            ]
            added = np.zeros((max(map(len, rows), default=0), 5), np.int64)
            for row in rows:
                added[: len(row)] += row
            self.added[span] = added
        return rows_of(self.added[span], ids)

    def shorten(self, since: int) -> None:
        self.rows = {start: row for start, row in self.rows.items() if start >= since}


def rows_of(table: Ints, ids: Ints) -> Ints:
    """Nothing where the table has none."""
    if not len(table):
        return np.zeros((len(ids), 5), np.int64)
    there = (ids >= 0) & (ids < len(table))
    return table[np.where(there, ids, 0)] * there[:, None]


def small(table: Ints) -> Ints:
    """In as few bytes as hold it; nothing at all takes none. It may be read-only."""
    if not table.any():
        return np.broadcast_to(np.zeros(1, np.int16), table.shape)
    most = int(np.abs(table).max(initial=0))
    kind = next((kind for kind in (np.int16, np.int32) if most <= np.iinfo(kind).max), np.int64)
    return table.astype(kind)
