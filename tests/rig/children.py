"""A child process that cannot outlive us, and a server made of one."""

from __future__ import annotations

import atexit
import contextlib
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Protocol, Self

import httpx

HOST = "127.0.0.1"
# Below the range the kernel gives to outgoing connections, so that a stopped server gets its port back.
PORTS = range(20000, 32000)
START_SECONDS = 60.0
STOP_SECONDS = 30.0


class StartFailedError(RuntimeError):
    """The server did not become ready; carries the end of its log."""


def free_port() -> int:
    for _ in range(200):
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise StartFailedError(f"no free port between {PORTS.start} and {PORTS.stop} on {HOST}")


def command(*names: str) -> str:
    """The first of the names that is on PATH (Debian renames some binaries)."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise StartFailedError(f"{names[0]} is not installed: run `make servers`, or put it on PATH")


def dying_with_us() -> list[str]:
    # util-linux asks the kernel to kill the child when we die, however we die; exec keeps the process id.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


class Process(Protocol):
    """What is used of a `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...

    def wait(self, timeout: float) -> int: ...


class Child:
    """One process in its own session, its output in a file; ended by its own id."""

    def __init__(self, process: Process, log: Path) -> None:
        self.log = log
        self._process = process
        atexit.register(self.kill)

    @classmethod
    def started(cls, argv: list[str], log: Path, env: dict[str, str] | None = None) -> Self:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*dying_with_us(), *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=env,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.alive:
            self._process.send_signal(number)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        return self._process.wait(seconds)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL to what does not heed it."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            atexit.unregister(self.kill)

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return self.wait()

    def last_words(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Server:
    """A child that listens; stopped and started again it keeps its folder and its port."""

    name = "server"
    ready_path = "/-/ready"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.child: Child | None = None

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def running(self) -> Child:
        if self.child is None:
            raise StartFailedError(f"{self.name} is not running: call start() first")
        return self.child

    @property
    def pid(self) -> int:
        return self.running.pid

    def argv(self) -> list[str]:
        raise NotImplementedError

    def prepare(self) -> None:
        """Write the configuration; called before each start."""

    def start(self) -> Self:
        self.prepare()
        self.child = Child.started(self.argv(), self.log)
        self._wait_until_ready()
        return self

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None

    def kill(self) -> None:
        """As a power cut would: SIGKILL, nothing flushed."""
        if self.child is not None:
            self.child.kill()
            self.child = None

    def pause(self) -> None:
        """It keeps its connections and answers nobody."""
        self.running.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.running.signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            # Somebody else may answer on this port: only our own living child counts.
            if not self.running.alive:
                self._give_up("ended at once")
            if self._answers():
                return
            time.sleep(0.05)
        self._give_up(f"was not ready after {START_SECONDS:.0f} s")

    def _answers(self) -> bool:
        try:
            answer = httpx.get(self.url + self.ready_path, timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.is_success and self.running.alive

    def _give_up(self, why: str) -> None:
        words = self.running.last_words()
        self.kill()
        raise StartFailedError(f"{self.name} on {self.address} {why}; the end of {self.log}:\n{words}")
