"""Amended promises: what is measured of them, and that the ledger's answer is `evaluate`'s."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.spans import FOREVER
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import Agreement, Amendment, Policy, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import evaluation
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import DAY, Task, duties, tasks
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import SETTLE, START, Invented, events, opened

OLD, NEW = events("old"), events("new")
FIRST = objective("90", measurement=OLD)
CUT = START + 9 * DAY
NOW = START + 20 * DAY
LIMIT = 40 * DAY


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return opened(tmp_path)


def amended(policy: Policy = Policy.WEIGHTED, **changes: Any) -> Agreement:
    return replace(agreement(FIRST), amendments=(Amendment(CUT, "", (), policy, (replace(FIRST, **changes),)),))


async def filled(book: Book, made: Agreement, now: int = NOW) -> Invented:
    """Measures until nothing is due any more; gives the source, which knows what it was asked."""
    source = Invented()
    while await run_pass(source, book, duties(tasks([made], now, LIMIT).values()), lambda: now) is not None:
        if len(source.asked) > 400:
            break
    return source


async def test_a_new_target_measures_nothing_anew(book: Book) -> None:
    assert (await filled(book, agreement(FIRST))).asked
    stricter = amended(target=Fraction("0.98"))
    assert tasks([stricter], NOW, LIMIT) == tasks([agreement(FIRST)], NOW, LIMIT)
    assert (await filled(book, stricter)).asked == []


@pytest.mark.parametrize(
    ("policy", "at", "expected"),
    [
        (Policy.WEIGHTED, NOW, {OLD: (START, CUT), NEW: (CUT, FOREVER)}),
        (Policy.WEIGHTED, CUT - DAY, {OLD: (START, CUT)}),
        (Policy.WEIGHTED, START + 40 * DAY, {NEW: (START + 30 * DAY, FOREVER)}),
        (Policy.AT_START, NOW, {OLD: (START, START + 30 * DAY), NEW: (CUT, FOREVER)}),
        (Policy.AT_END, NOW, {OLD: (START, CUT), NEW: (START, FOREVER)}),
        (Policy.AT_END, CUT - DAY, {OLD: (START, CUT), NEW: (START, FOREVER)}),
    ],
)
def test_each_indicator_is_measured_while_a_window_counts_it(
    policy: Policy, at: int, expected: dict[Any, tuple[int, int]]
) -> None:
    found = tasks([amended(policy, measurement=NEW)], at, LIMIT)
    assert list(found.values()) == [Task(m, *span) for m, span in expected.items()]


@pytest.mark.parametrize("policy", Policy)
async def test_the_ledger_says_what_evaluate_says(policy: Policy, book: Book) -> None:
    made = amended(policy, measurement=NEW, target=Fraction("0.99"))
    await filled(book, made)
    (entry,) = assess([made], book, NOW, lambda _: SETTLE, schedule_of).entries
    at = NOW // 60 * 60 - 60
    asked = evaluation.questions(made, [(FIRST, at)], "current")
    (stateless,) = await evaluation.evaluate(asked, {SourceName("default"): Invented()}, schedule_of)
    assert entry.current.at == at
    # Sums of a day tell no incident, and a window alone holds no lookback.
    told, asked_for = (replace(one, burn_rates={}, incidents=None) for one in (entry.current, stateless))
    assert told == asked_for
    assert entry.current.status is not Status.UNKNOWN
    assert [one.after for one in entry.current.amendments] == [Fraction("0.99")]
    assert entry.burndown[-1].remaining_ratio == float(entry.current.budget.remaining_ratio)


WINDOWS = {  # the current window, and the one before, of months that become weeks with the tenth of June
    Policy.WEIGHTED: ((14, 21), (9, 14)),
    Policy.SPLIT: ((14, 21), (9, 14)),
    Policy.AT_START: ((0, 30), None),
    Policy.AT_END: ((14, 21), (7, 14)),
}


@pytest.mark.parametrize("policy", Policy)
async def test_windows_of_another_kind_are_measured_and_judged(policy: Policy, book: Book) -> None:
    made = amended(policy, window=Calendar(Unit.WEEK), measurement=NEW, target=Fraction("0.99"))
    for now in (START + 8 * DAY, START + 13 * DAY, START + 15 * DAY, START + 18 * DAY):
        await filled(book, made, now)
    (entry,) = assess([made], book, now, lambda _: SETTLE, schedule_of).entries
    shown = [one and tuple((edge - START) // DAY for edge in (one.window.span.start, one.window.span.end))
             for one in (entry.current, entry.previous)]  # fmt: skip
    # Of May, which was before the first measurement, nothing is known.
    assert tuple(shown) == WINDOWS[policy]
    at, sources = now // 60 * 60 - 60, {SourceName("default"): Invented()}
    for period, standing in (("current", entry.current), ("previous", entry.previous)):
        asked = evaluation.questions(made, [(FIRST, at)], period)
        (stateless,) = await evaluation.evaluate(asked, sources, schedule_of)
        if standing is not None:
            assert (stateless.window, stateless.good, stateless.total) == (
                standing.window,
                standing.good,
                standing.total,
            )
            assert stateless.coverage == standing.coverage
            assert (standing.coverage or 0) > Fraction(9, 10)


async def test_the_window_before_is_judged_by_what_it_counted(book: Book) -> None:
    made = amended(measurement=NEW)
    await filled(book, made, START + 30 * DAY - 60)
    now = START + 30 * DAY + 3600
    await filled(book, made, now)
    (entry,) = assess([made], book, now, lambda _: SETTLE, schedule_of).entries
    assert entry.previous is not None
    assert (entry.previous.coverage or 0) > Fraction(9, 10)
    assert entry.previous.amendments
    assert entry.current.amendments == ()
