"""What contracts count, reckoned slowly: domain.md 2.3 to 2.9 and 2.14 by the letter, with fractions and plain loops.

Shares no code with the package. Time goes in ticks: everything that matters begins and ends on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

Stretch = tuple[int, int]
"""`[start, end)` in POSIX seconds."""
Down = Mapping[int, Fraction]
"""Share that is down in the tick that begins then; a tick that is not in it is unknown."""
Counted = Mapping[int, tuple[Fraction, Fraction]]
"""Start of a slice → bad and total events, or sum and number of samples; one that is not in it is unknown."""

EVER = (-(2**50), 2**50)
ZERO, ONE = Fraction(0), Fraction(1)


def within(instant: int, stretches: Iterable[Stretch]) -> bool:
    return any(start <= instant < end for start, end in stretches)


@dataclass(frozen=True)
class Frame:
    """The window, and what of it counts: the term, what is over, service hours, exclusions (drop and good)."""

    window: Stretch
    at: int = EVER[1]
    term: Stretch = EVER
    tick: int = 60
    hours: tuple[Stretch, ...] = (EVER,)
    dropped: tuple[Stretch, ...] = ()
    favoured: tuple[Stretch, ...] = ()
    missing: str = "unknown"

    def ticks(self) -> Iterator[int]:
        """The part observed so far, before exclusion."""
        return (t for t in range(*self.window, self.tick) if self.holds(t) and t < self.at)

    def holds(self, instant: int) -> bool:
        """The window, the term and the service hours do: D of domain.md."""
        (first, last), (begin, end) = self.window, self.term
        return first <= instant < last and begin <= instant < end and within(instant, self.hours)

    def excluded(self, instant: int) -> bool:
        return within(instant, self.dropped) or within(instant, self.favoured)

    def outside_the_term(self) -> int:
        """Seconds so far that count as up where a partial window is assumed to be good."""
        before = (t for t in range(*self.window, self.tick) if t < self.at and within(t, self.hours))
        return sum(self.tick for t in before if not within(t, [self.term]))


@dataclass
class Sum:
    """bad and total in the method's unit. seconds: the population; known: what of it is backed by data."""

    bad: Fraction = ZERO
    total: Fraction = ZERO
    seconds: int = 0
    known: Fraction = ZERO

    @property
    def attainment(self) -> Fraction | None:
        """A population empty because all is excluded gives 1; because all is unknown, nothing."""
        if self.total:
            return 1 - self.bad / self.total
        return None if self.seconds and not self.known else ONE

    @property
    def coverage(self) -> Fraction | None:
        return self.known / self.seconds if self.seconds else None


@dataclass(frozen=True)
class Spelled:
    """How down time is counted: domain.md 2.4."""

    at_least: int = 0
    longer: bool = False
    excess: bool = False
    quantum: tuple[int, str] | None = None
    clip: bool = False
    after: bool = False


PLAIN = Spelled()


# --- domain.md 2.3, the time engine


def time(frame: Frame, down: Down, rule: Spelled = PLAIN) -> Sum:
    found, weights = Sum(), weights_of(frame, down, rule)
    for tick in frame.ticks():
        if within(tick, frame.dropped):
            continue
        good = within(tick, frame.favoured)
        known = tick in down or good
        found.seconds += frame.tick
        found.known += frame.tick if known else 0
        # Unknown time is left out, unless a quantum makes it count as down whatever it was.
        if known or frame.missing in ("good", "bad") or (frame.missing == "unknown" and tick in weights):
            found.total += frame.tick
            found.bad += 0 if good else frame.tick * weights.get(tick, ZERO)
    return found


def weights_of(frame: Frame, down: Down, rule: Spelled) -> dict[int, Fraction]:
    """What each tick weighs that is in a spell which counts."""
    raw = known_down(frame, down)
    weights = {}
    for start, end in spells(frame, down, rule):
        first = start + rule.at_least if rule.excess else start
        weights.update({tick: raw.get(tick, ONE) for tick in range(first, end, frame.tick)})
    return weights


