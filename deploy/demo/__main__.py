"""Two months of a small shop, its agreements kept by a real monitor: `make demo`.

DEMO_SECONDS=N ends it after N seconds (otherwise Ctrl-C does), DEMO_DAYS=N makes the history shorter.
Exit codes: 0 it came up and ended · 2 wrong usage · 3 something did not start, its last words are shown.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

import httpx
from rich.markup import escape

from deploy.demo.play import Play
from deploy.demo.shop import HISTORY_DAYS
from deploy.demo.showing import farewell, show
from deploy.demo.telling import console
from tests.rig.children import StartFailedError
from tests.rig.remotewrite import PushError

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 2.0
"""Seconds after which a signal that nobody heeded is told again."""
FINE, USAGE, NOT_STARTED = 0, 2, 3


def main() -> int:
    try:
        seconds, days = _number("DEMO_SECONDS"), _number("DEMO_DAYS") or HISTORY_DAYS
    except ValueError as error:
        console.print(f"[red]{error}[/]")
        return USAGE
    for number in ENDING:
        signal.signal(number, _leave)
    with tempfile.TemporaryDirectory(prefix="sla-demo-", ignore_cleanup_errors=True) as folder:
        fault, left = _played(Path(folder), days, seconds)
    if fault:
        console.print(f"\n[red]The demo cannot go on:[/] {escape(fault)}", soft_wrap=True)
    console.print(f"still running: {left}" if left else "ended; no process and no file is left")
    return NOT_STARTED if fault or left else FINE


def _played(folder: Path, days: int, seconds: int | None) -> tuple[str, list[int]]:
    """Why it could not go on, and the process ids that would not end."""
    left: list[int] = []
    try:
        play = Play(folder, days)
        try:
            _run(play, seconds)
        finally:
            _deaf()
            left = play.end()
    except SystemExit:
        return "", left
    except (StartFailedError, PushError, httpx.HTTPError) as error:
        return str(error), left
    return "", left


def _run(play: Play, seconds: int | None) -> None:
    console.print(f"[bold]sla-monitor demo[/]: {play.days} days of a small shop, all of it in {play.folder}")
    began = time.monotonic()
    play.up()
    show(play, time.monotonic() - began)
    farewell(play, seconds)
    until = None if seconds is None else time.monotonic() + seconds
    while until is None or time.monotonic() < until:
        play.watch()
        time.sleep(0.5)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """The first signal leaves, at whatever stage; the clearing up that follows is not to be disturbed.

    Raised while something is being disposed of, Python drops it: until the clearing up begins it comes again.
    """
    _deaf()
    signal.signal(signal.SIGALRM, _leave)
    signal.setitimer(signal.ITIMER_REAL, AGAIN)
    # No KeyboardInterrupt: caught in code that was compiled while running, Python would still die of it at its end.
    raise SystemExit


def _deaf() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    if text and (not text.isdecimal() or int(text) == 0):
        raise ValueError(f"{name}={text}: a whole number above 0 is wanted")
    return int(text) if text else None


if __name__ == "__main__":
    sys.exit(main())
