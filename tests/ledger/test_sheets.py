"""Tables of many measurements hold what their slices do, and nobody who follows the pages misses a word."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement
from sla_monitor.ledger import corrections, pages, tables
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.corrections import STRAIGHT
from sla_monitor.ledger.sheets import amounts_of
from tests.ledger.specimens import DAY, MINUTE, PROBE, REQUESTS, SHARE, START, reading, slices, write

BOTH = (REQUESTS, SHARE)
LONG = 3 * DAY // MINUTE


def minute_by_minute(book: Book, start: int, count: int, overlap: int = 3) -> None:
    """As cycles do it: the last slices are written again, some of them with other values."""
    for number in range(count):
        at = start + number * MINUTE
        book.write([reading(m, slices(m, at - overlap * MINUTE, overlap + 1, seed=number)) for m in BOTH])


def filled(book: Book) -> int:
    """Packed days, then pages; returns where they end."""
    for m in BOTH:
        write(book, m, slices(m, START, LONG))
    minute_by_minute(book, START + 3 * DAY, 80)
    return START + 3 * DAY + 80 * MINUTE


def truth(book: Book, m: Measurement, spans: Spans) -> list[int]:
    held = [amounts_of(book.slices(m.key, span)).sum(axis=0) for span in spans]
    return np.sum(held or [np.zeros(5, np.int64)], axis=0).tolist()


def test_sums_are_those_of_the_slices(book: Book) -> None:
    end = filled(book)
    wanted = [
        Spans.of([Span(START - DAY, end + DAY)]),
        Spans.of([Span(START + DAY, START + 2 * DAY)]),
        Spans.of([Span(START + 7 * MINUTE, START + 2 * DAY + 5 * MINUTE), Span(end - 90 * MINUTE, end)]),
        Spans.of([Span(end - 4 * MINUTE, end - MINUTE)]),
        Spans(),
    ]
    asked = (*BOTH, PROBE, *BOTH)
    found = book.sheets.sums([m.key for m in asked], wanted)
    for column, m in enumerate(asked):
        assert [row.tolist() for row in found[:, column]] == [truth(book, m, spans) for spans in wanted]


def test_a_block_holds_each_slice(book: Book) -> None:
    end = filled(book)
    for span in (Span(START + DAY - 1800, START + DAY + 1800), Span(end - 7200, end + 3600)):
        asked = (PROBE, *reversed(BOTH))
        found = book.sheets.block([m.key for m in asked], span, MINUTE)
        for column, m in enumerate(asked):
            held = book.slices(m.key, span)
            assert found[(held.starts - span.start) // MINUTE, column].tolist() == amounts_of(held).tolist()
            assert found[:, column].sum(axis=0).tolist() == amounts_of(held).sum(axis=0).tolist()


def test_nothing_is_known_of_strangers(book: Book) -> None:
    filled(book)
    span = Span(START, START + DAY)
    assert not book.sheets.sums([PROBE.key], [Spans.of([span])]).any()
    assert not book.sheets.block([PROBE.key], span, MINUTE).any()


def followed(book: Book, tables: dict[int, Ints], written: int) -> int:
    """What somebody holds who reads each page once."""
    for sheet in book.sheets.news(written).sheets:
        row = tables.setdefault(sheet.start, np.zeros((3, 5), np.int64))
        row[sheet.ids] = sheet.amounts
        written = max(written, sheet.written)
    return written


def test_who_follows_the_pages_knows_each_slice_while_they_are_packed(book: Book) -> None:
    tables, written = dict[int, Ints](), 0
    token = book.sheets.news(0).token
    for number in range(100):
        minute_by_minute(book, START + 3 * DAY + number * MINUTE, 1)
        if number % 40 == 0 or number == 99:
            written = followed(book, tables, written)
    ids = {key: one.id for key, one in book.sheets.known().items()}
    span = Span(START + 3 * DAY - 3 * MINUTE, START + 3 * DAY + 100 * MINUTE)
    assert sorted(tables) == list(range(span.start, span.end, MINUTE))
    for m in BOTH:
        held = amounts_of(book.slices(m.key, span)).tolist()
        assert [tables[start][ids[m.key]].tolist() for start in sorted(tables)] == held
    assert book.sheets.news(written, token) == type(book.sheets.news(written))(token, (), ())


def test_what_goes_past_the_pages_is_told_by_whom_and_when(book: Book) -> None:
    end = filled(book)
    ids = {key: one.id for key, one in book.sheets.known().items()}
    before = book.sheets.news(0).token
    minute_by_minute(book, end, 5)
    assert book.sheets.news(0).token == before
    assert told(book, before) == []
    write(book, REQUESTS, late := slices(REQUESTS, end - 180 * MINUTE, 2, seed=9))
    once = book.sheets.news(0).token
    assert told(book, before) == [([ids[REQUESTS.key]], Span(end - 180 * MINUTE, end - 178 * MINUTE))]
    write(book, SHARE, slices(SHARE, end, 100, seed=9))
    assert told(book, once) == [([ids[SHARE.key]], Span(end, end + 100 * MINUTE))]
    book.write([reading(REQUESTS, late), reading(SHARE, slices(SHARE, START, 1, seed=3))])
    both = sorted(ids[m.key] for m in BOTH)
    assert (told(book, before) or [])[2:] == [(both, Span(START, end - 178 * MINUTE))]


def told(book: Book, known: tuple[int, int]) -> list[tuple[list[int], Span]] | None:
    past = book.sheets.news(0, known).corrections
    return None if past is None else [(one.ids.tolist(), one.span) for one in past]


def test_who_comes_from_another_history_or_has_missed_some_is_told_nothing(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(book)
    token = book.sheets.news(0).token
    assert (told(book, token), told(book, (token[0], token[1] ^ 1)), told(book, (token[0] + 1, 1))) == ([], None, None)
    write(book, REQUESTS, slices(REQUESTS, START, 1, seed=9))
    other = book.sheets.news(0).token
    with book.store.writing() as connection:  # as if it had been lost with a database, and others were written
        connection.execute(sa.delete(tables.correction).where(tables.correction.c.number == other[0]))
        connection.execute(sa.update(tables.given).values(last=token[0]).where(tables.given.c.name == STRAIGHT))
    assert told(book, other) is None
    write(book, REQUESTS, slices(REQUESTS, START, 1, seed=8))
    assert told(book, other) is None
    assert told(book, token) is not None
    monkeypatch.setattr(corrections, "KEPT", 3)
    for seed in range(3):
        write(book, REQUESTS, slices(REQUESTS, START, 1, seed=seed))
    assert told(book, token) is None


def test_who_has_not_read_a_page_that_is_gone_is_told_nothing(book: Book) -> None:
    written, token = 0, book.sheets.news(0).token
    for number in range(8):
        write(book, REQUESTS, slices(REQUESTS, START + number * 50 * MINUTE, 50))
        assert book.sheets.news(written, token).corrections == ()
        written = max(sheet.written for sheet in book.sheets.news(written).sheets)
    assert book.sheets.news(1, token).corrections is None


def test_pages_go_in_the_end(book: Book) -> None:
    for number in range(8):
        write(book, REQUESTS, slices(REQUESTS, START + number * 50 * MINUTE, 50))
    starts = {sheet.start for sheet in book.sheets.news(0).sheets}
    assert pages.STAY < len(starts) < pages.STAY + 100
