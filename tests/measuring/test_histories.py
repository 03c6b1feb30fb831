"""Credits that hang on the windows before: what is measured for them, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from sla_monitor.agreements.timetables import Timetable, schedule_of
from sla_monitor.compliance import methods
from sla_monitor.compliance.boards import Entry
from sla_monitor.compliance.periods import Calendar, Lapse, Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.remedies import Escalation, Failures, Flat, LongCap, Minimum, Money, PerBlock, Remedy
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import inquiries
from sla_monitor.measuring.assessment import assess, current
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.duties import DAY
from sla_monitor.measuring.evaluation import evaluate, questions
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.overdue import Closable, judged_at
from sla_monitor.measuring.stated import Stated
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import SETTLE, START, Invented, opened, seconds, truth

API = seconds("api")
TENTH = Fraction(1, 10)
REPEATED = Remedy(Escalation(3, (Failures(2, TENTH), Failures(3, 2 * TENTH))))
CAPPED = Remedy(Flat(TENTH), long_cap=LongCap(Fraction(25, 100), Unit.WEEK))
ROLLING_CAP = Remedy(Flat(TENTH), long_cap=LongCap(Fraction(25, 100), Lapse("4 days", days=4)))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


def daily(remedy: Remedy) -> Agreement:
    """In force from the first of June on, a Monday. Every day is broken: a second of every 31 minutes is down."""
    promise = objective("99.99", methods.TIME, measurement=API, window=Calendar(Unit.DAY), remedy=remedy)
    return agreement(promise, term=Span(START, FOREVER))


def ratios(found: list[Standing]) -> list[Fraction | None]:
    assert {standing.status for standing in found} == {Status.BREACHED}
    return [standing.credit and standing.credit.ratio for standing in found]


async def looked_up(made: Agreement, period: str, at: int, source: Invented) -> list[Standing]:
    asked = questions(made, [(made.objectives[0], at)], period)
    return await evaluate(asked, {SourceName("default"): source}, schedule_of)


EARNED = {
    "failures within three days": (REPEATED, [0, 10, 20, 20, 20, 20, 20, 20, 20]),
    "a cap of a calendar week": (CAPPED, [10, 10, 5, 0, 0, 0, 0, 10, 10]),
    "a cap of four days on end": (ROLLING_CAP, [10, 10, 5, 0, 10, 10, 5, 0, 10]),
}


@pytest.mark.parametrize("sentence", EARNED)
async def test_each_day_earns_what_those_before_have_left(sentence: str) -> None:
    remedy, percent = EARNED[sentence]
    made, at = daily(remedy), START + 9 * DAY
    found = [(await looked_up(made, f"2026-06-0{day}", at, Invented()))[0] for day in range(1, 10)]
    assert ratios(found) == [Fraction(one, 100) for one in percent]
    assert ratios(await looked_up(made, "2026-06", at, Invented())) == ratios(found)


async def test_only_the_days_that_count_together_are_measured() -> None:
    for remedy, first in ((REPEATED, 6), (CAPPED, 8), (ROLLING_CAP, 1), (Remedy(Flat(TENTH)), 8)):
        source = Invented()
        await looked_up(daily(remedy), "2026-06-08", START + 9 * DAY, source)
        # And three days of lookback until the end of the first of them.
        assert min(want.span.start for want in source.asked) == START + max(0, first - 3) * DAY


def fill(book: Book, days: float) -> None:
    span = Span(START, START + int(days * DAY))
    book.write([Reading(Want(API, span), truth(API, span))])


def board(book: Book, made: Agreement, day: float, stated: Stated | None = None) -> Entry:
    now = START + int(day * DAY) + SETTLE
    (entry,) = assess([made], book, now, lambda _: SETTLE, schedule_of, stated=stated).entries
    return entry


def ratio(standing: Standing | None) -> Fraction | None:
    assert standing is not None
    assert standing.credit is not None
    return standing.credit.ratio


@pytest.mark.parametrize("sentence", EARNED)
@pytest.mark.parametrize("day", [1, 2, 3, 5, 8])
async def test_the_ledger_remembers_as_a_stateless_look_does(sentence: str, day: int, book: Book) -> None:
    remedy, percent = EARNED[sentence]
    made = daily(remedy)
    fill(book, day + 0.5)
    entry = board(book, made, day + 0.5)
    (looked,) = await looked_up(made, "current", entry.current.at, Invented())
    assert ratio(entry.current) == ratio(looked) == Fraction(percent[day], 100)
    assert ratio(entry.previous) == Fraction(percent[day - 1], 100)
    now = START + int((day + 0.5) * DAY) + SETTLE
    alone = current([made], book, now, lambda _: SETTLE, schedule_of, stated=Stated())
    assert alone == [entry.current]


@pytest.mark.parametrize("sentence", EARNED)
def test_what_was_stated_is_what_later_windows_go_by(sentence: str, book: Book) -> None:
    remedy, percent = EARNED[sentence]
    made = daily(remedy)
    fill(book, 9)
    closing = Closing(book, Timetable, DAY, "1.2.3")
    dues = [closing.draft(one, START + 20 * DAY).content["objectives"][0]["credit"] for one in unstated(book, made)]
    for one in unstated(book, made):
        assert closing.close(one, START + 20 * DAY) is not None
    told = [one.content["objectives"][0]["credit"] for one in book.statements()]
    assert [Fraction(one["ratio"]) for one in told] == [Fraction(one, 100) for one in percent]
    # Before those before it were stated, nobody knew of them.
    assert [one["unknown_windows"] for one in dues[1:]] != [0] * 8
    assert {one["unknown_windows"] for one in told} == {0}
    stated = Stated()
    stated.follow(book)
    assert ratio(board(book, made, 9, stated).previous) == Fraction(percent[-1], 100)
    # Nothing is reckoned again that was stated.
    question = inquiries.question(
        made, made.objectives[0], START + 9 * DAY + 3600, book.measured([API.key]), schedule_of, stated=stated
    )
    assert [one.label for one in question.closed] == ["2026-06-09"]


def test_days_that_were_not_measured_whole_nobody_knows(book: Book) -> None:
    made = daily(replace(REPEATED, rule=replace(REPEATED.rule, within=5)))
    for begin, end in ((0, 1), (1.5, 2), (3, 4.5)):
        span = Span(START + int(begin * DAY), START + int(end * DAY))
        book.write([Reading(Want(API, span), truth(API, span))])
    found = board(book, made, 4.5).current
    assert found.credit is not None
    assert (found.credit.ratio, found.credit.unknown_windows) == (2 * TENTH, 2)
    assert [one.breached for one in found.grounds.history] == [True, None, None, True]


def test_a_stated_credit_is_shown_as_it_was_stated(book: Book) -> None:
    dollar = Minimum(Comparison.GT, Money(Fraction(1), "USD"))
    lasting = Escalation(3, (Failures(1, TENTH), Failures(2, None)))
    made = daily(Remedy(lasting, minimum=dollar, claim=Lapse("30 days", days=30)))
    fill(book, 2.5)
    closing = Closing(book, Timetable, DAY, "1.2.3")
    for one in unstated(book, made):
        closing.close(one, START + 20 * DAY)
    stated = Stated()
    stated.follow(book)
    reckoned, kept = (board(book, made, 2.5, known).previous for known in (None, stated))
    assert reckoned is not None
    assert reckoned.credit is not None
    assert kept is not None
    assert kept.credit is not None
    assert kept.credit.termination
    assert kept.credit == replace(reckoned.credit, next_tier=None, most=None, rungs=())


def test_windows_with_credits_by_outages_close_in_time() -> None:
    """An outage that has not ended by then counts as far as it is known; it is not waited for a month."""
    plain = daily(Remedy(Flat(TENTH))).objectives[0]
    blocks = replace(plain, remedy=Remedy(PerBlock(Fraction(1800), TENTH)))
    day = Window("day", "", Span(START, START + DAY))
    for method, grace, after in (
        (methods.TIME, None, 0), (methods.TIME, DAY, DAY), (methods.Time(at_least=7200), 3600, 7200),
    ):  # fmt: skip
        assert judged_at(replace(blocks, method=method), day, grace) == day.span.end + after
        assert judged_at(replace(plain, method=method), day, grace) == day.span.end + (
            7200 if method != methods.TIME else 0
        )


def unstated(book: Book, made: Agreement) -> list[Closable]:
    return Outstanding().unstated([made], book, START + 20 * DAY)[:9]
