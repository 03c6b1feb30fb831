"""`baseline` and `simulate` as people type them, from a real Prometheus and a real ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.compliance.periods import rfc3339
from tests.cli.commands import DAY, TRAFFIC, clock, file, filled, printed, records, standing_at
from tests.faults import facts, monitors
from tests.rig.processes import Prometheus

DAILY = facts.agreement("cli", every="1m", window="day", target="98%")
CREDITS = "spec:\n  credits: {schedule: [{below: 99.9%, credit: 10%}], of: daily fee}"
LOOK = ("--over", "5d")


@pytest.fixture(scope="module", autouse=True)
def now() -> Iterator[None]:
    with standing_at("2025-10-26T01:30:00Z"):
        yield


@pytest.fixture(scope="module")
def url(prometheus: Prometheus) -> str:
    filled(prometheus.url)
    return prometheus.url


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> str:
    return file(tmp_path_factory.mktemp("daily"), DAILY.replace("spec:", CREDITS))


@pytest.fixture(scope="module")
def ledger(url: str, daily: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    where = f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ledger.db"
    printed("backfill", daily, "--prometheus", url, "--ledger", where, "--from", rfc3339((clock() // DAY - 6) * DAY))
    return where


def test_a_baseline(url: str, daily: str) -> None:
    events, seconds = records("baseline", daily, "--prometheus", url, *LOOK)
    assert list(events) == [
        "agreement", "objective", "method", "comparison", "target", "from", "until", "data_from", "windows", "counted",
        "kept", "worst", "typical", "tightest", "warnings",
    ]  # fmt: skip
    assert list(events["worst"]) == [
        "window", "start", "end", "attainment", "attainment_percent", "value", "coverage", "kept",
    ]  # fmt: skip
    down = 1 - TRAFFIC.broken / TRAFFIC.cycle
    assert seconds["tightest"]["always"] == pytest.approx(down, abs=1e-9), "down for as long in every hour"
    assert (seconds["counted"], seconds["kept"]) == (len(seconds["windows"]), len(seconds["windows"]))
    assert "fewer than 12" in seconds["warnings"][-1]


def test_a_baseline_from_the_ledger_says_the_same(url: str, daily: str, ledger: str) -> None:
    kept, asked = (records("baseline", daily, *LOOK, *where) for where in (("--ledger", ledger), ("--prometheus", url)))
    for one, other in zip(kept, asked, strict=True):
        assert {**one, "until": "", "from": ""} == {**other, "until": "", "from": ""}


def test_a_baseline_to_look_at(ledger: str, daily: str) -> None:
    told = printed("baseline", daily, "--ledger", ledger, *LOOK, COLUMNS="80")
    assert max(len(line) for line in told.splitlines()) <= 80
    assert told.startswith("shop/availability promises ≥ 98 % in every day\n")
    lines = told.splitlines()
    (worst,) = [line for line in lines if line.startswith("worst ")][1:]
    assert worst.startswith("worst 98.75 % in ")
    assert worst.endswith(", typical 98.75 %")
    assert "a target of 98.75 % would have been kept in every window" in lines
    assert "95 % of 4 windows are all of them" in lines
    assert "█" * 24 in told


def test_many_windows_are_not_all_shown(ledger: str, daily: str, tmp_path: Path) -> None:
    hourly = file(tmp_path, DAILY.replace("window: day", "window: hour"))
    told = printed("baseline", hourly, "--ledger", ledger, "--over", "4d")
    assert "the 40 worst of 95 windows; -o json and -o csv have all" in told.split("\n\n")[0]
    assert "a target of 98.75 % would have been kept in 91 of 95 windows (95 %)" in told
    rows = list(
        csv.DictReader(io.StringIO(printed("baseline", hourly, "--ledger", ledger, "--over", "4d", "-o", "csv")))
    )
    assert len(rows) == 2 * 95
    assert {row["kept"] for row in rows} == {"true"}


def test_nothing_to_look_back_at(ledger: str, daily: str) -> None:
    told = printed("baseline", daily, "--ledger", ledger, "--over", "2h")
    assert told.count("warning: no whole window lies between ") == 2


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("soon", "--over: not a duration such as 90s, 5m or 1h30m: 'soon'; write 90d, or 12 months"),
        ("11 years", "--over: '11 years' is not between a moment and 10 years"),
        ("0d", "--over: '0d' is not between a moment and 10 years"),
    ],
)
def test_a_length_that_is_none(daily: str, over: str, told: str) -> None:
    done = monitors.run("baseline", daily, "--prometheus", "http://127.0.0.1:9", "--over", over)
    assert (done.returncode, done.stderr) == (2, f"sla-monitor: {told}\n")


def sides(record: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["today"]["status"], one["changed"]["status"]) for one in record["windows"]}


def test_a_simulation(url: str, daily: str) -> None:
    asked = ("simulate", daily, "--prometheus", url, "--over", "4d", "--set", "reachable.target=99%")
    events, seconds = records(*asked)
    assert list(seconds) == ["agreement", "objective", "windows", "left_out", "sum"]
    assert sides(events) == {("met", "met")}
    assert sides(seconds) == {("met", "breached")}
    count = len(seconds["windows"])
    assert seconds["sum"]["today"] == {
        "windows": count, "kept": count, "breached": 0, "unknown": 0, "credit_percent": 10.0 * count,
    }  # fmt: skip
    assert seconds["sum"]["changed"]["breached"] == count


def test_each_window_is_what_evaluate_says_of_it(url: str, daily: str, ledger: str, tmp_path: Path) -> None:
    changed = file(tmp_path, Path(daily).read_text().replace("target: 98%", "target: 99%"), "changed.yaml")
    _, made = records("simulate", daily, "--ledger", ledger, "--over", "3d", "--against", changed)
    assert len(made["windows"]) >= 2
    for window in made["windows"]:
        for side, path in (("today", daily), ("changed", changed)):
            _, alone = records("evaluate", path, "--prometheus", url, "--period", window["window"])
            told = {**alone, "credit_percent": alone["credit"]["percent"]}
            assert window[side] == {name: told[name] for name in window[side]}


def test_set_and_another_file_are_two_ways_to_say_it(daily: str, ledger: str, tmp_path: Path) -> None:
    changed = file(tmp_path, Path(daily).read_text().replace("target: 98%", "target: 99%"), "changed.yaml")
    asked = ("simulate", daily, "--ledger", ledger, "--over", "3d", "-o", "csv")
    targets = ("--set", "availability.target=99%", "--set", "shop/reachable.target=99%")
    assert printed(*asked, "--against", changed) == printed(*asked, *targets)


def test_a_simulation_to_look_at(daily: str, ledger: str) -> None:
    told = printed(
        "simulate", daily, "--ledger", ledger, "--over", "3d", "--set", "reachable.target=99%",
        "--set", "credits.schedule.0.credit=20%", COLUMNS="80",
    )  # fmt: skip
    assert max(len(line) for line in told.splitlines()) <= 80
    lines = [line.split() for line in told.splitlines()]
    assert ["window", "today", "status", "credit", "changed", "status", "credit"] in lines
    assert [line[2:] for line in lines if line[:1] == ["*"] and "breached" in line] == [
        ["98.75", "%", "met", "10", "%", "98.75", "%", "breached", "20", "%"]
    ] * 2
    assert "today: 2 of 2 windows kept, 0 breached; credits 20 % of the daily fee" in told
    assert "changed: 0 of 2 windows kept, 2 breached; credits 40 % of the daily fee" in told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((), "say what is changed: by --set PLACE=VALUE, or by --against FILE"),
        (("--set", "a.b=1", "--against", "x.yaml"), "say what is changed: by --set PLACE=VALUE, or by --against FILE"),
        (("--set", "reachable"), "--set 'reachable' says no place and value: write OBJECTIVE.KEY=VALUE"),
        (("--set", "reachabel.target=1%"), "is called 'reachabel' (did you mean reachable?)"),
        (("--set", "credits.schedule.7.credit=1%"), "7 is none of the 1 entries there"),
        (
            ("--set", "reachable.target=99"),
            "with --set reachable.target=99 the agreements have faults:\n  {file}:15:15: target: 99 is not between",
        ),
    ],
)
def test_changes_that_cannot_be_made(daily: str, said: tuple[str, ...], told: str) -> None:
    done = monitors.run("simulate", daily, "--prometheus", "http://127.0.0.1:9", *said)
    assert done.returncode == 2
    assert told.format(file=daily) in done.stderr
