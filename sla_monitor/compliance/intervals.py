"""Intervals of a contract, built from whole slices: good, bad or graded (measurement.md 3, domain.md 2.5)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sla_monitor.compliance import shares
from sla_monitor.compliance import slices as amounts
from sla_monitor.compliance.digests import MOST_TRACKS
from sla_monitor.compliance.methods import Condition, Edge, Intervals, Traffic
from sla_monitor.compliance.shares import FINEST, Wholes
from sla_monitor.compliance.slices import PART, Cells, Ints, Slices
from sla_monitor.compliance.spans import FOREVER, Grid, Span, Spans
from sla_monitor.compliance.spells import Mask, inside_of, marked

MOST_PARTS = 10**12
"""Shares of intervals are exact while their common denominator is not above this, and else to 13 decimals."""


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


def rated(slices: Slices, grid: Grid, span: Span, method: Intervals, promised: Spans, *, values: bool) -> Rated:
    """The intervals inside the span. One is known where all its slices are; a slice that there is not is unknown.

    Of an interval that was promised in part only the slices count that were promised whole.
    """
    edges = borders(grid, span)
    counts = _counting(edges, grid, slices.seconds, promised)
    inside = slices.between(int(edges[0]), int(edges[-1]))
    inside = inside.take(counts[(inside.starts - edges[0]) // slices.seconds])
    places, count = np.searchsorted(inside.starts, edges), len(edges) - 1
    good, total = (_sums(column, places) for column in (inside.good, inside.total))
    seen = np.diff(np.append(0, np.cumsum(inside.known > 0))[places])
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


def _sums(column: amounts.Floats, places: Ints) -> Wholes:
    """Exact sums a cell, in billionths; `places`: (n + 1,) of the first slice of each, and behind the last."""
    sums = amounts.added(amounts.fixed(column), places)
    wholes: Wholes = shares.fitting(sums[:, 0], PART) * PART + sums[:, 1]
    return wholes


@dataclass(frozen=True)
class Judged:
    """Intervals as they count; neighbours that are alike may be one row. left_out: of no population.

    edges: (n + 1,) borders. part, of: (n,) the bad share of each is part / of, in lowest terms.
    """

    edges: Ints
    part: Wholes
    of: Wholes
    known: Mask
    left_out: Mask

    @property
    def bad(self) -> Mask:
        found: Mask = np.greater(self.part, 0).astype(np.bool_) & self.known & ~self.left_out
        return found

    def assumed(self, *, bad: bool, within: Span | None = None) -> Judged:
        """As if everything unknown had been bad, or good; bad only within a span, where one is given."""
        here = np.ones_like(self.known)
        if within is not None:
            here = (self.edges[1:] > within.start) & (self.edges[:-1] < within.end)
        part, of = np.where(self.known, self.part, here * int(bad)), np.where(self.known, self.of, 1)
        return replace(self, part=part, of=of, known=np.ones_like(self.known))

    def marked(self, bad: Mask) -> Judged:
        """Good where they are not marked."""
        return replace(self, part=np.where(bad, self.part, 0), of=np.where(bad, self.of, 1))

    def cut(self, instants: Iterable[int]) -> Judged:
        """No row reaches over one of them, which are borders of intervals."""
        wanted = np.array(sorted({at for at in instants if self.edges[0] < at < self.edges[-1]}), np.int64)
        places = np.searchsorted(self.edges, wanted)
        fresh = self.edges[places] != wanted
        if not fresh.any():
            return self
        edges = np.insert(self.edges, places[fresh], wanted[fresh])
        return self.taken(edges, np.searchsorted(self.edges, edges[:-1], "right") - 1)

    def between(self, start: int, end: int) -> Judged:
        """The intervals between two borders."""
        if end <= start:
            return self.taken(np.array([start]), np.zeros(0, np.int64))
        whole = self.cut((start, end))
        first, last = np.searchsorted(whole.edges, (start, end))
        return whole.taken(whole.edges[first : last + 1], np.arange(first, last))

    def merged(self, every: int) -> Judged:
        """Whole intervals that are wholly good, wholly bad or unknown are one row with those beside them."""
        whole = (np.diff(self.edges) % every == 0) & ((self.part == 0) | (self.part == self.of)).astype(np.bool_)
        columns = (self.part, self.known, self.left_out)
        alike = np.all([column[1:] == column[:-1] for column in columns], axis=0) & whole[1:] & whole[:-1]
        first = np.flatnonzero(np.append(True, ~alike)[: len(whole)])
        return self.taken(np.append(self.edges[first], self.edges[-1]), first)

    def taken(self, edges: Ints, rows: Ints) -> Judged:
        """Some of the rows, or some of them more than once, with other borders."""
        return Judged(edges, self.part[rows], self.of[rows], self.known[rows], self.left_out[rows])


def judged(found: Rated, method: Intervals) -> Judged:
    part, of = _graded(found) if method.bad_when is None else _meeting(found, method.bad_when)
    known, left_out = found.known.copy(), found.void.copy()
    for mask, rule in ((found.low, method.low_traffic), (found.empty, method.empty)):
        here = mask & found.known
        if rule in (Traffic.GOOD, Traffic.BAD):
            part, of = np.where(here, int(rule is Traffic.BAD), part), np.where(here, 1, of)
        elif rule is Traffic.EXCLUDE:
            left_out |= here
        elif rule is Traffic.UNKNOWN:
            known &= ~here
    return Judged(found.edges, part, of, known, left_out).marked(known & ~left_out)


@dataclass(frozen=True)
class Judging:
    """Intervals of whole slices, judged: a `digests.Recipe`. `promised`, `values`: as in `rated`."""

    method: Intervals
    grid: Grid
    promised: Spans
    values: bool

    @classmethod
    def by(cls, method: Intervals, grid: Grid, promised: Spans, *, values: bool) -> Judging:
        """A grid that begins once goes on as well before: where it begins, but for its pace, makes no difference."""
        if len(grid.tiles) == 1:
            grid = Grid(grid.seconds, (Span(grid.tiles[0].start % grid.seconds, FOREVER),))
        return cls(method, grid, promised, values)

    @property
    def name(self) -> Hashable:
        return self.method, self.grid, self.values

    def keeps(self, seconds: int) -> bool:
        """Intervals are of whole slices of so many seconds.

        Those that begin with a rolling window lie on as many grids as they have slices: of many nothing is kept.
        """
        begins = {tile.start for tile in self.grid.tiles}
        few = not begins or (len(begins) == 1 and self.grid.seconds <= MOST_TRACKS * seconds)
        return few and not any(at % seconds for at in (self.grid.seconds, *begins))

    def make(self, slices: Slices, span: Span) -> Judged:
        return self.all_of(slices, span).merged(self.method.every)

    def cut(self, part: Judged, span: Span) -> Judged:
        return part.between(span.start, span.end)

    def all_of(self, slices: Slices, span: Span) -> Judged:
        return judged(rated(slices, self.grid, span, self.method, self.promised, values=self.values), self.method)

    def join(self, parts: Sequence[Judged]) -> Judged:
        edges = [one.edges[:-1] for one in parts]
        columns = (np.concatenate([getattr(one, name) for one in parts]) for name in COLUMNS)
        return Judged(np.append(np.concatenate(edges), parts[-1].edges[-1]), *columns).merged(self.method.every)


COLUMNS = ("part", "of", "known", "left_out")


def _graded(found: Rated) -> tuple[Wholes, Wholes]:
    bad = np.greater(found.bad, 0).astype(np.bool_)
    return shares.reduced(np.where(bad, found.bad, 0), np.where(bad, found.total, 1))


def _meeting(found: Rated, condition: Condition) -> tuple[Wholes, Wholes]:
    """bad/total held against the limit without dividing: 10 of 100 is not more than 10 %."""
    limit = condition.limit
    bad = shares.fitting(found.bad, limit.denominator) * limit.denominator
    meets = condition.comparison.told(bad, shares.fitting(found.total, limit.numerator) * limit.numerator)
    marked_bad = (meets.astype(np.bool_) & ~found.empty).astype(np.int64)
    return marked_bad, np.ones_like(marked_bad)


def lasting(found: Judged, method: Intervals, domain: Span, excluded: Spans) -> Judged:
    """Bad only where a run of bad intervals is long enough. `domain`: where `edge: clip` makes runs of their own."""
    if not method.at_least:
        return found
    runs = marked(found.bad, found.edges).minus(excluded)
    if method.edge is Edge.SPAN:
        return found.marked(_touched(found.edges, runs, method.at_least))
    outside, inside = (
        _touched(found.edges, some, method.at_least) for some in (runs.minus(Spans.of([domain])), runs.within(domain))
    )
    return found.marked(np.where(_touched(found.edges, Spans.of([domain])), inside, outside))


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
    counts, bad = found.known & ~found.left_out, found.bad
    seen = np.where(found.known if known is None else known, length, 0)
    each = 1 if method.unit == "seconds" else method.every
    whole, good = np.where(counts, length // each, 0), np.where(counts & ~bad, length // each, 0)
    in_part = bad & np.not_equal(found.part, found.of).astype(np.bool_)
    odd = np.flatnonzero(counts & (in_part | (length % each != 0)))
    part, of, long = found.part[odd], shares.fitting(found.of[odd], max(each, int(length.max(initial=1)))), length[odd]
    totals = shares.reduced(long, np.full(len(odd), each))
    goods = shares.reduced(long * (of - part), of * each)
    parts = shares.common((totals[1], goods[1]), MOST_PARTS) or FINEST
    columns = (_column(good, odd, goods, parts), _column(whole, odd, totals, parts))
    return Cells(found.edges[:-1], found.edges[1:], *columns, seen, parts)


def _column(wholes: Ints, odd: Ints, fractions: tuple[Wholes, Wholes], parts: int) -> Ints:
    """(n, 2): whole and parts of each amount; of the odd ones they are fractions."""
    column = np.zeros((len(wholes), 2), np.int64)
    column[:, 0] = wholes
    above, below = fractions
    column[odd, 0] = above // below
    column[odd, 1] = shares.rounded(above % below, below, parts)
    return column
