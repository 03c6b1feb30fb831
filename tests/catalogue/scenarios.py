"""What happened in a window: small synthetic months, as the slices that a source would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

import numpy as np

from sla_monitor.compliance.slices import Slices
from tests.catalogue.slow import Stretch

M, H, D = 60, 3600, 86400


def window(begin: str, end: str) -> Stretch:
    first, last = (int(datetime.fromisoformat(text).timestamp()) for text in (begin, end))
    return first, last


APRIL = window("2026-04-01T00:00Z", "2026-05-01T00:00Z")
"""30 days: 43,200 minutes, 8,640 intervals of 5 minutes, 720 hours."""
QUARTER = window("2026-04-01T00:00Z", "2026-07-01T00:00Z")
"""91 days: 131,040 minutes, 2,184 hours."""
PACIFIC_MARCH = window("2026-03-01T00:00-08:00", "2026-04-01T00:00-07:00")
"""31 days without the hour that the clocks skip: 44,580 minutes."""
CHINESE_APRIL = window("2026-04-01T00:00+08:00", "2026-05-01T00:00+08:00")
"""43,200 minutes, also in Taipei."""
TEN_O_CLOCK = window("2026-04-02T10:00Z", "2026-04-02T11:00Z")

AROUND = D
"""What happened is known of a day before the window, and of one after it."""


@dataclass(frozen=True)
class Facts:
    """`odd`: offset from the window's start, length, and what was different then. `unknown`: offset and length."""

    odd: tuple[tuple[int, int, object], ...] = ()
    unknown: tuple[tuple[int, int], ...] = ()

    def grid(self, frame: Stretch, seconds: int) -> np.ndarray:
        first, last = (frame[0] - AROUND) // seconds * seconds, frame[1] + AROUND
        return np.arange(first, last, seconds)

    def slices(self, frame: Stretch, seconds: int) -> Slices:
        raise NotImplementedError

    def touched(self, frame: Stretch, starts: np.ndarray) -> Mapping[int, np.ndarray]:
        """Which of the cells each odd stretch covers, by its place in `odd`."""
        offsets = starts - frame[0]
        return {i: (offsets >= at) & (offsets < at + long) for i, (at, long, _) in enumerate(self.odd)}

    def known(self, frame: Stretch, starts: np.ndarray) -> np.ndarray:
        offsets = starts - frame[0]
        lost = [(offsets >= at) & (offsets < at + long) for at, long in self.unknown]
        return ~np.logical_or.reduce(lost) if lost else np.ones(len(starts), np.bool_)


@dataclass(frozen=True)
class States(Facts):
    """Up, but for the odd stretches, which are down by a share. `step`: seconds between samples."""

    step: int = 30

    def slices(self, frame: Stretch, seconds: int) -> Slices:
        starts, k = self.grid(frame, seconds), seconds // self.step
        up = np.ones(len(starts) * k)
        steps = np.repeat(starts, k) + np.tile(np.arange(k) * self.step, len(starts))
        for i, here in self.touched(frame, steps).items():
            up[here] = 1 - float(self.odd[i][2])
        up[~self.known(frame, steps)] = np.nan
        states = up.reshape(-1, k)
        known = (~np.isnan(states)).sum(axis=1) * self.step
        return Slices(seconds, starts, np.nansum(states, axis=1) * self.step, known.astype(float), known, states)


@dataclass(frozen=True)
class Events(Facts):
    """So many bad of so many events a slice."""

    usual: tuple[int, int] = (0, 100)

    def slices(self, frame: Stretch, seconds: int) -> Slices:
        starts = self.grid(frame, seconds)
        bad, total = (np.full(len(starts), float(some)) for some in self.usual)
        for i, here in self.touched(frame, starts).items():
            bad[here], total[here] = self.odd[i][2]
        known = self.known(frame, starts)
        bad[~known] = total[~known] = 0
        return Slices(seconds, starts, total - bad, total, known * seconds)


@dataclass(frozen=True)
class Values(Facts):
    """A value sampled every `step` seconds; None: there was no sample, and it is known that there was none."""

    usual: Fraction | None = None
    step: int = 60

    def slices(self, frame: Stretch, seconds: int) -> Slices:
        starts, k = self.grid(frame, seconds), seconds // self.step
        steps = np.repeat(starts, k) + np.tile(np.arange(k) * self.step, len(starts))
        value = np.full(len(steps), np.nan if self.usual is None else float(self.usual))
        for i, here in self.touched(frame, steps).items():
            value[here] = np.nan if self.odd[i][2] is None else float(self.odd[i][2])
        sure = self.known(frame, steps)
        value[~sure] = np.nan
        states, known = value.reshape(-1, k), sure.reshape(-1, k).sum(axis=1) * self.step
        count = (~np.isnan(states)).sum(axis=1)
        return Slices(seconds, starts, np.nansum(states, axis=1), count.astype(float), known, states)


@dataclass(frozen=True)
class Amounts(Facts):
    """What each slice adds, in the odd stretches."""

    def slices(self, frame: Stretch, seconds: int) -> Slices:
        starts = self.grid(frame, seconds)
        amount = np.zeros(len(starts))
        for i, here in self.touched(frame, starts).items():
            amount[here] = float(self.odd[i][2])
        return Slices(seconds, starts, amount, amount, np.full(len(starts), seconds))


@dataclass(frozen=True)
class Maintenance:
    """An occurrence of the agreement's own rule of that name, or one that was declared; offsets as in `Facts`."""

    at: int
    long: int
    rule: str | None = None
    announced: int | None = None
    effect: str = "good"


@dataclass(frozen=True)
class Case:
    """What happened in a window, and what the contract makes of it.

    attainment, bad, value, credit: None where there is none; credit is a share of its base. term: as offsets.
    earlier: whether the windows before were broken. termination: there is a right to it.
    """

    facts: Facts
    window: Stretch
    status: str
    attainment: Fraction | None = None
    bad: Fraction | None = None
    value: Fraction | None = None
    credit: Fraction | None = None
    maintenance: tuple[Maintenance, ...] = ()
    term: tuple[int, int] | None = None
    earlier: tuple[bool, ...] = ()
    termination: bool = False
    coverage: Fraction = field(default=Fraction(1))
