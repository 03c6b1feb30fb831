"""What the demo says while it comes up: a line a stage with the time it took, a bar where it takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

WIDE = 120  # into a file or a build log
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Told when it is done."""
    began = time.monotonic()
    with console.status(name):
        yield
    told(name, time.monotonic() - began)


@contextmanager
def long_stage(name: str, total: float) -> Iterator[Callable[[float], None]]:
    """With a bar; what is yielded hears how much more of the total is done."""
    began = time.monotonic()
    with bar() as progress:
        task = progress.add_task(name, total=total)
        yield lambda done: progress.update(task, advance=done)
    told(name, time.monotonic() - began)


def told(name: str, seconds: float) -> None:
    console.print(f"[green]✓[/] {name:<58} [dim]{seconds:5.1f} s[/]")


def bar() -> Progress:
    columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("left"))
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
