"""The monitor's real metrics of standings made by the real core; its own counters move at each scrape."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from sla_monitor.compliance.boards import Board
from sla_monitor.publishing.metrics import FAILED, SUCCESS, MonitorMetrics
from tests.publishing import boards
from tests.publishing.exporter import registry_of

BOARD = boards.board()


class Activity(Collector):
    """Comes before each scrape, so that rates have something to be rates of."""

    def __init__(self, metrics: MonitorMetrics, sources: tuple[str, ...] = ("default", "edge")) -> None:
        self.metrics = metrics
        self.sources = sources

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        for source in self.sources:
            self.metrics.queries.labels(source, SUCCESS).inc(20)
            self.metrics.queries.labels(source, FAILED).inc()
            self.metrics.query_duration_seconds.labels(source).observe(0.2)
        self.metrics.slices_written.inc(60)
        self.metrics.alerts_sent.labels(SUCCESS).inc()
        return ()


def registry(board: Board = BOARD) -> CollectorRegistry:
    made = registry_of(lambda: board)
    metrics = MonitorMetrics(made, "0.1.0")
    metrics.config_last_reload_successful.set(1)
    metrics.agreement_faults.set(0)
    for source in ("default", "edge"):
        metrics.measured_until_timestamp_seconds.labels(source).set(boards.AT)
        metrics.cycle_duration_seconds.labels(source).set(0.4)
        metrics.cycle_lag_seconds.labels(source).set(0.1)
    metrics.ledger_size_bytes.set(8_388_608)
    metrics.leader.set(1)
    made.register(Activity(metrics))
    return made
