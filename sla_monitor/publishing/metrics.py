"""Prometheus metrics: the last board, pictured at each scrape, and the monitor's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from sla_monitor.compliance.standings import Board
from sla_monitor.publishing.pictures import pictures

QUERY_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
SUCCESS = "success"
FAILED = "failed"


class StandingsCollector(Collector):
    """Tells what the board of the moment says; never measures, queries or waits."""

    def __init__(self, board: Callable[[], Board]) -> None:
        self._board = board

    def describe(self) -> Iterable[Metric]:
        """For the registry, so that registering does not ask for a board."""
        return pictures(Board())

    def collect(self) -> Iterable[Metric]:
        return pictures(self._board())


class MonitorMetrics:
    """The monitor's own figures. Series with a label appear when first told; set the others at start."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(f"sla_monitor_{name}", told, labels, registry=registry)

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"sla_monitor_{name}", told, labels, registry=registry)

        gauge("build_info", "The running version; always 1.", "version").labels(version).set(1)
        self.config_last_reload_successful = gauge(
            "config_last_reload_successful", "1 when the last reading of settings and agreements went through."
        )
        self.agreement_faults = gauge("agreement_faults", "Faults in the agreement files.")
        self.discovered_customers = gauge(
            "discovered_customers", "Customers that a template has found and that are there.", "template"
        )
        self.query_duration_seconds = Histogram(
            "sla_monitor_query_duration_seconds",
            "Time a source took to answer a query.",
            ("source",),
            buckets=QUERY_SECONDS,
            registry=registry,
        )
        self.queries = counter("queries", "Queries to a source, by result.", "source", "result")
        self.measured_until_timestamp_seconds = gauge(
            "measured_until_timestamp_seconds",
            "End of the last slice that all measurements of a source have.",
            "source",
        )
        self.cycle_duration_seconds = gauge("cycle_duration_seconds", "Length of the last cycle.", "source")
        self.cycle_lag_seconds = gauge("cycle_lag_seconds", "How late the last cycle began.", "source")
        self.slices_written = counter("slices_written", "Slices written to the ledger.")
        self.slices_overwritten = counter("slices_overwritten", "Slices that changed when they were asked for again.")
        self.ledger_size_bytes = gauge("ledger_size_bytes", "Size of the ledger.")
        self.leader = gauge("leader", "1 when this monitor measures, 0 when it stands by.")
        self.alerts_sent = counter("alerts_sent", "Alerts handed to an Alertmanager, by result.", "result")
        for result in (SUCCESS, FAILED):  # an increase from nothing would not be seen
            self.alerts_sent.labels(result)
