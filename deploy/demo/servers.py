"""What the demo starts of its own beside Prometheus and Alertmanager: the live shop, the monitor, its verbs."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.rig.children import HOST, STOP_SECONDS, Server, StartFailedError, dying_with_us, free_port

WELL_KNOWN = 9797


class Live(Server):
    name = "live-shop"

    def __init__(self, folder: Path, counters: Path) -> None:
        super().__init__(folder)
        self.counters = counters

    def argv(self) -> list[str]:
        return [sys.executable, "-m", "deploy.demo.live", "--port", str(self.port), "--counters", str(self.counters)]


class Monitor(Server):
    name = "sla-monitor"
    # /readyz waits for the first new slice, up to a minute; the demo looks for standings and alert itself.
    ready_path = "/healthz"

    def __init__(self, folder: Path, settings: Path) -> None:
        super().__init__(folder)
        self.port = usual_port()
        self.settings = settings

    def argv(self) -> list[str]:
        return verb("run", "--config", str(self.settings))


def usual_port() -> int:
    """The port of the documentation, where nobody else has it."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, WELL_KNOWN))
        return WELL_KNOWN
    return free_port()


def verb(*words: str) -> list[str]:
    return [sys.executable, "-m", "sla_monitor", *words]


def finish(argv: Sequence[str]) -> None:
    """Run to the end on the same terminal, so that its own progress bar is seen; ended with us if we leave early."""
    process = subprocess.Popen([*dying_with_us(), *argv], stdin=subprocess.DEVNULL)
    try:
        code = process.wait()
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
    if code:
        raise StartFailedError(f"{' '.join(argv)} ended with {code}; its words are above")


def quietly(argv: Sequence[str]) -> None:
    """Run to the end; its words are shown only where it fails."""
    ended = subprocess.run([*dying_with_us(), *argv], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise StartFailedError(f"{' '.join(argv)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
