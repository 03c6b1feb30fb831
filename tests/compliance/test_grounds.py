"""What credits by outages, and by hours, rest on; each worked out by hand over one UTC day."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sla_monitor.compliance import judgements
from sla_monitor.compliance.exclusions import Effect
from sla_monitor.compliance.methods import EVENTS as BY_EVENTS
from sla_monitor.compliance.methods import TIME, TOTAL, Intervals, Method, Spells, SpellStatistic, Stat, Statistic, Time
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Exceedance,
    Flat,
    PerBlock,
    PerSubwindow,
    Proportional,
    Remedy,
    Rule,
    Tiered,
)
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import NoData
from tests.compliance.days import AMOUNTS, DAY, START, VALUES, WINDOW, applied, states, traffic
from tests.compliance.specimens import EVENTS, SECONDS, agreement, measured, objective
from tests.compliance.test_countings import DOWN, NOBODY, OVER_5

HOUR = 3600
TENTH = Fraction(1, 10)
BLOCKS = PerBlock(Fraction(1800), TENTH)
HOURLY = PerSubwindow(Unit.HOUR, Comparison.GE, Fraction(9, 10), TENTH)


def stand(
    rule: Rule, held: Slices, method: Method = TIME, *, at: int = START + 2 * DAY, schedule: Schedule = ALWAYS,
    term: Span | None = None, window: Window = WINDOW, **terms: Any,
) -> Standing:  # fmt: skip
    terms = {"measurement": SECONDS, "window": Calendar(Unit.DAY), **terms}
    promise = replace(objective("99", method), remedy=Remedy(rule), **terms)
    made = agreement(promise) if term is None else agreement(promise, term=term)
    return judgements.judge(made, promise, window, at, {promise.measurement.key: held}, schedule=schedule)


def ratio(standing: Standing) -> Fraction | None:
    assert standing.credit is not None
    return standing.credit.ratio


OUTAGES: dict[str, tuple[list[tuple[int, int, float]], dict[str, Any], list[tuple[int, int]]]] = {
    "none": ([], {}, []),
    "inside": ([(600, 4200, DOWN)], {}, [(600, 4200)]),
    "half of the service away": ([(600, 4200, 0.5)], {}, [(600, 4200)]),
    "from before": ([(-7200, 600, DOWN)], {}, [(-7200, 600)]),
    "until after": ([(DAY - 600, DAY + 7200, DOWN)], {}, [(DAY - 600, DAY + 7200)]),
    "before and after it": ([(-600, 0, DOWN), (DAY, DAY + 600, DOWN)], {}, []),
    "that go on": ([(DAY - 7200, DAY + 600, DOWN)], {"at": START + DAY - 3600}, [(DAY - 7200, DAY - 3600)]),
    "cut by an exclusion": (
        [(600, 4200, DOWN)], {"schedule": applied(Span(START + 1200, START + 1800))}, [(600, 1200), (1800, 4200)]),
    "cut by an exclusion that counts as up": (
        [(600, 4200, DOWN)], {"schedule": applied(Span(START + 1200, START + 1800), effect=Effect.GOOD)},
        [(600, 1200), (1800, 4200)]),
    "where nothing is promised": (
        [(600, 7200, DOWN)],
        {"schedule": Schedule(Spans.of([Span(START, START + 3600), Span(START + 5400, START + DAY)]))},
        [(600, 3600), (5400, 7200)]),
    "from before the term": ([(600, 4200, DOWN)], {"term": Span(START + 1800, START + DAY)}, [(1800, 4200)]),
    "that nobody saw": ([(600, 4200, NOBODY)], {}, []),
    "that nobody saw, taken for bad": ([(600, 4200, NOBODY)], {"no_data": NoData.BAD}, [(600, 4200)]),
    "too short to count": ([(600, 840, DOWN), (1200, 1500, DOWN)], {"method": Time(at_least=300)}, [(1200, 1500)]),
    "of spells": (
        [(600, 840, DOWN), (1200, 1500, DOWN)], {"method": Spells(SpellStatistic.COUNT, at_least=300)}, [(1200, 1500)]),
}  # fmt: skip


@pytest.mark.parametrize("sentence", OUTAGES)
def test_outages(sentence: str) -> None:
    troubles, terms, expected = OUTAGES[sentence]
    held = states(*troubles)
    if "at" in terms:
        held = held.between(0, terms["at"])
    standing = stand(BLOCKS, held, **terms)
    assert [(one.start - START, one.end - START) for one in standing.grounds.outages] == expected
    blocks = sum((end - start) // 1800 for start, end in expected if start >= 0)
    assert ratio(standing) == blocks * TENTH


def test_outages_of_bad_intervals() -> None:
    held = traffic((10, 50, 50, 100), (100, 101, 5, 100))
    standing = stand(BLOCKS, held, Intervals(60, OVER_5), measurement=EVENTS)
    assert [(one.start - START, one.end - START) for one in standing.grounds.outages] == [(600, 3000)]
    assert ratio(standing) == TENTH


def test_nothing_is_looked_for_that_no_credit_hangs_on() -> None:
    standing = stand(Flat(TENTH), states((600, 4200, DOWN)))
    assert (standing.grounds.outages, standing.grounds.subwindows) == ((), ())
    assert stand(HOURLY, states()).grounds.outages == ()


def compared(standing: Standing) -> dict[int, Fraction | None]:
    """Hour → what it came to, but for those that are wholly up."""
    found = standing.grounds.subwindows
    assert [one.span for one in found] == [Span(START + n * HOUR, START + (n + 1) * HOUR) for n in range(24)]
    return {n: one.compared for n, one in enumerate(found) if one.compared != 1}


SUBWINDOWS: dict[str, tuple[list[tuple[int, int, float]], dict[str, Any], dict[int, Fraction | None], int]] = {
    "all up": ([], {}, {}, 0),
    "a tenth of the hour may be down": ([(HOUR, HOUR + 360, DOWN)], {}, {1: Fraction(9, 10)}, 0),
    "and no more": ([(HOUR, HOUR + 375, DOWN)], {}, {1: 1 - Fraction(375, HOUR)}, 1),
    "over a border each hour by its part": (
        [(HOUR - 360, HOUR + 720, DOWN)], {}, {0: Fraction(9, 10), 1: Fraction(8, 10)}, 1),
    "rounded as agreed": (
        [(HOUR, HOUR + 375, DOWN)], {"rounding": Rounding(0, RoundingMode.HALF_UP)}, {1: Fraction(9, 10)}, 0),
    "nobody knows": ([(HOUR, 2 * HOUR, NOBODY)], {}, {1: None}, 0),
    "nobody knows, taken for bad": ([(HOUR, 2 * HOUR, NOBODY)], {"no_data": NoData.BAD}, {1: Fraction(0)}, 1),
    "too little is known": (
        [(HOUR, HOUR + 1800, NOBODY), (HOUR + 1800, HOUR + 2100, DOWN)], {}, {1: None}, 0),
    "too little is known, but it is missed even at best": (
        [(HOUR, HOUR + 1800, NOBODY), (HOUR + 1800, HOUR + 2400, DOWN)], {}, {1: 1 - Fraction(600, HOUR)}, 1),
    "too little is known, left out": (
        [(HOUR, HOUR + 1800, NOBODY), (HOUR + 1800, HOUR + 2100, DOWN)],
        {"no_data": NoData.EXCLUDE}, {1: 1 - Fraction(300, 1800)}, 1),
    "too little is known, but it is kept even at worst": (
        [(HOUR, HOUR + 375, NOBODY)],
        {"rule": replace(HOURLY, target=Fraction(8, 10))}, {1: 1 - Fraction(375, HOUR)}, 0),
    "nothing was promised": (
        [(HOUR, 2 * HOUR, DOWN)], {"schedule": applied(Span(START + HOUR, START + 2 * HOUR))}, {1: None}, 0),
    "not by the method": ([(HOUR, HOUR + 600, DOWN)], {"method": Time(at_least=900)}, {}, 0),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SUBWINDOWS)
def test_subwindows(sentence: str) -> None:
    troubles, terms, expected, failing = SUBWINDOWS[sentence]
    standing = stand(held=states(*troubles), **{"rule": HOURLY, **terms})
    assert compared(standing) == expected
    assert ratio(standing) == failing * TENTH


def test_of_hours_to_come_nothing_is_said() -> None:
    at = START + 2 * HOUR + 600
    standing = stand(HOURLY, states((2 * HOUR, 2 * HOUR + 300, DOWN)).between(0, at), at=at)
    assert compared(standing) == {2: Fraction(1, 2), **dict.fromkeys(range(3, 24))}
    assert standing.credit is not None
    assert (standing.credit.ratio, standing.credit.most) == (TENTH, 22 * TENTH)


def test_hours_of_a_rolling_window_are_those_that_begin_in_it() -> None:
    rolling = Window("rolling", "1d", Span(START + 1800, START + DAY + 1800))
    standing = stand(HOURLY, states((0, HOUR, DOWN), (DAY, DAY + 900, DOWN)), at=rolling.span.end, window=rolling)
    found = standing.grounds.subwindows
    assert [found[0].span.start - START, found[-1].span.start - START] == [HOUR, DAY]
    assert [one.compared for one in found] == [*[1] * 23, Fraction(1, 2)]


def test_hours_of_events() -> None:
    held = traffic((60, 61, 100, 100), (120, 180, 0, 0), (180, 240, 11, 100))
    standing = stand(HOURLY, held, BY_EVENTS, measurement=EVENTS)
    assert compared(standing) == {1: Fraction(59, 60), 3: Fraction(89, 100)}
    assert ratio(standing) == TENTH


def samples(*slow: tuple[int, int, float]) -> Slices:
    """40 ms, but for (from, until, seconds)."""
    held = states(*((start, end, value + 1000) for start, end, value in slow))
    assert held.states is not None
    table = np.where(held.states == 1, 0.04, np.where(held.states > 1, held.states - 1000, held.states))
    return replace(held, states=table)


SLOW = PerSubwindow(Unit.HOUR, Comparison.LE, Fraction(45, 1000), TENTH)


def test_hours_of_values() -> None:
    """A sixth of an hour at 70 ms leaves its mean at 45 ms; a little more does not."""
    held = samples(
        (0, 600, 0.07), (HOUR, HOUR + 615, 0.07), (2 * HOUR, 3 * HOUR, NOBODY), (3 * HOUR, 3 * HOUR + 900, NOBODY)
    )
    promise = {"measurement": VALUES, "target": Fraction(45, 1000), "comparison": Comparison.LE}
    standing = stand(SLOW, held, Stat(Statistic.MEAN), **promise)
    assert standing.status is Status.MET
    found = [one.compared for one in standing.grounds.subwindows]
    over = Fraction(4, 100) + Fraction(3, 100) * Fraction(41, 240)
    assert found == [Fraction(45, 1000), over, None, None, *[Fraction(4, 100)] * 20]
    assert ratio(standing) == TENTH


def test_the_worst_of_an_hour_is_sure_whatever_nobody_saw() -> None:
    held = samples((0, 900, NOBODY), (900, 915, 0.05))
    promise = {"measurement": VALUES, "target": Fraction(45, 1000), "comparison": Comparison.LE}
    standing = stand(SLOW, held, Stat(Statistic.MAX), **promise)
    assert standing.grounds.subwindows[0].compared == Fraction(5, 100)
    assert ratio(standing) == TENTH


def leads(*hours: int) -> Slices:
    """So many in the first minute of each hour."""
    rows = {START + n * HOUR: count for n, count in enumerate(hours)}
    return measured((at, rows.get(at, 0), rows.get(at, 0), 60) for at in range(START - DAY, START + 2 * DAY, 60))


def test_an_hour_that_has_not_ended_may_still_reach_its_number() -> None:
    rule = PerSubwindow(Unit.HOUR, Comparison.GE, Fraction(5), TENTH)
    promise = {"measurement": AMOUNTS, "target": Fraction(20)}
    at = START + HOUR + 600
    standing = stand(rule, leads(4, 3).between(0, at), TOTAL, at=at, **promise)
    assert [one.compared for one in standing.grounds.subwindows[:3]] == [4, None, None]
    assert ratio(standing) == TENTH
    ended = stand(rule, leads(4, 3).between(0, START + 2 * HOUR), TOTAL, at=START + 2 * HOUR, **promise)
    assert [one.compared for one in ended.grounds.subwindows[:3]] == [4, 3, None]


LEADS = Tiered(
    tuple(CreditTier(Fraction(n), Fraction(paid, 100)) for n, paid in ((20, 10), (15, 20), (10, 30))), Basis.VALUE
)
SHARES = Tiered(tuple(CreditTier(Fraction(n, 100), Fraction(paid, 100)) for n, paid in ((100, 10), (75, 20), (50, 30))))


@pytest.mark.parametrize("rule", [LEADS, SHARES])
def test_what_is_still_to_be_reached_owes_nothing_yet(rule: Tiered) -> None:
    promise = {"measurement": AMOUNTS, "target": Fraction(20)}
    open_ = stand(rule, leads(12).between(0, START + HOUR), TOTAL, at=START + HOUR, **promise)
    closed = stand(rule, leads(12), TOTAL, **promise)
    reached = stand(rule, leads(12, 8).between(0, START + 2 * HOUR), TOTAL, at=START + 2 * HOUR, **promise)
    assert open_.credit is not None
    assert (open_.status, open_.credit.ratio, open_.credit.most) == (Status.MET, 0, Fraction(20, 100))
    assert open_.credit.next_tier == rule.tiers[0]
    assert [rung.reachable for rung in open_.credit.rungs] == [True, True, False]
    assert (closed.status, ratio(closed)) == (Status.BREACHED, Fraction(20, 100))
    assert reached.credit is not None
    assert (reached.credit.ratio, reached.credit.most) == (0, 0)


def test_an_amount_in_proportion_and_by_what_is_lacking() -> None:
    promise = {"measurement": AMOUNTS, "target": Fraction(20)}
    assert ratio(stand(Proportional(Fraction(1, 2)), leads(12), TOTAL, **promise)) == Fraction(1, 5)
    assert ratio(stand(Proportional(Fraction(1, 2)), leads(25), TOTAL, **promise)) == 0
    lacking = Exceedance((CreditTier(None, TENTH, above=Fraction(4, 10)), CreditTier(None, TENTH / 2)))
    assert ratio(stand(lacking, leads(12), TOTAL, **promise)) == TENTH / 2
    assert ratio(stand(lacking, leads(11), TOTAL, **promise)) == TENTH


def test_too_much_of_an_amount_is_too_much_at_once() -> None:
    promise = {"measurement": AMOUNTS, "target": Fraction(20), "comparison": Comparison.LE}
    rule = Tiered(
        (CreditTier(None, TENTH, above=Fraction(25)), CreditTier(None, TENTH / 2, above=Fraction(20))), Basis.VALUE
    )
    found = stand(rule, leads(21).between(0, START + HOUR), TOTAL, at=START + HOUR, **promise)
    assert found.credit is not None
    assert (found.credit.ratio, found.credit.next_tier, found.credit.most) == (TENTH / 2, rule.tiers[0], TENTH)


def test_a_value_in_percent_is_rounded_before_it_is_compared() -> None:
    rounding = Rounding(1, RoundingMode.HALF_UP)
    promise = {"measurement": VALUES, "target": Fraction("0.995"), "shown_in": "%", "rounding": rounding}
    table = states()
    assert table.states is not None
    held = replace(table, states=np.full(table.states.shape, 0.9946))
    rule = Tiered((CreditTier(Fraction("0.995"), TENTH),), Basis.VALUE)
    assert ratio(stand(rule, held, Stat(Statistic.MEAN), **promise)) == 0
    assert ratio(stand(rule, held, Stat(Statistic.MEAN), **{**promise, "rounding": None})) == TENTH


def test_what_may_be_down_before_each_tier_of_an_open_day() -> None:
    """Of 86 400 s at 99 % 864 may be down, and at 98 % 1 728; 300 were, in the first two hours."""
    rule = Tiered((CreditTier(Fraction(99, 100), TENTH), CreditTier(Fraction(98, 100), 2 * TENTH)))
    at = START + 2 * HOUR
    standing = stand(rule, states((600, 900, DOWN)).between(0, at), at=at)
    assert standing.credit is not None
    assert [(rung.left, rung.reachable) for rung in standing.credit.rungs] == [(564, True), (1428, True)]
    assert (standing.credit.ratio, standing.credit.most) == (2 * TENTH, 2 * TENTH)  # so far 4.2 % were down
    (first, _) = standing.credit.rungs
    assert standing.budget is not None
    assert first.left == standing.budget.remaining


def test_failed_events_before_each_tier() -> None:
    """A hundred a minute for two hours: of 12 000 a hundredth may fail, less the 50 that did."""
    rule = Tiered((CreditTier(Fraction(99, 100), TENTH), CreditTier(Fraction(1, 2), 2 * TENTH)))
    at = START + 2 * HOUR
    standing = stand(rule, traffic((0, 1, 50, 100)).between(0, at), BY_EVENTS, at=at, measurement=EVENTS)
    assert standing.credit is not None
    assert [(rung.left, rung.reachable) for rung in standing.credit.rungs] == [(70, True), (5950, True)]
    closed = stand(rule, traffic((0, 1, 50, 100)), BY_EVENTS, measurement=EVENTS)
    assert closed.credit is not None
    assert [rung.reachable for rung in closed.credit.rungs] == [False, False]
