"""What is written further back costs whom and which days it is of, whoever writes meanwhile."""

from __future__ import annotations

from contextlib import suppress

import pytest

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import LedgerError
from sla_monitor.measuring.tallies import Group
from tests.measuring.running_lives import (
    ALL,
    DAY,
    MINUTE,
    SINCE,
    Listening,
    RunningAgainstTheLedger,
    correct,
    day,
    goes_on,
    slices,
)


def test_what_is_written_again_is_counted_anew_though_no_time_has_passed(machine: RunningAgainstTheLedger) -> None:
    goes_on(machine, 5)
    machine.sums_are_those_of_the_slices()
    machine.write(machine.now - 2 * MINUTE, 2, 5)
    machine.sums_are_those_of_the_slices()


CORRECTIONS = {
    "days ago": [(0, 3 * 1440, 60)],
    "of some days": [(0, 3 * 1440, 2000)],
    "of which some is in memory": [(0, 120, 60)],
    "of hours that leave lookbacks now": [(0, 6 * 60 + 3, 6)],
    "one after the other": [(0, 3 * 1440 - n, 1) for n in range(8)],
}


@pytest.mark.parametrize("sentence", CORRECTIONS)
def test_what_was_corrected_is_read_of_whom_it_is_of_alone(
    machine: RunningAgainstTheLedger, listening: Listening, sentence: str
) -> None:
    begun = machine.running.begun
    for which, ago, count in CORRECTIONS[sentence]:
        correct(machine, which, ago, count)
    machine.sums_are_those_of_the_slices()
    assert set(listening.read) == {ALL[0].key}
    assert machine.running.begun == begun


