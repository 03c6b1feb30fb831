"""Templates on the command line: customers who are listed, and those whom a real Prometheus tells of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import file, printed, records
from tests.faults import monitors
from tests.faults.facts import clock
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push

HOUR, DAY = 3600, 86_400
TEMPLATE = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {name: many}
spec:
  discover: {query: 'group by (tenant) (up{job="many"})', label: tenant, name: 'many-{{tenant}}'}
  template:
    title: For {{tenant}}
    objectives:
      - {name: reachable, target: 99%, window: {rolling: 2d}, slice: 5m, indicator: {probe: {series: 'up{job="many"}'}}}
"""
LISTED = """\
  customers:
    - {name: Acme, match: {tenant: acme}}
    - {name: Bock, match: {tenant: bock}, overrides: {objectives: [{name: reachable, target: 40%}]}}
"""
SAID = TEMPLATE.splitlines()[4]
MANY = TEMPLATE.replace(f"{SAID}\n", LISTED)


@pytest.fixture(scope="module")
def gone() -> int:
    """When dora was seen for the last time: some 30 hours ago, and not when a day had just begun."""
    at = clock() // 60 * 60 - 30 * HOUR
    return at if at % DAY >= 2 * HOUR else at - 2 * HOUR


@pytest.fixture(scope="module")
def url(prometheus: Prometheus, gone: int) -> str:
    """acme is up, bock half of the time; carl came ten hours ago, and dora has gone."""
    now = clock() // 60 * 60
    push(
        prometheus.url,
        [
            tenant("acme", now - 3 * DAY, now, 0),
            tenant("bock", now - 3 * DAY, now, 600),
            tenant("carl", now - 10 * HOUR, now, 0),
            tenant("dora", now - 3 * DAY, gone, 0),
        ],
    )
    return prometheus.url


def tenant(name: str, first: int, last: int, down: int) -> Series:
    """A sample each 15 s; of each 20 minutes the first `down` seconds are down."""
    at = np.arange(first, last + 1, 15, dtype=np.int64)
    labels = {"__name__": "up", "job": "many", "instance": "a", "tenant": name}
    return Series(labels, at * 1000, (at % 1200 >= down).astype(float))


def test_customers_who_are_listed(url: str, tmp_path: Path):
    path = file(tmp_path, MANY)
    acme, bock = records("evaluate", path, "--prometheus", url, "--resolution", "15s")

    assert (acme["agreement"], acme["customer"], acme["status"]) == ("many-acme", "Acme", "met")
    assert (bock["agreement"], bock["status"], bock["target"]) == ("many-bock", "met", 0.4)
    assert bock["attainment"] == pytest.approx(0.5, abs=0.01)
    assert "for 2 objectives, 2 rows" in printed("plan", path), "all are asked for at once"


def test_customers_who_are_found(url: str, tmp_path: Path):
    path = file(tmp_path, TEMPLATE)
    found = {one["customer"]: one for one in records("evaluate", path, "--prometheus", url, "--resolution", "15s")}

    assert {name: one["status"] for name, one in found.items()} == {
        "acme": "met", "bock": "breached", "carl": "met", "dora": "ended",
    }  # fmt: skip
    assert found["acme"]["known_seconds"] == pytest.approx(2 * DAY, abs=900)
    assert found["carl"]["known_seconds"] == pytest.approx(10 * HOUR, abs=900)
    assert found["carl"]["coverage"] > 0.98, "nothing is unknown from before it came"
    assert found["dora"]["reason"].startswith("the agreement ended ")
    assert found["dora"]["reason"].endswith(", when its customer was last seen")


