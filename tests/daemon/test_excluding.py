"""Exclusions while the daemon runs: declared to it, beside it, and seen of a real Alertmanager's silences."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.daemon.conftest import Make
from tests.faults import facts, monitors
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.rig.processes import Alertmanager, Prometheus

TRAFFIC = Traffic("excluding", broken=30)
SILENCES = """\
  exclusions:
    - {name: quiet, category: third-party, during: {silences: {matchers: ['sla_exclude="true"', 'service="shop"']}}}
"""


def written(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


def declaration(start: float, end: float, **changes: Any) -> dict[str, Any]:
    plain = {"agreement": "shop", "from": written(start), "until": written(end), "category": "maintenance"}
    return {**plain, "author": "ann", "reason": "disk swap", **changes}


def excluded(monitor: Monitor, objective: str = "reachable") -> int:
    return int(monitor.standing("shop", objective).get("excluded_seconds", -1))


def listed(monitor: Monitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = monitor.get("/api/v1/exclusions").json()
    return found


def post(monitor: Monitor, path: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(monitor.url + path, json=body, timeout=30, trust_env=False)


def test_what_is_declared_to_it_or_beside_it_counts_at_once(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    monitor.agree("shop", facts.agreement("excluding"))
    with facts.fed(prometheus.url, TRAFFIC, clock() - 3700):
        monitor.start()
        until("the first hour", lambda: monitor.standing("shop", "reachable").get("coverage") == 1)
        before, now = monitor.standing("shop", "reachable")["attainment"], clock() // 60 * 60
        assert before == pytest.approx(0.5, abs=0.02)

        # The first half of each of ten minutes is down: out of the hour go 300 s of downtime.
        spans = [(now - 1800 + 60 * k, now - 1800 + 60 * k + 30) for k in range(10)]
        answers = [post(monitor, "/api/v1/exclusions", declaration(*span)) for span in spans]
        assert [answer.status_code for answer in answers] == [201] * 10
        assert answers[0].json()["excluded"][0]["counted_seconds"] == 30
        assert excluded(monitor) == 300, "the answer came when it counted"
        after = monitor.standing("shop", "reachable")["attainment"]
        assert after == pytest.approx(1800 / 3300, abs=0.02)

        numbers = [answer.json()["id"] for answer in answers]
        gone = post(monitor, f"/api/v1/exclusions/{numbers[0]}/revoke", {"author": "bert", "reason": "wrong day"})
        assert (gone.status_code, excluded(monitor)) == (200, 270)

        shared = ("--config", str(monitor.config))
        span = ("--from", written(now - 600), "--until", written(now - 540))
        done = monitors.run("exclude", "add", "shop", *span, "--author", "carl", "--reason", "beside it", *shared)
        assert done.returncode == 0, done.stderr
        until("the monitor sees it", lambda: excluded(monitor) == 330)
        (mine,) = (one for one in listed(monitor) if one["author"] == "carl")
        done = monitors.run("exclude", "revoke", str(mine["id"]), "--author", "carl", "--reason", "never mind", *shared)
        assert done.returncode == 0, done.stderr
        until("and that it is gone", lambda: excluded(monitor) == 270)

        monitor.kill()
        monitor.start()
        until("it is known after a restart", lambda: excluded(monitor) == 270)
        told = monitors.run("exclude", "list", "-o", "json", *shared)
        assert [one["revoked"] is not None for one in json.loads(told.stdout)] == [True, *[False] * 9, True]


def test_nobody_declares_over_an_address_that_is_open_to_others(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    port = monitor.address.rpartition(":")[2]
    monitor.sections = {"web": {"listen": f"0.0.0.0:{port}", "unauthenticated": True}}
    monitor.agree("shop", facts.agreement("excluding"))
    monitor.start()
    answer = post(monitor, "/api/v1/exclusions", declaration(clock() - 60, clock()))
    assert answer.status_code == 403
    assert "sla-monitor exclude add" in answer.json()["detail"]
    assert listed(monitor) == []


class Silencer:
    """Somebody at an Alertmanager."""

    def __init__(self, server: Alertmanager) -> None:
        self.url = f"{server.url}/api/v2"

    def silence(self, end: float, id_: str | None = None, **labels: str) -> str:
        matchers = [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()]
        body = {"matchers": matchers, "startsAt": written(clock()), "endsAt": written(end), "createdBy": "dora"}
        answer = httpx.post(
            f"{self.url}/silences", json={**body, "comment": "provider moves", "id": id_}, timeout=10, trust_env=False
        )
        answer.raise_for_status()
        return str(answer.json()["silenceID"])

    def expire(self, id_: str) -> None:
        httpx.delete(f"{self.url}/silence/{id_}", timeout=10, trust_env=False).raise_for_status()

    def told(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/silence/{id_}", timeout=10, trust_env=False).json()
        return found


def test_silences_are_kept_from_when_they_were_seen(make: Make, prometheus: Prometheus, tmp_path: Path) -> None:
    with Alertmanager(tmp_path / "alertmanager") as server, facts.fed(prometheus.url, TRAFFIC, clock() - 3700):
        silencer = Silencer(server)
        monitor = make(prometheus.url, alerting={"alertmanagers": [server.url]})
        monitor.agree("shop", facts.agreement("excluding") + SILENCES)
        monitor.start()
        silencer.silence(clock() + 3600, service="shop")
        silencer.silence(clock() + 3600, sla_exclude="true", service="search")
        meant = silencer.silence(clock() + 3600, sla_exclude="true", service="shop")
        (kept,) = until("the silence", lambda: listed(monitor))
        assert (kept["name"], kept["author"], kept["reason"]) == ("quiet", "dora", "provider moves")
        assert kept["from"][:19] == silencer.told(meant)["startsAt"][:19]
        until("it excludes", lambda: excluded(monitor) > 2)

        silencer.expire(meant)
        ended = silencer.told(meant)["endsAt"][:19]
        until("what was silenced in the end", lambda: listed(monitor)[0]["until"][:19] == ended)
        seconds = excluded(monitor)
        assert 0 < seconds < 60

        server.stop()
        until("it is told", lambda: monitor.events("silences_unknown"))
        monitor.kill()
        monitor.start()
        until("what was kept still counts", lambda: excluded(monitor) == seconds)
        assert [one["until"][:19] for one in listed(monitor)] == [ended]
        assert len(monitor.events("silence_kept")) == 2, "as it was made, and as it ended"


def test_silences_that_nobody_can_see_are_told(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    monitor.agree("shop", facts.agreement("excluding"))
    monitor.start()
    monitor.agree("shop", facts.agreement("excluding") + SILENCES)
    (told,) = until("a warning", lambda: monitor.events("silences_not_seen"))
    assert "alerting.alertmanagers is empty" in told["why"]
