"""Lives of running sums."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sla_monitor.compliance.spans import Spans
from sla_monitor.measuring.running import Running
from tests.measuring.running_lives import Listening, RunningAgainstTheLedger, goes_on


@pytest.fixture
def machine() -> Iterator[RunningAgainstTheLedger]:
    """Its lives, one by one."""
    made = RunningAgainstTheLedger()
    made.sums_are_those_of_the_slices()
    yield made
    made.teardown()


@pytest.fixture
def listening(machine: RunningAgainstTheLedger) -> Listening:
    """To a machine that lives for a while already."""
    machine.book.store.close()
    machine.begin(200)
    machine.ledger = Listening(machine.book.sheets)  # type: ignore[assignment]
    machine.running = Running(machine.ledger)
    for _ in range(8):
        machine.sums_are_those_of_the_slices()
        goes_on(machine, 10)
    machine.sums_are_those_of_the_slices()
    heard: Listening = machine.ledger  # type: ignore[assignment]
    heard.read.clear()
    heard.summed.clear()
    heard.wanted = Spans()
    return heard
