"""What a counterparty is handed, and that the script of the docs can do with it what they say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sla_monitor.compliance import notations
from sla_monitor.compliance.documents import Document, Kind
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.statements import Statement
from sla_monitor.publishing.statements.handover import files
from tests.publishing import stating

PAGE = Path(__file__).parents[2] / "docs" / "statements.md"
PLAN = Document(Kind.CALENDAR, "plan.ics", "BEGIN:VCALENDAR")


def handed_over(folder: Path, statement: Statement) -> Path:
    slices = stating.held()
    for name, data in files(statement, {PLAN.sha256: PLAN}.get, lambda key: slices[key]):
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Nothing excluded, and only what the script reckons."""
    return handed_over(tmp_path, stating.draft(plan=Schedule(), only=["reachable"]).issued(1, 1, None))


def script(folder: Path) -> subprocess.CompletedProcess[str]:
    (code,) = re.findall(r"(?s)```python\n(.*?)```", PAGE.read_text(encoding="utf-8"))
    return subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=False)


def test_all_that_a_statement_rests_on_is_there(tmp_path: Path) -> None:
    made = stating.statement()
    handed_over(tmp_path, made)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["statement.json", "agreement.yaml", "plan.ics", *(f"slices-{key}.csv" for key in stating.held())]
    )
    assert (
        notations.digest((tmp_path / "agreement.yaml").read_text()) == made.content["evidence"]["agreement"]["sha256"]
    )
    head, first, *_ = (tmp_path / f"slices-{stating.PROBE.key}.csv").read_text().splitlines()
    assert head == "start,good,total,known_seconds,states"
    assert first == f"{stating.BEGIN},60.0,60.0,60,1.0"


def test_a_calendar_that_is_gone_is_left_out(tmp_path: Path) -> None:
    names = [name for name, _ in files(stating.statement(), lambda _: None, lambda key: stating.held()[key])]
    assert "plan.ics" not in names


def test_the_script_of_the_docs_finds_it_sound(plain: Path) -> None:
    done = script(plain)  # 1 − 41/44610: of the 44700 minutes 90 are unknown and 41 were down
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "reachable: 99.90809235597399 %, breached",
        "statement 1 of acme-payments is sound",
    ]


def test_the_script_reads_events_and_values_too(tmp_path: Path) -> None:
    """Sums of what was amended or excluded it leaves to others."""
    done = script(handed_over(tmp_path, stating.statement()))
    assert (done.returncode, done.stdout) == (0, "statement 10 of acme-payments is sound\n")


def test_the_script_finds_a_changed_slice(plain: Path) -> None:
    path = plain / f"slices-{stating.PROBE.key}.csv"
    path.write_text(path.read_text().replace(",60.0,60.0,60,1.0", ",59.0,60.0,60,1.0", 1))
    assert f"AssertionError: the slices of {stating.PROBE.key}" in script(plain).stderr


def test_the_script_finds_a_changed_statement(plain: Path) -> None:
    path = plain / "statement.json"
    told = json.loads(path.read_text())
    told["content"]["objectives"][0]["status"] = "met"
    path.write_text(json.dumps(told))
    assert "AssertionError: the statement" in script(plain).stderr
