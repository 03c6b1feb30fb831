"""The digest of slices: what each byte of it stands for, and that none can change unseen."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from fractions import Fraction
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import evidences
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from tests.compliance.specimens import EVENTS, SECONDS, instant, measured

DAY = 86_400
BEGIN = instant("2026-10-01T00:00Z")
ASKED = (Asked("bad", "sum(errors)", 60, at_end=True), Asked("value", "max(up)", 15, at_end=False))


def probe(*states: list[float]) -> Slices:
    table = np.array(states)
    known = (~np.isnan(table)).sum(axis=1) * 30
    good = np.nansum(table, axis=1) * 30
    starts = BEGIN + 60 * np.arange(len(states))
    return Slices(60, starts, good, known.astype(np.float64), known.astype(np.int64), table)


def by_hand(*rows: tuple[int, float, float, int, list[float]]) -> str:
    """As the docs tell a counterparty to do it."""
    data = b""
    for start, good, total, known, states in rows:
        data += struct.pack("<qddqq", start, good, total, known, len(states))
        data += b"".join(struct.pack("<d", state) for state in states)
    return hashlib.sha256(data).hexdigest()


def test_events_are_digested_as_it_is_told() -> None:
    rows = [(BEGIN, 9.0, 10.0, 60), (BEGIN + 60, 1 / 3, 0.5, 60), (BEGIN + 120, 0.0, 0.0, 0)]
    found = hashlib.sha256(evidences.packed(measured(rows))).hexdigest()
    assert found == by_hand(*((*row, []) for row in rows))


def test_states_are_digested_too_and_what_is_unknown_is_one_nan_whatever_its_bits() -> None:
    odd = struct.unpack("<d", b"\x01\x00\x00\x00\x00\x00\xf8\xff")[0]
    one, other = probe([1.0, nan], [0.25, 0.0]), probe([1.0, odd], [0.25, 0.0])
    told = by_hand((BEGIN, 30.0, 30.0, 30, [1.0, nan]), (BEGIN + 60, 7.5, 60.0, 60, [0.25, 0.0]))
    assert [hashlib.sha256(evidences.packed(x)).hexdigest() for x in (one, other)] == [told, told]


SIMPLEST = {
    "up throughout": ([1, 1, 1, 1], [1]),
    "unknown throughout": ([nan, nan], [nan]),
    "half and half": ([0, 0, 1, 1], [0, 1]),
    "a change off the middle": ([0, 1, 1, 1], [0, 1, 1, 1]),
    "thirds of six": ([1, 1, nan, nan, 0.5, 0.5], [1, nan, 0.5]),
    "one step": ([0], [0]),
}


@pytest.mark.parametrize(("states", "expected"), SIMPLEST.values(), ids=SIMPLEST)
def test_the_fewest_steps_that_say_all_of_it(states: list[float], expected: list[float]) -> None:
    np.testing.assert_array_equal(evidences.simplest(np.array(states, dtype=np.float64)), expected)


@given(st.lists(st.sampled_from([0.0, 1.0, 0.5, nan]), min_size=1, max_size=8), st.integers(1, 5))
def test_how_finely_states_are_kept_makes_no_difference(states: list[float], finer: int) -> None:
    one = probe(states, states[::-1])
    assert one.states is not None
    other = replace(one, states=np.repeat(one.states, finer, axis=1))
    assert evidences.packed(one) == evidences.packed(other)


@pytest.mark.parametrize(
    ("what", "value"),
    [("starts", BEGIN + 300), ("good", np.nextafter(9.0, 0)), ("total", 11.0), ("known", 59), ("states", 0.5)],
)
def test_a_change_anywhere_is_another_digest(what: str, value: Any) -> None:
    before = probe([1.0, 1.0], [1.0, 0.0])
    column = getattr(before, what).copy()
    column[1] = value
    assert evidences.packed(replace(before, **{what: column})) != evidences.packed(before)


def test_each_day_has_its_own_and_only_the_changed_one_changes() -> None:
    rows = [(BEGIN + day * DAY + 60 * at, 1.0, 2.0, 60) for day in range(3) for at in (0, 7)]
    days = evidences.days_of(measured(rows))
    assert [one["day"] for one in days] == ["2026-10-01", "2026-10-02", "2026-10-03"]
    rows[3] = (rows[3][0], 1.5, 2.0, 60)
    changed = evidences.days_of(measured(rows))
    assert [one["day"] for one, other in zip(days, changed, strict=True) if one != other] == ["2026-10-02"]


def test_evidence_tells_of_the_span_alone() -> None:
    rows = [(BEGIN + at * 60, 1.0, 2.0, 60) for at in range(10)]
    span = Span(BEGIN + 120, BEGIN + 300)
    told = evidences.evidence_of(EVENTS, span, measured(rows), ASKED)
    assert told == {
        "measurement": EVENTS.key,
        "source": "default",
        "slice_seconds": 60,
        "from": "2026-10-01T00:02:00Z",
        "until": "2026-10-01T00:05:00Z",
        "count": 3,
        "sha256": by_hand(*((*row, []) for row in rows[2:5])),
        "days": [{"day": "2026-10-01", "sha256": by_hand(*((*row, []) for row in rows[2:5]))}],
        "queries": [
            {"part": "bad", "query": "sum(errors)", "step_seconds": 60, "at": "end"},
            {"part": "value", "query": "max(up)", "step_seconds": 15, "at": "start"},
        ],
    }


def test_of_nothing_there_is_evidence_too() -> None:
    told = evidences.evidence_of(SECONDS, Span(BEGIN, BEGIN + 60), measured([]), ())
    assert (told["count"], told["days"], told["sha256"]) == (0, [], hashlib.sha256(b"").hexdigest())
    assert Fraction(told["slice_seconds"]) == 60
