"""The demo from the first server to the alert, in the order in which the parts need each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from deploy.demo.history import History
from deploy.demo.live import scrape_configs
from deploy.demo.servers import Live, Monitor, finish, quietly, verb
from deploy.demo.shop import DAY, HISTORY_DAYS, RESOLUTION
from deploy.demo.telling import long_stage, stage, told
from tests.rig.children import Server, StartFailedError, command
from tests.rig.processes import Alertmanager, Prometheus, PrometheusSetup

AGREEMENTS = Path(__file__).parent / "agreements"
AMENDED = "2026-11-15"
"""The day of an amendment, as it is written there; the demo puts another in its place."""
AMENDED_DAYS_AGO = 10
WAIT_SECONDS = 90.0
BROKEN = "SLABreached"
STATED = "acme-checkout"

Alert = dict[str, Any]
Found = TypeVar("Found")


def present() -> int:
    return int(time.time())  # noqa: TID251 -- the demo's story ends now


@dataclass
class Play:
    """Everything lives in the folder; `end` stops whatever was started."""

    folder: Path
    days: int
    servers: list[Server] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    statement: str = ""  # its page; none where the history is too short

    def __post_init__(self) -> None:
        self.prometheus = Prometheus(self.folder / "prometheus")
        self.alertmanager = Alertmanager(self.folder / "alertmanager")
        self.live = Live(self.folder / "shop", self.folder / "counters.json")
        self.agreements = self.folder / "agreements"
        self.settings = self.folder / "sla-monitor.yaml"
        self.rules = self.folder / "sla-rules.yaml"
        self.monitor = Monitor(self.folder / "monitor", self.settings)

    def up(self) -> None:
        with stage("Prometheus and Alertmanager"):
            self._start(self.prometheus)
            self._start(self.alertmanager)
        history = self._history()
        with stage("the live shop, scraped from now on"):
            history.push(self.prometheus.url, present())
            history.keep(self.live.counters)
            self._start(self.live)
            self._scrape(*scrape_configs(self.live.address))
        self._agree()
        self._backfill(history.begin)
        with stage("the monitor, its alerting rules"):
            self._rules()
            self._start(self.monitor)
            self._scrape(*scrape_configs(self.live.address), self._own_metrics(), rules=True)
        with stage("standings in Prometheus, the alert in Alertmanager"):
            self._until("the standings", self._exported)
            self.alerts = self._until(f"the alert {BROKEN}", self._fired)
        if self.days >= HISTORY_DAYS:
            with stage("the statement of last month"):
                self.statement = self._until("the statement", self._stated)

    def watch(self) -> None:
        """Raises where a server has ended although nobody told it to."""
        for server in self.servers:
            if server.child and not server.child.alive:
                raise StartFailedError(f"{server.name} has ended; its last words:\n{server.child.last_words()}")

    def end(self) -> list[int]:
        """Stops what was started, the last first; the process ids that are still there."""
        pids = [server.child.pid for server in self.servers if server.child]
        for server in reversed(self.servers):
            server.stop()
        return [pid for pid in pids if Path(f"/proc/{pid}").exists()]

    def _start(self, server: Server) -> None:
        # Kept in mind first: a signal may come while it starts.
        self.servers.append(server)
        server.start()

    def _history(self) -> History:
        history = History(present(), self.days)
        with long_stage(f"{self.days} days of history into Prometheus", self.days * DAY) as done:
            history.push(self.prometheus.url, history.now, done)
        return history

    def _agree(self) -> None:
        self.agreements.mkdir()
        lately = time.strftime("%Y-%m-%d", time.gmtime(present() - AMENDED_DAYS_AGO * DAY))
        for path in AGREEMENTS.glob("*.yaml"):
            (self.agreements / path.name).write_text(path.read_text().replace(AMENDED, lately))

    def _backfill(self, begin: int) -> None:
        began = time.monotonic()
        self.settings.write_text(yaml.safe_dump(self._settings(), sort_keys=False))
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin))
        finish(verb("backfill", "--config", str(self.settings), "--from", since))
        told("the ledger, filled by `sla-monitor backfill`", time.monotonic() - began)

    def _settings(self) -> dict[str, Any]:
        return {
            "agreements": {"paths": [str(self.agreements)]},
            "sources": [{"name": "default", "url": self.prometheus.url, "resolution": f"{RESOLUTION}s"}],
            "ledger": {"url": f"sqlite:///{self.folder / 'ledger.db'}"},
            "schedule": {"tick": "5s", "catch_up_limit": f"{self.days + 1}d", "grace": "settled"},
            "alerting": {"alertmanagers": [self.alertmanager.url], "external_url": self.monitor.url},
            "web": {"listen": self.monitor.address},
        }

    def _rules(self) -> None:
        quietly(verb("rules", "--config", str(self.settings), "--out", str(self.rules)))
        quietly([command("promtool"), "check", "rules", str(self.rules)])

    def _own_metrics(self) -> dict[str, Any]:
        targets = [{"targets": [self.monitor.address]}]
        return {"job_name": "sla-monitor", "honor_labels": True, "scrape_interval": "5s", "static_configs": targets}

    def _scrape(self, *jobs: dict[str, Any], rules: bool = False) -> None:
        setup = PrometheusSetup(
            scrape_interval=f"{RESOLUTION}s",
            evaluation_interval="5s",
            scrape_configs=jobs,
            rule_files=[self.rules] if rules else (),
            alertmanagers=[self.alertmanager.address],
        )
        self.prometheus.configure(setup)

    def _exported(self) -> bool:
        return bool(self.prometheus.ask('sla_status{status="breached"} == 1', present()))

    def _fired(self) -> list[Alert]:
        alerts = self.alertmanager.alerts()
        return alerts if any(alert["labels"]["alertname"] == BROKEN for alert in alerts) else []

    def _stated(self) -> str:
        asked = {"agreement": STATED, "period": "previous"}
        answer = httpx.get(f"{self.monitor.url}/api/v1/statements", params=asked, timeout=10, trust_env=False)
        found = answer.json() if answer.is_success else []
        return f"{self.monitor.url}/agreements/{STATED}/statements/{found[-1]['number']}" if found else ""

    def _until(self, what: str, look: Callable[[], Found]) -> Found:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if found := look():
                return found
            self.watch()
            time.sleep(0.5)
        words = self.monitor.running.last_words()
        raise StartFailedError(f"{what} did not come within {WAIT_SECONDS:.0f} s; the monitor's last words:\n{words}")
