"""Spells and intervals: what counts as down, case by case, each worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from sla_monitor.compliance import countings, intervals, judgements, slices
from sla_monitor.compliance.exclusions import Effect
from sla_monitor.compliance.methods import (
    Anchor,
    Condition,
    Count,
    Edge,
    Intervals,
    Method,
    Quantum,
    QuantumMode,
    Spells,
    Time,
    Traffic,
    Weight,
)
from sla_monitor.compliance.periods import Rolling, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import PerBlock, Remedy
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import FOREVER, Grid, Span, Spans
from sla_monitor.compliance.terms import ExclusionOrder, NoData
from tests.compliance.days import DAY, START, applied, stand, states, traffic
from tests.compliance.specimens import EVENTS, agreement, objective

F = Fraction
OVER_5 = Condition(Comparison.GT, F(5, 100))


UP, DOWN, NOBODY = 1.0, 0.0, float("nan")
TIMES: dict[str, tuple[Time, list[tuple[int, int, float]], int]] = {
    "a spell just long enough counts whole": (Time(at_least=300), [(600, 900, DOWN)], 300),
    "one a step shorter does not": (Time(at_least=300), [(600, 885, DOWN)], 0),
    "two short ones are not one long": (Time(at_least=300), [(600, 750, DOWN), (765, 915, DOWN)], 0),
    "what goes beyond": (Time(at_least=300, count=Count.EXCESS), [(600, 1000, DOWN)], 90),
    "half of the service away": (Time(at_least=300), [(600, 900, 0.5)], 150),
    "quanta by length, floored": (Time(quantum=Quantum(60)), [(615, 780, DOWN)], 120),
    "quanta by length, ceiled": (Time(quantum=Quantum(60, QuantumMode.CEIL)), [(615, 780, DOWN)], 180),
    "whole minutes of the clock": (Time(quantum=Quantum(60, QuantumMode.WHOLE_CLOCK)), [(615, 795, DOWN)], 120),
    "minutes touched": (Time(quantum=Quantum(60, QuantumMode.TOUCHED_CLOCK)), [(615, 795, DOWN)], 240),
    "over the start, by its whole length": (Time(at_least=300), [(-180, 240, DOWN)], 240),
    "over the start, clipped": (Time(at_least=300, edge=Edge.CLIP), [(-180, 240, DOWN)], 0),
    "over the end": (Time(at_least=300), [(DAY - 180, DAY + 240, DOWN)], 180),
    "over the end, clipped": (Time(at_least=300, edge=Edge.CLIP), [(DAY - 180, DAY + 240, DOWN)], 0),
    "an unknown stretch breaks a spell": (
        Time(at_least=300), [(600, 750, DOWN), (750, 780, NOBODY), (780, 930, DOWN)], 0),
}  # fmt: skip


@pytest.mark.parametrize("sentence", TIMES)
def test_down_time_by_spells(sentence: str) -> None:
    method, troubles, bad = TIMES[sentence]
    assert stand(method, states(*troubles)).bad == bad


def test_unknown_time_that_counts_as_bad_glues_spells() -> None:
    held = states((600, 750, DOWN), (750, 780, NOBODY), (780, 930, DOWN))
    standing = stand(Time(at_least=300), held, no_data=NoData.BAD)
    assert (standing.bad, standing.total, standing.unknown_seconds) == (330, DAY, 30)


def test_unknown_time_that_is_left_out_is_in_no_quantum() -> None:
    held = states((615, 630, DOWN), (630, 660, NOBODY))
    standing = stand(Time(quantum=Quantum(60, QuantumMode.TOUCHED_CLOCK)), held, no_data=NoData.EXCLUDE)
    assert (standing.bad, standing.total) == (30, DAY - 30)


@pytest.mark.parametrize(
    ("method", "remedy", "margins"),
    [
        (Time(), None, (0, 0)),
        (Time(at_least=300, edge=Edge.CLIP), None, (0, 0)),
        (Time(at_least=300), None, (DAY, 300)),
        (Time(at_least=2 * DAY, quantum=Quantum(60)), None, (2 * DAY + 60, 2 * DAY + 60)),
        (Spells(edge=Edge.CLIP), None, (0, 0)),
        (Spells(at_least=2 * DAY), None, (2 * DAY, 31 * DAY)),
        (Intervals(300), None, (300, 300)),
        (Intervals(300, OVER_5, at_least=600), None, (900, 900)),
        (Intervals(300, OVER_5, at_least=600, edge=Edge.CLIP), None, (300, 300)),
        (Time(), Remedy(PerBlock(F(3600), F(1, 10))), (DAY, 31 * DAY)),
        (Time(at_least=2 * DAY), Remedy(PerBlock(F(3600), F(1, 10))), (2 * DAY, 31 * DAY)),
    ],
)
def test_how_far_around_a_window_spells_may_reach(
    method: Method, remedy: Remedy | None, margins: tuple[int, int]
) -> None:
    assert countings.margins(objective(method=method, remedy=remedy)) == margins


def test_unknown_seconds_that_count_as_up_are_seconds_also_of_spells() -> None:
    schedule = applied(Span(START + 300, START + 900), effect=Effect.GOOD)
    standing = stand(Time(at_least=300), states((300, 900, NOBODY)), schedule=schedule)
    assert (standing.bad, standing.total) == (0, DAY)


TERM = Span(START + 640, FOREVER)


@pytest.mark.parametrize(
    ("sentence", "edge", "unknown", "worst"),
    [
        ("75 s from the term's start on, and up to 55 s more: they may begin at any 5 s", Edge.CLIP, (645, 690), 105),
        ("over the start they begin with a step, and leave 45 s at most", Edge.SPAN, (645, 690), 95),
        ("too short for a minute, whatever it was", Edge.SPAN, (675, 690), 0),
    ],
)
def test_what_quanta_may_come_to(sentence: str, edge: Edge, unknown: tuple[int, int], worst: int) -> None:
    """Whole minutes of what was down from 00:10:15 on and is then unknown, in a term that begins at 00:10:40."""
    down = [(615, 645, DOWN)] if worst else []
    held = states(*down, (*unknown, NOBODY), margin=4 * DAY)
    standing = stand(Time(quantum=Quantum(60), edge=edge), held, term=TERM)
    assert standing.bounds is not None
    assert standing.bounds[0] == 1 - F(worst, DAY - 640), sentence


def test_what_is_rounded_up_by_its_own_length_may_lie_beyond_an_edge() -> None:
    held = states((615, 645, DOWN), (645, 675, NOBODY), margin=4 * DAY)
    standing = stand(Time(quantum=Quantum(60, QuantumMode.CEIL)), held)
    assert (standing.bad, standing.bounds) == (60, (1 - F(105, DAY), 1 - F(30, DAY)))


def test_bounds_glue_and_part_spells() -> None:
    held = states((600, 750, DOWN), (750, 780, NOBODY), (780, 930, DOWN))
    standing = stand(Time(at_least=300), held)
    assert standing.bounds == (1 - F(330, DAY), 1)
    assert standing.attainment == 1


@pytest.mark.parametrize(
    ("order", "effect", "bad", "total"),
    [
        (ExclusionOrder.BEFORE, Effect.DROP, 0, DAY - 60),  # 200 s and 140 s are left of the spell, each too short
        (ExclusionOrder.AFTER, Effect.DROP, 340, DAY - 60),
        (ExclusionOrder.BEFORE, Effect.GOOD, 0, DAY),
        (ExclusionOrder.AFTER, Effect.GOOD, 340, DAY),
    ],
)
def test_an_exclusion_inside_a_spell(order: ExclusionOrder, effect: Effect, bad: int, total: int) -> None:
    schedule = applied(Span(START + 800, START + 860), effect=effect)
    held = states((600, 1000, DOWN), step=20)
    standing = stand(Time(at_least=300), held, schedule=schedule, exclusion_order=order)
    assert (standing.bad, standing.total) == (bad, total)


LOST = -1.0
INTERVALS: dict[str, tuple[Intervals, list[tuple[int, int, float, float]], F, F]] = {
    "graded: each interval weighs the same": (
        Intervals(300), [(0, 5, 50, 100), (10, 15, 1, 3)], F(1, 2) + F(1, 3), F(288)),
    "graded: a silent interval is good": (Intervals(300), [(0, 5, 0, 0)], F(0), F(288)),
    "graded: or bad": (Intervals(300, empty=Traffic.BAD), [(0, 5, 0, 0)], F(1), F(288)),
    "graded: or none": (Intervals(300, empty=Traffic.EXCLUDE), [(0, 5, 0, 0)], F(0), F(287)),
    "graded by time": (Intervals(300, weight=Weight.TIME), [(0, 5, 50, 100)], F(150), F(DAY)),
    "exactly the limit is not above it": (Intervals(60, OVER_5), [(0, 1, 5, 100)], F(0), F(DAY)),
    "one event over is": (Intervals(60, OVER_5), [(0, 1, 6, 100)], F(60), F(DAY)),
    "an unknown slice makes its interval unknown": (Intervals(300, OVER_5), [(0, 1, 0, LOST)], F(0), F(DAY - 300)),
    "runs too short": (Intervals(60, OVER_5, at_least=300), [(5, 9, 50, 100)], F(0), F(DAY)),
    "runs long enough": (Intervals(60, OVER_5, at_least=300), [(5, 10, 50, 100)], F(300), F(DAY)),
    "a run over the start": (Intervals(60, OVER_5, at_least=300), [(-3, 2, 50, 100)], F(120), F(DAY)),
    "a run over the start, clipped": (
        Intervals(60, OVER_5, at_least=300, edge=Edge.CLIP), [(-3, 2, 50, 100)], F(0), F(DAY)),
    "too few events, good": (
        Intervals(60, OVER_5, min_events=60, low_traffic=Traffic.GOOD), [(0, 1, 59, 59)], F(0), F(DAY)),
    "enough events": (
        Intervals(60, OVER_5, min_events=60, low_traffic=Traffic.GOOD), [(0, 1, 60, 60)], F(60), F(DAY)),
    "too few events, excluded": (
        Intervals(60, OVER_5, min_events=60, low_traffic=Traffic.EXCLUDE), [(0, 1, 59, 59)], F(0), F(DAY - 60)),
    "too few events, as they are": (Intervals(60, OVER_5, min_events=60), [(0, 1, 59, 59)], F(60), F(DAY)),
    "a last interval that is a part": (Intervals(7 * 3600), [(23 * 60, 24 * 60, 100, 100)], F(3, 7) / 3, 3 + F(3, 7)),
}  # fmt: skip


@pytest.mark.parametrize("sentence", INTERVALS)
def test_intervals(sentence: str) -> None:
    method, troubles, bad, total = INTERVALS[sentence]
    standing = stand(method, traffic(*troubles), measurement=EVENTS)
    assert (standing.bad, standing.total) == (bad, total)


def test_an_exclusion_takes_the_whole_interval_it_touches() -> None:
    schedule = applied(Span(START + 290, START + 310))
    standing = stand(Intervals(300), traffic((0, 5, 100, 100)), measurement=EVENTS, schedule=schedule)
    assert (standing.bad, standing.total, standing.excluded_seconds) == (0, 286, 20)


def test_of_an_interval_promised_in_part_only_slices_promised_whole_count() -> None:
    """The first minute is bad and outside the service hours, the next one half outside."""
    hours = Schedule(Spans.of([Span(START + 90, START + DAY)]))
    standing = stand(Intervals(300), traffic((0, 2, 100, 100), (2, 3, 60, 100)), measurement=EVENTS, schedule=hours)
    assert (standing.bad, standing.total) == (F(210, 300) * F(60, 300), 287 + F(210, 300))


@pytest.mark.parametrize(
    ("method", "total"),
    [(Intervals(300), 288), (Intervals(300, OVER_5), DAY), (Intervals(300, weight=Weight.TIME), DAY)],
)
def test_unknown_intervals_that_count_as_up_are_so_many_as_known_ones(method: Intervals, total: int) -> None:
    schedule = applied(Span(START + 300, START + 900), effect=Effect.GOOD)
    standing = stand(method, traffic((5, 15, 0, LOST)), measurement=EVENTS, schedule=schedule)
    assert (standing.bad, standing.total) == (0, total)


@pytest.mark.parametrize(("begin", "bad"), [(0, 420), (300, 0)])
def test_unknown_intervals_that_count_as_bad_do_so_in_the_term_alone(begin: int, bad: int) -> None:
    """Five minutes nobody knows, then two bad ones: a run of seven, unless the term begins with the two."""
    held = traffic((0, 5, 0, LOST), (5, 7, 50, 100))
    method, term = Intervals(60, OVER_5, at_least=300), Span(START + begin, FOREVER)
    standing = stand(method, held, measurement=EVENTS, no_data=NoData.BAD, term=term)
    assert (standing.bad, standing.unknown_seconds) == (bad, 300 - begin)


def test_an_exclusion_cuts_a_run_of_intervals() -> None:
    schedule = applied(Span(START + 420, START + 425))
    held = traffic((5, 11, 50, 100))
    for order, bad in ((ExclusionOrder.BEFORE, 0), (ExclusionOrder.AFTER, 300)):
        method = Intervals(60, OVER_5, at_least=300)
        standing = stand(method, held, measurement=EVENTS, schedule=schedule, exclusion_order=order)
        assert standing.bad == bad


def test_only_intervals_that_have_ended_are_seen() -> None:
    standing = stand(Intervals(3600), traffic(), measurement=EVENTS, at=START + 3 * 3600 + 1800)
    assert standing.total == 3
    assert standing.budget is not None
    assert standing.budget.allowed == F(24, 100)


def test_intervals_counted_from_the_epoch_are_cut_by_the_window_in_proportion() -> None:
    """Days are no multiple of seven hours: counted from the epoch the window begins 2 h into one of them."""
    bad_first = traffic((-120, 300, 100, 100))
    standing = stand(Intervals(25200, anchor=Anchor.WINDOW), bad_first, measurement=EVENTS)
    assert (standing.bad, standing.total) == (F(5, 7), F(24, 7))
    offset = START % 25200
    epoch = stand(Intervals(25200, anchor=Anchor.EPOCH), bad_first, measurement=EVENTS)
    assert epoch.total == F(24, 7)
    first = F(25200 - offset, 25200)
    bad_share = F(min(120, offset // 60) * 60 + min(18000, 25200 - offset), 25200)
    rest = F(max(0, 18000 - (25200 - offset)), 25200)
    assert epoch.bad == first * bad_share + rest


def test_bounds_of_runs_hold_every_way_to_fill_a_gap() -> None:
    method = Intervals(60, OVER_5, at_least=300)
    standing = stand(method, traffic((5, 8, 50, 100), (8, 9, 0, LOST), (9, 11, 50, 100)), measurement=EVENTS)
    assert standing.bounds == (1 - F(360, DAY), 1)
    assert standing.attainment == 1


def test_intervals_of_a_rolling_window_begin_with_it() -> None:
    """From 00:07 on: the first hour of the window has the bad minutes, the hour before it none of them."""
    window = Window("rolling", "6h", Span(START + 420, START + 420 + 6 * 3600))
    promise = replace(objective("99", Intervals(3600)), measurement=EVENTS, window=Rolling(6 * 3600, "6h"))
    held = {EVENTS.key: traffic((7, 37, 100, 100))}
    standing = judgements.judge(agreement(promise), promise, window, window.span.end, held)
    assert (standing.bad, standing.total) == (F(1, 2), 6)


def test_silent_intervals_may_be_unknown() -> None:
    standing = stand(Intervals(300, empty=Traffic.UNKNOWN), traffic((0, 10, 0, 0)), measurement=EVENTS)
    assert (standing.total, standing.unknown_seconds) == (286, 600)


@pytest.mark.parametrize(("held", "left"), [(traffic(), 864), (slices.empty(60), 432)])
def test_an_outage_costs_intervals_whether_or_not_any_was_seen(held: Slices, left: int) -> None:
    """A hundredth of 24 hours may be bad, which is 864 s; where nobody knows of the first twelve, of the rest."""
    standing = stand(Intervals(3600), held, measurement=EVENTS, at=START + DAY // 2)
    assert standing.projection.max_further_downtime == left
    assert standing.budget is not None
    assert standing.budget.allowed == F(left, 3600)


def test_before_the_first_interval_has_ended_nothing_is_seen() -> None:
    standing = stand(Intervals(DAY), traffic(), measurement=EVENTS, at=START + 60)
    assert (standing.total, standing.attainment, standing.coverage) == (0, 1, None)


def test_shares_of_many_denominators_are_added_up_to_thirteen_decimals() -> None:
    """The common denominator of these primes is far beyond what is kept exactly."""
    primes = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149]
    troubles = [(minute, minute + 1, 1.0, float(prime)) for minute, prime in enumerate(primes)]
    standing = stand(Intervals(60), traffic(*troubles), measurement=EVENTS)
    exact = sum((F(1, prime) for prime in primes), F(0))
    assert standing.bad is not None
    assert 0 < abs(standing.bad - exact) < F(1, 10**12)


def test_a_span_without_a_whole_interval_has_one_border() -> None:
    assert intervals.borders(Grid(DAY), Span(10, 20)).tolist() == [DAY]
