"""How many points of a question are asked for at once, so that no query of ours is too much for its source."""

from __future__ import annotations

from dataclasses import dataclass, field

from sla_monitor.sources.asks import Ask

ASSUMED_SERIES, ASSUMED_A_ROW = 500, 5
"""Read by a question whose source has not told yet, or never does: so many, or so many for each row if that is more."""
MOST_KEPT = 20_000
KEPT = 3600.0
"""Seconds for which a length that was too much is not tried again: what was too busy for it then may not be now."""


@dataclass
class Budget:
    """What the queries that run at a time may read together: `samples` of `concurrency` queries."""

    samples: int
    concurrency: int
    _told: dict[Ask, float] = field(default_factory=dict)

    def points(self, ask: Ask, rows: int) -> int:
        """At least one: what a single slice reads is the source's to refuse."""
        each = self._told.get(ask) or ask.reads * max(ASSUMED_SERIES, ASSUMED_A_ROW * rows)
        return max(1, int(self.samples / self.concurrency / each))

    def is_told(self, ask: Ask) -> bool:
        return ask in self._told

    def learn(self, ask: Ask, points: int, samples: int | None) -> None:
        """samples: read by a query of so many points; None where the source does not tell."""
        if samples is not None:
            if len(self._told) >= MOST_KEPT:
                self._told.clear()
            self._told[ask] = max(1.0, samples / points)


@dataclass
class Lengths:
    """How long a stretch may be asked for at once, as the source let us know by refusing longer ones.

    Instants are seconds of whatever clock.
    """

    longest: int
    _found: dict[Ask, tuple[int, float]] = field(default_factory=dict)

    def of(self, ask: Ask, now: float) -> int:
        seconds, until = self._found.get(ask, (self.longest, now))
        if until <= now:
            self._found.pop(ask, None)
            return self.longest
        return seconds

    def shorten(self, ask: Ask, seconds: int, now: float) -> None:
        """At least for a while. What is refused however short it is has told nothing of its length: 0."""
        if seconds:
            self._found[ask] = (min(seconds, self.of(ask, now)), now + KEPT)
        else:
            self._found.pop(ask, None)
