"""An agreement's life on the board: it begins, is renewed or not, is terminated, and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.periods import parse_instant, zone_of
from sla_monitor.compliance.ratios import percent_text
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import Agreement
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess
from sla_monitor.sources import promql
from tests.agreements.conftest import with_objective
from tests.compliance.specimens import measured
from tests.measuring.invented import SETTLE, opened


def at(text: str) -> int:
    return parse_instant(text, zone_of("UTC"))


NOVEMBER = Span(at("2026-11-01"), at("2026-12-01"))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


def agreed(folder: Path, term: str, *lines: str) -> Agreement:
    path = folder / "agreement.yaml"
    path.write_text(with_objective(*lines) + f"  term: {term}\n")
    (agreement,) = read([path], promql).agreements
    return agreement


def fill(book: Book, agreement: Agreement, span: Span = NOVEMBER) -> None:
    """Up but for half an hour on the 10th."""
    m = agreement.objectives[0].measurement
    down = Span(at("2026-11-10T03:00:00Z"), at("2026-11-10T03:30:00Z"))
    rows = ((start, 0 if start in down else 60, 60, 60) for start in range(span.start, span.end, 60))
    book.write([Reading(Want(m, span), measured(rows))])


def board(book: Book, agreement: Agreement, now: str) -> Board:
    return assess([agreement], book, at(now), lambda _: SETTLE, schedule_of)


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        # 30 minutes of 15 days, of the whole month, and no verdict (domain.md 2.7)
        ("prorate", (Status.BREACHED, "99.861111")),
        ("assume-good", (Status.MET, "99.930555")),
        ("skip", (Status.UNKNOWN, None)),
    ],
)
def test_a_window_cut_by_a_termination_is_judged_on_its_part(
    partial: str, expected: tuple[Status, str | None], book: Book, tmp_path: Path
) -> None:
    made = agreed(tmp_path, "{from: 2026-01-01, terminated: 2026-11-16}", f"partialWindow: {partial}")
    fill(book, made)
    (entry,) = board(book, made, "2026-12-02").entries
    previous = entry.previous
    assert previous is not None
    shown = None if previous.percent is None else percent_text(previous.percent)
    assert (previous.status, shown) == expected
    assert (entry.current.status, entry.current.attainment) == (Status.ENDED, None)


LIVES = {
    "before it begins": (
        "{from: 2026-11-20}", "2026-11-19T23:59:59Z", Status.PENDING, "the agreement begins 2026-11-20"),
    "at the end of a term": (
        "{until: 2026-11-20}", "2026-11-20T00:05:00Z", Status.ENDED, "the agreement ended 2026-11-20"),
    "at a termination": (
        "{until: 2026-12-01, terminated: 2026-11-20}", "2026-11-20T00:05:00Z",
        Status.ENDED, "the agreement was terminated 2026-11-20",
    ),
    "renewed, the end of the first term is nothing": (
        "{until: 2026-11-20, renewal: {every: 1 year}}", "2026-11-20T00:05:00Z", Status.BREACHED, "99.89"),
    "renewed, and terminated": (
        "{until: 2026-11-05, renewal: {every: 1 month}, terminated: 2026-11-20}", "2026-11-20T00:05:00Z",
        Status.ENDED, "the agreement was terminated 2026-11-20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", LIVES)
def test_the_status_follows_the_term(sentence: str, book: Book, tmp_path: Path) -> None:
    term, now, status, reason = LIVES[sentence]
    made = agreed(tmp_path, term)
    fill(book, made, Span(NOVEMBER.start, at(now) // 60 * 60))
    (entry,) = board(book, made, now).entries
    assert (entry.current.status, entry.current.reason[: len(reason)]) == (status, reason)


def test_a_window_is_not_cut_by_a_renewal(book: Book, tmp_path: Path) -> None:
    made = agreed(tmp_path, "{until: 2026-11-16, renewal: {every: 1 year, notice: 30 days}}", "partialWindow: skip")
    fill(book, made)
    shown = board(book, made, "2026-12-02")
    previous = shown.entries[0].previous
    assert previous is not None
    assert (previous.status, previous.known_seconds) == (Status.MET, NOVEMBER.seconds)
    dates = shown.lifetimes[made.name]
    assert (dates.end, dates.renewal, dates.notice) == (None, at("2027-11-16"), at("2027-10-17"))
