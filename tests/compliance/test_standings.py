"""Facts gathered from cells, the cells they need, and the burn-down."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import burndowns, methods, periods, slices, standings, windows
from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.methods import Method
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, Window
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.standings import Point
from sla_monitor.compliance.terms import NoData, PartialWindow
from tests.compliance.specimens import agreement, facts_from, instant, measured, objective, stand

TIME, EVENTS = objective("99", methods.TIME), objective("99")
HOUR = Window("hour", "", Span(3600, 7200))
NO_CELLS = slices.cells_of(slices.empty(60))


def minutes(start: int, end: int, good: float = 60, total: float = 60) -> slices.Cells:
    return slices.cells_of(measured((at, good, total, 60) for at in range(start, end, 60)))


def test_what_has_passed_is_seen_and_the_rest_is_to_come() -> None:
    found = facts_from(TIME, HOUR, 4200, minutes(0, 9000))
    assert (found.tally.population, found.tally.known, found.rest) == (600, 600, 3000)
    assert {name: tally.population for name, tally in found.lookbacks.items()} == {
        "5m": 300, "30m": 1800, "1h": 3600, "2h": 4200, "6h": 4200, "1d": 4200, "3d": 4200,
    }  # fmt: skip


def test_lookbacks_cross_the_start_of_the_window_and_stop_at_its_end() -> None:
    found = facts_from(TIME, HOUR, 9000, minutes(0, 9000))
    assert found.complete
    assert (found.lookbacks["2h"].population, found.lookbacks["5m"].known, found.rest) == (7200, 300, 0)
    assert found.lookbacks["3d"].population == 7200


@pytest.mark.parametrize(("method", "seen", "rest"), [(methods.TIME, 610, 2990), (methods.EVENTS, 600, 3000)])
def test_an_instant_inside_a_slice_loses_none_of_the_window(method: Method, seen: int, rest: int) -> None:
    found = facts_from(objective("99", method), HOUR, 4210, minutes(0, 9000))
    assert (found.tally.population, found.rest) == (seen, rest)


@pytest.mark.parametrize(
    ("term", "method", "at", "expected"),
    [
        (Span(5400, FOREVER), methods.TIME, 6000, (600, 1200, 1800, 1800)),
        (Span(5400, FOREVER), methods.TIME, 4000, (0, 1800, 400, 1800)),
        (Span(0, 5400), methods.TIME, 6000, (1800, 0, 600, 1800)),
        (Span(4000, 5000), methods.TIME, 7200, (1000, 0, 2600, 2600)),
        (Span(4000, 5000), methods.EVENTS, 7200, (960, 0, 0, 0)),
        (Span(0, FOREVER), methods.TIME, 6000, (2400, 1200, 0, 0)),
    ],
)
def test_terms_inside_a_window(term: Span, method: Method, at: int, expected: tuple[int, ...]) -> None:
    promise = objective("99", method, partial_window=PartialWindow.ASSUME_GOOD)
    found = facts_from(promise, HOUR, at, minutes(0, 9000), term=term)
    assert (found.tally.population, found.rest, found.assumed, found.assumed_whole) == expected
    prorated = replace(promise, partial_window=PartialWindow.PRORATE)
    plain = facts_from(prorated, HOUR, at, minutes(0, 9000), term=term)
    assert (plain.tally, plain.rest, plain.assumed_whole) == (found.tally, found.rest, 0)


def test_half_an_hour_down_from_the_16th() -> None:
    """domain.md 2.7: 99.861 % of the promised half month, 99.931 % of the month."""
    month = periods.period_span("2026-06", ZoneInfo("UTC"))
    begin, end = instant("2026-06-16T00:00Z"), month.end
    cells = slices.concatenated([minutes(begin, begin + 1800, good=0), minutes(begin + 1800, end)])
    window = Window("month", "2026-06", month)
    shown = []
    for partial in (PartialWindow.PRORATE, PartialWindow.ASSUME_GOOD):
        promise = replace(TIME, partial_window=partial)
        term = Span(begin, FOREVER)
        shown.append(stand(promise, facts_from(promise, window, end, cells, term=term), term=term).attainment)
    assert shown == [1 - Fraction(1800, 15 * 86400), 1 - Fraction(1800, 30 * 86400)]


@given(st.integers(3600, 9000), st.integers(0, 4000), st.integers(4100, 9000))
def test_cells_split_at_the_cuts_need_not_be_finer(at: int, begin: int, end: int) -> None:
    """Stretches of any length give the same facts as single slices, if none crosses a cut."""
    promise, term = objective("99", methods.TIME), Span(begin, end)
    fine = slices.cells_of(measured((start, start % 59, 60, 60) for start in range(0, 9000, 60)))
    cuts = (cut for cut in standings.cuts(agreement(promise, term=term), HOUR, at) if 0 < cut < 9000)
    borders = sorted({0, 9000, *cuts})
    parts = [windows.gather(fine, Spans.of([Span(*pair)])) for pair in itertools.pairwise(borders)]
    coarse = slices.Cells(
        np.array(borders[:-1]),
        np.array(borders[1:]),
        slices.fixed(np.array([float(part.good) for part in parts])),
        slices.fixed(np.array([float(part.total) for part in parts])),
        np.array([int(part.known) for part in parts]),
    )
    there, here = (facts_from(promise, HOUR, at, cells, term=term) for cells in (coarse, fine))
    assert (there.rest, there.assumed, there.window) == (here.rest, here.assumed, here.window)
    for name, tally in {**here.lookbacks, "window": here.tally}.items():
        other = {**there.lookbacks, "window": there.tally}[name]
        # A minute that a cut divides may have a share of good seconds that no fixed point writes exactly.
        assert abs(other.good - tally.good) < Fraction(1, 10**6), name
        assert replace(other, good=tally.good) == tally, name


@pytest.mark.parametrize(
    ("at", "span"),
    [(4200, Span(4200 - 259_200, 4200)), (9000, Span(7200 - 259_200, 7200)), (3000, Span(3000 - 259_200, 3600))],
)
def test_the_reach_of_an_hour_goes_back_by_the_longest_lookback(at: int, span: Span) -> None:
    assert standings.reach(HOUR, at) == span


def test_the_reach_of_a_long_window_is_its_own() -> None:
    month = Window("month", "", Span(0, 30 * 86400))
    assert standings.reach(month, 20 * 86400) == Span(0, 20 * 86400)


@given(
    st.sampled_from([Unit.DAY, Unit.MONTH]),
    st.integers(10**9, 2 * 10**9),
    st.sampled_from((methods.EVENTS, methods.TIME)),
)
def test_nothing_outside_the_reach_matters(unit: Unit, at: int, method: Method) -> None:
    promise = objective("99", method)
    window = periods.window_at(Calendar(unit), ZoneInfo("Europe/Berlin"), at)
    reach = standings.reach(window, at)
    first, last = reach.start // 3600 * 3600, reach.end // 3600 * 3600 + 3600
    near = slices.cells_of(measured(((hour, 1, 2, 3600) for hour in range(first, last, 3600)), 3600))
    far = slices.cells_of(measured([(first - 3600, 0, 9, 3600), (last, 0, 9, 3600)], 3600))
    assert facts_from(promise, window, at, near) == facts_from(promise, window, at, slices.concatenated([near, far]))


def test_a_rolling_window_has_no_rest() -> None:
    window = periods.rolling_window(Rolling(3600, "1h"), 7230)
    found = facts_from(EVENTS, window, 7230, minutes(0, 9000))
    assert (found.tally.population, found.rest, found.complete) == (3540, 0, False)


def drawn(promise: object, at: int, cells: slices.Cells) -> tuple[Point, ...]:
    standing = stand(promise, facts_from(promise, HOUR, at, cells))  # type: ignore[arg-type]
    return burndowns.burndown(standing.agreement, standing, cells)


def test_a_burn_down_shows_each_fall_of_the_budget() -> None:
    cells = slices.concatenated([minutes(3600, 4200), minutes(4200, 4260, good=51), minutes(4260, 4800)])
    assert drawn(TIME, 4800, cells) == (
        Point(3600, 1.0), Point(3660, 1.0), Point(4200, 1.0), Point(4260, 0.75), Point(4800, 0.75),
    )  # fmt: skip


def test_a_burn_down_ends_with_what_the_standing_says() -> None:
    """Also where the last slices are missing, and unknown time counts as bad."""
    promise = replace(TIME, no_data=NoData.BAD)
    cells = slices.concatenated([minutes(3600, 3660), minutes(3672 // 60 * 60 + 60, 3780)])
    points = drawn(promise, 3790, cells)
    assert points == (
        Point(3600, 1.0),
        Point(3660, 1.0),
        Point(3780, pytest.approx(1 - 60 / 36)),
        Point(3790, pytest.approx(1 - 70 / 36)),
    )


def test_a_burn_down_is_drawn_when_somebody_looks() -> None:
    looks: list[int] = []
    standing = stand(TIME, facts_from(TIME, HOUR, 4800, minutes(3600, 4800)))
    entry = Entry(standing, None, lambda: looks.append(1) or (Point(3600, 1.0),))
    assert looks == []
    assert (entry.burndown, looks) == ((Point(3600, 1.0),), [1])


def test_gaps_of_events_do_not_burn() -> None:
    cells = slices.concatenated([minutes(3600, 3660), minutes(3720, 3780)])
    assert drawn(replace(EVENTS, no_data=NoData.BAD), 3780, cells)[-1] == Point(3780, 1.0)


def test_a_burn_down_has_no_more_points_than_a_chart_has_columns() -> None:
    day = Window("day", "", Span(0, 86400))
    cells = minutes(0, 86400, good=59)
    standing = stand(TIME, facts_from(TIME, day, 86400, cells))
    points = burndowns.burndown(standing.agreement, standing, cells)
    assert len(points) <= burndowns.MOST_POINTS + 2
    assert points[-1].remaining_ratio == pytest.approx(float(standing.budget.remaining_ratio))
    assert [point.at for point in points] == sorted({point.at for point in points})


@pytest.mark.parametrize(("promise", "at"), [(objective("100", methods.TIME), 4800), (TIME, 3600)])
def test_where_there_is_nothing_to_burn_nothing_is_drawn(promise: object, at: int) -> None:
    assert drawn(promise, at, minutes(3600, 4800)) == ()


def test_a_burn_down_without_cells_is_one_line() -> None:
    assert drawn(TIME, 4800, NO_CELLS) == (Point(3600, 1.0), Point(4800, 1.0))


def test_a_board_knows_the_entries_of_an_agreement() -> None:
    standing = stand(TIME, facts_from(TIME, HOUR, 4800, NO_CELLS))
    entry = Entry(standing, None, ())
    board = Board(entries=(entry,))
    assert (board.of("acme"), board.of("another")) == ((entry,), ())
