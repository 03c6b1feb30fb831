"""What each way of counting earns, at its bounds and between them (domain.md 2.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import earnings, periods
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Days,
    Exceedance,
    PerBlock,
    PerSubwindow,
    Remedy,
    Rule,
    Tiered,
)
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.spans import Span
from tests.compliance.creditspecimens import (
    BERLIN,
    BROKEN,
    DAILY,
    DAY,
    EPS,
    FIVE,
    HOUR,
    JITTER,
    NOTHING,
    NOTION,
    START,
    TENTH,
    WORKDAY,
    broken,
    credit,
    down,
    earned,
    judged,
)
from tests.compliance.specimens import instant

BLOCKS: dict[str, tuple[PerBlock, Sequence[tuple[float, float]], int]] = {
    "nothing was down": (PerBlock(Fraction(HOUR), FIVE), [], 0),
    "a second under a block": (PerBlock(Fraction(HOUR), FIVE), [(0, 3599 / HOUR)], 0),
    "exactly a block": (PerBlock(Fraction(HOUR), FIVE), [(0, 1)], 1),
    "a block and a half": (PerBlock(Fraction(HOUR), FIVE), [(0, 1.5)], 1),
    "blocks do not add up over spells": (PerBlock(Fraction(HOUR), FIVE), [(0, 0.5), (5, 0.5), (9, 0.9)], 0),
    "each spell has its own": (PerBlock(Fraction(HOUR), FIVE), [(0, 1), (5, 2)], 3),
    "a block begun": (PerBlock(Fraction(HOUR), FIVE, begun=True), [(0, 1 / HOUR)], 1),
    "exactly a block is no second one": (PerBlock(Fraction(HOUR), FIVE, begun=True), [(0, 1)], 1),
    "a second more is": (PerBlock(Fraction(HOUR), FIVE, begun=True), [(0, 3601 / HOUR)], 2),
    "a spell that began before the window is of the window before": (PerBlock(Fraction(HOUR), FIVE), [(-1, 9)], 0),
    "one that goes on beyond its end is of this one": (PerBlock(Fraction(HOUR), FIVE), [(30 * 24 - 1, 9)], 9),
    "one that begins at its end is not": (PerBlock(Fraction(HOUR), FIVE), [(30 * 24, 9)], 0),
    "parts of seconds": (PerBlock(Fraction("0.3"), FIVE), [(0, 1 / HOUR)], 3),
}


@pytest.mark.parametrize("sentence", BLOCKS)
def test_blocks(sentence: str) -> None:
    rule, spells, count = BLOCKS[sentence]
    assert earned(rule, outages=down(*spells)) == count * FIVE


LENGTHS = {
    "longer than, under": (Comparison.GT, 899, 0),
    "longer than, at": (Comparison.GT, 900, 0),
    "longer than, over": (Comparison.GT, 901, 1),
    "at least, under": (Comparison.GE, 899, 0),
    "at least, at": (Comparison.GE, 900, 1),
    "at least, over": (Comparison.GE, 901, 1),
}


@pytest.mark.parametrize("sentence", LENGTHS)
def test_spells_must_be_long_enough(sentence: str) -> None:
    comparison, seconds, count = LENGTHS[sentence]
    rule = PerBlock(Fraction(60), FIVE, shortest=(comparison, Fraction(900)))
    assert earned(rule, outages=(Span(START, START + seconds),)) == count * FIVE * (seconds // 60)


OF_DAYS: dict[str, tuple[PerBlock, Sequence[tuple[float, float]], int]] = {
    "an hour does not exceed an hour": (NOTION, [(3, 1)], 0),
    "once a day, however long": (NOTION, [(3, 9)], 1),
    "once a day, however often": (NOTION, [(3, 2), (9, 2)], 1),
    "over midnight on both days": (NOTION, [(23, 2)], 2),
    "the block that begins before midnight is of that day": (NOTION, [(22.75, 1.5)], 1),
    "three days": (NOTION, [(12, 48)], 3),
    "two a day": (replace(NOTION, max_per_day=2), [(3, 9), (26, 1.5)], 4),
    "more are allowed than there are": (replace(NOTION, max_per_day=99), [(3, 2)], 4),
    "more than there are on either day": (replace(NOTION, max_per_day=99), [(12, 24)], 48),
    "a spell from before the window uses its days up": (NOTION, [(-2, 4), (9, 2)], 0),
    "and no others": (NOTION, [(-2, 4), (33, 2)], 1),
}


@pytest.mark.parametrize("sentence", OF_DAYS)
def test_no_more_than_so_many_blocks_a_day(sentence: str) -> None:
    rule, spells, count = OF_DAYS[sentence]
    assert earned(rule, outages=down(*spells)) == count * FIVE


def test_days_of_blocks_are_those_of_the_agreements_calendar() -> None:
    """25 October 2026 in Berlin has 25 hours: 24 of them are one day's, one more the next one's."""
    window = periods.window_at(Calendar(Unit.MONTH), BERLIN, instant("2026-10-15T00:00Z"))
    midnight = instant("2026-10-25T00:00+02:00")
    rule = PerBlock(Fraction(HOUR), FIVE, max_per_day=1)
    for hours, days in ((25, 1), (26, 2)):
        assert (
            earned(rule, window=window, zone=BERLIN, outages=(Span(midnight, midnight + hours * HOUR),)) == days * FIVE
        )


lengths = st.integers(0, 5 * DAY)
rules = st.builds(
    PerBlock,
    every=st.fractions(Fraction(1, 2), DAY, max_denominator=60),
    credit=st.just(FIVE),
    begun=st.booleans(),
    shortest=st.none() | st.tuples(st.sampled_from([Comparison.GT, Comparison.GE]), st.fractions(0, DAY)),
    max_per_day=st.none() | st.integers(1, 5),
)


@given(rules, st.integers(0, 29 * DAY), lengths, lengths)
def test_a_longer_spell_never_earns_less(rule: PerBlock, at: int, one: int, other: int) -> None:
    short, long = (
        earnings.blocks(rule, replace(BROKEN, outages=(Span(START + at, START + at + length),)))
        for length in sorted((one, other))
    )
    assert short <= long


@given(rules, st.lists(st.tuples(st.integers(0, 29), st.integers(0, DAY - 1), st.integers(1, DAY)), max_size=6))
def test_one_spell_more_never_earns_less(rule: PerBlock, made: list[tuple[int, int, int]]) -> None:
    spells = [Span(START + day * DAY + at, START + day * DAY + at + length) for day, at, length in made]
    counts = [earnings.blocks(rule, replace(BROKEN, outages=tuple(spells[:n]))) for n in range(len(spells) + 1)]
    assert counts == sorted(counts)


@given(rules, st.integers(0, 29 * DAY), lengths)
def test_limits_by_the_day_count_block_by_block(rule: PerBlock, at: int, length: int) -> None:
    """The slow way: every block for itself."""
    if length / rule.every > 2000:
        return
    spell = Span(START + at, START + at + length)
    slow: dict[int, int] = {}
    block = 0
    enough = rule.shortest is None or rule.shortest[0].holds(length, rule.shortest[1])
    while enough and (block * rule.every < length if rule.begun else (block + 1) * rule.every <= length):
        day = int((at + block * rule.every) // DAY)
        slow[day] = slow.get(day, 0) + 1
        block += 1
    most = rule.max_per_day or 10**9
    assert earnings.blocks(rule, replace(BROKEN, outages=(spell,))) == sum(min(most, count) for count in slow.values())


SUBWINDOWS = {
    "none is known": (DAILY, (None, None), 0),
    "just under": (DAILY, (Fraction(9, 10) - EPS,), 1),
    "exactly the target is kept": (DAILY, (Fraction(9, 10),), 0),
    "just over": (DAILY, (Fraction(9, 10) + EPS,), 0),
    "more than the target": (replace(DAILY, comparison=Comparison.GT), (Fraction(9, 10), Fraction(9, 10) + EPS), 1),
    "each that fails": (DAILY, (0, 1, 0, None, Fraction(1, 2)), 3),
    "a mean of 40 ms at most": (
        PerSubwindow(Unit.DAY, Comparison.LE, Fraction(40, 1000), Fraction(1, 30)),
        (Fraction(40, 1000), Fraction(41, 1000), Fraction(39, 1000)),
        1,
    ),
    "less than 40 ms": (
        PerSubwindow(Unit.DAY, Comparison.LT, Fraction(40, 1000), Fraction(1, 30)),
        (Fraction(40, 1000), Fraction(39, 1000)),
        1,
    ),
}


@pytest.mark.parametrize("sentence", SUBWINDOWS)
def test_each_subwindow_that_misses_its_target(sentence: str) -> None:
    rule, compared, count = SUBWINDOWS[sentence]
    assert earned(rule, subwindows=judged(*compared)) == Fraction(count, 30)
    assert earned(rule, subwindows=judged(*compared), breached=False) == Fraction(count, 30)


def test_subwindows_in_days_of_service() -> None:
    found = credit(replace(DAILY, credit=Days(Fraction(1))), replace(BROKEN, subwindows=judged(0, 0, 1)))
    assert (found.days, found.ratio) == (2, Fraction(2, 30))


@given(st.lists(st.tuples(st.fractions(0, 1), st.fractions(0, 1)), max_size=10))
def test_worse_subwindows_never_earn_less(pairs: list[tuple[Fraction, Fraction]]) -> None:
    better, worse = (
        earned(DAILY, subwindows=judged(*(which(pair) for pair in pairs))) or NOTHING for which in (max, min)
    )
    assert better <= worse


def excess(value: Fraction | str, rule: Exceedance = JITTER, **facts: Any) -> Fraction | None:
    plain = {"percent": None, "comparison": Comparison.LT, "limit": Fraction(2)}
    return earned(rule, value=Fraction(value), **{**plain, **facts})


EXCESS = {
    "exactly the limit, which is a breach of `<`": ("2", 0),
    "10 % over are not more than 10 %": ("2.2", 0),
    "just under": (Fraction("2.2") - EPS, 0),
    "just over": (Fraction("2.2") + EPS, 10),
    "exactly 25 %": ("2.5", 10),
    "more": ("2.500001", 20),
    "far more": ("200", 20),
}


@pytest.mark.parametrize("sentence", EXCESS)
def test_the_relative_excess(sentence: str) -> None:
    value, paid = EXCESS[sentence]
    assert excess(value) == Fraction(paid, 100)
    assert excess(value, breached=False) == NOTHING


def test_an_excess_of_at_least_so_much_or_of_any() -> None:
    closed = Exceedance((CreditTier(None, TENTH, at_or_above=TENTH),))
    assert [excess(one, closed) for one in (Fraction("2.2") - EPS, "2.2", Fraction("2.2") + EPS)] == [0, TENTH, TENTH]
    any_, more = CreditTier(None, FIVE), JITTER.bands[0]
    assert [excess(one, Exceedance((any_, more))) for one in ("2", "2.2", "2.3")] == [FIVE, FIVE, TENTH]


def test_what_is_to_be_reached_is_exceeded_downwards() -> None:
    """500 leads promised: 449 lack 10.2 % of them."""
    facts = {"comparison": Comparison.GE, "limit": Fraction(500)}
    assert [excess(one, **facts) for one in ("450", "449", "374")] == [NOTHING, TENTH, Fraction(1, 5)]
    assert excess("-11", comparison=Comparison.GE, limit=Fraction(-10), breached=True) == NOTHING
    assert excess("-12", comparison=Comparison.GE, limit=Fraction(-10), breached=True) == TENTH


def test_a_share_has_no_excess() -> None:
    assert Remedy(JITTER).tiers == JITTER.bands
    assert earned(JITTER) == NOTHING


@given(st.fractions(0, 10), st.fractions(0, 10))
def test_a_larger_excess_never_earns_less(one: Fraction, other: Fraction) -> None:
    small, large = (excess(value, breached=value >= 2) or NOTHING for value in sorted((one, other)))
    assert small <= large


LIMIT = Fraction(45)
VALUES = {
    "at most 45: over the bound": (Comparison.LE, CreditTier(None, TENTH, above=LIMIT), (0, 0, TENTH)),
    "at most 45: from the bound on": (Comparison.LE, CreditTier(None, TENTH, at_or_above=LIMIT), (0, TENTH, TENTH)),
    "at least 45: under the bound": (Comparison.GE, CreditTier(LIMIT, TENTH), (TENTH, 0, 0)),
    "at least 45: down from it": (Comparison.GE, CreditTier(None, TENTH, at_or_below=LIMIT), (TENTH, TENTH, 0)),
}


@pytest.mark.parametrize("sentence", VALUES)
def test_tiers_of_values(sentence: str) -> None:
    comparison, only, paid = VALUES[sentence]
    rule = Tiered((only,), Basis.VALUE)
    values = (45 - EPS, Fraction(45), 45 + EPS)
    facts = {"percent": None, "comparison": comparison, "limit": Fraction(45)}
    assert tuple(earned(rule, value=value, **facts) for value in values) == paid


def test_of_tiers_of_values_the_worst_counts() -> None:
    slow = Tiered(tuple(CreditTier(None, Fraction(n, 100), above=Fraction(n)) for n in (60, 45, 90)), Basis.VALUE)
    few = Tiered(tuple(CreditTier(Fraction(n), Fraction(1, n)) for n in (400, 500, 300)), Basis.VALUE)
    assert [earned(slow, percent=None, value=Fraction(n), comparison=Comparison.LE) for n in (45, 46, 61, 91)] == [
        NOTHING, Fraction(45, 100), Fraction(60, 100), Fraction(90, 100),
    ]  # fmt: skip
    assert [earned(few, percent=None, value=Fraction(n)) for n in (500, 499, 399, 0)] == [
        NOTHING, Fraction(1, 500), Fraction(1, 400), Fraction(1, 300),
    ]  # fmt: skip
    assert earned(few) == NOTHING


@pytest.mark.parametrize("rule", [NOTION, DAILY, JITTER, WORKDAY, Tiered(JITTER.bands, Basis.VALUE)])
def test_no_verdict_no_credit(rule: Rule) -> None:
    unknown = replace(BROKEN, percent=None, outages=down((0, 9)), subwindows=judged(0), history=broken(1))
    assert credit(rule, unknown) == Credit(None)


@pytest.mark.parametrize("rule", [NOTION, DAILY, JITTER, WORKDAY, Tiered(JITTER.bands, Basis.VALUE)])
def test_nothing_is_a_verdict(rule: Rule) -> None:
    assert earned(rule, breached=False) == NOTHING
