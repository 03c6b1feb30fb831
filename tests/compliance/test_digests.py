"""What is kept by the piece of time, put together, is what the slices would be all at once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements, periods, standings
from sla_monitor.compliance.digests import DAY, HOUR, Digest, Kept, Room
from sla_monitor.compliance.methods import (
    Condition,
    Edge,
    Events,
    Intervals,
    Spells,
    SpellStatistic,
    Stat,
    Statistic,
    Time,
    Weight,
)
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, WindowSpec
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import PerBlock, PerSubwindow, Remedy
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, ExclusionOrder, NoData, Objective
from tests.compliance.days import VALUES, applied
from tests.compliance.specimens import EVENTS, SECONDS, agreement, measured, objective
from tests.compliance.test_counting_properties import graded, judged, times

SLICE, STEPS = 60, 4
PLENTY = 1 << 30
MEASUREMENTS = {Intervals: EVENTS, Events: EVENTS, Stat: VALUES}
TENTH, UNITS = Fraction(1, 10), (Unit.HOUR, Unit.DAY)
statistics = st.builds(
    Stat, st.sampled_from(Statistic), st.sampled_from([Weight.SAMPLE, Weight.SLICE]), st.just(Fraction(95))
)
BEGIN, DAYS = 1000 * DAY, 6
END = BEGIN + DAYS * DAY
spelled = st.builds(
    Spells, st.sampled_from(SpellStatistic), at_least=st.sampled_from([0, 300]), edge=st.sampled_from(Edge)
)
specs: st.SearchStrategy[WindowSpec] = st.sampled_from(
    [Calendar(Unit.DAY), Calendar(Unit.HOUR), Rolling(2 * DAY, "2d"), Rolling(5 * HOUR + 420, "5h7m")]
)
spans = st.builds(lambda start, length: Span(start, start + length), st.integers(BEGIN, END), st.integers(1, 9 * HOUR))


def runs(draw: st.DrawFn, count: int, values: list[float]) -> np.ndarray:
    """So many in runs; most of them long."""
    run = st.tuples(st.sampled_from(values), st.sampled_from([1, 2, 9, 60, 900]))
    kinds = draw(st.lists(run, min_size=1, max_size=40))
    once = np.repeat([value for value, _ in kinds], [length for _, length in kinds])
    return np.resize(once, count)


@st.composite
def states(draw: st.DrawFn) -> Slices:
    table = runs(draw, DAYS * DAY // SLICE * STEPS, [1.0, 1.0, 0.0, 1 / 3, float("nan")]).reshape(-1, STEPS)
    known = (~np.isnan(table)).sum(axis=1) * (SLICE // STEPS)
    good = np.nan_to_num(table).sum(axis=1) * (SLICE // STEPS)
    starts = np.arange(BEGIN, END, SLICE)
    return Slices(SLICE, starts, good, known.astype(float), known, table)


@st.composite
def samples(draw: st.DrawFn) -> Slices:
    """Of a gauge: of some slices every second sample was taken, of others none."""
    table = runs(draw, DAYS * DAY // SLICE * STEPS, [3.5, 7.25, 1 / 3, 40.0, float("nan")]).reshape(-1, STEPS)
    count = (~np.isnan(table)).sum(axis=1)
    starts = np.arange(BEGIN, END, SLICE)
    return Slices(SLICE, starts, np.nansum(table, axis=1), count.astype(float), np.where(count, SLICE, 0), table)


@st.composite
def traffic(draw: st.DrawFn) -> Slices:
    """Of some of it nothing is there; some says nothing, or nothing is known of it."""
    count = DAYS * DAY // SLICE
    bad, total = runs(draw, count, [0, 0, 0, 1, 2, 7, -1]), runs(draw, count, [20, 31, 0, -1])
    rows = zip(range(BEGIN, END, SLICE), bad.tolist(), total.tolist(), strict=True)
    return measured(
        (at, 0, 0, 0) if all_ < 0 else (at, max(0, all_ - lost), all_, SLICE) for at, lost, all_ in rows if lost >= 0
    )


@st.composite
def terms(draw: st.DrawFn, method: Any) -> tuple[Agreement, Objective]:
    credits_ = [None, *(Remedy(PerSubwindow(unit, Comparison.GE, Fraction(9, 10), TENTH)) for unit in UNITS)]
    credits_ += [] if isinstance(method, Events | Stat) else [Remedy(PerBlock(Fraction(1800), TENTH))]
    promise = replace(
        objective("90", method),
        measurement=MEASUREMENTS.get(type(method), SECONDS),
        window=draw(specs),
        no_data=draw(st.sampled_from(NoData)),
        exclusion_order=draw(st.sampled_from(ExclusionOrder)),
        remedy=draw(st.sampled_from(credits_)),
        comparison=Comparison.LE if isinstance(method, Stat | Spells) else Comparison.GE,
    )
    return agreement(promise, term=draw(st.just(Span(0, 2**40)) | spans)), promise


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    excluded = draw(st.lists(spans, max_size=2))
    hours = draw(st.none() | st.lists(spans, min_size=1, max_size=3))
    made = applied(*excluded) if excluded else ALWAYS
    return made if hours is None else replace(made, hours=Spans.of([Span(0, BEGIN), *hours]))


def asked(made: Agreement, promise: Objective, at: int, held: Any, schedule: Schedule) -> Standing:
    window = periods.window_of(promise.window, made.zone, at)
    found = judgements.judge(made, promise, window, at, {promise.measurement.key: held}, schedule=schedule)
    return replace(found, incidents=None)


def reach_of(made: Agreement, promise: Objective, at: int) -> Span:
    window = periods.window_of(promise.window, made.zone, at)
    return standings.reach(window, at, promise)


def digest_of(held: Slices, span: Span, kept: Kept) -> Digest:
    return Digest(SLICE, span, lambda part: held.between(part.start, part.end), kept)


def kept_in(most: int = 1 << 30) -> Kept:
    return Kept(Room(most))


def rewritten(held: Slices, other: Slices, span: Span) -> Slices:
    """The other's, in the span."""
    parts = [held.between(0, span.start), other.between(span.start, span.end), held.between(span.end, 2**50)]
    columns = [np.concatenate([getattr(one, name) for one in parts]) for name in ("starts", "good", "total", "known")]
    shares = [one.states for one in parts if one.states is not None]
    return Slices(SLICE, *columns, np.concatenate(shares) if shares else None)


