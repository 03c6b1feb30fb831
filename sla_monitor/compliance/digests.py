"""What methods made of slices, kept by the piece of time: who judges a window each minute reads what came since.

A piece is a UTC day that has passed, an hour since, or what is left. What was made of it is good until something is
written in it. Put together they are what would be made of all slices at once: tests/compliance/test_digests.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, Generic, Protocol, TypeVar

from sla_monitor.compliance.slices import Cells, Slices
from sla_monitor.compliance.spans import Grid, Span

HOUR, DAY = 3600, 86_400
MOST_HOURS = 8
"""As many as ends may move over at once: of the lookbacks, and of a rolling window."""

ANY = Grid(1)
"""Of what a piece may be cut anywhere."""

T = TypeVar("T")


class Recipe(Protocol[T]):
    """How a method makes something of slices. name: of all that it hangs on, and which is the same for all pieces.

    grid: a piece is of whole cells. since: nothing before is wanted, which may be another instant each time; None: all
    of the first day may be made. lately: so many seconds back pieces are hours, also of days that have passed.
    """

    @property
    def name(self) -> Hashable: ...

    @property
    def grid(self) -> Grid: ...

    @property
    def since(self) -> int | None: ...

    @property
    def lately(self) -> int: ...

    def within(self, piece: Span) -> Hashable:
        """What it hangs on in this piece alone."""

    def make(self, slices: Slices, piece: Span) -> T: ...

    def join(self, parts: Sequence[T]) -> T:
        """Of pieces that follow each other; of at least one."""


@dataclass(frozen=True)
class Kept:
    """Of one measurement: what was made of which piece, and what it hung on.

    slices: of hours of which another part is wanted each minute, as the end of a window or of a lookback moves on.
    """

    made: dict[Hashable, dict[Span, tuple[Hashable, Any]]] = field(default_factory=dict)
    slices: dict[Span, Slices] = field(default_factory=dict)

    def of(self, name: Hashable) -> dict[Span, tuple[Hashable, Any]]:
        return self.made.setdefault(name, {})

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
        self._keep(lambda piece: piece.end <= span.start or span.end <= piece.start)

    def forget(self, before: int, after: int) -> None:
        """Nobody asks for what is not between."""
        self._keep(lambda piece: before < piece.end and piece.start < after)

    def _keep(self, wanted: Callable[[Span], bool]) -> None:
        held: list[dict[Span, Any]] = [self.slices, *self.made.values()]
        for pieces in held:
            for piece in [piece for piece in pieces if not wanted(piece)]:
                del pieces[piece]


@dataclass(frozen=True)
class Digest:
    """The slices of one measurement over a span, of which what was made of them before is kept.

    seconds: of one. span: of whole slices. read: gives those of a part of it.
    """

    seconds: int
    span: Span
    read: Callable[[Span], Slices]
    kept: Kept

    def made(self, recipe: Recipe[T]) -> T:
        """Of the whole span, and of what lies before it in its first day."""
        made = _Made(self.kept.of(recipe.name), recipe)
        settled, left = self._pieces(recipe)
        parts, found = list[T](), [(piece, self._known(made, piece)) for piece in settled]
        for known, run in groupby(found, key=lambda one: one[1] is not None):
            pieces = list(run)
            parts += [part for _, part in pieces if part is not None] if known else self._anew(made, pieces)
        return recipe.join([*parts, recipe.make(self.read(left), left)])

    def all(self) -> Slices:
        return self.read(self.span)

    def _known(self, made: _Made[T], piece: Span) -> T | None:
        known = made.known(piece)
        return made.of_hours(piece, self.read) if known is None else known

    def _anew(self, made: _Made[T], run: Sequence[tuple[Span, object]]) -> Iterator[T]:
        """Pieces that follow each other are read at once."""
        whole = Span(run[0][0].start, run[-1][0].end)
        moving = whole in made.kept and whole.seconds <= HOUR
        slices = self.kept.read(whole, self.read) if moving else self.read(whole)
        return (made.keep(piece, slices.between(piece.start, piece.end)) for piece, _ in run)

    def _pieces(self, recipe: Recipe[T]) -> tuple[list[Span], Span]:
        """In order, those that are whole; and what is left, which may be nothing."""
        start, end = self.span.start // DAY * DAY, self.span.end
        today, hours = max(start, (end - recipe.lately) // DAY * DAY), list[int]()
        if recipe.since is not None:  # of the day in which it begins another part is wanted each time
            begins = min(max(start, recipe.since // HOUR * HOUR), end // HOUR * HOUR)
            start = min(today, -(-begins // DAY) * DAY)
            hours = [*range(begins, start, HOUR)]
            today = max(today, begins)
        borders = [*hours, *range(start, today, DAY), *range(today, end + 1, HOUR)]
        whole = [at for at in map(recipe.grid.ceil, borders) if at <= end]
        return _between(whole), Span(whole[-1] if whole else start, end)


Held = Cells | Slices | Digest
"""What is known of a measurement: sums, which are enough for methods that only add up, or every slice."""


@dataclass(frozen=True)
class _Made(Generic[T]):
    """By one recipe."""

    kept: dict[Span, tuple[Hashable, T]]
    recipe: Recipe[T]

    def keep(self, piece: Span, slices: Slices) -> T:
        part = self.recipe.make(slices, piece)
        self.kept[piece] = self.recipe.within(piece), part
        return part

    def known(self, piece: Span) -> T | None:
        found = self.kept.get(piece)
        return found[1] if found is not None and found[0] == self.recipe.within(piece) else None

    def of_hours(self, piece: Span, read: Callable[[Span], Slices]) -> T | None:
        """A day that has passed is its hours, which need not be kept any longer; None where none of them is."""
        borders = map(self.recipe.grid.ceil, range(piece.start // HOUR * HOUR, piece.end + 1, HOUR))
        hours = _between([at for at in borders if piece.start <= at <= piece.end])
        known = [self.known(hour) for hour in hours]
        if hours == [piece] or not any(part is not None for part in known):
            return None
        pairs = zip(hours, known, strict=True)
        whole = self.recipe.join([self.recipe.make(read(hour), hour) if part is None else part for hour, part in pairs])
        for hour in hours:
            self.kept.pop(hour, None)
        self.kept[piece] = self.recipe.within(piece), whole
        return whole


def _between(borders: Iterable[int]) -> list[Span]:
    return [Span(start, end) for start, end in pairwise(dict.fromkeys(borders))]
