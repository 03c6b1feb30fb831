"""Every way to go wrong: the exit code, and what is told. Read aloud, each says what, where and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agreements.conftest import template_of
from tests.faults import facts, monitors
from tests.rig.processes import Prometheus

SOUND = facts.agreement("cli", every="1m", window="month")
FAULTY = SOUND.replace("target: 99%", "target: 990%")
MANY = template_of(SOUND)
NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Case:
    """`{a}`: a sound file, `{f}`: a faulty one, `{m}`: a template, `{p}`: Prometheus, `{d}`: a folder."""

    command: str
    code: int
    told: str


NO_AGREEMENTS = (
    "sla-monitor: no agreements are named: give files or folders, or agreements.paths in the settings file\n"
)
NO_SOURCE = "sla-monitor: no Prometheus is named: give --prometheus URL, or sources in the settings file\n"
FAULTS = (
    "sla-monitor: the agreements have faults:\n  {f}:9:15: target: 990% is not between 0% and 100%\n"
    "  {f}:14:15: target: 990% is not between 0% and 100%\n"
)

CASES = {
    "no verb": Case("", 2, ""),
    "an unknown verb": Case("evalute", 2, "No such command 'evalute'."),
    "an unknown flag": Case("check --onlin {a}", 2, "No such option"),
    "a flag without its value": Case("check {a} --prometheus", 2, "requires an argument"),
    "an unknown format": Case("plan {a} -o xml", 2, "'xml' is not one of 'table', 'json', 'yaml', 'csv'."),
    "check, sound": Case("check {a}", 0, "1 agreement sound, 0 faults\n"),
    "check, faulty": Case("check {f}", 1, "0 agreements sound, 2 faults\n"),
    "check, a template": Case("check {m}", 0, "1 agreement sound, 0 faults\n"),
    "check, nothing": Case("check", 2, NO_AGREEMENTS),
    "check, no such file": Case("check {d}/none.yaml", 1, "0 agreements sound, 1 fault\n"),
    "check, online, nobody named": Case("check {a} --online", 2, NO_SOURCE),
    "check, online, nobody there": Case("check {a} --online --prometheus http://127.0.0.1:9", 3, "did not answer"),
    "plan, faulty": Case("plan {f}", 2, FAULTS),
    "evaluate, nothing": Case("evaluate --prometheus {p}", 2, NO_AGREEMENTS),
    "evaluate, nobody named": Case("evaluate {a}", 2, NO_SOURCE),
    "evaluate, nobody there": Case("evaluate {a} --prometheus http://127.0.0.1:9", 3, "did not answer"),
    "evaluate, faulty": Case("evaluate {f} --prometheus {p}", 2, FAULTS),
    "evaluate, a period in the future": Case(
        "evaluate {a} --prometheus {p} --period 2100-01",
        2,
        "sla-monitor: shop: no window begins in the period '2100-01' before now: a window is named by the period it "
        "begins in; try --period current or previous\n",
    ),
    "evaluate, no period": Case("evaluate {a} --prometheus {p} --period soon", 2, "sla-monitor: --period: "),
    "evaluate, no instant": Case(
        "evaluate {a} --prometheus {p} --at noon", 2, "sla-monitor: --at: not a date or an RFC 3339 instant: 'noon'\n"
    ),
    "evaluate, no URL": Case(
        "evaluate {a} --prometheus localhost:9090",
        2,
        "sla-monitor: --prometheus: not an http(s) URL such as http://127.0.0.1:9090\n",
    ),
    "evaluate, no resolution": Case(
        "evaluate {a} --prometheus {p} --resolution often",
        2,
        "sla-monitor: --resolution: not a duration such as 90s, 5m or 1h30m: 'often'\n",
    ),
    "evaluate, a resolution of nobody": Case(
        "evaluate {a} --resolution 15s",
        2,
        "sla-monitor: --resolution goes with --prometheus; otherwise set sources[].resolution in the settings file\n",
    ),
    "evaluate, no settings": Case(
        "evaluate {a} --config {d}/none.yaml",
        2,
        "sla-monitor: {d}/none.yaml: cannot be read: No such file or directory; name another with --config\n",
    ),
    "status, no ledger": Case(
        "status -f {a} --ledger sqlite:///{d}/none.db",
        2,
        "sla-monitor: there is no ledger at {d}/none.db: start `sla-monitor run` or `backfill`, or name it with "
        "--ledger\n",
    ),
    "status, another kind of ledger": Case(
        "status -f {a} --ledger mysql://ann:hunter2@h/db",
        2,
        "sla-monitor: a ledger of kind 'mysql' is not known: use sqlite:///FILE or postgresql://USER@HOST/DATABASE "
        "(ledger.url)\n",
    ),
    "status, a database that is away": Case(
        "status -f {a} --ledger postgresql://ann:hunter2@127.0.0.1:9/db",
        3,
        "sla-monitor: cannot read the ledger postgresql://127.0.0.1:9/db: connection failed",
    ),
    "status, no such agreement": Case(
        "status acme -f {a} --ledger sqlite:///{d}/none.db",
        2,
        "sla-monitor: no sound agreement is called 'acme'; there are: shop\n",
    ),
    "backfill, nobody there": Case(
        "backfill {a} --prometheus http://127.0.0.1:9 --ledger sqlite:///{d}/l.db", 3, "did not answer"
    ),
    "backfill, backwards": Case(
        "backfill {a} --prometheus {p} --ledger sqlite:///{d}/l.db --from 2026-02-01 --until 2026-01-01",
        2,
        "sla-monitor: --until is not after --from\n",
    ),
    "backfill, a folder that cannot be made": Case(
        "backfill {a} --prometheus {p} --ledger sqlite:////proc/none/l.db", 3, "cannot make the ledger /proc/none/l.db"
    ),
    "rules, faulty": Case("rules {f}", 2, FAULTS),
    "rules, a folder that is none": Case(
        "rules --out {d}/none/rules.yaml",
        2,
        "sla-monitor: cannot write {d}/none/rules.yaml: No such file or directory\n",
    ),
    "dashboards, a file in the way": Case(
        "dashboards --out {a}", 2, "sla-monitor: cannot write to {a}: File exists; name another folder with --out\n"
    ),
    "run, nothing": Case("run --prometheus {p}", 2, NO_AGREEMENTS),
    "run, open to others": Case("run {a} --prometheus {p} --listen :0", 2, "this version knows no logins"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_exit_code_and_words(case: Case, tmp_path: Path, prometheus: Prometheus) -> None:
    places = {"a": "sound.yaml", "f": "faulty.yaml", "m": "many.yaml"}
    for name, text in zip(places.values(), (SOUND, FAULTY, MANY), strict=True):
        (tmp_path / name).write_text(text)
    names = {key: str(tmp_path / name) for key, name in places.items()} | {"p": prometheus.url, "d": str(tmp_path)}
    done = monitors.run(*case.command.format(**names).split(), timeout=30)
    assert "Traceback" not in done.stderr
    told, wanted = done.stderr, case.told.format(**names)
    assert told.endswith(wanted) if wanted.startswith("sla-monitor: ") and wanted.endswith("\n") else wanted in told
    assert done.returncode == case.code


def test_nobody_there_is_told_soon(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SOUND)
    done = monitors.run("evaluate", str(tmp_path / "a.yaml"), "--prometheus", NOBODY, timeout=15)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_an_internal_error_is_told_as_one() -> None:
    """Of something that nobody foresees: a function that is none."""
    code = "import sys; sys.modules['sla_monitor.cli.schema'].json_schema = None; from sla_monitor.cli.main import main"
    script = f"import sla_monitor.cli.schema; {code}; sys.argv = ['sla-monitor', 'schema']; main()"
    done = monitors.subprocess.run(
        [monitors.sys.executable, "-c", script], capture_output=True, text=True, check=False, env=monitors.environment()
    )
    assert done.returncode == 4
    assert done.stderr.endswith("sla-monitor: internal error; please report the lines above\n")
    assert "Traceback" in done.stderr
