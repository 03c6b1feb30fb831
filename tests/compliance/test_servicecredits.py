"""What a window earns: bounds, kinds, caps, minima and deadlines (domain.md 2.12)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import methods, periods, servicecredits
from sla_monitor.compliance.outcomes import Outcome
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, Window
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Days,
    Flat,
    Minimum,
    Proportional,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.stakes import Tier
from sla_monitor.compliance.standings import Status
from tests.compliance.specimens import facts, instant, objective, stand, tally

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
JUNE = periods.window_at(Calendar(Unit.MONTH), UTC, instant("2026-06-15T00:00Z"))
NOTHING, TENTH = Fraction(0), Fraction(1, 10)
EPS = Fraction(1, 10**9)


def outcome(percent: str | Fraction = "100", **changes: Any) -> Outcome:
    exact = Fraction(percent)
    plain = Outcome(exact, breached=True, missed=1 - exact / 100, bad=NOTHING, window=JUNE, zone=UTC, at=JUNE.span.end)
    return replace(plain, **changes)


def tier(below: str, credit: str) -> CreditTier:
    return CreditTier(Fraction(below) / 100, Fraction(credit) / 100)


def schedule(*tiers: CreditTier, on: Basis = Basis.ATTAINMENT, **limits: Any) -> Remedy:
    return Remedy(Tiered(tiers, on), **limits)


def owed(credit: Credit | None) -> tuple[Fraction | None, Tier | None]:
    """What is owed now, and the tier beyond it."""
    assert credit is not None
    return credit.ratio, credit.next_tier


def ratio(remedy: Remedy, given_: Outcome) -> Fraction | None:
    credit = servicecredits.credit_of(remedy, given_)
    assert credit is not None
    return credit.ratio


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
    assert owed(servicecredits.credit_of(schedule(*tiers), outcome(percent))) == (Fraction(credit, 100), following)


GITHUB = (
    CreditTier(None, TENTH, at_or_below=Fraction(999, 1000), above=Fraction(99, 100)),
    CreditTier(Fraction(99, 100), Fraction(1, 4)),
)
"""10 % at 99.9 % or less, but more than 99.0 %; 25 % at less than 99.0 %."""


@pytest.mark.parametrize(
    ("sentence", "percent", "credit", "following"),
    [
        ("over 99.9 %", Fraction("99.9") + EPS, NOTHING, GITHUB[0]),
        ("exactly 99.9 % pays", Fraction("99.9"), TENTH, GITHUB[1]),
        ("under 99.9 %", Fraction("99.9") - EPS, TENTH, GITHUB[1]),
        ("over 99 %", Fraction(99) + EPS, TENTH, GITHUB[1]),
        ("exactly 99.0 % falls into the gap", Fraction(99), NOTHING, GITHUB[1]),
        ("under 99 %", Fraction(99) - EPS, Fraction(1, 4), None),
    ],
)
@pytest.mark.parametrize("tiers", [GITHUB, GITHUB[::-1]])
def test_the_gap_of_github(
    tiers: tuple[CreditTier, ...], sentence: str, percent: Fraction, credit: Fraction, following: CreditTier | None
) -> None:
    found = servicecredits.credit_of(schedule(*tiers), outcome(percent))
    assert owed(found) == (credit, following), sentence


HALF = Fraction(1, 2)
BOUNDS = {
    "below": (CreditTier(HALF, TENTH), (True, False, False)),
    "at or below": (CreditTier(None, TENTH, at_or_below=HALF), (True, True, False)),
    "above": (CreditTier(None, TENTH, above=HALF), (False, False, True)),
    "at or above": (CreditTier(None, TENTH, at_or_above=HALF), (False, True, True)),
}


@pytest.mark.parametrize("on", Basis)
@pytest.mark.parametrize("name", BOUNDS)
def test_each_bound_just_under_at_and_just_over_it(name: str, on: Basis) -> None:
    only, pays = BOUNDS[name]
    values = (HALF - EPS, HALF, HALF + EPS)
    found = [ratio(schedule(only, on=on), outcome(value * 100, bad=value, value=value)) for value in values]
    assert found == [TENTH if one else NOTHING for one in pays]


def test_of_two_tiers_at_one_bound_the_open_one_is_the_lower() -> None:
    at, under = CreditTier(None, TENTH, at_or_below=HALF), CreditTier(HALF, Fraction(1, 4))
    found = [ratio(schedule(at, under), outcome(percent)) for percent in (Fraction(50) + EPS, 50, Fraction(50) - EPS)]
    assert found == [NOTHING, TENTH, Fraction(1, 4)]
    credit = servicecredits.credit_of(schedule(under, at), outcome("60"))
    assert credit is not None
    assert credit.next_tier == at


def test_a_tier_without_an_upper_bound_gives_way_to_any_that_has_one() -> None:
    open_, bounded = CreditTier(None, Fraction(1, 100), above=NOTHING), tier("99", "25")
    assert ratio(schedule(bounded, open_), outcome("98")) == Fraction(1, 4)
    assert ratio(schedule(bounded, open_), outcome("99")) == Fraction(1, 100)


ROUTE_53 = (
    CreditTier(Fraction(1800), Days(Fraction(1)), at_or_above=Fraction(300)),
    CreditTier(Fraction(14_400), Days(Fraction(7)), at_or_above=Fraction(1800)),
    CreditTier(None, Days(Fraction(30)), at_or_above=Fraction(14_400)),
)
"""By downtime: 5 to 30 minutes a day of service, to 4 hours seven, beyond thirty."""


@pytest.mark.parametrize(
    ("bad", "days", "following"),
    [
        (0, None, ROUTE_53[0]),
        (299, None, ROUTE_53[0]),
        (300, 1, ROUTE_53[1]),
        (1799, 1, ROUTE_53[1]),
        (1800, 7, ROUTE_53[2]),
        (14_399, 7, ROUTE_53[2]),
        (14_400, 30, None),
    ],
)
def test_days_of_service_for_downtime(bad: int, days: int | None, following: CreditTier | None) -> None:
    found = servicecredits.credit_of(schedule(*ROUTE_53[::-1], on=Basis.BAD_SECONDS), outcome(bad=Fraction(bad)))
    assert found is not None
    assert (found.days, found.next_tier) == (days, following)
    assert found.ratio == Fraction(days or 0, 30)


def test_a_lower_downtime_bound_counts_beside_a_higher_one() -> None:
    tiers = tuple(CreditTier(None, Fraction(n, 100), above=Fraction(n * 60)) for n in (5, 15, 60))
    found = [ratio(schedule(*tiers, on=Basis.BAD_SECONDS), outcome(bad=Fraction(bad))) for bad in (300, 301, 901, 9999)]
    assert found == [NOTHING, Fraction(5, 100), Fraction(15, 100), Fraction(60, 100)]


def test_in_proportion_to_what_was_missed() -> None:
    """Slack: ten times the downtime's share. 99.9 % of June missed by 0.3 %: 3 %."""
    slack = Remedy(Proportional(Fraction(10)))
    assert ratio(slack, outcome("99.7")) == Fraction(3, 100)
    assert ratio(slack, outcome("99.7", breached=False)) == NOTHING
    assert ratio(replace(slack, cap=Fraction(1, 50)), outcome("99.7")) == Fraction(1, 50)


