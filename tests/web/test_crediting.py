"""Service credits as JSON and in words."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from sla_monitor.compliance import verdicts
from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.methods import Stat, Statistic
from sla_monitor.compliance.periods import Lapse, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Days,
    Escalation,
    Exceedance,
    Failures,
    Flat,
    LongCap,
    Minimum,
    Money,
    PerBlock,
    PerSubwindow,
    Proportional,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing import records
from sla_monitor.publishing.pictures import pictures
from sla_monitor.publishing.web import contracts, crediting, shapes
from sla_monitor.publishing.web.crediting import Ahead
from tests.publishing import boards
from tests.web.sites import World, client

TENTH = Fraction(1, 10)
GAP = CreditTier(None, TENTH, at_or_below=Fraction(9995, 10000), above=Fraction(99, 100))
DOWN = (
    CreditTier(None, Days(Fraction(1)), at_or_above=Fraction(300)),
    CreditTier(None, Days(Fraction(7)), at_or_above=Fraction(3600)),
)


def standing(remedy: Remedy) -> Standing:
    """`reachable` missed its 99.95 % by 58 minutes of downtime, at 99.804318 %, in October."""
    found = next(one.current for one in boards.board().entries if one.current.objective.name == "reachable")
    return verdicts.credited(replace(found, objective=replace(found.objective, remedy=remedy)))


MAY = Escalation(Lapse("12 months", months=12), (Failures(2, TENTH), Failures(3, None)))
SHOWN = {
    "a tier between two bounds": (
        Remedy(Tiered((GAP,)), of="monthly fee"),
        {"percent": 10.0, "next_tier": None},
        "10\u202f% of the monthly fee",
        "",
    ),
    "days of service for downtime, with the next": (
        Remedy(Tiered(DOWN, Basis.BAD_SECONDS)),
        {"percent": 100 / 31, "next_tier": {"at_or_above": 3600.0, "credit": 700 / 31, "days": 7.0}, "days": 1.0},
        "1 day of service (3.225806\u202f%)",
        "7 days of service (22.580645\u202f%) at or above 1h of downtime",
    ),
    "in proportion, with a deadline": (
        Remedy(Proportional(Fraction(10)), claim=Lapse("30 days", days=30)),
        {"percent": 1.956815, "next_tier": None, "claim_until": "2026-11-30T23:00:00Z"},
        "1.956815\u202f%, to be claimed before 1 Dec 2026 00:00 CET",
        "",
    ),
    "nothing due, so nothing to claim": (
        Remedy(Tiered((CreditTier(Fraction(9, 10), TENTH),)), claim=Lapse("30 days", days=30)),
        {"percent": 0.0, "next_tier": {"below": 0.9, "credit": 10.0}, "claim_until": None},
        "0\u202f%",
        "10\u202f% below 90\u202f%",
    ),
    "a minimum in money": (
        Remedy(Flat(TENTH), of="monthly fee", minimum=Minimum(Comparison.GT, Money(Fraction(1), "USD"))),
        {"percent": 10.0, "next_tier": None, "condition": {"comparison": ">", "money": 1.0, "currency": "USD"}},
        "10\u202f% of the monthly fee, paid only if it comes to more than 1 USD",
        "",
    ),
    "a failure, with the second": (
        Remedy(MAY),
        {"percent": 0.0, "next_tier": {"failures": 2, "credit": 10.0}, "termination": False},
        "0\u202f%",
        "10\u202f% at 2 broken windows within 12 months",
    ),
    "a right to terminate": (
        Remedy(Escalation(1, (Failures(1, None), Failures(2, None)))),
        {"percent": 0.0, "next_tier": {"failures": 2, "credit": None, "termination": True}, "termination": True},
        "0\u202f%, and the right to terminate",
        "the right to terminate at 2 broken windows within 1 window",
    ),
}


@pytest.mark.parametrize("sentence", SHOWN)
def test_what_is_due(sentence: str) -> None:
    remedy, told, due, following = SHOWN[sentence]
    made = standing(remedy)
    credit = records.as_record(made)["credit"]
    assert credit.pop("percent") == pytest.approx(told["percent"], rel=1e-6)
    beside = {name: value for name, value in credit.items() if name not in ("most", "tiers")}
    assert beside == {name: value for name, value in told.items() if name != "percent"}
    assert (crediting.due(made), crediting.following(made)) == (due, following)
    shapes.Standing.model_validate_json(json.dumps(records.as_record(made)))


def test_windows_nobody_knows_are_told() -> None:
    made = standing(Remedy(MAY))
    assert made.credit is not None
    unsure = replace(made, credit=replace(made.credit, unknown_windows=1))
    assert records.as_record(unsure)["credit"]["unknown_windows"] == 1
    assert crediting.due(unsure) == "0\u202f%, with 1 earlier window nobody knows taken for kept"
    assert "with 2 earlier windows" in (
        crediting.due(replace(made, credit=replace(made.credit, unknown_windows=2))) or ""
    )


def test_what_is_at_stake() -> None:
    """58 minutes of a month of 31 days and an hour were down; 10 days are to come."""
    tiers = tuple(CreditTier(Fraction(below) / 100, Fraction(paid, 100)) for below, paid in (("99.8", 10), ("99", 25)))
    far = CreditTier(Fraction(1, 2), Fraction(1))
    made = standing(Remedy(Tiered((*tiers, far))))
    told = records.as_record(made)["credit"]
    assert told["most"] == {"credit": 25.0}
    assert [(one["left"], one["reachable"]) for one in told["tiers"]] == [
        (1884.0, True), (23_340.0, True), (1_337_520.0, False),
    ]  # fmt: skip
    assert crediting.at_most(made) == "at most 25\u202f% can still come to be owed"
    assert crediting.left(made) == (
        Ahead("below 99.8\u202f%", "10\u202f%", "31m 24s"),
        Ahead("below 99\u202f%", "25\u202f%", "6h 29m"),
    )
    row = records.as_row(made)
    assert (row["credit_most_percent"], row["credit_next_tier_failures"]) == (25.0, None)


async def test_the_page_of_an_objective_tells_what_is_left() -> None:
    async with client(World(boards.board())) as http:
        text = (await http.get("/agreements/acme-payments/reachable")).text
        whole = (await http.get("/agreements/acme-payments")).text
    assert "<tr><td>below 99\u202f%</td><td>25\u202f%</td><td>6h 29m</td></tr>" in text
    assert "Left before each credit" not in whole


def test_nothing_is_left_before_a_tier_that_is_certain() -> None:
    made = standing(Remedy(Tiered((CreditTier(Fraction(9990, 10_000), TENTH),))))
    assert crediting.left(made) == (Ahead("below 99.9\u202f%", "10\u202f%", "none"),)
    assert crediting.at_most(made) == ""
    assert crediting.left(replace(made, complete=True)) == ()


def test_failed_requests_before_a_tier() -> None:
    found = next(one.current for one in boards.board().entries if one.current.objective.name == "latency")
    rule = Tiered((CreditTier(Fraction(1, 2), TENTH),))
    made = verdicts.credited(replace(found, objective=replace(found.objective, remedy=Remedy(rule))))
    assert [one.left.endswith("events") for one in crediting.left(made)] == [True]


def test_no_verdict_and_no_agreement() -> None:
    made = standing(Remedy(Flat(TENTH)))
    assert crediting.due(replace(made, credit=replace(made.credit, ratio=None))) == "no verdict, so no credit"
    assert (crediting.due(replace(made, credit=None)), crediting.following(replace(made, credit=None))) == (None, "")


def test_rows_have_a_column_for_each_bound() -> None:
    row = records.as_row(standing(Remedy(Tiered(DOWN, Basis.BAD_SECONDS))))
    assert (row["credit_days"], row["credit_next_tier_at_or_above"], row["credit_next_tier_below"]) == (
        1.0,
        3600.0,
        None,
    )


def test_the_metric_is_the_share() -> None:
    made = standing(Remedy(Flat(Days(Fraction(31, 10)))))
    family = next(one for one in pictures(Board(entries=(Entry(made, None, tuple),))) if one.name == "sla_credit_ratio")
    assert family.columns[0].values == [0.1]


AGREED = {
    "a schedule": (
        Remedy(Tiered((GAP,)), cap=Days(Fraction(15))),
        (("attainment at or below 99.95\u202f%, above 99\u202f%", "10\u202f%"),),
        "at most 15 days of service",
    ),
    "a schedule of downtime": (
        Remedy(Tiered(DOWN[:1], Basis.BAD_SECONDS), minimum=Minimum(Comparison.GT, Fraction(1, 50))),
        (("at or above 5m of downtime", "1 day of service"),),
        "nothing unless it is more than 2\u202f%",
    ),
    "in proportion": (
        Remedy(Proportional(Fraction(5, 2)), minimum=Minimum(Comparison.GE, Fraction(1, 50))),
        (("the promise is broken", "2.5 times the share that was missed"),),
        "nothing unless it is at least 2\u202f%",
    ),
    "by the block": (
        Remedy(PerBlock(Fraction(1800), TENTH), long_cap=LongCap(Days(Fraction(7)), Unit.YEAR)),
        (("each full 30m of an outage", "10\u202f%"),),
        "at most 7 days of service a year",
    ),
    "by the block begun, of outages that are long enough": (
        Remedy(PerBlock(Fraction(1800), TENTH, True, (Comparison.GT, Fraction(3600)), 2), cap=TENTH),
        (("each begun 30m of an outage of more than 1h", "10\u202f%"),),
        "at most 2 a day; at most 10\u202f%",
    ),
    "by the block, of outages that are just long enough": (
        Remedy(
            PerBlock(Fraction(60), TENTH, shortest=(Comparison.GE, Fraction(60))),
            long_cap=LongCap(TENTH, Lapse("12 months", months=12)),
        ),
        (("each full 1m of an outage of at least 1m", "10\u202f%"),),
        "at most 10\u202f% over 12 months",
    ),
    "by the day": (
        Remedy(PerSubwindow(Unit.DAY, Comparison.GE, Fraction(9, 10), TENTH)),
        (("each day below 90\u202f%", "10\u202f%"),),
        "",
    ),
    "by the excess": (
        Remedy(Exceedance((CreditTier(None, TENTH, above=Fraction(1, 4)), CreditTier(None, TENTH)))),
        (("above 25\u202f% beyond the target", "10\u202f%"), ("beyond the target", "10\u202f%")),
        "",
    ),
    "by failures": (
        Remedy(MAY),
        (
            ("at 2 broken windows within 12 months", "10\u202f%"),
            ("at 3 broken windows within 12 months", "the right to terminate"),
        ),
        "",
    ),
    "flat": (
        Remedy(Flat(TENTH), cap=Fraction(1), claim=Lapse("2 months", months=2)),
        (("the promise is broken", "10\u202f%"),),
        "at most 100\u202f%; to be claimed within 2 months of the window's end",
    ),
}


@pytest.mark.parametrize("sentence", AGREED)
def test_what_was_agreed(sentence: str) -> None:
    remedy, rows, limits = AGREED[sentence]
    made = standing(remedy)
    assert crediting.agreed(made.objective) == crediting.Terms("reachable", rows, limits)
    agreement = replace(made.agreement, objectives=(made.objective,))
    record = contracts.as_record(agreement)
    shapes.Agreement.model_validate_json(json.dumps(record))
    assert record["objectives"][0]["remedy"]["kind"] == contracts.KINDS[type(remedy.rule)]
    assert len(record["objectives"][0]["credits"]) == len(remedy.tiers)


def test_credits_of_a_value_are_in_its_unit() -> None:
    tiers = Tiered((CreditTier(None, TENTH, above=Fraction(45, 1000)),), Basis.VALUE)
    thousand = Minimum(Comparison.GE, Money(Fraction(1000), "USD"))
    daily = PerSubwindow(Unit.DAY, Comparison.LE, Fraction(45, 1000), TENTH)
    told = []
    for remedy in (Remedy(tiers, minimum=thousand), Remedy(daily)):
        objective = replace(standing(remedy).objective, method=Stat(Statistic.MEAN), shown_in="s")
        terms = crediting.agreed(objective)
        assert terms is not None
        told.append((terms.rows, terms.limits))
    assert told == [
        ((("above 0.045\u202fs", "10\u202f%"),), "nothing unless it is at least 1000 USD"),
        ((("each day above 0.045\u202fs", "10\u202f%"),), ""),
    ]


def test_no_credits_were_agreed() -> None:
    made = standing(Remedy(Flat(TENTH)))
    plain = replace(made.objective, remedy=None)
    assert crediting.agreed(plain) is None
    record = contracts.as_record(replace(made.agreement, objectives=(plain,)))
    assert (record["objectives"][0]["remedy"], record["objectives"][0]["credits"]) == (None, [])


async def test_the_page_shows_every_kind() -> None:
    for remedy, rows, limits in AGREED.values():
        made = standing(remedy)
        agreement = replace(made.agreement, objectives=(made.objective,))
        board = Board(entries=(Entry(made, None, tuple),), agreements=(agreement,), at=boards.AT)
        async with client(World(board)) as http:
            text = (await http.get("/agreements/acme-payments")).text.replace("&#39;", "'")
        assert limits in text
        assert all(f"<td>{when}</td><td>{credit}</td>" in text for when, credit in rows)
