"""Amendments under service hours and exclusions: each part is counted in its own hours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements, methods, slices
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Amendment, Objective, Policy
from tests.compliance.specimens import agreement, measured, objective

HOUR, DAY = 3600, 86_400
DAYS = 10
MONTH = Window("month", "1970-01", Span(0, DAYS * DAY))
TIME, EVENTS = objective("90", methods.TIME), objective("90")
OFFICE = Spans.of(Span(day * DAY + 8 * HOUR, day * DAY + 18 * HOUR) for day in range(DAYS))
"""Ten hours of each day."""
CUT = 4 * DAY


def excluded(start: int, end: int, effect: Effect = Effect.DROP) -> Applied:
    rule = Rule("maintenance", "maintenance", Once(Span(start, end)), effect)
    return Applied(rule, Span(start, end), Spans.of([Span(start, end)]))


def hours(down: dict[int, int], until: int = DAYS * DAY) -> slices.Cells:
    """Cells of an hour, all up but for what was down: (hour, how many seconds)."""
    return slices.cells_of(
        measured(((HOUR * k, HOUR - down.get(k, 0), HOUR, HOUR) for k in range(until // HOUR)), HOUR)
    )


def stand(
    first: Objective,
    cells: slices.Cells,
    schedule: Schedule,
    *made: tuple[int, dict[str, Any], Policy],
    at: int = MONTH.span.end,
) -> Standing:
    first = replace(first, measurement=replace(first.measurement, slice_seconds=HOUR))
    changed = [Amendment(start, "", (), policy, (replace(first, **changes),)) for start, changes, policy in made]
    given_ = replace(agreement(first), amendments=tuple(changed))
    return judgements.judge(given_, first, MONTH, at, {first.measurement.key: cells}, schedule=schedule)


def stricter(policy: Policy = Policy.WEIGHTED, at: int = CUT) -> tuple[int, dict[str, Any], Policy]:
    return at, {"target": Fraction(95, 100)}, policy


@pytest.mark.parametrize(
    ("sentence", "schedule", "allowed", "bad"),
    [
        ("around the clock, 96 h at 10 % and 144 h at 5 %", ALWAYS, 96 * 360 + 144 * 180, 3),
        ("in office hours, 40 h and 60 h", Schedule(OFFICE), 40 * 360 + 60 * 180, 2),
        ("a day before the cut takes 10 h of it", Schedule(OFFICE, (excluded(0, DAY),)), 30 * 360 + 60 * 180, 1),
        (
            "across the cut it takes 5 h of each part",
            Schedule(OFFICE, (excluded(CUT - 11 * HOUR, CUT + 13 * HOUR),)),
            35 * 360 + 55 * 180,
            1,
        ),
        (
            "what counts as up stays in the budget",
            Schedule(OFFICE, (excluded(0, DAY, Effect.GOOD),)),
            40 * 360 + 60 * 180,
            1,
        ),
    ],
)
def test_each_part_weighs_with_its_hours(sentence: str, schedule: Schedule, allowed: int, bad: int) -> None:
    """Down at eight of the first day, at eight in the evening, and at eight of the fifth day."""
    standing = stand(TIME, hours({8: HOUR, 20: HOUR, 4 * 24 + 8: HOUR}), schedule, stricter())
    assert (standing.budget.allowed, standing.bad) == (allowed, bad * HOUR), sentence


def test_an_exclusion_is_told_once_of_a_window_in_parts() -> None:
    schedule = Schedule(OFFICE, (excluded(CUT - HOUR, CUT + 9 * HOUR),))
    for policy in Policy:
        standing = stand(TIME, hours({}), schedule, stricter(policy))
        assert (standing.excluded_seconds, len(standing.exclusions)) == (HOUR, 1)


def test_a_part_without_hours_misses_nothing() -> None:
    """From 20:00 of the last day nothing is promised: what is down then breaks no part."""
    late = (DAYS - 1) * DAY + 20 * HOUR
    down = {DAYS * 24 - 2: HOUR}
    split = stand(TIME, hours(down), Schedule(OFFICE), stricter(Policy.SPLIT, late))
    assert (split.status, split.bad) == (Status.MET, 0)
    assert stand(TIME, hours(down), ALWAYS, stricter(Policy.SPLIT, late)).status is Status.BREACHED


def test_the_budget_runs_out_in_hours_also_under_an_amendment() -> None:
    """Half of each hour since eight was down; 40 h × 360 s and 60 h × 180 s are allowed."""
    at = 4 * DAY + 14 * HOUR
    down = {4 * 24 + hour: HOUR // 2 for hour in range(8, 14)}
    standing = stand(TIME, hours(down, at), Schedule(OFFICE), stricter(), at=at)
    assert standing.budget.remaining == 40 * 360 + 60 * 180 - 6 * 1800
    # At half a second a second 14 400 s last eight hours: four of today, and four of tomorrow.
    assert standing.projection.exhaustion == 5 * DAY + 12 * HOUR


cut_hours = st.lists(st.integers(1, DAYS * 24 - 1), max_size=3, unique=True)
bad_hours = st.dictionaries(st.integers(0, DAYS * 24 - 1), st.integers(1, HOUR), max_size=20)
pieces = st.lists(
    st.builds(lambda start, length, effect: excluded(start * 1800, (start + length) * 1800, effect),
              st.integers(0, DAYS * 48 - 9), st.integers(1, 8), st.sampled_from(Effect)),
    max_size=3,
)  # fmt: skip


@given(bad_hours, cut_hours, pieces, st.integers(1, DAYS * 24), st.sampled_from([TIME, EVENTS]))
def test_an_amendment_of_words_changes_no_number_under_hours(
    down: dict[int, int], made: list[int], out: list[Applied], at: int, first: Objective
) -> None:
    schedule = Schedule(OFFICE, tuple(out))
    cells = hours(down, at * HOUR)
    plain = stand(first, cells, schedule, at=at * HOUR)
    amended = stand(first, cells, schedule, *((HOUR * k, {}, Policy.WEIGHTED) for k in made), at=at * HOUR)
    assert replace(amended, agreement=plain.agreement, amendments=()) == plain
