"""From a broken promise to one page, and from a kept one to one all-clear; with rules beside it, no second."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.publishing.alerts import LIFETIME
from tests.daemon.conftest import Make
from tests.faults import facts, monitors
from tests.faults.clocks import Clock
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.rig.children import HOST
from tests.rig.processes import Alertmanager, Prometheus, PrometheusSetup

TRAFFIC = Traffic("alerting", broken=30)
BREACHED = ("SLABreached", "shop")
START_SECONDS, HOUR = 40, 3600


class Pager(ThreadingHTTPServer):
    """What a receiver of Alertmanager is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Taking)
        self.told: list[dict[str, Any]] = []

    def count(self, status: str) -> Counter[tuple[str, str]]:
        return Counter(
            (alert["labels"]["alertname"], alert["labels"].get("agreement", ""))
            for message in self.told
            for alert in message["alerts"]
            if alert["status"] == status
        )


class _Taking(BaseHTTPRequestHandler):
    server: Pager

    def do_POST(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests count."""


@pytest.fixture
def pager() -> Iterator[Pager]:
    server = Pager()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def alertmanager(pager: Pager, tmp_path: Path) -> Iterator[Alertmanager]:
    with Alertmanager(tmp_path / "alertmanager", webhook=f"http://{HOST}:{pager.server_port}/") as server:
        yield server


def promising(make: Make, url: str, alertmanager: Alertmanager, resend: int = 4) -> Monitor:
    alerting = {"alertmanagers": [alertmanager.url], "resend": resend, "labels": {"team": "web"}}
    monitor = make(url, alerting=alerting)
    monitor.agree("shop", facts.agreement("alerting", target="99%"))
    return monitor


def active(alertmanager: Alertmanager) -> set[tuple[str, str]]:
    return {(a["labels"]["alertname"], a["labels"]["objective"]) for a in alertmanager.alerts()}


def test_one_page_and_one_all_clear(
    make: Make, prometheus: Prometheus, alertmanager: Alertmanager, pager: Pager, tmp_path: Path
) -> None:
    monitor = promising(make, prometheus.url, alertmanager)
    written = monitors.run("rules", "--config", str(prepared(monitor)))
    assert written.returncode == 0, written.stderr
    rules = tmp_path / "rules.yaml"
    rules.write_text(written.stdout)
    scraping = PrometheusSetup(
        scrape_interval="3s",
        evaluation_interval="1s",
        scrape_configs=[{"job_name": "sla-monitor", "static_configs": [{"targets": [monitor.address]}]}],
        rule_files=[rules],
        alertmanagers=[alertmanager.address],
    )
    with (
        facts.fed(prometheus.url, TRAFFIC, clock() - 3700),
        monitor,
        Prometheus(tmp_path / "second", scraping) as second,
    ):
        until("the page", lambda: pager.count("firing")[BREACHED] >= 1)
        fires = 'ALERTS{alertname="SLABreached",alertstate="firing",objective="reachable",team="web"}'
        until("the rule fires as well", lambda: second.ask(fires, clock()))
        until(
            "it was told again", lambda: (monitor.metric("sla_monitor_alerts_sent_total", result="success") or 0) >= 8
        )
        assert active(alertmanager) >= {("SLABreached", "reachable"), ("SLABreached", "availability")}
        assert pager.count("firing")[BREACHED] == 2, "one for each of the two objectives"
        assert pager.count("resolved")[BREACHED] == 0
        monitor.agree("shop", facts.agreement("alerting", target="10%"))
        until("the promise is kept", lambda: {s["status"] for s in monitor.standings()} == {"met"})
        until("the all-clear", lambda: pager.count("resolved")[BREACHED] >= 2)
        until("no alert is left", lambda: not any(name == "SLABreached" for name, _ in active(alertmanager)))
    assert pager.count("firing")[BREACHED] == 2
    assert pager.count("resolved")[BREACHED] == 2


def prepared(monitor: Monitor) -> Path:
    monitor.prepare()
    return monitor.config


def begins(alertmanager: Alertmanager) -> set[str]:
    return {
        alert["startsAt"]
        for alert in alertmanager.alerts()
        if (alert["labels"]["alertname"], alert["labels"]["objective"]) == ("SLABreached", "reachable")
    }


def test_a_restart_pages_nobody_again(
    make: Make, prometheus: Prometheus, alertmanager: Alertmanager, pager: Pager
) -> None:
    """After four resends without word an alert is rightly over: no start, however busy the machine, takes so long."""
    monitor = promising(make, prometheus.url, alertmanager, resend=START_SECONDS // LIFETIME)
    with facts.fed(prometheus.url, TRAFFIC, clock() - 3700):
        monitor.start()
        until("the page", lambda: pager.count("firing")[BREACHED] == 2)
        began = begins(alertmanager)
        assert len(began) == 1
        for _ in range(2):
            monitor.kill()
            monitor.start()
            sent = until("it is told again", lambda: monitor.metric("sla_monitor_alerts_sent_total", result="success"))
            assert sent
        monitor.leave()
    assert begins(alertmanager) == began
    assert pager.count("firing")[BREACHED] == 2
    assert pager.count("resolved")[BREACHED] == 0


def test_an_alertmanager_that_is_away(make: Make, prometheus: Prometheus, alertmanager: Alertmanager) -> None:
    alertmanager.stop()
    monitor = promising(make, prometheus.url, alertmanager)
    with facts.fed(prometheus.url, TRAFFIC, clock() - 3700):
        monitor.start()
        until("the failure", lambda: monitor.metric("sla_monitor_alerts_sent_total", result="failed"))
        assert monitor.events("alertmanager_unreachable")
        until("it is ready all the same", monitor.ready)
        alertmanager.start()
        until("the alert", lambda: ("SLABreached", "reachable") in active(alertmanager))


@pytest.mark.parametrize("steps", [(-HOUR, 0), (HOUR, 0, -HOUR)], ids=["behind", "ahead"])
def test_a_clock_that_is_an_hour_off(
    make: Make, prometheus: Prometheus, alertmanager: Alertmanager, pager: Pager, steps: tuple[int, ...]
) -> None:
    """One page at once and one all-clear, though the monitor's clock is put right, or wrong, in between."""
    monitor = promising(make, prometheus.url, alertmanager)
    monitor.agree("shop", facts.agreement("alerting", window="{rolling: 3h}"))
    off = Clock(monitor.folder / "off")
    off.step(steps[0])
    monitor.extra = off.environment
    with facts.fed(prometheus.url, TRAFFIC, clock() - 4 * HOUR), monitor:
        until("the page", lambda: pager.count("firing")[BREACHED] == 2)
        told = monitor.events("clock_apart_from_alertmanager")
        assert abs(told[0]["seconds"] - steps[0]) <= 5
        for step in steps[1:]:
            off.step(step)
            at = sent(monitor)
            until("it was told again", lambda at=at: sent(monitor) >= at + 4)
            assert active(alertmanager) >= {("SLABreached", "reachable"), ("SLABreached", "availability")}
        monitor.agree("shop", facts.agreement("alerting", target="10%", window="{rolling: 3h}"))
        until("the all-clear", lambda: pager.count("resolved")[BREACHED] >= 2)
    assert pager.count("firing")[BREACHED] == pager.count("resolved")[BREACHED] == 2


def sent(monitor: Monitor) -> float:
    return monitor.metric("sla_monitor_alerts_sent_total", result="success") or 0
