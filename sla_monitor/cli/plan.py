"""`sla-monitor plan`: the queries that would be sent."""

from __future__ import annotations

import typer

from sla_monitor.cli import options, output
from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.terms import Agreement, Latency, Measurement
from sla_monitor.daemon.settings import Settings
from sla_monitor.sources import plans
from sla_monitor.sources.discovery import UNSEEN_RESOLUTION

DAY = 86_400


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
    output.show_rows(_rows(settings, agreements), form)


def _rows(settings: Settings, agreements: tuple[Agreement, ...]) -> list[dict[str, object]]:
    sharers: dict[tuple[str, plans.Ask, str], set[str]] = {}
    for agreement in agreements:
        for objective in agreement.objectives:
            measurement = objective.measurement
            asks = plans.asks_for(measurement, _resolution(settings, measurement), _bounds(measurement))
            for when, group in (("always", asks.first()), ("where up is absent", asks.later())):
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
