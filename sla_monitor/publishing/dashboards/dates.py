"""The dates of agreements: when they end or are renewed, until when notice may be given, the next review."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table

from sla_monitor.publishing.dashboards import queries, shapes
from sla_monitor.publishing.dashboards.shapes import Column, Frame

LABELS = {"agreement": "Agreement", "customer": "Customer"}
DAY = {"unit": "dateTimeAsIso", "custom.width": 165}
SOON = {"unit": "dateTimeFromNow", "custom.width": 130}


def dates() -> table.Panel:
    told = (
        "When each agreement ends for good, or is renewed unless notice is given in time, and when its next review "
        "is due. What was not agreed is empty; a last day for notice that has passed stays until the renewal."
    )
    columns = (
        Column("Notice by", queries.dated("notice"), DAY),
        Column("Notice", queries.dated("notice"), SOON),
        Column("Renewed", queries.dated("renewal"), DAY),
        Column("Ends", queries.dated("end"), DAY),
        Column("Next review", queries.dated("review"), DAY),
        Column("Review", queries.dated("review"), SOON),
    )
    panel = shapes.records(Frame("Terms and reviews", told, 24, 8), LABELS, columns)
    return panel.sort_by([shapes.sorted_by("Notice by", descending=False)])
