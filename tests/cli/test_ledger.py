"""The verbs that look after a ledger, as people type them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.cli.commands import file, printed, records
from tests.faults import facts, monitors
from tests.ledger.specimens import REQUESTS, START, opened, slices, write


@pytest.fixture
def url(tmp_path: Path) -> str:
    book = opened(tmp_path / "ledger.db")
    write(book, REQUESTS, slices(REQUESTS, START, 2000))
    book.store.close()
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_stats_tell_sizes_and_what_is_in_no_agreement(url: str, tmp_path: Path) -> None:
    found = {row["table"]: row for row in records("ledger", "stats", "--ledger", url)}
    assert found["all"]["slices"] == 2000
    assert found["measured"]["newest"] == "2026-06-02T09:05:00Z", "what is open since is told by its page"
    assert 0 < found["day"]["bytes_a_slice"] < 20
    agreement = file(tmp_path, facts.agreement("other"))
    done = monitors.run("ledger", "stats", "--ledger", url, "-f", agreement)
    assert done.stderr.startswith(f"in no agreement now: measurement {REQUESTS.key[:12]} (Measurement(")


def test_slices_go_out_and_come_in(url: str, tmp_path: Path) -> None:
    out, other = str(tmp_path / "out.parquet"), f"sqlite:///{tmp_path / 'other.db'}"
    ends = ("--from", "2026-06-01T12:00:00Z", "--until", "2026-06-02")
    done = monitors.run("ledger", "export", out, *ends, "--ledger", url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"720 slices are in {out}\n")
    for fresh, there in ((720, 0), (0, 720)):
        done = monitors.run("ledger", "import", out, "--ledger", other)
        assert done.stderr == f"{fresh} slices taken in; {there} were measured already, and stay\n"
    again = monitors.run("ledger", "export", out, "--ledger", url)
    assert (again.returncode, again.stderr) == (2, f"sla-monitor: {out} is there already: name a new file\n")


def test_a_ledger_is_copied(url: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    told = printed("ledger", "move", f"sqlite:///{other}", "--ledger", url)
    count, _, rest = told.partition(" ")
    assert rest.startswith(f"rows are in {other}: each of ")
    again = monitors.run("ledger", "move", f"sqlite:///{other}", "--ledger", url)
    assert again.returncode == 2
    assert f"is not empty ({count} rows)" in again.stderr


def test_what_is_past_keeping_goes(url: str, tmp_path: Path) -> None:
    """Of a ledger of half a year ago, in a measurement that is in no agreement."""
    kept = {"slices": "41d"}
    settings = {
        "ledger": {"url": url, "retention": kept},
        "agreements": {"paths": [file(tmp_path, facts.agreement("other"))]},
    }
    config = file(tmp_path, yaml.safe_dump(settings), "sla-monitor.yaml")
    done = monitors.run("ledger", "vacuum", "--config", config)
    assert done.returncode == 0, done.stderr
    told, sizes = done.stderr.splitlines()
    assert told == "days that lost their slices and keep their sums: 1; days gone: 0"
    assert re.fullmatch(r"\d+ bytes before, \d+ after", sizes)
    verified = monitors.run("verify", "--config", config)
    assert (verified.returncode, verified.stderr) == (
        0, "0 statements checked, 0 flaws found\ndays of slices past retention, of which only the sums are kept: 1\n",
    )  # fmt: skip
    again = monitors.run("ledger", "vacuum", "--ledger", url)
    assert re.fullmatch(r"\d+ bytes before, \d+ after\n", again.stderr), "without a limit it only compacts"
    kept["days"] = "41d"
    config = file(tmp_path, yaml.safe_dump(settings), "sla-monitor.yaml")
    assert monitors.run("ledger", "vacuum", "--config", config).stderr.endswith(" after\n")
    assert records("ledger", "stats", "--ledger", url)[-1]["slices"] == 0
    settings["agreements"] = {"paths": []}
    config = file(tmp_path, yaml.safe_dump(settings), "sla-monitor.yaml")
    nobody = monitors.run("ledger", "vacuum", "--config", config)
    assert nobody.returncode == 2
    assert "no agreements are named" in nobody.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("export", "x.parquet", "--from", "soon"), "--from: "),
        (("export", "x.parquet", "--from", "2026-06-02", "--until", "2026-06-01"), "--until is not after --from"),
        (("import", "/nowhere.parquet"), "cannot read /nowhere.parquet: "),
    ],
    ids=["no instant", "backwards", "no file"],
)
def test_what_is_wrong_is_told(url: str, arguments: tuple[str, ...], told: str) -> None:
    done = monitors.run("ledger", *arguments, "--ledger", url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sla-monitor: {told}")