def test_in_proportion_to_what_was_missed_exactly_not_rounded() -> None:
    promise = objective("99.9", remedy=Remedy(Proportional(Fraction(10))), rounding=Rounding(1, RoundingMode.DOWN))
    credit = stand(promise, facts(tally(99_874, 100_000))).credit
    assert owed(credit) == (Fraction(126, 10_000), None)


def test_flat() -> None:
    twilio = Remedy(Flat(TENTH))
    assert owed(servicecredits.credit_of(twilio, outcome("99"))) == (TENTH, None)
    assert owed(servicecredits.credit_of(twilio, outcome("99", breached=False))) == (NOTHING, None)
    assert (twilio.tiers, schedule(*TIERS).tiers) == ((), TIERS)


@pytest.mark.parametrize(
    ("cap", "credit", "days"),
    [
        (None, Fraction(1, 4), None),
        (Fraction(1, 5), Fraction(1, 5), None),
        (Fraction(1, 4), Fraction(1, 4), None),
        (Days(Fraction(3)), TENTH, 3),
        (Days(Fraction(9)), Fraction(1, 4), None),
    ],
)
def test_caps(cap: Fraction | Days | None, credit: Fraction, days: int | None) -> None:
    found = servicecredits.credit_of(schedule(*TIERS, cap=cap), outcome("98"))
    assert found is not None
    assert (found.ratio, found.days) == (credit, days)
    assert found.next_tier == replace(ALL, credit=Fraction(1) if cap is None else cap)


