"""What agreements on people's work make of April 2026."""

from __future__ import annotations

from fractions import Fraction

from tests.catalogue.ladders import Cases
from tests.catalogue.scenarios import APRIL, Amounts, Case, D, Events, H, M

LEADS = 16
"""A day, at ten o'clock each."""


def _leads(days: int, last: int) -> Amounts:
    odd = [(day * D + 10 * H, M, LEADS) for day in range(days)]
    return Amounts((*odd, (days * D + 10 * H, M, last)))


GOLDENS: dict[str, Cases] = {
    "iplicit-support-p1": {
        "all of 7 tickets in time": Case(
            Events(((D, 7 * M, (0, 1)),), usual=(0, 0)), APRIL, "met", Fraction(1), Fraction(0)
        ),
        "one of 7 late": Case(
            Events(((D, 6 * M, (0, 1)), (3 * D, M, (1, 1))), usual=(0, 0)),
            APRIL,
            "breached",
            Fraction(6, 7),
            Fraction(1),
        ),
        "no ticket at all": Case(Events(usual=(0, 0)), APRIL, "met", Fraction(1), Fraction(0)),
    },
    "leads-per-month": {
        # 28 days of 16 and one of 52: 448 + 52.
        "500": Case(_leads(28, 52), APRIL, "met", attainment=Fraction(1), value=Fraction(500)),
        "499": Case(_leads(28, 51), APRIL, "breached", attainment=Fraction(499, 500), value=Fraction(499)),
        # From the 16th on half of the month: 250 are asked for; 14 days of 16 and one of 26.
        "250 in half a month": Case(
            _leads(29, 26), APRIL, "met", attainment=Fraction(1), value=Fraction(250), term=(15 * D, 365 * D)
        ),
        "249 in half a month": Case(
            _leads(29, 25),
            APRIL,
            "breached",
            attainment=Fraction(249, 250),
            value=Fraction(249),
            term=(15 * D, 365 * D),
        ),
    },
}
