"""One pass: what moves, and what holds nothing up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.bundles import Bundle, Wanted
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.errors import IndicatorError, SourcePartialError, SourceRefusedError, SourceUnavailableError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import cycle
from sla_monitor.measuring.cycle import Passed, portions, run_pass
from sla_monitor.measuring.duties import DAY, OVERLAP, Task, duties
from tests.ledger.specimens import rows
from tests.measuring.invented import SETTLE, START, Invented, events, opened, seconds, truth

M = events("requests")
NOON = START + DAY // 2
LIMIT = 40 * DAY


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


async def passes(source: Invented, book: Book, wanted: Sequence[Task], now: int, most: int = 200) -> list[Passed]:
    """As the daemon does it: again at once while there is more."""
    done: list[Passed] = []
    mine = duties(wanted)
    while len(done) < most and (passed := await run_pass(source, book, mine, lambda: now)) is not None:
        done.append(passed)
        if not passed.behind:
            break
    return done


def held(book: Book, key: MeasurementKey) -> Spans:
    return book.measured([key])[key]


MANY = [events(f"of{n}") for n in range(6)]


async def test_nothing_due_asks_nobody(book: Book) -> None:
    source, task = Invented(), Task(M, NOON - 600)
    await passes(source, book, [task], NOON + SETTLE)
    source.asked.clear()
    source.visits = 0
    assert await run_pass(source, book, duties([task]), lambda: NOON + SETTLE + 59) is None
    assert await run_pass(source, book, [], lambda: NOON) is None
    assert (source.asked, source.visits) == ([], 0)


@pytest.mark.parametrize("outage", [3600, DAY, 7 * DAY], ids=["an hour", "a day", "a week"])
async def test_an_outage_is_caught_up_with(book: Book, outage: int) -> None:
    source, task = Invented(), Task(M, NOON - 3600)
    await passes(source, book, [task], NOON + SETTLE)
    done = await passes(source, book, [task], NOON + outage + SETTLE)
    assert held(book, M.key) == Spans((Span(NOON - 3600, NOON + outage),))
    assert max(want.span.seconds for want in source.asked) <= DAY + OVERLAP * 60
    assert not done[-1].behind
    found, expected = (
        x.between(NOON - 3600, NOON + outage)
        for x in (book.slices(M.key, Span(0, FOREVER)), truth(M, Span(START, START + 8 * DAY)))
    )
    assert found.good.tolist() == expected.good.tolist()
    assert found.total.tolist() == expected.total.tolist()


async def test_holes_are_healed(book: Book) -> None:
    """An interrupted backfill, or an agreement whose window now begins earlier."""
    source = Invented()
    await passes(source, book, [Task(M, START - 2 * DAY, START - DAY)], NOON + SETTLE)
    await passes(source, book, [Task(M, START)], NOON + SETTLE)
    assert len(held(book, M.key).parts) == 2
    await passes(source, book, [Task(M, START - 3 * DAY)], NOON + SETTLE)
    assert held(book, M.key) == Spans((Span(START - 3 * DAY, NOON),))


@pytest.mark.parametrize("days", [1, 3], ids=["yesterday", "a day before"])
async def test_a_day_that_cannot_be_measured_holds_up_no_other(book: Book, days: int) -> None:
    bad = START - days * DAY
    source = Invented(faulty={M.key: {bad // DAY}})
    for minute in range(40):
        await passes(source, book, [Task(M, START - 5 * DAY)], NOON + SETTLE + 60 * minute)
    whole = Spans.of([Span(START - 5 * DAY, NOON + 39 * 60)])
    assert held(book, M.key) == whole.minus(Spans.of([Span(bad, bad + DAY)]))


async def test_a_measurement_that_fails_holds_up_no_other(book: Book) -> None:
    other = seconds("up")
    source = Invented(faulty={M.key: {START // DAY}})
    (passed,) = await passes(source, book, [Task(M, START), Task(other, START)], NOON + SETTLE)
    assert [str(reading.error) for reading in passed.errors] == ["no such bucket"]
    assert held(book, M.key) == Spans()
    assert held(book, other.key) == Spans((Span(START, NOON),))


@pytest.mark.parametrize(
    "spoil",
    [lambda s: setattr(s, "away", True), lambda s: setattr(s, "falls", True)],
    ids=["it does not answer", "it answers the simplest question only"],
)
async def test_a_source_that_is_away_moves_nothing(book: Book, spoil: Callable[[Invented], None]) -> None:
    source, task = Invented(), Task(M, NOON - 3600)
    await passes(source, book, [task], NOON + SETTLE)
    before = held(book, M.key)
    spoil(source)
    with pytest.raises(SourceUnavailableError):
        await run_pass(source, book, duties([task, Task(seconds("up"), START)]), lambda: NOON + 3600 + SETTLE)
    assert held(book, M.key) == before


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [(SourcePartialError("half"), True), (SourceRefusedError("no"), False), (IndicatorError("two series"), False)],
)
async def test_only_failures_of_the_source_itself_pause_it(book: Book, wrong: Exception, *, raised: bool) -> None:
    source = Invented(faulty={M.key: {START // DAY}}, wrong=wrong)  # type: ignore[arg-type]
    if raised:
        with pytest.raises(type(wrong)):
            await run_pass(source, book, duties([Task(M, START)]), lambda: NOON)
    else:
        passed = await run_pass(source, book, duties([Task(M, START)]), lambda: NOON)
        assert passed is not None
        assert [reading.error for reading in passed.errors] == [wrong]
        assert not passed.behind


@pytest.mark.parametrize(
    ("since", "most", "later", "behind"),
    [
        (NOON - 3600, 1000, 0, False),
        (NOON - 3600, 1000, 59, False),
        (NOON - 3600, 1000, 60, True),
        (START - DAY, 10_000, 0, False),
        (START - 2 * DAY, 10_000, 0, True),
        (NOON - 3600, 60, 0, True),
    ],
    ids=[
        "all there is",
        "within the minute",
        "a minute has passed",
        "yesterday as well",
        "days before",
        "another measurement",
    ],
)
async def test_there_is_more_to_measure_at_once(
    book: Book, monkeypatch: pytest.MonkeyPatch, since: int, most: int, later: int, *, behind: bool
) -> None:
    """`most`: slices at a time. `later`: seconds that measuring takes."""
    monkeypatch.setattr(cycle, "portions", partial(portions, most=most))
    clock = chain([NOON + SETTLE], repeat(NOON + SETTLE + later))
    passed = await run_pass(Invented(), book, duties([Task(M, since), Task(MANY[0], since)]), lambda: next(clock))
    assert passed is not None
    assert passed.behind == behind


async def test_late_samples_are_counted_as_overwritten(book: Book) -> None:
    source, task = Invented(), Task(M, NOON - 600)
    changed = truth(M, Span(NOON - 60, NOON))
    changed.total[...] += 1
    changed.known[...] = 60
    await passes(source, book, [task], NOON + SETTLE)
    book.write([Reading(Want(M, Span(NOON - 60, NOON)), changed)])
    (passed,) = await passes(source, book, [task], NOON + 60 + SETTLE)
    assert passed.written.slices == OVERLAP + 1
    assert passed.written.overwritten == 1


async def test_slices_are_asked_again_until_they_stop_changing(book: Book) -> None:
    source, mine, again, asked = Invented(), duties([Task(M, NOON - 3600)]), OVERLAP, []
    for minute in range(12):
        if minute == 6:  # the slice that is asked once more now was otherwise before
            end = NOON + (minute - 1) * 60
            changed = truth(M, Span(end - 60, end))
            book.write([Reading(Want(M, Span(end - 60, end)), replace(changed, total=changed.total + 1))])
        passed = await run_pass(source, book, mine, lambda at=NOON + minute * 60 + SETTLE: at, again)
        assert passed is not None
        again = passed.again
        asked.append(passed.written.slices)
    assert asked == [60, OVERLAP + 1, 2, 2, 2, 2, 2, OVERLAP + 1, 2, 2, 2, 2]


@pytest.mark.parametrize("away", [1, 2, 3, 10, 40, 110])
async def test_while_even_the_oldest_has_changed_older_ones_are_asked_for(book: Book, away: int) -> None:
    """What an agent could not send for so many minutes comes all at once: no slice is left as it was."""
    source, mine, again, reached = Invented(), duties([Task(M, NOON - 12 * 3600)]), OVERLAP, []
    for minute in range(16):
        if minute == 6:
            lost = Span(NOON + 300 - away * 60, NOON + 300)
            otherwise = truth(M, lost)
            book.write([Reading(Want(M, lost), replace(otherwise, total=otherwise.total + 1))])
        passed = await run_pass(source, book, mine, lambda at=NOON + minute * 60 + SETTLE: at, again)
        assert passed is not None
        again = passed.again
        reached.append(passed.written.slices)
    whole = Span(NOON - 12 * 3600, NOON + 900)
    assert rows(book.slices(M.key, whole)) == rows(truth(M, whole))
    assert max(reached[1:]) <= 1 + 2 * max(away, OVERLAP)
    assert reached[-1] == 2


async def test_after_a_pause_all_that_came_at_once_is_asked_again(book: Book) -> None:
    source, mine, again, asked = Invented(), duties([Task(M, NOON - 3600)]), OVERLAP, []
    for minute in (0, 1, 2, 5, 6, 7):
        passed = await run_pass(source, book, mine, lambda at=NOON + minute * 60 + SETTLE: at, again)
        assert passed is not None
        again = passed.again
        asked.append(passed.written.slices)
    assert asked == [60, OVERLAP + 1, 2, 4, 4, 2]


def wanted_of(count: int, start: int, slices: int) -> Wanted:
    return Wanted(Bundle(MANY[:count]), Span(start, start + slices * 60))


@given(st.integers(1, 6), st.integers(1, 500), st.integers(1, 3000))
def test_of_many_so_many_are_wanted_at_a_time(count: int, slices: int, most: int) -> None:
    found = list(portions([wanted_of(count, START, slices)], most))
    assert [m for some in found for one in some for m in one.bundle.measurements] == MANY[:count]
    for some in found:
        assert sum(len(one.bundle) for one in some) == 1 or sum(len(one.bundle) * slices for one in some) <= most


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 900)), max_size=30))
def test_portions_hold_what_is_wanted_the_newest_first_and_no_more_than_fits(days: list[tuple[int, int]]) -> None:
    wants = [wanted_of(1, START + day * DAY, count) for day, count in days]
    found = list(portions(wants, 1000))
    assert sorted(one.span for some in found for one in some) == sorted(want.span for want in wants)
    assert all(sum(one.span.seconds // 60 for one in some) <= 1000 for some in found)
    ends = [one.span.end for some in found for one in some]
    assert ends == sorted(ends, reverse=True)


def test_one_that_is_longer_than_fits_is_wanted_by_itself() -> None:
    wants = [wanted_of(1, START, 1440), wanted_of(1, START + DAY, 1)]
    assert [[want.span.seconds for want in some] for some in portions(wants, 1000)] == [[60], [DAY]]


@dataclass
class Coming(Invented):
    """Knows what it is now, and nothing of what has not come yet, whatever a clock says."""

    now: int = 0

    async def answers(self, at: int) -> int:
        return min(at, self.now)

    def _reading(self, want: Want) -> Reading:
        there = truth(want.measurement, want.span)
        seen = there.starts + 60 <= self.now
        good, total, known = (np.where(seen, one, 0) for one in (there.good, there.total, there.known))
        return Reading(want, Slices(60, there.starts, good, total, known))


@given(st.lists(st.sampled_from([0, 0, 3600, -3600, 7200, 90, 86_400]), min_size=1, max_size=12))
async def test_a_clock_that_steps_forward_and_back_loses_nothing(wrong: list[int]) -> None:
    """Every few minutes it is wrong by so much; once it is right the ledger is that of one that always was."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        disturbed, undisturbed = opened(Path(one)), opened(Path(other))
        wanted = [Task(M, NOON - 7200)]
        for number, off in enumerate([*wrong, 0], 1):
            now = NOON + 420 * number
            await passes(Coming(now=now), disturbed, wanted, now + off)
        await passes(Coming(now=now), undisturbed, wanted, now)
        span = Span(NOON - 7200, now + 2 * DAY)
        mine, others = (rows(book.slices(M.key, span)) for book in (disturbed, undisturbed))
        assert mine == others
        assert disturbed.measured([M.key]) == undisturbed.measured([M.key])
        for book in (disturbed, undisturbed):
            book.store.close()
