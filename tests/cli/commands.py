"""Verbs as people type them, and a Prometheus with a month behind it, now or as if it were another day."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.compliance.specimens import instant
from tests.faults import facts, monitors
from tests.faults.facts import Traffic
from tests.rig.remotewrite import push
from tests.rig.verbs import CLOCK

STEP = 15
DAY = 86_400
TRAFFIC = Traffic("cli", broken=45, cycle=3600)


@contextmanager
def standing_at(now: str) -> Iterator[None]:
    """For these tests, and the verbs they call, the clock stands: what they expect holds on any day they are run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CLOCK, os.environ.get(CLOCK, str(instant(now))))
        yield


def clock() -> int:
    return int(os.environ.get(CLOCK) or facts.clock())


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
