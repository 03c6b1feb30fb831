"""`explain` as people type it, from a real Prometheus and a real ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sla_monitor.compliance.periods import rfc3339
from tests.cli.commands import DAY, clock, file, filled, printed, records, standing_at
from tests.faults import facts, monitors
from tests.rig.processes import Prometheus

DAILY = facts.agreement("cli", every="1m", window="day", target="98%")
PREVIOUS = ("--period", "previous")


@pytest.fixture(scope="module", autouse=True)
def now() -> Iterator[None]:
    with standing_at("2025-03-01T00:00:30Z"):
        yield


@pytest.fixture(scope="module")
def url(prometheus: Prometheus) -> str:
    filled(prometheus.url)
    return prometheus.url


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> str:
    return file(tmp_path_factory.mktemp("daily"), DAILY)


@pytest.fixture(scope="module")
def ledger(url: str, daily: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Measured from the noon of the day before yesterday on."""
    where = f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ledger.db"
    since = rfc3339((clock() // DAY - 2) * DAY + DAY // 2)
    printed("backfill", daily, "--prometheus", url, "--ledger", where, "--from", since)
    return where


def test_the_ledger_explains_what_prometheus_does(url: str, daily: str, ledger: str) -> None:
    asked = ("explain", "shop", "reachable", "-f", daily, *PREVIOUS)
    (kept,), (now,) = (records(*asked, *where) for where in (("--ledger", ledger), ("--prometheus", url)))
    for one in (kept, now):
        one["standing"].pop("at")
    assert kept == now
    assert list(kept) == ["agreement", "objective", "title", "standing", "steps"]
    steps = {step["name"]: step["lines"] for step in kept["steps"]}
    # 45 s down in every hour of a day.
    assert [line["amount"] for line in steps["number"][:3]] == [86_400, 24 * 45, 86_400 - 24 * 45]
    assert steps["number"][3]["text"] == "good ÷ all = 85,320 ÷ 86,400 = 0.9875 = 98.75 %"
    assert len([line for line in steps["worst"] if line["amount"] == 45]) == 10


def test_every_query_is_told(url: str, daily: str, ledger: str) -> None:
    asked = ("explain", "shop", "availability", "-f", daily, *PREVIOUS)
    for where in (("--ledger", ledger), ("--prometheus", url)):
        told = printed(*asked, *where)
        assert '\n     sum(increase(last_over_time(http_requests_total{job="cli"}[75s])[60001ms:15s]))\n' in told


def test_what_nobody_asked_for_is_told_apart(daily: str, ledger: str) -> None:
    day = rfc3339((clock() // DAY - 2) * DAY)[:10]
    told = printed("explain", "shop", "reachable", "-f", daily, "--ledger", ledger, "--period", day)
    assert "   + 43,200 s  unknown: never asked for (the monitor was away, and has not caught up)" in told
    assert f"   Never asked for: {day} 00:00 UTC, 12 h" in told


def test_forms(daily: str, ledger: str) -> None:
    asked = ("explain", "shop", "availability", "-f", daily, "--ledger", ledger, *PREVIOUS)
    as_json = records(*asked)
    assert yaml.safe_load(printed(*asked, "-o", "yaml")) == as_json
    rows = list(csv.DictReader(io.StringIO(printed(*asked, "-o", "csv"))))
    assert [row["text"] for row in rows] == [line["text"] for step in as_json[0]["steps"] for line in step["lines"]]
    assert printed(*asked, "-o", "markdown").startswith(f"# shop: availability, {rows[0]['window']}\n\n**Met: ")
    table = printed(*asked, COLUMNS="70")
    assert max(len(line) for line in table.splitlines() if not line.startswith("     ")) <= 70
    assert "\x1b" not in table


def test_several_windows(daily: str, ledger: str) -> None:
    month = rfc3339(clock() - DAY)[:7]
    made = records("explain", "shop", "availability", "-f", daily, "--ledger", ledger, "--period", month)
    assert {one["standing"]["window"]["label"][:7] for one in made} == {month}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("shap", "reachable"), "no agreement is called 'shap'; there are: shop"),
        (("shop", "reach"), "shop has no objective called 'reach'; there are: availability, reachable"),
    ],
)
def test_what_there_is_not(daily: str, names: tuple[str, str], told: str) -> None:
    done = monitors.run("explain", *names, "-f", daily, "--ledger", "sqlite:///nowhere.db")
    assert (done.returncode, done.stderr) == (2, f"sla-monitor: {told}\n")


def test_a_ledger_that_is_not_there(daily: str, tmp_path: Path) -> None:
    done = monitors.run("explain", "shop", "reachable", "-f", daily, "--ledger", f"sqlite:///{tmp_path}/none.db")
    assert done.returncode != 0
    assert "there is no ledger at" in done.stderr
