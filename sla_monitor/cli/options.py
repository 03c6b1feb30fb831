"""Options that verbs share, and what they make of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic_core import PydanticCustomError

from sla_monitor.agreements.quantities import read_lapse
from sla_monitor.agreements.reading import Alter, Reading, as_written
from sla_monitor.compliance import periods
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import settings as settings_
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError

DAY = 86_400
MOST_YEARS = 10
"""As long as the longest window."""

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE", help="Agreement files, or folders of them.", show_default=False),
]
FileOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--file", "-f", metavar="FILE", help="Agreement file or folder; may be given again.", show_default=False
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file.", envvar="SLA_MONITOR_CONFIG", show_default=False),
]
Prometheus = Annotated[
    str | None, typer.Option("--prometheus", metavar="URL", help="One source named 'default'.", show_default=False)
]
Resolution = Annotated[
    str | None,
    typer.Option(
        "--resolution", metavar="DURATION", help="Spacing of its samples; found out by asking.", show_default=False
    ),
]
Ledger = Annotated[
    str | None,
    typer.Option(
        "--ledger", metavar="URL", help="As sqlite:///file.db or postgresql://user@host/database.", show_default=False
    ),
]


def load(
    config: Path | None,
    *,
    files: Sequence[Path] | None = None,
    prometheus: str | None = None,
    resolution: str | None = None,
    ledger: str | None = None,
    **sections: dict[str, Any],
) -> Settings:
    """Settings with the flags laid over them."""
    flags: dict[str, Any] = dict(sections)
    if files:
        flags.setdefault("agreements", {})["paths"] = list(files)
    if prometheus:
        flags["sources"] = [{"name": "default", "url": prometheus, "resolution": resolution}]
    elif resolution:
        raise ConfigError(
            "--resolution goes with --prometheus; otherwise set sources[].resolution in the settings file"
        )
    if ledger:
        flags["ledger"] = {"url": ledger}
    return settings_.load(config, flags)


def read(settings: Settings, alter: Alter = as_written) -> Reading:
    """The agreements of the settings' paths, altered before they are read. ConfigError where none are named."""
    if not settings.agreements.paths:
        raise ConfigError("no agreements are named: give files or folders, or agreements.paths in the settings file")
    return wiring.read_agreements(settings.agreements.paths, settings, alter)


def sound(reading: Reading) -> tuple[Agreement, ...]:
    """All agreements that the files hold, or every fault of them."""
    if reading.faults:
        raise ConfigError("\n".join(("the agreements have faults:", *(f"  {fault}" for fault in reading.faults))))
    if not (reading.agreements or reading.discoveries):
        raise ConfigError("the files hold no agreement")
    return reading.agreements


def length(flag: str, text: str) -> periods.Lapse:
    """`90d`, or `12 months` by the calendar."""
    try:
        lapse = read_lapse(text)
    except (ValueError, PydanticCustomError) as error:
        raise ConfigError(f"{flag}: {error}; write 90d, or 12 months") from error
    days = (lapse.seconds or 0) / DAY
    if lapse.months > MOST_YEARS * 12 or days > MOST_YEARS * 366 or not (lapse.months or days):
        raise ConfigError(f"{flag}: {text!r} is not between a moment and {MOST_YEARS} years")
    return periods.Lapse(text, months=lapse.months, seconds=int(lapse.seconds or 0))
