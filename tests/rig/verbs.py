"""The command, imported once and forked for each verb: importing takes longer than most verbs do.

As a module this is the process that forks. What it forks becomes `python -m sla_monitor` with the arguments, the
environment and the output files it was sent, in a session of its own. It ends as an interpreter does, with what was
registered for its end, but leaves the modules as they are.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

PACKAGE = "sla_monitor"
FORK_SECONDS = 60.0
PR_SET_PDEATHSIG = 1
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
            out, err = (Path(folder) / name for name in ("out", "err"))
            process = self.start(arguments, environment, out, err)
            try:
                code = process.wait(timeout)
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait(FORK_SECONDS)
            return subprocess.CompletedProcess([PACKAGE, *arguments], code, out.read_text(), err.read_text())

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> Forked:
        """Its output goes behind what is in the files already."""
        message = {"arguments": arguments, "environment": dict(environment), "files": [str(out), str(err)]}
        return Forked(self, self._asked(message), [PACKAGE, *arguments])

    def ended(self, pid: int) -> int:
        """The code of one of whom it is known that it has."""
        return self._asked({"ended": pid})

    def close(self) -> None:
        atexit.unregister(self.close)
        self._pipe("stdin").close()
        self._process.wait(FORK_SECONDS)
        self._pipe("stdout").close()

    def _pipe(self, name: str) -> IO[str]:
        pipe: IO[str] = getattr(self._process, name)
        return pipe

    def _asked(self, message: Mapping[str, object]) -> int:
        self._pipe("stdin").write(json.dumps(message) + "\n")
        self._pipe("stdin").flush()
        ready, _, _ = select.select([self._pipe("stdout")], [], [], FORK_SECONDS)
        if not ready:
            raise subprocess.TimeoutExpired("fork", FORK_SECONDS)
        return int(self._pipe("stdout").readline())


class Forked:
    """A process that is no child of ours, with what is used of a `subprocess.Popen`."""

    def __init__(self, parent: Parent, pid: int, argv: Sequence[str]) -> None:
        self._parent, self.pid, self._argv = parent, pid, argv
        self.returncode: int | None = None
        self._handle = os.pidfd_open(pid)  # readable once it has ended; nobody else gets its id before it is asked for

    def poll(self) -> int | None:
        return self._code_within(0)

    def wait(self, timeout: float) -> int:
        code = self._code_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(list(self._argv), timeout)
        return code

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._handle, number)

    def _code_within(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], seconds)[0]:
            self.returncode = self._parent.ended(self.pid)
            os.close(self._handle)
        return self.returncode


def serve() -> None:
    """Forks for each line, or tells how one has ended, until nobody is there to ask."""
    from sla_monitor.cli import main, verbs  # noqa: F401, PLC0415 - only here, where it is what takes long
    from sla_monitor.daemon import run  # noqa: F401, PLC0415

    for name in verbs.NAMES:
        verbs.command(name)
    gc.freeze()  # what is never collected need not be copied
    for line in sys.stdin:
        message = json.loads(line)
        if "ended" in message:
            _, status = os.waitpid(message["ended"], 0)
            _say(os.waitstatus_to_exitcode(status))
        elif (pid := os.fork()) == 0:
            become(**message)
            return
        else:
            _say(pid)


def _say(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def become(arguments: list[str], environment: dict[str, str], files: list[str]) -> None:
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number, path in enumerate([os.devnull, *files]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    if standing := environment.get(CLOCK):
        time.time = lambda: float(standing)  # noqa: TID251 - a process of its own, so nobody else's clock
    sys.argv = [PACKAGE, *arguments]
    code: object = None
    try:
        runpy.run_module(PACKAGE, run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        code = leaving.code
    if not isinstance(code, int | None):
        sys.stderr.write(f"{code}\n")
        code = 1
    gc.collect()  # what was not closed is told
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)  # taking apart what all of them share would copy it first


if __name__ == "__main__":
    serve()
