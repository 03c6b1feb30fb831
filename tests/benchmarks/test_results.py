"""What `make bench` writes: met or not, and what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.bars import BARS, RUNS, Bar, number
from benchmarks.results import Outcome

RUN = {run.name: run for run in RUNS}
LEDGER = {"bytes a slice of requests": 4.5, "bytes a slice of probes": 1.0, "measurements": 4, "days": 365}
MACHINE = {"cores": "2"}


def written(*outcomes: Outcome) -> str:
    return results.text(outcomes, MACHINE, [Path("plots/windows.svg")])


def test_a_bar_that_is_missed_is_told() -> None:
    text = written(Outcome(RUN["ledger"], 3.2, LEDGER))
    assert "0 of 1 bars met." in text
    assert "| 4.5 bytes | ≤ 4 bytes | **not met** | of probes 1.00 bytes |" in text


def test_one_that_failed_leaves_its_bars_open() -> None:
    text = written(
        Outcome(RUN["ledger"], 3.2, {**LEDGER, "bytes a slice of requests": 4.0}),
        Outcome(RUN["fleet"], 240, None, "no"),
    )
    assert "1 of 1 bars met." in text
    assert "- fleet: no" in text


def test_a_bar_that_was_held_with_less_is_open() -> None:
    fleet = {"objectives": 10_000, "days": 11.0, "start seconds": 5.0, "start core seconds": 4.0}
    fleet |= {"megabytes": 500.0, "megabytes at most": 600.0}
    text = written(Outcome(RUN["fleet"], 100, fleet))
    assert "0 of 2 bars met." in text
    assert "| 5 s | ≤ 8 s | **open**: measured with less |" in text


def test_the_machine_and_the_plots_are_shown() -> None:
    text = written(Outcome(RUN["ledger"], 3.2, LEDGER))
    assert "| cores | 2 |" in text
    assert "![Cost of being current, against the length of the window](plots/windows.svg)" in text


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.what)
def test_each_bar_is_of_a_benchmark_that_runs(bar: Bar) -> None:
    assert bar.run in RUN


def test_the_whole_keeps_within_its_minutes() -> None:
    """Limits are for what goes wrong: what goes well takes a good half of them."""
    assert sum(run.seconds for run in RUNS) <= 1.4 * 15 * 60


@pytest.mark.parametrize(
    ("value", "shown"), [(1234.5, "1,234"), (99.94, "99.9"), (0.7, "0.7"), (4.0, "4"), (0.01234, "0.0123")]
)
def test_three_digits_count(value: float, shown: str) -> None:
    assert number(value) == shown
