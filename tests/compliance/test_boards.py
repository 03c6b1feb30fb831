"""The board: entries one by one, columns beside them, and what is left of both for some agreements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sla_monitor.compliance.boards import NONE, Board, Columns, Entry, Past
from sla_monitor.compliance.cohorts import Cohort
from sla_monitor.compliance.columns import STATUSES
from sla_monitor.compliance.promises import Promises
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.standings import Point, Standing, Status
from sla_monitor.compliance.terms import Agreement, AgreementName
from tests.compliance.specimens import agreement, objective
from tests.compliance.test_columns import MIDDLE, MINUTE, outlined

NAMES = ("a", "b", "c", "d")


def made(name: str) -> Agreement:
    return replace(agreement(objective("90")), name=AgreementName(name))


AGREEMENTS = tuple(map(made, NAMES))


def cohort(strict: tuple[bool, ...]) -> Cohort:
    """Of each row whether more than its target is promised, of which columns tell nothing."""
    terms = [replace(objective("90"), comparison=Comparison.GT if one else Comparison.GE) for one in strict]
    promises = Promises(AGREEMENTS, terms)
    sums = [[[80 + row, 0, 100, 0, MINUTE] for row in range(len(strict))]] * 8
    return Cohort(outlined(promises.objectives[0], MIDDLE), promises, np.array(sums))


def standing(row: int) -> Standing:
    return cohort((False,) * 4).standing(row)


def board(strict: tuple[bool, ...] = (False, False, True, False)) -> Board:
    """The first entry stands for itself, the others are rows of a cohort."""
    rows = cohort(strict).taken(np.array([1, 2, 3]))
    past = Past(np.array([NONE, 0, 2], np.int8), np.array([np.nan, 1.0, 0.5]))
    entries = tuple(Entry(standing(row), None, tuple) for row in range(4))
    return Board(
        entries=entries,
        agreements=AGREEMENTS,
        breaches={one.key: n for n, one in enumerate(entries)},
        statements={one.name: 1 for one in AGREEMENTS},
        columns=(Columns(np.array([1, 2, 3]), rows, past),),
    )


@pytest.mark.parametrize("previous", [None, standing(1)], ids=["no window before", "a window before"])
def test_an_entry_says_what_its_records_do(previous: Standing | None) -> None:
    entry = Entry(standing(3), previous, lambda: (Point(1, 0.5),))
    assert (entry.key, entry.agreement, entry.objective) == (("d", "availability"), AGREEMENTS[3], entry.objective)
    assert entry.status is Status.UNKNOWN
    assert entry.status_before is (previous and previous.status)
    assert (entry.remaining, entry.exhaustion) == (-0.7, None)
    assert entry.burndown == (Point(1, 0.5),)
    assert entry.when == (entry.current.window, MIDDLE)
    assert entry.when_before == (previous and (previous.window, previous.at))


def test_what_no_column_tells_of_is_looked_at_one_by_one() -> None:
    assert [entry.agreement.name for entry in board().apart()] == ["a", "c"]
    assert [entry.agreement.name for entry in Board(entries=board().entries).apart()] == list(NAMES)


@pytest.mark.parametrize("status", STATUSES)
def test_who_stands_so_is_among_those_who_are_looked_at(status: Status) -> None:
    """Columns tell of the second and the fourth: unknown now, and one of them breached before."""
    past = {"d"} if status is STATUSES[2] else set()
    current = {"b", "d"} if status is Status.UNKNOWN else set()
    assert {entry.agreement.name for entry in board().standing_as(status)} == {"a", "c"} | past | current


def test_a_board_of_some_is_what_the_whole_shows_of_them() -> None:
    some = board().narrowed([AGREEMENTS[0], AGREEMENTS[3]])
    assert [entry.agreement.name for entry in some.entries] == ["a", "d"]
    assert some.agreements == (AGREEMENTS[0], AGREEMENTS[3])
    assert some.breaches == {("a", "availability"): 0, ("d", "availability"): 3}
    assert list(some.statements) == ["a", "d"]
    (left,) = some.columns
    assert (left.places.tolist(), len(left)) == ([1], 1)
    assert left.cohort.figures.attainment.tolist() == [0.83]
    assert [STATUSES[n] for n in left.past.statuses] == [STATUSES[2]]
    assert left.past.attainment.tolist() == [0.5]


def test_without_a_row_there_is_no_column() -> None:
    assert board().narrowed([AGREEMENTS[0]]).columns == ()
    assert board().of("b") == (board().entries[1],)
