"""met ⇔ bad ≤ allowed, exactly: the budget just spent, one over, one under."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import methods
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.methods import Method
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.standings import Status
from tests.compliance.specimens import facts, objective, stand, tally

TARGETS = ("99.9", "99.95", "99.99", "99.995", "100", "99", "99.999999")
SCALES = (1, 7, 1000, 1_000_003)
SHARES = (
    methods.EVENTS,
    methods.TIME,
    methods.Time(at_least=300),
    methods.Intervals(60, methods.Condition(Comparison.GT, Fraction(1, 20))),
    methods.Intervals(300),
)
every_share = pytest.mark.parametrize("method", SHARES, ids=["events", "time", "spells", "bad minutes", "graded"])


@every_share
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("over", "status"), [(-1, Status.MET), (0, Status.MET), (1, Status.BREACHED)])
def test_the_budget_at_its_border(target: str, scale: int, over: int, status: Status, method: Method) -> None:
    promise = objective(target, method)
    total = promise.target.denominator * scale
    allowed = promise.budget_share * total
    assert allowed.denominator == 1
    bad = max(0, int(allowed) + over)
    standing = stand(promise, facts(tally(total - bad, total)))
    assert standing.status is (status if bad == allowed + over else Status.MET)
    assert (standing.budget.remaining >= 0) == (standing.status is Status.MET)


@pytest.mark.parametrize(("target", "total"), [("99.99", 10_000), ("99.95", 2_000), ("99.95", 4_000)])
def test_borders_that_floats_miss(target: str, total: int) -> None:
    bad = int((1 - Fraction(target) / 100) * total)
    assert bad > (1 - float(Fraction(target) / 100)) * total
    assert stand(objective(target), facts(tally(total - bad, total))).status is Status.MET


@given(st.integers(1, 10**12), st.data(), st.integers(0, 10**6), st.sampled_from(SHARES))
def test_met_means_bad_at_most_allowed(total: int, data: st.DataObject, parts: int, method: Method) -> None:
    target = 100 - Fraction(parts, 10**6)
    edge = int((1 - target / 100) * total)
    bad = data.draw(st.integers(max(0, edge - 2), min(total, edge + 2)) | st.integers(0, total))
    standing = stand(objective(str(target), method), facts(tally(total - bad, total, known=600)))
    assert (standing.status is Status.MET) == (bad <= standing.budget.allowed)


@pytest.mark.parametrize(
    ("comparison", "bad", "status"),
    [
        (Comparison.GE, 1, Status.MET),
        (Comparison.GT, 1, Status.BREACHED),
        (Comparison.GT, 0, Status.MET),
        (Comparison.LE, 1, Status.MET),
        (Comparison.LE, 0, Status.BREACHED),
        (Comparison.LT, 1, Status.BREACHED),
    ],
)
def test_comparisons_at_the_target(comparison: Comparison, bad: int, status: Status) -> None:
    assert stand(objective(comparison=comparison), facts(tally(1000 - bad, 1000))).status is status


ROUNDED = {
    "99.8999 % cut to two digits is a breach": ("998999", RoundingMode.DOWN, Status.BREACHED, "99.89"),
    "99.8999 % rounded half up keeps 99.9 %": ("998999", RoundingMode.HALF_UP, Status.MET, "99.9"),
    "99.8949 % does not": ("998949", RoundingMode.HALF_UP, Status.BREACHED, "99.89"),
    "a half to the even digit": ("998950", RoundingMode.HALF_EVEN, Status.MET, "99.9"),
    "up": ("998901", RoundingMode.UP, Status.MET, "99.9"),
    "exactly": ("998999", None, Status.BREACHED, "99.8999"),
}


@pytest.mark.parametrize("row", ROUNDED.values(), ids=ROUNDED)
def test_the_percentage_is_rounded_then_compared(row: tuple[str, RoundingMode | None, Status, str]) -> None:
    good, mode, status, percent = row
    promise = objective(rounding=mode and Rounding(2, mode))
    standing = stand(promise, facts(tally(int(good), 1_000_000)))
    assert (standing.status, standing.percent) == (status, Fraction(percent))
    assert standing.attainment == Fraction(int(good), 1_000_000)


@given(st.integers(1, 10**9), st.data(), st.sampled_from(TARGETS))
def test_shown_text_is_never_lifted_into_compliance(total: int, data: st.DataObject, target: str) -> None:
    bad = data.draw(st.integers(0, total))
    standing = stand(objective(target), facts(tally(total - bad, total)))
    shown, sign, wanted = standing.reason.split(",")[0].replace(" %", "").split(" ")[:3]
    assert (Fraction(shown) >= Fraction(wanted)) == (standing.status is Status.MET)
    assert sign == ("≥" if standing.status is Status.MET else "<")


@pytest.mark.parametrize(
    ("allowed", "used", "remaining", "ratio"),
    [(10, 4, 6, "3/5"), (10, 10, 0, "0"), (10, 15, -5, "-1/2"), (0, 0, 0, "1"), (0, 1, -1, "0")],
)
def test_what_is_left_of_a_budget(allowed: int, used: int, remaining: int, ratio: str) -> None:
    budget = Budget(Fraction(allowed), Fraction(used))
    assert (budget.remaining, budget.remaining_ratio) == (remaining, Fraction(ratio))
