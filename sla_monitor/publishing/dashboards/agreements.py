"""The dashboard "SLA / Agreement overview": its variables, and the order of its panels."""

from __future__ import annotations

from itertools import count

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.models import dashboard

from sla_monitor.publishing.dashboards import dates, monitor, overview, shapes, trends

Panels = tuple[cog.Builder[dashboard.Panel], ...]


def agreements(monitor_url: str) -> dashboard.Dashboard:
    board = builders.Dashboard("SLA / Agreement overview").uid("sla-agreements").tags(["sla", "sla-monitor"])
    board.description("What was promised, what is kept, and what is left of each error budget. Made by sla-monitor.")
    board.time("now-7d", "now").refresh("1m").timezone("browser").tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    board.editable().variables(_variables(monitor_url))
    board.link(builders.DashboardLink("sla-monitor").url("${monitor:raw}/").icon("external link").target_blank(True))
    for row, panels in _rows():
        if row:
            board.with_row(builders.Row(row))
        for panel in panels:
            board.with_panel(panel)
    return _numbered(board.build())


def _rows() -> tuple[tuple[str, Panels], ...]:
    return (
        ("", _now()),
        ("Attainment and error budget", (trends.attainment(), trends.burn_down(), trends.statuses())),
        ("Burn rate", (trends.burn_rates(), trends.burn_table())),
        ("Exhaustion, downtime, coverage", _resources()),
        ("Closed windows", (trends.previous(), trends.credits_at_stake(), trends.breaches())),
        ("Terms and reviews", (dates.dates(),)),
        ("The monitor itself", _health()),
    )


def _now() -> Panels:
    return (
        overview.counts(),
        overview.least_budget(),
        overview.next_exhaustion(),
        overview.breach_certain(),
        overview.highest_credit(),
        overview.measured_lag(),
        overview.states(),
        overview.budgets(),
        overview.standings(),
    )


def _resources() -> Panels:
    return trends.exhaustion(), trends.time_left(), trends.downtime(), trends.coverage()


def _health() -> Panels:
    numbers = (monitor.faults(), monitor.reload(), monitor.failing(), monitor.ledger(), monitor.leaders())
    asking = (monitor.lag(), monitor.query_durations(), monitor.query_results())
    return (*numbers, monitor.version(), *asking, monitor.cycles(), monitor.slices(), monitor.alerts())


def _variables(monitor_url: str) -> list[cog.Builder[dashboard.VariableModel]]:
    info = "sla_objective_info"
    datasource = builders.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    address = builders.TextBoxVariable("monitor").label("Monitor's address").default_value(monitor_url)
    return [
        datasource,
        # Agreements are filtered by customer, all else by agreement: "All" need not list the customers,
        # whose names may hold quotes that Grafana does not escape.
        _choice("customer", "Customer", f"label_values({info}, customer)").all_value(".*"),
        _choice("agreement", "Agreement", f'label_values({info}{{customer=~"$customer"}}, agreement)'),
        _choice("objective", "Objective", f'label_values({info}{{agreement=~"$agreement"}}, objective)'),
        address.current(dashboard.VariableOption(text=monitor_url, value=monitor_url)),
    ]


def _choice(name: str, label: str, query: str) -> builders.QueryVariable:
    chosen = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    variable = builders.QueryVariable(name).label(label).datasource(shapes.SOURCE)
    variable.query({"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery", "qryType": 1})
    variable.refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
    variable.sort(dashboard.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
    return variable.multi(True).include_all(True).current(chosen)


def _numbered(board: dashboard.Dashboard) -> dashboard.Dashboard:
    """Panel ids end up in links and alerts: from the order of the panels, the same at each writing."""
    for number, panel in zip(count(1), board.panels or (), strict=False):
        panel.id_val = number
    return board