MINIMA = {
    "at least as much": (Comparison.GE, TENTH, TENTH),
    "at least more": (Comparison.GE, TENTH + EPS, NOTHING),
    "more than as much": (Comparison.GT, TENTH, NOTHING),
    "more than less": (Comparison.GT, TENTH - EPS, TENTH),
    "at least three of thirty days": (Comparison.GE, Days(Fraction(3)), TENTH),
    "more than three of thirty days": (Comparison.GT, Days(Fraction(3)), NOTHING),
}


@pytest.mark.parametrize("sentence", MINIMA)
def test_minima(sentence: str) -> None:
    comparison, least, credit = MINIMA[sentence]
    remedy = Remedy(Flat(TENTH), minimum=Minimum(comparison, least), claim=Lapse("", days=1))
    found = servicecredits.credit_of(remedy, outcome("99"))
    assert found is not None
    assert found.ratio == credit
    assert (found.claim_until is None) == (credit == NOTHING)


def test_the_cap_comes_before_the_minimum() -> None:
    remedy = Remedy(Flat(HALF), cap=TENTH, minimum=Minimum(Comparison.GE, Fraction(1, 5)))
    assert ratio(remedy, outcome("99")) == NOTHING


BERLIN_MARCH = periods.window_at(Calendar(Unit.MONTH), BERLIN, instant("2026-03-15T00:00Z"))
APIA = periods.window_at(Calendar(Unit.MONTH), ZoneInfo("Pacific/Apia"), instant("2011-12-15T00:00Z"))
LENGTHS = {
    "June has 30 days": (JUNE, Fraction(3, 30)),
    "March in Berlin has 31, one of them of 23 hours": (BERLIN_MARCH, Fraction(3, 31)),
    "December 2011 in Samoa had 30": (APIA, Fraction(3, 30)),
    "a rolling window has its length": (
        periods.rolling_window(Rolling(90 * 3600, "90h"), JUNE.span.end),
        Fraction(4, 5),
    ),
    "an hour is a part of a day": (Window("hour", "", Span(0, 3600)), Fraction(72)),
}


@pytest.mark.parametrize("sentence", LENGTHS)
def test_days_are_a_share_of_the_windows_days(sentence: str) -> None:
    window, share = LENGTHS[sentence]
    assert ratio(Remedy(Flat(Days(Fraction(3)))), outcome("99", window=window)) == share


def test_no_credits_agreed() -> None:
    assert servicecredits.credit_of(None, outcome("90")) is None


@pytest.mark.parametrize("rule", [Tiered(TIERS), Proportional(Fraction(10)), Flat(TENTH)])
def test_no_verdict_no_credit(rule: Tiered | Proportional | Flat) -> None:
    promise = objective("99.9", remedy=Remedy(rule, claim=Lapse("", days=30)))
    standing = stand(promise, facts(tally(9990, 10_000, 60, 120)))
    assert (standing.status, standing.credit) == (Status.UNKNOWN, Credit(None))
    broken = stand(promise, facts(tally(50, 100, 60, 120)))
    assert broken.status is Status.BREACHED
    assert broken.credit is not None
    assert broken.credit.ratio


