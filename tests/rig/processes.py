"""The real Prometheus, VictoriaMetrics and Alertmanager, on free loopback ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.rig.children import Server, command

Scrape = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PrometheusSetup:
    """What a test may want to be different; the rest is Prometheus' default."""

    scrape_interval: str = "15s"
    evaluation_interval: str = "15s"
    scrape_configs: Sequence[Scrape] = ()
    rule_files: Sequence[Path] = ()
    alertmanagers: Sequence[str] = ()  # "host:port"
    out_of_order: str | None = None  # how far behind the newest sample of the server a sample may lie
    external_labels: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # further top-level keys of prometheus.yml
    # The default of 15 days deletes an older history within seconds of the start.
    retention: str = "10y"
    flags: Sequence[str] = ()

    def document(self) -> dict[str, Any]:
        pushed_to = [{"static_configs": [{"targets": list(self.alertmanagers)}]}] if self.alertmanagers else []
        return {
            "global": {
                "scrape_interval": self.scrape_interval,
                "scrape_timeout": self.scrape_interval,
                "evaluation_interval": self.evaluation_interval,
                "external_labels": dict(self.external_labels),
            },
            "rule_files": [str(path) for path in self.rule_files],
            "scrape_configs": [dict(scrape) for scrape in self.scrape_configs],
            "alerting": {"alertmanagers": pushed_to},
            **({"storage": {"tsdb": {"out_of_order_time_window": self.out_of_order}}} if self.out_of_order else {}),
            **self.extra,
        }


class Prometheus(Server):
    name = "prometheus"

    def __init__(self, folder: Path, setup: PrometheusSetup | None = None, binary: str | None = None) -> None:
        super().__init__(folder)
        self.setup = setup or PrometheusSetup()
        self.binary = binary or command("prometheus")

    @property
    def config(self) -> Path:
        return self.folder / "prometheus.yml"

    def prepare(self) -> None:
        self.config.write_text(yaml.safe_dump(self.setup.document(), sort_keys=False))

    def argv(self) -> list[str]:
        return [
            self.binary,
            f"--config.file={self.config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--storage.tsdb.retention.time={self.setup.retention}",
            f"--web.listen-address={self.address}",
            "--web.enable-remote-write-receiver",
            "--web.enable-lifecycle",
            "--log.level=warn",
            *self.setup.flags,
        ]

    def configure(self, setup: PrometheusSetup) -> None:
        """Another configuration for the running server."""
        self.setup = setup
        self.prepare()
        answer = httpx.post(f"{self.url}/-/reload", timeout=30, trust_env=False)
        answer.raise_for_status()

    def ask(self, query: str, at: float) -> list[dict[str, Any]]:
        """One instant query, its result as Prometheus tells it."""
        answer = httpx.post(
            f"{self.url}/api/v1/query",
            data={"query": query, "time": f"{at:.3f}"},
            timeout=60,
            trust_env=False,
        )
        body = answer.json()
        if body["status"] != "success":
            raise ValueError(f"Prometheus refused {query!r} at {at}: {body['error']}")
        result: list[dict[str, Any]] = body["data"]["result"]
        return result


class VictoriaMetrics(Server):
    name = "victoria-metrics"
    ready_path = "/health"

    def __init__(self, folder: Path, flags: Sequence[str] = ()) -> None:
        super().__init__(folder)
        self.binary = command("victoria-metrics", "victoria-metrics-prod")
        self.flags = flags

    def argv(self) -> list[str]:
        return [
            self.binary,
            f"-storageDataPath={self.folder / 'data'}",
            f"-httpListenAddr={self.address}",
            "-retentionPeriod=100y",
            # What was pushed just now is asked for at once.
            "-search.latencyOffset=0",
            "-loggerLevel=WARN",
            *self.flags,
        ]


class Alertmanager(Server):
    name = "alertmanager"

    def __init__(self, folder: Path, webhook: str | None = None, resolve_timeout: str = "5m") -> None:
        super().__init__(folder)
        self.webhook = webhook
        self.resolve_timeout = resolve_timeout
        self.binary = command("prometheus-alertmanager", "alertmanager")

    @property
    def config(self) -> Path:
        return self.folder / "alertmanager.yml"

    def prepare(self) -> None:
        sent_to = [{"url": self.webhook, "send_resolved": True}] if self.webhook else []
        document = {
            "global": {"resolve_timeout": self.resolve_timeout},
            # Short waits: a test or a demo should not sit out the half minute meant for people.
            "route": {"receiver": "all", "group_by": ["..."], "group_wait": "1s", "group_interval": "1s"},
            "receivers": [{"name": "all", "webhook_configs": sent_to}],
        }
        self.config.write_text(yaml.safe_dump(document, sort_keys=False))

    def argv(self) -> list[str]:
        return [
            self.binary,
            f"--config.file={self.config}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            # A lone Alertmanager needs no gossip, and the default port may be taken.
            "--cluster.listen-address=",
            "--log.level=info",
        ]

    def alerts(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/api/v2/alerts", timeout=10, trust_env=False)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found
