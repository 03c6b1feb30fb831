"""A board judged in columns is the one judged promise by promise, in every record and every metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from prometheus_client import CollectorRegistry

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.accounts import account_of
from sla_monitor.compliance.declarations import Declaration
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import (
    AgreementName,
    Amendment,
    Policy,
)
from sla_monitor.ledger import sheets
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.fleets import Fleet
from sla_monitor.measuring.stated import Stated
from sla_monitor.publishing.exposition import Exposition
from sla_monitor.publishing.formats import Format
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.pictures import pictures
from tests.measuring.fleet_lives import (
    BEGIN,
    DAY,
    MEASURED,
    MINUTE,
    QUICK,
    ColumnsAgainstRecords,
    fleet_of,
    same,
    shown,
    slices,
)
from tests.measuring.invented import START


def test_columns_tell_what_records_do() -> None:
    tries = settings(
        max_examples=max(5, settings.default.max_examples // 20), stateful_step_count=6, deadline=None, phases=QUICK
    )
    run_state_machine_as_test(ColumnsAgainstRecords, settings=tries)


@pytest.fixture
def machine() -> Iterator[ColumnsAgainstRecords]:
    """Its lives, one by one."""
    made = ColumnsAgainstRecords()
    made.the_boards_are_the_same()
    yield made
    made.teardown()


@pytest.mark.parametrize("whose", ["a14", "a16"], ids=["a probe", "requests"])
def test_a_window_that_ended_long_ago_is_judged_anew_when_something_of_it_is_excluded(
    machine: ColumnsAgainstRecords, whose: str
) -> None:
    span = Span(START - 3 * DAY, START - 2 * DAY)
    machine.book.declare(Declaration(AgreementName(whose), span, "maintenance", "Ann", "why", machine.now))
    machine.the_boards_are_the_same()
    span = Span(START - 5 * DAY, START - 4 * DAY)
    machine.book.declare(Declaration(AgreementName(whose), span, "maintenance", "Ann", "why", machine.now))
    machine.the_boards_are_the_same()


def test_a_window_that_ended_long_ago_is_judged_anew_when_its_slices_are_corrected(
    machine: ColumnsAgainstRecords,
) -> None:
    machine.write(START - 3 * DAY, 60, 5)
    machine.the_boards_are_the_same()


def test_the_window_before_is_another_when_a_new_one_begins(machine: ColumnsAgainstRecords) -> None:
    """In steps that make nothing be read anew."""
    begun = machine.fleet._running.begun
    for _ in range(5 * DAY // (60 * MINUTE)):
        machine.write(machine.now, 60, 3)
        machine.fleet.follow()
    assert machine.fleet._running.begun == begun
    machine.the_boards_are_the_same()


@pytest.mark.parametrize(
    ("start", "count", "total", "share"),
    [
        (BEGIN, 1, 1.2 * sheets.MOST, 0.9),
        (BEGIN, 1, 1.2 * sheets.MOST, 0.4),
        (START + DAY, 1, 1.2 * sheets.MOST, 0.9),
        (START + DAY, 1440, sheets.MOST / 700, 0.9),
        (START + DAY, 1440, sheets.MOST / 700, 0.4),
    ],
    ids=["a new slice", "a new slice of which most is bad", "an old slice", "a day", "a day of which most is bad"],
)
def test_who_holds_more_than_tables_tell_is_judged_alone(
    machine: ColumnsAgainstRecords, start: int, count: int, total: float, share: float
) -> None:
    """Good and total alike would be told as no more than this: as if nothing had been bad."""
    span = Span(start, start + count * MINUTE)
    many = slices(0, span.start, count, 3)
    many.known[:], many.good[:], many.total[:] = 60, np.floor(share * total), np.floor(total)
    machine.book.write([Reading(Want(MEASURED[0], span), many)])
    machine.now = max(machine.now, span.end)
    machine.the_boards_are_the_same()
    for _ in range(3):
        for _ in range(12):
            machine.write(machine.now, 60, 3)
            machine.fleet.follow()
        machine.the_boards_are_the_same()


@pytest.mark.parametrize("policy", Policy)
def test_what_is_amended_from_later_in_the_window_on_is_judged_until_then(
    machine: ColumnsAgainstRecords, policy: Policy
) -> None:
    """Of the part of the window that is yet to begin nothing is held."""
    for one in fleet_of(()):
        if not one.amendments:
            easier = replace(one.objectives[0], target=Fraction(9, 10))
            machine.amended[one.name] = (Amendment(machine.now + 100 * MINUTE, "", (), policy, (easier,)),)
    machine.left_alone = True
    machine.agree()
    for _ in range(3):
        machine.the_boards_are_the_same()
        machine.write(machine.now, 50, 3)


def test_what_was_stated_of_the_window_before_is_shown(machine: ColumnsAgainstRecords) -> None:
    """Whatever would come out today."""
    entry = next(one for one in machine.board(None).entries if one.agreement.name == "a16")
    assert entry.previous is not None
    stated, told = Stated(), replace(entry.previous, attainment=Fraction(1, 3), status=Status.BREACHED)
    stated._note(entry.agreement.name, told.window, account_of(told, Spans(), ()))
    stated.place += 1
    held = Timetable()
    together, one_by_one = (
        assess(machine.agreed, machine.book, machine.now + 60, lambda _: 60, held, stated=stated, fleet=fleet)
        for fleet in (machine.fleet, None)
    )
    assert ("a16", told.objective.name) in {one.key for one in together.entries if one.status_before is Status.BREACHED}
    same(shown(together), shown(one_by_one))


def test_what_is_measured_at_different_times_is_judged_apart(machine: ColumnsAgainstRecords) -> None:
    """Else who is a minute ahead of the others would take another part of them with each board."""
    board = machine.board(Fleet(machine.book.sheets, lambda one: one.key))
    of = [{objective.measurement.key for objective in one.cohort.promises.objectives} for one in board.columns]
    assert max(map(len, of)) == 1
    assert len(of) > len(machine.board(machine.fleet).columns)


def test_of_columns_no_more_is_exposed_than_allowed(machine: ColumnsAgainstRecords) -> None:
    board = machine.board(machine.fleet)
    limit = sum(family.size for family in pictures(board)) // 2
    exposed = Exposition(lambda: board, MonitorMetrics(CollectorRegistry(), "1"), limit)
    lines = exposed.answer(Format.asked(""), squeezed=False).decode().splitlines()
    assert limit // 2 < sum(line.startswith("sla_") and not line.startswith("sla_monitor_") for line in lines) <= limit