def test_the_rounded_percentage_is_what_earns() -> None:
    promise = objective("99.9", remedy=schedule(*TIERS), rounding=Rounding(1, RoundingMode.HALF_UP))
    credits_ = [stand(promise, facts(tally(good, 100_000))).credit for good in (99_850, 99_849)]
    assert [owed(one) for one in credits_] == [(0, TEN), (TENTH, TWENTY_FIVE)]


def test_bad_seconds_are_those_of_the_standing() -> None:
    promise = objective("99.9", methods.TIME, remedy=schedule(*ROUTE_53, on=Basis.BAD_SECONDS))
    credits_ = [stand(promise, facts(tally(86_400 - bad, 86_400))).credit for bad in (299, 300)]
    assert [one and one.days for one in credits_] == [None, 1]


DEADLINES = {
    "thirty days after March, whose last Sunday was short": (
        BERLIN_MARCH, BERLIN, Lapse("30 days", days=30), "2026-05-01T00:00+02:00"),
    "thirty days from winter into summer time": (
        periods.window_at(Calendar(Unit.MONTH), BERLIN, instant("2026-02-15T00:00Z")), BERLIN,
        Lapse("30 days", days=30), "2026-03-31T00:00+02:00"),
    "two months": (JUNE, UTC, Lapse("2 months", months=2), "2026-09-01T00:00Z"),
    "a month after a billing month that ends on the 31st": (
        Window("month", "", Span(0, instant("2026-01-31T00:00Z"))), UTC, Lapse("1 month", months=1),
        "2026-02-28T00:00Z"),
    "36 hours by the clock": (JUNE, UTC, Lapse("36h", seconds=129_600), "2026-07-02T12:00Z"),
    "a day that ends in Havana's fold": (
        Window("day", "", Span(0, instant("2026-10-31T00:00-04:00"))), ZoneInfo("America/Havana"),
        Lapse("1 day", days=1), "2026-11-01T00:00-04:00"),
    "a day that ends in Sao Paulo's gap": (
        Window("day", "", Span(0, instant("2018-11-03T00:00-03:00"))), ZoneInfo("America/Sao_Paulo"),
        Lapse("1 day", days=1), "2018-11-04T01:00-02:00"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", DEADLINES)
def test_claims_end_by_the_calendar_of_the_agreement(sentence: str) -> None:
    window, zone, lapse, until = DEADLINES[sentence]
    remedy = Remedy(Flat(TENTH), claim=lapse)
    found = servicecredits.credit_of(remedy, outcome("99", window=window, zone=zone))
    assert found is not None
    assert found.claim_until == instant(until)


def test_there_is_nothing_to_claim_without_a_credit_an_end_or_a_deadline() -> None:
    remedy = Remedy(Flat(TENTH), claim=Lapse("30 days", days=30))
    rolling = periods.rolling_window(Rolling(86_400, "1d"), JUNE.span.end)
    for given_, agreed in (
        (outcome("99", breached=False), remedy),
        (outcome("99", window=rolling), remedy),
        (outcome("99"), replace(remedy, claim=None)),
    ):
        found = servicecredits.credit_of(agreed, given_)
        assert found is not None
        assert found.claim_until is None


shares = st.fractions(0, 1, max_denominator=1000)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=6, unique_by=lambda one: one[0]), shares, shares)
def test_worse_never_earns_less_where_lower_tiers_pay_more(
    made: list[tuple[Fraction, Fraction]], one: Fraction, other: Fraction
) -> None:
    bounds = sorted((bound for bound, _ in made), reverse=True)
    paid = sorted(credit for _, credit in made)
    remedy = schedule(*(CreditTier(bound, credit) for bound, credit in zip(bounds, paid, strict=True)))
    better, worse = sorted((one, other), reverse=True)
    low, high = (ratio(remedy, outcome(share * 100)) for share in (better, worse))
    assert low is not None
    assert high is not None
    assert low <= high
    expected = max((credit for bound, credit in zip(bounds, paid, strict=True) if worse < bound), default=NOTHING)
    assert high == expected
