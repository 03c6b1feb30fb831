"""Burn-down charts: where the curve runs, and what the axis says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sla_monitor.compliance import methods
from sla_monitor.compliance.boards import Entry
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.standings import Point
from sla_monitor.publishing.web import charts
from tests.publishing import boards
from tests.publishing.boards import Contract, Story, Trouble


def entry(**changes: object) -> Entry:
    story = Story(name="uptime", method=methods.TIME, **changes)
    return boards.board(Contract(name="acme", zone=boards.BERLIN, stories=(story,))).entries[0]


def places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_an_untouched_budget_runs_along_the_top():
    chart = charts.burndown(entry())
    assert {y for _, y in places(chart.curve)} == {0.0}
    assert chart.curve.startswith("M0.0 0.0")


def test_the_curve_ends_now_at_the_ratio_left():
    drawn = entry(troubles=(Trouble("9d", "20m"),))
    chart = charts.burndown(drawn)
    x, y = places(chart.curve)[-1]
    left = float(drawn.current.budget.remaining_ratio)
    assert x == pytest.approx(chart.now.at * 10, abs=1)
    assert y == pytest.approx(chart.zero_units * (1 - left), abs=0.1)


def test_an_overdrawn_budget_runs_under_the_line_of_nothing_left():
    chart = charts.burndown(entry(troubles=(Trouble("9d", "1h"),)))
    assert places(chart.curve)[-1][1] > chart.zero_units
    assert [level.text for level in chart.levels] == ["100\u202f%", "50\u202f%", "used up"]
    assert not chart.clipped


def test_what_is_overdrawn_more_than_once_over_is_cut_off_and_said_so():
    chart = charts.burndown(entry(troubles=(Trouble("9d", "9h"),)))
    assert chart.clipped
    assert max(y for _, y in places(chart.curve)) <= charts.UNITS


def test_even_burn_goes_from_all_to_nothing_over_the_window():
    chart = charts.burndown(entry())
    assert places(chart.even) == [(0.0, 0.0), (1000.0, pytest.approx(chart.zero_units, abs=0.1))]


def test_a_budget_that_runs_out_shows_the_way_there():
    chart = charts.burndown(entry(troubles=(Trouble("4m", "4m"),)))
    assert places(chart.ahead)[-1][1] == pytest.approx(chart.zero_units, abs=0.1)
    assert charts.burndown(entry()).ahead == ""


def test_no_budget_no_chart():
    assert charts.burndown(entry(target="100%")) is None


def test_forty_thousand_points_are_thinned_to_what_can_be_seen():
    drawn = entry()
    span = drawn.current.window.span
    many = tuple(Point(at, 1 - (at - span.start) / span.seconds) for at in range(span.start, span.end, 60))
    curve = places(charts.burndown(replace(drawn, drawn=lambda: many)).curve)
    assert len(many) > 40_000
    assert len(curve) <= 2 * (charts.UNITS + 1)
    assert curve[-1][0] == pytest.approx(1000, abs=0.1)


@pytest.mark.parametrize(
    ("every", "wanted"),
    [
        (Unit.DAY, ["00:00", "06:00", "12:00", "18:00", "00:00"]),
        (Unit.WEEK, ["19 Oct", "21 Oct", "22 Oct", "23 Oct", "24 Oct", "25 Oct"]),
        (Unit.MONTH, ["1 Oct", "12 Oct", "19 Oct", "31 Oct"]),
        (Unit.QUARTER, ["1 Oct", "1 Nov", "1 Dec", "31 Dec"]),
        (Unit.YEAR, ["1 Jan", "1 Apr", "1 Jul", "1 Oct", "31 Dec"]),
    ],
)
def test_the_axis_names_days_of_the_zone_with_room_for_the_ends(every, wanted):
    ticks = charts.burndown(entry(window=Calendar(every))).ticks
    assert [tick.text for tick in ticks] == wanted
