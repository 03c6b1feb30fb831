"""What `baseline` and `simulate` print alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from rich.console import Console

from sla_monitor.cli import output

Made = TypeVar("Made")
Record = dict[str, Any]


def show(
    made: Sequence[Made],
    form: output.Format,
    *,
    one: Callable[[Made, Console], None],
    rows: Callable[[Made], Iterable[Record]],
    record: Callable[[Made], Record],
) -> None:
    """`one`: as people read it, apart from the next; `rows`: flat, for CSV."""
    if form is output.Format.TABLE:
        console = output.console()
        for index, each in enumerate(made):
            if index:
                console.print()
            one(each, console)
    elif form is output.Format.CSV:
        output.show_rows([row for each in made for row in rows(each)], form)
    else:
        output.show_rows([record(each) for each in made], form)


def windows(count: int) -> str:
    return "1 window" if count == 1 else f"{count} windows"
