"""A backfill and the daemon beside it, as they are watched from outside."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import httpx

from benchmarks import machine
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.spans import Span
from tests.faults.monitors import COMMAND, Monitor, environment
from tests.rig.children import Child, dying_with_us

MINUTE = 60
SCRAPE = 5
"""Seconds between two looks at the daemon's metrics."""
UNTIL = "sla_monitor_measured_until_timestamp_seconds{"
COVERAGE = 'sla_coverage_ratio{agreement="'
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BAR = re.compile(r"(\d+)/\d+\s+\d+:\d\d:\d\d\s+left(?:\s+(\d+):(\d\d):(\d\d))?")


@dataclass
class Backfill:
    """The verb, on a terminal of its own: only there it tells how far it is."""

    monitor: Monitor
    span: Span
    done: int = 0
    """Days of single objectives."""
    left: int | None = None
    """Seconds, as the bar says."""
    said: str = ""

    def __enter__(self) -> Self:
        self._terminal, theirs = pty.openpty()
        since, before = rfc3339(self.span.start), rfc3339(self.span.end)
        argv = [*COMMAND, "backfill", "--config", str(self.monitor.config), "--from", since, "--until", before]
        env, log = environment(TERM="xterm"), self.monitor.folder / "backfill.log"
        process = subprocess.Popen(
            [*dying_with_us(), *argv], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=env,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.child = Child(process, log)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.code = self.child.kill()  # nothing, to one that has ended
        self._reading.join()
        os.close(self._terminal)

    def _read(self) -> None:
        with suppress(OSError):  # of a terminal that nobody is at any more
            while text := os.read(self._terminal, 65_536):
                self.said = (self.said + text.decode(errors="replace"))[-4_000:]
                if found := BAR.findall(ESCAPES.sub("", self.said)):
                    self._note(*found[-1])

    def _note(self, done: str, hours: str, minutes: str, seconds: str) -> None:
        self.done = int(done)
        self.left = (int(hours) * 60 + int(minutes)) * 60 + int(seconds) if hours else None


@dataclass
class Look:
    """at: seconds since the first start. share: of the days. left: seconds, as the bar says.

    backfill, daemon: megabytes, now and at most. age: seconds since the end of what the daemon has measured of all.
    whole: all windows of thirty days are.
    """

    at: float
    share: float
    left: float | None
    backfill: tuple[float, float]
    daemon: tuple[float, float]
    age: float
    whole: bool


@dataclass
class Watch:
    """Of both processes, from the first start of the backfill on.

    month: names of the agreements over thirty days. all: days of single objectives. unanswered: scrapes.
    """

    monitor: Monitor
    month: Sequence[str]
    all: int
    looks: list[Look] = field(default_factory=list)
    unanswered: int = 0

    def __post_init__(self) -> None:
        self.began, self._scraped, self._told = time.monotonic(), -float(SCRAPE), 0.0
        self._until, self._whole = 0.0, False

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    def look(self, run: Backfill, before: int) -> Look:
        """Raises OSError or StopIteration of a backfill that has just ended."""
        self._scrape()
        share, age = (before + run.done) / self.all, machine.clock() - self._until
        backfill, daemon = _memory(run.child.pid), _memory(self.monitor.pid)
        look = Look(self.now, share, run.left, backfill, daemon, age, self._whole)
        self.looks.append(look)
        self._tell(look)
        return look

    def _tell(self, look: Look) -> None:
        if look.at < self._told + MINUTE:
            return
        self._told = look.at
        memory = f"{look.backfill[0]:.0f} MB, daemon {look.daemon[0]:.0f} MB, measured until {look.age:.0f} s ago"
        print(f"{look.at:6.0f} s: {look.share:6.1%}, {look.left or 0:.0f} s left, {memory}", flush=True)

    def _scrape(self) -> None:
        if self.now < self._scraped + SCRAPE:
            return
        self._scraped = self.now
        try:
            self._read(self.monitor.get("/metrics", timeout=60).text.splitlines())
        except httpx.HTTPError:
            self.unanswered += 1

    def _read(self, lines: Sequence[str]) -> None:
        self._until = next(float(line.split()[-1]) for line in lines if line.startswith(UNTIL))
        covered = {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith(COVERAGE)}
        self._whole = all(covered.get(name, 0) > 0.999 for name in self.month)


def _memory(pid: int) -> tuple[float, float]:
    return machine.memory(pid, "VmRSS"), machine.memory(pid, "VmHWM")
