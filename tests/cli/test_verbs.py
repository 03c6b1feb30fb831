"""What verbs print, from a real Prometheus and a real ledger."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.commands import DAY, TRAFFIC, file, filled, printed, records
from tests.faults import facts, monitors
from tests.faults.facts import clock
from tests.rig.processes import Prometheus

SOUND = facts.agreement("cli", every="1m", window="{rolling: 7d}", target="98%")
KEYS = {
    "agreement": str, "objective": str, "service": str, "customer": str, "method": str, "unit": str,
    "window": {"kind": str, "label": str, "start": str, "end": str, "complete": bool},
    "at": str, "target": float, "attainment": float, "attainment_percent": str, "attainment_bounds": list,
    "value": type(None), "comparison": str, "good": float, "total": float, "bad": float, "coverage": float,
    "known_seconds": int, "unknown_seconds": int, "excluded_seconds": int,
    "budget": {"allowed": float, "used": float, "remaining": float, "remaining_ratio": float},
    "burn_rates": {"5m": float, "30m": float, "1h": float, "2h": float, "6h": float, "1d": float, "3d": float},
    "projection": {"attainment_at_end": float, "exhaustion": (str, type(None)),
                   "max_further_downtime_seconds": (float, type(None)), "breach_certain": bool},
    "status": str, "reason": str, "credit": type(None), "amendments": list,
}  # fmt: skip


@pytest.fixture(scope="module")
def url(prometheus: Prometheus) -> str:
    filled(prometheus.url)
    return prometheus.url


@pytest.fixture(scope="module")
def ledger(url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The URL of a filled ledger, and the agreement that it was filled for."""
    folder = tmp_path_factory.mktemp("ledger")
    agreement, where = file(folder, SOUND), f"sqlite:///{folder}/ledger.db"
    printed("backfill", agreement, "--prometheus", url, "--ledger", where, "--from", _days_ago(8))
    return where, agreement


