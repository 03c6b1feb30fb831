"""What the ledger is told it says again: whatever the order, however often, before and after folding."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from sla_monitor.compliance.readings import Reach, Reading, Want
from sla_monitor.compliance.slices import Slices, cells_of, exactly
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import AgreementName, Measurement, ObjectiveName, SourceName
from sla_monitor.errors import LedgerError, SourceError
from sla_monitor.ledger import tables, upserts
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.folding import FOLD_AT, KEEP_OPEN
from tests.ledger.places import Places
from tests.ledger.specimens import (
    ALL,
    DAY,
    MINUTE,
    PROBE,
    REQUESTS,
    SHARE,
    START,
    everything,
    reading,
    rows,
    slices,
    write,
)


@pytest.mark.parametrize("measurement", ALL, ids=["events", "codes", "shares", "quarters of an hour"])
@pytest.mark.parametrize("count", [1, KEEP_OPEN, FOLD_AT, FOLD_AT + 1, 1500])
def test_what_was_written_is_read(book: Book, measurement: Measurement, count: int) -> None:
    held = slices(measurement, START, count, seed=count)
    assert write(book, measurement, held) == 0
    found = everything(book, measurement)
    assert rows(found) == rows(held)
    if held.states is None:
        assert found.states is None
    else:
        assert found.states is not None
        np.testing.assert_array_equal(found.states, held.states)


def test_writing_again_changes_nothing(book: Book) -> None:
    held = slices(REQUESTS, START, 200)
    write(book, REQUESTS, held)
    before = rows(everything(book, REQUESTS))
    for part in (held, held.take(slice(0, 50)), held.take(slice(150, 200))):
        assert write(book, REQUESTS, part) == 0
    assert rows(everything(book, REQUESTS)) == before


@pytest.mark.parametrize("index", [3, 195], ids=["in a packed day", "among open slices"])
@pytest.mark.parametrize("what", ["good", "total", "known"])
def test_an_overwritten_slice_is_counted_and_kept(book: Book, index: int, what: str) -> None:
    held = slices(REQUESTS, START, 200, seed=1)
    write(book, REQUESTS, held)
    changed = held.take(slice(index, index + 1))
    getattr(changed, what)[...] = 7
    assert write(book, REQUESTS, changed) == 1
    found = rows(everything(book, REQUESTS))
    assert found[int(changed.starts[0])] == rows(changed)[int(changed.starts[0])]
    assert write(book, REQUESTS, changed) == 0


def test_a_slice_with_the_same_sums_and_other_states_is_overwritten(book: Book) -> None:
    one, other = (slices(PROBE, START, 1) for _ in range(2))
    one, other = (
        Slices(60, x.starts, np.array([30.0]), np.array([60.0]), np.array([60]), np.array([states]))
        for x, states in ((one, [1.0, 1.0, 0.0, 0.0]), (other, [0.0, 0.0, 1.0, 1.0]))
    )
    write(book, PROBE, one)
    assert write(book, PROBE, other) == 1


def test_order_never_matters(places: Places) -> None:
    parts = [slices(SHARE, START + k * 40 * MINUTE, 40, seed=k) for k in range(5)]
    found = set()
    for number, order in enumerate(itertools.permutations(parts)):
        if number % 10 == 0:
            book = places.make().opened()
            for part in order:
                write(book, SHARE, part)
            found.add(repr(sorted(rows(everything(book, SHARE)).items())))
    assert len(found) == 1


def test_states_of_two_resolutions_are_kept_at_the_finer(book: Book) -> None:
    coarse, fine = slices(PROBE, START, 100, seed=1, steps=2), slices(PROBE, START + 100 * MINUTE, 100, seed=2, steps=6)
    write(book, PROBE, coarse)
    write(book, PROBE, fine)
    found = everything(book, PROBE)
    assert coarse.states is not None
    assert fine.states is not None
    assert found.states is not None
    np.testing.assert_array_equal(found.states[:100], np.repeat(coarse.states, 3, axis=1))
    np.testing.assert_array_equal(found.states[100:], fine.states)
    assert rows(found) == rows(coarse) | rows(fine)


def test_a_day_of_steps_of_a_second_is_held(book: Book) -> None:
    whole_day = Measurement(PROBE.source, PROBE.indicator, DAY)
    held = slices(whole_day, START, 100, steps=DAY)
    write(book, whole_day, held)
    assert rows(book.slices(whole_day.key, Span(START, START + 100 * DAY))) == rows(held)


def test_a_reading_that_failed_leaves_its_span_unmeasured(book: Book) -> None:
    failed = Reading(Want(PROBE, Span(START, START + MINUTE)), None, SourceError("away"))
    written = book.write([failed, reading(REQUESTS, slices(REQUESTS, START, 3))])
    assert (written.slices, written.overwritten) == (3, 0)
    assert book.measured([PROBE.key, REQUESTS.key]) == {
        PROBE.key: Spans(),
        REQUESTS.key: Spans((Span(START, START + 3 * MINUTE),)),
    }


def test_measured_spans_grow_together(book: Book) -> None:
    for first in (0, 100, 50):
        write(book, REQUESTS, slices(REQUESTS, START + first * MINUTE, 50))
    assert book.measured([REQUESTS.key])[REQUESTS.key] == Spans((Span(START, START + 150 * MINUTE),))
    write(book, REQUESTS, slices(REQUESTS, START + 500 * MINUTE, 1))
    assert len(book.measured([REQUESTS.key])[REQUESTS.key].parts) == 2


def test_one_day_late_is_folded_where_it_belongs(book: Book) -> None:
    newest, oldest = slices(REQUESTS, START, 1440, seed=1), slices(REQUESTS, START - DAY, 1440, seed=2)
    write(book, REQUESTS, newest)
    write(book, REQUESTS, oldest)
    assert rows(everything(book, REQUESTS)) == rows(oldest) | rows(newest)


def test_what_is_packed_is_told_without_the_open_pages(book: Book) -> None:
    """Of many measurements these are large, and here they cannot even be read."""
    held = slices(REQUESTS, START, 200)
    write(book, REQUESTS, held)
    with book.store.writing() as connection:
        connection.execute(sa.update(tables.page).values(frame=b"\x01nothing"))
    packed = Span(START + 20 * MINUTE, START + (200 - KEEP_OPEN) * MINUTE)
    assert rows(book.slices(REQUESTS.key, packed)) == rows(held.between(packed.start, packed.end))
    with pytest.raises(LedgerError, match="damaged"):
        book.slices(REQUESTS.key, Span(packed.start, packed.end + 1))


@pytest.mark.parametrize("first", [0, 1, 184, 185, 186, 199])
def test_a_part_begins_wherever_it_is_asked_from(book: Book, first: int) -> None:
    """The last fifteen slices lie on pages."""
    held = slices(REQUESTS, START, 200)
    write(book, REQUESTS, held)
    asked = Span(START + first * MINUTE, START + 200 * MINUTE)
    assert rows(book.slices(REQUESTS.key, asked)) == rows(held.between(asked.start, asked.end))


@pytest.mark.parametrize("cut", [0, 1, 720, 1439])
def test_cells_are_exact_whatever_the_cut(book: Book, cut: int) -> None:
    held = slices(REQUESTS, START, 4 * 1440, seed=5)
    write(book, REQUESTS, held)
    span = Span(START + cut * MINUTE, START + 3 * DAY + cut * MINUTE)
    inside = START + DAY + cut * MINUTE
    (cells,) = book.cells([Reach(REQUESTS.key, span, (inside,))])
    scratch = cells_of(held.between(span.start, span.end))
    assert (exactly(cells.good), exactly(cells.total)) == (exactly(scratch.good), exactly(scratch.total))
    assert not any(start < inside < end for start, end in zip(cells.starts, cells.ends, strict=True))
    assert len(cells) < 3 * 1440  # whole days come as one


def test_wants_of_one_measurement_each_get_their_own_cuts(book: Book) -> None:
    """Objectives with other windows, hours or exclusions share a measurement."""
    write(book, REQUESTS, slices(REQUESTS, START, 4 * 1440))
    span = Span(START, START + 4 * DAY)
    wants = [Reach(REQUESTS.key, span, (START + day * DAY + 3600,)) for day in (0, 1)]
    for want, cells in zip(wants, book.cells(wants), strict=True):
        (cut,) = want.cuts
        assert not ((cells.starts < cut) & (cut < cells.ends)).any()


def test_unknown_measurements_have_no_cells(book: Book) -> None:
    (cells,) = book.cells([Reach(REQUESTS.key, Span(START, START + DAY), ())])
    assert len(cells) == 0
    assert len(everything(book, REQUESTS)) == 0
    assert book.cells([]) == []


def test_a_breach_is_counted_once_a_window(book: Book) -> None:
    key = (AgreementName("acme"), ObjectiveName("availability"))
    other = (AgreementName("acme"), ObjectiveName("latency"))
    book.record_breaches([(key, START, START + 5)])
    book.record_breaches([(key, START, START + 65), (key, START + DAY, START + DAY), (other, START, START)])
    book.record_breaches([])
    assert book.breaches() == {key: 2, other: 1}


def test_what_is_added_stays_as_it_was_and_what_is_put_replaces(book: Book) -> None:
    def first_at(write: Callable[..., None], at: int) -> int | None:
        row = {"agreement": "acme", "objective": "availability", "window_start": START, "first_at": at}
        with book.store.writing() as connection:
            write(connection, tables.breach, [row])
            return connection.execute(sa.select(tables.breach.c.first_at)).scalar()

    assert [first_at(upserts.add, 1), first_at(upserts.add, 2), first_at(upserts.put, 3)] == [1, 1, 3]


def test_breaches_that_are_there_are_not_written_with_every_board(book: Book) -> None:
    breaches = [((AgreementName("acme"), ObjectiveName("availability")), START, START + 5)]
    book.record_breaches(breaches)
    said = list[str]()
    with book.store.writing() as connection:
        sa.event.listen(connection.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    book.record_breaches(breaches)
    assert not [one for one in said if one.startswith("INSERT")]
    book.record_breaches([(breaches[0][0], START + DAY, START + DAY)])
    assert len([one for one in said if one.startswith("INSERT")]) == 1


def test_a_breach_that_was_lost_is_written_again_with_the_next_board(book: Book) -> None:
    """As with a database that outlived its last transactions."""
    key = AgreementName("acme"), ObjectiveName("availability")
    book.record_breaches([(key, START, START + 5)])
    with book.store.writing() as connection:
        connection.execute(sa.delete(tables.breach))
    book.record_breaches([(key, START, START + 65)])
    assert book.breaches() == {key: 1}


def test_deliveries_are_replaced(book: Book) -> None:
    book.record_delivery("one", "a")
    book.record_delivery("one", "b")
    book.record_delivery("two", "c")
    assert book.deliveries() == {"one": "b", "two": "c"}


def test_one_at_a_time_delivers(book: Book) -> None:
    """(who, when) → what was delivered before; None: another delivers. A claim lasts 20 seconds."""
    told = {
        ("a", 100): "{}",
        ("b", 110): None,
        ("a", 115): "{}",
        ("b", 134): None,
        ("b", 135): "by a",
        ("a", 136): None,
        ("a", 9000): "by b",
        ("b", 200): "by a again",
    }
    says = {("a", 115): "by a", ("b", 135): "by b", ("a", 9000): "by a again", ("b", 134): "by b, who may not"}
    for (who, at), before in told.items():
        assert book.claim_delivery("one", who, at, 20) == before, (who, at)
        if (who, at) in says:
            book.record_delivery("one", says[who, at], who)
    book.release_deliveries("a")
    assert book.claim_delivery("one", "a", 201, 20) is None, "its own claims alone"
    book.release_deliveries("b")
    assert book.claim_delivery("one", "a", 202, 20) == "by a again"
    book.record_delivery("one", "of one alone")
    assert book.claim_delivery("one", "b", 203, 20) == "of one alone"


def test_of_one_transaction_what_comes_later_goes_by_what_came_before(book: Book) -> None:
    """So much of a measurement that it is packed, more of it, and a correction of what is packed by then."""
    first, more = slices(REQUESTS, START, 200, 1), slices(REQUESTS, START + 300 * MINUTE, 200, 2)
    again = slices(REQUESTS, START + 10 * MINUTE, 5, 3)
    book.write([reading(REQUESTS, held) for held in (first, more, again)])
    assert rows(everything(book, REQUESTS)) == {**rows(first), **rows(more), **rows(again)}


def test_what_is_packed_of_some_and_not_of_others_is_told_apart(book: Book) -> None:
    other = replace(REQUESTS, source=SourceName("other"))
    before = slices(REQUESTS, START, 200, 1)
    write(book, REQUESTS, before)
    late = {m.key: slices(m, START + 10 * MINUTE, 5, seed) for seed, m in enumerate((REQUESTS, other), 5)}
    book.write([reading(m, late[m.key]) for m in (REQUESTS, other)])
    assert rows(everything(book, REQUESTS)) == {**rows(before), **rows(late[REQUESTS.key])}
    assert rows(everything(book, other)) == rows(late[other.key])
