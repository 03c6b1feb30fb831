"""The rig itself: servers come up, come back with their data, and end by their own id."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.rig.children import StartFailedError
from tests.rig.processes import Alertmanager, Prometheus, PrometheusSetup


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_prometheus_answers_and_ends(tmp_path: Path) -> None:
    with Prometheus(tmp_path) as server:
        pid = server.pid
        assert server.ask("vector(1)", 1000)[0]["value"] == [1000, "1"]
    assert gone(pid)


def test_prometheus_comes_back_on_its_port(tmp_path: Path) -> None:
    server = Prometheus(tmp_path).start()
    port, first = server.port, server.pid
    server.kill()
    assert gone(first)
    with server:
        assert server.port == port
        assert server.pid != first
        assert server.ask("vector(2)", 0)[0]["value"][1] == "2"


def test_a_failed_start_shows_the_log(tmp_path: Path) -> None:
    server = Prometheus(tmp_path, PrometheusSetup(extra={"no_such_key": 1}))
    with pytest.raises(StartFailedError, match="no_such_key"):
        server.start()


def test_alertmanager_answers(tmp_path: Path) -> None:
    with Alertmanager(tmp_path) as server:
        assert server.alerts() == []


def test_a_server_dies_with_its_starter(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from tests.rig.processes import Prometheus\n"
        "server = Prometheus(pathlib.Path(sys.argv[1])).start()\n"
        "print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert gone(int(ended.stdout))
