"""The shipped rules are the program's, and Prometheus takes them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.publishing import rules
from tests.deploy.rendering import COMPOSE, Manifest, load, one

LINKS = {"runbook_url", "page_url"}


def _shipped() -> dict[str, Manifest]:
    return {
        "base": one("base", "PrometheusRule")["spec"],
        "overlays/example": one("overlays/example", "PrometheusRule")["spec"],
        "compose": load(COMPOSE / "rules" / "sla-monitor.yaml"),
    }


every_place = pytest.mark.parametrize("place", ["base", "overlays/example", "compose"])


@every_place
def test_they_are_what_the_program_writes_today(place: str) -> None:
    assert _without_links(_shipped()[place]) == _without_links(rules.rules()), "run deploy/rules.sh"


def _without_links(document: Manifest) -> list[Any]:
    """Where an installation publishes its pages and runbooks is its own."""
    return [
        {**rule, "annotations": {k: v for k, v in rule.get("annotations", {}).items() if k not in LINKS}}
        for group in document["groups"]
        for rule in group["rules"]
    ]


@every_place
def test_prometheus_takes_them(place: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(_shipped()[place]))
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
