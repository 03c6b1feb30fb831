"""Random facts around an hour, the frames that they are judged in, and the package's answer to them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from sla_monitor.compliance import judgements, periods
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Objective
from tests.catalogue import slow
from tests.catalogue.slow import Frame, Stretch
from tests.compliance.specimens import UTC, agreement

HOUR = 3600
BEGIN = 490_000 * HOUR
WINDOW = (BEGIN, BEGIN + HOUR)
KNOWN = (BEGIN - 2 * HOUR, BEGIN + 3 * HOUR)
"""Slices there are from one to the other."""
STEP, TICK = 60, 20
SETTLED = 300
"""It is judged at the ends of whole slices."""
WHOLE = Span(0, 2**41)
POLICIES = ("unknown", "exclude", "good", "bad")


def stretches(unit: int, most: int, longest: int = 40) -> st.SearchStrategy[tuple[Stretch, ...]]:
    """Around the window, on borders of the unit."""
    one = st.tuples(st.integers(-HOUR // unit, 2 * HOUR // unit), st.integers(1, longest)).map(
        lambda at: (BEGIN + at[0] * unit, BEGIN + (at[0] + at[1]) * unit)
    )
    return st.lists(one, max_size=most).map(tuple)


@dataclass(frozen=True)
class Happened:
    """What was otherwise, one after the other, from the first thing on that is usual; and what is unknown."""

    usual: tuple[Fraction, ...]
    odd: tuple[tuple[tuple[Fraction, ...], tuple[Stretch, ...]], ...]
    unknown: tuple[Stretch, ...]

    def each(self, seconds: int) -> dict[int, tuple[Fraction, ...]]:
        """By the start of every piece of so many seconds; one that is not in it is unknown."""
        found = dict.fromkeys(range(*KNOWN, seconds), self.usual)
        for thing, times in self.odd:
            for one in times:
                found |= dict.fromkeys(range(*one, seconds), thing)
        return {start: thing for start, thing in found.items() if not slow.within(start, self.unknown)}


def happenings(usual: tuple[int, ...], *odd: tuple[Fraction | int, ...]) -> st.SearchStrategy[Happened]:
    pieces = st.tuples(*(st.tuples(st.just(thing), stretches(STEP, 4, 12)) for thing in odd))
    return st.builds(Happened, st.just(usual), pieces, stretches(STEP, 2, 8))


@st.composite
def frames(draw: st.DrawFn, policies: tuple[str, ...] = POLICIES) -> Frame:
    shut = slow.merged(draw(stretches(TICK, 2)))
    borders = (slow.EVER[0], *(at for one in shut for at in one), slow.EVER[1])
    begin = draw(st.just(-HOUR * 9) | st.integers(-90, 170).map(lambda n: n * TICK))
    end = draw(st.just(HOUR * 9) | st.integers(begin // TICK + 1, 360).map(lambda n: n * TICK))
    return Frame(
        WINDOW,
        at=draw(st.just(KNOWN[1]) | st.integers(1, 20).map(lambda n: BEGIN + n * SETTLED)),
        term=(BEGIN + begin, BEGIN + end),
        tick=TICK,
        hours=tuple(zip(borders[::2], borders[1::2], strict=True)),
        dropped=draw(stretches(TICK, 2)),
        favoured=draw(stretches(TICK, 2)),
        missing=draw(st.sampled_from(policies)),
    )


def in_force(frame: Frame) -> bool:
    """There is a verdict of the window."""
    begin, end = frame.term
    return max(begin, WINDOW[0]) < min(end, WINDOW[1], frame.at) and not end <= frame.at < WINDOW[1]


def schedule_of(frame: Frame) -> Schedule:
    effects = {Effect.DROP: frame.dropped, Effect.GOOD: frame.favoured}
    return Schedule(
        hours=Spans.of(Span(*one) for one in frame.hours),
        exclusions=tuple(
            Applied(Rule(effect.value, "other", Once(WHOLE), effect), WHOLE, Spans.of(Span(*one) for one in some))
            for effect, some in effects.items()
        ),
    )


def standing_of(promise: Objective, held: Slices, frame: Frame) -> Standing:
    window = periods.window_of(promise.window, UTC, frame.window[0])
    whose = agreement(promise, term=Span(*frame.term))
    measured = {promise.measurement.key: held}
    return judgements.judge(whose, promise, window, frame.at, measured, schedule=schedule_of(frame))


def slices_of_samples(samples: dict[int, Fraction], seconds: int) -> Slices:
    """Values, or shares up, at each step; good is their sum (of seconds: of the seconds up), total their number."""
    starts = np.arange(*KNOWN, seconds)
    rows = [[float(samples.get(t, "nan")) for t in range(s, s + seconds, STEP)] for s in starts.tolist()]
    states = np.array(rows)
    count = (~np.isnan(states)).sum(axis=1)
    return Slices(seconds, starts, np.nansum(states, axis=1), count.astype(float), count * STEP, states)


def slices_of_counts(counts: dict[int, tuple[Fraction, ...]], seconds: int) -> Slices:
    """Good and all events of each slice, of those that are known."""
    starts = np.array(sorted(counts), np.int64)
    bad, total = (np.array([float(counts[at][i]) for at in starts.tolist()]) for i in (0, 1))
    return Slices(seconds, starts, total - bad, total, np.full(len(starts), seconds, np.int64))


@dataclass(frozen=True)
class Number:
    attainment: Fraction | None
    bad: Fraction
    total: Fraction
    coverage: Fraction | None


def number(standing: Standing) -> Number:
    assert standing.total is not None
    assert standing.bad is not None
    attainment = standing.attainment if standing.judged else None
    return Number(attainment, standing.bad, standing.total, standing.coverage)


def number_of(found: slow.Sum) -> Number:
    return Number(found.attainment, found.bad, found.total, found.coverage)
