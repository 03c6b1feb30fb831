"""Intervals of a contract, built from whole slices: good, bad or graded (measurement.md 3, domain.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import slices as amounts
from sla_monitor.compliance.methods import Condition, Edge, Intervals, Traffic
from sla_monitor.compliance.slices import PART, Cells, Ints, Slices
from sla_monitor.compliance.spans import Grid, Span, Spans
from sla_monitor.compliance.spells import Mask, inside_of, marked

MOST_PARTS = 10**12
"""Shares of intervals are exact while their common denominator is not above this, and else to 13 decimals."""
FINEST = 10**13

Wholes = npt.NDArray[Any]
"""Python's own integers, which do not overflow."""


@dataclass(frozen=True)
class Rated:
    """Intervals that lie wholly in what was asked for, in order.

    edges: (n + 1,) borders. bad, total: (n,) in billionths, of what the interval holds; of values bad is the sum.
    known, empty, low: (n,) masks; empty: nothing came, low: less than the agreed minimum. void: no slice of it was
    promised whole, though a part was.
    """

    edges: Ints
    bad: Wholes
    total: Wholes
    known: Mask
    empty: Mask
    low: Mask
    void: Mask

    def __len__(self) -> int:
        return len(self.bad)


def rated(slices: Slices, grid: Grid, span: Span, method: Intervals, promised: Spans, *, values: bool) -> Rated:
    """The intervals inside the span. One is known where all its slices are; a slice that there is not is unknown.

    Of an interval that was promised in part only the slices count that were promised whole.
    """
    edges = borders(grid, span)
    counts = _counting(edges, grid, slices.seconds, promised)
    inside = slices.between(int(edges[0]), int(edges[-1]))
    inside = inside.take(counts[(inside.starts - edges[0]) // slices.seconds])
    index = np.searchsorted(edges, inside.starts, side="right") - 1
    count = len(edges) - 1
    good, total = (_sums(column, index, count) for column in (inside.good, inside.total))
    seen = np.bincount(index[inside.known > 0], minlength=count) if len(inside) else np.zeros(count, np.int64)
    wanted = np.add.reduceat(counts, (edges[:-1] - edges[0]) // slices.seconds, dtype=np.int64) if count else seen
    empty = np.equal(total, 0).astype(np.bool_)
    return Rated(
        edges=edges,
        bad=good if values else total - good,
        total=total,
        known=seen == wanted,
        empty=empty,
        low=np.less(total, method.min_events * PART).astype(np.bool_) & ~empty,
        void=wanted == 0,
    )


def _counting(edges: Ints, grid: Grid, seconds: int, promised: Spans) -> Mask:
    """The slices that count, of all there can be: promised whole, or of an interval that was not promised at all."""
    starts = np.arange(edges[0], edges[-1], seconds)
    if promised.within(Span(int(edges[0]), int(edges[-1]))).seconds == edges[-1] - edges[0]:
        return np.ones(len(starts), np.bool_)
    counts: Mask = inside_of(starts, promised.inward(Grid(seconds))) | ~inside_of(starts, promised.outward(grid))
    return counts


def borders(grid: Grid, span: Span) -> Ints:
    """The borders of the whole intervals inside the span; one border where there are none."""
    first, last = grid.ceil(span.start), grid.floor(span.end)
    if last <= first:
        return np.array([first], np.int64)
    starts = [np.arange(tile.start, tile.end, grid.seconds) for tile in _tiles(grid, Span(first, last))]
    return np.append(np.concatenate(starts), last).astype(np.int64)


def _tiles(grid: Grid, span: Span) -> Iterator[Span]:
    """The span cut where the grid begins anew."""
    inside = [tile.start for tile in grid.tiles if span.start < tile.start < span.end]
    for start, end in zip((span.start, *inside), (*inside, span.end), strict=True):
        yield Span(start, end)


def _sums(column: amounts.Floats, index: Ints, count: int) -> Wholes:
    """Exact sums a cell, in billionths."""
    fixed = amounts.fixed(column)
    sums = np.zeros((count, 2), np.int64)
    np.add.at(sums, index, fixed)
    wholes: Wholes = sums[:, 0].astype(object) * PART + sums[:, 1].astype(object)
    return wholes


@dataclass(frozen=True)
class Judged:
    """Intervals as they count. share: (n,) bad share of each, as Fractions or 0 and 1. left_out: of no population."""

    edges: Ints
    share: Wholes
    known: Mask
    left_out: Mask

    @property
    def bad(self) -> Mask:
        return np.greater(self.share, 0).astype(np.bool_) & self.known & ~self.left_out

    def assumed(self, *, bad: bool, within: Span | None = None) -> Judged:
        """As if everything unknown had been bad, or good; bad only within a span, where one is given."""
        here = np.ones_like(self.known)
        if within is not None:
            here = (self.edges[1:] > within.start) & (self.edges[:-1] < within.end)
        return replace(self, share=np.where(self.known, self.share, here * int(bad)), known=np.ones_like(self.known))


def judged(found: Rated, method: Intervals) -> Judged:
    share = _graded(found) if method.bad_when is None else _meets(found, method.bad_when).astype(object)
    known, left_out = found.known.copy(), found.void.copy()
    for mask, rule in ((found.low, method.low_traffic), (found.empty, method.empty)):
        here = mask & found.known
        if rule in (Traffic.GOOD, Traffic.BAD):
            share = np.where(here, int(rule is Traffic.BAD), share)
        elif rule is Traffic.EXCLUDE:
            left_out |= here
        elif rule is Traffic.UNKNOWN:
            known &= ~here
    return Judged(found.edges, np.where(known & ~left_out, share, 0), known, left_out)


def _graded(found: Rated) -> Wholes:
    share = np.zeros(len(found), object)
    for i in np.flatnonzero(np.greater(found.bad, 0).astype(np.bool_)).tolist():
        share[i] = Fraction(found.bad[i], found.total[i])
    return share


def _meets(found: Rated, condition: Condition) -> Mask:
    """bad/total held against the limit without dividing: 10 of 100 is not more than 10 %."""
    limit = condition.limit
    sides = zip(found.bad * limit.denominator, found.total * limit.numerator, strict=True)
    meets = np.array([condition.comparison.holds(bad, allowed) for bad, allowed in sides], np.bool_)
    marked_bad: Mask = meets & ~found.empty
    return marked_bad


def lasting(found: Judged, method: Intervals, domain: Span, excluded: Spans) -> Judged:
    """Bad only where a run of bad intervals is long enough. `domain`: where `edge: clip` makes runs of their own."""
    if not method.at_least:
        return found
    runs = marked(found.bad, found.edges).minus(excluded)
    if method.edge is Edge.SPAN:
        bad = _touched(found.edges, runs, method.at_least)
    else:
        outside, inside = (
            _touched(found.edges, some, method.at_least)
            for some in (runs.minus(Spans.of([domain])), runs.within(domain))
        )
        bad = np.where(_touched(found.edges, Spans.of([domain])), inside, outside)
    return replace(found, share=np.where(bad, found.share, 0))


def _touched(edges: Ints, spans: Spans, least: int = 0) -> Mask:
    """The intervals that lie in one of the spans that are long enough, if only in part."""
    touched = np.zeros(len(edges) - 1, np.bool_)
    for span in spans:
        if span.seconds >= least:
            touched[max(0, np.searchsorted(edges, span.start, "right") - 1) : np.searchsorted(edges, span.end)] = True
    return touched


def cells_of(found: Judged, method: Intervals, known: Mask | None = None) -> Cells:
    """Each interval as a cell: of so many intervals where they are graded, else of its seconds.

    known: what really is, where the unknown was assumed to be something.
    """
    length = np.diff(found.edges)
    counts = found.known & ~found.left_out
    seen = np.where(found.known if known is None else known, length, 0)
    each = 1 if method.unit == "seconds" else method.every
    whole, good = np.where(counts, length // each, 0), np.where(counts & ~found.bad, length // each, 0)
    in_part = found.bad & np.not_equal(found.share, 1).astype(np.bool_)
    odd = np.flatnonzero(counts & (in_part | (length % each != 0)))
    totals = {i: Fraction(int(length[i]), each) for i in odd.tolist()}
    goods = {i: total * (1 - found.share[i]) for i, total in totals.items()}
    parts = _common((*totals.values(), *goods.values()))
    columns = (_column(good, goods, parts), _column(whole, totals, parts))
    return Cells(found.edges[:-1], found.edges[1:], *columns, seen, parts)


def _common(shares: Iterable[Fraction]) -> int:
    """The parts in one that hold every amount exactly, where they are not too many."""
    parts = 1
    for share in shares:
        if parts % share.denominator:
            parts = lcm(parts, share.denominator)
            if parts > MOST_PARTS:
                return FINEST
    return parts


def _column(wholes: Ints, shares: dict[int, Fraction], parts: int) -> Ints:
    """(n, 2): whole and parts of each amount."""
    column = np.zeros((len(wholes), 2), np.int64)
    column[:, 0] = wholes
    for i, amount in shares.items():
        whole, rest = divmod(amount.numerator, amount.denominator)
        column[i] = whole, round(Fraction(rest * parts, amount.denominator))
    return column
