"""What is kept from look to look is what is found from the ledger alone, whatever happens in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, AgreementName, Amendment, MeasurementKey, ObjectiveName, Policy
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.overdue import Closable
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import DAY, START, events, opened, seconds, truth

HOUR = 3600
MEASUREMENTS = (events("a"), events("b"), seconds("front"))
DAILY, WEEKLY = Calendar(Unit.DAY), Calendar(Unit.WEEK)


def made(name: str, **changes: object) -> Agreement:
    """Two promises, of which one is stated by months."""
    number = int(name[-1])
    daily = objective("90", measurement=MEASUREMENTS[number % 3], window=DAILY, name=ObjectiveName("daily"))
    rolling = objective("90", measurement=MEASUREMENTS[(number + 1) % 3], window=Rolling(7 * DAY, "7d"))
    changed = replace(daily, window=WEEKLY, measurement=MEASUREMENTS[2])
    weekly = Amendment(START + 9 * DAY, "", (), Policy.AT_START, (changed,))
    amended = (weekly,) if number == 2 else ()
    return named(name, replace(agreement(daily, rolling), amendments=amended, **changes))


def named(name: str, one: Agreement) -> Agreement:
    return replace(one, name=AgreementName(name), document=replace(one.document, text=name))


EVERYBODY = (
    made("a0"),
    made("a1", term=Span(START + 2 * DAY + HOUR, START + 12 * DAY)),
    made("a2"),
    made("a3", term=Span(START + 4 * DAY, FOREVER)),
)

STEPS = st.one_of(
    st.tuples(st.just("later"), st.integers(1, 5 * 24)),
    st.tuples(st.just("measured"), st.integers(0, 2), st.integers(0, 15 * 24), st.integers(1, 100)),
    st.tuples(st.just("agreed"), st.sets(st.integers(0, 3))),
    st.tuples(st.just("stated"), st.integers(0, 3)),
    st.tuples(st.just("set back"), st.integers(1, 48)),
)


class World:
    def __init__(self, folder: Path) -> None:
        self.book: Book = opened(folder)
        self.now, self.agreements = START + 5 * DAY, EVERYBODY[:2]
        self.kept = Outstanding()

    def later(self, hours: int) -> None:
        self.now += hours * HOUR

    def set_back(self, hours: int) -> None:
        self.now -= hours * HOUR

    def measured(self, which: int, hour: int, hours: int) -> None:
        if not hours:
            return
        want = Want(MEASUREMENTS[which], Span(START + hour * HOUR, START + (hour + hours) * HOUR))
        self.book.write([Reading(want, truth(want.measurement, want.span))])

    def agreed(self, some: set[int]) -> None:
        self.agreements = tuple(EVERYBODY[number] for number in sorted(some))

    def stated(self, which: int) -> None:
        """By whomever: one of those that are outstanding."""
        for one in self.look(Outstanding())[which : which + 1]:
            Closing(self.book, Timetable, DAY, "1").close(one, self.now)

    def look(self, outstanding: Outstanding) -> list[Closable]:
        """One of them is never in force here."""
        self.book.keep((text for one in self.agreements for text in documents_of(one) if one.name != "a3"), self.now)
        return outstanding.unstated(self.agreements, self.book, self.now)


Steps = Sequence[tuple[str, *tuple[object, ...]]]
WHOLE = ("measured", 0, 0, 96)


@given(st.lists(STEPS, max_size=12))
@example([WHOLE, ("later", 24), ("set back", 30)])
@example([WHOLE, ("later", 24), ("agreed", {0, 1, 2})])
@example([WHOLE, ("later", 24), ("stated", 0)])
@example([("agreed", {3}), ("later", 96), ("measured", 0, 96, 12), ("measured", 0, 108, 12)])
@example([("measured", 0, 0, 12), ("measured", 0, 12, 12)])
@example([("measured", 0, 0, 6), ("measured", 0, 12, 20), ("measured", 0, 36, 6), ("measured", 0, 6, 6)])
def test_what_is_kept_is_what_would_be_found_anew(steps: Steps) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        for name, *values in [("later", 0), *steps]:
            getattr(world, name.replace(" ", "_"))(*values)
            assert world.look(world.kept) == world.look(Outstanding())
        world.book.store.close()


class Listening:
    """A ledger that tells of whom it was asked."""

    def __init__(self, book: Book) -> None:
        self._book, self.asked = book, list[MeasurementKey]()

    def __getattr__(self, name: str) -> object:
        return getattr(self._book, name)

    def measured(self, keys: Sequence[MeasurementKey]) -> object:
        some = list(keys)
        self.asked += some
        return self._book.measured(some)


@pytest.mark.parametrize(
    ("sentence", "hours", "filled", "expected"),
    [
        ("nothing has changed", 0, [], ""),
        ("what is measured goes on, inside a window", 21, [(0, 26, 20)], ""),
        ("a window ends", 22, [], "ab"),
        ("one is measured further back", 0, [(0, -30, 30)], "a"),
        ("one is measured at all", 0, [(2, 20, 3)], "b"),
        ("after a gap", 3, [(1, 28, 1)], "b"),
    ],
)
def test_of_whom_nothing_has_changed_nothing_is_asked(
    tmp_path: Path, sentence: str, hours: int, filled: list[tuple[int, int, int]], expected: str
) -> None:
    world, whose = World(tmp_path), {MEASUREMENTS[0].key: "a", MEASUREMENTS[1].key: "b", MEASUREMENTS[2].key: "b"}
    promises = [objective("90", measurement=m, window=DAILY, name=ObjectiveName(m.key)) for m in MEASUREMENTS]
    world.agreements = (named("a", agreement(promises[0])), named("b", agreement(*promises[1:])))
    for instant in (START, START + 26 * HOUR):
        world.now = instant
        for which in range(2):
            world.measured(which, 0, (instant - START) // HOUR)
        world.look(world.kept)
    book = Listening(world.book)
    world.now += hours * HOUR
    for one in filled:
        world.measured(*one)
    world.kept.unstated(world.agreements, book, world.now)  # type: ignore[arg-type]
    assert {whose[key] for key in book.asked} == set(expected), sentence
    world.book.store.close()
