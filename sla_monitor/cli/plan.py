"""`sla-monitor plan`: the queries that would be sent."""

from __future__ import annotations

from typing import Any

import typer

from sla_monitor.cli import options, output
from sla_monitor.compliance import amendments
from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.terms import Agreement, Latency, Measurement
from sla_monitor.daemon.settings import Settings
from sla_monitor.sources import plans
from sla_monitor.sources.discovery import UNSEEN_RESOLUTION

DAY = 86_400
ALWAYS = "always"


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
        shared = "1 objective" if row["objectives"] == 1 else f"{row['objectives']} objectives"
        typer.echo(
            f"{row['source']}, {row['asked']}: every {row['every_seconds']} s for {shared}, "
            f"{row['points_a_day']:,} points and {row['samples_a_day_and_series']:,} samples of a series a day"
        )
        typer.echo(f"    {row['query']}")
    points = sum(row["points_a_day"] for row in rows if row["asked"] == ALWAYS)
    always = sum(row["asked"] == ALWAYS for row in rows)
    typer.echo(f"{always} queries always, {len(rows) - always} where needed; {points:,} points a day", err=True)


def _rows(settings: Settings, agreements: tuple[Agreement, ...]) -> list[dict[str, Any]]:
    sharers: dict[tuple[str, plans.Ask, str], set[str]] = {}
    for agreement in agreements:
        for objective in amendments.all_versions(agreement):
            measurement = objective.measurement
            asks = plans.asks_for(measurement, _resolution(settings, measurement), _bounds(measurement))
            for when, group in ((ALWAYS, asks.first()), ("where up is absent", asks.later())):
                for ask in group:
                    key = (str(measurement.source), ask, when)
                    sharers.setdefault(key, set()).add(f"{agreement.name}/{objective.name}")
    return [
        {
            "source": source,
            "asked": when,
            "every_seconds": ask.step,
            "points_a_day": DAY // ask.step,
            "samples_a_day_and_series": DAY // ask.step * ask.reads,
            "objectives": len(names),
            "query": ask.expr,
        }
        for (source, ask, when), names in sharers.items()
    ]


def _resolution(settings: Settings, measurement: Measurement) -> int:
    own = next((source.resolution for source in settings.sources if source.name == measurement.source), None)
    fitting = plans.resolution_on(measurement.slice_seconds, own or min(UNSEEN_RESOLUTION, measurement.slice_seconds))
    return fitting or measurement.slice_seconds


def _bounds(measurement: Measurement) -> tuple[str, ...]:
    indicator = measurement.indicator
    return (plain(indicator.threshold),) if isinstance(indicator, Latency) else ()
