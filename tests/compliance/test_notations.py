"""Canonical JSON: the same bytes in every language, and nothing that hangs on how numbers are printed."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import notations

CANONICAL = {
    "names are sorted, without white space": ({"b": 1, "a": [1, 2]}, '{"a":[1,2],"b":1}'),
    "true, false and null": ({"x": [True, False, None]}, '{"x":[true,false,null]}'),
    "texts stay as they are, but for what JSON escapes": ('Größe "1"\n\x01', '"Größe \\"1\\"\\n\\u0001"'),
    "negative and large whole numbers": ([-1, 2**53 - 1], "[-1,9007199254740991]"),
    "nothing": ([{}, [], ""], '[{},[],""]'),
    # RFC 8785, 3.2.3: by UTF-16 units, in which an emoji (D83D DE00) comes before U+FB33.
    "the order of RFC 8785": (
        {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
        '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ),
}


@pytest.mark.parametrize(("value", "text"), CANONICAL.values(), ids=CANONICAL)
def test_canonical(value: Any, text: str) -> None:
    assert notations.canonical(value) == text
    assert json.loads(text) == value


@pytest.mark.parametrize("value", [0.5, {"a": [1.0]}, {1: 2}, 2**53, -(2**53), Fraction(1, 2), b"x", {1, 2}])
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        notations.canonical(value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(VALUES)
def test_what_was_written_is_read_and_written_the_same(value: Any) -> None:
    text = notations.canonical(value)
    assert json.loads(text) == value
    assert notations.canonical(json.loads(text)) == text


EXACT = {
    "a whole number": (Fraction(2_000_000), "2000000"),
    "a decimal": (Fraction(9992, 10_000), "0.9992"),
    "nothing": (Fraction(0), "0"),
    "below nothing": (Fraction(-3, 2), "-1.5"),
    "twelve decimals": (Fraction(1, 10**12), "0.000000000001"),
    "thirteen are a fraction": (Fraction(1, 10**13), "1/10000000000000"),
    "what never ends": (Fraction(-1, 3), "-1/3"),
    "a plain integer": (7, "7"),
    "not known": (None, None),
}


@pytest.mark.parametrize(("value", "text"), EXACT.values(), ids=EXACT)
def test_exact(value: Fraction | int | None, text: str | None) -> None:
    assert notations.exact(value) == text


@given(st.fractions())
def test_exact_loses_nothing(value: Fraction) -> None:
    assert notations.parsed(notations.exact(value)) == value


def test_nothing_is_read_as_nothing() -> None:
    assert notations.parsed(None) is None


def test_a_digest_is_that_of_the_utf8_text() -> None:
    # printf 'Größe' | sha256sum
    assert notations.digest("Größe") == "aedc3f80989a6546962705852b2f4a481dbd1e490760693525c3724bacab3f50"
