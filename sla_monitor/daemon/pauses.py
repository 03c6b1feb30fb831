"""How long something that fails is left alone, and for how long it has been lacking."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

LONGEST = 300
"""Seconds; what comes back is noticed that late at most."""
_DOUBLINGS = 16

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Failing:
    since: int
    failures: int
    until: int


class Pauses(Generic[Key]):
    """Twice as long after each failure, forgotten after a success. Instants are POSIX seconds."""

    def __init__(self, first: int, longest: int = LONGEST) -> None:
        self._first, self._longest = first, longest
        self._failing: dict[Key, _Failing] = {}

    def failed(self, key: Key, now: int, wanted: float = 0.0) -> int:
        """The seconds it is left alone, `wanted` at least."""
        before = self._failing.get(key)
        failures = before.failures if before else 0
        pause = max(ceil(wanted), min(self._longest, self._first << min(failures, _DOUBLINGS)))
        self._failing[key] = _Failing(before.since if before else now, failures + 1, now + pause)
        return pause

    def healed(self, key: Key) -> bool:
        """Whether it was failing until now."""
        return self._failing.pop(key, None) is not None

    def resting(self, key: Key, now: int) -> bool:
        failing = self._failing.get(key)
        return failing is not None and now < failing.until

    def all_resting(self, now: int) -> set[Key]:
        return {key for key, one in self._failing.items() if now < one.until}

    @property
    def failing(self) -> frozenset[Key]:
        return frozenset(self._failing)

    def failing_since(self, key: Key) -> int | None:
        failing = self._failing.get(key)
        return failing.since if failing else None

    def clear_waiting(self) -> None:
        """All may be tried again at once; that they were failing is not forgotten."""
        self._failing = {key: _Failing(f.since, 0, 0) for key, f in self._failing.items()}


class Lacking(Generic[Key]):
    """For how long it has been asked after, again and again, what others are to bring."""

    def __init__(self) -> None:
        self._asked: dict[Key, tuple[int, int]] = {}

    def seconds(self, key: Key, now: int) -> int:
        """Since it was first found lacking; what nobody has asked after for a while had come meanwhile."""
        since, last = self._asked.get(key, (now, now))
        if not 0 <= now - last <= LONGEST:
            since = now
        self._asked[key] = since, now
        return now - since
