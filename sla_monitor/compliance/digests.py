"""What methods made of slices, kept: who judges a window each minute reads what came since, and not the window.

What was made is good until something is written in its time. Put together it is what would be made of all slices at
once: tests/compliance/test_digests.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import groupby, pairwise
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from sla_monitor.compliance.slices import Cells, Slices, empty
from sla_monitor.compliance.spans import NOWHEN, Grid, Span, Spans

HOUR, DAY = 3600, 86_400
MOST_HOURS = 8
"""As many as ends may move over at once: of the lookbacks, and of a rolling window."""

MOST_TRACKS = 10
"""As many as there are grids that a rolling window may lie on; then older ones are of terms that were changed."""

ANY = Grid(1)
"""Of what may be cut anywhere."""

T = TypeVar("T")


class Recipe(Protocol[T]):
    """How a method makes something of slices. name: of all that it hangs on, and which is the same for all of them."""

    @property
    def name(self) -> Hashable: ...

    def make(self, slices: Slices, span: Span) -> T: ...

    def join(self, parts: Sequence[T]) -> T:
        """Of spans that follow each other; of at least one."""


class Tracing(Recipe[T], Protocol[T]):
    """What is made can be cut: all that is settled is kept as one. grid: of whole cells."""

    @property
    def grid(self) -> Grid: ...

    @property
    def promised(self) -> Spans:
        """What it hangs on beside the slices, cell by cell."""

    def cut(self, part: T, span: Span) -> T:
        """What of it lies in a span of whole cells."""


class Piecing(Recipe[T], Protocol[T]):
    """What is made cannot be cut: it is kept by the UTC day that has passed, and by the hour since.

    since, until: nothing before and after is wanted, which may be other instants each time. lately: so many seconds
    back pieces are hours, also of days that have passed.
    """

    @property
    def since(self) -> int: ...

    @property
    def until(self) -> int: ...

    @property
    def lately(self) -> int: ...

    def within(self, piece: Span) -> Hashable:
        """What it hangs on in this piece alone."""


class Room:
    """For so many bytes; what does not fit is made anew each time. full: something did not."""

    def __init__(self, most: int) -> None:
        self.most = self.left = most
        self.full = False

    def take(self, part: Any) -> int | None:
        """How much it takes; None: there is no room for it."""
        arrays = [value for one in fields(part) if isinstance(value := getattr(part, one.name), np.ndarray)]
        size = OVERHEAD + sum(value.nbytes + OVERHEAD for value in arrays)
        if size > self.left:
            self.full = True
            return None
        self.left -= size
        return size


OVERHEAD = 120
"""Bytes of an array beside what is in it."""


@dataclass(frozen=True)
class Track(Generic[T]):
    """What was made of a span, what it hung on, and what was written in it since."""

    span: Span
    part: T
    promised: Spans
    size: int
    written: Spans = NOWHEN


@dataclass(frozen=True)
class Kept:
    """Of one promise and its measurement, by the names of recipes.

    slices: of hours of which another part is wanted each minute, as the end of a window or of a lookback moves on.
    """

    room: Room
    tracks: dict[Hashable, Track[Any]] = field(default_factory=dict)
    pieces: dict[Hashable, dict[Span, tuple[Hashable, Any, int]]] = field(default_factory=dict)
    slices: dict[Span, Slices] = field(default_factory=dict)

    def read(self, piece: Span, read: Callable[[Span], Slices]) -> Slices:
        """The slices of an hour, which are soon wanted again."""
        found = self.slices.pop(piece, None)
        if found is None:
            found = read(piece).copied()
        self.slices[piece] = found
        for oldest in list(self.slices)[:-MOST_HOURS]:
            del self.slices[oldest]
        return found

    def drop(self, span: Span) -> None:
        """Something was written there."""
        for name, track in self.tracks.items():
            if (inside := span.intersect(track.span)).seconds:
                self.tracks[name] = replace(track, written=track.written.union(Spans((inside,))))
        self._keep(lambda piece: piece.end <= span.start or span.end <= piece.start)

    def forget(self, before: int, after: int) -> None:
        """Nobody asks for what is not between."""
        self._keep(lambda piece: before < piece.end and piece.start < after)

    def leave(self) -> None:
        """Nobody asks for anything of it."""
        for name in list(self.tracks):
            self.untrack(name)
        self._keep(lambda _: False)

    def track(self, name: Hashable, span: Span, part: Any, promised: Spans) -> None:
        self.untrack(name)
        size = self.room.take(part)
        if size is not None:
            self.tracks[name] = Track(span, part, promised, size)
        for oldest in list(self.tracks)[:-MOST_TRACKS]:
            self.untrack(oldest)

    def untrack(self, name: Hashable) -> None:
        track = self.tracks.pop(name, None)
        self.room.left += 0 if track is None else track.size

    def _keep(self, wanted: Callable[[Span], bool]) -> None:
        for piece in [piece for piece in self.slices if not wanted(piece)]:
            del self.slices[piece]
        for pieces in self.pieces.values():
            for piece in [piece for piece in pieces if not wanted(piece)]:
                self.room.left += pieces.pop(piece)[2]


@dataclass(frozen=True)
class Digest:
    """The slices of one measurement over a span, of which what was made of them before is kept.

    seconds: of one. span: of whole slices. read: gives all of any time, also of what lies before in its first day.
    """

    seconds: int
    span: Span
    read: Callable[[Span], Slices]
    kept: Kept

    def all(self) -> Slices:
        return self.read(self.span)

    def traced(self, recipe: Tracing[T]) -> T:
        """Of the whole span, and of what lies before it in its first day."""
        grid = recipe.grid
        start = grid.ceil(self.span.start // DAY * DAY)
        settled = Span(start, max(start, grid.floor(self.span.end // HOUR * HOUR)))
        left = Span(settled.end, max(settled.end, self.span.end))
        return recipe.join([self._settled(recipe, settled), self._left(recipe, left)])

    def _settled(self, recipe: Tracing[T], span: Span) -> T:
        promised = recipe.promised.within(span)
        track: Track[T] | None = self.kept.tracks.get(recipe.name)
        if track is None or not track.span.start <= span.start <= track.span.end <= span.end:
            part = recipe.make(self.read(span), span)
        elif fresh := _fresh(track, span, promised):
            cells = fresh.outward(Grid(self.seconds)).outward(recipe.grid).within(span)
            part = recipe.join([*self._renewed(recipe, track, span, cells)])
        else:
            return track.part
        self.kept.track(recipe.name, span, part, promised)
        return part

    def _renewed(self, recipe: Tracing[T], track: Track[T], span: Span, fresh: Spans) -> Iterator[T]:
        """The same, but for what is fresh."""
        pieces = [(piece, False) for piece in Spans((span,)).minus(fresh)] + [(piece, True) for piece in fresh]
        for piece, anew in sorted(pieces):
            yield recipe.make(self.read(piece), piece) if anew else recipe.cut(track.part, piece)

    def pieced(self, recipe: Piecing[T]) -> T:
        """Of the span from the hour of `since` on."""
        made = _Made(self.kept, self.kept.pieces.setdefault(recipe.name, {}), recipe)
        settled, left = self._pieces(recipe)
        parts, found = list[T](), [(piece, self._known(made, piece)) for piece in settled]
        for (known, moving), run in groupby(found, key=lambda one: (one[1] is not None, made.moving(one[0]))):
            pieces = list(run)
            parts += [part for _, part in pieces if part is not None] if known else self._anew(made, pieces, moving)
        return recipe.join([*parts, self._left(recipe, left)])

    def _left(self, recipe: Recipe[T], span: Span) -> T:
        """What is not settled, and may be nothing."""
        return recipe.make(self.read(span) if span.seconds else empty(self.seconds), span)

    def _known(self, made: _Made[T], piece: Span) -> T | None:
        known = made.known(piece)
        return made.of_hours(piece, self.read) if known is None else known

    def _anew(self, made: _Made[T], run: Sequence[tuple[Span, object]], moving: Span | None) -> Iterator[T]:
        """Pieces that follow each other are read at once."""
        whole = Span(run[0][0].start, run[-1][0].end)
        slices = self.read(whole) if moving is None else self.kept.read(moving, self.read)
        return (made.keep(piece, slices.between(piece.start, piece.end)) for piece, _ in run)

    def _pieces(self, recipe: Piecing[T]) -> tuple[list[Span], Span]:
        """In order, those that are whole; and what is left, which may be nothing."""
        end = max(self.span.start, min(self.span.end, recipe.until))
        now, since = end // HOUR * HOUR, max(self.span.start, recipe.since)
        start = min(since // HOUR * HOUR, now)
        days = range(-(-since // DAY) * DAY, (end - recipe.lately) // DAY * DAY + 1, DAY)
        first, last = (days[0], days[-1]) if days else (now, now)
        borders = [*range(start, first, HOUR), *days, *range(last, now + 1, HOUR)]
        return _between(borders), Span(now, end)


Held = Cells | Slices | Digest
"""What is known of a measurement: sums, which are enough for methods that only add up, or every slice."""


@dataclass(frozen=True)
class _Made(Generic[T]):
    """By one recipe."""

    kept: Kept
    pieces: dict[Span, tuple[Hashable, T, int]]
    recipe: Piecing[T]

    def keep(self, piece: Span, slices: Slices) -> T:
        return self._put(piece, self.recipe.make(slices, piece))

    def known(self, piece: Span) -> T | None:
        found = self.pieces.get(piece)
        return found[1] if found is not None and found[0] == self.recipe.within(piece) else None

    def moving(self, piece: Span) -> Span | None:
        """An hour of which another part was wanted before; None: it is none."""
        found = self.pieces.get(piece)
        moves = found is not None and piece.seconds <= HOUR and found[0] != self.recipe.within(piece)
        return piece if moves else None

    def of_hours(self, piece: Span, read: Callable[[Span], Slices]) -> T | None:
        """A day that has passed is its hours, which need not be kept any longer; None where none of them is."""
        hours = _between(range(piece.start, piece.end + 1, HOUR))
        known = [self.known(hour) for hour in hours]
        if hours == [piece] or not any(part is not None for part in known):
            return None
        pairs = zip(hours, known, strict=True)
        whole = self.recipe.join([self.recipe.make(read(hour), hour) if part is None else part for hour, part in pairs])
        for hour in hours:
            self._take_away(hour)
        return self._put(piece, whole)

    def _put(self, piece: Span, part: T) -> T:
        self._take_away(piece)
        size = self.kept.room.take(part)
        if size is not None:
            self.pieces[piece] = self.recipe.within(piece), part, size
        return part

    def _take_away(self, piece: Span) -> None:
        if piece in self.pieces:
            self.kept.room.left += self.pieces.pop(piece)[2]


def _fresh(track: Track[Any], span: Span, promised: Spans) -> Spans:
    """What of the span is not as it was."""
    before = track.promised.within(span)
    return Spans.of((*track.written, *before.minus(promised), *promised.minus(before), Span(track.span.end, span.end)))


def _between(borders: Iterable[int]) -> list[Span]:
    return [Span(start, end) for start, end in pairwise(dict.fromkeys(borders))]