def test_of_what_was_corrected_its_days_alone_are_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    correct(machine, 0, (machine.now - day(machine, 2).start) // MINUTE - 30, 1500)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([day(machine, 2), day(machine, 1)])


def test_of_the_day_that_goes_on_no_whole_day_is_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    correct(machine, 0, (machine.now - day(machine, 0).start) // MINUTE - 60, 30)
    machine.sums_are_those_of_the_slices()
    assert not listening.wanted.within(day(machine, 2))


def test_of_what_is_excluded_the_days_alone_are_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    hole = Span(day(machine, 3).start, day(machine, 2).start + DAY // 2)
    machine.holes.append(hole)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([hole])
    machine.holes.clear()
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([hole])


def test_days_that_are_cut_are_known_with_the_next_day(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    """As every day is by service hours."""
    night = Span(day(machine, 3).start + 3600, day(machine, 3).start + 7200)
    machine.holes.append(night)
    for _ in range(29):
        machine.catching_up(50, 0)
        machine.sums_are_those_of_the_slices()
    listening.wanted = Spans()
    correct(machine, 0, (machine.now - night.end) // MINUTE, 5)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([day(machine, 4)]).minus(Spans.of([night]))


def test_days_of_those_who_came_later_are_read_too(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    machine.members = ALL
    correct(machine, 2, 4000, 3990, 1)
    for _ in range(2):
        machine.sums_are_those_of_the_slices()
    listening.wanted = Spans()
    correct(machine, 2, (machine.now - day(machine, 1).start) // MINUTE - 30, 60)
    machine.sums_are_those_of_the_slices()
    assert listening.wanted == Spans.of([day(machine, 1)])


def test_what_leaves_next_is_known_as_it_was_corrected(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    """Of an hour that was read already, since the first of its slices have left."""
    correct(machine, 0, 6 * 60 - 5, 3)
    for _ in range(9):
        goes_on(machine, 1)
        machine.sums_are_those_of_the_slices()
    assert listening.summed.count(ALL[0].key) == 1
    assert ALL[1].key not in listening.summed


def test_two_that_were_corrected_are_both_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    """The one days ago, the other in memory: by another process."""
    correct(machine, 0, 4 * 1440, 10)
    correct(machine, 1, 100, 10)
    machine.sums_are_those_of_the_slices()
    assert ALL[0].key in listening.read


def test_of_time_that_no_sum_holds_nothing_is_read(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    at = SINCE - DAY
    machine.book.write([Reading(Want(ALL[0], Span(at, at + 3600)), slices(60, at, 60, 3))])
    machine.sums_are_those_of_the_slices()
    assert listening.read == []


def test_a_stranger_is_read_and_nobody_else(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    begun = machine.running.begun
    machine.members = ALL
    machine.sums_are_those_of_the_slices()  # asked for before there is anything of it
    listening.read.clear()
    correct(machine, 2, 3000, 2990, 1)
    machine.sums_are_those_of_the_slices()
    assert set(listening.read) == {ALL[2].key}
    goes_on(machine, 3)
    machine.sums_are_those_of_the_slices()
    assert machine.running.begun == begun


@pytest.mark.parametrize("after", range(1, 6))
def test_a_stranger_is_not_forgotten_when_the_ledger_was_away(machine: RunningAgainstTheLedger, after: int) -> None:
    machine.members = ALL
    machine.sums_are_those_of_the_slices()
    correct(machine, 2, 3000, 2990, 1)
    machine.ledger.left = after
    with suppress(LedgerError):
        machine.sums_are_those_of_the_slices()
    machine.ledger.left = 0
    machine.sums_are_those_of_the_slices()


def test_when_pages_are_packed_nothing_is_added_up_anew(machine: RunningAgainstTheLedger, listening: Listening) -> None:
    begun, frontier = machine.running.begun, machine.book.sheets.known()[ALL[0].key].folded_until
    for _ in range(15):
        goes_on(machine, 5)
        machine.sums_are_those_of_the_slices()
    assert machine.book.sheets.known()[ALL[0].key].folded_until > frontier
    assert (machine.running.begun, listening.summed) == (begun, [])


def test_what_leaves_while_it_is_corrected_is_not_taken_away_twice(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    """Another process writes between what is followed and what is summed up."""
    group, s = Group("alone", tuple(m.key for m in ALL[:2]), MINUTE), machine.now - 3 * DAY
    wanted = [Spans.of([Span(s + n * MINUTE, machine.now)]) for n in (0, 1, 1, 1)]
    machine.running.follow()
    machine.running.sums(group, wanted[:1])
    machine.running.follow()
    correct(machine, 0, 3 * 1440, 1)
    machine.running.sums(group, wanted[1:2])
    machine.running.follow()
    found = machine.running.sums(group, wanted[2:3])
    assert listening.read
    assert found.tolist() == machine.book.sheets.sums(group.keys, wanted[3:]).tolist()


def test_a_day_that_is_read_while_another_writes_is_not_taken_for_what_is_in_the_sums(
    machine: RunningAgainstTheLedger,
) -> None:
    machine.running.follow()
    correct(machine, 0, 3 * 1440, 30)
    machine.sums_are_told()  # with days, which nobody had read before
    machine.sums_are_those_of_the_slices()


def test_a_set_that_is_read_anew_while_another_writes_agrees_with_its_days(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    correct(machine, 0, (machine.now - day(machine, 0).start) // MINUTE - 60, 30)
    machine.running.follow()
    correct(machine, 0, 3 * 1440, 30)
    machine.sums_are_told()
    assert day(machine, 0).start in listening.wanted.parts[-1]
    machine.sums_are_those_of_the_slices()


def test_a_day_as_it_was_before_an_exclusion_is_read_again_once_it_is_revoked(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    at = (machine.now - day(machine, 2).start) // MINUTE - 30
    machine.holes.append(Span(day(machine, 2).start + DAY // 2, day(machine, 2).end))
    machine.sums_are_those_of_the_slices()
    correct(machine, 0, at, 30, 11)
    machine.sums_are_those_of_the_slices()
    machine.holes.clear()
    for _ in range(2):
        machine.sums_are_those_of_the_slices()
    listening.wanted = Spans()
    correct(machine, 0, at, 30, 12)
    machine.sums_are_those_of_the_slices()
    assert day(machine, 2).start in listening.wanted.parts[0]


def test_a_set_of_which_most_has_gone_is_added_up_anew_while_another_writes(
    machine: RunningAgainstTheLedger, listening: Listening
) -> None:
    group, first = Group("alone", tuple(m.key for m in ALL[:2]), MINUTE), day(machine, 4)
    for days in (3, 3, 3):
        machine.running.follow()
        machine.running.sums(group, [Spans.of([Span(first.start, first.start + days * DAY)])])
    machine.running.follow()
    correct(machine, 0, (machine.now - first.start) // MINUTE - 30, 30)
    machine.running.sums(group, [Spans.of([first])])
    machine.running.follow()
    found = machine.running.sums(group, [Spans.of([first])])
    assert listening.read
    assert found.tolist() == machine.book.sheets.sums(group.keys, [Spans.of([first])]).tolist()
