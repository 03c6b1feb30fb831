"""A stateless look: which windows a period names, and what is asked for them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, SourceName
from sla_monitor.errors import ConfigError, IndicatorError
from sla_monitor.measuring.duties import DAY, settled
from sla_monitor.measuring.evaluation import evaluate, instant, questions
from tests.compliance.specimens import agreement, objective
from tests.compliance.specimens import instant as at_
from tests.measuring.invented import SETTLE, START, Invented, events, truth

M = events("requests")
NOW = at_("2026-08-19T10:00:00+00:00")


def of(term: Span = Span(0, FOREVER), **changes: object) -> Agreement:  # noqa: B008 - frozen
    return agreement(objective("99", measurement=M, **changes), term=term)


def labels(made: Agreement, period: str, at: int = NOW) -> list[str]:
    return [question.window.label for question in questions(made, [(made.objectives[0], at)], period)]


MONTHLY = Calendar(Unit.MONTH)


@pytest.mark.parametrize(
    ("window", "period", "named"),
    [
        (MONTHLY, "current", ["2026-08"]),
        (MONTHLY, "previous", ["2026-07"]),
        (MONTHLY, "2026-06", ["2026-06"]),
        (MONTHLY, "2026-Q2", ["2026-04", "2026-05", "2026-06"]),
        (MONTHLY, "2026-Q3", ["2026-07", "2026-08"]),
        (MONTHLY, "2026-08-01", ["2026-08"]),
        (Calendar(Unit.DAY), "2026-W33", [f"2026-08-{day}" for day in range(10, 17)]),
        (Calendar(Unit.WEEK), "2026-W33", ["2026-W33"]),
        (Calendar(Unit.WEEK), "2026-08", ["2026-W32", "2026-W33", "2026-W34"]),
        (Calendar(Unit.QUARTER), "2026", ["2026-Q1", "2026-Q2", "2026-Q3"]),
        (Calendar(Unit.YEAR), "2026-01", ["2026"]),
        (Calendar(Unit.MONTH, start_day=15), "2026-07", ["2026-07-15"]),
        (Rolling(30 * DAY, "30d"), "current", ["30d"]),
        (Rolling(30 * DAY, "30d"), "previous", ["2026-07"]),
        (Rolling(30 * DAY, "30d"), "2026-Q2", ["2026-04", "2026-05", "2026-06"]),
    ],
)
def test_a_period_names_the_windows_that_begin_in_it(window: Calendar | Rolling, period: str, named: list[str]) -> None:
    assert labels(of(window=window), period) == named


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("2026-13", "--period: no such period"),
        ("yesterday", "--period: not a period: 'yesterday'"),
        ("2027", "no window begins in the period '2027' before now"),
        ("2026-08-02", "no window begins in the period '2026-08-02' before now"),
    ],
)
def test_a_period_that_names_none_is_told(period: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        labels(of(), period)


def test_an_instant_in_the_past_is_measured_right_up_to() -> None:
    made, source = of(), Invented()
    newest = settled(NOW, SETTLE, 60)
    assert instant(None, NOW, source, made.objectives[0]) == newest
    assert instant(NOW - 3600, NOW, source, made.objectives[0]) == NOW - 3600
    assert instant(NOW + 3600, NOW, source, made.objectives[0]) == newest


async def judged(made: Agreement, period: str, at: int, source: Invented) -> list[tuple[Fraction, Fraction]]:
    found = await evaluate(
        questions(made, [(made.objectives[0], at)], period), {SourceName("default"): source}, schedule_of
    )
    return [(standing.good, standing.total) for standing in found]


async def test_windows_are_judged_on_their_own_slices() -> None:
    source = Invented()
    spans = [Span(at_(f"2026-0{m}-01T00:00:00+00:00"), at_(f"2026-0{m + 1}-01T00:00:00+00:00")) for m in (4, 5, 6)]
    expected = [(Fraction(held.good.sum()), Fraction(held.total.sum())) for held in (truth(M, span) for span in spans)]
    assert await judged(of(), "2026-Q2", NOW, source) == expected


async def test_each_slice_is_asked_for_once_a_day_at_most_at_a_time() -> None:
    source, made = Invented(), of()
    await judged(made, "2026-Q2", NOW, source)
    seen = [at for want in source.asked for at in range(want.span.start, want.span.end, 3600)]
    assert len(seen) == len(set(seen))
    assert max(want.span.seconds for want in source.asked) == DAY
    # Three days of lookback before the first window, and nothing after the last.
    assert min(seen) == at_("2026-04-01T00:00:00+00:00") - 0 or min(seen) == at_("2026-03-29T00:00:00+00:00")
    assert max(want.span.end for want in source.asked) == at_("2026-07-01T00:00:00+00:00")


async def test_a_term_bounds_what_is_asked() -> None:
    source = Invented()
    term = Span(at_("2026-06-10T00:00:30+00:00"), at_("2026-06-12T00:00:00+00:00"))
    await judged(of(term), "2026-06", NOW, source)
    assert min(want.span.start for want in source.asked) == term.start - 30
    assert max(want.span.end for want in source.asked) == term.end


async def test_a_part_of_the_facts_is_no_answer() -> None:
    source = Invented(faulty={M.key: {START // DAY}})
    with pytest.raises(IndicatorError, match="no such bucket"):
        await judged(of(), "2026-06", NOW, source)


async def test_progress_is_told_by_days() -> None:
    made, told = of(window=Calendar(Unit.DAY)), []
    wanted = questions(made, [(made.objectives[0], NOW)], "2026-06-10")
    await evaluate(
        wanted, {SourceName("default"): Invented()}, schedule_of, lambda done, total: told.append((done, total))
    )
    assert told[-1][0] == told[-1][1] == len(told) - 1
