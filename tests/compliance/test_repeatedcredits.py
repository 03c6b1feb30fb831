"""Credits that hang on the windows before: failures, and caps over longer periods (domain.md 2.12)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import periods
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Lapse, Rolling, Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Days,
    Escalation,
    Failures,
    Flat,
    LongCap,
    Minimum,
    Money,
)
from sla_monitor.compliance.spans import Span
from tests.compliance.creditspecimens import (
    BROKEN,
    DAY,
    FIVE,
    NOTHING,
    TENTH,
    WORKDAY,
    YEAR,
    broken,
    credit,
    earned,
    month,
)
from tests.compliance.specimens import instant

FAILURES = {
    "the first": ((), 0, Failures(2, TENTH)),
    "one in the month before": ((1,), 10, Failures(3, Fraction(20, 100))),
    "January is the sixth month": ((5,), 10, Failures(3, Fraction(20, 100))),
    "December is no longer": ((6, 7, 8), 0, Failures(2, TENTH)),
    "two": ((1, 5, 6), 20, Failures(4, Fraction(30, 100))),
    "three": ((1, 2, 5), 30, None),
    "more than the table has": ((1, 2, 3, 4, 5), 30, None),
}


@pytest.mark.parametrize("sentence", FAILURES)
def test_repeated_failures(sentence: str) -> None:
    backs, paid, following = FAILURES[sentence]
    found = credit(WORKDAY, replace(BROKEN, history=broken(*backs)))
    assert (found.ratio, found.next_tier, found.termination) == (Fraction(paid, 100), following, False)
    assert earned(WORKDAY, history=broken(*backs), breached=False) == NOTHING


def test_of_a_kept_window_the_next_failure_is_told() -> None:
    found = credit(WORKDAY, replace(BROKEN, history=broken(1), breached=False))
    assert found.next_tier == Failures(2, TENTH)


def test_failures_within_so_many_windows() -> None:
    rule = replace(WORKDAY, within=3)
    assert [earned(rule, history=broken(*backs)) for backs in ((), (1,), (1, 2), (1, 2, 3), (3,))] == [
        NOTHING, TENTH, Fraction(20, 100), Fraction(20, 100), NOTHING,
    ]  # fmt: skip
    assert earned(replace(WORKDAY, within=1), history=broken(1, 2, 3)) == NOTHING
    assert [earned(replace(WORKDAY, within=2), history=broken(*backs)) for backs in ((2,), (1, 2))] == [NOTHING, TENTH]


def test_a_right_to_terminate_takes_no_credit_away() -> None:
    rule = Escalation(Lapse("12 months", months=12), (Failures(2, TENTH), Failures(3, None)))
    two, three = (credit(rule, replace(BROKEN, history=broken(*backs))) for backs in ((1,), (1, 11)))
    assert (two.ratio, two.termination, two.next_tier) == (TENTH, False, Failures(3, None))
    assert (three.ratio, three.termination, three.next_tier) == (TENTH, True, None)
    kept = credit(rule, replace(BROKEN, history=broken(1, 11), breached=False))
    assert (kept.ratio, kept.termination) == (NOTHING, False)
    assert credit(Escalation(1, (Failures(1, None),)), BROKEN).termination


def test_of_the_steps_the_one_with_most_failures_counts() -> None:
    rule = Escalation(12, (Failures(3, TENTH), Failures(2, Days(Fraction(9)))))
    two, three = (credit(rule, replace(BROKEN, history=broken(*backs))) for backs in ((1,), (1, 2)))
    assert (two.days, three.days, three.ratio) == (9, None, TENTH)


def test_windows_nobody_knows_are_counted_and_taken_for_kept() -> None:
    history = (month(7, breached=None), month(3, breached=None), month(2, breached=None), month(1))
    found = credit(WORKDAY, replace(BROKEN, history=history))
    assert (found.ratio, found.unknown_windows) == (TENTH, 2)


@given(st.sets(st.integers(1, 12)), st.integers(1, 12))
def test_one_failure_more_never_earns_less(backs: set[int], more: int) -> None:
    before, after = (earned(WORKDAY, history=broken(*one)) or NOTHING for one in (backs, {*backs, more}))
    assert before <= after


PAID = [(5, 20), (1, 10), (6, 40)]
LONG_CAPS = {
    "nothing was earned before": (YEAR, [], Fraction(25, 100)),
    "of 50 % 30 were used up since January": (YEAR, PAID, Fraction(20, 100)),
    "exactly all of it": (YEAR, [(5, 40), (1, 10)], NOTHING),
    "more than all, by an older agreement": (YEAR, [(5, 80)], NOTHING),
    "over twelve months also what was earned in December": (
        LongCap(Fraction(50, 100), Lapse("12 months", months=12)), [(6, 30), (12, 50)], Fraction(20, 100)),
    "of a quarter": (LongCap(Fraction(30, 100), Unit.QUARTER), [(2, 10), (3, 90)], Fraction(20, 100)),
    "half of May's 31 days are 15.5 days of 20": (LongCap(Days(Fraction(20)), Unit.YEAR), [(1, 50)], Fraction(45, 300)),
}  # fmt: skip


@pytest.mark.parametrize("sentence", LONG_CAPS)
def test_caps_over_a_longer_period(sentence: str) -> None:
    long, paid, expected = LONG_CAPS[sentence]
    earlier = {back: Fraction(percent, 100) for back, percent in paid}
    history = tuple(month(back, credit=earlier.get(back, NOTHING)) for back in range(12, 0, -1))
    found = credit(Flat(Fraction(25, 100)), replace(BROKEN, history=history), long_cap=long)
    assert found.ratio == expected
    assert found.unknown_windows == 0


def test_days_of_service_are_used_up_as_days() -> None:
    """15 days a quarter, of which May took 13: two are left, whatever share of May that was."""
    long = LongCap(Days(Fraction(15)), Unit.QUARTER)
    facts = replace(BROKEN, history=(month(1, credit=Days(Fraction(13))),))
    assert credit(Flat(Days(Fraction(7))), facts, long_cap=long).days == 2
    share = credit(Flat(Days(Fraction(7))), facts, long_cap=LongCap(Fraction(1, 2), Unit.QUARTER))
    assert (share.ratio, share.days) == (Fraction(1, 2) - Fraction(13, 31), None)


def test_a_long_cap_comes_after_the_cap_and_before_the_minimum() -> None:
    history = (month(1, credit=Fraction(40, 100)),)
    limits = {"long_cap": YEAR, "minimum": Minimum(Comparison.GE, TENTH)}
    facts = replace(BROKEN, history=history)
    assert credit(Flat(Fraction(1)), facts, cap=Fraction(5, 100), **limits).ratio == NOTHING
    assert credit(Flat(Fraction(1)), facts, cap=Fraction(20, 100), **limits).ratio == TENTH
    assert (
        credit(Flat(Fraction(1)), replace(BROKEN, history=(month(1, credit=Fraction(41, 100)),)), **limits).ratio == 0
    )


def test_what_nobody_knows_of_a_long_cap_is_told() -> None:
    history = (month(7, credit=None), month(2, credit=None), month(1, credit=Fraction(30, 100)))
    found = credit(Flat(Fraction(25, 100)), replace(BROKEN, history=history), long_cap=YEAR)
    assert (found.ratio, found.unknown_windows) == (Fraction(20, 100), 1)


def test_a_rolling_window_belongs_to_the_period_it_ends_in() -> None:
    at = instant("2026-01-05T00:00Z")
    december = Window("month", "2025-12", Span(instant("2025-12-01T00:00Z"), instant("2026-01-01T00:00Z")))
    facts = replace(
        BROKEN, window=periods.rolling_window(Rolling(30 * DAY, "30d"), at), at=at,
        history=(Earlier(december, True, Fraction(50, 100)),),
    )  # fmt: skip
    assert credit(Flat(TENTH), facts, long_cap=YEAR).ratio == TENTH


@given(st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1))
def test_more_earned_before_leaves_no_more(one: Fraction, other: Fraction, now: Fraction) -> None:
    less, more = (
        credit(Flat(now), replace(BROKEN, history=(month(1, credit=before),)), long_cap=YEAR).ratio or NOTHING
        for before in sorted((one, other))
    )
    assert more <= less <= now


def test_a_minimum_in_money_is_told_and_decides_nothing() -> None:
    dollar = Minimum(Comparison.GT, Money(Fraction(1), "USD"))
    found = credit(Flat(TENTH), BROKEN, minimum=dollar)
    assert (found.ratio, found.condition) == (TENTH, dollar)
    assert credit(Flat(TENTH), replace(BROKEN, breached=False), minimum=dollar).condition is None
    assert credit(Flat(TENTH), BROKEN, minimum=Minimum(Comparison.GT, FIVE)).condition is None
