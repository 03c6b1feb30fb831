"""`sla-monitor plan`: the queries that would be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import typer

from sla_monitor.cli import options, output
from sla_monitor.compliance import conditions
from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.terms import Agreement, Latency, Measurement
from sla_monitor.daemon.settings import Settings
from sla_monitor.sources import asks, plans
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.discovery import UNSEEN_RESOLUTION
from sla_monitor.sources.expressions import Native
from sla_monitor.sources.plans import Found

DAY = 86_400
ALWAYS = "always"
WITHOUT_UP = "where up is absent"
IF_NATIVE = "instead, where the histogram is native"


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor plan agreements/ --resolution 30s --prometheus http://127.0.0.1:9090")(
        plan
    )


def plan(
    files: options.Files = None,
    form: output.Output = output.Format.TABLE,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
) -> None:
    """Show the queries that would be sent, how many objectives share each, and what each reads. Asks nobody."""
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution)
    agreements = options.sound(options.read(settings))
    rows = _rows(settings, agreements)
    if form is output.Format.TABLE:
        _show(rows)
    else:
        output.show_rows(rows, form)


def _show(rows: list[dict[str, Any]]) -> None:
    """Each query on a line of its own, never folded: to be copied."""
    for row in rows:
        typer.echo(
            f"{row['source']}, {row['asked']}: every {row['every_seconds']} s for {_sharers(row)}, "
            f"{row['points_a_day']:,} points and {row['samples_a_day_and_series']:,} samples of a series a day"
        )
        typer.echo(f"    {row['query']}")
    points = sum(row["points_a_day"] for row in rows if row["asked"] == ALWAYS)
    always = sum(row["asked"] == ALWAYS for row in rows)
    typer.echo(f"{always} queries always, {len(rows) - always} where needed; {points:,} points a day", err=True)


def _sharers(row: dict[str, Any]) -> str:
    counts = ((row[f"{what}s"], what) for what in ("objective", "exclusion"))
    return " and ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count)


def _rows(settings: Settings, agreements: tuple[Agreement, ...]) -> list[dict[str, Any]]:
    sharers: dict[tuple[str, Ask, str], set[tuple[str, str]]] = {}
    for agreement in agreements:
        for name, measurement in conditions.measurements(agreement):
            for when, ask in _asked(settings, measurement):
                key = (str(measurement.source), ask, when)
                sharers.setdefault(key, set()).add((agreement.name, name))
    return [
        {
            "source": source,
            "asked": when,
            "every_seconds": ask.step,
            "points_a_day": DAY // ask.step,
            "samples_a_day_and_series": DAY // ask.step * ask.reads,
            "objectives": sum(not name.startswith(conditions.EXCLUSION) for _, name in names),
            "exclusions": sum(name.startswith(conditions.EXCLUSION) for _, name in names),
            "query": ask.expr,
        }
        for (source, ask, when), names in sharers.items()
    ]


def _asked(settings: Settings, measurement: Measurement) -> Iterator[tuple[str, Ask]]:
    """When it is asked, and what. A histogram is taken for a classic one until native samples are seen."""
    leaves = plans.leaves(measurement)
    found = [Found(_resolution(settings, leaf), _bounds(leaf)) for leaf in leaves]
    asked = plans.asks_for(measurement, found)
    yield from ((ALWAYS, ask) for ask in asked.first())
    yield from ((WITHOUT_UP, ask) for ask in asks.later(asked))
    native = plans.asks_for(measurement, [replace(one, native=Native.LASTING) for one in found])
    yield from ((IF_NATIVE, ask) for ask in native.first() if ask not in asked.first())


def _resolution(settings: Settings, measurement: Measurement) -> int:
    own = next((source.resolution for source in settings.sources if source.name == measurement.source), None)
    fitting = plans.resolution_on(measurement.slice_seconds, own or min(UNSEEN_RESOLUTION, measurement.slice_seconds))
    return fitting or measurement.slice_seconds


def _bounds(measurement: Measurement) -> tuple[str, ...]:
    indicator = measurement.indicator
    return (plain(indicator.threshold),) if isinstance(indicator, Latency) else ()
