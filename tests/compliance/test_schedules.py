"""Populations within service hours and without exclusions (measurement.md 2 and 5, domain.md 2.8)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import attainments, burndowns, methods, periods, slices, standings, windows
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Refusal, Rule
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.standings import Facts, Point, Standing, Status
from sla_monitor.compliance.terms import NoData, Objective, PartialWindow
from tests.compliance.specimens import agreement, facts_from, measured, objective, stand

TIME, EVENTS = objective("99", methods.TIME), objective("99")
HOUR, DAY = 3600, 86400
MONTH = Window("month", "1970-01", Span(0, 30 * DAY))
EVER = Span(0, FOREVER)


def excluded(*spans: tuple[int, int], effect: Effect = Effect.DROP, name: str = "maintenance") -> Applied:
    parts = [Span(*pair) for pair in spans]
    whole = Span(parts[0].start, parts[-1].end)
    return Applied(Rule(name, "maintenance", Once(whole), effect), whole, Spans.of(parts))


def without(*spans: tuple[int, int], effect: Effect = Effect.DROP) -> Schedule:
    return Schedule(exclusions=(excluded(*spans, effect=effect),))


def minutes(start: int, end: int, good: float = 60, total: float = 60) -> slices.Cells:
    return slices.cells_of(measured((at, good, total, 60) for at in range(start, end, 60)))


def joined(*parts: slices.Cells) -> slices.Cells:
    return slices.concatenated(list(parts))


def judged(promise: Objective, at: int, cells: slices.Cells, schedule: Schedule, window: Window = MONTH) -> Standing:
    return stand(promise, facts_from(promise, window, at, cells, schedule))


DOWN = joined(minutes(0, 6000, good=0), minutes(6000, 30 * DAY))
"""A hundred minutes down at the beginning of a month."""


@pytest.mark.parametrize(
    ("effect", "expected"),
    [(Effect.DROP, 1 - Fraction(40, 43_080)), (Effect.GOOD, 1 - Fraction(40, 43_200))],
)
def test_a_hundred_minutes_down_sixty_of_them_in_maintenance(effect: Effect, expected: Fraction) -> None:
    """domain.md 2.8: the maintenance takes 120 minutes of a month of 30 days."""
    found = judged(TIME, 30 * DAY, DOWN, without((2400, 2400 + 7200), effect=effect))
    assert found.attainment == expected
    assert found.excluded_seconds == 7200


def test_everything_excluded_is_a_promise_kept() -> None:
    found = judged(TIME, 30 * DAY, DOWN, without((0, 30 * DAY)))
    assert (found.attainment, found.status, found.coverage) == (1, Status.MET, None)
    assert found.excluded_seconds == 30 * DAY


def test_a_day_of_maintenance_to_come_shrinks_the_budget() -> None:
    """domain.md 3: 99.9 % of 29 days are 2 505.6 s instead of 2 592 s; what counts as up shrinks nothing."""
    promise = replace(TIME, target=Fraction(999, 1000))
    kept = minutes(0, DAY)
    budgets = [
        judged(promise, DAY, kept, schedule).budget.allowed
        for schedule in (ALWAYS, without((20 * DAY, 21 * DAY)), without((20 * DAY, 21 * DAY), effect=Effect.GOOD))
    ]
    assert budgets == [2592, Fraction("2505.6"), 2592]


def test_maintenance_to_come_is_not_yet_excluded() -> None:
    found = judged(TIME, DAY, minutes(0, DAY), without((DAY - HOUR, DAY + HOUR)))
    assert found.excluded_seconds == HOUR
    assert [one.counted.seconds for one in found.exclusions] == [2 * HOUR]


OVERLAPPING = Schedule(exclusions=(excluded((0, 7200)), excluded((3600, 10_800), name="another")))


def test_exclusions_that_overlap_count_once() -> None:
    assert judged(TIME, DAY, minutes(0, DAY), OVERLAPPING).excluded_seconds == 10_800


def test_what_is_dropped_cannot_count_as_up() -> None:
    schedule = Schedule(exclusions=(excluded((0, 7200)), excluded((3600, 10_800), effect=Effect.GOOD)))
    assert (schedule.dropped, schedule.favoured) == (Spans.of([Span(0, 7200)]), Spans.of([Span(7200, 10_800)]))
    assert facts_from(TIME, MONTH, DAY, minutes(0, DAY), schedule).tally.population == DAY - 7200


def test_time_outside_service_hours_excludes_nothing() -> None:
    office = Spans.of(Span(day * DAY + 8 * HOUR, day * DAY + 18 * HOUR) for day in range(30))
    schedule = Schedule(office, (excluded((17 * HOUR, 20 * HOUR)),))
    found = facts_from(TIME, MONTH, 2 * DAY, minutes(0, 2 * DAY), schedule)
    assert (found.tally.population, found.excluded) == (19 * HOUR, HOUR)
    assert found.rest == 28 * 10 * HOUR


def test_a_window_shows_the_exclusions_that_touch_it_as_far_as_they_do() -> None:
    refused = replace(
        excluded((HOUR, 2 * HOUR)), span=Span(HOUR, 3 * HOUR), refused=(Refusal(Span(2 * HOUR, 3 * HOUR), "so"),)
    )
    schedule = Schedule(exclusions=(refused, excluded((5 * HOUR, 6 * HOUR))))
    hour = Window("hour", "", Span(int(1.5 * HOUR), int(2.5 * HOUR)))
    (shown,) = judged(TIME, 9 * HOUR, minutes(0, 9 * HOUR), schedule, hour).exclusions
    assert (shown.counted.seconds, [one.span.seconds for one in shown.refused]) == (1800, [1800])


@pytest.mark.parametrize(
    ("sentence", "schedule", "expected"),
    [
        ("a slice that is touched leaves whole", without((90, 100)), (540, 9, 8)),
        ("two that are touched leave", without((90, 130)), (480, 8, 7)),
        ("service hours take whole slices", Schedule(Spans.of([Span(30, 600)])), (540, 9, 8)),
        ("touched slices have nothing bad", without((90, 100), effect=Effect.GOOD), (600, 10, 9)),
        ("of those that are down too", without((310, 320), effect=Effect.GOOD), (600, 10, 10)),
    ],
)
def test_events_cannot_be_split(sentence: str, schedule: Schedule, expected: tuple[int, int, int]) -> None:
    """Ten slices of one event each; that of the minute 5 is bad."""
    cells = joined(minutes(0, 300, 1, 1), minutes(300, 360, 0, 1), minutes(360, 600, 1, 1))
    tally = facts_from(EVENTS, MONTH, 600, cells, schedule).tally
    assert (tally.population, tally.total, tally.good) == expected, sentence


def test_seconds_are_cut_in_proportion() -> None:
    tally = facts_from(TIME, MONTH, 600, minutes(0, 600, good=30), without((30, 100))).tally
    assert (tally.population, tally.good, tally.known) == (530, 265, 530)


@pytest.mark.parametrize(
    ("sentence", "cells", "expected"),
    [
        ("unknown seconds count as up", minutes(0, 300, good=0), (300, 600, 600)),
        ("also where nothing else is known", minutes(0, 0), (300, 300, 300)),
        ("and as many as the probes", minutes(0, 300, good=0, total=180), (900, 1800, 600)),
    ],
)
def test_what_counts_as_up_need_not_be_known(
    sentence: str, cells: slices.Cells, expected: tuple[int, int, int]
) -> None:
    """Ten minutes, the last five of them unknown and agreed to count as up."""
    tally = facts_from(TIME, MONTH, 600, cells, without((300, 600), effect=Effect.GOOD)).tally
    assert (tally.good, tally.total, tally.known) == expected, sentence


def test_unknown_events_that_count_as_up_stay_unknown() -> None:
    tally = facts_from(EVENTS, MONTH, 600, minutes(0, 300), without((300, 600), effect=Effect.GOOD)).tally
    assert (tally.known, tally.population, tally.total) == (300, 600, 300)


def test_lookbacks_hold_the_same_population() -> None:
    found = facts_from(TIME, MONTH, DAY, minutes(0, DAY), without((DAY - 1800, DAY - 600)))
    assert {name: found.lookbacks[name].population for name in ("5m", "30m", "1h")} == {
        "5m": 300, "30m": 600, "1h": 2400,
    }  # fmt: skip


def test_a_burn_rate_outside_service_hours_is_absent() -> None:
    schedule = Schedule(Spans.of([Span(0, 12 * HOUR)]))
    rates = judged(TIME, DAY, minutes(0, DAY, good=54), schedule).burn_rates
    assert (rates["6h"], rates["1d"]) == (None, 10)


def test_the_budget_runs_out_when_the_service_is_promised() -> None:
    """A tenth of each hour is down; of 300 h 3 h may be, and they are used up after 30 of them, on the fourth day."""
    office = Spans.of(Span(day * DAY + 8 * HOUR, day * DAY + 18 * HOUR) for day in range(30))
    for at, expected in ((18 * HOUR, 2 * DAY + 18 * HOUR), (22 * HOUR, 2 * DAY + 18 * HOUR)):
        found = judged(TIME, at, minutes(0, at, good=54), Schedule(office))
        assert found.projection.exhaustion == expected


def test_what_comes_after_the_term_counts_as_up_in_service_hours_only() -> None:
    promise = replace(TIME, partial_window=PartialWindow.ASSUME_GOOD)
    office = Spans.of(Span(day * DAY + 8 * HOUR, day * DAY + 18 * HOUR) for day in range(30))
    found = facts_from(promise, MONTH, 20 * DAY, minutes(0, 0), Schedule(office), term=Span(0, 10 * DAY))
    assert (found.assumed, found.assumed_whole) == (10 * 10 * HOUR, 20 * 10 * HOUR)


def drawn(promise: Objective, at: int, cells: slices.Cells, schedule: Schedule) -> tuple[Point, ...]:
    hour = Window("hour", "", Span(3600, 7200))
    standing = judged(promise, at, cells, schedule, hour)
    return burndowns.burndown(standing.agreement, standing, cells, schedule)


@pytest.mark.parametrize("effect", Effect)
def test_a_burn_down_falls_by_nothing_that_is_excluded(effect: Effect) -> None:
    cells = joined(minutes(3600, 3660), minutes(3660, 4200, good=0), minutes(4200, 4800))
    points = drawn(TIME, 4800, cells, without((3660, 4200), effect=effect))
    assert points[-1] == Point(4800, 1.0)
    assert {point.remaining_ratio for point in points} == {1.0}


def test_a_burn_down_under_noData_bad_counts_the_gaps_of_service_hours_only() -> None:  # noqa: N802 - the file's key
    """3600–3780 and 4200–7200 are promised, which allows 31.8 s; 3660–3720 is unknown."""
    schedule = Schedule(Spans.of([Span(3600, 3780), Span(4200, 7200)]))
    cells = joined(minutes(3600, 3660), minutes(3720, 4800))
    left = pytest.approx(1 - 60 / 31.8)
    points = drawn(replace(TIME, no_data=NoData.BAD), 4800, cells, schedule)
    assert points == (Point(3600, 1.0), Point(3660, 1.0), Point(3780, left), Point(4800, left))


def test_a_burn_down_begins_with_what_is_promised() -> None:
    """What was bad before is of no part of the window."""
    schedule = Schedule(Spans.of([Span(4200, 4500), Span(4600, 7200)]))
    cells = joined(minutes(0, 4200, good=0), minutes(4200, 4800))
    assert {point.remaining_ratio for point in drawn(TIME, 4800, cells, schedule)} == {1.0}


def test_a_burn_down_of_a_window_that_counts_as_up_is_one_line() -> None:
    cells = minutes(3600, 4800, good=0)
    assert drawn(TIME, 4800, cells, without((0, 7200), effect=Effect.GOOD)) == (Point(3600, 1.0), Point(4800, 1.0))


marks = st.lists(st.tuples(st.integers(0, 140), st.integers(1, 60)), max_size=4).map(
    lambda found: Spans.of(Span(start * 50, (start + length) * 50) for start, length in found)
)
schedules = st.builds(
    lambda closed, dropped, favoured: Schedule(
        Spans.of([EVER]).minus(closed),
        tuple(
            Applied(Rule(effect.value, "other", Once(EVER), effect), EVER, spans)
            for effect, spans in ((Effect.DROP, dropped), (Effect.GOOD, favoured))
        ),
    ),
    marks,
    marks,
    marks,
)
promises = st.sampled_from([TIME, EVENTS])
FINE = slices.cells_of(
    measured((at, [60, 30, 0, 60][at // 60 % 4], 60, 0 if at // 60 % 11 == 0 else 60) for at in range(0, 9000, 60))
)
WHOLE = Window("hour", "", Span(0, 7200))


@given(promises, schedules, st.integers(0, 120))
def test_a_window_that_is_split_adds_up(promise: Objective, schedule: Schedule, middle: int) -> None:
    at = middle * 60
    parts = [Window("hour", "", span) for span in (Span(0, at), Span(at, 7200))]
    whole, *split = (facts_from(promise, window, 7200, FINE, schedule) for window in (WHOLE, *parts))
    for name in ("good", "total", "known", "population"):
        if promise is EVENTS or not schedule.favoured:
            assert getattr(whole.tally, name) == sum(getattr(one.tally, name) for one in split), name
    assert whole.tally.population == sum(one.tally.population for one in split)
    assert whole.excluded == sum(one.excluded for one in split)


@given(promises, schedules, st.integers(0, 119), st.integers(1, 20))
def test_dropping_a_bad_stretch_never_lowers_and_a_good_one_never_raises(
    promise: Objective, schedule: Schedule, first: int, length: int
) -> None:
    """The stretch is made of whole slices, all known. Nothing else counts as up: that would be good and not bad."""
    start, end = first * 60, min(7200, (first + length) * 60)
    dropping = replace(schedule, exclusions=schedule.exclusions[:1])
    more = replace(dropping, exclusions=(*dropping.exclusions, excluded((start, end), name="more")))

    def attained(good: float, when: Schedule) -> Fraction:
        cells = joined(minutes(0, start, 59), minutes(start, end, good), minutes(end, 7200, 59))
        found = facts_from(promise, WHOLE, 7200, cells, when)
        return attainments.attain(found.tally, promise.method, promise.no_data).share or Fraction(0)

    assert attained(0, more) >= attained(0, dropping)
    assert attained(60, more) <= attained(60, dropping)


@given(schedules, st.integers(0, 9000))
def test_cells_split_at_the_cuts_need_not_be_finer(schedule: Schedule, at: int) -> None:
    """Stretches between cuts give the same facts as single slices."""
    window = Window("hour", "", Span(1800, 7200))
    cuts = (cut for cut in standings.cuts(agreement(TIME), window, at, schedule) if 0 < cut < 9000)
    borders = sorted({0, 9000, *cuts})
    parts = [windows.gather(FINE, Spans.of([Span(*pair)])) for pair in itertools.pairwise(borders)]
    known = np.array([float(part.known) for part in parts])
    coarse = slices.Cells(
        np.array(borders[:-1]),
        np.array(borders[1:]),
        slices.fixed(np.array([float(part.good) for part in parts])),
        slices.fixed(np.array([float(part.total) for part in parts])),
        known.astype(np.int64),
    )
    there, here = (facts_from(TIME, window, at, cells, schedule) for cells in (coarse, FINE))
    assert replace(there, tally=here.tally, lookbacks=here.lookbacks) == here
    assert there.tally.population == here.tally.population
    # Minutes that a cut divides hold parts of seconds, which no whole number of known seconds tells.
    assert abs(there.tally.good - here.tally.good) < len(borders)


def test_a_schedule_without_anything_is_always() -> None:
    span = Span(0, 100)
    assert (ALWAYS.promised([span]), ALWAYS.borders(span), ALWAYS.applied(span)) == (Spans.of([span]), set(), ())


def test_the_borders_of_a_schedule() -> None:
    schedule = Schedule(
        Spans.of([Span(10, 90)]), (excluded((20, 30)), excluded((50, 60), effect=Effect.GOOD), excluded((95, 99)))
    )
    assert schedule.borders(Span(0, 95)) == {10, 90, 20, 30, 50, 60}


def test_german_office_hours_of_a_month_with_a_change_of_clocks() -> None:
    """October 2026 in Berlin has 22 working days of ten hours, whatever the clocks do."""
    window = Window("month", "2026-10", periods.period_span("2026-10", ZoneInfo("Europe/Berlin")))
    office = Spans.of(
        Span(window.span.start + day * DAY, window.span.start + day * DAY + 10 * HOUR) for day in range(22)
    )
    found: Facts = facts_from(TIME, window, window.span.start, minutes(0, 0), Schedule(office))
    assert found.rest == 220 * HOUR
