"""Tables of many measurements hold what their slices do, and nobody who follows the pages misses a word."""

from __future__ import annotations

import numpy as np

from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement
from sla_monitor.ledger import pages
from sla_monitor.ledger.book import Book
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
    ids = {key: one.id for key, one in book.sheets.known().items()}
    wanted = [
        Spans.of([Span(START - DAY, end + DAY)]),
        Spans.of([Span(START + DAY, START + 2 * DAY)]),
        Spans.of([Span(START + 7 * MINUTE, START + 2 * DAY + 5 * MINUTE), Span(end - 90 * MINUTE, end)]),
        Spans.of([Span(end - 4 * MINUTE, end - MINUTE)]),
        Spans(),
    ]
    found = book.sheets.sums([m.key for m in BOTH], wanted)
    for m in BOTH:
        assert [row.tolist() for row in found[:, ids[m.key]]] == [truth(book, m, spans) for spans in wanted]


def test_a_block_holds_each_slice(book: Book) -> None:
    end = filled(book)
    ids = {key: one.id for key, one in book.sheets.known().items()}
    for span in (Span(START + DAY - 1800, START + DAY + 1800), Span(end - 7200, end + 3600)):
        found = book.sheets.block([m.key for m in BOTH], span, MINUTE)
        for m in BOTH:
            held = book.slices(m.key, span)
            assert found[(held.starts - span.start) // MINUTE, ids[m.key]].tolist() == amounts_of(held).tolist()
            assert found[:, ids[m.key]].sum(axis=0).tolist() == amounts_of(held).sum(axis=0).tolist()


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
    assert book.sheets.news(written) == type(book.sheets.news(written))(token, ())


def test_what_goes_past_the_pages_changes_the_token(book: Book) -> None:
    end = filled(book)
    before = book.sheets.news(0).token
    minute_by_minute(book, end, 5)
    assert book.sheets.news(0).token == before
    write(book, REQUESTS, slices(REQUESTS, end - 180 * MINUTE, 1, seed=9))
    late = book.sheets.news(0).token
    assert late != before
    write(book, REQUESTS, slices(REQUESTS, end, 100, seed=9))
    assert book.sheets.news(0).token != late


def test_pages_go_in_the_end(book: Book) -> None:
    for number in range(8):
        write(book, REQUESTS, slices(REQUESTS, START + number * 50 * MINUTE, 50))
    starts = {sheet.start for sheet in book.sheets.news(0).sheets}
    assert pages.STAY < len(starts) < pages.STAY + 100
