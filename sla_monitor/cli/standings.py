"""Standings as a table that fits a terminal of 80 columns and uses one of 200."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sla_monitor.compliance.periods import local_text
from sla_monitor.compliance.ratios import Comparison, floored, percent_text
from sla_monitor.compliance.standings import Standing, Status

REASONS_FIT = 190
"""Columns from which the reason stands in a column of its own; else below the table, where there is one to tell."""
INSTANTS_FIT = 120
"""Columns from which a rolling window says until when it reaches."""

WORDS_FIT = 100

_STYLES = {
    Status.MET: "green",
    Status.AT_RISK: "yellow",
    Status.BREACHED: "bold red",
    Status.UNKNOWN: "magenta",
    Status.PENDING: "dim",
    Status.ENDED: "dim",
}


def show_table(standings: Sequence[Standing], console: Console) -> None:
    console.print(_table(standings, console.width))
    if console.width < REASONS_FIT:
        for standing in standings:
            if standing.status is not Status.MET:
                _show_reason(standing, console)


def styled(status: Status) -> Text:
    return Text(status.value, style=_STYLES[status])


def _show_reason(standing: Standing, console: Console) -> None:
    console.print()
    name = Text(f"{standing.agreement.name}/{standing.objective.name}", style=_STYLES[standing.status])
    console.print(name, Text(f"is {standing.status.value.replace('_', ' ')}:"))
    console.print(Padding(Text(standing.reason), (0, 0, 0, 2)))


def _table(standings: Sequence[Standing], width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("objective", overflow="fold")
    for name in ("window", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("attainment", "target", "budget left" if width >= WORDS_FIT else "left", "known"):
        table.add_column(name, justify="right", no_wrap=True)
    if width >= REASONS_FIT:
        table.add_column("reason")
    for standing in standings:
        table.add_row(*_cells(standing, width))
    return table


def _cells(standing: Standing, width: int) -> tuple[Text | str, ...]:
    cells = (
        f"{standing.agreement.name}/{standing.objective.name}",
        _window(standing, width),
        styled(standing.status),
        number(standing),
        f"{_SIGNS.get(standing.objective.comparison, '')}{_value(standing, standing.objective.target)}",
        "–" if standing.budget is None else f"{floored(standing.budget.remaining_ratio * 100, 1)} %",
        "–" if standing.coverage is None else f"{floored(standing.coverage * 100, 2)} %",
    )
    return (*cells, standing.reason) if width >= REASONS_FIT else cells


_SIGNS = {Comparison.LE: "≤ ", Comparison.LT: "< ", Comparison.GT: "> "}
"""A promise of at least so much needs none."""


def number(standing: Standing) -> str:
    """What is held against the target."""
    return _value(standing, standing.value if standing.percent is None else standing.percent / 100)


def _value(standing: Standing, number: Fraction | None) -> str:
    objective = standing.objective
    if number is None:
        return "–"
    if objective.is_share or objective.shown_in == "%":
        return f"{percent_text(number * 100)} %"
    return f"{floored(number, 6)} {objective.shown_in}".rstrip()


def _window(standing: Standing, width: int) -> str:
    if standing.window.kind == "rolling" and width >= INSTANTS_FIT:
        return f"{standing.window.label} to {local_text(standing.at, standing.agreement.zone)}"
    return standing.window.label
