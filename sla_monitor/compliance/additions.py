"""Slices added up between the instants at which something begins or ends to count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance import slices as amounts
from sla_monitor.compliance.slices import Cells, Slices
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
        good, total = (amounts.added(amounts.fixed(column), places) for column in (slices.good, slices.total))
        return Cells(edges[:-1], edges[1:], good, total, amounts.added(slices.known, places))

    def join(self, parts: Sequence[Cells]) -> Cells:
        return amounts.concatenated(list(parts))
