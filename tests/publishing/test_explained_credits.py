"""The arithmetic of every kind of credit, to the last word."""

from __future__ import annotations

import pytest

from sla_monitor.publishing.explanations import steps
from tests.publishing.explaining import Told
from tests.publishing.tellings import GAUGE, PROBE, RATIO, SAMPLES, daily, hourly, minutes, promising


def credit_of(told: Told) -> list[str]:
    return [line.text for step in steps(told.explained()) if step.name == "credit" for line in step.lines]


LATENCY = promising("'<= 40ms'", GAUGE, "method: mean", "minCoverage: 0.1%")


@pytest.mark.parametrize(
    ("credits_", "told"),
    [
        (
            "{schedule: [{above: 5m, credit: 5%}, {above: 1h, credit: 50%}], on: bad seconds}",
            ["Agreed: above 5m of downtime: 5 %.", "Agreed: above 1h of downtime: 50 %.",
             "The downtime to be held against that is 1 h.", "Owed: 5 %."],
        ),
        (
            "{proportional: {factor: 10}, cap: 30%}",
            ["Agreed: the promise is broken: 10 times the share that was missed.", "Agreed: at most 30 %.",
             "4.166666666… % were missed: 10 × 4.166666666… % = 41.666666666… %.",
             "That gives 41.666666666… %, before what limits it.", "Owed: 30 %."],
        ),
        (
            "{perBlock: {every: 20m, credit: 5%}}",
            ["Agreed: each full 20m of an outage: 5 %.", "3 blocks × 5 % = 15 %.", "Owed: 15 %."],
        ),
        (
            "{perSubwindow: {every: hour, target: 90%, credit: 3 days}, minimum: '> 1/100'}",
            ["Agreed: each hour below 90 %: 3 days of service.", "Agreed: nothing unless it is more than 1 %.",
             "1 of 24 hours missed it: 1 × 3 days of service = 3 days of service.",
             "That gives 3 days of service, before what limits it.", "Owed: 3 days of service (300 %)."],
        ),
        (
            "{escalation: {within: 12 months, failures: [{count: 1, credit: 5%}, {count: 2, credit: termination}]}}",
            ["Agreed: at 1 broken window within 12 months: 5 %.",
             "Agreed: at 2 broken windows within 12 months: the right to terminate.",
             "This is broken window number 1 of those that count together.",
             "Owed: 5 %, with 364 earlier windows nobody knows taken for kept."],
        ),
        ("{flat: 1 day}", ["Agreed: the promise is broken: 1 day of service.", "Owed: 1 day of service (100 %)."]),
    ],
)  # fmt: skip
def test_the_arithmetic_of_credits(credits_: str, told: list[str]) -> None:
    """Of a day with an outage of an hour."""
    text = promising("99%", PROBE, spec=(f"credits: {credits_}",))
    assert credit_of(daily(text, minutes((600, 660)))) == told


@pytest.mark.parametrize(
    ("credits_", "told"),
    [
        (
            "{schedule: [{above: 45ms, credit: 5%}]}",
            ["Agreed: above 0.045 s: 5 %.", "The value to be held against that is 0.05 s.", "Owed: 5 %."],
        ),
        (
            "{exceedance: [{over: 10%, credit: 10%}, {over: 30%, credit: 20%}]}",
            ["Agreed: above 10 % beyond the target: 10 %.", "Agreed: above 30 % beyond the target: 20 %.",
             "0.05 s is beyond 0.04 s by 25 % of it.", "Owed: 10 %."],
        ),
    ],
)  # fmt: skip
def test_the_arithmetic_of_credits_on_values(credits_: str, told: list[str]) -> None:
    assert credit_of(daily(f"{LATENCY}\n  credits: {credits_}", SAMPLES)) == told


@pytest.mark.parametrize("credits_", ["{flat: 10%}", "{proportional: {factor: 10}}"])
def test_a_kept_promise_earns_nothing(credits_: str) -> None:
    text = promising("99%", PROBE, spec=(f"credits: {credits_}",))
    assert credit_of(daily(text, minutes()))[1:] == ["The promise was not broken.", "Owed: 0 %."]


def test_without_a_verdict_nothing_is_held_against_anything() -> None:
    text = promising("99%", RATIO, spec=("credits: {flat: 10%}",))
    assert credit_of(daily(text, hourly({}, until=0)))[1:] == ["Owed: no verdict, so no credit."]
