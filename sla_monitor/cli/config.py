"""`sla-monitor config`: the effective settings."""

from __future__ import annotations

import typer
import yaml

from sla_monitor.cli import options
from sla_monitor.daemon import settings as settings_


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: SLA_MONITOR_LOG__LEVEL=debug sla-monitor config --config sla-monitor.yaml")(config)


def config(
    file: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> None:
    """Print the effective settings, secrets masked."""
    settings = options.load(file, prometheus=prometheus, resolution=resolution, ledger=ledger)
    typer.echo(yaml.safe_dump(settings_.masked(settings), sort_keys=False, allow_unicode=True), nl=False)
