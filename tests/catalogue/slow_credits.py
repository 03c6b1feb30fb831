"""What broken promises earn, reckoned slowly: domain.md 2.8, 2.10 and 2.12. Shares no code with the package.

Credits are shares of the base, or days of service where a contract counts so; both are plain fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from tests.catalogue.slow import Stretch

ZERO = Fraction(0)


@dataclass(frozen=True)
class Band:
    """`low` and `high` None: open. `low_in`, `high_in`: the bound itself belongs to it."""

    low: Fraction | None
    low_in: bool
    high: Fraction | None
    high_in: bool
    credit: Fraction

    def holds(self, x: Fraction) -> bool:
        over = self.low is None or x > self.low or (self.low_in and x == self.low)
        under = self.high is None or x < self.high or (self.high_in and x == self.high)
        return over and under


def below(*steps: tuple[str, str]) -> list[Band]:
    """`below x earns credit`, both in percent; the lowest x reached wins."""
    bounds = sorted((Fraction(bound), Fraction(credit) / 100) for bound, credit in steps)
    lows = [None, *(bound for bound, _ in bounds)]
    return [Band(low, True, high, False, credit) for low, (high, credit) in zip(lows, bounds, strict=False)]


def banded(x: Fraction, bands: Iterable[Band]) -> Fraction:
    """The credit of the only band that holds x; bands do not overlap."""
    found = [band.credit for band in bands if band.holds(x)]
    assert len(found) <= 1
    return found[0] if found else ZERO


def rounded(percent: Fraction, digits: int | None, mode: str = "half-up") -> Fraction:
    if digits is None:
        return percent
    units = percent * 10**digits
    near = {
        "down": floor(units),
        "up": ceil(units),
        "half-up": floor(units + Fraction(1, 2)),
        "half-even": round(units),
    }
    return Fraction(near[mode], 10**digits)


@dataclass(frozen=True)
class Blocks:
    """So much a block of a down spell, credited in the window in which the spell starts."""

    every: int
    credit: Fraction
    begun: bool = False
    shortest: int = 0
    longer: bool = False
    a_day: int | None = None


def per_block(spells: Iterable[Stretch], window: Stretch, rule: Blocks, day_of: Callable[[int], object]) -> Fraction:
    """The blocks of a day are those that begin on it."""
    days: dict[object, int] = {}
    for start, end in spells:
        length = end - start
        enough = length > rule.shortest if rule.longer else length >= rule.shortest
        if window[0] <= start < window[1] and enough:
            blocks = ceil(Fraction(length, rule.every)) if rule.begun else length // rule.every
            for number in range(blocks):
                day = day_of(start + number * rule.every)
                days[day] = days.get(day, 0) + 1
    return sum((rule.credit * min(blocks, rule.a_day or blocks) for blocks in days.values()), ZERO)


def per_subwindow(outcomes: Iterable[Fraction | None], kept: Callable[[Fraction], bool], credit: Fraction) -> Fraction:
    """So much for each hour or day that misses; one without a verdict earns nothing."""
    return sum((credit for outcome in outcomes if outcome is not None and not kept(outcome)), ZERO)


def exceedance(value: Fraction, limit: Fraction, over: Iterable[tuple[str, str]]) -> Fraction:
    """By how many percent of the limit it is exceeded, and what that earns in percent."""
    excess = 100 * (value - limit) / limit
    earned = [Fraction(credit) / 100 for bound, credit in over if excess > Fraction(bound)]
    return max(earned, default=ZERO)


def escalation(failed: Iterable[bool], table: Iterable[tuple[int, str]]) -> Fraction:
    """`failed`: the last windows, this one among them; nothing is due unless this one, the last, has failed."""
    history = list(failed)
    reached = [Fraction(credit) / 100 for count, credit in table if count <= sum(history)]
    return max(reached, default=ZERO) if history[-1] else ZERO


def allowed(spans: Iterable[Stretch], cap: int, period_of: Callable[[int], object]) -> tuple[list[int], list[int]]:
    """Seconds that count and seconds that are refused, one after the other, up to the cap of their period."""
    spent: dict[object, int] = {}
    counted, refused = [], []
    for second in sorted({second for start, end in spans for second in range(start, end)}):
        period = period_of(second)
        spent[period] = spent.get(period, 0) + 1
        (counted if spent[period] <= cap else refused).append(second)
    return counted, refused


def capped(credit: Fraction, cap: Fraction | None) -> Fraction:
    return credit if cap is None else min(credit, cap)
