"""Statements by the names people give to periods."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance import filings, periods, statements
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.statements import Statement
from tests.compliance.specimens import agreement, instant, objective

BERLIN = ZoneInfo("Europe/Berlin")


def issued(number: int, unit: Unit, at: str) -> Statement:
    """Of the window that lies around noon of a day in Berlin."""
    made = agreement(objective(), zone=BERLIN)
    window = periods.window_at(Calendar(unit), BERLIN, instant(f"{at}T12:00Z"))
    evidence = {"agreement": "0" * 64, "slices": []}
    return statements.drafted(made, window, [], evidence, made_at=0, program="1.2.3").issued(number, 1, None)


FILED = [
    issued(1, Unit.MONTH, "2026-09-15"),
    issued(2, Unit.QUARTER, "2026-09-15"),
    issued(3, Unit.WEEK, "2026-10-01"),
    issued(4, Unit.MONTH, "2026-10-15"),
]


@pytest.mark.parametrize(
    ("period", "numbers"),
    [
        ("2026-09", [1]),
        ("2026-Q3", [2]),
        ("2026", [1, 2, 3, 4]),
        ("2026-Q4", [4]),
        ("2026-07-01", [2]),
        ("2026-11", []),
        ("previous", [4]),
    ],
)
def test_statements_of_a_period(period: str, numbers: list[int]) -> None:
    """The week began in September; the clock of Berlin says when a month begins."""
    assert [one.number for one in filings.of_period(FILED, period)] == numbers


def test_of_windows_that_ended_together_the_later_statement_is_the_previous_one() -> None:
    assert [one.number for one in filings.of_period(FILED[1::-1], "previous")] == [2]
    assert filings.of_period([], "previous") == []
