"""The last row: can the numbers above be trusted, and is the monitor itself well."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import common

from sla_monitor.publishing.dashboards import looks, shapes
from sla_monitor.publishing.dashboards.queries import Query, now
from sla_monitor.publishing.dashboards.shapes import Frame

RATE = "[$__rate_interval]"
SOURCE = "source"


def faults() -> stat.Panel:
    told = "Faults in agreement files; a faulty agreement's last good version stays in force until it is mended."
    panel = shapes.number(Frame("Agreement faults", told, 4, 4), now("max(sla_monitor_agreement_faults)", ""))
    return panel.thresholds(looks.thresholds("green", ((1.0, "red"),)))


def reload() -> stat.Panel:
    told = "Whether the last reading of settings and agreements went through."
    panel = shapes.number(Frame("Last reload", told, 4, 4), now("min(sla_monitor_config_last_reload_successful)", ""))
    return panel.mappings(looks.words({"0": ("failed", "red"), "1": ("fine", "green")}))


def failing() -> stat.Panel:
    told = "Share of the queries to Prometheus that failed in the chosen time."
    failed = 'sum(increase(sla_monitor_queries_total{result!="success"}[$__range])) or vector(0)'
    share = f"({failed}) / sum(increase(sla_monitor_queries_total[$__range]))"
    panel = shapes.number(Frame("Failed queries", told, 4, 4), now(share, ""))
    panel.unit("percentunit").decimals(2)
    return panel.thresholds(looks.thresholds("green", ((0.01, "orange"), (0.1, "red"))))


def ledger() -> stat.Panel:
    told = "Size of the ledger on disk."
    panel = shapes.number(Frame("Ledger", told, 4, 4), Query("max(sla_monitor_ledger_size_bytes)", ""))
    panel.color_mode(common.BigValueColorMode.NONE).graph_mode(common.BigValueGraphMode.AREA)
    return panel.unit("bytes").decimals(1)


def leaders() -> stat.Panel:
    told = "Monitors that measure. One, unless several share the work."
    panel = shapes.number(Frame("Measuring", told, 4, 4), now("sum(sla_monitor_leader)", ""))
    return panel.thresholds(looks.thresholds("red", ((1.0, "green"),)))


def version() -> stat.Panel:
    told = "The version of each running monitor."
    panel = shapes.number(
        Frame("Version", told, 4, 4), now("count by (version) (sla_monitor_build_info)", "{{version}}")
    )
    return panel.text_mode(common.BigValueTextMode.NAME).color_mode(common.BigValueColorMode.NONE)


def lag() -> timeseries.Panel:
    told = "How far the measurements of each source lie behind the present."
    behind = Query(f"time() - min by ({SOURCE}) (sla_monitor_measured_until_timestamp_seconds)", "{{source}}")
    return shapes.lines(Frame("Measuring lag", told, 8, 7), behind).unit("s").decimals(0).min(0)


def query_durations() -> timeseries.Panel:
    told = "Time each source takes to answer the monitor's queries."
    name = "sla_monitor_query_duration_seconds"
    slow = f"histogram_quantile(0.95, sum by (le, {SOURCE}) (rate({name}_bucket{RATE})))"
    total, count = (f"sum by ({SOURCE}) (rate({name}_{each}{RATE}))" for each in ("sum", "count"))
    panel = shapes.lines(
        Frame("Query duration", told, 8, 7),
        Query(slow, "{{source}} 95th percentile"),
        Query(f"{total} / {count}", "{{source}} mean"),
    )
    return panel.unit("s").min(0)


def query_results() -> timeseries.Panel:
    told = "Queries a second to each source, by result."
    asked = f"sum by ({SOURCE}, result) (rate(sla_monitor_queries_total{RATE}))"
    panel = shapes.lines(Frame("Queries", told, 8, 7), Query(asked, "{{source}} {{result}}"))
    return panel.unit("reqps").min(0)


def cycles() -> timeseries.Panel:
    told = "Length of a measuring cycle of each source, and how late it began."
    panel = shapes.lines(
        Frame("Cycle", told, 8, 7),
        Query(f"max by ({SOURCE}) (sla_monitor_cycle_duration_seconds)", "{{source}} duration"),
        Query(f"max by ({SOURCE}) (sla_monitor_cycle_lag_seconds)", "{{source}} lag"),
    )
    return panel.unit("s").min(0)


def slices() -> timeseries.Panel:
    told = "Slices written to the ledger a second; a peak is a catching-up or a backfill."
    written = Query(f"sum(rate(sla_monitor_slices_written_total{RATE}))", "slices")
    return shapes.lines(Frame("Slices written", told, 8, 7), written).unit("wps").min(0)


def alerts() -> timeseries.Panel:
    told = "Alerts handed to an Alertmanager in an hour, by result."
    sent = Query(f"3600 * sum by (result) (rate(sla_monitor_alerts_sent_total{RATE}))", "{{result}}")
    return shapes.lines(Frame("Alerts sent", told, 8, 7), sent).unit("none").decimals(1).min(0)
