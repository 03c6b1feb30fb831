"""The engine counts intervals as the slow reckoning does, whatever the options, policies, borders and exclusions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import methods
from sla_monitor.compliance.methods import Condition, Edge, Traffic, Weight
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.terms import ExclusionOrder, Measurement, NoData, Objective, Value
from tests.catalogue import slow
from tests.catalogue.happenings import (
    BEGIN,
    HOUR,
    STEP,
    Happened,
    frames,
    happenings,
    in_force,
    number,
    number_of,
    slices_of_counts,
    standing_of,
    stretches,
)
from tests.catalogue.slow import Frame, Grid, Stretch
from tests.compliance.specimens import EVENTS, objective

HOURS = tuple((BEGIN + n * HOUR, BEGIN + (n + 1) * HOUR) for n in range(-2, 3))
BAD = {">": lambda share, limit: share > limit, ">=": lambda share, limit: share >= limit}

traffic = happenings((0, 3), (3, 3), (1, 3), (0, 0), (1, 1), (2, 7))


@st.composite
def grids(draw: st.DrawFn) -> tuple[Grid, tuple[str, Fraction] | None]:
    """Intervals of 7 min leave the last of an hour a part of 4; none are so for runs, which would see two windows."""
    condition = draw(
        st.none() | st.tuples(st.sampled_from([">", ">="]), st.sampled_from([Fraction(n, 6) for n in range(7)]))
    )
    runs = condition is not None and draw(st.booleans())
    grid = Grid(
        every=draw(st.sampled_from([60, 120, 300, 600] + [420] * (not runs))),
        slice=STEP,
        bad_when=condition and (lambda share: BAD[condition[0]](share, condition[1])),
        at_least=draw(st.sampled_from([120, 300, 600])) if runs else 0,
        clip=draw(st.booleans()),
        min_events=draw(st.sampled_from([0, 2, 3, 8])),
        low_traffic=draw(st.sampled_from(["as-is", "good", "bad", "exclude"])),
        empty=draw(st.sampled_from(["good", "bad", "exclude", "unknown"])),
        in_seconds=draw(st.booleans()),
        tiles=draw(st.sampled_from([HOURS, ()])),
        after=draw(st.booleans()),
    )
    return grid, condition


def promise_of(frame: Frame, grid: Grid, condition: tuple[str, Fraction] | None) -> Objective:
    method = methods.Intervals(
        every=grid.every,
        bad_when=condition and Condition(Comparison(condition[0]), condition[1]),
        at_least=grid.at_least,
        edge=Edge.CLIP if grid.clip else Edge.SPAN,
        min_events=grid.min_events,
        low_traffic=Traffic(grid.low_traffic),
        empty=Traffic(grid.empty),
        weight=Weight.TIME if grid.in_seconds else Weight.INTERVAL,
        anchor=methods.Anchor.WINDOW if grid.tiles else methods.Anchor.EPOCH,
    )
    return objective(
        "99",
        method,
        measurement=Measurement(EVENTS.source, EVENTS.indicator, STEP),
        window=Calendar(Unit.HOUR),
        no_data=NoData(frame.missing),
        exclusion_order=ExclusionOrder.AFTER if grid.after else ExclusionOrder.BEFORE,
    )


@given(traffic, frames(), grids())
def test_intervals_of_events(happened: Happened, frame: Frame, given_grid: tuple[Grid, tuple[str, Fraction] | None]):
    grid, condition = given_grid
    counts = happened.each(STEP)
    standing = standing_of(promise_of(frame, grid, condition), slices_of_counts(counts, STEP), frame)

    if in_force(frame):
        assert number(standing) == number_of(slow.intervals(frame, counts, grid))


readings = happenings((2, 1), (0, 0), (1, 1), (7, 2), (Fraction("0.1"), 1), (-3, 1))
"""The sum of the samples of a slice, and their number."""


@given(readings, frames(), grids())
def test_intervals_of_values(happened: Happened, frame: Frame, given_grid: tuple[Grid, tuple[str, Fraction] | None]):
    """The mean of an interval's samples is held against the limit; one without a sample is empty."""
    grid, condition = given_grid
    condition = condition or (">", Fraction(1))
    grid = replace(grid, min_events=0, bad_when=lambda mean: BAD[condition[0]](mean, condition[1]))
    held = happened.each(STEP)
    slices = slices_of_counts({start: (total - value, total) for start, (value, total) in held.items()}, STEP)
    promise = promise_of(frame, grid, condition)
    promise = replace(promise, measurement=replace(promise.measurement, indicator=Value("latency")))
    standing = standing_of(promise, slices, frame)

    if in_force(frame):
        assert number(standing) == number_of(slow.intervals(frame, held, grid))


@given(traffic, frames(), grids(), stretches(STEP, 3, 8), stretches(STEP, 3, 8))
def test_the_bounds_hold_whatever_the_unknown_slices_held(
    happened: Happened,
    frame: Frame,
    given_grid: tuple[Grid, tuple[str, Fraction] | None],
    worse: tuple[Stretch, ...],
    better: tuple[Stretch, ...],
):
    grid, condition = given_grid
    grid = replace(grid, empty="good" if grid.empty in ("exclude", "unknown") else grid.empty)
    grid = replace(grid, low_traffic="as-is" if grid.low_traffic == "exclude" else grid.low_traffic)
    counts = happened.each(STEP)
    standing = standing_of(promise_of(frame, grid, condition), slices_of_counts(counts, STEP), frame)
    if not in_force(frame) or standing.bounds is None:
        return
    filling = Happened((Fraction(2), Fraction(4)), (((4, 4), worse), ((0, 4), better)), ()).each(STEP)
    value = slow.intervals(
        frame, {start: counts.get(start, thing) for start, thing in filling.items()}, grid
    ).attainment
    low, high = standing.bounds
    assert value is not None
    assert low <= value <= high
