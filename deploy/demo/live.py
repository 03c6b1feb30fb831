"""The shop now: one small process with a page of metrics for each instance, going on from its history.

`python -m deploy.demo.live --port P --counters FILE`; POST /break lets checkout fail for three minutes.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from deploy.demo.shop import BACKBONE, CHECKOUT, MAIL, PROBES, SERVICES, Service, requests

BROKEN_SECONDS = 180
BROKEN_SHARE = 0.5

Counters = dict[str, float]


class Shop:
    """The counters of every pod; a thread adds what a second brings."""

    def __init__(self, counters: dict[str, Counters]) -> None:
        self.counters = counters
        self.mail_waiting = 20.0
        self.lock = threading.Lock()
        self._rng = np.random.default_rng()
        self._broken_until = 0.0
        self._done = time.monotonic()

    def breaks(self) -> None:
        self._broken_until = time.monotonic() + BROKEN_SECONDS

    def goes_on(self) -> None:
        """What happened since the last call."""
        passed, self._done = time.monotonic() - self._done, time.monotonic()
        with self.lock:
            for service in SERVICES:
                for instance in service.instances():
                    self._serve(service, self.counters.setdefault(instance, {}), passed)
            self.mail_waiting = float(np.round(self._rng.gamma(4, 5)))

    def _serve(self, service: Service, stands: Counters, seconds: float) -> None:
        broken = service is CHECKOUT and time.monotonic() < self._broken_until
        failing = np.array([BROKEN_SHARE if broken else service.failing])
        at = np.array([time.time()])  # noqa: TID251 -- the demo's service lives by the real clock
        added = requests(service, at, seconds, failing=failing, slow=np.zeros(1), rng=self._rng)
        for counter, events in added.items():
            stands[counter] = stands.get(counter, 0.0) + float(events[0])


class Pod(Collector):
    def __init__(self, shop: Shop, instance: str) -> None:
        self._shop = shop
        self._instance = instance

    def collect(self) -> Iterator[Metric]:
        with self._shop.lock:
            stands = dict(self._shop.counters[self._instance])
        answered = CounterMetricFamily("http_requests", "Requests answered.", labels=["code"])
        for code in ("200", "500"):
            answered.add_metric([code], stands[f"code={code}"])
        yield answered
        buckets = sorted(
            ((name[3:], value) for name, value in stands.items() if name.startswith("le=")), key=lambda b: float(b[0])
        )
        yield HistogramMetricFamily(
            "http_request_duration_seconds", "Time to answer.", buckets=buckets, sum_value=stands["sum"]
        )


class Gauge(Collector):
    def __init__(self, shop: Shop, name: str) -> None:
        self._shop = shop
        self._name = name

    def collect(self) -> Iterator[Metric]:
        value = self._shop.mail_waiting if self._name == "mail_queue_length" else 1.0
        yield GaugeMetricFamily(self._name, "As its name says.", value=value)


def registries(shop: Shop) -> dict[str, CollectorRegistry]:
    """One page an instance, by its path."""
    pages: dict[str, Collector] = {
        f"/{instance}": Pod(shop, instance) for one in SERVICES for instance in one.instances()
    }
    pages |= {f"/{place}": Gauge(shop, "probe_success") for place in PROBES}
    pages["/mail-0:9100"] = Gauge(shop, "mail_queue_length")
    found = {}
    for path, collector in pages.items():
        found[path] = CollectorRegistry(auto_describe=False)
        found[path].register(collector)
    return found


def scrape_configs(target: str) -> list[dict[str, object]]:
    """One listener, but the jobs and instances of the history."""
    jobs: dict[str, list[str]] = {service.job: service.instances() for service in SERVICES}
    jobs |= {BACKBONE: list(PROBES), MAIL: ["mail-0:9100"]}
    return [
        {
            "job_name": job,
            "static_configs": [
                {"targets": [target], "labels": {"instance": instance, "__metrics_path__": f"/{instance}"}}
                for instance in instances
            ],
        }
        for job, instances in jobs.items()
    ]


class Page(BaseHTTPRequestHandler):
    shop: Shop
    pages: dict[str, CollectorRegistry]

    def do_GET(self) -> None:
        if self.path == "/-/ready":
            self._answer(200, b"ready\n")
        elif registry := self.pages.get(self.path):
            self._answer(200, generate_latest(registry))
        else:
            self._answer(404, b"no such instance\n")

    def do_POST(self) -> None:
        if self.path == "/break":
            self.shop.breaks()
            self._answer(202, f"checkout fails for {BROKEN_SECONDS} s\n".encode())
        else:
            self._answer(404, b"only /break\n")

    def log_message(self, *_: object) -> None:
        """A line for each scrape would drown the log."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--counters", type=Path, required=True)
    chosen = parser.parse_args()
    shop = Shop(json.loads(chosen.counters.read_text()))
    Page.shop, Page.pages = shop, registries(shop)
    server = ThreadingHTTPServer(("127.0.0.1", chosen.port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        time.sleep(1)
        shop.goes_on()


if __name__ == "__main__":
    main()
