"""The monitor's own Prometheus metrics; those of standings: `pictures`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

QUERY_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
SUCCESS = "success"
FAILED = "failed"


class MonitorMetrics:
    """The monitor's own figures. Series with a label appear when first told; set the others at start."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(f"sla_monitor_{name}", told, labels, registry=registry)

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"sla_monitor_{name}", told, labels, registry=registry)

        self.registry = registry
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
        self.cycle_lag_seconds = gauge(
            "cycle_lag_seconds", "How late what is due was after the last cycle; 0: all of it was measured.", "source"
        )
        self.slices_written = counter("slices_written", "Slices written to the ledger.")
        self.slices_overwritten = counter("slices_overwritten", "Slices that changed when they were asked for again.")
        self.ledger_size_bytes = gauge("ledger_size_bytes", "Size of the ledger.")
        self.leader = gauge("leader", "1 when this monitor measures, 0 when it stands by.")
        self.shards = gauge("shards", "Shards of a shared ledger, as this monitor saw them last.", "state")
        self.shard_held = gauge("shard_held", "1 when this monitor measures what is in the shard.", "shard")
        self.exposed_series = gauge("exposed_series", "Series of standings in the last whole answer to a scrape.")
        self.series_omitted = gauge("series_omitted", "Series of standings left out of it, by web.max_series.")
        self.alerts_sent = counter("alerts_sent", "Alerts handed to an Alertmanager, by result.", "result")
        for result in (SUCCESS, FAILED):  # an increase from nothing would not be seen
            self.alerts_sent.labels(result)
