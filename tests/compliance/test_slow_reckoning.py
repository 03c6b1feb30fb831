"""The core agrees with a slow calculation that shares no code with it, on random contracts and facts."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import methods, periods, slices
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.ratios import Rounding, RoundingMode
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, NoData, Objective, PartialWindow
from tests.compliance.slow_reckoning import DAY, GRID, STEP, Contract, Outcome, Rows, borders, reckon
from tests.compliance.specimens import EVENTS, SECONDS, facts_from, instant, measured, objective, stand

pytestmark = pytest.mark.no_cover  # tracing doubles what these take, and reaches no line that the examples do not

PLACES = {
    "Europe/Berlin": "2026-03-29T12:00Z",
    "America/Havana": "2026-11-01T12:00Z",
    "Australia/Lord_Howe": "2026-04-04T20:00Z",
    "Asia/Kathmandu": "2026-06-01T00:00Z",
    "Pacific/Apia": "2011-12-30T10:00Z",
}
TARGETS = [Fraction(text) / 100 for text in ("0", "50", "90", "95", "99", "99.9", "100")]


@st.composite
def contracts(draw: st.DrawFn, around: int) -> Contract:
    begin = draw(st.just(0) | st.integers(around - 2 * DAY, around + DAY))
    return Contract(
        events=draw(st.booleans()),
        target=draw(st.sampled_from(TARGETS)),
        warn_at=draw(st.none() | st.sampled_from(TARGETS)),
        no_data=draw(st.sampled_from(["unknown", "good", "bad", "exclude"])),
        min_coverage=draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(9, 10), Fraction(1)])),
        partial=draw(st.sampled_from(["prorate", "assume-good", "skip"])),
        digits=draw(st.none() | st.integers(0, 3)),
        begin=begin,
        end=draw(st.just(2**40) | st.integers(max(begin, around - DAY), around + 3 * DAY)),
        closed=draw(breaks(around)),
        dropped=draw(breaks(around)),
        favoured=draw(breaks(around)),
    )


runs = st.lists(st.tuples(st.sampled_from(["good", "good", "bad", "gap", "silent"]), st.integers(1, 150)), min_size=1)


def facts(contract: Contract, runs: list[tuple[str, int]], around: int) -> Rows:
    """Mostly good, sometimes down for a while, sometimes unknown: quarters of an hour, over seven days."""
    rows: Rows = {}
    kinds = [kind for kind, length in runs for _ in range(length)]
    for number, start in enumerate(range((around - 5 * DAY) // GRID * GRID, around + 2 * DAY, GRID)):
        kind = kinds[number % len(kinds)]
        total = GRID if not contract.events else 0 if kind == "silent" else 100
        bad = total // 2 if kind == "bad" else 1 if total and number % 7 == 0 else 0
        if kind != "gap":
            rows[start] = (total - bad, total, GRID)
    return rows


def promise_of(contract: Contract, kind: str) -> Objective:
    method = methods.EVENTS if contract.events else methods.TIME
    sort = EVENTS if contract.events else SECONDS
    return objective(
        str(contract.target * 100),
        method,
        measurement=Measurement(sort.source, sort.indicator, GRID),
        window=Calendar(Unit(kind)),
        warn_at=contract.warn_at,
        no_data=NoData(contract.no_data),
        min_coverage=contract.min_coverage,
        partial_window=PartialWindow(contract.partial),
        rounding=None if contract.digits is None else Rounding(contract.digits, RoundingMode.HALF_UP),
    )


def spans_of(steps: frozenset[int]) -> Spans:
    return Spans.of(Span(step, step + STEP) for step in steps)


def schedule_of(contract: Contract) -> Schedule:
    whole = Span(0, 2**41)
    effects = {Effect.DROP: contract.dropped, Effect.GOOD: contract.favoured}
    applied = (
        Applied(Rule(effect.value, "other", Once(whole), effect), whole, spans_of(steps))
        for effect, steps in effects.items()
    )
    return Schedule(Spans.of([whole]).minus(spans_of(contract.closed)), tuple(applied))


@st.composite
def breaks(draw: st.DrawFn, around: int) -> frozenset[int]:
    """Some stretches of steps near the instant, and sometimes every night."""
    first = around // STEP * STEP
    pieces = draw(st.lists(st.tuples(st.integers(-1500, 600), st.integers(1, 300)), max_size=3))
    nights = range(first - 5 * DAY, first + 3 * DAY, DAY) if draw(st.booleans()) else ()
    stretches = [(first + start * STEP, long) for start, long in pieces] + [(night, 150) for night in nights]
    return frozenset(start + number * STEP for start, long in stretches for number in range(long))


def outcome(contract: Contract, rows: Rows, kind: str, zone: ZoneInfo, instants: tuple[int, int]) -> Outcome:
    """The window that holds the first instant, judged at the second."""
    inside, at = instants
    promise, term = promise_of(contract, kind), Span(contract.begin, contract.end)
    window = periods.window_at(Calendar(Unit(kind)), zone, inside)
    cells = slices.cells_of(measured(((start, *row) for start, row in sorted(rows.items())), GRID))
    found = facts_from(promise, window, at, cells, schedule_of(contract), term=term, zone=zone)
    standing = stand(promise, found, term=term, zone=zone)
    return Outcome(
        standing.attainment,
        standing.bounds,
        standing.coverage,
        standing.budget.allowed,
        standing.budget.used,
        standing.burn_rates["6h"],
        standing.projection.attainment_at_end,
        standing.status.value,
    )


@given(st.data(), st.sampled_from(sorted(PLACES)), st.sampled_from(["day", "week", "month"]))
def test_the_core_agrees_with_the_slow_reckoning(data: st.DataObject, place: str, kind: str) -> None:
    around, zone = instant(PLACES[place]), ZoneInfo(place)
    contract = data.draw(contracts(around))
    rows = facts(contract, data.draw(runs), around)
    inside = around + data.draw(st.integers(-2 * DAY, DAY))
    window = borders(zone, kind, inside)
    at = data.draw(st.just(window[1]) | st.integers(inside, min(window[1] + DAY, inside + 2 * DAY)))
    expected = reckon(contract, rows, window, at)
    assert outcome(contract, rows, kind, zone, (inside, at)) == expected


@given(st.sampled_from(sorted(PLACES)), st.sampled_from(["day", "week", "month"]), st.integers(-40 * DAY, 40 * DAY))
def test_windows_agree_with_walking_the_quarter_hours(place: str, kind: str, offset: int) -> None:
    at, zone = instant(PLACES[place]) + offset, ZoneInfo(place)
    span = periods.window_at(Calendar(Unit(kind)), zone, at).span
    assert (span.start, span.end) == borders(zone, kind, at)
