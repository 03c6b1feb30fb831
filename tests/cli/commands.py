"""Verbs as people type them, and a Prometheus with a month behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.faults import monitors
from tests.faults.facts import Traffic, clock
from tests.rig.remotewrite import push

STEP = 15
DAY = 86_400
TRAFFIC = Traffic("cli", broken=45, cycle=3600)


def filled(url: str, days: int = 8) -> None:
    now = clock() // STEP * STEP
    push(url, TRAFFIC.series(now - days * DAY, now, STEP))


def printed(*arguments: str, code: int = 0, **environment: str) -> str:
    done = monitors.run(*arguments, **environment)
    assert done.returncode == code, done.stderr
    return done.stdout


def records(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(*arguments, "-o", "json"))
    return found


def file(folder: Path, text: str, name: str = "agreement.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)
