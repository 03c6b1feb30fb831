"""The verbs of the command, each imported when it is wanted: all of them together cost more than most take to run."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup

MEASURING = ("run", "init", "check", "plan", "evaluate", "status", "explain", "backfill")
STATING = ("statement", "statements", "restate", "verify")
LOOKING = ("baseline", "simulate", "rules", "dashboards", "schema", "config", "exclude", "ledger")
NAMES = (*MEASURING, *STATING, *LOOKING)


@cache
def command(name: str) -> Any:
    """The verb of that name, out of the module of that name, as typer makes it."""
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    with without_collecting():
        import_module(f"{__package__}.{name}").register(app)
    return typer.main.get_group(app).commands[name]


@contextmanager
def without_collecting() -> Iterator[None]:
    """For what makes much and no rubbish before its end: looking for some takes a tenth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class Commands(Mapping[str, Any]):
    """All verbs by name, told in this order."""

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        return command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


class Verbs(TyperGroup):
    """The group of all verbs."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": None})
        self.commands = cast("Any", Commands())
