"""Outcomes and ways of counting for the tests of credits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods, servicecredits
from sla_monitor.compliance.outcomes import Earlier, Outcome, Subwindow
from sla_monitor.compliance.periods import Calendar, Lapse, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Amount,
    CreditTier,
    Escalation,
    Exceedance,
    Failures,
    LongCap,
    PerBlock,
    PerSubwindow,
    Remedy,
    Rule,
)
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.spans import Span
from tests.compliance.specimens import instant

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86_400
JUNE = periods.window_at(Calendar(Unit.MONTH), UTC, instant("2026-06-15T00:00Z"))
START = JUNE.span.start
NOTHING, FIVE, TENTH = Fraction(0), Fraction(5, 100), Fraction(1, 10)
EPS = Fraction(1, 10**9)
BROKEN = Outcome(Fraction(99), breached=True, missed=TENTH, bad=NOTHING, window=JUNE, zone=UTC, at=JUNE.span.end)


def credit(rule: Rule, outcome: Outcome, **limits: Any) -> Credit:
    found = servicecredits.credit_of(Remedy(rule, **limits), outcome)
    assert found is not None
    return found


def earned(rule: Rule, **facts: Any) -> Fraction | None:
    return credit(rule, replace(BROKEN, **facts)).ratio


def down(*spells: tuple[float, float]) -> tuple[Span, ...]:
    """Spells of (start, length) in hours from the window's start."""
    return tuple(Span(START + int(at * HOUR), START + int((at + length) * HOUR)) for at, length in spells)


NOTION = PerBlock(Fraction(1800), FIVE, shortest=(Comparison.GT, Fraction(HOUR)), max_per_day=1)
"""5 % for 30 minutes and more on end, of spells that exceed an hour, once a day."""

DAILY = PerSubwindow(Unit.DAY, Comparison.GE, Fraction(9, 10), Fraction(1, 30))


def judged(*compared: Fraction | int | None) -> tuple[Subwindow, ...]:
    return tuple(
        Subwindow(Span(START + n * DAY, START + (n + 1) * DAY), None if one is None else Fraction(one))
        for n, one in enumerate(compared)
    )


JITTER = Exceedance(
    tuple(CreditTier(None, Fraction(credit, 100), above=Fraction(over, 100)) for over, credit in ((10, 10), (25, 20)))
)
"""PacketFabric: jitter under 2 ms."""


WORKDAY = Escalation(
    Lapse("6 months", months=6),
    (Failures(1, NOTHING), *(Failures(n, Fraction(10 * n - 10, 100)) for n in (2, 3, 4))),
)
"""By failures in six months: none, 10, 20, 30 %."""


def month(back: int, *, breached: bool | None = True, credit: Amount | None = NOTHING, zone: ZoneInfo = UTC) -> Earlier:
    window = JUNE
    for _ in range(back):
        window = periods.previous_window(Calendar(Unit.MONTH), zone, window)
    return Earlier(window, breached, credit)


def broken(*backs: int) -> tuple[Earlier, ...]:
    """The year before June; broken were the months so far back."""
    return tuple(month(back, breached=back in backs) for back in range(12, 0, -1))


YEAR = LongCap(Fraction(50, 100), Unit.YEAR)
