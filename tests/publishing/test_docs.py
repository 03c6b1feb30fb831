"""A metric or an alert that is not documented fails the build; so does one that is documented and is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sla_monitor.publishing.exposition import LEFT_OUT_FIRST
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.rules import rules
from tests.publishing import boards, exporter

DOCS = Path(__file__).parents[2] / "docs"
METRICS, ALERTS, RUNBOOKS = ((DOCS / f"{name}.md").read_text() for name in ("metrics", "alerts", "runbooks"))
RULES = [rule for group in rules()["groups"] for rule in group["rules"]]
NAMED = sorted({(rule["alert"], rule["labels"]["severity"]) for rule in RULES if "alert" in rule})


def exported() -> dict[str, set[str]]:
    """Name → labels. A counter by the name of its series, a histogram by that of its family."""
    registry = exporter.registry_of(boards.board)
    MonitorMetrics(registry, "1")
    found: dict[str, set[str]] = {}
    for family in registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels}
        found[name] = {"label_*" if label.startswith("label_") else label for label in labels}
    return found


EXPORTED = exported()
DOCUMENTED = {row[1]: row[2] for row in re.finditer(r"^\| `(sla_\w+)` \|(.*?)\|", METRICS, re.MULTILINE)}


def test_every_metric_is_documented_and_no_other() -> None:
    assert set(DOCUMENTED) == set(EXPORTED)


@pytest.mark.parametrize("name", sorted(name for name in EXPORTED if not name.startswith("sla_monitor_")))
def test_its_labels_are_documented(name: str) -> None:
    described = set(re.findall(r"`([\w*]+)`", re.sub(r"\(.*?\)|no `objective`", "", DOCUMENTED[name])))
    assert described == EXPORTED[name] - {"agreement", "objective"}


@pytest.mark.parametrize("lookback", sorted(boards.board(boards.CONTRACTS[0]).entries[0].current.burn_rates))
def test_every_lookback_is_documented(lookback: str) -> None:
    assert f"`{lookback}`" in DOCUMENTED["sla_burn_rate"]


@pytest.mark.parametrize("rule", [rule for rule in RULES if "record" in rule], ids=lambda rule: rule["record"])
def test_every_recorded_metric_is_documented(rule: dict[str, str]) -> None:
    assert f"`{rule['record']}`" in METRICS


def test_every_alert_is_documented_with_its_severity_and_no_other() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks\.md#(\w+)\) \| (\w+) \|", ALERTS, re.MULTILINE)
    assert sorted((name, severity) for name, _, severity in rows) == NAMED
    assert all(anchor == name.lower() for name, anchor, _ in rows)


def test_every_alert_has_its_runbook_and_no_other_has() -> None:
    sections = re.split(r"^## ", RUNBOOKS, flags=re.MULTILINE)[1:]
    assert sorted(section.split("\n")[0] for section in sections) == sorted({name for name, _ in NAMED})
    for section in sections:
        assert "**Means**: " in section
        assert "**Do**: " in section


def test_what_the_rules_ask_for_is_exported() -> None:
    known = set(EXPORTED) | {rule["record"] for rule in RULES if "record" in rule}
    for rule in RULES:
        text = rule["expr"] + rule.get("annotations", {}).get("description", "")
        assert set(re.findall(r"\bsla[_:][\w:]+", text)) <= known


def test_what_is_left_out_first_is_told_in_its_order() -> None:
    section = METRICS[METRICS.index("## Some agreements only") :]
    told = " ".join(re.findall(r"^(?:\d\.|  ).*$", section, re.MULTILINE))
    named = [name if name == "sla_total" else name.removesuffix("_total") for name in re.findall(r"`(sla_\w+)`", told)]
    assert named == [name for name in LEFT_OUT_FIRST if name not in DATES]


DATES = {f"sla_agreement_{date}_timestamp_seconds" for date in ("start", "end", "renewal")}
"""Named together."""
