"""The first screen: how do the promises stand now, and which one needs a look."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, stat, table
from grafana_foundation_sdk.models import common

from sla_monitor.publishing.dashboards import looks, queries, shapes
from sla_monitor.publishing.dashboards.queries import now
from sla_monitor.publishing.dashboards.shapes import Column, Frame

LABELS = {"agreement": "Agreement", "objective": "Objective"}
DESCRIBED = {**LABELS, "customer": "Customer", "service": "Service"}

PAGE = "${monitor:raw}/agreements"


def counts() -> stat.Panel:
    frame = Frame("Objectives by status", "How many of the chosen objectives have each status now.", 7, 4)
    panel = shapes.number(frame, *(now(queries.counted(each), each.title) for each in queries.STATUSES[::-1]))
    panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)
    for each in queries.STATUSES:
        panel.override_by_name(each.title, looks.options({"color": _fixed(each.colour)}))
    return panel.orientation(common.VizOrientation.VERTICAL)


def least_budget() -> stat.Panel:
    told = (
        "The objective with the least error budget left in its window; below 0 % the promise is broken. "
        "Cut off after one decimal, never rounded up."
    )
    panel = shapes.tile(Frame("Least budget left", told, 4, 4), now(f"bottomk(1, {queries.BUDGET_LEFT})"))
    panel.unit("percentunit").decimals(1).thresholds(looks.thresholds("red", looks.BUDGET_STEPS))
    return panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)


def next_exhaustion() -> stat.Panel:
    told = (
        "The first error budget to run out if the rate of the last six hours goes on. "
        "Nothing when no budget is on its way out."
    )
    query = now(f"bottomk(1, {queries.EXHAUSTION}) * 1000")
    panel = shapes.number(Frame("Next budget to run out", told, 4, 4), query)
    panel.unit("dateTimeFromNow").no_value("None in sight")
    return panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)


def breach_certain() -> stat.Panel:
    told = "Objectives which even a faultless rest of their window cannot keep any more."
    panel = shapes.tile(Frame("Breach certain", told, 3, 4), now(f"sum({queries.BREACH_CERTAIN})", ""))
    return panel.thresholds(looks.thresholds("green", ((1.0, "red"),)))


def highest_credit() -> stat.Panel:
    told = "The largest service credit owed if the windows closed as they stand now, as a share of the fee."
    panel = shapes.tile(Frame("Highest credit", told, 3, 4), now(f"max({queries.CREDIT})", ""))
    return panel.unit("percentunit").thresholds(looks.thresholds("green", ((0.000001, "orange"), (0.25, "red"))))


def measured_lag() -> stat.Panel:
    told = (
        "How far the measurements lie behind the present. Everything on this page is as old as this; "
        "some minutes are normal, because the newest slices have to settle."
    )
    behind = now("time() - min(sla_monitor_measured_until_timestamp_seconds)", "")
    panel = shapes.tile(Frame("Measured up to", told, 3, 4), behind)
    return panel.unit("s").decimals(0).thresholds(looks.thresholds("green", ((600.0, "orange"), (3600.0, "red"))))


def states() -> stat.Panel:
    told = f"One tile an objective, the worst first; at most {queries.TILES}. A click opens the monitor's page."
    worst = now(f"sort_desc(topk({queries.TILES}, {queries.state()}))")
    panel = shapes.tile(Frame("Status of each objective", told, 12, 8), worst)
    panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME).mappings(looks.status_words())
    return panel.data_links([shapes.link(f"{PAGE}/${{__field.labels.agreement}}/${{__field.labels.objective}}")])


def budgets() -> bargauge.Panel:
    told = (
        f"What is left of the error budget of the window, the emptiest first; at most {queries.LINES}. "
        "Under 10 % an objective is at risk, below 0 % the promise is broken."
    )
    least = now(f"sort(bottomk({queries.LINES}, {queries.BUDGET_LEFT}))")
    panel = shapes.bars(Frame("Error budget left", told, 12, 8), least)
    panel.decimals(1).thresholds(looks.thresholds("red", looks.BUDGET_STEPS))
    return panel.data_links([shapes.link(f"{PAGE}/${{__field.labels.agreement}}/${{__field.labels.objective}}")])


def standings() -> table.Panel:
    told = (
        "The running window of every chosen objective. Percentages are cut off, never rounded up. "
        "An empty cell is a value that is not known or does not apply."
    )
    panel = shapes.records(Frame("Standings", told, 24, 10), DESCRIBED, STANDING_COLUMNS)
    panel.override_by_name("Agreement", looks.options({"links": [_link(f"{PAGE}/${{__value.raw}}")]}))
    objective = f"{PAGE}/${{__data.fields.Agreement}}/${{__value.raw}}"
    panel.override_by_name("Objective", looks.options({"links": [_link(objective)]}))
    return panel.sort_by([shapes.sorted_by("Status", descending=True)])


def _link(url: str) -> dict[str, object]:
    return {"title": shapes.LINK_TITLE, "url": url, "targetBlank": True}


def _fixed(colour: str) -> dict[str, object]:
    return {"mode": "fixed", "fixedColor": colour}


def _coloured(base: str, steps: looks.Steps) -> dict[str, object]:
    return {
        "unit": "percentunit",
        "custom.cellOptions": {"type": "color-text"},
        "thresholds": looks.thresholds(base, steps).build(),
    }


STATUS_CELL: dict[str, object] = {
    "mappings": looks.status_words(),
    "custom.cellOptions": {"type": "color-background", "mode": "basic"},
    "custom.width": 100,
}
RATIO: dict[str, object] = {"unit": "percentunit", "decimals": 4, "custom.width": 105}
FROM_NOW: dict[str, object] = {"unit": "dateTimeFromNow", "custom.width": 105}
BUDGET = {**_coloured("red", looks.BUDGET_STEPS), "decimals": 1, "custom.width": 95}
COVERAGE = {**_coloured("red", looks.COVERAGE_STEPS), "decimals": 2, "custom.width": 95}

STANDING_COLUMNS = (
    Column("Status", queries.described(queries.state()), STATUS_CELL),
    Column("Attainment", queries.ATTAINMENT, RATIO),
    Column("Target", queries.TARGET, RATIO),
    Column("Budget left", queries.BUDGET_LEFT, BUDGET),
    Column("Downtime left", queries.DOWNTIME_LEFT, {"unit": "s", "decimals": 2, "custom.width": 115}),
    Column("Failures left", queries.FAILURES_LEFT, {"unit": "locale", "decimals": 0, "custom.width": 110}),
    Column("Coverage", queries.COVERAGE, COVERAGE),
    Column("Credit", queries.CREDIT, {"unit": "percentunit", "decimals": 0, "custom.width": 75}),
    Column("Runs out", f"{queries.EXHAUSTION} * 1000", FROM_NOW),
    Column("Window ends", f"{queries.WINDOW_END} * 1000", FROM_NOW),
)
