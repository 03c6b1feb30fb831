"""The command, imported once and forked for each verb: importing takes longer than most verbs do.

As a module this is the process that forks. What it forks becomes `python -m sla_monitor` with the arguments, the
environment and the output files it was sent, and ends as any interpreter does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

PACKAGE = "sla_monitor"
FORK_SECONDS = 60.0
CLOCK = "RIG_CLOCK"
"""In the environment of a verb: POSIX seconds at which the clock stands for it."""


class Parent:
    """The process that forks, as we talk to it: it is told what to run, and answers with a process id, then a code."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.verbs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "OPENBLAS_NUM_THREADS": "1"},  # threads do not survive a fork
        )
        atexit.register(self.close)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        with TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("out", "err")]
            message = {"arguments": arguments, "environment": dict(environment), "files": list(map(str, files))}
            self._pipe("stdin").write(json.dumps(message) + "\n")
            self._pipe("stdin").flush()
            pid = self._answer(FORK_SECONDS)
            code = self._answer(timeout)
            if pid is None or code is None:
                self._end(pid)
                raise subprocess.TimeoutExpired([PACKAGE, *arguments], timeout)
            return subprocess.CompletedProcess([PACKAGE, *arguments], code, *(one.read_text() for one in files))

    def close(self) -> None:
        atexit.unregister(self.close)
        self._pipe("stdin").close()
        self._process.wait(FORK_SECONDS)
        self._pipe("stdout").close()

    def _pipe(self, name: str) -> IO[str]:
        pipe: IO[str] = getattr(self._process, name)
        return pipe

    def _answer(self, seconds: float) -> int | None:
        """None: not within that time."""
        ready, _, _ = select.select([self._pipe("stdout")], [], [], seconds)
        return int(self._pipe("stdout").readline()) if ready else None

    def _end(self, pid: int | None) -> None:
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self._answer(FORK_SECONDS)


def serve() -> None:
    """Forks for each line, one after the other, until nobody is there to ask."""
    from sla_monitor.cli import main, verbs  # noqa: F401, PLC0415 - only here, where it is what takes long

    for name in verbs.NAMES:
        verbs.command(name)
    gc.freeze()  # what is never collected need not be copied
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            become(**json.loads(line))
            return
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def become(arguments: list[str], environment: dict[str, str], files: list[str]) -> None:
    for number, path in enumerate([os.devnull, *files]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    if standing := environment.get(CLOCK):
        time.time = lambda: float(standing)  # noqa: TID251 - a process of its own, so nobody else's clock
    sys.argv = [PACKAGE, *arguments]
    runpy.run_module(PACKAGE, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve()
