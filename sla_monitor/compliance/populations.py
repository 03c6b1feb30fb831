"""What of a window is not of its population, and why (measurement.md 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.spans import Span


class Why(Enum):
    """In the order in which it is taken off.

    CUT: cannot be split and is cut by a border, or is left out as the method says.
    """

    TO_COME = "to come"
    TERM = "outside the term"
    HOURS = "outside the service hours"
    EXCLUDED = "excluded"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that the ones before it have left, and that do not count."""

    why: Why
    seconds: int


def taken_of(window: Span, at: int, term: Span, schedule: Schedule, left: int) -> tuple[Taken, ...]:
    """From all the window to the seconds that are left. The schedule must cover it."""
    passed = window.before(at)
    held = passed.intersect(term)
    promised = schedule.promised([held])
    counted = promised.minus(schedule.dropped).seconds
    steps = (window.seconds, passed.seconds, held.seconds, promised.seconds, counted, left)
    return tuple(
        Taken(why, before - after)
        for why, before, after in zip(Why, steps[:-1], steps[1:], strict=True)
        if before != after
    )


def added(parts: Iterable[Iterable[Taken]]) -> tuple[Taken, ...]:
    """Of windows that are parts of one."""
    sums = dict.fromkeys(Why, 0)
    for part in parts:
        for one in part:
            sums[one.why] += one.seconds
    return tuple(Taken(why, seconds) for why, seconds in sums.items() if seconds)
