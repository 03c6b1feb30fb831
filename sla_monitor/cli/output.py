"""Records for people and programs: a table, JSON, YAML or CSV on standard output."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import orjson
import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from sla_monitor.cli.standings import show_table
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.publishing.records import as_record, as_row

WIDE = 160
"""Columns of a table that nobody's terminal limits: piped into a file it is not folded."""


class Format(Enum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"


Output = Annotated[Format, typer.Option("--output", "-o", help="How records are printed.")]


class FailOn(Enum):
    BREACHED = "breached"
    AT_RISK = "at_risk"
    UNKNOWN = "unknown"


_FAILS = {
    FailOn.BREACHED: {Status.BREACHED},
    FailOn.AT_RISK: {Status.BREACHED, Status.AT_RISK},
    FailOn.UNKNOWN: {Status.BREACHED, Status.AT_RISK, Status.UNKNOWN},
}

FailOption = Annotated[
    FailOn | None,
    typer.Option("--fail-on", help="Exit with 1 where a standing is this, or worse.", show_default=False),
]


def failed(standings: Sequence[Standing], fail_on: FailOn | None) -> int:
    """The exit code: 1 where `--fail-on` finds something."""
    return int(fail_on is not None and any(standing.status in _FAILS[fail_on] for standing in standings))


def console() -> Console:
    """As wide as the terminal, or as COLUMNS says; coloured on a terminal only."""
    width = shutil.get_terminal_size((WIDE, 25)).columns
    return Console(width=width, no_color=None if sys.stdout.isatty() else True, highlight=False)


def show_standings(standings: Sequence[Standing], form: Format) -> None:
    if form is Format.TABLE:
        show_table(standings, console())
    elif form is Format.CSV:
        show_rows([as_row(standing) for standing in standings], form)
    else:
        show_rows([as_record(standing) for standing in standings], form)


def show_rows(rows: Sequence[dict[str, Any]], form: Format) -> None:
    """Flat or nested records; as a table, flat ones only."""
    match form:
        case Format.JSON:
            typer.echo(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2).decode())
        case Format.YAML:
            typer.echo(yaml.safe_dump(list(rows), sort_keys=False, allow_unicode=True), nl=False)
        case Format.CSV:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: _as_csv(value) for name, value in row.items()} for row in rows)
        case Format.TABLE:
            table = Table(box=None, pad_edge=False, header_style="bold")
            for name in rows[0] if rows else ():
                table.add_column(name.replace("_", " "), overflow="fold")
            for row in rows:
                table.add_row(*("–" if value is None else str(value) for value in row.values()))
            console().print(table)


PACE = 600
"""Seconds: what is left of hours, told by the last half minute, jumps up and down by half."""


def progress() -> Progress:
    """A bar on standard error, on a terminal only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        speed_estimate_period=PACE,
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def _as_csv(value: Any) -> Any:
    """Other programs know true and false."""
    return str(value).lower() if isinstance(value, bool) else value
