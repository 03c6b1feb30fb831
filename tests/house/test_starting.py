"""How the command starts: it knows every verb, and imports only what the verb asked for needs."""

from __future__ import annotations

import subprocess
import sys

from sla_monitor.cli import verbs
from tests.house.tree import PACKAGE, ROOT

HEAVY = {
    "fastapi", "uvicorn", "httpx", "jinja2", "prometheus_client", "apscheduler", "alembic", "weasyprint", "icalendar",
    "pyarrow", "recurring_ical_events", "opening_hours", "grafana_foundation_sdk", "watchfiles",
}  # fmt: skip
"""What takes long to import, and a look into the ledger has no use for."""


def test_every_verb_is_known() -> None:
    modules = {path.stem for path in (PACKAGE / "cli").glob("*.py") if "\ndef register(" in path.read_text("utf-8")}
    assert len(verbs.NAMES) == len(modules)
    assert set(verbs.NAMES) == modules


def test_a_look_into_the_ledger_imports_nothing_it_has_no_use_for() -> None:
    script = "import sys; from sla_monitor.cli import main, verbs; verbs.command('status'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "sla_monitor.cli.status"} <= set(loaded.stdout.split())
    assert HEAVY & set(loaded.stdout.split()) == set()
