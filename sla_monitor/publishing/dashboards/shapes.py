"""The kinds of panel the dashboards are made of, each with its settings chosen once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import prometheus as prometheus_models

from sla_monitor.publishing.dashboards import looks
from sla_monitor.publishing.dashboards.queries import Query

SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")


class Titled(Protocol):
    """What all panel builders of the SDK have in common; it names no base class for it."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def datasource(self, datasource: dashboard.DataSourceRef) -> Self: ...
    def with_target(self, target: cog.Builder[variants.Dataquery]) -> Self: ...


Panel = TypeVar("Panel", bound=Titled)


@dataclass(frozen=True)
class Frame:
    """Title, explanation and size of a panel, in columns of 24 and rows."""

    title: str
    description: str
    width: int
    height: int


@dataclass(frozen=True)
class Column:
    """A column of a table: its own query, and the field options it is drawn with."""

    title: str
    expr: str
    options: dict[str, object] = field(default_factory=dict)


def target(ref: str, query: Query) -> prometheus.Dataquery:
    built = prometheus.Dataquery().ref_id(ref).expr(query.expr).legend_format(query.legend)
    built.editor_mode(prometheus_models.QueryEditorMode.CODE).datasource(SOURCE)
    return built.instant() if query.instant else built.range()


def framed(panel: Panel, frame: Frame, queries: Sequence[Query]) -> Panel:
    panel.title(frame.title).description(frame.description).datasource(SOURCE)
    panel.span(frame.width).height(frame.height)
    for ref, query in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(target(ref, query))
    return panel


def number(frame: Frame, *queries: Query) -> stat.Panel:
    panel = framed(stat.Panel(), frame, queries)
    panel.reduce_options(looks.newest()).graph_mode(common.BigValueGraphMode.NONE)
    panel.color_mode(common.BigValueColorMode.VALUE).justify_mode(common.BigValueJustifyMode.CENTER)
    panel.color_scheme(looks.colours(dashboard.FieldColorModeId.THRESHOLDS))
    return panel.thresholds(looks.thresholds("text")).wide_layout(False)


def tile(frame: Frame, *queries: Query) -> stat.Panel:
    """A number on its colour: for what has to be seen from across the room."""
    return number(frame, *queries).color_mode(common.BigValueColorMode.BACKGROUND_SOLID)


def bars(frame: Frame, *queries: Query) -> bargauge.Panel:
    panel = framed(bargauge.Panel(), frame, queries)
    panel.reduce_options(looks.newest()).orientation(common.VizOrientation.HORIZONTAL)
    panel.display_mode(common.BarGaugeDisplayMode.BASIC).value_mode(common.BarGaugeValueMode.COLOR)
    panel.name_placement(common.BarGaugeNamePlacement.LEFT).show_unfilled(True)
    panel.color_scheme(looks.colours(dashboard.FieldColorModeId.THRESHOLDS))
    panel.text(parts.VizTextDisplayOptions().title_size(12).value_size(14))
    return panel.unit("percentunit").min(0).max(1)


def lines(frame: Frame, *queries: Query, calcs: Sequence[str] = ("lastNotNull",)) -> timeseries.Panel:
    panel = framed(timeseries.Panel(), frame, queries)
    panel.legend(looks.legend(*calcs)).tooltip(looks.tooltip())
    panel.color_scheme(looks.colours(dashboard.FieldColorModeId.PALETTE_CLASSIC))
    panel.line_width(2).fill_opacity(0).show_points(common.VisibilityMode.AUTO)
    return panel.span_nulls(False)


def history(frame: Frame, *queries: Query) -> statetimeline.Panel:
    panel = framed(statetimeline.Panel(), frame, queries)
    panel.color_scheme(looks.colours(dashboard.FieldColorModeId.THRESHOLDS)).tooltip(looks.tooltip())
    panel.show_value(common.VisibilityMode.AUTO).merge_values(True).row_height(0.8)
    panel.legend(parts.VizLegendOptions().show_legend(False))
    return panel.per_page(12).fill_opacity(85).line_width(0)


def records(frame: Frame, labels: dict[str, str], columns: Sequence[Column]) -> table.Panel:
    """A table whose rows are label sets; each column is an instant query, joined on what all have."""
    panel = framed(table.Panel(), frame, ())
    for ref, column in zip(ascii_uppercase, columns, strict=False):
        query = Query(column.expr, legend="", instant=True)
        panel.with_target(target(ref, query).format(prometheus_models.PromQueryFormat.TABLE))
        panel.override_by_name(column.title, looks.options(column.options))
    panel.with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(_arranged(labels, columns))
    panel.show_header(True).cell_height(common.TableCellHeight.SM).filterable(True).min_width(80)
    return panel.no_value("—")


def _arranged(labels: dict[str, str], columns: Sequence[Column]) -> dashboard.DataTransformerConfig:
    values = {f"Value #{ref}": column.title for ref, column in zip(ascii_uppercase, columns, strict=False)}
    titles = {**labels, **values}
    return dashboard.DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": {"Time": True},
            "renameByName": titles,
            "indexByName": {name: index for index, name in enumerate(titles)},
        },
    )


LINK_TITLE = "Open in sla-monitor"


def link(url: str) -> dashboard_builders.DashboardLink:
    return dashboard_builders.DashboardLink(LINK_TITLE).url(url).target_blank(True)


def sorted_by(title: str, *, descending: bool) -> parts.TableSortByFieldState:
    return parts.TableSortByFieldState().display_name(title).desc(descending)
