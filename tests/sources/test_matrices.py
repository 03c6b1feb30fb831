"""What is taken out of the text of a matrix is what a reader of JSON finds in it, or nothing is taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.errors import SlaMonitorError
from sla_monitor.sources import matrices, wire
from sla_monitor.sources.wire import Keys, Table

BY = ("tenant", "values")
NASTY = [
    '"values":[[',
    "]]}",
    '"result":[',
    '"histograms":',
    "],[",
    'a"b',
    "ü\\",
    "\n",
    '{"metric":{},"values":[[1,"2"]]}',
]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=4))
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(1 << 80), 1 << 80).map(str),
    st.sampled_from(["0", "-0", "-0.0", "1e+06", "007", "NaN", "+Inf", "123.45600000000000123", "1.", ""]),
)
points = st.tuples(st.one_of(st.integers(0, 1 << 33), st.floats(0, 1 << 33)), numbers)
series = st.fixed_dictionaries(
    {
        "metric": st.dictionaries(st.sampled_from(["tenant", "values", "job"]), texts),
        "values": st.lists(points, max_size=4),
    }
)


def body(result: Any, more: Any = None) -> bytes:
    told = {"status": "success", "data": {"resultType": "matrix", "result": result, "stats": more}, "warnings": []}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def read(text: bytes, *, flat: bool, before: Keys | None = None) -> tuple[Any, ...] | str:
    try:
        table = wire.table(wire.decode(200, text, "the source", flat=flat), BY, "the source", before)
    except SlaMonitorError as error:
        return type(error).__name__
    return told(table)


def told(table: Table | None) -> tuple[Any, ...]:
    if table is None:
        return ()
    arrays = (table.rows, table.times, table.values)
    return (table.keys.values, table.read, *((one.dtype, one.tobytes()) for one in arrays))


@given(st.lists(series, max_size=4))
def test_it_is_what_a_reader_of_json_finds(result: list[Any]) -> None:
    assert read(body(result), flat=True) == read(body(result), flat=False)


@given(st.lists(series, min_size=1, max_size=3), st.data())
def test_it_is_so_of_a_text_that_was_damaged(result: list[Any], data: st.DataObject) -> None:
    whole = body(result)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    put = data.draw(st.sampled_from([b"", b"[", b"]", b'"', b",", b"1", b"-", b'"values":[[', b"]]}", b"],[", b" "]))
    damaged = whole[:first] + put + whole[last:]
    assert read(damaged, flat=True) == read(damaged, flat=False)


def one(*values: tuple[int, str], **labels: str) -> dict[str, Any]:
    return {"metric": labels, "values": values}


ROWS = [one((60, "1"), (120, "2.5"), tenant="a"), one((60, "3"), tenant="b")]


@pytest.mark.parametrize(
    ("result", "is_taken"),
    [
        (ROWS, True),
        ([one((60, "1"), tenant=nasty) for nasty in NASTY if "]]}" not in nasty], True),
        ([one((60, "1"), tenant=nasty) for nasty in NASTY], False),
        ([*ROWS, one((60, "NaN"))], True),
        ([*ROWS, one((60, "NaN"), (120, "-1.5e+308"))], False),
        ([*ROWS, one((60, "+Inf"))], False),
        ([*ROWS, one((60, "007"))], False),
        ([*ROWS, one((60, "-0"))], False),
        ([*ROWS, {"metric": {}}], False),
        ([ROWS[0], {"metric": {}, "values": []}, ROWS[1]], False),
        ([ROWS[0], {"metric": {}, "histograms": []}, ROWS[1]], False),
        ([*ROWS, {"metric": {}, "histograms": []}], False),
        ([*ROWS, {**one((60, "1")), "histograms": []}], False),
        ([], False),
    ],
)
def test_numbers_of_series_are_taken_and_nothing_else(result: list[Any], is_taken: bool) -> None:
    assert (matrices.taken(body(result)) is not None) is is_taken


@pytest.mark.parametrize(
    "point",
    [
        [60, "1", 120, "2"],
        [60],
        [],
        ["60", "1"],
        [60, 5],
        [[60], "1"],
        [60, "1,2"],
        [60, "NaN1"],
        ["NaN", "1"],
        [60, ""],
    ],
)
def test_a_point_is_an_instant_and_a_value(point: list[Any]) -> None:
    odd = body([ROWS[0], {"metric": {}, "values": [[0, "1"], point]}, ROWS[1]])
    assert read(odd, flat=True) == read(odd, flat=False)


@pytest.mark.parametrize(
    "text",
    ['60,1"2"', '60,"1"2', '60,"1"],2[120,"1"', '60,"1"]2,[120,"1"', '60,"1"],[120,"1"3', '60,"1"]]}4,{"metric":{'],
)
def test_a_number_out_of_its_place_is_none(text: str) -> None:
    odd = body([one((60, "8"))]).replace(b'60,"8"', text.encode())
    assert read(odd, flat=True) == read(odd, flat=False) == "SourceAnswerError"


@pytest.mark.parametrize("metric", [1, None, "a", [], [{}]])
@pytest.mark.parametrize("flat", [True, False])
def test_labels_are_an_object(metric: Any, flat: bool) -> None:
    assert read(body([{"metric": metric, "values": [(60, "1")]}]), flat=flat) == "SourceAnswerError"


def test_a_series_without_values_makes_it_no_matrix() -> None:
    result = [ROWS[0], {"metric": {"tenant": "c"}}, ROWS[1]]
    assert read(body(result), flat=True) == read(body(result), flat=False) == "SourceAnswerError"


@given(st.lists(series, min_size=1, max_size=3), st.lists(series, min_size=1, max_size=3))
def test_labels_that_are_as_they_were_are_told_by_the_same_object(first: list[Any], then: list[Any]) -> None:
    before = (
        wire.table(wire.decode(200, body(first), "the source", flat=True), BY, "the source") if sound(first) else None
    )
    if before is None or not sound(then):
        return
    found = wire.table(wire.decode(200, body(then), "the source", flat=True), BY, "the source", before.keys)
    assert found is not None
    assert told(found) == read(body(then), flat=False)
    assert (found.keys is before.keys) == (found.keys.values == before.keys.values)


def sound(result: list[Any]) -> bool:
    return isinstance(read(body(result), flat=False), tuple)
