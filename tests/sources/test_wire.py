"""Answers as bytes: every number as it was written, to the last bit."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.errors import SourceAnswerError
from sla_monitor.sources import wire

written = st.one_of(
    st.floats(allow_nan=False).map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:.25g}"),
    st.integers(-(1 << 80), 1 << 80).map(str),
    st.sampled_from(["NaN", "+Inf", "-Inf", "0", "0.1", "1e+06", "007", "123.45600000000000123"]),
)


def answer(values: list[Any]) -> dict[str, Any]:
    """A series a value, at instants of their own."""
    return {"result": [{"metric": {"tenant": str(n)}, "values": [[60 * n, one]]} for n, one in enumerate(values)]}


@given(st.lists(written, max_size=8))
def test_numbers_are_what_float_makes_of_them(texts: list[str]) -> None:
    found = wire.table(answer(texts), ("tenant",), "the source")
    assert found is not None
    ours, plain = (struct.pack(f"<{len(texts)}d", *values) for values in (found.values, map(float, texts)))
    assert ours == plain
    assert found.keys.values == [(str(n),) for n in range(len(texts))]
    assert found.times.tolist() == [60 * n for n in range(len(texts))]
    assert found.rows.tolist() == list(range(len(texts)))


def test_labels_that_are_as_they_were_are_told_by_the_same_object() -> None:
    first = wire.table(answer(["1", "2"]), ("tenant",), "the source")
    assert first is not None
    for values, by, same in ((["3", "4"], ("tenant",), True), (["3"], ("tenant",), False), (["3", "4"], (), False)):
        found = wire.table(answer(values), by, "the source", first.keys)
        assert found is not None
        assert (found.keys is first.keys) is same
        assert len(found.keys.values) == len(values)
    bare = wire.table(answer(["1", "2"]), (), "the source")
    other = wire.table(answer(["1", "2", "3"]), (), "the source", bare.keys if bare else None)
    assert other is not None
    assert other.keys.values == [()] * 3


@pytest.mark.parametrize("odd", ["1,2", "", "null", "true", "[1]", "1]", '"1"', "1 2", "e", "-", None, [1], {}])
def test_what_is_no_number_is_told_of(odd: object) -> None:
    with pytest.raises(SourceAnswerError, match="no matrix"):
        wire.table(answer(["5", odd, "7"]), (), "the source")


@pytest.mark.parametrize("point", [[60], [60, "1", "2"], [], 60])
def test_a_point_is_an_instant_and_a_value(point: object) -> None:
    data = {"result": [{"metric": {}, "values": [[0, "1"], point, [120, "1"]]}]}
    with pytest.raises(SourceAnswerError, match="no matrix"):
        wire.table(data, (), "the source")


def test_instants_may_be_parts_of_a_second_and_values_numbers() -> None:
    found = wire.table({"result": [{"metric": {}, "values": [[59.9999, 5], [120.0001, "0.5"]]}]}, (), "the source")
    assert found is not None
    assert (found.times.tolist(), found.values.tolist()) == ([60, 120], [5.0, 0.5])
    np.testing.assert_array_equal(found.rows, [0, 0])
