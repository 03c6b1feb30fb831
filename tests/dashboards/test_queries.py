"""Every query of the dashboard, asked of a real Prometheus as Grafana would ask it."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest

from sla_monitor.publishing.dashboards import queries, rendered
from tests.dashboards import grafana
from tests.dashboards.exporter import EXAMPLES
from tests.rig.processes import Prometheus

CHOICES = {
    "customer": sorted({each.customer for each in EXAMPLES}),
    "agreement": sorted({each.agreement for each in EXAMPLES}),
    "objective": sorted({each.objective for each in EXAMPLES}),
}
STEP, SPAN = 1, 30
AVAILABILITY = ("acme-payments", "availability")
REACHABLE = ("acme-payments", "reachable")
LATENCY = ("globex.search", "latency")


def _targets() -> list[Any]:
    found = grafana.targets(json.loads(rendered()["sla-agreements.json"]))
    return [pytest.param(target, id=f"{target.panel}-{target.ref}") for target in found]


def _now() -> float:
    return time.time()  # noqa: TID251 - the server scrapes by the machine's clock


def _asked(server: Prometheus, target: grafana.Target, **choices: list[str]) -> list[dict[str, Any]]:
    text = grafana.expanded(target.expr, {**CHOICES, **choices}, STEP, SPAN)
    assert "$" not in text, f"Grafana would leave a variable unexpanded: {text}"
    now = _now()
    if target.instant:
        return grafana.ask(server.url, "query", query=text, time=now)["data"]["result"]
    span = {"start": now - SPAN, "end": now, "step": STEP}
    return grafana.ask(server.url, "query_range", query=text, **span)["data"]["result"]


def _numbers(series: dict[str, Any]) -> list[float]:
    pairs = series.get("values") or [series["value"]]
    return [float(value) for _, value in pairs]


def _told(server: Prometheus, expr: str, **choices: list[str]) -> dict[tuple[str, str], float]:
    rows = _asked(server, grafana.Target("", "A", expr, instant=True), **choices)
    return {(row["metric"]["agreement"], row["metric"]["objective"]): _numbers(row)[0] for row in rows}


@pytest.mark.parametrize("target", _targets())
def test_a_panel_query_returns_numbers(target: grafana.Target, scraped: Prometheus) -> None:
    rows = _asked(scraped, target)
    assert rows, f"no data: {target.expr}"
    for row in rows:
        assert not math.isnan(_numbers(row)[-1]), f"NaN in {row['metric']}: {target.expr}"


@pytest.mark.parametrize("name", ["customer", "agreement", "objective"])
def test_a_variable_query_lists_what_is_exported(name: str, board: dict[str, Any], scraped: Prometheus) -> None:
    query = grafana.variables(board)[name]["query"]["query"]
    assert grafana.label_values(scraped.url, query, CHOICES) == CHOICES[name]


def test_the_agreement_variable_follows_the_customer(board: dict[str, Any], scraped: Prometheus) -> None:
    query = grafana.variables(board)["agreement"]["query"]["query"]
    chosen = {"customer": ["Globex (EU) + partners"]}
    assert grafana.label_values(scraped.url, query, chosen) == ["globex.search"]


def test_panels_keep_to_the_chosen_agreement(board: dict[str, Any], scraped: Prometheus) -> None:
    for target in grafana.targets(board):
        if "$agreement" not in target.expr:
            continue
        rows = _asked(scraped, target, agreement=["globex.search"])
        found = {row["metric"].get("agreement", "globex.search") for row in rows}
        assert found <= {"globex.search"}, target.expr


TOLD = {
    "a status is its code": (queries.state(), {AVAILABILITY: 4, REACHABLE: 5, LATENCY: 3}),
    "the last window's status is its code": (
        queries.state("sla_previous_status"),
        {AVAILABILITY: 2, REACHABLE: 5},
    ),
    "an attainment is cut off, not rounded up": (
        queries.ATTAINMENT,
        {AVAILABILITY: 0.99905 - 1e-6, REACHABLE: 0.998999},
    ),
    "an exact target is not cut below itself": (
        queries.floored(queries.TARGET, 6),
        {AVAILABILITY: 0.999, REACHABLE: 0.9995, LATENCY: 0.99},
    ),
    "downtime left may be negative": (queries.DOWNTIME_LEFT, {REACHABLE: -1297}),
    "failures left are whole, and of events only": (queries.FAILURES_LEFT, {AVAILABILITY: 100}),
    "what is not known stays absent": (queries.CREDIT, {AVAILABILITY: 0, REACHABLE: 0.1}),
    "only the most troubled objectives are drawn": (
        queries.troubled(queries.TARGET, "sla_error_budget_remaining_ratio").replace("(20,", "(1,"),
        {REACHABLE: 0.9995},
    ),
}


@pytest.mark.parametrize("sentence", TOLD)
def test_numbers(sentence: str, scraped: Prometheus) -> None:
    expr, expected = TOLD[sentence]
    assert _told(scraped, expr) == pytest.approx(expected, abs=1e-12)


def test_customer_and_service_are_joined_though_two_replicas_tell_them(scraped: Prometheus) -> None:
    described = grafana.Target("", "A", queries.described(queries.TARGET), instant=True)
    rows = {row["metric"]["agreement"]: row["metric"] for row in _asked(scraped, described)}
    assert (rows["acme-payments"]["customer"], rows["acme-payments"]["service"]) == (
        "Acme GmbH",
        "payments-api",
    )
    assert rows["globex.search"]["customer"] == "Globex (EU) + partners"


def test_the_worst_objective_comes_first(board: dict[str, Any], scraped: Prometheus) -> None:
    tiles = next(each for each in grafana.targets(board) if each.panel == "Status of each objective")
    codes = [_numbers(row)[0] for row in _asked(scraped, tiles)]
    assert codes == [5, 4, 3]
