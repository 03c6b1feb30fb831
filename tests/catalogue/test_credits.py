"""Credits, rounding and allowances are those of the slow reckoning, whatever the bounds, caps and orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import exclusions, periods, ratios, remedies, servicecredits
from sla_monitor.compliance.exclusions import Allowance, Occurrence, Once, Uses
from sla_monitor.compliance.outcomes import Earlier, Outcome, Subwindow
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Escalation,
    Exceedance,
    Failures,
    PerBlock,
    PerSubwindow,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.spans import Span, Spans
from tests.catalogue import slow_credits
from tests.catalogue.slow_credits import Band, Blocks

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = periods.window_at(Calendar(Unit.MONTH), BERLIN, 1_774_000_000)
"""With the night of 23 hours."""
HOUR = 3600
PLAIN = Outcome(Fraction(99), True, Fraction(1, 100), Fraction(0), MARCH, BERLIN, MARCH.span.end)
tenths = st.integers(0, 40).map(lambda n: Fraction(n, 10))
credits_ = st.integers(1, 100).map(lambda n: Fraction(n, 100))


@st.composite
def bands(draw: st.DrawFn) -> list[Band]:
    """One beside the other, each bound in the one, in the other, or in neither: a gap."""
    borders = sorted(draw(st.lists(tenths, min_size=2, max_size=5, unique=True)))
    made, low_in = [], draw(st.booleans())
    for low, high in pairwise(borders):
        high_in = draw(st.booleans())
        made.append(Band(low, low_in, high, high_in, draw(credits_)))
        low_in = not high_in and draw(st.booleans())
    if draw(st.booleans()):
        made[0] = replace(made[0], low=None)
    if draw(st.booleans()):
        made[-1] = replace(made[-1], high=None)
    return made


def tier_of(band: Band) -> CreditTier:
    return CreditTier(
        below=None if band.high_in else band.high,
        at_or_below=band.high if band.high_in else None,
        above=None if band.low_in else band.low,
        at_or_above=band.low if band.low_in else None,
        credit=band.credit,
    )


def earned(rule: remedies.Rule, outcome: Outcome, **terms) -> Fraction | None:
    credit = servicecredits.credit_of(Remedy(rule, **terms), outcome)
    assert credit is not None
    return credit.ratio


near = st.builds(
    lambda at, by: at + by, tenths, st.sampled_from([Fraction(0), Fraction(1, 10**9), Fraction(-1, 10**9)])
)


@given(bands(), near, st.permutations(range(5)), st.none() | credits_)
def test_bands_right_at_their_bounds(made: list[Band], x: Fraction, order: list[int], cap: Fraction | None):
    tiers = tuple(tier_of(made[i]) for i in order if i < len(made))
    expected = slow_credits.capped(slow_credits.banded(x, made), cap)

    assert earned(Tiered(tiers), replace(PLAIN, percent=100 * x), cap=cap) == expected
    assert earned(Tiered(tiers, Basis.BAD_SECONDS), replace(PLAIN, bad=x), cap=cap) == expected


@given(st.lists(tenths, min_size=1, max_size=5, unique=True), near)
def test_below_the_lowest_reached_wins(bounds: list[Fraction], x: Fraction):
    steps = {str(100 * bound): str(number + 1) for number, bound in enumerate(sorted(bounds, reverse=True))}
    tiers = tuple(CreditTier(Fraction(bound) / 100, Fraction(credit) / 100) for bound, credit in steps.items())

    expected = slow_credits.banded(100 * x, slow_credits.below(*steps.items()))
    assert earned(Tiered(tiers), replace(PLAIN, percent=100 * x)) == expected


spells = st.lists(
    st.tuples(st.integers(-30, 760), st.integers(1, 1200)).map(
        lambda one: (MARCH.span.start + one[0] * HOUR, MARCH.span.start + one[0] * HOUR + one[1] * 60)
    ),
    max_size=6,
).map(lambda found: [(span.start, span.end) for span in Spans.of(Span(*one) for one in found)])
blocks = st.builds(
    Blocks,
    every=st.sampled_from([600, 1800, 3600]),
    credit=credits_,
    begun=st.booleans(),
    shortest=st.sampled_from([0, 1800, 3600, 7200]),
    longer=st.booleans(),
    a_day=st.none() | st.integers(1, 3),
)


@given(spells, blocks)
def test_blocks_of_spells(found: list[tuple[int, int]], rule: Blocks):
    """A spell that began before the window uses up what its day may earn, too: the slow reckoning is not told of it."""
    start = MARCH.span.start
    if rule.a_day is not None:
        found = [one for one in found if one[0] >= start]
    shortest = (Comparison.GT if rule.longer else Comparison.GE, Fraction(rule.shortest))
    made = PerBlock(Fraction(rule.every), rule.credit, rule.begun, shortest, rule.a_day)
    expected = slow_credits.per_block(
        found, (start, MARCH.span.end), rule, lambda at: datetime.fromtimestamp(at, BERLIN).date()
    )

    touching = tuple(Span(*one) for one in found if one[1] > start)
    assert earned(made, replace(PLAIN, outages=touching)) == expected


@given(st.lists(st.none() | near, max_size=31), tenths, credits_)
def test_days_that_fail_their_own_target(outcomes: list[Fraction | None], target: Fraction, credit: Fraction):
    rule = PerSubwindow(Unit.DAY, Comparison.GE, target, credit)
    days = tuple(Subwindow(MARCH.span, one) for one in outcomes)

    expected = slow_credits.per_subwindow(outcomes, lambda share: share >= target, credit)
    assert earned(rule, replace(PLAIN, subwindows=days)) == expected


@given(st.integers(1, 60).map(lambda n: Fraction(n, 10)))
def test_what_exceeds_a_limit(value: Fraction):
    over = (("10", "10"), ("25", "20"), ("50", "30"), ("100", "50"))
    tiers = tuple(CreditTier(None, Fraction(credit) / 100, above=Fraction(bound) / 100) for bound, credit in over)
    outcome = replace(
        PLAIN, percent=None, value=value, limit=Fraction(2), comparison=Comparison.LT, breached=value >= Fraction(2)
    )

    assert earned(Exceedance(tiers), outcome) == slow_credits.exceedance(value, Fraction(2), over)


@given(st.lists(st.booleans(), min_size=6, max_size=6))
def test_failures_of_the_last_six_windows(failed: list[bool]):
    table = ((2, "10"), (3, "20"), (4, "30"))
    rule = Escalation(6, tuple(Failures(count, Fraction(credit) / 100) for count, credit in table))
    history = tuple(Earlier(MARCH, broken, Fraction(0)) for broken in failed[:-1])

    outcome = replace(PLAIN, breached=failed[-1], history=(Earlier(MARCH, True, Fraction(0)), *history))
    assert earned(rule, outcome) == slow_credits.escalation(failed, table)


@given(st.fractions(0, 1), st.integers(0, 5), st.sampled_from(RoundingMode))
def test_rounding(share: Fraction, digits: int, mode: RoundingMode):
    expected = slow_credits.rounded(100 * share, digits, mode.value)

    assert ratios.round_percent(share, Rounding(digits, mode)) == expected


pieces = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90)), max_size=5)


@given(pieces, st.integers(1, 120), st.none() | pieces)
def test_an_allowance_is_split_at_its_cap(
    found: list[tuple[int, int]], cap: int, outages: list[tuple[int, int]] | None
):
    """By the day, whose border lies at 300 of the seconds; used up by all of the time, or by outages in it."""
    border = periods.window_at(Calendar(Unit.DAY), BERLIN, MARCH.span.end - 2 * 86400).span.start
    begin = border - 300
    declared, down = (sorted({(begin + at, begin + at + long) for at, long in some or ()}) for some in (found, outages))
    uses = Uses.SCHEDULED if outages is None else Uses.DOWNTIME
    rule = exclusions.Rule("maintenance", "other", Once(Span(0, 1)), allowance=Allowance(cap, Unit.DAY, uses))
    occurrences = [Occurrence(rule, Span(*one)) for one in declared]
    applied = exclusions.apply(occurrences, Spans((Span(0, 2**40),)), BERLIN, Spans.of(Span(*one) for one in down))

    whole = seconds(declared)
    using = whole if outages is None else whole & seconds(down)
    _, refused = slow_credits.allowed(
        [(at, at + 1) for at in using], cap, lambda at: datetime.fromtimestamp(at, BERLIN).date()
    )
    counted = seconds((span.start, span.end) for one in applied for span in one.counted)
    assert counted == whole - set(refused)


def seconds(stretches: Iterable[tuple[int, int]]) -> set[int]:
    return {second for start, end in stretches for second in range(start, end)}
