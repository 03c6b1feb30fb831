"""A ledger that is filled quickly is the one that a monitor fills, a minute after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.filling import MINUTE, Filled, fill
from benchmarks.fleet import agreed
from sla_monitor.compliance.bundles import Bundle, Measured, Wanted
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, Measurement
from sla_monitor.daemon.wiring import timetable
from sla_monitor.ledger import tables
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.fleets import Fleet

COUNT, PATTERNS = 7, 3
MIDNIGHT = 1_780_272_000
FILLED = Filled.over(Span(MIDNIGHT - 2 * 3600, MIDNIGHT + 6 * 3600), PATTERNS)
"""Parts of two days, and longer than pages stay."""


@pytest.fixture(scope="module")
def agreements(tmp_path_factory: pytest.TempPathFactory) -> list[Agreement]:
    return agreed(tmp_path_factory.mktemp("agreed") / "many.yaml", COUNT)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory, agreements: list[Agreement]) -> Iterator[tuple[Book, Book]]:
    """One filled minute by minute, and one quickly, with as much of it in days."""
    folder = tmp_path_factory.mktemp("filled")
    measurements = [agreement.objectives[0].measurement for agreement in agreements]
    with opened(folder / "slowly.db") as slowly, opened(folder / "quickly.db") as quickly:
        measure(slowly, measurements)
        with slowly.store.reading() as connection:
            (frontier,) = connection.execute(sa.select(tables.measurement.c.folded_until).distinct()).scalars()
        fill(quickly.store, measurements, FILLED, (FILLED.span.end - frontier) // MINUTE)
        yield slowly, quickly


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    with closing(store_at(f"sqlite:///{path}")) as store:
        store.prepare()
        yield Book(store)


def measure(book: Book, measurements: Sequence[Measurement]) -> None:
    bundle = Bundle(measurements)
    for start in range(FILLED.span.start, FILLED.span.end, MINUTE):
        span = Span(start, start + MINUTE)
        book.file([Measured(Wanted(bundle, span), FILLED.block(COUNT, span))])


def rows(book: Book, table: sa.Table) -> list[tuple[object, ...]]:
    # When a page was written hangs on how many were before it, which are gone.
    columns = [one for one in table.columns if table is not tables.page or one.name not in ("written", "seal")]
    with book.store.reading() as connection:
        return sorted(map(tuple, connection.execute(sa.select(*columns))))


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_row_is_the_same(table: sa.Table, books: tuple[Book, Book]) -> None:
    slowly, quickly = (rows(book, table) for book in books)
    if table is tables.given:  # which pages are gone
        assert (len(slowly), quickly) == (1, [])
    else:
        assert slowly == quickly
    assert slowly or table.name not in ("measurement", "measured", "roster", "page", "spanned", "day")


def test_both_hold_what_their_seals_and_sums_say(books: tuple[Book, Book]) -> None:
    assert [book.flaws({}) for book in books] == [[], []]


@pytest.mark.parametrize("together", [True, False], ids=["in columns", "one by one"])
def test_they_are_judged_alike(together: bool, books: tuple[Book, Book], agreements: list[Agreement]) -> None:
    slowly, quickly = (standings(book, agreements, together=together) for book in books)
    assert slowly == quickly
    for number, one in enumerate(slowly):
        assert (one.good, one.total) == FILLED.counted(number, Span(0, one.at))
    assert len({one.good for one in slowly}) == PATTERNS


def standings(book: Book, agreements: list[Agreement], *, together: bool) -> list[Standing]:
    fleet = Fleet(book.sheets) if together else None
    board = assess(agreements, book, FILLED.span.end, lambda _: 0, timetable(book), fleet=fleet)
    return [entry.current for entry in board.entries]
