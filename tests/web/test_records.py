"""The JSON of a standing: every key in its order, null where nothing is known."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction

import pytest

from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.publishing import records
from sla_monitor.publishing.web import shapes
from tests.publishing import boards

DOCUMENTED = json.loads(
    """
{"agreement":"acme-payments","objective":"availability","service":"payments-api","customer":"Acme GmbH",
 "method":"events","unit":"events",
 "window":{"kind":"month","label":"2026-10","start":"2026-09-30T22:00:00Z","end":"2026-10-31T23:00:00Z","complete":true},
 "at":"2026-11-01T00:00:00Z","target":0.999,"attainment":0.99921,"attainment_percent":"99.921",
 "attainment_bounds":[0.99918,0.99922],
 "value":null,"comparison":">=",
 "good":1998420.0,"total":2000000.0,"bad":1580.0,"coverage":0.999955,
 "known_seconds":2674680,"unknown_seconds":120,"excluded_seconds":7200,
 "budget":{"allowed":2000.0,"used":1580.0,"remaining":420.0,"remaining_ratio":0.21},
 "burn_rates":{"1h":0.4,"6h":0.7,"1d":0.8,"3d":0.79},
 "projection":{"attainment_at_end":0.99921,"exhaustion":null,"max_further_downtime_seconds":null,"breach_certain":false},
 "status":"met","reason":"99.921 % ≥ 99.9 % with 21 % of the error budget left",
 "credit":{"percent":0.0,"next_tier":{"below":0.999,"credit":10.0}},
 "amendments":[]}
"""
)
"""interfaces.md, section 2."""


@pytest.fixture(scope="module")
def standings() -> dict[tuple[str, str], Standing]:
    return {entry.current.key: entry.current for entry in boards.board().entries}


def keys(record: object) -> object:
    return {name: keys(value) for name, value in record.items()} if isinstance(record, dict) else None


def test_keys_and_their_order_are_the_documented_ones(standings):
    record = records.as_record(standings["acme-payments", "availability"])
    assert list(record) == list(DOCUMENTED)
    ours, theirs = dict(record), dict(DOCUMENTED)
    assert list(record["credit"])[: len(DOCUMENTED["credit"])] == list(DOCUMENTED["credit"])  # and more of ours
    ours["credit"] = {name: value for name, value in record["credit"].items() if name in DOCUMENTED["credit"]}
    assert list(ours.pop("burn_rates")) == ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
    theirs.pop("burn_rates")
    assert json.dumps(keys(ours)) == json.dumps(keys(theirs))


def test_types_are_the_documented_ones(standings):
    record = records.as_record(standings["acme-payments", "availability"])
    for name, value in DOCUMENTED.items():
        assert type(record[name]) is type(value), name


def test_values_are_those_of_the_standing(standings):
    record = records.as_record(standings["acme-payments", "reachable"])
    assert record["window"] == {
        "kind": "month",
        "label": "2026-10",
        "start": "2026-09-30T22:00:00Z",
        "end": "2026-10-31T23:00:00Z",
        "complete": False,
    }
    assert record["at"] == "2026-10-21T12:00:00Z"
    assert record["bad"] == 3480.0
    assert record["budget"] == {
        "allowed": 1341.0,
        "used": 3480.0,
        "remaining": -2139.0,
        "remaining_ratio": float(1 - Fraction(3480, 1341)),
    }
    assert record["attainment_percent"] == "99.804318"
    credit = record["credit"]
    assert (credit["percent"], credit["next_tier"]) == (10.0, {"below": 0.99, "credit": 25.0})
    assert record["projection"]["breach_certain"] is True


def test_exhaustion_is_an_instant(standings):
    assert (
        records.as_record(standings["acme-payments", "latency"])["projection"]["exhaustion"] == "2026-10-22T16:13:20Z"
    )


@pytest.mark.parametrize(
    ("said", "changes", "key", "wanted"),
    [
        (
            "an infinite burn rate is null",
            {"burn_rates": {"1h": math.inf, "6h": 2.0}},
            "burn_rates",
            {"1h": None, "6h": 2.0},
        ),
        ("an unknown burn rate is null", {"burn_rates": {"1h": None}}, "burn_rates", {"1h": None}),
        ("no verdict has no attainment", {"attainment": None}, "attainment", None),
        ("no verdict has no percent", {"percent": None}, "attainment_percent", None),
        ("no verdict has no bounds", {"bounds": None}, "attainment_bounds", None),
        (
            "what was compared is cut, not rounded up",
            {"percent": Fraction("99.89999999")},
            "attainment_percent",
            "99.899999",
        ),
        ("no credits agreed is null", {"credit": None}, "credit", None),
        ("an empty population has no coverage", {"coverage": None}, "coverage", None),
        ("a status is its word", {"status": Status.AT_RISK}, "status", "at_risk"),
    ],
)
def test_absence(standings, said, changes, key, wanted):
    standing = replace(standings["acme-payments", "availability"], **changes)
    assert records.as_record(standing)[key] == wanted, said


def test_credit_without_a_verdict_has_null_inside(standings):
    standing = standings["acme-payments", "availability"]
    undecided = replace(standing, credit=Credit(None))
    nothing = {"percent": None, "next_tier": None, "most": None, "tiers": []}
    assert records.as_record(undecided)["credit"] == nothing


def test_every_record_is_json_of_the_described_shape(standings):
    for standing in standings.values():
        text = json.dumps(records.as_record(standing), allow_nan=False)
        shapes.Standing.model_validate_json(text)


def test_rows_are_flat_and_have_the_same_columns(standings):
    rows = [records.as_row(standing) for standing in standings.values()]
    assert len({tuple(row) for row in rows}) == 1
    assert not any(isinstance(value, dict | list) for row in rows for value in row.values())
    reachable = next(row for row in rows if row["objective"] == "reachable")
    assert reachable["budget_remaining"] == -2139.0
    assert reachable["credit_next_tier_below"] == 0.99
    assert reachable["attainment_lower_bound"] == reachable["attainment_upper_bound"] == reachable["attainment"]
