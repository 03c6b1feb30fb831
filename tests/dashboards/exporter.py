"""A small exporter with an example of every metric, two agreements wide, whose counters keep moving."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

STATUSES = ("met", "at_risk", "breached", "unknown", "pending", "ended")
LOOKBACKS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
NOW = 1_790_000_000.0


@dataclass(frozen=True)
class Example:
    """One objective as the monitor would export it; what is not known is left out of `values`."""

    agreement: str
    objective: str
    customer: str
    service: str
    status: str
    unit: str
    values: Mapping[str, float]
    previous: str | None = None
    burn: float | None = None
    by_unit: Mapping[str, float] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        return {"agreement": self.agreement, "objective": self.objective}


EXAMPLES = (
    Example(
        "acme-payments", "availability", "Acme GmbH", "payments-api", "at_risk", "events",
        {
            "sla_target_ratio": 0.999, "sla_warn_ratio": 0.9995, "sla_attainment_ratio": 0.9990499999,
            "sla_attainment_lower_bound_ratio": 0.99904, "sla_attainment_upper_bound_ratio": 0.99906,
            "sla_error_budget_remaining_ratio": 0.05, "sla_breach_certain": 0, "sla_credit_ratio": 0,
            "sla_budget_exhaustion_timestamp_seconds": NOW + 86_400, "sla_coverage_ratio": 0.9999,
            "sla_excluded_seconds": 0, "sla_window_start_timestamp_seconds": NOW - 1e6,
            "sla_window_end_timestamp_seconds": NOW + 1e6, "sla_previous_attainment_ratio": 0.99951,
        },
        "met", 2.5, {"sla_good": 1_998_100.0, "sla_total": 2_000_000.0,
                     "sla_error_budget_allowed": 2000.0, "sla_error_budget_used": 1900.0},
    ),
    Example(
        "acme-payments", "reachable", "Acme GmbH", "payments-api", "breached", "seconds",
        {
            "sla_target_ratio": 0.9995, "sla_attainment_ratio": 0.9989996, "sla_breach_certain": 1,
            "sla_error_budget_remaining_ratio": -1.0, "sla_credit_ratio": 0.1, "sla_coverage_ratio": 1,
            "sla_downtime_seconds": 2592.5, "sla_downtime_allowed_seconds": 1296.0,
            "sla_excluded_seconds": 7200, "sla_window_start_timestamp_seconds": NOW - 1e6,
            "sla_window_end_timestamp_seconds": NOW + 1e6, "sla_previous_attainment_ratio": 0.99931,
        },
        "breached", 0.0, {"sla_good": 2_589_407.5, "sla_total": 2_592_000.0,
                          "sla_error_budget_allowed": 1296.0, "sla_error_budget_used": 2592.5},
    ),
    Example(
        "globex.search", "latency", "Globex (EU) + partners", "search", "unknown", "events",
        {"sla_target_ratio": 0.99, "sla_coverage_ratio": 0.42,
         "sla_window_end_timestamp_seconds": NOW + 1e6},
    ),
)  # fmt: skip


class Exporter(Collector):
    """Replicas of the monitor tell the same but for their own figures."""

    def __init__(self, examples: Iterable[Example] = EXAMPLES) -> None:
        self.examples = tuple(examples)
        self.ticks = 0

    def collect(self) -> Iterator[Metric]:
        self.ticks += 1
        yield from self._facts()
        yield from self._statuses()
        yield from self._counters()
        yield from _own(self.ticks)

    def _facts(self) -> Iterator[Metric]:
        yield _labelled("sla_objective_info", (({**x.labels, "customer": x.customer, "service": x.service,
            "method": "events", "unit": x.unit, "window": "month"}, 1.0) for x in self.examples))  # fmt: skip
        for name in sorted({name for each in self.examples for name in each.values}):
            told = ((each.labels, each.values[name]) for each in self.examples if name in each.values)
            yield _labelled(name, told)
        for name in ("sla_good", "sla_total", "sla_error_budget_allowed", "sla_error_budget_used"):
            units = (({**x.labels, "unit": x.unit}, x.by_unit[name]) for x in self.examples if x.by_unit)
            yield _labelled(name, units)
        burning = (({**x.labels, "lookback": lookback}, x.burn)
                   for x in self.examples if x.burn is not None for lookback in LOOKBACKS)  # fmt: skip
        yield _labelled("sla_burn_rate", burning)

    def _statuses(self) -> Iterator[Metric]:
        for name, told in (("sla_status", "status"), ("sla_previous_status", "previous")):
            yield _labelled(name, (
                ({**each.labels, "status": status}, float(getattr(each, told) == status))
                for each in self.examples if getattr(each, told) for status in STATUSES
            ))  # fmt: skip

    def _counters(self) -> Iterator[Metric]:
        for name in ("sla_statements", "sla_breaches"):
            family = CounterMetricFamily(name, "an example", labels=["agreement", "objective"])
            for each in self.examples:
                family.add_metric([each.agreement, each.objective], self.ticks)
            yield family


def _labelled(name: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = Metric(name, "an example", "gauge")
    for labels, value in samples:
        family.add_sample(name, labels, value)
    return family


def _own(ticks: int) -> Iterator[Metric]:
    yield InfoMetricFamily("sla_monitor_build", "an example", value={"version": "0.1.0"})
    for name, value in OWN.items():
        yield GaugeMetricFamily(f"sla_monitor_{name}", "an example", value=value)
    yield CounterMetricFamily("sla_monitor_slices_written", "an example", value=60 * ticks)
    for name in ("queries", "alerts_sent", "reports_sent"):
        family = CounterMetricFamily(f"sla_monitor_{name}", "an example", labels=["result"])
        family.add_metric(["success"], 20 * ticks)
        family.add_metric(["unavailable"], ticks)
        yield family
    buckets = [("0.1", 10.0 * ticks), ("1.0", 19.0 * ticks), ("+Inf", 20.0 * ticks)]
    yield HistogramMetricFamily(
        "sla_monitor_query_duration_seconds", "an example", buckets=buckets, sum_value=4.0 * ticks
    )


OWN = {
    "config_last_reload_successful": 1.0,
    "agreement_faults": 0.0,
    "measured_until_timestamp_seconds": NOW,
    "cycle_duration_seconds": 0.4,
    "cycle_lag_seconds": 0.1,
    "ledger_size_bytes": 8_388_608.0,
    "leader": 1.0,
}
