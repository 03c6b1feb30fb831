"""What an explanation knows beside the standing: odd days, what is known and what is not, samples."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements
from sla_monitor.compliance.exclusions import Applied, Once, Rule
from sla_monitor.compliance.explanations import Explanation, Known, OddDay, explained, outlined
from sla_monitor.compliance.methods import Events, Intervals, Method, Spells, Stat, Statistic, Time, Weight
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, Window, window_at
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Amendment, Measurement, Objective, Policy, SourceName, Value
from tests.compliance.specimens import EVENTS, agreement, instant, measured, objective

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = Calendar(Unit.HOUR)
WINDOW = Window("hour", "first", Span(0, 3600))
ASKED = (Asked("total", "sum(x)", 60, at_end=True),)
VALUES = Measurement(SourceName("default"), Value("queue_length"), 60)


def explain(
    promise: Objective, held: Slices, *, schedule: Schedule = ALWAYS, asked: Spans | None = None, at: int = 3600
) -> Explanation:
    made = agreement(promise)
    key = promise.measurement.key
    standing = judgements.judge(made, promise, WINDOW, at, {key: held}, schedule=schedule)
    known = Known({key: held}, {key: Spans((WINDOW.span,)) if asked is None else asked}, {key: ASKED})
    return explained(standing, schedule, known)


def minutes(*rows: tuple[float, float, int]) -> Slices:
    return measured([(index * 60, *row) for index, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("spec", "at", "odd"),
    [
        (Calendar(Unit.MONTH), "2026-03-10T00:00:00+00:00", [("2026-03-28T23:00:00+00:00", 23)]),
        (Calendar(Unit.MONTH), "2026-04-10T00:00:00+00:00", []),
        (Calendar(Unit.DAY), "2026-10-25T10:00:00+00:00", [("2026-10-24T22:00:00+00:00", 25)]),
        (
            Calendar(Unit.YEAR),
            "2026-04-10T00:00:00+00:00",
            [("2026-03-28T23:00:00+00:00", 23), ("2026-10-24T22:00:00+00:00", 25)],
        ),
    ],
)
def test_days_that_the_clocks_made_odd(spec: Calendar, at: str, odd: list[tuple[str, int]]) -> None:
    promise = objective(window=spec)
    window = window_at(spec, BERLIN, instant(at))
    made = agreement(promise, zone=BERLIN)
    held = {EVENTS.key: minutes()}
    found = outlined(judgements.judge(made, promise, window, window.span.end, held)).odd_days
    assert found == tuple(OddDay(instant(start), hours * 3600) for start, hours in odd)


def test_what_can_be_told_without_slices() -> None:
    standing = judgements.judge(agreement(objective()), objective(), WINDOW, 3600, {EVENTS.key: minutes()})
    assert outlined(standing) == Explanation(standing)


def test_what_was_measured_and_how() -> None:
    promise = objective(window=HOUR)
    found = explain(promise, minutes((9, 10, 60), (0, 0, 60), (0, 0, 0)), asked=Spans((Span(0, 1800),)))
    assert found.coverage is not None
    assert found.coverage.known == Spans((Span(0, 60),))
    assert found.coverage.quiet == Spans((Span(60, 120),))
    assert found.coverage.unseen == Spans((Span(120, 1800),))
    assert found.coverage.unasked == Spans((Span(1800, 3600),))
    assert [(one.measurement, one.slices, one.asked) for one in found.evidence] == [(EVENTS, 3, ASKED)]
    assert (found.samples, found.down) == (None, None)


@pytest.mark.parametrize(
    ("method", "down"),
    [(Spells(), 60), (Time(at_least=300), 60), (Time(), None)],
)
def test_seconds_down_are_told_where_outages_count(method: Method, down: int | None) -> None:
    """Whether they count or not: a minute is too short for five."""
    promise = objective(method=method, window=HOUR)
    assert explain(promise, minutes((0, 60, 60), *[(60, 60, 60)] * 59)).down == down


def test_a_measurement_nobody_heard_of() -> None:
    promise = objective(window=HOUR)
    standing = judgements.judge(agreement(promise), promise, WINDOW, 3600, {EVENTS.key: minutes()})
    found = explained(standing, ALWAYS, Known({}, {}, {}))
    assert found.coverage is not None
    assert found.coverage.unasked == Spans((WINDOW.span,))
    assert [(one.slices, one.asked) for one in found.evidence] == [(0, ())]
    assert Known({}, {}, {}).of(EVENTS).seconds == EVENTS.slice_seconds


def test_slices_that_cannot_be_split_leave_whole() -> None:
    out = Schedule(None, (Applied(Rule("r", "other", Once(Span(90, 150))), Span(90, 150), Spans((Span(90, 150),))),))
    promise = objective(window=HOUR)
    found = explain(promise, minutes(*[(1, 1, 60)] * 60), schedule=out)
    assert found.coverage is not None
    assert found.coverage.known == Spans((Span(0, 60), Span(180, 3600)))
    assert found.coverage.seconds == found.standing.known_seconds


def test_each_measurement_of_an_amended_promise_is_told_of() -> None:
    first = objective(window=Calendar(Unit.DAY))
    later = replace(first, measurement=replace(EVENTS, slice_seconds=120), target=Fraction(1, 2))
    made = replace(agreement(first), amendments=(Amendment(1200, "", (), Policy.WEIGHTED, (later,)),))
    held = {
        EVENTS.key: minutes(*[(1, 1, 60)] * 60),
        later.measurement.key: measured([(at, 1, 1, 120) for at in range(0, 3600, 120)], 120),
    }
    window = Window("day", "first", Span(0, 86_400))
    standing = judgements.judge(made, first, window, 3600, held)
    asked = dict.fromkeys(held, Spans((Span(0, 3600),)))
    found = explained(standing, ALWAYS, Known(held, asked, {}))
    assert [(one.measurement.slice_seconds, one.slices) for one in found.evidence] == [(60, 20), (120, 20)]
    assert found.coverage is not None
    assert found.coverage.known == Spans((Span(0, 3600),))
    assert [(one.span, one.amount) for one in standing.weights] == [
        (Span(0, 1200), 20),
        (Span(1200, 86_400), 20),
    ]
    assert standing.known_seconds + sum(one.seconds for one in standing.taken) == 86_400


@pytest.mark.parametrize(
    ("method", "samples"),
    [
        (Stat(Statistic.MEAN), 5),
        (Stat(Statistic.MEAN, Weight.SLICE), 2),
        (Events(), None),
        (Intervals(300), None),
    ],
)
def test_how_many_samples_a_statistic_is_of(method: Method, samples: int | None) -> None:
    nan = float("nan")
    states = np.array([[1.0, 2.0, nan, 4.0], [nan, nan, nan, nan], [5.0, nan, nan, 6.0]])
    held = Slices(
        60, np.array([0, 60, 120]), np.nansum(states, axis=1), np.array([3.0, 0, 2]), np.array([45, 0, 30]), states
    )
    sampled = isinstance(method, Stat)
    promise = objective(window=HOUR, method=method, measurement=VALUES if sampled else EVENTS)
    assert explain(promise, held if sampled else minutes((1, 1, 60))).samples == samples


def test_a_rolling_window_has_its_days_too() -> None:
    spec = Rolling(2 * 86_400, "2d")
    promise = objective(window=spec)
    end = instant("2026-10-26T10:00:00+00:00")
    window = Window("rolling", "2d", Span(end - spec.seconds, end))
    standing = judgements.judge(agreement(promise, zone=BERLIN), promise, window, end, {EVENTS.key: minutes()})
    assert [day.seconds for day in outlined(standing).odd_days] == [90_000]


@given(
    st.lists(st.sampled_from([(9.0, 10.0, 60), (0.0, 0.0, 60), (0.0, 0.0, 0)]), max_size=60),
    st.integers(0, 3700),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 900)), max_size=3),
)
def test_coverage_says_what_the_standing_says(
    rows: list[tuple[float, float, int]], at: int, out: list[tuple[int, int]]
) -> None:
    spans = [Span(start, start + length) for start, length in out]
    schedule = Schedule(None, tuple(Applied(Rule("r", "other", Once(one)), one, Spans((one,))) for one in spans))
    promise = objective(window=HOUR)
    found = explain(promise, minutes(*rows), schedule=schedule, at=at)
    standing, told = found.standing, found.coverage
    assert told is not None
    assert told.known.seconds + told.quiet.seconds == standing.known_seconds
    assert told.unseen.seconds + told.unasked.seconds == standing.unknown_seconds
    assert told.seconds + sum(one.seconds for one in standing.taken) == WINDOW.span.seconds
