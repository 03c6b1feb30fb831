"""The written rules are what Prometheus takes, and fire when they should."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from sla_monitor.publishing.rules import as_prometheus_rule, as_yaml, rules
from tests.publishing import boards, promtool

FILES = sorted(promtool.CASES.glob("*.yaml"))
TESTED = [path for path in FILES if path.stem != "burning"]
ALERTS = sorted(
    {rule["alert"] for group in promtool.RULES["groups"] for rule in group["rules"] if "alert" in rule}
    - {"SLAErrorBudgetBurn"}  # its table is in test_burning.py
)


@cache
def failing(expr: str) -> str:
    """What promtool says of the cases where every alert has this expression, and fires at once."""
    document = copy.deepcopy(promtool.RULES)
    for group in document["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") in ALERTS:
                rule.update({"expr": expr, "for": "0s"})
    with TemporaryDirectory() as folder:
        return promtool.test(Path(folder), document, *TESTED)


def test_promtool_accepts_the_rules(tmp_path: Path) -> None:
    assert promtool.check(tmp_path, promtool.RULES) == ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_rules_do_what_their_cases_say(tmp_path: Path, file: Path) -> None:
    assert promtool.test(tmp_path, promtool.RULES, file) == ""


@pytest.mark.parametrize("name", ALERTS)
@pytest.mark.parametrize(
    ("expr", "what"), [("vector(0) > 1", "a case in which it fires"), ("vector(1)", "a case in which it is silent")]
)
def test_every_alert_has_its_cases(name: str, expr: str, what: str) -> None:
    assert f"alertname: {name}, " in failing(expr), f"{name} lacks {what}"


def test_the_yaml_reads_back_as_it_was() -> None:
    assert yaml.safe_load(as_yaml(promtool.RULES)) == promtool.RULES


def test_rules_for_named_agreements_look_at_no_others(tmp_path: Path) -> None:
    chosen = [boards.agreement(boards.Contract(name=name)) for name in ("acme-payments", "b.c")]
    document = rules(chosen)
    assert promtool.check(tmp_path, document) == ""
    for rule in document["groups"][0]["rules"]:
        assert rule["expr"].count('agreement=~"acme-payments|b\\\\.c"') >= rule["expr"].count("sla_")


def test_rules_for_named_agreements_fire_for_them_alone(tmp_path: Path) -> None:
    series = [
        {"series": f'{metric}{{agreement="{name}",objective="o"{more}}}', "values": "1 1 1"}
        for name in ("b.c", "bxc", "other")
        for metric, more in (("sla_objective_info", ""), ("sla_status", ',status="breached"'))
    ]
    firing = {"expr": 'ALERTS{alertname="SLABreached"}', "eval_time": "1m", "exp_samples": [
        {"labels": 'ALERTS{alertname="SLABreached",alertstate="firing",severity="page",agreement="b.c",objective="o"}',
         "value": 1}]}  # fmt: skip
    case = {"rule_files": ["rules.yaml"], "tests": [{"input_series": series, "promql_expr_test": [firing]}]}
    document = rules([boards.agreement(boards.Contract(name="b.c"))])
    assert promtool.test(tmp_path, document, case) == ""


def test_without_addresses_there_are_no_dead_links() -> None:
    for group in rules()["groups"]:
        for rule in group["rules"]:
            assert set(rule.get("annotations", {})) <= {"summary", "description"}


def test_extra_labels_stand_on_every_alert() -> None:
    document = rules(extra_labels={"cluster": "eu-1"})
    alerts = [rule for group in document["groups"] for rule in group["rules"] if "alert" in rule]
    assert alerts
    assert all(rule["labels"]["cluster"] == "eu-1" for rule in alerts)


def test_the_operator_gets_the_same_rules() -> None:
    made = as_prometheus_rule(promtool.RULES, name="slas", labels={"release": "monitoring"})
    assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert made["metadata"] == {"name": "slas", "labels": {"release": "monitoring"}}
    assert made["spec"] == promtool.RULES
