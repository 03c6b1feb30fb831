"""The past into the ledger: newest first, resumable, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, SourceName
from sla_monitor.errors import SourceUnavailableError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.backfill import AHEAD, Step, backfill, missing
from sla_monitor.measuring.duties import DAY
from tests.measuring.invented import SETTLE, START, Invented, events, opened, seconds, truth

M, OTHER = events("requests"), seconds("up", "other")
NOON = START + DAY // 2
WEEK = Span(START - 7 * DAY, NOON)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


async def fill(
    sources: dict[str, Invented], book: Book, span: Span = WEEK, now: int = NOON + SETTLE, most: int = 99
) -> list[Step]:
    """Stops after so many steps, as an interruption would."""
    wanted: list[Measurement] = [M, OTHER][: len(sources)]
    steps: list[Step] = []
    named = {SourceName(name): source for name, source in sources.items()}
    async for step in backfill(wanted, named, book, span, now):
        steps.append(step)
        if len(steps) == most:
            break
    return steps


def held(book: Book, measurement: Measurement = M) -> Spans:
    return book.measured([measurement.key])[measurement.key]


async def test_days_come_newest_first_and_progress_is_told(book: Book) -> None:
    source = Invented()
    steps = await fill({"default": source}, book)
    assert [want.span.start for want in source.asked] == [START - k * DAY for k in range(8)]
    assert [(step.done, step.all) for step in steps] == [(k, 8) for k in range(9)]
    assert held(book) == Spans((WEEK,))
    assert book.slices(M.key, WEEK).total.tolist() == truth(M, WEEK).total.tolist()


async def test_interrupted_it_goes_on_where_it_stopped(book: Book) -> None:
    first, second = Invented(), Invented()
    await fill({"default": first}, book, most=4)
    assert held(book) == Spans((Span(START - 2 * DAY, NOON),))
    await fill({"default": second}, book)
    assert [want.span.start for want in second.asked] == [START - k * DAY for k in range(3, 8)]
    assert held(book) == Spans((WEEK,))
    third = Invented()
    assert await fill({"default": third}, book) == [Step(0, 0)]
    assert third.asked == []


async def test_what_is_not_settled_is_left(book: Book) -> None:
    await fill({"default": Invented()}, book, Span(START, NOON + 3600), NOON + 600)
    assert held(book) == Spans((Span(START, NOON + 540),))


async def test_whole_slices_are_measured(book: Book) -> None:
    assert [want.span for want in missing(Bundle([M]), book, Span(START + 1, START + 121))] == [
        Span(START, START + 120)
    ]
    assert missing(Bundle([M]), book, Span(START + 1, START + 59)) == []


async def test_a_day_that_fails_is_told_and_tried_the_next_time(book: Book) -> None:
    bad = START - 3 * DAY
    steps = await fill({"default": Invented(faulty={M.key: {bad // DAY}})}, book)
    assert [len(step.failed) for step in steps] == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert held(book) == Spans.of([WEEK]).minus(Spans.of([Span(bad, bad + DAY)]))
    again = Invented()
    await fill({"default": again}, book)
    assert [want.span for want in again.asked] == [Span(bad, bad + DAY)]


async def test_a_source_that_went_away_ends_it(book: Book) -> None:
    source = Invented(falls=True)
    with pytest.raises(SourceUnavailableError):
        await fill({"default": source}, book)
    assert len(source.asked) == AHEAD
    assert held(book) == Spans()


async def test_each_source_is_asked_for_its_own(book: Book) -> None:
    ours, theirs = Invented(), Invented()
    await fill({"default": ours, "other": theirs}, book)
    assert {want.measurement for want in ours.asked} == {M}
    assert {want.measurement for want in theirs.asked} == {OTHER}
    assert held(book) == held(book, OTHER) == Spans((WEEK,))


class Hanging(Invented):
    """The second question is never answered."""

    left = 0

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        found = await super().measure(wants)
        if len(self.asked) > len(wants):
            try:
                await asyncio.Event().wait()
            finally:
                self.left += 1
        return found


async def test_while_a_day_is_filed_the_next_are_asked_for_and_left_when_nobody_goes_on(book: Book) -> None:
    source = Hanging()
    steps = backfill([M], {M.source: source}, book, WEEK, NOON + SETTLE)
    assert await anext(steps) == Step(0, 8)
    assert await anext(steps) == Step(1, 8)
    assert [want.span.start for want in source.asked] == [START - k * DAY for k in range(1 + AHEAD)]
    assert source.left == 0
    await steps.aclose()
    await asyncio.sleep(0)
    assert source.left == AHEAD
