"""A standing in figures: what is left, when it runs out, how much of it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sla_monitor.compliance import methods
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.web import panels
from tests.publishing import boards
from tests.publishing.boards import Contract, Story, Trouble

HOUR = (Trouble("5d", "1h"),)


def standing(**changes: object) -> Standing:
    story = Story(**{"name": "uptime", "method": methods.TIME, **changes})
    return boards.board(Contract(name="acme", stories=(story,))).entries[0].current


def told(figure: panels.Figure) -> tuple[str, str]:
    return figure.text.replace("\u202f", " "), figure.note.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("said", "changes", "wanted"),
    [
        ("untouched", {}, ("44m 38s", "100 % of 44m 38s")),
        ("half used", {"troubles": (Trouble("5d", "22m"),)}, ("22m 38s", "50.7 % of 44m 38s")),
        ("overdrawn", {"troubles": HOUR}, ("−15m 22s", "44m 38s allowed")),
        ("nothing may be bad, and nothing was", {"target": "100%"}, ("–", "nothing may be bad")),
        ("nothing may be bad, but it was", {"target": "100%", "troubles": HOUR}, ("−1h", "nothing may be bad")),
        ("no events came", {"method": methods.EVENTS, "per_minute": 0}, ("–", "no events yet")),
        ("in events", {"method": methods.EVENTS, "per_minute": 1}, ("29.5 events", "100 % of 29.5 events")),
        (
            "mostly unknown",
            {"troubles": (Trouble("15d", "9d", None),)},
            ("31m 40s", "100 % of 31m 40s, as far as known"),
        ),
    ],
)
def test_budgets(said, changes, wanted):
    assert told(panels.budget(standing(**changes))) == wanted, said


@pytest.mark.parametrize(
    ("said", "changes", "wanted"),
    [
        ("nothing burns", {}, ("not at this pace", "")),
        ("used up for good", {"troubles": HOUR}, ("used up", "cannot be regained")),
        (
            "burning for 4 min",
            {"troubles": (Trouble("4m", "4m"),)},
            ("24 Oct 2026 00:57 UTC", "in 2d 12h 57m"),
        ),
        ("nothing known lately", {"troubles": (Trouble("7h", "7h", None),)}, ("not known", "no data of the last 6 h")),
        ("no budget to run out", {"target": "100%"}, ("–", "")),
    ],
)
def test_exhaustion(said, changes, wanted):
    assert told(panels.exhaustion(standing(**changes))) == wanted, said


def test_a_closed_window_has_nothing_to_run_out():
    closed = replace(standing(), complete=True)
    assert told(panels.exhaustion(closed)) == ("–", "the window is closed")
    assert told(panels.window(closed)) == ("1 – 31 Oct 2026", "month, closed")


def test_poor_coverage_is_marked_with_what_was_agreed():
    poor = panels.panel(standing(troubles=(Trouble("15d", "9d", None),)), boards.AT, 600)
    assert poor.poorly_covered
    assert told(poor.coverage)[1] == "under the agreed 90 %"


def test_an_objective_that_lags_behind_the_board_says_so():
    late = standing()
    assert panels.panel(late, boards.AT + 600, 600).late == ""
    assert panels.panel(late, boards.AT + 3601, 600).late == "Measured only until 21 Oct 2026 12:00 UTC"
