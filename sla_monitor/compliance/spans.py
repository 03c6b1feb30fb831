"""Half-open spans of UTC time in whole POSIX seconds, and sets of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import numpy.typing as npt

_START, _END = attrgetter("start"), attrgetter("end")
FOREVER = 1 << 53
"""Stands for "no end": later than any instant a float timestamp holds exactly."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`[start, end)` in POSIX seconds, UTC. Never reversed; `start == end` is empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span cannot end before it starts: {self.start} > {self.end}")

    @property
    def seconds(self) -> int:
        return self.end - self.start

    def __contains__(self, instant: int) -> bool:
        return self.start <= instant < self.end

    def intersect(self, other: Span) -> Span:
        """The common part; empty, at `self.start`, where there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else Span(self.start, self.start)

    def before(self, instant: int) -> Span:
        return Span(self.start, max(self.start, min(self.end, instant)))

    def after(self, instant: int) -> Span:
        return Span(min(self.end, max(self.start, instant)), self.end)


@dataclass(frozen=True, slots=True)
class Spans:
    """A set of instants as sorted, disjoint, non-touching, non-empty spans. Build it with `of`."""

    parts: tuple[Span, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Spans:
        merged: list[Span] = []
        for span in sorted(s for s in spans if s.seconds):
            if merged and span.start <= merged[-1].end:
                merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
            else:
                merged.append(span)
        return cls(tuple(merged))

    def __iter__(self) -> Iterator[Span]:
        return iter(self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def seconds(self) -> int:
        return sum(part.seconds for part in self.parts)

    @property
    def borders(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(n,) starts and (n,) ends of the parts."""
        both = np.array([(part.start, part.end) for part in self.parts], np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def union(self, other: Spans) -> Spans:
        return Spans.of((*self.parts, *other.parts))

    def within(self, span: Span) -> Spans:
        """The parts inside one span."""
        if not self.parts:
            return self
        first = bisect_right(self.parts, span.start, key=_END)
        inside = list(self.parts[first : bisect_left(self.parts, span.end, first, key=_START)])
        for outermost in {0, len(inside) - 1} if inside else ():
            inside[outermost] = inside[outermost].intersect(span)
        return Spans(tuple(inside)) if span.seconds else Spans()

    def intersect(self, other: Spans) -> Spans:
        if not other.parts:
            return other
        return Spans(tuple(piece for part in self.parts for piece in other.within(part)))

    def minus(self, other: Spans) -> Spans:
        if not other.parts:
            return self
        left: list[Span] = []
        for part in self.parts:
            start = part.start
            for hole in other.within(part):
                if start < hole.start:
                    left.append(Span(start, hole.start))
                start = hole.end
            if start < part.end:
                left.append(Span(start, part.end))
        return Spans(tuple(left))

    def after(self, instant: int) -> Spans:
        return Spans(tuple(part.after(instant) for part in self.parts if instant < part.end))

    def beyond(self, seconds: int) -> Spans:
        """What is left of the set once so many seconds of it have passed."""
        if seconds <= 0:
            return self
        return self.after(self.passed(seconds)) if seconds < self.seconds else NOWHEN

    def passed(self, seconds: int) -> int:
        """The instant at which so many seconds of the set have passed; there must be so many."""
        for part in self.parts:
            if seconds <= part.seconds:
                return part.start + seconds
            seconds -= part.seconds
        raise ValueError("the set is shorter than that")

    def outward(self, grid: Grid) -> Spans:
        """Each part grown to whole cells of the grid."""
        if grid.holds(self):
            return self
        return Spans.of(Span(grid.floor(part.start), grid.ceil(part.end)) for part in self.parts)

    def inward(self, grid: Grid) -> Spans:
        """Each part shrunk to whole cells of the grid."""
        if grid.holds(self):
            return self
        return Spans.of(
            Span(start, end) for part in self.parts if (start := grid.ceil(part.start)) < (end := grid.floor(part.end))
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of so many `seconds`, counted from the epoch, or anew from the start of each tile.

    Tiles are sorted and touch; the last cell of one may be a part. Before and after them the grid goes on.
    """

    seconds: int
    tiles: tuple[Span, ...] = ()

    def floor(self, instant: int) -> int:
        """The start of the cell that holds the instant."""
        begin = self._tile(instant).start
        return begin + (instant - begin) // self.seconds * self.seconds

    def ceil(self, instant: int) -> int:
        """The instant where a cell starts there, else the end of the cell that holds it."""
        start = self.floor(instant)
        if start == instant:
            return instant
        tile = self._tile(instant)
        return min(start + self.seconds, tile.end) if instant in tile else start + self.seconds

    def holds(self, spans: Spans) -> bool:
        """All parts are whole cells of a grid counted from the epoch, as most are that people write."""
        s = self.seconds
        return not self.tiles and not any(part.start % s or part.end % s for part in spans.parts)

    def _tile(self, instant: int) -> Span:
        if not self.tiles:
            return _AXIS
        return self.tiles[max(0, bisect_right(self.tiles, instant, key=_START) - 1)]


_AXIS = Span(0, FOREVER)
NOWHEN = Spans()
"""The empty set."""
