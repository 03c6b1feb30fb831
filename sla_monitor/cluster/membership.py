"""A replica among others: what it holds now, brought up to date by looking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sla_monitor.cluster.shares import Picture, step
from sla_monitor.errors import SlaMonitorError


class Locks(Protocol):
    """Locks on shards, gone with the connection that holds them. Synchronous. Raises SlaMonitorError."""

    def look(self) -> tuple[int, Mapping[int, frozenset[int]]]:
        """Our own number, and of each replica that is there, by its number, the shards that it holds."""

    def take(self, shards: Sequence[int], most: int) -> Iterable[int]:
        """The first so many that nobody else has by now."""

    def give(self, shards: Sequence[int]) -> None: ...

    def leave(self) -> None:
        """Gives everything back, and is there no longer. Raises nothing."""


class Membership:
    """`held`: the shards that are ours; none while the database cannot be asked. `replicas`: how many are there."""

    def __init__(self, locks: Locks, shards: int) -> None:
        self._locks, self.shards = locks, shards
        self.held: frozenset[int] = frozenset()
        self.free: frozenset[int] = frozenset()
        self._free_before: frozenset[int] = frozenset()
        self.replicas = 0

    def beat(self) -> None:
        """One look, and what it calls for. Call it once a tick, and never twice at a time."""
        try:
            self._beat()
        except SlaMonitorError:
            # Whether the locks are still ours nobody knows: sure is that they are not once we have left.
            self.leave()
            raise

    def leave(self) -> None:
        self.held, self.free, self.replicas = frozenset(), frozenset(), 0
        self._free_before = frozenset()
        self._locks.leave()

    def _beat(self) -> None:
        picture = Picture(*self._locks.look())
        # In two looks of ours each of the others had one: what is free still, nobody has room for.
        called_for = step(picture, self.shards, self.free & self._free_before)
        # Of what is given nothing is measured any more before another may have it.
        self.held = picture.mine.difference(called_for.give)
        self._locks.give(called_for.give)
        self.held |= frozenset(self._locks.take(called_for.take, called_for.most))
        self._free_before, self.free = self.free, frozenset(picture.free(self.shards)) - self.held
        self.replicas = len(picture.holders)
