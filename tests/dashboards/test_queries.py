"""Every query of the dashboard, asked of a real Prometheus as Grafana would ask it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.dashboards import queries, rendered
from tests.dashboards import grafana
from tests.dashboards.exporter import BOARD
from tests.rig.processes import Prometheus

CHOICES = {
    "customer": [".*"],  # its "All"; the others list their values
    "agreement": sorted({entry.current.agreement.name for entry in BOARD.entries}),
    "objective": sorted({entry.current.objective.name for entry in BOARD.entries}),
}
STEP, SPAN = 1, 30


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


def test_variable_queries_list_what_is_exported(board: dict[str, Any], scraped: Prometheus) -> None:
    expected = {**CHOICES, "customer": sorted({each.customer for each in BOARD.agreements})}
    for name, variable in grafana.variables(board).items():
        if variable["type"] == "query":
            found = grafana.label_values(scraped.url, variable["query"]["query"], CHOICES)
            assert found == expected[name], name


def test_the_agreement_variable_follows_the_customer(board: dict[str, Any], scraped: Prometheus) -> None:
    query = grafana.variables(board)["agreement"]["query"]["query"]
    assert grafana.label_values(scraped.url, query, {"customer": ["Acme GmbH"]}) == ["acme-payments"]


def test_panels_keep_to_the_chosen_agreement(board: dict[str, Any], scraped: Prometheus) -> None:
    for target in grafana.targets(board):
        if "$agreement" not in target.expr:
            continue
        rows = _asked(scraped, target, agreement=["globex-search"])
        found = {row["metric"].get("agreement", "globex-search") for row in rows}
        assert found <= {"globex-search"}, target.expr


def _floor(value: Fraction | None, digits: int) -> float | None:
    return None if value is None else math.floor(value * 10**digits) / 10**digits


def _left(standing: Standing, unit: str) -> int | None:
    known = standing.attainment is not None and standing.objective.unit == unit
    return math.floor(standing.budget.remaining) if known else None


CODES = {each.name: each.code for each in queries.STATUSES}
TOLD: dict[str, tuple[str, Callable[[Standing], Any]]] = {
    "a status is its code": (queries.state(), lambda s: CODES[s.status.value]),
    "an attainment is cut off, not rounded up": (queries.ATTAINMENT, lambda s: _floor(s.attainment, 6)),
    "an exact target is not cut below itself": (
        queries.floored(queries.TARGET, 6),
        lambda s: float(s.objective.target),
    ),
    "the budget left is cut off": (
        queries.BUDGET_LEFT,
        lambda s: None if s.attainment is None else _floor(s.budget.remaining_ratio, 3),
    ),
    "downtime left is of objectives that count time": (queries.DOWNTIME_LEFT, lambda s: _left(s, "seconds")),
    "failures left are of objectives that count events": (queries.FAILURES_LEFT, lambda s: _left(s, "events")),
    "a credit that is not agreed stays absent": (
        queries.CREDIT,
        lambda s: None if s.credit is None or s.credit.ratio is None else float(s.credit.ratio),
    ),
}


@pytest.mark.parametrize("sentence", TOLD)
def test_prometheus_answers_with_what_the_standings_say(sentence: str, scraped: Prometheus) -> None:
    expr, read = TOLD[sentence]
    expected = {entry.current.key: read(entry.current) for entry in BOARD.entries if read(entry.current) is not None}
    assert len(set(expected.values())) > 1, "a table that cannot tell one answer from another"
    assert _told(scraped, expr) == pytest.approx(expected, abs=1e-9)


def test_the_last_window_has_its_own_status(scraped: Prometheus) -> None:
    expected = {e.current.key: CODES[e.previous.status.value] for e in BOARD.entries if e.previous is not None}
    assert _told(scraped, queries.state("sla_previous_status")) == expected


def test_every_status_occurs_in_the_standings_asked_for() -> None:
    assert {entry.current.status.value for entry in BOARD.entries} == set(CODES)


def test_only_the_most_troubled_objectives_are_drawn(scraped: Prometheus) -> None:
    lowest = "sla_error_budget_remaining_ratio"
    three = queries.troubled(queries.TARGET, lowest).replace(f"({queries.LINES},", "(3,")
    left = _told(scraped, queries.chosen(lowest))
    assert set(_told(scraped, three)) == set(sorted(left, key=left.__getitem__)[:3])


def test_customer_and_service_are_joined_though_two_replicas_tell_them(scraped: Prometheus) -> None:
    described = grafana.Target("", "A", queries.described(queries.TARGET), instant=True)
    told = {
        (row["metric"]["agreement"], row["metric"]["customer"], row["metric"]["service"])
        for row in _asked(scraped, described)
    }
    assert told == {(each.name, each.customer, each.service) for each in BOARD.agreements}


def test_the_worst_objective_comes_first(board: dict[str, Any], scraped: Prometheus) -> None:
    tiles = next(each for each in grafana.targets(board) if each.panel == "Status of each objective")
    codes = [_numbers(row)[0] for row in _asked(scraped, tiles)]
    assert codes == sorted((CODES[entry.current.status.value] for entry in BOARD.entries), reverse=True)
