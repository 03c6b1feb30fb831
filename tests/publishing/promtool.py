"""promtool, which ships with Prometheus: checks rules, metrics, and runs unit tests of rules."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sla_monitor.publishing.rules import as_yaml, rules
from tests.rig.children import command

CASES = Path(__file__).parent / "rules"
RULES = rules(
    external_url="https://sla.example.com/", runbook_base="https://docs.example.com/runbooks.md", extra_labels={}
)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command("promtool"), *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


def check(folder: Path, document: Mapping[str, Any]) -> str:
    """Empty when the rules are fine, else what promtool says."""
    file = folder / "rules.yaml"
    file.write_text(as_yaml(document))
    checked = run("check", "rules", str(file))
    return "" if checked.returncode == 0 else checked.stdout + checked.stderr


def test(folder: Path, document: Mapping[str, Any], *cases: Mapping[str, Any] | Path) -> str:
    """Runs unit tests, files or documents, against the rules; empty when all pass."""
    (folder / "rules.yaml").write_text(as_yaml(document))
    files = []
    for number, case in enumerate(cases):
        file = folder / f"case-{number}.yaml"
        file.write_text(case.read_text() if isinstance(case, Path) else yaml.safe_dump(dict(case)))
        files.append(str(file))
    ran = run("test", "rules", *files)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


test.__test__ = False  # type: ignore[attr-defined]
