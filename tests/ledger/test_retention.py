"""What is past keeping goes, in either kind of ledger: sums stay as they were, and what is needed is left alone."""

from __future__ import annotations

import pytest

from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.slices import exactly
from sla_monitor.compliance.spans import Span
from sla_monitor.ledger import partitions, retention, statistics
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.retention import Limits, Trimmed
from tests.ledger.places import Place
from tests.ledger.specimens import DAY, MINUTE, PROBE, REQUESTS, START, everything, rows, slices, write

DAYS = 70
MIDST = START + 40 * DAY


@pytest.fixture
def filled(book: Book) -> Book:
    for measurement in (REQUESTS, PROBE):
        write(book, measurement, slices(measurement, START, DAYS * 1440, seed=3))
    return book


def total(book: Book, span: Span) -> tuple[object, object, int]:
    (cells,) = book.cells([Reach(REQUESTS.key, span, ())])
    return exactly(cells.good), exactly(cells.total), int(cells.known.sum())


def test_slices_go_and_their_sums_stay(filled: Book) -> None:
    whole = Span(START, START + DAYS * DAY)
    before, held = total(filled, whole), rows(everything(filled, REQUESTS))
    measured = filled.measured([REQUESTS.key])
    assert retention.trim(filled.store, Limits(MIDST, None), {}) == Trimmed(slices=80)
    assert total(filled, whole) == before
    assert rows(everything(filled, REQUESTS)) == {start: row for start, row in held.items() if start >= MIDST}
    assert filled.measured([REQUESTS.key]) == measured
    first = START // DAY
    assert filled.forgotten() == {m.key: set(range(first, first + 40)) for m in (REQUESTS, PROBE)}
    assert filled.flaws({}) == []
    assert retention.trim(filled.store, Limits(MIDST, None), {}) == Trimmed()
    (everything_,) = (one for one in statistics.statistics(filled.store) if one.name == "all")
    assert everything_.slices == 2 * DAYS * 1440


def test_what_is_needed_stays_whatever_the_limits(filled: Book) -> None:
    held = rows(everything(filled, REQUESTS))
    done = retention.trim(filled.store, Limits(MIDST, MIDST), {REQUESTS.key: START + DAY + 1, PROBE.key: START})
    assert done == Trimmed(slices=1, days=1)
    assert rows(everything(filled, REQUESTS)) == {at: row for at, row in held.items() if at >= START + DAY}
    assert len(everything(filled, PROBE)) == DAYS * 1440
    assert filled.flaws({}) == []


def test_a_day_past_keeping_goes_whole(filled: Book, place: Place) -> None:
    assert retention.trim(filled.store, Limits(MIDST, START + 35 * DAY), {}).days == 70
    assert filled.measured([PROBE.key])[PROBE.key].parts == (Span(START + 35 * DAY, START + DAYS * DAY),)
    assert filled.flaws({}) == []
    with filled.store.reading() as connection:
        if connection.dialect.name == "postgresql":
            assert partitions.existing(connection) == {"day_2026_07", "day_2026_08", "day_2026_09"}
    write(filled, REQUESTS, slices(REQUESTS, START, 1440))
    assert filled.measured([REQUESTS.key])[REQUESTS.key].parts[0] == Span(START, START + DAY)
    assert filled.flaws({}) == []


def test_what_comes_late_for_such_a_day_changes_nothing(filled: Book) -> None:
    retention.trim(filled.store, Limits(MIDST, None), {})
    whole = Span(START, START + DAYS * DAY)
    before = total(filled, whole)
    assert write(filled, REQUESTS, slices(REQUESTS, START + 5 * MINUTE, 2000, seed=9)) == 0
    assert total(filled, whole) == before
    assert filled.flaws({}) == []


def test_a_measurement_that_ended_long_ago_goes_with_its_last_slices(book: Book) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 2000))
    retention.trim(book.store, Limits(MIDST, MIDST), {})
    assert len(everything(book, REQUESTS)) == 0
    assert book.measured([REQUESTS.key])[REQUESTS.key].parts == ()
    assert book.flaws({}) == []


def test_a_day_that_is_not_all_there_keeps_its_slices(book: Book) -> None:
    """The rest of it would be added to nothing."""
    write(book, REQUESTS, slices(REQUESTS, START, 2000))
    held = rows(everything(book, REQUESTS))
    assert retention.trim(book.store, Limits(MIDST, None), {}) == Trimmed(slices=1)
    assert rows(everything(book, REQUESTS)) == {at: row for at, row in held.items() if at >= START + DAY}
    before = total(book, Span(START, START + 2 * DAY))
    write(book, REQUESTS, slices(REQUESTS, START + 50 * DAY, 1440))
    assert total(book, Span(START, START + 2 * DAY)) == before
    assert book.flaws({}) == []


def test_nothing_goes_where_all_is_kept_for_ever(filled: Book) -> None:
    assert retention.trim(filled.store, Limits(None, None), {}) == Trimmed()
    assert filled.forgotten() == {}


def test_room_is_given_back(filled: Book) -> None:
    before = filled.store.size_bytes()
    retention.trim(filled.store, Limits(MIDST, MIDST), {})
    filled.store.compact()
    assert filled.store.size_bytes() < before
    assert filled.flaws({}) == []
