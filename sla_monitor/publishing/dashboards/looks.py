"""Colours, thresholds and words: the same thing looks the same in every panel."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common, dashboard

from sla_monitor.publishing.dashboards.queries import STATUSES

# Full and short lookback pairs of the SRE workbook for a month of 30 days: slow, fast, very fast.
BURN_STEPS = ((1.0, "yellow"), (6.0, "orange"), (14.4, "red"))
BUDGET_STEPS = ((0.0, "orange"), (0.1, "yellow"), (0.25, "green"))
COVERAGE_STEPS = ((0.9, "yellow"), (0.99, "green"))

Steps = tuple[tuple[float, str], ...]


def thresholds(base: str, steps: Steps = ()) -> builders.ThresholdsConfig:
    bounds = [
        dashboard.Threshold(value=None, color=base),
        *(dashboard.Threshold(value=value, color=colour) for value, colour in steps),
    ]
    return builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(bounds)


def colours(mode: dashboard.FieldColorModeId) -> builders.FieldColor:
    return builders.FieldColor().mode(mode)


def words(meanings: dict[str, tuple[str, str]]) -> list[dashboard.ValueMapping]:
    """`{"1": ("yes", "red")}`: what a number is called and how it is coloured."""
    options = {
        value: dashboard.ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(meanings.items())
    }
    return [dashboard.ValueMap(options=options)]


def status_words() -> list[dashboard.ValueMapping]:
    return words({str(each.code): (each.title, each.colour) for each in STATUSES})


def options(settings: dict[str, object]) -> list[dashboard.DynamicConfigValue]:
    return [dashboard.DynamicConfigValue(id_val=name, value=value) for name, value in settings.items()]


def legend(*calcs: str) -> parts.VizLegendOptions:
    return (
        parts.VizLegendOptions()
        .display_mode(common.LegendDisplayMode.TABLE if calcs else common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(list(calcs))
    )


def tooltip() -> parts.VizTooltipOptions:
    return parts.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)


def newest() -> parts.ReduceDataOptions:
    return parts.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields("")
