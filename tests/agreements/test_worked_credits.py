"""The worked examples of the page about credits, by what they say."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from sla_monitor.agreements.crediting import remedy_of
from sla_monitor.compliance import servicecredits
from sla_monitor.compliance.ratios import Comparison
from tests.agreements.test_crediting import EVENTS, MEAN, TIME, credited, promised
from tests.agreements.test_docs import PAGE
from tests.compliance.creditspecimens import BROKEN, broken, down, judged, month

SLOW, QUICK = Fraction(41, 1000), Fraction(40, 1000)


def jitter(value: str) -> dict[str, Any]:
    return {"percent": None, "value": Fraction(value), "limit": Fraction(2), "comparison": Comparison.LT}


WORKED: list[tuple[str, str, dict[str, Any], Fraction]] = [
    ("proportional: {factor: 10}", TIME, {"missed": Fraction(3, 1000)}, Fraction(3, 100)),
    (
        "perBlock: {every: 30m, credit: 5%, longerThan: 1h, maxPerDay: 1}", TIME,
        {"outages": down((1, 1), (23, 2.5))}, Fraction(10, 100)),
    (
        "perSubwindow: {every: day, target: '<= 40ms', credit: 1/30}", MEAN,
        {"subwindows": judged(QUICK, SLOW, SLOW, QUICK, None, SLOW)}, Fraction(10, 100)),
    *(
        ("exceedance: [{over: 10%, credit: 10%}, {over: 25%, credit: 20%}]", MEAN, jitter(value), Fraction(paid, 100))
        for value, paid in (("2.2", 0), ("2.21", 10), ("2.6", 20))
    ),
    (
        "escalation: {within: 6 months, failures: [{count: 2, credit: 10%}, {count: 3, credit: 20%}]}", EVENTS,
        {"history": broken(5, 6)}, Fraction(10, 100)),
]  # fmt: skip


@pytest.mark.parametrize(("written", "promise", "facts", "owed"), WORKED)
def test_what_the_page_works_out(written: str, promise: str, facts: dict[str, Any], owed: Fraction) -> None:
    assert f"`{written}`" in PAGE
    found = servicecredits.credit_of(remedy_of(promised(promise), credited(written)), replace(BROKEN, **facts))
    assert found is not None
    assert found.ratio == owed


def test_what_the_page_works_out_of_a_long_cap() -> None:
    assert "`proportional: {factor: 1}` with `cap: 100%, capPer: 12 months`" in PAGE
    remedy = remedy_of(promised(TIME), credited("proportional: {factor: 1}, cap: 100%, capPer: 12 months"))
    history = tuple(month(back, credit=Fraction(8, 110)) for back in range(11, 0, -1))
    found = servicecredits.credit_of(remedy, replace(BROKEN, missed=Fraction(30, 100), history=history))
    assert found is not None
    assert found.ratio == Fraction(20, 100)