def _days_ago(days: int) -> str:
    from sla_monitor.compliance.periods import rfc3339  # noqa: PLC0415

    return rfc3339((clock() // DAY - days) * DAY)


def shape(value: Any, wanted: Any, place: str = "") -> None:
    """The same keys in the same order, values of these types."""
    if isinstance(wanted, dict):
        assert list(value) == list(wanted), place
        for key, inner in wanted.items():
            shape(value[key], inner, f"{place}.{key}")
    else:
        assert isinstance(value, wanted), f"{place} is {value!r}"


def test_evaluate_as_json(url: str, tmp_path: Path) -> None:
    (events, seconds) = records("evaluate", file(tmp_path, SOUND), "--prometheus", url)
    shape(events, KEYS)
    shape(seconds, KEYS)
    assert (events["agreement"], events["objective"], events["unit"]) == ("shop", "availability", "events")
    assert seconds["attainment"] == pytest.approx(1 - TRAFFIC.broken / TRAFFIC.cycle, abs=1e-4)
    assert events["attainment"] == pytest.approx(1 - TRAFFIC.broken / TRAFFIC.cycle / 7, abs=1e-5)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", seconds["at"])


def test_status_as_json_says_the_same(url: str, ledger: tuple[str, str]) -> None:
    where, agreement = ledger
    kept = records("status", "-f", agreement, "--ledger", where)
    for one in kept:
        shape(one, KEYS)
    asked = records("evaluate", agreement, "--prometheus", url, "--at", kept[0]["at"])
    assert kept == asked


def test_status_of_one(ledger: tuple[str, str]) -> None:
    where, agreement = ledger
    assert len(records("status", "shop", "-f", agreement, "--ledger", where)) == 2


@pytest.mark.parametrize(("fail_on", "code"), [("breached", 0), ("at_risk", 0), ("unknown", 0)])
def test_a_kept_promise_fails_nothing(ledger: tuple[str, str], fail_on: str, code: int) -> None:
    where, agreement = ledger
    printed("status", "-f", agreement, "--ledger", where, "--fail-on", fail_on, code=code)


def test_a_broken_promise(url: str, tmp_path: Path) -> None:
    broken = file(tmp_path, SOUND.replace("98%", "99.99%"))
    printed("evaluate", broken, "--prometheus", url)
    printed("evaluate", broken, "--prometheus", url, "--fail-on", "breached", code=1)


def test_the_forms_say_the_same(url: str, tmp_path: Path) -> None:
    asked = ("evaluate", file(tmp_path, SOUND), "--prometheus", url, "--at", _days_ago(1))
    as_json = records(*asked)
    assert yaml.safe_load(printed(*asked, "-o", "yaml")) == json.loads(json.dumps(as_json))
    rows = list(csv.DictReader(io.StringIO(printed(*asked, "-o", "csv"))))
    assert [float(row["attainment"]) for row in rows] == [one["attainment"] for one in as_json]
    assert [row["window_complete"] for row in rows] == ["false", "false"]
    table = printed(*asked, COLUMNS="120")
    assert all(f"{one['attainment_percent']} %" in table for one in as_json)


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_tables_fit(url: str, tmp_path: Path, columns: int) -> None:
    broken = file(tmp_path, SOUND.replace("98%", "99.99%").replace("name: shop", "name: " + "a-long-name-" * 4 + "x"))
    told = printed("evaluate", broken, "--prometheus", url, COLUMNS=str(columns))
    assert max(len(line) for line in told.splitlines()) <= columns
    assert "breached" in told
    assert "error budget" in " ".join(told.split())
    assert "\x1b" not in told


@pytest.mark.parametrize("period", ["previous", "current"])
def test_periods(url: str, tmp_path: Path, period: str) -> None:
    weekly = file(tmp_path, SOUND.replace("{rolling: 7d}", "day"))
    (one, _) = records("evaluate", weekly, "--prometheus", url, "--period", period)
    assert one["window"]["complete"] is (period == "previous")


def test_a_named_period(url: str, tmp_path: Path) -> None:
    daily = file(tmp_path, SOUND.replace("{rolling: 7d}", "day"))
    day = _days_ago(2)[:10]
    (one, _) = records("evaluate", daily, "--prometheus", url, "--period", day)
    assert (one["window"]["label"], one["window"]["complete"], one["coverage"]) == (day, True, 1.0)


def test_plan_shows_shared_queries_once(url: str, tmp_path: Path) -> None:
    twice = SOUND + "---\n" + SOUND.replace("name: shop", "name: other")
    told = printed("plan", file(tmp_path, twice), "--prometheus", url, "--resolution", "15s", COLUMNS="80")
    lines = told.splitlines()
    queries = [line.strip() for line in lines if line.startswith("    ")]
    assert len(queries) == len(set(queries)) == 5
    assert 'sum(increase(last_over_time(http_requests_total{job="cli"}[75s])[60001ms:15s]))' in queries
    assert all("for 2 objectives" in line for line in lines if not line.startswith("    "))


def test_plan_shows_the_conditions_of_exclusions(tmp_path: Path) -> None:
    """The flag is that of another agreement's objective, too."""
    flagged = SOUND + "  exclusions: [{name: flagged, during: {query: 'max(flag) == 1'}}]\n"
    told = printed("plan", file(tmp_path, flagged), "--resolution", "15s", "--prometheus", "http://127.0.0.1:9")
    head, query = next(
        pair for pair in zip(told.splitlines()[::2], told.splitlines()[1::2], strict=True) if "flag" in pair[1]
    )
    assert query == "    count(max(flag) == 1) or vector(0)"
    assert " every 15 s for 1 exclusion, " in head


def test_plan_asks_nobody(tmp_path: Path) -> None:
    plan = records("plan", file(tmp_path, SOUND), "--prometheus", "http://127.0.0.1:9")
    assert list(plan[0]) == [
        "source", "asked", "every_seconds", "rows", "points_a_day", "samples_a_day_and_series", "bytes_a_day",
        "objectives", "exclusions", "query",
    ]  # fmt: skip


def test_plan_shows_one_query_for_many_customers(url: str, tmp_path: Path) -> None:
    names = ("cli", "shop", "mill")
    many = "---\n".join(SOUND.replace("name: shop", f"name: of-{name}").replace('"cli"', f'"{name}"') for name in names)
    plan = records("plan", file(tmp_path, many), "--prometheus", url, "--resolution", "15s", "--cost")
    assert {(row["objectives"], row["rows"]) for row in plan} == {(3, 3)}
    assert sum("by (job)" in row["query"] and 'job=~"cli|mill|shop"' in row["query"] for row in plan) == len(plan) == 5
    read = [row["samples"] for row in plan if "http_requests_total" in row["query"]]
    assert all(samples > 0 for samples in read)
    assert all(row["seconds"] > 0 for row in plan)


def test_backfill_goes_on_where_it_stopped(url: str, tmp_path: Path) -> None:
    command = ["backfill", file(tmp_path, SOUND), "--prometheus", url, "--ledger", f"sqlite:///{tmp_path}/l.db"]
    first = monitors.run(*command, "--from", _days_ago(1))
    again = monitors.run(*command, "--from", _days_ago(3), "--until", _days_ago(0))
    assert first.stderr.startswith("measured ")
    assert again.stderr == "measured 4 of 4 days\n", "two days of two measurements; the third was there"
    assert monitors.run(*command, "--from", _days_ago(3), "--until", _days_ago(0)).stderr == "measured 0 of 0 days\n"


def test_no_progress_bar_where_nobody_looks(url: str, tmp_path: Path) -> None:
    done = monitors.run("evaluate", file(tmp_path, SOUND), "--prometheus", url)
    assert done.stderr == ""


def test_schema_is_the_shipped_one() -> None:
    shipped = Path(__file__).parents[2] / "config" / "agreement.schema.json"
    assert json.loads(printed("schema")) == json.loads(shipped.read_text())


def test_config_tells_where_a_setting_comes_from_in_the_end(tmp_path: Path) -> None:
    settings = file(tmp_path, "schedule: {tick: 1m}\nlog: {level: error}\n", "s.yaml")
    shown = yaml.safe_load(printed("config", "--config", settings, SLA_MONITOR_LOG__LEVEL="debug"))
    assert (shown["schedule"]["tick"], shown["log"]["level"], shown["web"]["listen"]) == (60, "debug", "127.0.0.1:9797")
    shown = yaml.safe_load(printed("config", SLA_MONITOR_CONFIG=settings))
    assert shown["schedule"]["tick"] == 60


def test_rules_and_dashboards_are_files_for_their_servers(tmp_path: Path) -> None:
    rules = yaml.safe_load(printed("rules"))
    assert {group["name"] for group in rules["groups"]} >= {"sla-agreements", "sla-monitor"}
    assert yaml.safe_load(printed("rules", "--kubernetes"))["kind"] == "PrometheusRule"
    (path,) = printed("dashboards", "--out", str(tmp_path / "boards")).split()
    assert json.loads(Path(path).read_text())["panels"]


VERBS = ("run", "init", "check", "plan", "evaluate", "status", "explain", "backfill", "statement", "statements",
         "restate", "verify", "baseline", "simulate", "rules", "dashboards", "schema", "config", "exclude",
         "ledger")  # fmt: skip
INNER = {"exclude": ("add", "list", "revoke"), "ledger": ("stats", "move", "export", "import", "vacuum")}
SINGLE = [*(one for one in VERBS if one not in INNER), *(f"{a} {b}" for a, several in INNER.items() for b in several)]


@pytest.mark.parametrize("verb", SINGLE)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    told = printed(*verb.split(), "--help", COLUMNS="100")
    assert "Example: " in told
    assert f"sla-monitor {verb}" in " ".join(told.split("Example: ")[1].split())
    assert max(len(line) for line in told.splitlines()) <= 100


def test_help_lists_every_verb_and_the_exit_codes() -> None:
    told = printed("--help", COLUMNS="100")
    assert re.findall(r"(?m)^│ ([a-z]+) ", told) == list(VERBS)
    assert "Exit codes: 0 fine" in told


def test_check_gives_advice_and_fails_nothing_for_it(tmp_path: Path) -> None:
    agreement = file(tmp_path, SOUND)
    told = printed("check", agreement).splitlines()

    assert f"{agreement}:4:1: advice: nobody owns this agreement (name a contact with role: owner)" in told
    assert all(": advice: " in line for line in told)
