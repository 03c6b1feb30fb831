"""Benchmarks run, of few: what is changed elsewhere may break them unseen."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "few", "told"),
    [
        ("exposition", ("--objectives", "5", "--rounds", "1"), "ratio"),
        ("cycle", ("--customers", "8", "--cycles", "1"), "orjson alone"),
        ("kinds", ("--promises", "1", "--days", "1", "--long", "2", "--boards", "1"), "times the window"),
        ("year", ("--objectives", "3", "--days", "2"), " 0.00 seconds that are lacking"),
    ],
)
def test_a_benchmark_runs_of_few(module: str, few: tuple[str, ...], told: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{module}", *few]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.stderr == ""
    assert told in run.stdout
