"""The demo as a newcomer runs it, with a shorter history: it comes up, shows what it says, and leaves nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def demo(seconds: int) -> Iterator[subprocess.Popen[str]]:
    env = {**os.environ, "DEMO_SECONDS": str(seconds), "DEMO_DAYS": "2"}
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.demo"], cwd=ROOT, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], words: str) -> str:
    """What it prints up to the line with the words."""
    assert process.stdout
    heard = ""
    for line in process.stdout:
        heard += line
        if words in line:
            return heard
    pytest.fail(f"it ended without {words!r}:\n{heard}")


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def left(servers: list[psutil.Process]) -> list[psutil.Process]:
    """Those that would not end. One that was just being started is ended by the kernel, a moment after the demo."""
    return psutil.wait_procs(servers, timeout=10)[1]


def rest(process: subprocess.Popen[str]) -> str:
    """What it prints to its end."""
    return process.communicate(timeout=120)[0]


@pytest.mark.slow
def test_it_comes_up_shows_the_alert_and_leaves_nothing() -> None:
    with demo(seconds=12) as process:
        told = until(process, "Ctrl-C")
        servers = children(process)
        (folder,) = re.findall(r"all of it in (\S+)", told)
        addresses = dict(re.findall(r"(agreements|metrics|Alertmanager) +(http://\S+)", told))
        page = httpx.get(addresses["agreements"])
        alerts = httpx.get(addresses["Alertmanager"]).json()
        metrics = httpx.get(addresses["metrics"]).text
        rest(process)
        assert process.returncode == 0
    assert page.status_code == 200
    assert "Checkout for Acme" in page.text
    assert ("SLABreached", "acme-checkout") in {
        (a["labels"]["alertname"], a["labels"].get("agreement")) for a in alerts
    }
    assert 'sla_status{agreement="acme-checkout",objective="availability",status="breached"} 1.0' in metrics
    assert re.search(r"(?m)^SLABreached +page +acme-checkout ", told)
    assert re.search(r"(?s)acme-checkout.{0,200}availability.{0,200}breached", told)
    assert len(servers) == 4
    assert left(servers) == []
    assert not Path(folder).exists()


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["all of it in", "Prometheus and Alertmanager", "history", "live shop", "ledger"])
def test_told_to_end_at_any_stage_it_leaves_nothing(stage: str) -> None:
    with demo(seconds=60) as process:
        (folder,) = re.findall(r"all of it in (\S+)", until(process, "all of it in"))
        if stage not in "all of it in":
            until(process, stage)
        servers = children(process)
        process.send_signal(signal.SIGTERM)
        assert "ended; no process and no file is left" in rest(process)
        assert process.returncode == 0
    assert left(servers) == []
    assert not Path(folder).exists()


def test_a_signal_that_python_drops_ends_it_all_the_same() -> None:
    """What a handler raises inside of a finalizer goes nowhere."""
    dropped = (
        "import os, signal, sys, time\n"
        "from deploy.demo import __main__ as demo\n"
        "class Disposed:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(0.1)\n"
        "signal.signal(signal.SIGTERM, demo._leave)\n"
        "Disposed()\n"
        "time.sleep(60)\n"
        "sys.exit('nobody heard it')\n"
    )
    ended = subprocess.run([sys.executable, "-c", dropped], cwd=ROOT, text=True, capture_output=True, check=False)
    assert "Exception ignored in" in ended.stderr
    assert ended.returncode == 0, ended.stderr


def test_what_is_missing_is_told_with_exit_code_3(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.demo"], cwd=ROOT, env={**os.environ, "PATH": str(tmp_path)},
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert "prometheus is not installed: run `make servers`" in ended.stdout
    assert ended.returncode == 3


def test_a_number_of_seconds_that_is_none_is_told_with_exit_code_2() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.demo"], cwd=ROOT, env={**os.environ, "DEMO_SECONDS": "soon"},
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert "DEMO_SECONDS=soon: a whole number above 0 is wanted" in ended.stdout
    assert ended.returncode == 2