def test_check_and_plan_tell_how_they_are_found(url: str, tmp_path: Path):
    path = file(tmp_path, TEMPLATE)
    done = monitors.run("check", path)
    assert (done.returncode, done.stderr) == (
        0, "0 agreements sound, 1 template whose customers are found while the monitor runs, 0 faults\n",
    )  # fmt: skip

    online = printed("check", path, "--online", "--prometheus", url)
    assert "many: 3 customers by tenant: acme, bock, carl\n" in online
    assert "many-acme/reachable: fine" in online

    planned = json.loads(printed("plan", path, "-o", "json"))
    assert planned[0]["asked"] == "always, to find the customers of many"
    assert planned[0]["query"] == 'group by (tenant) (up{job="many"})'
    assert any("by (tenant)" in one["query"] and one["objectives"] == 2 for one in planned[1:]), "together"
    assert "always, to find the customers of many: every 60 s, a row each, 1,440 points" in printed("plan", path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEMPLATE.replace("tenant, name", "job, name").replace("{{tenant}}", "{{job}}"), "without the label 'job'"),
        (TEMPLATE.replace("group by (tenant) (up", "nothing(up"), "unknown function"),
    ],
)
def test_check_tells_what_is_wrong_with_the_query(text: str, told: str, url: str, tmp_path: Path):
    done = monitors.run("check", file(tmp_path, text), "--online", "--prometheus", url)
    assert (done.returncode, told in done.stdout) == (1, True), done.stdout


def test_backfill_looks_and_status_remembers(url: str, tmp_path: Path):
    path, ledger = file(tmp_path, TEMPLATE), f"sqlite:///{tmp_path}/ledger.db"
    never = monitors.run("status", "-f", file(tmp_path, MANY, "listed.yaml"), "--ledger", ledger)
    assert never.returncode == 2, "there is no ledger yet"
    printed("backfill", path, "--ledger", ledger, "--prometheus", url, "--resolution", "15s")

    found = {one["customer"]: one["status"] for one in json.loads(
        printed("status", "-f", path, "--ledger", ledger, "-o", "json"))}  # fmt: skip
    assert found == {"acme": "met", "bock": "breached", "carl": "met", "dora": "ended"}, "it looked at the past too"
    stats = monitors.run("ledger", "stats", "-f", path, "--ledger", ledger)
    assert (stats.returncode, stats.stderr) == (0, ""), "what is asked for customers is in an agreement"
    assert "For bock: reachable" in printed("explain", "many-bock", "reachable", "-f", path, "--ledger", ledger)


def test_the_last_statement_of_who_has_gone_holds(url: str, gone: int, tmp_path: Path):
    """It is of the part of the day that dora was there, and verify reads its agreement from its own text."""
    path, ledger = file(tmp_path, TEMPLATE.replace("{rolling: 2d}", "day")), f"sqlite:///{tmp_path}/ledger.db"
    printed("backfill", path, "--ledger", ledger, "--prometheus", url, "--resolution", "15s")
    day = datetime.fromtimestamp(gone, UTC).date().isoformat()
    config = file(tmp_path, "schedule: {grace: 0s}", "settings.yaml")
    shared = ("-f", path, "--ledger", ledger, "--config", config)
    said = json.loads(printed("statement", "many-dora", "--period", day, *shared, "--format", "json"))

    (stated,) = said["content"]["objectives"]
    assert (stated["status"], stated["terms"]["target"]) == ("met", "0.99")
    assert stated["known_seconds"] == pytest.approx(gone % DAY, abs=600)
    assert said["content"]["parties"]["until"].startswith(day)
    verified = monitors.run("verify", "--ledger", ledger)
    assert verified.returncode == 0, verified.stdout


def test_a_ledger_in_which_nobody_looked(url: str, tmp_path: Path):
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    listed, path = file(tmp_path, MANY, "listed.yaml"), file(tmp_path, TEMPLATE.replace("many", "much"))
    printed("backfill", listed, "--ledger", ledger, "--prometheus", url, "--resolution", "15s")
    done = monitors.run("status", "-f", path, "--ledger", ledger)

    assert done.returncode == 2
    assert "much: nobody has looked for its customers yet: start sla-monitor run, or backfill\n" in done.stderr
