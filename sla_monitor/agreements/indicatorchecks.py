"""How the parts of one indicator fit together. Findings are located from the objective on."""

from __future__ import annotations

from collections.abc import Iterator

from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.schema.indicators import Composite, Indicator, Selection

STATES = ("probe", "threshold", "composite")
"""Up or down at each instant."""
PARTS = (*STATES, "ratio", "latency")
"""What may be a part of a composite; events are up by their good share."""


def indicator_faults(indicator: Indicator, at: Loc = ("indicator",)) -> Iterator[Finding]:
    if (ratio := indicator.ratio) is not None:
        for key in ("good", "bad", "total"):
            yield from _twice(getattr(ratio, key), (*at, "ratio", key))
    if (composite := indicator.composite) is not None:
        yield from _composite(composite, (*at, "composite", "of"))


def _twice(selection: Selection | None, at: Loc) -> Iterator[Finding]:
    """Added up, the events of such a series would count double."""
    selectors = (selection.selectors or ()) if selection is not None else ()
    for index, selector in enumerate(selectors):
        if selector.strip() in {earlier.strip() for earlier in selectors[:index]}:
            yield Finding((*at, index), f"{at[-1]}: {selector.strip()} is listed twice, so it would count twice")


def _composite(composite: Composite, at: Loc) -> Iterator[Finding]:
    for index, part in enumerate(composite.of):
        place = (*at, index)
        if part.kind not in PARTS:
            told = f"{part.kind}: is neither up nor down, so it is no part of a composite"
            yield Finding((*place, part.kind), told, f"one of: {', '.join(PARTS)}")
        if part.probe is not None and part.probe.combine == "pooled":
            told = "combine: pooled adds up the seconds of each series, which a composite has no place for"
            yield Finding((*place, "probe", "combine"), told, "mean: up by the share of the series that are up")
        if part in composite.of[:index]:
            yield Finding(place, "of: the same part is listed twice")
        yield from indicator_faults(part, place)
