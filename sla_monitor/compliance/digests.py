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

T = TypeVar("T")


class Recipe(Protocol[T]):
    """How a method makes something of slices. name: of all that it hangs on, and which is the same for all pieces.

    grid: a piece is of whole cells.
    """

    @property
    def name(self) -> Hashable: ...

    @property
    def grid(self) -> Grid: ...

    def within(self, piece: Span) -> Hashable:
        """What it hangs on in this piece alone."""

    def make(self, slices: Slices, piece: Span) -> T: ...

    def join(self, parts: Sequence[T]) -> T:
        """Of pieces that follow each other; of at least one."""


@dataclass(frozen=True)
class Kept:
    """Of one measurement: what was made of which piece, and what it hung on."""

    _made: dict[Hashable, dict[Span, tuple[Hashable, Any]]] = field(default_factory=dict)

    def of(self, name: Hashable) -> dict[Span, tuple[Hashable, Any]]:
        return self._made.setdefault(name, {})

    def drop(self, span: Span) -> None:
        """Something was written there."""
        self._keep(lambda piece: piece.end <= span.start or span.end <= piece.start)

    def forget(self, before: int, after: int) -> None:
        """Nobody asks for what is not between."""
        self._keep(lambda piece: before < piece.end and piece.start < after)

    def _keep(self, wanted: Callable[[Span], bool]) -> None:
        for made in self._made.values():
            for piece in [piece for piece in made if not wanted(piece)]:
                del made[piece]


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
        settled, left = self._pieces(recipe.grid)
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
        slices = self.read(Span(run[0][0].start, run[-1][0].end))
        return (made.keep(piece, slices.between(piece.start, piece.end)) for piece, _ in run)

    def _pieces(self, grid: Grid) -> tuple[list[Span], Span]:
        """In order, those that are whole; and what is left, which may be nothing."""
        start, end = self.span.start // DAY * DAY, self.span.end
        today = max(start, end // DAY * DAY)
        borders = [at for at in map(grid.ceil, [*range(start, today, DAY), *range(today, end + 1, HOUR)]) if at <= end]
        return _between(borders), Span(borders[-1] if borders else start, end)


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
