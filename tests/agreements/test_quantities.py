from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.agreements import quantities
from sla_monitor.agreements.quantities import Lapse, Limit, Quantity
from sla_monitor.compliance.ratios import Comparison

NUMERALS = st.decimals(min_value=0, max_value=100, places=12).map(lambda number: f"{number:f}")
NEARLY = r"[<>=]{0,2} ?[-+]?\d{0,40}(\.\d{0,40})?(%|[a-z]{1,7})?"
ANYTHING = st.text(max_size=40) | st.from_regex(NEARLY, fullmatch=True)


@given(NUMERALS)
def test_a_percentage_is_exactly_what_is_written(numeral: str):
    assert quantities.read_percentage(f"{numeral}%") == Fraction(Decimal(numeral)) / 100


@given(NUMERALS, st.sampled_from(["", ">=", ">", "<=", "<"]))
def test_a_limit_is_exactly_what_is_written(numeral: str, sign: str):
    limit = quantities.read_limit(f"{sign} {numeral}%")

    assert limit.quantity.ratio == Fraction(Decimal(numeral)) / 100
    assert limit.comparison == (Comparison(sign) if sign else None)


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59))
def test_the_parts_of_a_duration_add_up(hours: int, minutes: int, seconds: int):
    assert quantities.read_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds


@given(ANYTHING)
@pytest.mark.parametrize(
    "read",
    [
        quantities.read_percentage,
        quantities.read_limit,
        quantities.read_duration,
        quantities.read_lapse,
        quantities.read_credit,
        quantities.read_quantity,
        quantities.read_count(0, 10),
    ],
)
def test_any_text_is_read_or_refused_with_a_sentence(read, text: str):
    try:
        read(text)
    except ValueError as error:
        said = str(error)
    else:
        said = "read"
    assert said


@pytest.mark.parametrize(
    ("sentence", "text", "value"),
    [
        ("milliseconds are exact seconds", "45ms", Limit(None, Quantity(Fraction(45, 1000), "seconds"))),
        ("a comparison may touch its number", "<=0.3", Limit(Comparison.LE, Quantity(Fraction(3, 10), ""))),
        ("words of time are durations", "< 2 minutes", Limit(Comparison.LT, Quantity(Fraction(120), "seconds"))),
    ],
)
def test_limits(sentence: str, text: str, value: Limit):
    assert quantities.read_limit(text) == value, sentence


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12 months", Lapse("12 months", None, 12)),
        ("2 quarters", Lapse("2 quarters", None, 6)),
        ("1 year", Lapse("1 year", None, 12)),
        ("30 days", Lapse("30 days", Fraction(2592000))),
        ("1h30m", Lapse("1h30m", Fraction(5400))),
    ],
)
def test_lapses(text: str, value: Lapse):
    assert quantities.read_lapse(text) == value


@pytest.mark.parametrize(
    ("text", "ratio", "unit"),
    [
        ("10%", Fraction(1, 10), "percent"),
        ("0.1", Fraction(1, 10), "percent"),
        ("1/30", Fraction(1, 30), "percent"),
        ("3 days", Fraction(259200), "seconds"),
    ],
)
def test_credits(text: str, ratio: Fraction, unit: str):
    credit = quantities.read_credit(text)

    assert (credit.ratio, credit.unit) == (ratio, unit)
