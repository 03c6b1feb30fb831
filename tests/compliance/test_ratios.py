"""Exact numbers: how they are read, rounded, compared and shown."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import ratios
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode

shares = st.fractions(0, 1, max_denominator=10**9)
decimals = {
    RoundingMode.DOWN: ROUND_FLOOR,
    RoundingMode.UP: ROUND_CEILING,
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: ROUND_HALF_EVEN,
}

RATIOS = {
    "99.9%": Fraction(999, 1000),
    " 99.95 % ": Fraction(9995, 10000),
    "0.999": Fraction(999, 1000),
    "100%": Fraction(1),
    "-5%": Fraction(-1, 20),
    "+0.10": Fraction(1, 10),
}
NO_NUMBERS = ["", "%", "99,9", "1e3", ".5", "5.", "0x10", "1_000", "nan", "inf", "--1", "1/3", "٣", "9" * 31]
DURATIONS = {
    "300ms": Fraction(3, 10),
    "1.5s": Fraction(3, 2),
    "90s": Fraction(90),
    "5m": Fraction(300),
    "1h30m": Fraction(5400),
    "1h 30m": Fraction(5400),
    "30 d": Fraction(2_592_000),
    "2w": Fraction(1_209_600),
    "1y": Fraction(31_536_000),
    "0m": Fraction(0),
}
NO_DURATIONS = ["x" * 41, "", "5", "m", "5 minutes", "1h30", "-5m", "1 5m", "5m,", "1e3s", "٣s", "1" * 30 + "s"]
ROUNDED = {
    "99.8999 down to 2 digits is a breach of 99.9": ("99.8999", 2, RoundingMode.DOWN, "99.89"),
    "99.8999 half up to 2 digits is none": ("99.8999", 2, RoundingMode.HALF_UP, "99.9"),
    "a half goes up": ("99.895", 2, RoundingMode.HALF_UP, "99.9"),
    "a half goes to the even digit, up": ("99.895", 2, RoundingMode.HALF_EVEN, "99.9"),
    "a half goes to the even digit, down": ("99.885", 2, RoundingMode.HALF_EVEN, "99.88"),
    "more than half goes up": ("99.8850001", 2, RoundingMode.HALF_EVEN, "99.89"),
    "less than half goes down": ("99.8949999", 2, RoundingMode.HALF_UP, "99.89"),
    "anything goes up": ("99.8900001", 2, RoundingMode.UP, "99.9"),
    "what is exact stays": ("99.89", 2, RoundingMode.UP, "99.89"),
    "no digits": ("99.5", 0, RoundingMode.HALF_UP, "100"),
}


@pytest.mark.parametrize(("text", "ratio"), RATIOS.items())
def test_ratios_are_read_exactly(text: str, ratio: Fraction) -> None:
    assert ratios.parse_ratio(text) == ratio


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain decimal number"):
        ratios.parse_ratio(text)


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.items())
def test_durations_are_read_exactly(text: str, seconds: Fraction) -> None:
    assert ratios.parse_duration(text) == seconds


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_what_is_no_duration(text: str) -> None:
    """Its first forty letters are told."""
    with pytest.raises(ValueError, match=f"not a duration such as 90s, 5m or 1h30m: {re.escape(repr(text[:40]))}$"):
        ratios.parse_duration(text)


@pytest.mark.parametrize("row", ROUNDED.values(), ids=ROUNDED)
def test_percentages_round_as_agreed(row: tuple[str, int, RoundingMode, str]) -> None:
    text, digits, mode, expected = row
    assert ratios.round_percent(Fraction(text) / 100, Rounding(digits, mode)) == Fraction(expected)


@given(st.decimals(0, 1, places=9), st.integers(0, 6), st.sampled_from(RoundingMode))
def test_rounding_agrees_with_decimal_arithmetic(share: Decimal, digits: int, mode: RoundingMode) -> None:
    expected = (share * 100).quantize(Decimal(1).scaleb(-digits), decimals[mode])
    assert ratios.round_percent(Fraction(share), Rounding(digits, mode)) == Fraction(expected)


@given(shares)
def test_without_a_rule_nothing_is_rounded(share: Fraction) -> None:
    assert ratios.round_percent(share, None) == share * 100


@given(shares, st.integers(0, 10))
def test_rounding_never_lifts_shown_text_into_compliance(share: Fraction, digits: int) -> None:
    shown = Fraction(ratios.floored(share * 100, digits))
    assert 0 <= share * 100 - shown < Fraction(1, 10**digits)
    assert Fraction(ratios.percent_text(share * 100)) <= share * 100


@given(st.fractions(-(10**6), 10**6, max_denominator=10**6), st.integers(0, 6))
def test_what_is_short_is_shown_rounded_up(amount: Fraction, digits: int) -> None:
    assert 0 <= Fraction(ratios.ceiled(amount, digits)) - amount < Fraction(1, 10**digits)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("99.900", "99.9"),
        ("100", "100"),
        ("0", "0"),
        ("-1/4", "-0.25"),
        ("1/3", "0.333333333333"),
        ("-1/9999999999999", "0"),
    ],
)
def test_plain_decimals(value: str, text: str) -> None:
    assert ratios.plain(Fraction(value)) == text


@pytest.mark.parametrize(
    ("value", "limit", "texts"),
    [
        ("1/2", "0.45", ("0.5", "0.45")),
        ("2/3", "0.45", ("0.666666", "0.45")),
        ("2/3", "0.66666666", ("0.66666666", "0.66666666")),
        ("1/3", "1/3", ("0.3333", "0.3333")),
        ("0.3334", "1/3", ("0.3334", "0.3333")),
        ("0.33334", "1/3", ("0.33334", "0.333333")),
        ("0.33333334", "1/3", ("0.33333334", "0.333333333")),
        ("0.33333333334", "1/3", ("0.33333333334", "0.333333333333")),
        ("0.3333333333334", "1/3", ("0.333333333333", "0.333333333333")),
    ],
)
def test_two_numbers_have_digits_enough_to_differ(value: str, limit: str, texts: tuple[str, str]) -> None:
    assert ratios.told_apart(Fraction(value), Fraction(limit)) == texts


def test_the_last_digits_before_a_target_are_not_lost_in_the_text() -> None:
    assert ratios.percent_text(Fraction("99.8999999999")) == "99.899999"


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        (Comparison.GE, False, True, True),
        (Comparison.GT, False, False, True),
        (Comparison.LE, True, True, False),
        (Comparison.LT, True, False, False),
    ],
)
def test_comparisons_at_the_limit(comparison: Comparison, *, below: bool, equal: bool, above: bool) -> None:
    limit, step = Fraction(999, 10), Fraction(1, 10**15)
    assert [comparison.holds(limit + d * step, limit) for d in (-1, 0, 1)] == [below, equal, above]
