"""How the numbers came to be: attainment, budget and burn over the chosen time."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.models import common

from sla_monitor.publishing.dashboards import looks, queries, shapes
from sla_monitor.publishing.dashboards.overview import LABELS, RATIO, STATUS_CELL
from sla_monitor.publishing.dashboards.queries import Query, now, troubled
from sla_monitor.publishing.dashboards.shapes import Column, Frame

SHOWN = f"The {queries.LINES} chosen objectives with the least budget left."
BUDGET = "sla_error_budget_remaining_ratio"
DASHED: dict[str, object] = {
    "custom.lineStyle": {"fill": "dash", "dash": [8, 6]},
    "custom.lineWidth": 1,
    "custom.hideFrom": {"legend": True, "tooltip": False, "viz": False},
}


def attainment() -> timeseries.Panel:
    told = f"What was kept of the running window so far (solid) against what was promised (dashed). {SHOWN}"
    panel = shapes.lines(
        Frame("Attainment against target", told, 12, 9),
        Query(troubled(queries.ATTAINMENT, BUDGET)),
        Query(troubled(queries.TARGET, BUDGET), f"{queries.LEGEND} target"),
    )
    panel.override_by_regexp("/ target$/", looks.options({**DASHED, "color": {"mode": "fixed", "fixedColor": "text"}}))
    return panel.unit("percentunit").decimals(4)


def burn_down() -> timeseries.Panel:
    told = (
        "What is left of the error budget. It starts at 100 % when a window begins and falls with each "
        f"failure; below the red line the promise is broken. {SHOWN}"
    )
    panel = shapes.lines(Frame("Error budget burn-down", told, 12, 9), Query(troubled(queries.BUDGET_LEFT, BUDGET)))
    panel.thresholds(looks.thresholds("red", ((0.0, "transparent"),)))
    panel.thresholds_style(_threshold_style(common.GraphThresholdsStyleMode.LINE_AND_AREA))
    return panel.unit("percentunit").decimals(1).axis_soft_min(0).max(1)


def statuses() -> statetimeline.Panel:
    told = f"Each objective's status over time; the {queries.LINES} chosen objectives that are worst off now."
    panel = shapes.history(Frame("Status over time", told, 24, 7), Query(queries.worst_states()))
    return panel.mappings(looks.status_words())


def burn_rates() -> timeseries.Panel:
    told = (
        "The highest burn rate among the chosen objectives, by lookback. At 1 a budget lasts exactly its "
        "window. The dashed lines are the alerting factors of a 30-day month: 1 (ticket), 6 and 14.4 (page)."
    )
    burning = (Query(f"max ({_burn(lookback)})", lookback) for lookback in queries.LOOKBACKS)
    panel = shapes.lines(Frame("Burn rate by lookback", told, 12, 9), *burning, calcs=("max", "lastNotNull"))
    panel.legend(looks.legend("max", "lastNotNull").placement(common.LegendPlacement.RIGHT))
    panel.thresholds(looks.thresholds("transparent", looks.BURN_STEPS))
    panel.thresholds_style(_threshold_style(common.GraphThresholdsStyleMode.DASHED))
    symlog = parts.ScaleDistributionConfig().type(common.ScaleDistribution.SYMLOG).log(10).linear_threshold(1)
    return panel.scale_distribution(symlog).unit("none").decimals(2).min(0).axis_soft_max(20)


def burn_table() -> table.Panel:
    told = (
        "Who burns: the present burn rate of each objective over the seven lookbacks. "
        "A short lookback alone is a spike; short and long together are an incident."
    )
    drawn: dict[str, object] = {
        "unit": "none",
        "decimals": 2,
        "custom.width": 64,
        "custom.cellOptions": {"type": "color-background", "mode": "basic"},
        "thresholds": looks.thresholds("transparent", looks.BURN_STEPS).build(),
    }
    columns = [Column(lookback, _burn(lookback), drawn) for lookback in queries.LOOKBACKS]
    panel = shapes.records(Frame("Burn rate by objective", told, 12, 9), LABELS, columns)
    return panel.sort_by([shapes.sorted_by("1h", descending=True)])


def exhaustion() -> table.Panel:
    told = (
        "Objectives whose budget runs out in their window if the rate of the last six hours goes on, "
        "and those whose breach is certain. Empty when there is none."
    )
    lost = f"({queries.EXHAUSTION} or {queries.BREACH_CERTAIN} == 1)"
    window_end = f"{queries.WINDOW_END} * 1000 and on ({queries.OBJECTIVE}) {lost}"
    certain = f"{queries.BREACH_CERTAIN} and on ({queries.OBJECTIVE}) {lost}"
    drawn: dict[str, object] = {
        "custom.cellOptions": {"type": "color-background", "mode": "basic"},
        "mappings": looks.words({"0": ("no", "transparent"), "1": ("yes", "red")}),
        "custom.width": 120,
    }
    columns = (
        Column("Breach certain", certain, drawn),
        Column("Runs out", f"{queries.EXHAUSTION} * 1000", {"unit": "dateTimeFromNow"}),
        Column("Runs out at", f"{queries.EXHAUSTION} * 1000", {"unit": "dateTimeAsIso", "custom.width": 165}),
        Column("Window ends", window_end, {"unit": "dateTimeAsIso", "custom.width": 165}),
    )
    panel = shapes.records(Frame("Budget exhaustion", told, 12, 8), LABELS, columns)
    return panel.sort_by([shapes.sorted_by("Runs out at", descending=False)])


def time_left() -> timeseries.Panel:
    told = f"How long until the budget runs out at the rate of the last six hours, as seen at each time. {SHOWN}"
    until = f"{queries.EXHAUSTION} - time()"
    panel = shapes.lines(Frame("Time until the budget runs out", told, 12, 8), Query(troubled(until, BUDGET)))
    return panel.unit("s").decimals(1).min(0)


def downtime() -> timeseries.Panel:
    told = (
        "Downtime used in the running window (solid) and allowed in the whole of it (dashed); "
        f"objectives that count time. {SHOWN}"
    )
    panel = shapes.lines(
        Frame("Downtime used and allowed", told, 12, 8),
        Query(troubled(queries.chosen("sla_downtime_seconds"), BUDGET)),
        Query(troubled(queries.chosen("sla_downtime_allowed_seconds"), BUDGET), f"{queries.LEGEND} allowed"),
    )
    panel.override_by_regexp("/ allowed$/", looks.options({**DASHED, "color": {"mode": "fixed", "fixedColor": "text"}}))
    return panel.unit("s").decimals(1).min(0)


def coverage() -> timeseries.Panel:
    told = (
        "The share of the window's population that is backed by data; under the agreement's minimum "
        f"(90 % unless it says otherwise) there is no verdict. The {queries.LINES} least covered objectives."
    )
    covered = Query(troubled(queries.COVERAGE, "sla_coverage_ratio"))
    panel = shapes.lines(Frame("Coverage", told, 12, 8), covered)
    panel.thresholds(looks.thresholds("red", ((0.9, "transparent"),)))
    panel.thresholds_style(_threshold_style(common.GraphThresholdsStyleMode.DASHED))
    return panel.unit("percentunit").decimals(2).max(1).axis_soft_min(0.85)


def previous() -> table.Panel:
    told = "The verdict of the last closed window of each objective, and what was attained in it."
    columns = (
        Column("Verdict", queries.state("sla_previous_status"), STATUS_CELL),
        Column("Attainment", queries.floored(queries.chosen("sla_previous_attainment_ratio"), 6), RATIO),
        Column("Target now", queries.TARGET, RATIO),
    )
    panel = shapes.records(Frame("Last closed window", told, 12, 8), LABELS, columns)
    return panel.sort_by([shapes.sorted_by("Verdict", descending=True)])


def credits_at_stake() -> bargauge.Panel:
    told = "The credit owed if the window closed as it stands, as a share of the fee."
    largest = now(f"sort_desc(topk({queries.LINES}, {queries.CREDIT}))")
    panel = shapes.bars(Frame("Credit at stake", told, 8, 8), largest)
    return panel.decimals(0).thresholds(looks.thresholds("green", ((0.000001, "orange"), (0.25, "red"))))


def breaches() -> stat.Panel:
    told = "Windows, closed or running, that fell below their target in the chosen time."
    grown = f"increase(sla_breaches_total{{{queries.CHOSEN}}}[$__range])"
    lost = now(f"round(sum(max by ({queries.OBJECTIVE}) ({grown})))", "")
    panel = shapes.number(Frame("Breaches", told, 4, 8), lost)
    return panel.decimals(0).thresholds(looks.thresholds("green", ((1.0, "red"),)))


def _burn(lookback: str) -> str:
    return queries.chosen("sla_burn_rate", f'lookback="{lookback}"')


def _threshold_style(mode: common.GraphThresholdsStyleMode) -> parts.GraphThresholdsStyleConfig:
    return parts.GraphThresholdsStyleConfig().mode(mode)
