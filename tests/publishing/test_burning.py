"""Which burn rates page, open a ticket, or let people sleep."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.publishing.rules import burning, capped
from tests.publishing import boards, promtool
from tests.publishing.boards import Contract, Story

DAY = 86400
MONTH = 30 * DAY
INF = float("inf")

CASES = {
    "2 % of the budget in an hour, still going on, pages": (MONTH, "99.9%", {"1h": 14.5, "5m": 20}, {"page"}),
    "the same hour, but it is over: silence": (MONTH, "99.9%", {"1h": 14.5, "5m": 0}, set()),
    "a short peak does not page": (MONTH, "99.9%", {"1h": 2, "5m": 20}, set()),
    "a little less than 2 % does not page": (MONTH, "99.9%", {"1h": 14.3, "5m": 20}, set()),
    "14.5 is no 2 % of a month of 31 days": (31 * DAY, "99.9%", {"1h": 14.5, "5m": 20}, set()),
    "13.5 is more than 2 % of a February": (28 * DAY, "99.9%", {"1h": 13.5, "5m": 20}, {"page"}),
    "5 % in six hours pages, though the last hour alone would not": (
        MONTH, "99.9%", {"1h": 7, "5m": 7, "6h": 6.1, "30m": 7}, {"page"}),
    "10 % in a day opens a ticket": (MONTH, "99.9%", {"1d": 3.1, "2h": 3.1, "6h": 3.1, "3d": 1.1}, {"ticket"}),
    "10 % in three days opens a ticket": (MONTH, "99.9%", {"3d": 1.1, "6h": 1.1, "1d": 1.1, "2h": 1.1}, {"ticket"}),
    "burning at a third of the allowed rate is what a budget is for": (
        MONTH, "99.9%", dict.fromkeys(("5m", "30m", "1h", "2h", "6h", "1d", "3d"), 0.33), set()),
    "with 90 % promised a full outage of an hour pages, though 14.4 cannot be reached": (
        MONTH, "90%", {"1h": 10, "5m": 10}, {"page"}),
    "with 90 % promised an hour at eight tenths does not": (MONTH, "90%", {"1h": 8, "5m": 8}, set()),
    "with 100 % promised anything bad pages": (MONTH, "100%", {"1h": INF, "5m": INF}, {"page"}),
    "with 100 % promised nothing bad is silent": (MONTH, "100%", {"1h": 0, "5m": 0}, set()),
    "an hour at which a day's budget would not last the day pages": (DAY, "95%", {"1h": 1, "5m": 1}, {"page"}),
    "an hour at half of a day's budget does not": (DAY, "95%", {"1h": 0.5, "5m": 0.5}, set()),
    "a window of an hour is over before a rate could tell": (3600, "95%", {"1h": 20, "5m": 20}, set()),
    "a quarter has three times the budget of a month": (91 * DAY, "99.9%", {"1h": 40, "5m": 40}, set()),
    "without data in the last five minutes there is nothing to page about": (
        MONTH, "99.9%", {"1h": 20}, set()),
}  # fmt: skip


def _series(seconds: int, target: str, rates: dict[str, float]) -> list[dict[str, str]]:
    labels = 'job="sla-monitor",agreement="a",objective="o"'
    values = {
        f'sla_objective_info{{{labels},service="s",customer="c"}}': 1,
        f"sla_window_start_timestamp_seconds{{{labels}}}": 0,
        f"sla_window_end_timestamp_seconds{{{labels}}}": seconds,
        f"sla_target_ratio{{{labels}}}": float(target.rstrip("%")) / 100,
        **{f'sla_burn_rate{{{labels},lookback="{name}"}}': rate for name, rate in rates.items()},
    }
    return [{"series": name, "values": f"{value} {value}"} for name, value in values.items()]


def _case(seconds: int, target: str, rates: dict[str, float], fires: set[str]) -> dict[str, Any]:
    labels = 'alertname="SLAErrorBudgetBurn",alertstate="firing",agreement="a",objective="o",service="s",customer="c"'
    wanted = [{"labels": f'ALERTS{{{labels},severity="{severity}"}}', "value": 1} for severity in fires]
    asked = {"expr": 'ALERTS{alertname="SLAErrorBudgetBurn"}', "eval_time": "1m", "exp_samples": wanted}
    told = {"interval": "1m", "input_series": _series(seconds, target, rates), "promql_expr_test": [asked]}
    return {"rule_files": ["rules.yaml"], "tests": [told]}


@pytest.mark.parametrize("sentence", CASES)
def test_burning(tmp_path: Path, sentence: str) -> None:
    assert promtool.test(tmp_path, promtool.RULES, _case(*CASES[sentence])) == ""


def test_a_page_tells_the_numbers(tmp_path: Path) -> None:
    case = _case(MONTH, "99.9%", {"1h": 14.5, "5m": 20, "6h": 2.5}, {"page"})
    labels = '{agreement="a",objective="o"}'
    case["tests"][0]["input_series"] += [
        {"series": f"{metric}{labels}", "values": f"{value} {value}"}
        for metric, value in (
            ("sla_attainment_ratio", 0.9996),
            ("sla_error_budget_remaining_ratio", 0.6),
            ("sla_budget_exhaustion_timestamp_seconds", DAY),
        )
    ]
    told = (
        "The budget burns faster than it may: 14.5 times over 1h (alerted from 14.4),"
        " 2.5 times over 6h (alerted from 6)."
        " Attainment is 99.96 %, promised are 99.9 %; 40% of the error budget is used."
        " At this pace it is used up 1970-01-02 00:00:00 +0000 UTC."
    )
    labels = {"severity": "page", "agreement": "a", "objective": "o", "service": "s", "customer": "c"}
    annotations = {
        "summary": "a/o: the error budget for c burns much too fast",
        "description": told,
        "runbook_url": "https://docs.example.com/runbooks.md#slaerrorbudgetburn",
        "page_url": "https://sla.example.com/agreements/a",
    }
    case["tests"][0]["alert_rule_test"] = [
        {
            "alertname": "SLAErrorBudgetBurn",
            "eval_time": "1m",
            "exp_alerts": [{"exp_labels": labels, "exp_annotations": annotations}],
        }
    ]
    assert promtool.test(tmp_path, promtool.RULES, case) == ""


targets = st.integers(0, 1000).map(lambda thousandths: Fraction(thousandths, 1000))


@given(target=targets, days=st.integers(1, 400), pair=st.sampled_from((*burning.PAGE, *burning.TICKET)))
def test_no_threshold_is_out_of_reach(target: Fraction, days: int, pair: burning.Pair) -> None:
    objective = boards.objective(Story(target=str(float(target))))
    least = burning.threshold(pair, days * DAY, objective)
    if least is not None:
        assert least > 0
        assert least * objective.budget_share < 1


@pytest.mark.parametrize("days", [1, 7, 28, 29, 30, 31, 92, 365])
@pytest.mark.parametrize("target", ["50%", "90%", "99.5%", "99.99%", "100%"])
def test_the_rules_reckon_as_the_core_does(tmp_path: Path, days: int, target: str) -> None:
    objective = boards.objective(Story(target=target))
    pairs = (*burning.PAGE, *burning.TICKET)
    expected = {pair.long: burning.threshold(pair, days * DAY, objective) for pair in pairs}
    samples = [
        {"labels": f'{{agreement="a",objective="o",lookback="{long}"}}', "value": round(float(least), 6)}
        for long, least in expected.items()
        if least is not None
    ]
    asked = {"expr": "round(sla:burn_rate_threshold:ratio, 1e-6)", "eval_time": "1m", "exp_samples": samples}
    told = {"interval": "1m", "input_series": _series(days * DAY, target, {}), "promql_expr_test": [asked]}
    case = {"rule_files": ["rules.yaml"], "tests": [told]}
    assert promtool.test(tmp_path, promtool.RULES, case) == ""


def test_check_can_say_which_thresholds_were_lowered() -> None:
    contract = Contract(name="a", stories=(Story(name="low", target="90%"), Story(name="high", target="99%")))
    told = "would take a burn rate of 14.88, and it cannot exceed 10; the alert fires from 9"
    assert capped(boards.agreement(contract), boards.AT) == (f"a/low: 2 % of the error budget in 1h {told}",)


def test_a_rolling_window_and_a_year_are_measured_by_their_length() -> None:
    stories = (
        Story(name="rolling", target="93%", window=boards.CONTRACTS[1].stories[1].window),
        Story(name="year", target="93%", window=Calendar(Unit.YEAR)),
    )
    told = capped(boards.agreement(Contract(name="a", stories=stories)), boards.AT)
    assert [line.split(":")[0] for line in told] == ["a/rolling", "a/year", "a/year", "a/year"]
