"""The machine that is measured on, and what processes on it have spent."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.rig.children import command
from tests.rig.processes import Prometheus

QUIET_SECONDS = 3
QUIET_SHARE = 0.05


def facts() -> dict[str, str]:
    """What figures depend on; no names of hosts or folders."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _model(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "Python": platform.python_version(),
        "Prometheus": _prometheus(),
    }


def _model() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _prometheus() -> str:
    told = subprocess.run([command("prometheus"), "--version"], capture_output=True, text=True, check=True)
    return (told.stdout or told.stderr).split("version ")[1].split()[0]


def clock() -> int:
    return int(time.time())  # noqa: TID251 - the servers live by the real clock


def spent(pid: int) -> float:
    """Seconds of processor time of a process so far: to the nanosecond, where the kernel counts so."""
    try:
        return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
    except (OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int, field: str) -> float:
    """Megabytes of a field of the process' status: VmRSS, VmHWM."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024 / 1e6


@dataclass
class Reads:
    """What a server was asked, as it noted it."""

    asked: Sequence[dict[str, Any]] = ()

    @property
    def samples(self) -> int:
        """How many samples the queries have read, by its own count."""
        return sum(one["stats"]["samples"]["totalQueryableSamples"] for one in self.asked)


@contextlib.contextmanager
def reads(server: Prometheus) -> Iterator[Reads]:
    """Counts what is asked inside; told at the end. The server keeps a log of its queries meanwhile."""
    found, before, log = Reads(), server.setup, server.folder / "queries.log"
    log.unlink(missing_ok=True)
    logged = {**before.document()["global"], "query_log_file": str(log)}
    server.configure(replace(before, extra={**before.extra, "global": logged}))
    try:
        yield found
    finally:
        server.configure(before)
    if log.exists():
        found.asked = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


@contextlib.contextmanager
def ticking(do: Callable[[int], None], seconds: float) -> Iterator[None]:
    """Meanwhile tells it the time, now and again, by a thread of its own."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(seconds):
            do(clock())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def until_quiet(pid: int, seconds: float = 60) -> None:
    """Returns once the process does next to nothing: a Prometheus compacts for a while what it was given."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        before = spent(pid)
        time.sleep(QUIET_SECONDS)
        if spent(pid) - before < QUIET_SHARE * QUIET_SECONDS:
            return
