"""What a window can still come to owe, and what may be bad until then."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import periods, ratios, servicecredits
from sla_monitor.compliance.outcomes import Outcome
from sla_monitor.compliance.periods import Lapse, Rolling
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import (
    Amount,
    Basis,
    CreditTier,
    Days,
    Escalation,
    Failures,
    Flat,
    LongCap,
    Proportional,
    Remedy,
    Rule,
    Tiered,
)
from sla_monitor.compliance.servicecredits import Credit
from tests.compliance.creditspecimens import (
    BROKEN,
    DAILY,
    DAY,
    FIVE,
    JITTER,
    JUNE,
    NOTHING,
    NOTION,
    START,
    TENTH,
    WORKDAY,
    YEAR,
    broken,
    credit,
    down,
    judged,
    month,
)

MONTH = Fraction(30 * DAY)
ALL = Fraction(1)


def percent(below: str, paid: str) -> CreditTier:
    return CreditTier(Fraction(below) / 100, Fraction(paid) / 100)


EC2 = Tiered((percent("99.99", "10"), percent("99", "30"), percent("95", "100")))


def standing(bad: int, day: int = 30, **changes: Any) -> Outcome:
    """June after so many days, of which so many seconds were down; 99.99 % are promised of it."""
    seen, rounding = Fraction(max(day, 1) * DAY), changes.get("rounding")
    compared = ratios.round_percent(1 - bad / seen, rounding)
    limit = changes.pop("limit", Fraction(9999, 10_000))
    plain = replace(
        BROKEN, percent=compared, breached=compared < limit * 100, missed=bad / seen, bad=Fraction(bad),
        at=START + day * DAY, limit=limit, total=MONTH, coming=MONTH - day * DAY,
    )  # fmt: skip
    return replace(plain, **changes)


def rungs(found: Credit) -> list[tuple[Fraction | None, bool]]:
    return [(rung.left, rung.reachable) for rung in found.rungs]


LEFT = {
    "nothing was down yet": (0, 10, [("259.2", True), (25_920, True), (129_600, True)]),
    "what was down is taken off": (200, 10, [("59.2", True), (25_720, True), (129_400, True)]),
    "exactly all of 99.99 %": (0, 30, [("259.2", False), (25_920, False), (129_600, False)]),
    "the first is certain": (300, 10, [(0, True), (25_620, True), (129_300, True)]),
    "of the last day five per cent of a month are out of reach": (
        300, 29, [(0, True), (25_620, True), (129_300, False)]),
    "the first is certain, and nothing worse can come": (300, 30, [(0, True), (25_620, False), (129_300, False)]),
}  # fmt: skip


@pytest.mark.parametrize("sentence", LEFT)
def test_what_may_be_down_before_each_tier(sentence: str) -> None:
    bad, day, expected = LEFT[sentence]
    assert rungs(credit(EC2, standing(bad, day))) == [(Fraction(left), reachable) for left, reachable in expected]


def test_a_tier_between_two_bounds_is_passed() -> None:
    """GitHub: from 99.9 % down to more than 99 %, of 30 days 2 592 s until 25 920 s."""
    tiers = (CreditTier(None, TENTH, at_or_below=Fraction(999, 1000), above=Fraction(99, 100)), percent("99", "25"))
    found = [credit(Tiered(tiers), standing(bad, 10)) for bad in (0, 3000, 25_920)]
    assert [rungs(one) for one in found] == [
        [(2592, True), (25_920, True)],
        [(0, True), (22_920, True)],
        [(0, False), (0, True)],
    ]
    assert [one.most for one in found] == [Fraction(1, 4)] * 3


def test_downtime_before_each_bound_on_it() -> None:
    tiers = (
        CreditTier(Fraction(1800), Days(Fraction(1)), at_or_above=Fraction(300)),
        CreditTier(None, Days(Fraction(7)), at_or_above=Fraction(1800)),
        CreditTier(Fraction(60), Days(Fraction(1, 2))),
    )
    rule = Tiered(tiers, Basis.BAD_SECONDS)
    found = [credit(rule, standing(bad, day)) for bad, day in ((30, 10), (300, 10), (1801, 10), (30, 30))]
    assert [rungs(one) for one in found] == [
        [(None, True), (270, True), (1770, True)],
        [(None, False), (0, True), (1500, True)],
        [(None, False), (0, False), (0, True)],
        [(None, True), (270, False), (1770, False)],
    ]
    assert [one.most for one in found] == [Days(Fraction(n)) for n in (7, 7, 7)] + [Days(Fraction(1, 2))]


def test_events_have_no_end() -> None:
    """As many more may fail as come: of a million so far 100 may have."""
    facts = standing(0, 10, total=Fraction(10**6), coming=None)
    assert rungs(credit(EC2, facts)) == [(100, True), (10_000, True), (50_000, True)]
    assert credit(EC2, facts).most == ALL
    assert credit(Tiered(EC2.tiers, Basis.BAD_SECONDS), facts).most == ALL


def test_nothing_is_left_of_nothing() -> None:
    assert rungs(credit(EC2, standing(0, 0, total=NOTHING, coming=NOTHING))) == [(0, False)] * 3


def test_what_hangs_on_no_amount_of_bad() -> None:
    value = replace(BROKEN, percent=None, value=Fraction(3), limit=Fraction(2), comparison=Comparison.LT)
    over = CreditTier(None, TENTH, above=Fraction(2)), CreditTier(None, Fraction(1, 2), above=Fraction(4))
    for rule in (JITTER, Tiered(over, Basis.VALUE)):
        assert rungs(credit(rule, value)) == [(None, rule is not JITTER), (None, rule is JITTER)]
        assert rungs(credit(rule, replace(value, at=START))) == [(None, True), (None, True)]
        assert credit(rule, replace(value, at=START)).most == (Fraction(1, 5) if rule is JITTER else Fraction(1, 2))
    assert rungs(credit(JITTER, replace(value, breached=False))) == [(None, False), (None, False)]
    assert rungs(credit(JITTER, BROKEN)) == []


def test_a_tier_that_is_open_to_what_is_worse_hangs_on_no_bound() -> None:
    assert rungs(credit(Tiered((CreditTier(None, TENTH, above=Fraction(1, 2)),)), standing(0, 10))) == [(None, True)]


def test_failures_that_can_still_come_together() -> None:
    rule = Escalation(Lapse("12 months", months=12), (Failures(3, None), Failures(2, TENTH), Failures(1, FIVE)))
    facts = standing(0, 10, history=broken(1, 2))
    assert [(rung.tier, rung.reachable) for rung in credit(rule, facts).rungs] == [
        (Failures(1, FIVE), True), (Failures(2, TENTH), True), (Failures(3, None), True),
    ]  # fmt: skip
    assert credit(rule, facts).most == TENTH
    closed = credit(rule, standing(0, 30, history=broken(1)))
    assert ([rung.reachable for rung in closed.rungs], closed.most) == ([False] * 3, NOTHING)


MOST: dict[str, tuple[Rule, Outcome, Amount | None]] = {
    "a schedule, as far as the rest suffices": (EC2, standing(0, 29), Fraction(30, 100)),
    "what is owed now, where it can only get better": (EC2, standing(200, 1), Fraction(1)),
    "of a kept window nothing": (EC2, standing(0, 30), NOTHING),
    "in proportion to a rest that is all down": (Proportional(Fraction(1)), standing(0, 20), Fraction(10, 30)),
    "in proportion to everything": (Proportional(Fraction(1)), standing(0, 10, coming=None), ALL),
    "in proportion to what has no amount": (Proportional(Fraction(1)), standing(0, 10, total=None), ALL),
    "in proportion to nothing": (
        Proportional(Fraction(1)), standing(0, 10, total=NOTHING, coming=NOTHING, breached=True), ALL),
    "in proportion, of a kept window": (Proportional(Fraction(1)), standing(0, 30), NOTHING),
    "flat, of a broken one": (Flat(TENTH), standing(300), TENTH),
    "flat, of one that can still break": (Flat(TENTH), standing(0, 29), TENTH),
    "flat, of one that cannot": (Flat(TENTH), standing(0, 29, limit=Fraction(9, 10)), NOTHING),
    "flat, of a kept one": (Flat(TENTH), standing(0), NOTHING),
    "blocks have no end": (NOTION, standing(0, 10), None),
    "blocks of a closed window": (NOTION, standing(0, outages=down((0, 2))), FIVE),
    "subwindows that are open, and those that failed": (
        DAILY, standing(0, 3, subwindows=judged(0, 1, 1, 1, None)), Fraction(3, 30)),
    "the subwindow under way": (DAILY, standing(0, 2, subwindows=judged(1, 1, 1)), Fraction(1, 30)),
    "subwindows of a closed window": (DAILY, standing(0, subwindows=judged(0, 1, None)), Fraction(1, 30)),
    "failures": (WORKDAY, standing(0, 10, history=broken(1)), TENTH),
    "failures of a kept window": (WORKDAY, standing(0, history=broken(1)), NOTHING),
}  # fmt: skip


@pytest.mark.parametrize("sentence", MOST)
def test_the_most_that_can_come_to_be_owed(sentence: str) -> None:
    rule, facts, expected = MOST[sentence]
    assert credit(rule, facts).most == expected


def test_the_most_is_capped() -> None:
    history = (month(1, credit=Fraction(30, 100)),)
    assert credit(EC2, standing(0, 10), cap=Fraction(1, 4)).most == Fraction(1, 4)
    assert credit(NOTION, standing(0, 10), cap=Fraction(1, 4)).most == Fraction(1, 4)
    assert credit(NOTION, standing(0, 10), cap=Days(Fraction(7))).most == Days(Fraction(7))
    assert credit(NOTION, standing(0, 10, history=history), long_cap=YEAR).most == Fraction(1, 5)
    over = credit(EC2, standing(300, history=history), long_cap=LongCap(Fraction(3, 10), Lapse("1 year", months=12)))
    assert (over.ratio, [rung.tier.credit for rung in over.rungs]) == (NOTHING, [NOTHING] * 3)


def test_a_rolling_window_goes_on() -> None:
    """All of it rolls away in time: nothing is out of reach, and no subwindow is over."""
    rolling = periods.rolling_window(Rolling(30 * DAY, "30d"), JUNE.span.end)
    facts = standing(0, window=rolling, coming=None, subwindows=judged(1, 1, 1))
    assert rungs(credit(EC2, facts)) == [(Fraction("259.2"), True), (25_920, True), (129_600, True)]
    assert credit(Flat(TENTH), facts).most == TENTH
    assert credit(DAILY, facts).most == Fraction(3, 30)


roundings = st.none() | st.builds(Rounding, st.integers(0, 3), st.sampled_from(RoundingMode))
bounds = st.fractions(0, 1, max_denominator=1000)
tiers = st.builds(CreditTier, below=bounds, credit=st.just(TENTH)) | st.builds(
    CreditTier, below=st.none(), at_or_below=bounds, credit=st.just(TENTH)
)


def owes(tier: CreditTier, bad: Fraction, rounding: Rounding | None) -> bool:
    """Of the whole of June."""
    compared = ratios.round_percent(1 - bad / MONTH, rounding)
    facts = replace(BROKEN, percent=compared, bad=bad, rounding=rounding, total=MONTH)
    return bool(credit(Tiered((tier,)), facts).ratio)


@given(tiers, roundings, st.integers(0, 30 * DAY))
def test_just_less_is_not_yet_the_tier_and_just_more_is(tier: CreditTier, rounding: Rounding | None, bad: int) -> None:
    facts = replace(BROKEN, bad=Fraction(bad), rounding=rounding, total=MONTH, coming=MONTH - bad, at=START)
    (rung,) = credit(Tiered((tier,)), facts).rungs
    assert rung.left is not None
    hair = Fraction(1, 10**6)
    if rung.left > 0:
        assert not owes(tier, bad + rung.left - hair, rounding)
    if bad + rung.left + hair <= MONTH:
        assert owes(tier, bad + rung.left + hair, rounding)
    assert rung.reachable == owes(tier, MONTH, rounding)


@given(st.lists(bounds, min_size=1, max_size=4, unique=True), roundings, st.integers(0, 30), st.data())
def test_the_most_is_what_the_worst_rest_earns(
    made: list[Fraction], rounding: Rounding | None, day: int, data: st.DataObject
) -> None:
    """Where lower tiers pay more: all the rest down."""
    paid = sorted(Fraction(n + 1, 10) for n in range(len(made)))
    rule = Tiered(tuple(CreditTier(*one) for one in zip(sorted(made, reverse=True), paid, strict=True)))
    facts = standing(data.draw(st.integers(0, day * DAY)), day, rounding=rounding, limit=ALL)
    worst = standing(int(facts.bad + (facts.coming or 0)), 30, rounding=rounding, limit=ALL)
    now, end = credit(rule, facts), credit(rule, worst)
    assert now.most == max(now.ratio or NOTHING, end.ratio or NOTHING)
    assert end.most == end.ratio


def test_no_verdict_no_stakes() -> None:
    unknown = standing(0, 10, percent=None)
    assert servicecredits.credit_of(Remedy(EC2), unknown) == Credit(None)
