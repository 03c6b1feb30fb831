"""`sla-monitor dashboards`: write the Grafana dashboards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sla_monitor.errors import ConfigError
from sla_monitor.publishing.dashboards import MONITOR_URL, rendered


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor dashboards --out dashboards")(dashboards)


def dashboards(
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("dashboards"),
    monitor_url: Annotated[str, typer.Option(help="Where a browser finds the monitor's pages.")] = MONITOR_URL,
) -> None:
    """Write the Grafana dashboards."""
    for path in write(out, monitor_url):
        typer.echo(str(path))


def write(out: Path, monitor_url: str = MONITOR_URL) -> list[Path]:
    """Every dashboard as a file in `out`; `monitor_url` is where a browser finds the monitor's pages."""
    texts = rendered(monitor_url.rstrip("/"))
    try:
        return [_written(out / name, text) for name, text in texts.items()]
    except OSError as error:
        raise ConfigError(
            f"cannot write to {error.filename or out}: {error.strerror}; name another folder with --out"
        ) from error


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
