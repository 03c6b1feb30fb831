"""Measurements: which objectives share slices, and for how long a key stays the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from sla_monitor.compliance import methods
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.terms import (
    Amount,
    Combine,
    Composite,
    Content,
    Down,
    Indicator,
    Latency,
    Measurement,
    Probe,
    Query,
    Ratio,
    SourceName,
    Threshold,
    Value,
)
from tests.compliance.specimens import EVENTS, SECONDS, objective

HERE = SourceName("default")
INDICATORS = [
    Ratio(total=("a",), bad=("b",)),
    Ratio(total=("a",), good=("b",)),
    Ratio(total=("a", "b")),
    Ratio(total=("a,b",)),
    Ratio(total=Query("a")),
    Latency("a", Fraction(3, 10)),
    Latency("a", Fraction(1, 2)),
    Probe("a"),
    Probe("a", Combine.ALL),
    Threshold("a", Comparison.GE, Fraction(1)),
    Threshold("a", Comparison.GT, Fraction(1)),
    Value("a"),
    Amount(("a",)),
    Amount(Query("a")),
    Composite(Down.ALL, (Probe("a"), Probe("b"))),
    Composite(Down.ANY, (Probe("a"), Probe("b"))),
]


def test_different_measurements_have_different_keys() -> None:
    keys = {
        Measurement(source, one, slice_).key
        for one in INDICATORS
        for source in (HERE, SourceName("b"))
        for slice_ in (60, 300)
    }
    assert len(keys) == 4 * len(INDICATORS)
    assert all(len(key) == 32 for key in keys)


def test_equal_measurements_share_their_slices() -> None:
    assert Measurement(HERE, Probe("a", Combine.ANY), 60).key == Measurement(HERE, Probe("a"), 60).key


@pytest.mark.parametrize(
    ("measurement", "key"),
    [(EVENTS, "0e0ce27efaf04c329b1fb5beb84286a3"), (SECONDS, "119b96a9918e64ba1273c69fc6da6100")],
)
def test_keys_of_old_ledgers_still_hold(measurement: Measurement, key: str) -> None:
    assert measurement.key == key


def test_a_later_field_with_a_default_changes_no_key() -> None:
    @dataclass(frozen=True, slots=True)
    class Later(Probe):
        quiet: bool = False

    Later.__name__ = "Probe"
    assert Measurement(HERE, Later("a"), 60).key == Measurement(HERE, Probe("a"), 60).key
    assert Measurement(HERE, Later("a", quiet=True), 60).key != Measurement(HERE, Probe("a"), 60).key


def test_what_a_slice_holds() -> None:
    def held(indicator: Indicator) -> tuple[Content, bool]:
        made = Measurement(HERE, indicator, 60)
        return made.holds, made.is_counted

    by_kind = {
        (Ratio, Latency): (Content.EVENTS, True),
        (Probe, Threshold, Composite): (Content.SECONDS, False),
        (Value,): (Content.VALUES, False),
        (Amount,): (Content.AMOUNT, True),
    }
    for kinds, expected in by_kind.items():
        assert {held(one) for one in INDICATORS if isinstance(one, kinds)} == {expected}


def test_units_and_the_share_that_may_be_bad() -> None:
    assert (objective("99.95").unit, objective("99.95").budget_share) == ("events", Fraction(1, 2000))
    assert replace(objective(), method=methods.TIME).unit == "seconds"
