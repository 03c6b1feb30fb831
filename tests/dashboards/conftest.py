"""A real Prometheus that scrapes two replicas of the monitor, as after a rollout or with a stand-by."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import start_http_server

from tests.dashboards.exporter import registry
from tests.rig.processes import Prometheus, PrometheusSetup

COMMITTED = Path(__file__).parents[2] / "dashboards" / "sla-agreements.json"
SCRAPES_NEEDED = 4


@pytest.fixture(scope="session")
def board() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="session")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    server, thread = start_http_server(0, "127.0.0.1", registry())
    setup = PrometheusSetup(scrape_interval="1s", scrape_configs=[_two_replicas(server.server_port)])
    with Prometheus(tmp_path_factory.mktemp("dashboards"), setup) as prometheus:
        _wait_for_scrapes(prometheus)
        yield prometheus
    server.shutdown()
    server.server_close()
    thread.join()


def _two_replicas(port: int) -> dict[str, Any]:
    replicas = [{"targets": [f"127.0.0.1:{port}"], "labels": {"replica": replica}} for replica in ("one", "two")]
    # As the ServiceMonitor does: or the scrape's own `service` label displaces the agreement's.
    return {"job_name": "sla-monitor", "honor_labels": True, "static_configs": replicas}


def _wait_for_scrapes(prometheus: Prometheus) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = prometheus.ask("min(count_over_time(up[1m]))", time.time())  # noqa: TID251 - a server's clock
        if found and float(found[0]["value"][1]) >= SCRAPES_NEEDED:
            return
        time.sleep(0.2)
    pytest.fail("Prometheus did not scrape the exporter within a minute")
