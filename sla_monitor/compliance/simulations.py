"""What a changed agreement would have given, beside what today's gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import ObjectiveKey


@dataclass(frozen=True, slots=True)
class Sum:
    """Windows by their verdicts, and the credits they earn: shares of the base of one window, added up."""

    windows: int
    kept: int
    breached: int
    unknown: int
    credit: Fraction


@dataclass(frozen=True)
class Pair:
    """One window under both; None where one of them has no such window."""

    window: Window
    today: Standing | None
    changed: Standing | None

    @property
    def known(self) -> bool:
        """Something was measured of it."""
        return any(one is not None and one.coverage != 0 for one in (self.today, self.changed))

    @property
    def differs(self) -> bool:
        """In what it comes to: verdict or credit."""
        return _outcome(self.today) != _outcome(self.changed)


@dataclass(frozen=True)
class Simulation:
    """A promise over its past, in order of time. left_out: windows before anything is known."""

    key: ObjectiveKey
    pairs: tuple[Pair, ...]
    left_out: int = 0

    @property
    def today(self) -> Sum:
        return added_up(pair.today for pair in self.pairs)

    @property
    def changed(self) -> Sum:
        return added_up(pair.changed for pair in self.pairs)


def paired(key: ObjectiveKey, today: Iterable[Standing], changed: Iterable[Standing]) -> Simulation:
    """The standings of either side, window by window."""
    left, right = ({one.window: one for one in side} for side in (today, changed))
    windows = sorted({*left, *right}, key=lambda window: (window.span, window.kind))
    pairs = [Pair(window, left.get(window), right.get(window)) for window in windows]
    known = next((index for index, pair in enumerate(pairs) if pair.known), len(pairs))
    return Simulation(key, tuple(pairs[known:]), known)


def added_up(standings: Iterable[Standing | None]) -> Sum:
    held = [one for one in standings if one is not None]
    unknown = sum(one.status is Status.UNKNOWN for one in held)
    breached = sum(one.status is Status.BREACHED for one in held)
    credits_ = (one.credit.ratio for one in held if one.credit is not None)
    owed = sum((ratio for ratio in credits_ if ratio is not None), Fraction(0))
    return Sum(len(held), len(held) - unknown - breached, breached, unknown, owed)


def _outcome(standing: Standing | None) -> tuple[object, ...]:
    if standing is None:
        return ()
    return standing.status, standing.credit and standing.credit.ratio