@pytest.mark.no_cover  # tracing doubles what it takes, and reaches no line that the examples do not
@given(st.data(), st.one_of(judged, graded, times, spelled, statistics, st.just(Events())), schedules())
def test_a_life_of_boards(data: st.DataObject, method: Any, schedule: Schedule) -> None:
    kind = traffic() if isinstance(method, Intervals | Events) else samples() if isinstance(method, Stat) else states()
    held, other = data.draw(kind), data.draw(kind)
    made, promise = data.draw(terms(method))
    room = Room(data.draw(st.sampled_from([PLENTY, 5000])))
    kept, at = Kept(room), BEGIN + 3 * DAY + data.draw(st.integers(0, DAY // SLICE)) * SLICE
    for _ in range(data.draw(st.integers(1, 6))):
        there = held.between(0, at)
        reach = reach_of(made, promise, at)
        kept.forget(reach.start, at)
        told = asked(made, promise, at, digest_of(there, reach, kept), schedule)
        assert told == asked(made, promise, at, there.between(reach.start, reach.end), schedule)
        change = data.draw(st.sampled_from(["goes on", "jumps", "corrected", "excluded", "set back"]))
        if change == "corrected":
            span = data.draw(spans)
            held = rewritten(held, other, span)
            kept.drop(span)
        elif change == "excluded":
            schedule = data.draw(schedules())
        if change == "set back":
            at -= data.draw(st.integers(1, 300)) * SLICE
        at = min(END, at + data.draw(st.sampled_from([SLICE, 7 * SLICE])) * (60 if change == "jumps" else 1))
    kept.leave()
    assert room.left == room.most


OUTAGES = Condition(Comparison.GT, Fraction(1, 100))
EACH = [
    Intervals(300),
    Intervals(300, OUTAGES, at_least=600, edge=Edge.CLIP),
    Intervals(3600, OUTAGES),
    Time(at_least=120),
    Spells(SpellStatistic.COUNT),
    Stat(Statistic.MEAN),
    Stat(Statistic.PERCENTILE, Weight.SLICE, Fraction(95)),
    Stat(Statistic.MAX),
    Events(),
]


def some(method: Any, wrong: range = range(0)) -> Slices:
    """With an outage each day, and one that is not there unless it is told wrong."""
    starts = np.arange(BEGIN, END, SLICE)
    number = np.arange(len(starts))
    down = (number % 1440 < 17) | np.isin(number, wrong)
    share = np.repeat(np.where(down, 0.25, 1.0)[:, None], STEPS, axis=1)
    share[number % 997 == 5] = np.nan
    known = np.where(np.isnan(share[:, 0]), 0, SLICE)
    if isinstance(method, Intervals | Events):
        return Slices(SLICE, starts, np.where(known, 20.0 - down, 0.0), np.where(known, 20.0, 0.0), known)
    good = np.nan_to_num(share).sum(axis=1) * (1 if isinstance(method, Stat) else SLICE // STEPS)
    total = known / SLICE * STEPS if isinstance(method, Stat) else known.astype(float)
    return Slices(SLICE, starts, good, total, known, share)


@pytest.mark.parametrize("spec", [Rolling(2 * DAY, "2d"), Calendar(Unit.DAY)], ids=["rolling", "daily"])
@pytest.mark.parametrize("method", EACH, ids=lambda one: f"{one.name}-{getattr(one, 'at_least', '')}")
def test_boards_from_hour_to_hour(method: Any, spec: WindowSpec) -> None:
    """Over a night, with a slice that is corrected, and every hour over which an end of something moves."""
    promise = replace(
        objective("90", method),
        measurement=MEASUREMENTS.get(type(method), SECONDS),
        window=spec,
        remedy=Remedy(PerSubwindow(Unit.DAY, Comparison.GE, Fraction(9, 10), TENTH)),
        comparison=Comparison.LE if isinstance(method, Stat | Spells) else Comparison.GE,
    )
    made, kept, held = agreement(promise, term=Span(BEGIN + 7 * SLICE, END)), kept_in(), some(method)
    for at in range(BEGIN + 3 * DAY + 22 * HOUR, END, 50 * SLICE):
        if BEGIN + 4 * DAY <= at < BEGIN + 4 * DAY + 50 * SLICE:
            held = some(method, range(3 * 1440 + 100, 3 * 1440 + 140))
            kept.drop(Span(BEGIN + 3 * DAY + 6000, BEGIN + 3 * DAY + 8400))
        reach = reach_of(made, promise, at)
        kept.forget(reach.start, at)
        told = asked(made, promise, at, digest_of(held.between(0, at), reach, kept), ALWAYS)
        assert told == asked(made, promise, at, held.between(reach.start, at), ALWAYS)
    kept.leave()
    assert kept.room.left == kept.room.most


def test_time_needs_no_spells() -> None:
    """Credits by the block are of outages, also under a method that only adds up."""
    remedy = Remedy(PerBlock(Fraction(60), Fraction(1, 10)))
    promise = replace(objective("90", Time()), remedy=remedy, window=Calendar(Unit.DAY))
    made, at = agreement(promise), BEGIN + DAY
    share = np.ones((DAY // SLICE, STEPS))
    share[100:103] = 0
    up = share.sum(axis=1) * (SLICE // STEPS)
    held = Slices(SLICE, np.arange(BEGIN, at, SLICE), up, np.full(len(up), 60.0), np.full(len(up), 60), share)
    reach = reach_of(made, promise, at - 60)
    told = asked(made, promise, at - 60, digest_of(held, reach, kept_in()), ALWAYS)
    assert told.grounds.outages == (Span(BEGIN + 6000, BEGIN + 6180),)
    assert told == asked(made, promise, at - 60, held.between(reach.start, reach.end), ALWAYS)
