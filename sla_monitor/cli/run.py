"""`sla-monitor run`: the daemon."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Annotated

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
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Where pages and metrics are served.", show_default="web.listen, 127.0.0.1:9797"
        ),
    ] = None,
) -> None:
    """Measure on a schedule, keep the ledger, serve pages, metrics and alerts, until SIGTERM."""
    from sla_monitor.daemon import memory, telemetry  # noqa: PLC0415
    from sla_monitor.daemon import run as daemon  # noqa: PLC0415 - the server and scheduler are for this verb alone

    web = {"web": {"listen": listen}} if listen else {}
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution, ledger=ledger, **web)
    if not settings.agreements.paths:
        raise ConfigError("no agreements are named: give files or folders, or agreements.paths in the settings file")
    settings.web.refuse_openness()
    telemetry.configure(settings.log)
    memory.spare()
    signal.signal(signal.SIGALRM, _cut_off)
    asyncio.run(daemon.run(settings))
    signal.alarm(0)  # nothing hangs any more, and while Python ends its own handler is gone


def _cut_off(*_: object) -> None:
    """The daemon's last resort when it was told to leave and something hangs; the ledger loses nothing by it."""
    typer.echo("sla-monitor: left without waiting any longer for what hangs", err=True)
    os._exit(0)
