"""`sla-monitor run`: the daemon."""

from __future__ import annotations

import asyncio

import typer

from sla_monitor.cli import options
from sla_monitor.errors import ConfigError


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor run agreements/ --prometheus http://127.0.0.1:9090")(run)


def run(
    files: options.Files = None,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> None:
    """Measure on a schedule, keep the ledger, serve pages, metrics and alerts, until SIGTERM."""
    from sla_monitor.daemon import run as daemon  # noqa: PLC0415 - the server and scheduler are for this verb alone
    from sla_monitor.daemon import telemetry  # noqa: PLC0415

    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution, ledger=ledger)
    if not settings.agreements.paths:
        raise ConfigError("no agreements are named: give files or folders, or agreements.paths in the settings file")
    settings.web.refuse_openness()
    telemetry.configure(settings.log)
    asyncio.run(daemon.run(settings))