def known_down(frame: Frame, down: Down) -> dict[int, Fraction]:
    """Step 1. Nothing is known of what is still to come."""
    found = {tick: share for tick, share in down.items() if share}
    if frame.missing == "bad":
        gaps = (tick for tick in range(min(down), max(down), frame.tick) if tick not in down)
        found |= {tick: ONE for tick in gaps if within(tick, [frame.term])}
    return {tick: share for tick, share in found.items() if tick < frame.at}


def spells(frame: Frame, down: Down, rule: Spelled) -> list[Stretch]:
    """Steps 1 to 6 of domain.md 2.4."""
    ticks = set(known_down(frame, down))
    if not rule.after:
        ticks = {tick for tick in ticks if not frame.excluded(tick)}
    if rule.clip:
        ticks = {tick for tick in ticks if within(tick, [frame.window]) and within(tick, [frame.term])}
    quantised = merged(one for spell in runs(ticks, frame.tick) for one in _quantised(spell, rule.quantum))
    return [
        (start, end)
        for start, end in quantised
        if end - start > rule.at_least or (end - start == rule.at_least and not rule.longer)
    ]


def runs(ticks: Iterable[int], tick: int) -> list[Stretch]:
    return merged((start, start + tick) for start in ticks)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _quantised(spell: Stretch, quantum: tuple[int, str] | None) -> Iterator[Stretch]:
    """Step 5. What comes to nothing is no spell."""
    start, end = spell
    if quantum is not None:
        of, mode = quantum
        if mode == "floor":
            end = start + (end - start) // of * of
        elif mode == "ceil":
            end = start + -(-(end - start) // of) * of
        elif mode == "whole-clock":
            start, end = -(-start // of) * of, end // of * of
        elif mode == "touched-clock":
            start, end = start // of * of, -(-end // of) * of
    if start < end:
        yield start, end


# --- domain.md 2.3 and 2.5, the grid engine


@dataclass(frozen=True)
class Grid:
    """Intervals of `every` seconds, made of whole slices. `bad_when` tells bad from good; None: they are graded.

    tiles: where they begin anew, for each window; none: they are counted from the epoch.
    """

    every: int
    slice: int
    bad_when: Callable[[Fraction], bool] | None = None
    at_least: int = 0
    clip: bool = False
    min_events: int = 0
    low_traffic: str = "as-is"
    empty: str = "good"
    in_seconds: bool = False
    tiles: tuple[Stretch, ...] = ()
    after: bool = False


def intervals(frame: Frame, slices: Counted, grid: Grid) -> Sum:
    found, judged = Sum(), {}
    for interval in _grid(grid, (frame.window[0], *slices), (frame.window[1], *slices)):
        judged[interval] = _badness(interval, frame, slices, grid)
    unknown = {interval for interval, badness in judged.items() if badness == "unknown"}
    if frame.missing in ("good", "bad"):
        agreed = {one for one in unknown if frame.missing == "bad" and _touches(*one, [frame.term])}
        judged |= {one: Fraction(one in agreed) for one in unknown}
    if grid.at_least:
        _forgive_short_runs(judged, frame, grid)
    for (start, end), badness in judged.items():
        inside = sum(frame.tick for tick in range(start, end, frame.tick) if frame.holds(tick))
        if not inside or end > frame.at or badness == "leaves" or _touches(start, end, frame.dropped):
            continue
        weight = Fraction(inside) if grid.in_seconds or grid.bad_when else Fraction(inside, grid.every)
        good = _touches(start, end, frame.favoured)
        found.seconds += inside
        found.known += inside if good or (start, end) not in unknown else 0
        if badness == "unknown" and not good:
            continue
        found.total += weight
        found.bad += 0 if good else weight * Fraction(badness)
    return found


def _grid(grid: Grid, first: Iterable[int], last: Iterable[int]) -> Iterator[Stretch]:
    """Over all there is; a window's last one may be cut short."""
    begin = min(first) // grid.every * grid.every
    for start, end in grid.tiles or ((begin, max(last) + grid.slice),):
        for one in range(start, end, grid.every):
            yield one, min(one + grid.every, end) if grid.tiles else one + grid.every


def _badness(interval: Stretch, frame: Frame, slices: Counted, grid: Grid) -> Fraction | str:
    """Its bad share, or 0 and 1; or that it leaves the population, or is unknown.

    Events outside the term and the service hours never count; an interval that lies outside of them may lengthen a run.
    """

    def promised(start: int, end: int) -> bool:
        return all(within(tick, [frame.term]) and within(tick, frame.hours) for tick in range(start, end, frame.tick))

    counting = list(range(*interval, grid.slice))
    if any(promised(tick, tick + frame.tick) for tick in range(*interval, frame.tick)):
        counting = [start for start in counting if promised(start, min(start + grid.slice, interval[1]))]
    if not counting:
        return "leaves"
    if any(start not in slices for start in counting):
        return "unknown"
    bad = sum((slices[start][0] for start in counting), ZERO)
    total = sum((slices[start][1] for start in counting), ZERO)
    rule = grid.empty if total == 0 else grid.low_traffic if total < grid.min_events else "as-is"
    if rule != "as-is":
        return {"good": ZERO, "bad": ONE, "exclude": "leaves", "unknown": "unknown"}[rule]
    if grid.bad_when is None:
        return bad / total
    return Fraction(grid.bad_when(bad / total))


def _forgive_short_runs(judged: dict[Stretch, Fraction | str], frame: Frame, grid: Grid) -> None:
    """Bad intervals count only in runs that are long enough."""

    def breaks(interval: Stretch) -> bool:
        excluded = _touches(*interval, frame.dropped) or _touches(*interval, frame.favoured)
        return interval[1] > frame.at or (excluded and not grid.after)

    bad = [one for one, badness in judged.items() if badness == 1 and not breaks(one)]
    for start, end in merged(bad):
        first, last = max(start, frame.window[0], frame.term[0]), min(end, frame.window[1], frame.term[1])
        if (last - first if grid.clip else end - start) < grid.at_least:
            judged.update({one: ZERO for one in bad if start <= one[0] and one[1] <= end})


def _touches(start: int, end: int, stretches: Iterable[Stretch]) -> bool:
    return any(start < b and a < end for a, b in stretches)


# --- events, amounts and values


def events(frame: Frame, slices: Counted, length: int) -> Sum:
    """Only whole slices; of those that a favouring exclusion touches nothing is bad."""
    found = Sum()
    for start in range(frame.window[0] // length * length, frame.window[1], length):
        ticks = range(start, start + length, frame.tick)
        if not all(frame.holds(t) and t < frame.at and not within(t, frame.dropped) for t in ticks):
            continue
        found.seconds += length
        if start in slices:
            bad, total = slices[start]
            found.known += length
            found.total += total
            found.bad += 0 if any(within(t, frame.favoured) for t in ticks) else bad
    return found


def amount(frame: Frame, slices: Mapping[int, Fraction], length: int) -> Fraction:
    return events(frame, {start: (ZERO, some) for start, some in slices.items()}, length).total


def touching(frame: Frame, down: Down, rule: Spelled) -> list[Stretch]:
    """Spells that touch the window, whole unless the edges clip them; excluded time is no part of any."""
    first, last = max(frame.window[0], frame.term[0]), min(frame.window[1], frame.term[1], frame.at)
    ticks = {t for start, end in spells(frame, down, rule) for t in range(start, end, frame.tick)}
    found = runs((t for t in ticks if not frame.excluded(t)), frame.tick)
    return [(start, end) for start, end in found if start < last and first < end]


@dataclass(frozen=True)
class Samples:
    """Values at the ticks that count, in order of time."""

    values: tuple[Fraction, ...] = field(default=())

    @property
    def mean(self) -> Fraction | None:
        return sum(self.values, ZERO) / len(self.values) if self.values else None

    def nearest_rank(self, percent: Fraction) -> Fraction | None:
        """The smallest value that at least so many percent of all do not exceed."""
        return sorted(self.values)[ceil(percent * len(self.values) / 100) - 1] if self.values else None


def samples(frame: Frame, values: Mapping[int, Fraction]) -> Samples:
    return Samples(tuple(values[t] for t in frame.ticks() if t in values and not frame.excluded(t)))
