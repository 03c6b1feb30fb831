"""Two agreements side by side over the same past."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.remedies import CreditTier, Flat, Remedy, Tiered
from sla_monitor.compliance.simulations import Sum, paired
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from tests.compliance.specimens import facts, objective, stand, tally

KEY = (AgreementName("acme"), ObjectiveName("availability"))
WHOLE = 86_400
REMEDY = Remedy(Tiered((CreditTier(Fraction(999, 1000), Fraction(1, 10)),)), of="monthly fee")


def month(
    index: int, bad: int | None, target: str = "99.9", kind: str = "month", remedy: Remedy | None = REMEDY
) -> Standing:
    seen = tally(0, 0, 0, WHOLE) if bad is None else tally(1000 - bad, 1000, WHOLE)
    window = Window(kind, str(index), Span(index * WHOLE, (index + 1) * WHOLE))
    return replace(stand(objective(target, remedy=remedy), facts(seen)), window=window)


def test_windows_are_set_side_by_side_in_order_of_time() -> None:
    made = paired(KEY, [month(1, 2), month(0, 0)], [month(1, 2, "99"), month(0, 0, "99")])
    assert [(pair.window.label, pair.differs) for pair in made.pairs] == [("0", False), ("1", True)]
    assert made.today == Sum(windows=2, kept=1, breached=1, unknown=0, credit=Fraction(1, 10))
    assert made.changed == Sum(windows=2, kept=2, breached=0, unknown=0, credit=Fraction(1, 10))


def test_another_credit_is_a_difference() -> None:
    flat = Remedy(Flat(Fraction(1, 5)))
    made = paired(KEY, [month(0, 2)], [month(0, 2, remedy=flat)])
    assert [pair.differs for pair in made.pairs] == [True]
    assert (made.today.credit, made.changed.credit) == (Fraction(1, 10), Fraction(1, 5))


def test_another_number_with_the_same_outcome_is_none() -> None:
    assert [pair.differs for pair in paired(KEY, [month(0, 2)], [month(0, 3)]).pairs] == [False]


def test_windows_that_only_one_side_has() -> None:
    made = paired(KEY, [month(0, 0)], [month(0, 0, kind="week"), month(1, 0, kind="week")])
    told = [(pair.window.kind, pair.today is None, pair.changed is None, pair.differs) for pair in made.pairs]
    assert told == [("month", False, True, True), ("week", True, False, True), ("week", True, False, True)]
    assert (made.today.windows, made.changed.windows) == (1, 2)


def test_what_lies_before_anything_is_known_is_left_out() -> None:
    made = paired(KEY, [month(0, None), month(1, 0), month(2, None)], [month(0, None), month(1, 0), month(2, None)])
    assert ([pair.window.label for pair in made.pairs], made.left_out) == (["1", "2"], 1)
    assert made.today == Sum(windows=2, kept=1, breached=0, unknown=1, credit=Fraction(0))


def test_nothing_known_at_all() -> None:
    made = paired(KEY, [month(0, None)], [])
    assert (made.pairs, made.left_out) == ((), 1)
    assert made.changed == Sum(0, 0, 0, 0, Fraction(0))


def test_no_credits_were_agreed() -> None:
    assert paired(KEY, [month(0, 2, remedy=None)], []).today.credit == 0
