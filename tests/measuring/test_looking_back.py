"""Baselines and simulations over an invented source and over a ledger: the same numbers as `evaluate` gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance.exclusions import Once, Recurring, Rule
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, WindowSpec
from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.remedies import Flat, Remedy
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import (
    Agreement,
    Amendment,
    MeasurementKey,
    Objective,
    ObjectiveName,
    Policy,
    SourceName,
)
from sla_monitor.measuring import baseline as looking
from sla_monitor.measuring import simulation as simulating
from sla_monitor.measuring.duties import DAY, days_of
from sla_monitor.measuring.evaluation import Question, evaluate, measured, questions, recalled
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import START, Invented, events, method_of, opened, seconds

M = events("back")
SOURCES = {SourceName("default"): Invented()}
WEEKS = Calendar(Unit.WEEK)
SPAN = Span(START, START + 40 * DAY)  # five whole weeks


def of(target: str = "97", window: WindowSpec = WEEKS, **changes: object) -> Objective:
    return objective(target, window=window, measurement=M, method=method_of(M), **changes)


async def facts(wanted: list[Question]) -> Mapping[MeasurementKey, Slices]:
    return await measured(wanted, SOURCES, lambda *_: None)


async def past_of(made: Agreement, promise: Objective, span: Span = SPAN) -> list[Standing]:
    return list(
        looking.baseline(made, promise, span, await facts(looking.questions(made, promise, span)), schedule_of).windows
    )


async def test_a_baseline_judges_each_window_as_evaluate_does() -> None:
    made = agreement(of())
    (promise,) = made.objectives
    weeks = await past_of(made, promise)
    assert len(weeks) == 5
    for week in weeks:
        (asked,) = await evaluate(questions(made, [(promise, SPAN.end)], week.window.label), SOURCES, schedule_of)
        assert (week.attainment, week.status) == (asked.attainment, asked.status)


async def test_a_baseline_of_a_rolling_promise_looks_at_each_midnight() -> None:
    rolling = of(window=Rolling(7 * DAY, "7d"))
    made = agreement(rolling)
    found = await past_of(made, rolling, Span(START, START + 9 * DAY))
    assert [one.window.label for one in found] == ["2026-06-08", "2026-06-09"]
    at = found[-1].window.span.end
    (asked,) = await evaluate(questions(made, [(rolling, at)], "current"), SOURCES, schedule_of)
    assert found[-1].attainment == asked.attainment


async def test_a_draft_is_held_against_the_time_before_its_term() -> None:
    """Target, hours and exclusions as they were last agreed, for all of the past."""
    first, later = of("97"), of("98")
    amendment = Amendment(START - 50 * DAY, "", (), Policy.WEIGHTED, (later,))
    draft = replace(agreement(first, term=Span(START + 100 * DAY, FOREVER)), amendments=(amendment,))
    timeless = looking.timeless(draft, SPAN.end)
    (promise,) = timeless.objectives
    assert promise.target == Fraction(98, 100)
    assert {one.status for one in await past_of(timeless, promise)} <= {Status.MET, Status.BREACHED}


SUNDAYS = Recurring("FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", datetime(2027, 1, 1), 7200)  # noqa: DTZ001 - a wall clock


@pytest.mark.parametrize(
    ("rule", "excluded"),
    [
        ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", [7200] * 5),
        # The anchor is Friday the 1st of January 2027; seven times four weeks before it was the 19th of June 2026.
        ("FREQ=WEEKLY;INTERVAL=4", [0, 0, 7200, 0, 0]),
        ("FREQ=WEEKLY;COUNT=3", [0] * 5),
    ],
)
async def test_recurring_exclusions_are_taken_as_if_they_had_always_been(rule: str, excluded: list[int]) -> None:
    rules = (Rule("maintenance", "maintenance", replace(SUNDAYS, rule=rule)),)
    draft = replace(agreement(of(), term=Span(START + 200 * DAY, FOREVER)), exclusions=rules)
    timeless = looking.timeless(draft, SPAN.end)
    found = [one.excluded_seconds for one in await past_of(timeless, timeless.objectives[0])]
    assert found == excluded


def test_rules_that_are_old_or_do_not_recur_stay_as_they_are() -> None:
    old = Rule("old", "other", replace(SUNDAYS, anchor=datetime(1970, 1, 1)))  # noqa: DTZ001 - a wall clock
    once = Rule("once", "other", Once(Span(START, START + 3600)))
    made = replace(agreement(of()), exclusions=(old, once))
    assert looking.timeless(made, SPAN.end).exclusions == (old, once)


async def test_since_when_anything_is_known() -> None:
    made = agreement(of())
    (promise,) = made.objectives
    facts_ = await facts(looking.questions(made, promise, SPAN))
    assert looking.baseline(made, promise, SPAN, facts_, schedule_of).since == START
    late = {M.key: facts_[M.key].between(START + 3 * DAY + 300, SPAN.end)}
    # The sixth minute of each 97 is unknown; these two are not.
    assert looking.baseline(made, promise, SPAN, late, schedule_of).since == START + 3 * DAY + 300
    assert looking.baseline(made, promise, SPAN, {M.key: facts_[M.key].between(0, 0)}, schedule_of).since is None
    assert looking.baseline(made, promise, Span(START, START + DAY), {}, schedule_of).since is None


async def test_the_ledger_says_the_same(tmp_path: Path) -> None:
    book = opened(tmp_path)
    other = seconds("back")
    span = Span(SPAN.start - 3 * DAY, SPAN.end)
    for m in (M, other):
        book.write(await SOURCES[SourceName("default")].measure([Want(m, day) for day in days_of(span)]))
    made = agreement(of(), replace(of(), name=ObjectiveName("reachable"), measurement=other, method=method_of(other)))
    wanted = [question for one in made.objectives for question in looking.questions(made, one, SPAN)]
    for promise in made.objectives:
        kept, asked = (
            looking.baseline(made, promise, SPAN, slices, schedule_of)
            for slices in (recalled(wanted, book), await facts(wanted))
        )
        assert kept == asked


def test_what_the_ledger_never_heard_of_is_unknown(tmp_path: Path) -> None:
    made = agreement(of())
    found = recalled(looking.questions(made, made.objectives[0], SPAN), opened(tmp_path))
    assert {key: (len(slices), slices.seconds) for key, slices in found.items()} == {M.key: (0, 60)}


async def simulated(today: Agreement, changed: Agreement) -> dict[str, list[tuple[str, str]]]:
    before, after = simulating.promises([today]), simulating.promises([changed])
    cases = [
        simulating.Case(key, *(tuple(_asked(side, key)) for side in (before, after)))
        for key in dict.fromkeys((*before, *after))
    ]
    slices = await facts([question for case in cases for question in case.questions])
    for case, made in zip(cases, simulating.simulate(cases, slices, schedule_of), strict=True):
        for side, wanted in ((0, case.today), (1, case.changed)):
            alone = await evaluate(wanted, SOURCES, schedule_of)
            held = [(pair.today, pair.changed)[side] for pair in made.pairs]
            assert [one for one in held if one is not None] == alone, "what evaluate says"
    return {
        case.key[1]: [(_told(pair.today), _told(pair.changed)) for pair in made.pairs]
        for case, made in zip(cases, simulating.simulate(cases, slices, schedule_of), strict=True)
    }


def _asked(side: Mapping[tuple[str, str], simulating.Promise], key: tuple[str, str]) -> list[Question]:
    return [] if key not in side else list(simulating.questions(*side[key], SPAN))


def _told(standing: Standing | None) -> str:
    return "" if standing is None else standing.status.value


async def test_a_changed_target_beside_todays() -> None:
    found = await simulated(agreement(of("95")), agreement(of("99.9")))
    assert found == {"availability": [("met", "breached")] * 5}


async def test_credits_change_no_verdict() -> None:
    found = await simulated(agreement(of("99.9")), agreement(of("99.9", remedy=Remedy(Flat(Fraction(1, 10))))))
    assert found == {"availability": [("breached", "breached")] * 5}


async def test_objectives_that_come_and_go() -> None:
    gone, new = replace(of("95"), name=ObjectiveName("gone")), replace(of("95"), name=ObjectiveName("new"))
    found = await simulated(agreement(of("95"), gone), agreement(of("95"), new))
    assert found == {
        "availability": [("met", "met")] * 5,
        "gone": [("met", "")] * 5,
        "new": [("", "met")] * 5,
    }


async def test_windows_outside_the_term_are_none() -> None:
    term = Span(START + 10 * DAY, START + 20 * DAY)  # from within the second week into the third
    found = await simulated(agreement(of("95"), term=term), agreement(of("95")))
    assert found == {"availability": [("", "met"), ("met", "met"), ("met", "met"), ("", "met"), ("", "met")]}


async def test_a_simulation_says_what_evaluate_says_of_the_period() -> None:
    made = agreement(of("97"))
    (case,) = [
        simulating.Case(key, tuple(simulating.questions(*promise, SPAN)), ())
        for key, promise in simulating.promises([made]).items()
    ]
    (found,) = simulating.simulate([case], await facts(list(case.questions)), schedule_of)
    for week in ("2026-W23", "2026-W25", "2026-W27"):
        (alone,) = await evaluate(questions(made, [(made.objectives[0], SPAN.end)], week), SOURCES, schedule_of)
        assert [pair.today for pair in found.pairs if pair.window.label == week] == [alone]
