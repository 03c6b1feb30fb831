"""Burn rates, and where an open window is heading (measurement.md 8, domain.md 3)."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import burnrates, methods, projections
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import NoData, Objective
from sla_monitor.compliance.windows import NOTHING, Tally
from tests.compliance.specimens import facts, objective, stand, tally

TIME = objective("99", methods.TIME)
EVENTS = objective("99")
ROUNDED = objective("99", methods.TIME, rounding=Rounding(0, RoundingMode.HALF_UP))
F = Fraction
EDGE = F(1, 10**9)


@pytest.mark.parametrize(
    ("seen", "target", "rate"),
    [
        (tally(986, 1000), "99.9", 14.0),
        (tally(1000, 1000), "99.9", 0.0),
        (tally(0, 0, 300), "99.9", 0.0),
        (tally(1000, 1000), "100", 0.0),
        (tally(999, 1000), "100", math.inf),
        (tally(0, 1000), "90", 10.0),
    ],
)
def test_burn_rates(seen: Tally, target: str, rate: float) -> None:
    assert burnrates.burn_rate(seen, objective(target).budget_share) == pytest.approx(rate, rel=1e-12)


def test_a_lookback_without_known_data_has_no_rate() -> None:
    for policy in NoData:
        standing = stand(objective("99", methods.TIME, no_data=policy), facts(tally(5, 5), recent=tally(0, 0, 0, 60)))
        assert set(standing.burn_rates.values()) == {None}


@pytest.mark.parametrize(
    ("policy", "rate"), [(NoData.UNKNOWN, 10), (NoData.EXCLUDE, 10), (NoData.GOOD, 5), (NoData.BAD, 55)]
)
def test_unknown_time_burns_as_it_counts(policy: NoData, rate: int) -> None:
    promise = objective("99", methods.TIME, no_data=policy)
    standing = stand(promise, facts(tally(90, 100), recent=tally(90, 100, 100, 200)))
    assert standing.burn_rates == {name: (rate if name == "6h" else None) for name in burnrates.LOOKBACKS}


# what: promise, so far, length of the window, recent, (attainment at end, exhaustion, downtime left)
OUTLOOKS = {
    "a tenth of the budget gone, nothing bad of late": (
        TIME, tally(999, 1000), 10_000, tally(60, 60), (F(9999, 10_000), None, F(99))),
    "the pace ends the budget in mid-window": (
        TIME, tally(960, 1000), 10_000, tally(98, 100), (F(9780, 10_000), 4000, F(60))),
    "the pace ends it after the window": (
        TIME, tally(1000, 1000), 10_000, tally(99, 100), (F(9910, 10_000), None, F(100))),
    "the pace ends it with the window": (
        TIME, tally(990, 1000), 10_000, tally(99, 100), (F(9900, 10_000), 10_000, F(90))),
    "the budget is just spent": (
        TIME, tally(900, 1000), 10_000, tally(99, 100), (F(9810, 10_000), 1000, F(0))),
    "the budget is overdrawn: no later good time repairs it": (
        TIME, tally(899, 1000), 10_000, tally(99, 100), (F(9809, 10_000), None, None)),
    "less time left than budget": (TIME, tally(9950, 9950), 10_000, tally(60, 60), (F(1), None, F(50))),
    "nothing recent is known": (TIME, tally(999, 1000), 10_000, tally(0, 0, 0, 60), (None, None, F(99))),
    "a target of 100 % allows no second": (
        objective("100", methods.TIME), tally(100, 100), 1000, tally(60, 60), (F(1), None, F(0))),
    "the window is over": (TIME, tally(999, 1000), None, tally(60, 60), (F(999, 1000), None, None)),
    "the window is over, its last hours unknown": (
        TIME, tally(999, 1000), None, tally(0, 0, 0, 60), (F(999, 1000), None, None)),
    "the window is over, nothing known of it, its neighbour was fine": (
        TIME, tally(0, 0, 0, 1000), None, tally(60, 60), (None, None, None)),
    "events: the budget grows with the traffic": (
        EVENTS, tally(998, 1000, 100), 1000, tally(1000, 1000, 100), (F(9998, 10_000), None, F(98, 10))),
    "events: the pace eats more than grows": (
        EVENTS, tally(995, 1000, 100), 1000, tally(970, 1000, 100), (F(9725, 10_000), 125, F(95, 10))),
    "events: failing no faster than the budget grows": (
        EVENTS, tally(995, 1000, 100), 1000, tally(990, 1000, 100), (F(9905, 10_000), None, F(95, 10))),
    "events: overdrawn now, but the traffic to come repairs it": (
        EVENTS, tally(950, 1000, 100), 1000, tally(1000, 1000, 100), (F(9950, 10_000), None, F(5))),
    "events: overdrawn beyond repair": (
        EVENTS, tally(800, 1000, 100), 1000, tally(1000, 1000, 100), (F(9800, 10_000), None, None)),
    "events: more traffic of late than before": (
        EVENTS, tally(1000, 1000, 100), 1000, tally(4000, 4000, 100), (F(1), None, (10 + F(36000, 100)) / 40)),
    "events: silence tells of no outage's cost": (
        EVENTS, tally(0, 0, 100), 1000, tally(0, 0, 100), (F(1), None, None)),
    "rounding forgives half a percent more": (
        ROUNDED, tally(900, 1000), 10_000, tally(60, 60), (F(99, 100), None, F(50))),
    "more than the target needs a little less": (
        objective("99", methods.TIME, comparison=Comparison.GT, rounding=Rounding(1, RoundingMode.HALF_UP)),
        tally(960, 1000), 10_000, tally(60, 60), (F(9960, 10_000), None, F(55))),
    "unless nothing is left to need": (
        objective("99", methods.TIME, comparison=Comparison.GT),
        tally(900, 1000), 10_000, tally(60, 60), (F(99, 100), None, None)),
    "graded intervals: 5 of the 6 that are allowed": (
        objective("99", methods.Intervals(every=60)), tally(59, 60, 3600), 36_000, tally(1, 1, 60),
        (F(599, 600), None, F(300))),
}  # fmt: skip


@pytest.mark.parametrize("row", OUTLOOKS.values(), ids=OUTLOOKS)
def test_projections(row: tuple) -> None:
    promise, seen, length, recent, expected = row
    projection = stand(promise, facts(seen, length=length, recent=recent)).projection
    assert (projection.attainment_at_end, projection.exhaustion, projection.max_further_downtime) == expected


CERTAIN = {
    "the budget just spent can be kept": (TIME, tally(900, 1000), 10_000, False),
    "one second more cannot": (TIME, tally(899, 1000), 10_000, True),
    "a broken window that is over": (TIME, tally(989, 1000), None, True),
    "a kept one": (TIME, tally(990, 1000), None, False),
    "events: the traffic to come repairs it": (EVENTS, tally(950, 1000, 100), 1000, False),
    "events: exactly": (EVENTS, tally(900, 1000, 100), 1000, False),
    "events: one more is beyond repair": (EVENTS, tally(899, 1000, 100), 1000, True),
    "silence": (EVENTS, tally(0, 0, 100), 1000, False),
    "nothing known": (TIME, tally(0, 0, 0, 100), 1000, False),
    "unknown time that counts as bad": (
        objective("99", methods.TIME, no_data=NoData.BAD), tally(0, 0, 0, 101), 10_000, True),
    "what is unknown may still turn out good": (TIME, tally(40, 50, 50, 900), 1000, False),
    "nor where it would be one second too much": (TIME, tally(39, 50, 50, 900), 1000, True),
    "unknown time that is excluded heals nothing": (
        objective("99", methods.TIME, no_data=NoData.EXCLUDE), tally(40, 50, 50, 900), 1000, True),
    "rounding may still save it": (ROUNDED, tally(850, 1000), 10_000, False),
    "but not all": (ROUNDED, tally(849, 1000), 10_000, True),
}  # fmt: skip


@pytest.mark.parametrize("row", CERTAIN.values(), ids=CERTAIN)
def test_a_breach_is_certain_when_a_perfect_rest_cannot_keep_the_promise(row: tuple) -> None:
    promise, seen, length, certain = row
    standing = stand(promise, facts(seen, length=length))
    assert standing.breach_certain is certain
    assert not certain or standing.status is Status.BREACHED


ROUNDINGS = [None, *(Rounding(digits, mode) for digits in (0, 2) for mode in RoundingMode)]
PROMISES = st.builds(
    objective,
    st.just("99"),
    st.sampled_from([methods.TIME, methods.EVENTS]),
    rounding=st.sampled_from(ROUNDINGS),
    comparison=st.sampled_from([Comparison.GE, Comparison.GT]),
)


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 2000), PROMISES)
def test_the_longest_outage_keeps_the_promise_and_a_longer_one_breaks_it(
    bad: int, passed: int, rest: int, promise: Objective
) -> None:
    """So there is none where a breach is certain, and there only; what lies just at a border may fall either way."""
    seen = tally(max(0, passed - bad), passed)
    standing = stand(promise, facts(seen, length=passed + rest, recent=seen))
    left = standing.projection.max_further_downtime
    assert standing.breach_certain == (left is None)
    if left is not None:
        for more, kept in ((left - EDGE, True), (left + EDGE, False)):
            share = 1 - (seen.bad + more) / (passed + rest)
            if 0 <= more <= rest:
                assert promise.comparison.holds(promise.compared(share) * 100, 99) is kept


@given(st.integers(0, 100), st.integers(1, 100), st.integers(0, 100), st.integers(1, 100), st.integers(1, 5000))
def test_going_on_until_exhaustion_leaves_nothing(bad: int, passed: int, lost: int, recent: int, rest: int) -> None:
    seen = tally(max(0, passed - bad), passed)
    pace = tally(max(0, recent - lost), recent)
    standing = stand(TIME, facts(seen, length=passed + rest, recent=pace))
    end, at = standing.projection.attainment_at_end, standing.projection.exhaustion
    assert end is not None
    if at is not None:
        used = seen.bad + pace.bad / pace.known * (at - passed)
        assert standing.budget.allowed <= used < standing.budget.allowed + 1
        assert end <= TIME.target
    elif standing.budget.remaining >= 0:
        assert end >= TIME.target


@pytest.mark.parametrize(
    ("recent", "rest", "brought"),
    [(projections.Pace(F(1), F(3)), 100, 350), (projections.Pace(F(1), F(3)), 0, 0), (None, 100, 0)],
)
def test_what_the_rest_brings(recent: projections.Pace | None, rest: int, brought: int) -> None:
    """Three a second, and 50 that count as up once the term is over."""
    outlook = projections.Outlook(
        attained=None, good=F(0), total=F(0), rest=rest, assumed_rest=F(50), share=F(0),
        budget=Budget(F(0), F(0)), recent=recent, expected=F(1), budget_grows=False,
    )  # fmt: skip
    assert outlook.brought == brought


def test_no_recent_facts_no_rates() -> None:
    assert stand(TIME, facts(NOTHING, length=100)).projection.exhaustion is None


@pytest.mark.parametrize(
    ("sentence", "remaining", "expected"),
    [
        ("at once", 0, 4210),
        ("ten seconds from now", 10, 4220),
        ("not in the break", 800, 6010),
        ("with the window, though the slice being filled had begun before", 2995, 8200),
    ],
)
def test_a_budget_runs_out_ahead(sentence: str, remaining: int, expected: int) -> None:
    """Nothing but bad seconds, in the middle of a slice that began at 4200; from 5000 to 6000 nothing is promised."""
    outlook = projections.Outlook(
        attained=None, good=F(0), total=F(0), rest=3000, assumed_rest=F(0), share=F(0),
        budget=Budget(F(remaining), F(0)), recent=projections.Pace(F(1), F(1)), expected=F(1), budget_grows=False,
        coming=Spans.of([Span(4200, 5000), Span(6000, 8200)]),
    )  # fmt: skip
    assert projections.project(outlook, 4210).exhaustion == expected, sentence
