"""Prose is tested: a verb, setting, metric, alert or exit code that no page tells of fails the build."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from tests.house.tree import ROOT, needs, prose


def told(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def test_every_verb_is_documented() -> None:
    needs("sla_monitor.cli.main")
    text = prose()
    typer = importlib.import_module("typer")
    module = importlib.import_module("sla_monitor.cli.main")
    (app,) = (value for value in vars(module).values() if isinstance(value, typer.Typer))
    verbs = typer.main.get_command(app).commands
    assert verbs
    assert [verb for verb in verbs if not told(f"sla-monitor {verb}", text) and not told(f"`{verb}", text)] == []


def test_every_exit_code_is_documented() -> None:
    errors = importlib.import_module("sla_monitor.errors")
    codes = {0, *(one.exit_code for one in vars(errors).values() if isinstance(one, type))}
    assert codes == {0, 1, 2, 3, 4}
    text = prose()
    assert re.search(r"(?mi)^#+ .*exit codes?", text)
    assert [code for code in sorted(codes) if not re.search(rf"(?m)^(\||-|\*) *`?{code}`? ", text)] == []


def test_every_metric_is_documented() -> None:
    needs("sla_monitor.publishing.metrics")
    text = prose()
    metrics = importlib.import_module("sla_monitor.publishing.metrics")
    registry = importlib.import_module("prometheus_client").CollectorRegistry()
    metrics.MonitorMetrics(registry, "0")
    board = importlib.import_module("sla_monitor.compliance.boards").Board
    pictured = importlib.import_module("sla_monitor.publishing.pictures").pictures(board())
    own = {family.name + "_total" * (family.type == "counter") for family in registry.collect()}
    names = own | {family.series for family in pictured}
    assert len(names) > 20
    assert sorted(name for name in names if not told(name, text)) == []


def test_every_alert_has_a_runbook() -> None:
    needs("sla_monitor.publishing.rules")
    page = ROOT / "docs" / "runbooks.md"
    if not page.exists():
        prose()  # skips as long as there is no README either
    rules = importlib.import_module("sla_monitor.publishing.rules").rules()
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    headings = set(re.findall(r"(?m)^#+ (\w+)$", page.read_text(encoding="utf-8")))
    assert alerts
    assert sorted(alerts - headings) == []


def test_no_runbook_is_for_an_alert_that_is_gone() -> None:
    page = ROOT / "docs" / "runbooks.md"
    if not page.exists():
        pytest.skip("there is no docs/runbooks.md yet")
    rules = importlib.import_module("sla_monitor.publishing.rules").rules()
    alerts = {rule.get("alert") for group in rules["groups"] for rule in group["rules"]}
    assert set(re.findall(r"(?m)^#+ (SLA\w+)$", page.read_text(encoding="utf-8"))) <= alerts


def test_every_setting_is_shown_with_its_default() -> None:
    needs("sla_monitor.daemon.settings")
    page = ROOT / "config" / "sla-monitor.yaml"
    if not page.exists():
        prose()
    text = page.read_text(encoding="utf-8")
    settings = importlib.import_module("sla_monitor.daemon.settings").Settings
    keys = set(_keys(settings))
    assert len(keys) > 20
    assert sorted(key for key in keys if not re.search(rf"(?m)^[ #-]*{key}:|[{{,] *{key}:", text)) == []


def _keys(annotation: Any) -> Iterator[str]:
    """Names of all fields, also of models in tuples and unions."""
    for field, info in getattr(annotation, "model_fields", {}).items():
        yield info.alias or field
        yield from _keys(info.annotation)
    for part in get_args(annotation):
        yield from _keys(part)
