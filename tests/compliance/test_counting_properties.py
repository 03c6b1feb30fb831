"""What holds of every method that counts spells or intervals, whatever the states and the traffic."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements
from sla_monitor.compliance.methods import (
    Anchor,
    Condition,
    Count,
    Edge,
    Intervals,
    Quantum,
    QuantumMode,
    Time,
    Traffic,
    Weight,
)
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices, joined
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import NoData
from tests.compliance.days import applied
from tests.compliance.specimens import EVENTS, SECONDS, agreement, measured, objective

pytestmark = pytest.mark.no_cover  # tracing doubles what these take, and reaches no line that the examples do not

HOUR = 3600
START = 1000 * HOUR
AROUND = 1200
"""Seconds of states before and after the hour that is judged."""
STEP, SLICE = 15, 60
WINDOW = Window("hour", "", Span(START, START + HOUR))
STEPS = (HOUR + 2 * AROUND) // STEP

quanta = st.none() | st.builds(Quantum, st.sampled_from([30, 60, 300]), st.sampled_from(QuantumMode))
times = st.builds(
    Time,
    at_least=st.sampled_from([0, 15, 60, 300]),
    count=st.sampled_from(Count),
    quantum=quanta,
    edge=st.sampled_from(Edge),
)
conditions = st.builds(
    Condition, st.just(Comparison.GT), st.sampled_from([Fraction(0), Fraction(1, 20), Fraction(1, 2)])
)
ruled = st.sampled_from([Traffic.GOOD, Traffic.BAD, Traffic.EXCLUDE])
judged = st.builds(
    Intervals,
    every=st.sampled_from([60, 300, 420]),
    bad_when=conditions,
    at_least=st.sampled_from([0, 120, 600]),
    edge=st.sampled_from(Edge),
    empty=ruled,
    min_events=st.sampled_from([0, 10]),
    low_traffic=ruled,
    anchor=st.sampled_from(Anchor),
)
graded = st.builds(
    Intervals,
    every=st.sampled_from([60, 300, 420]),
    empty=ruled,
    weight=st.sampled_from([Weight.INTERVAL, Weight.TIME]),
    anchor=st.sampled_from(Anchor),
)


@st.composite
def runs(draw: st.DrawFn, length: int, values: list[float]) -> np.ndarray:
    """So many values in runs, as outages come."""
    found: list[float] = []
    while len(found) < length:
        found += [draw(st.sampled_from(values))] * draw(st.integers(1, 40))
    return np.array(found[:length])


def states(share: np.ndarray) -> Slices:
    table = share.reshape(-1, SLICE // STEP)
    known = (~np.isnan(table)).sum(axis=1) * STEP
    good = np.nan_to_num(table).sum(axis=1) * STEP
    starts = START - AROUND + SLICE * np.arange(len(table), dtype=np.int64)
    return Slices(SLICE, starts, good, known.astype(np.float64), known.astype(np.int64), table)


def traffic(bad: np.ndarray, total: int = 20) -> Slices:
    """`bad` of twenty events a slice, -1: a silent one, NaN: an unknown one."""
    rows = []
    for index, lost in enumerate(bad.tolist()):
        unknown, silent = np.isnan(lost), lost < 0
        all_ = 0 if unknown or silent else total
        rows.append((START - AROUND + index * SLICE, all_ - (0 if all_ == 0 else lost), all_, 0 if unknown else SLICE))
    return measured(rows)


def stand(method: Any, held: Slices, window: Window = WINDOW, schedule: Schedule = ALWAYS, **terms: Any) -> Standing:
    sort = SECONDS if held.states is not None else EVENTS
    promise = replace(objective("90", method), measurement=sort, window=Calendar(Unit.HOUR), **terms)
    at = START + HOUR + AROUND
    return judgements.judge(agreement(promise), promise, window, at, {sort.key: held}, schedule=schedule)


def share(standing: Standing) -> Fraction:
    assert standing.attainment is not None
    return standing.attainment


@given(times, runs(STEPS, [0.0, 1.0, float("nan")]), st.data())
def test_bounds_hold_every_way_to_fill_the_gaps_of_states(
    method: Time, given_: np.ndarray, data: st.DataObject
) -> None:
    inside = slice(AROUND // STEP, (AROUND + HOUR) // STEP)
    around = np.nan_to_num(given_, nan=1.0)
    around[inside] = given_[inside]
    filled = around.copy()
    gaps = np.flatnonzero(np.isnan(around))
    filled[gaps] = data.draw(runs(len(gaps), [0.0, 1.0])) if len(gaps) else []
    bounds = stand(method, states(around)).bounds
    assert bounds is not None
    assert bounds[0] <= share(stand(method, states(filled))) <= bounds[1]


@given(judged | graded, runs(STEPS // 4, [0.0, 1.0, 20.0, -1.0, float("nan")]), st.data())
def test_bounds_hold_every_way_to_fill_the_gaps_of_intervals(
    method: Intervals, given_: np.ndarray, data: st.DataObject
) -> None:
    filled = given_.copy()
    gaps = np.flatnonzero(np.isnan(given_))
    filled[gaps] = data.draw(runs(len(gaps), [0.0, 1.0, 20.0])) if len(gaps) else []
    bounds = stand(method, traffic(given_)).bounds
    assert bounds is not None
    assert bounds[0] <= share(stand(method, traffic(filled))) <= bounds[1]


@given(times, runs(STEPS, [0.0, 1.0, 0.5, float("nan")]), st.integers(1, HOUR // STEP - 1))
def test_spells_over_edges_add_up_wherever_a_window_is_split(method: Time, given_: np.ndarray, cut: int) -> None:
    spanning = replace(method, edge=Edge.SPAN)
    held, border = states(given_), START + cut * STEP
    parts = [replace(WINDOW, span=span) for span in (WINDOW.span.before(border), WINDOW.span.after(border))]
    whole, first, second = (stand(spanning, held, window) for window in (WINDOW, *parts))
    for name in ("bad", "total"):
        assert getattr(whole, name) == getattr(first, name) + getattr(second, name)
    # Shown in whole seconds: what is merely added up may be cut within a slice that is known in part.
    known, unknown = (
        getattr(whole, name) - getattr(first, name) - getattr(second, name)
        for name in ("known_seconds", "unknown_seconds")
    )
    assert known == -unknown
    assert known == 0 or (known == 1 and not spanning.by_spells)


@given(judged, runs(STEPS // 4, [0.0, 1.0, 20.0, -1.0, float("nan")]), st.integers(1, HOUR // SLICE - 1))
def test_intervals_add_up_wherever_a_window_is_split(method: Intervals, given_: np.ndarray, cut: int) -> None:
    spanning = replace(method, edge=Edge.SPAN, anchor=Anchor.EPOCH)
    held, border = traffic(given_), START + cut * SLICE
    parts = [replace(WINDOW, span=span) for span in (WINDOW.span.before(border), WINDOW.span.after(border))]
    whole, first, second = (stand(spanning, held, window) for window in (WINDOW, *parts))
    for name in ("bad", "total"):
        assert getattr(whole, name) == getattr(first, name) + getattr(second, name)


@given(times, runs(STEPS, [0.0, 1.0]), st.integers(0, HOUR // SLICE - 1), st.integers(1, 10), st.booleans())
def test_dropping_a_stretch_of_downtime_never_lowers_nor_of_uptime_raises(
    method: Time, given_: np.ndarray, first: int, length: int, up: bool
) -> None:
    """Quanta may count up time as down, and what is too short counts as up: neither is meant here."""
    span = Span(START + first * SLICE, min(START + HOUR, START + (first + length) * SLICE))
    given_[(span.start - START + AROUND) // STEP : (span.end - START + AROUND) // STEP] = float(up)
    plain = replace(method, quantum=None, count=Count.WHOLE, at_least=min(method.at_least, span.seconds))
    before, after = stand(plain, states(given_)), stand(plain, states(given_), schedule=applied(span))
    if after.total:
        assert share(after) <= share(before) if up else share(after) >= share(before)


@given(times, runs(STEPS, [0.0, 1.0, float("nan")]), st.randoms())
def test_the_order_of_slices_never_matters(method: Time, given_: np.ndarray, order: Any) -> None:
    held = states(given_)
    index = list(range(len(held)))
    order.shuffle(index)
    shuffled = joined([held.take(slice(i, i + 1)) for i in index])
    assert stand(method, shuffled) == stand(method, held)


@given(times, runs(STEPS, [0.0, 1.0, float("nan")]))
def test_policies_for_unknown_time_lie_between_the_bounds(method: Time, given_: np.ndarray) -> None:
    bounds = stand(method, states(given_)).bounds
    assert bounds is not None
    for policy in (NoData.GOOD, NoData.BAD):
        found = stand(method, states(given_), no_data=policy)
        assert bounds[0] <= share(found) <= bounds[1]
        assert found.bounds == bounds
        assert found.total == HOUR
