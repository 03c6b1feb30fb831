"""Slices added up between the instants at which something begins or ends to count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance import slices as amounts
from sla_monitor.compliance.slices import Cells, Ints, Slices
from sla_monitor.compliance.spans import FOREVER, Span


@dataclass(frozen=True)
class Adding:
    """A `digests.Recipe`. cuts: sorted; a slice that one of them cuts in two is a cell of its own."""

    cuts: Sequence[int]
    seconds: int
    since: int
    lately: int
    until: int = FOREVER
    name: Hashable = "sums"

    def within(self, piece: Span) -> Sequence[int]:
        return self.cuts[bisect_left(self.cuts, piece.start) : bisect_left(self.cuts, piece.end)]

    def make(self, slices: Slices, piece: Span) -> Cells:
        s = self.seconds
        inside = np.array(self.within(piece), np.int64)
        borders = np.concatenate((inside // s * s, -(-inside // s) * s, (piece.start, piece.end)))
        edges = np.unique(borders.clip(piece.start, piece.end))
        places = np.searchsorted(slices.starts, edges)
        good, total = (_sums(amounts.fixed(column), places) for column in (slices.good, slices.total))
        return Cells(edges[:-1], edges[1:], good, total, _sums(slices.known, places))

    def join(self, parts: Sequence[Cells]) -> Cells:
        return amounts.concatenated(list(parts))


def _sums(column: Ints, places: Ints) -> Ints:
    """Of the rows from each place on to before the next."""
    running = np.concatenate((np.zeros((1, *column.shape[1:]), np.int64), np.cumsum(column, axis=0)))
    sums: Ints = np.diff(running[places], axis=0)
    return sums
