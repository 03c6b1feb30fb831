"""What is due: of many the same as of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.measuring.duties import DAY, OVERLAP, Task, due, duties, progress, settled, tasks, without
from tests.compliance.specimens import agreement, instant, objective
from tests.measuring.invented import SETTLE, START, Invented, events

M = events("requests")
NOON = START + DAY // 2
LIMIT = 40 * DAY


@dataclass
class Times:
    """A ledger as far as it knows of which time each was measured."""

    measured: dict[MeasurementKey, Spans]

    def alike(self, bundle: Bundle) -> tuple[Ints, list[Spans]]:
        found = [*dict.fromkeys(self.measured.values()), Spans()]
        return np.array([found.index(self.measured.get(key, Spans())) for key in bundle.keys]), found


def due_of(task: Task, measured: Spans, now: int) -> list[Span]:
    (duty,) = duties([task])
    return [one.span for one in due(duty, Times({task.measurement.key: measured}), Invented(), now)]


def spans(task: Task, measured: Sequence[tuple[int, int]], now: int) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in due_of(task, Spans.of(Span(*part) for part in measured), now)]


def test_only_settled_slices_are_due() -> None:
    task = Task(M, NOON - 600)
    assert spans(task, [(NOON - 600, NOON)], NOON + 59 + SETTLE) == []
    assert spans(task, [(NOON - 600, NOON)], NOON + 60 + SETTLE) == [(NOON - OVERLAP * 60, NOON + 60)]
    assert settled(NOON + 29, 30, 60) == NOON - 60


def test_the_last_slices_are_asked_again_but_none_that_were_not_measured() -> None:
    assert spans(Task(M, NOON - 60), [(NOON - 60, NOON)], NOON + 60 + SETTLE) == [(NOON - 60, NOON + 60)]


def test_a_new_measurement_begins_with_today() -> None:
    task = Task(M, START - 3 * DAY)
    newest, older = spans(task, [], NOON + SETTLE)
    assert newest == (START, NOON)
    assert older[1] - older[0] == DAY
    assert START - 3 * DAY <= older[0] < older[1] <= START


def test_each_of_the_older_days_has_its_turn() -> None:
    task = Task(M, START - 5 * DAY)
    turns = {span for k in range(10) for span in spans(task, [(START, NOON)], NOON + SETTLE + 60 * k)[-2:]}
    turns = {span for span in turns if span[1] <= START}
    assert {start for start, _ in turns} == {START - k * DAY for k in range(1, 6)}


def test_nothing_is_due_before_or_after_it_is_needed() -> None:
    assert spans(Task(M, NOON + 3600), [], NOON + SETTLE) == []
    assert spans(Task(M, NOON - 3600, NOON - 1800), [(NOON - 3600, NOON - 1800)], NOON + SETTLE) == []
    assert spans(Task(M, NOON - 3600, NOON - 1830), [], NOON + SETTLE) == [(NOON - 3600, NOON - 1800)]


@given(
    since=st.integers(-5 * 1440, 0),
    parts=st.lists(st.tuples(st.integers(-5 * 1440, 1440), st.integers(1, 2000)), max_size=4),
    now=st.integers(0, 1440 * 60),
)
def test_what_is_due_is_unmeasured_settled_and_within_a_day(since: int, parts: list[tuple[int, int]], now: int) -> None:
    task, measured = Task(M, START + since * 60), Spans.of(Span(START + a * 60, START + (a + b) * 60) for a, b in parts)
    until = settled(START + now, SETTLE, 60)
    lacking = Spans.of([Span(min(task.since, until), until)]).minus(measured)
    wants = due_of(task, measured, START + now)
    asked = Spans.of(wants)
    assert bool(wants) == bool(lacking)
    assert asked.minus(lacking).minus(measured) == Spans()  # the overlap lies in what is measured
    for span in wants:
        assert span.seconds <= DAY + OVERLAP * 60
        assert span.end <= until
        assert Spans.of([span]).intersect(lacking)
    if wants:
        assert wants[0].end == lacking.parts[-1].end


MANY = [events(f"of{n}") for n in range(6)]
MINUTES = st.integers(-3 * 1440, 1440)


@given(
    needs=st.lists(st.tuples(MINUTES, st.integers(1, 3000)), min_size=6, max_size=6),
    parts=st.lists(st.lists(st.tuples(MINUTES, st.integers(1, 2000)), max_size=2), min_size=3, max_size=3),
    whose=st.lists(st.integers(0, 2), min_size=6, max_size=6),
    now=st.integers(0, 1440),
)
def test_of_many_the_same_is_due_as_of_each(
    needs: list[tuple[int, int]], parts: list[list[tuple[int, int]]], whose: list[int], now: int
) -> None:
    at = START + now * 60 + 17
    times = [Spans.of(Span(START + a * 60, START + (a + b) * 60) for a, b in some) for some in parts]
    wanted = [Task(m, START + a * 60, START + (a + b) * 60) for m, (a, b) in zip(MANY, needs, strict=True)]
    measured = {m.key: times[kind] for m, kind in zip(MANY, whose, strict=True)}
    (duty,) = duties(wanted)
    together = due(duty, Times(measured), Invented(), at)
    assert len({one.span for one in together}) == len(together)
    found = {(m.key, one.span) for one in together for m in one.bundle.measurements}
    assert found == {(t.measurement.key, s) for t in wanted for s in due_of(t, measured[t.measurement.key], at)}
    again = due(duties(wanted, [duty])[0], Times(measured), Invented(), at)
    assert all(one.bundle is other.bundle for one, other in zip(together, again, strict=True))


def test_progress_is_that_of_the_last() -> None:
    wanted = [Task(MANY[0], START), Task(MANY[1], START - 60), Task(MANY[2], START - DAY, START)]
    (duty,) = duties(wanted)
    held = {MANY[0].key: Spans.of([Span(START, NOON)])}
    assert progress(duty, Times(held), Invented(), NOON + SETTLE + 59) == (START - 60, NOON - START + 60)
    held[MANY[1].key] = Spans.of([Span(START, NOON - 120)])
    assert progress(duty, Times(held), Invented(), NOON + SETTLE) == (NOON - 120, 120)
    assert progress(duties(wanted[2:])[0], Times(held), Invented(), NOON) is None


def test_those_that_rest_are_left_out() -> None:
    (duty,) = duties([Task(m, START + n) for n, m in enumerate(MANY)])
    (left,) = without([duty], {MANY[0].key, MANY[3].key})
    assert left.bundle.measurements == (MANY[1], MANY[2], MANY[4], MANY[5])
    assert left.since.tolist() == [START + n for n in (1, 2, 4, 5)]
    assert without([duty], {m.key for m in MANY}) == []


NOW = instant("2026-06-17T12:00:30+00:00")


@pytest.mark.parametrize(
    ("window", "since"),
    [
        (Calendar(Unit.MONTH), "2026-06-01T00:00:00+00:00"),
        (Calendar(Unit.YEAR), "2026-01-01T00:00:00+00:00"),
        (Calendar(Unit.DAY), "2026-06-14T12:00:30+00:00"),  # the longest lookback reaches further
        (Rolling(30 * DAY, "30d"), "2026-05-18T12:00:30+00:00"),
    ],
)
def test_what_an_open_window_needs_is_measured(window: Calendar | Rolling, since: str) -> None:
    (task,) = tasks([agreement(objective(window=window))], NOW, 400 * DAY).values()
    assert task.since == instant(since)
    (limited,) = tasks([agreement(objective(window=window))], NOW, 2 * DAY).values()
    assert limited.since == NOW - 2 * DAY


def test_a_term_bounds_what_is_measured() -> None:
    begun = Span(NOW - DAY, NOW + DAY)
    (task,) = tasks([agreement(objective(), term=begun)], NOW, LIMIT).values()
    assert (task.since, task.until) == (begun.start, begun.end)
    assert tasks([agreement(objective(), term=Span(NOW + 1, FOREVER))], NOW, LIMIT) == {}
    assert tasks([agreement(objective(), term=Span(0, NOW - 60 * DAY))], NOW, LIMIT) == {}
    (ended,) = tasks([agreement(objective(), term=Span(0, NOW - DAY))], NOW, LIMIT).values()
    assert ended.until == NOW - DAY


def test_what_comes_into_force_within_the_time_ahead_is_known_and_not_asked_for_before() -> None:
    coming = agreement(objective(), term=Span(NOW + 1800, FOREVER))
    assert tasks([coming], NOW, LIMIT, ahead=1799) == {}
    (duty,) = duties(tasks([coming], NOW, LIMIT, ahead=1800).values())
    assert due(duty, Times({}), Invented(), NOW + 1800 + SETTLE) == []
    assert progress(duty, Times({}), Invented(), NOW) is None
    (wanted,) = due(duty, Times({}), Invented(), NOW + 1860 + SETTLE)
    assert wanted.span == Span((NOW + 1800) // 60 * 60, (NOW + 1860) // 60 * 60)


def test_objectives_share_a_measurement_from_the_first_to_the_last_need() -> None:
    found = tasks(
        [
            agreement(objective(), objective(window=Calendar(Unit.DAY)), term=Span(0, NOW + DAY)),
            agreement(objective(window=Calendar(Unit.QUARTER))),
            agreement(objective(), term=Span(NOW + 1, FOREVER)),
        ],
        NOW,
        400 * DAY,
    )
    (task,) = found.values()
    assert (task.since, task.until) == (instant("2026-04-01T00:00:00+00:00"), FOREVER)
