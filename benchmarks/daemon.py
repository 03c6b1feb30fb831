"""`python -m benchmarks.daemon`: memory and processor time of the daemon with 100 objectives of mixed kinds.

A real Prometheus with a month of history that goes on while it is measured; default schedule, and
`/metrics` scraped every 15 s. The bars: under 150 MB, under 3 % of a core.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.faults.monitors import Monitor, until
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import Series, push

STEP = 60
SCRAPE = 15
DAY = 86_400
KINDS = {"ratio": 40, "latency": 25, "probe": 25, "threshold": 10}
INDICATORS = {
    "ratio": """ratio: {{bad: 'http_requests_total{{job="{job}",code="500"}}',
                          total: 'http_requests_total{{job="{job}"}}'}}""",
    "latency": """latency: {{histogram: 'http_request_duration_seconds{{job="{job}"}}', threshold: 300ms}}""",
    "probe": """probe: {{series: 'probe_success{{job="{job}"}}'}}""",
    "threshold": """threshold: {{query: 'queue_length{{job="{job}"}}', is: '< 90'}}""",
}  # fmt: skip
AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: {job}}}
spec:
  customer: Acme
  timezone: Europe/Berlin
  objectives:
    - name: {kind}
      target: {target}%
      window: {window}
      indicator: {{{indicator}}}
"""
BARS = {"megabytes": 150.0, "percent of a core": 3.0}


@dataclass(frozen=True)
class Objective:
    kind: str
    number: int

    @property
    def job(self) -> str:
        return f"{self.kind}-{self.number}"

    def text(self) -> str:
        window = ("month", "{rolling: 30d}", "week", "quarter")[self.number % 4]
        target = ("99.9", "99.5", "99", "95")[self.number % 3]
        indicator = INDICATORS[self.kind].format(job=self.job)
        return AGREEMENT.format(job=self.job, kind=self.kind, target=target, window=window, indicator=indicator)

    def series(self, at: np.ndarray) -> Iterator[Series]:
        """Counters and gauges as functions of time, another for each objective."""
        ticks = (at - at[0] % STEP) // STEP % 10_000_000 + self.number
        rare = (ticks % (97 + self.number) == 0).astype(float)
        values = {
            "ratio": {"http_requests_total;code=200": ticks * 40.0, "http_requests_total;code=500": ticks // 90 * 1.0},
            "latency": {
                "http_request_duration_seconds_count": ticks * 20.0,
                "http_request_duration_seconds_bucket;le=0.3": ticks * 19.0 + ticks // 3,
                "http_request_duration_seconds_bucket;le=+Inf": ticks * 20.0,
            },
            "probe": {"probe_success": 1 - rare},
            "threshold": {"queue_length": 50 + 45 * rare},
        }[self.kind]
        for name, values_ in {"up": np.ones(len(at)), **values}.items():
            metric, _, label = name.partition(";")
            labels = dict([label.split("=")]) if label else {}
            yield Series({"__name__": metric, "job": self.job, "instance": "a", **labels}, at * 1000, values_ * 1.0)


OBJECTIVES = [Objective(kind, number) for kind, count in KINDS.items() for number in range(count)]


def feed(url: str, first: int, last: int) -> int:
    at = np.arange(first, last, STEP, dtype=np.int64)
    return push(url, [series for one in OBJECTIVES for series in one.series(at)]) if len(at) else 0


def clock() -> int:
    return int(time.time())  # noqa: TID251 - the servers live by the real clock


def spent(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int, field: str) -> float:
    """Megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024 / 1e6


def caught_up(monitor: Monitor) -> bool:
    """Nothing more of the past is written."""
    before = monitor.metric("sla_monitor_slices_written_total") or 0
    time.sleep(20)
    after = monitor.metric("sla_monitor_slices_written_total") or 0
    return before > 0 and after - before < 10 * len(OBJECTIVES)


def measured(monitor: Monitor, url: str, fed: int, seconds: int) -> dict[str, float]:
    pid, began, before = monitor.running.pid, time.monotonic(), spent(monitor.running.pid)
    while time.monotonic() - began < seconds:
        time.sleep(SCRAPE)
        monitor.get("/metrics")
        now = clock() // STEP * STEP + STEP
        feed(url, fed, now)
        fed = now
    share = 100 * (spent(pid) - before) / (time.monotonic() - began)
    return {"megabytes": memory(pid, "VmRSS"), "megabytes at most": memory(pid, "VmHWM"), "percent of a core": share}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--days", type=int, default=32)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Prometheus(Path(folder, "prometheus"), PrometheusSetup(out_of_order="1d")) as source,
    ):
        fed = clock() // STEP * STEP
        print(f"{feed(source.url, fed - chosen.days * DAY, fed):,} samples of history")
        monitor = Monitor(Path(folder, "monitor"), {})
        monitor.forked = False
        monitor.sections = {"sources": [{"name": "default", "url": source.url}], "schedule": {}}
        for one in OBJECTIVES:
            monitor.agree(one.job, one.text())
        with monitor:
            began, pid = time.monotonic(), monitor.running.pid
            print(f"started with {memory(pid, 'VmRSS'):.0f} MB")
            until("caught up", lambda: caught_up(monitor), 900)
            pid = monitor.running.pid
            took, core = time.monotonic() - began, spent(pid)
            print(f"caught up in {took:.0f} s, {core:.0f} s of a core, {memory(pid, 'VmRSS'):.0f} MB")
            found = measured(monitor, source.url, fed, chosen.seconds)
    for name, value in found.items():
        bar = f"   (bar {BARS[name]:g})" if name in BARS else ""
        print(f"{value:8.1f} {name}{bar}")
    raise SystemExit(any(found[name] > bar for name, bar in BARS.items()))


if __name__ == "__main__":
    main()
