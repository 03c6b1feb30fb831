"""What a statement says of a credit: enough for another to reckon it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from sla_monitor.compliance import dues, histories, notations
from sla_monitor.compliance.methods import TIME
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Days,
    Escalation,
    Failures,
    Flat,
    LongCap,
    Minimum,
    Money,
    PerBlock,
    PerSubwindow,
    Remedy,
)
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from tests.compliance.days import DAY, START, stand, states

DOWN = 0.0
TENTH = Fraction(1, 10)
DOLLAR = Minimum(Comparison.GT, Money(Fraction(1), "USD"))
DAY_BEFORE, TWO_BEFORE = (Window("day", "", Span(START - n * DAY, START - (n - 1) * DAY)) for n in (1, 2))


def broken(remedy: Remedy | None) -> Standing:
    """From 00:10 to 01:10."""
    return stand(TIME, states((600, 4200, DOWN)), remedy=remedy)


NOTHING_MORE = {
    "of": "", "days": None, "claim_until": None, "termination": False, "condition": None, "outages": [], "failing": [],
    "earlier": [], "unknown_windows": 0,
}  # fmt: skip
DUES: dict[str, tuple[Remedy, dict[str, Any]]] = {
    "a share of a fee": (Remedy(Flat(TENTH), of="fee"), {"ratio": "0.1", "of": "fee"}),
    "days": (Remedy(Flat(Days(Fraction(3)))), {"ratio": "3", "days": "3"}),
    "on a condition": (
        Remedy(Flat(TENTH), minimum=DOLLAR),
        {"ratio": "0.1", "condition": {"comparison": ">", "money": "1", "currency": "USD"}}),
    "a share at least": (Remedy(Flat(TENTH), minimum=Minimum(Comparison.GE, TENTH)), {"ratio": "0.1"}),
    "by outages": (
        Remedy(PerBlock(Fraction(1800), TENTH)),
        {"ratio": "0.2", "outages": [{"from": "1970-04-11T00:10:00Z", "until": "1970-04-11T01:10:00Z"}]}),
    "by the hour": (
        Remedy(PerSubwindow(Unit.HOUR, Comparison.GE, Fraction(9, 10), TENTH)),
        {
            "ratio": "0.2",
            "failing": [
                {"from": "1970-04-11T00:00:00Z", "until": "1970-04-11T01:00:00Z", "compared": "1/6"},
                {"from": "1970-04-11T01:00:00Z", "until": "1970-04-11T02:00:00Z", "compared": "5/6"},
            ],
        }),
    "the right to terminate": (Remedy(Escalation(1, (Failures(1, None),))), {"ratio": "0", "termination": True}),
}  # fmt: skip


@pytest.mark.parametrize("sentence", DUES)
def test_dues(sentence: str) -> None:
    remedy, told = DUES[sentence]
    found = dues.due_of(broken(remedy))
    assert found == {**NOTHING_MORE, **told}
    assert notations.canonical(found)


def test_no_credits_were_agreed() -> None:
    assert dues.due_of(broken(None)) is None
    assert dues.due_of(replace(broken(Remedy(Flat(TENTH))), credit=None)) is None


def test_the_windows_before_are_told() -> None:
    remedy = Remedy(Escalation(3, (Failures(2, TENTH),)), long_cap=LongCap(Fraction(1), Unit.YEAR))
    standing = broken(remedy)
    before = [Earlier(TWO_BEFORE, None, None), Earlier(DAY_BEFORE, breached=True, credit=Days(Fraction(1, 2)))]
    found = dues.due_of(histories.remembering(standing, before))
    assert found is not None
    assert (found["ratio"], found["unknown_windows"]) == ("0.1", 1)
    assert found["earlier"] == [
        {
            "from": "1970-04-09T00:00:00Z",
            "until": "1970-04-10T00:00:00Z",
            "breached": None,
            "ratio": None,
            "days": None,
        },
        {
            "from": "1970-04-10T00:00:00Z",
            "until": "1970-04-11T00:00:00Z",
            "breached": True,
            "ratio": None,
            "days": "0.5",
        },
    ]
