"""Running sums are what lies in the ledger, whatever was written in between, and by whom."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.measuring.running import TAIL, Running
from sla_monitor.measuring.tallies import Group
from tests.measuring.invented import START, opened
from tests.measuring.running_lives import (
    ALL,
    DAY,
    MINUTE,
    QUICK,
    Listening,
    RunningAgainstTheLedger,
    goes_on,
    slices,
)


def test_running_sums_are_those_of_the_ledger() -> None:
    tries = settings(
        max_examples=max(8, settings.default.max_examples // 4), stateful_step_count=10, deadline=None, phases=QUICK
    )
    run_state_machine_as_test(RunningAgainstTheLedger, settings=tries)


def test_a_block_that_ended_with_what_was_settled_is_read_again(machine: RunningAgainstTheLedger) -> None:
    for _ in range(7):  # whatever was packed in between lies far back then
        goes_on(machine, 50)
        machine.sums_are_those_of_the_slices()
    for _ in range(4):
        at = machine.now - (TAIL + 3) * MINUTE
        machine.holes.append(Span(at, at + MINUTE))
        machine.sums_are_those_of_the_slices()
        machine.write(machine.now, 1, 4)


def test_who_was_not_asked_for_a_while_misses_nothing(machine: RunningAgainstTheLedger) -> None:
    goes_on(machine, 20)
    machine.sums_are_those_of_the_slices()
    for _ in range(4):
        goes_on(machine, 10)
        machine.running.follow()
    machine.sums_are_those_of_the_slices()


def test_a_page_of_long_ago_is_read_again(machine: RunningAgainstTheLedger) -> None:
    """Of a measurement so seldom written that nothing of it was ever packed."""
    machine.members = ALL
    then = machine.now

    def alone(seed: int) -> None:
        want = Want(ALL[2], Span(then, then + 3 * MINUTE))
        machine.book.write([Reading(want, slices(60, then, 3, seed))])

    alone(1)
    machine.members = ALL[:2]
    goes_on(machine, 200)
    machine.members = ALL
    machine.sums_are_those_of_the_slices()
    alone(2)
    machine.sums_are_those_of_the_slices()


def test_what_leaves_is_read_once_an_hour_however_often_it_is_judged(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    for _ in range(70):
        goes_on(machine, 1)
        for _ in range(2):
            machine.sums_are_those_of_the_slices()
    assert 0 < listening.read.count(ALL[0].key) <= 2 * len(LOOKBACKS)


def test_pages_that_are_packed_and_dropped_before_anybody_looked(machine: RunningAgainstTheLedger) -> None:
    """Of one that was never packed: what is long past comes to pages, and with the next ones is too much."""
    machine.members = ALL
    for ago, count in ((37, 37), (63, 63), (755, 56)):
        machine.write(machine.now - ago * MINUTE, count, 3)
        machine.sums_are_those_of_the_slices()


def test_memory_does_not_grow_with_those_who_are_asked_for_no_more(machine: RunningAgainstTheLedger) -> None:
    goes_on(machine, 20)
    machine.sums_are_those_of_the_slices()
    for _ in range(10):
        goes_on(machine, 60)
        machine.running.follow()
    assert max(len(tail.rows) for tail in machine.running._tails.values()) < 2 * TAIL
    machine.sums_are_those_of_the_slices()


def test_a_day_that_is_caught_up_with_newest_first_misses_nothing_before_midnight(tmp_path: Path) -> None:
    """As after a start shortly after it: of today some minutes are there, and then yesterday comes as a whole day."""
    book, midnight = opened(tmp_path / "ledger.db"), START + DAY
    running, keys = Running(book.sheets), (ALL[0].key,)
    for span in (Span(midnight, midnight + 40 * MINUTE), Span(START, midnight)):
        held = slices(MINUTE, span.start, span.seconds // MINUTE, 1)
        book.write([Reading(Want(ALL[0], span), held)])
        running.follow()
        wanted = [Spans((Span(START, midnight + 40 * MINUTE),))]
        found = running.sums(Group("a day", keys, MINUTE), wanted)
        assert found.tolist() == book.sheets.sums(keys, wanted).tolist()
    assert found[0, 0, 4] > 1000 * MINUTE
    book.store.close()
