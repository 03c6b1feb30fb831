"""The `below` schedule: the lowest tier whose bound the compared percentage is under."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sla_monitor.compliance import servicecredits
from sla_monitor.compliance.ratios import Rounding, RoundingMode
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import CreditTier
from tests.compliance.specimens import facts, objective, stand, tally


def tier(below: str, credit: str) -> CreditTier:
    return CreditTier(Fraction(below) / 100, Fraction(credit) / 100)


TEN, TWENTY_FIVE, ALL = TIERS = (tier("99.9", "10"), tier("99", "25"), tier("95", "100"))

TABLE = {
    "kept": ("99.95", 0, TEN),
    "exactly the bound earns nothing": ("99.9", 0, TEN),
    "just under it": ("99.899999999", 10, TWENTY_FIVE),
    "exactly the second bound stays in the first tier": ("99", 10, TWENTY_FIVE),
    "just under the second": ("98.999999999", 25, ALL),
    "exactly the last bound": ("95", 25, ALL),
    "just under the last": ("94.999999999", 100, None),
    "nothing worked": ("0", 100, None),
}


@pytest.mark.parametrize("tiers", [TIERS, TIERS[::-1]], ids=["falling", "rising"])
@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_tiers(row: tuple[str, int, CreditTier | None], tiers: tuple[CreditTier, ...]) -> None:
    percent, credit, following = row
    assert servicecredits.credit_of(Fraction(percent), tiers) == Credit(Fraction(credit, 100), following)


def test_no_credits_agreed() -> None:
    assert servicecredits.credit_of(Fraction(90), ()) is None


def test_no_verdict_no_credit() -> None:
    promise = objective("99.9", tiers=TIERS)
    standing = stand(promise, facts(tally(50, 100, 60, 120)))
    assert (standing.status, standing.credit) == (Status.BREACHED, Credit(Fraction(1), None))
    standing = stand(promise, facts(tally(9990, 10_000, 60, 120)))
    assert (standing.status, standing.credit) == (Status.UNKNOWN, Credit(None, None))


def test_the_rounded_percentage_is_what_earns() -> None:
    promise = objective("99.9", tiers=TIERS, rounding=Rounding(1, RoundingMode.HALF_UP))
    credits_ = [stand(promise, facts(tally(good, 100_000))).credit for good in (99_850, 99_849)]
    assert credits_ == [Credit(Fraction(0), TEN), Credit(Fraction(1, 10), TWENTY_FIVE)]
