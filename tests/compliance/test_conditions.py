"""Exclusions that hang on what was measured: which facts they need, and what they make of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from sla_monitor.compliance import conditions, exclusions, methods, slices
from sla_monitor.compliance.exclusions import UNKNOWN, Allowance, Occurrence, Once, Queried, Rule, Silenced, Uses
from sla_monitor.compliance.periods import Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.readings import UNSEEN, Seen
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import (
    Agreement,
    Amendment,
    Measurement,
    MeasurementKey,
    Objective,
    Policy,
    SourceName,
    Threshold,
    Value,
)
from tests.compliance.specimens import EVENTS, SECONDS, UTC, agreement, instant, measured, objective

NAN = float("nan")
FLAG = Queried('max(maintenance_mode{service="payments"}) == 1', "default", 60)
FLAGGED = Rule("flagged", "maintenance", FLAG)
HOUR, DAY = 3600, 86_400


def stated(*states: list[float], start: int = 0, gap_after: int | None = None) -> Slices:
    """Slices of a minute with their states; a minute is missing after the one named."""
    starts = [start + 60 * (number + (gap_after is not None and number > gap_after)) for number in range(len(states))]
    table = np.array(states)
    known = (~np.isnan(table)).sum(axis=1) * (60 // table.shape[1])
    good = np.nansum(table, axis=1) * (60 // table.shape[1])
    return Slices(60, np.array(starts, np.int64), good, known.astype(np.float64), known.astype(np.int64), table)


def seen(held: dict[Measurement, Slices], until: int = FOREVER) -> Seen:
    by_key = {m.key: found for m, found in held.items()}

    def between(key: MeasurementKey, span: Span) -> Slices:
        return by_key[key].between(span.start, span.end) if key in by_key else slices.empty(60)

    return Seen(until, between)


def found(held: Slices, span: Span, until: int = FOREVER) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """When the flag was up, and when nobody could tell."""
    told = list(conditions.occurrences(FLAGGED, FLAG, span, seen({conditions.measurement_of(FLAG): held}, until)))
    return tuple(  # type: ignore[return-value]
        [(one.span.start, one.span.end) for one in told if one.unknown is unknown] for unknown in (False, True)
    )


def test_a_query_is_measured_as_a_gauge_that_counts_its_series() -> None:
    made = conditions.measurement_of(FLAG)
    wanted = Threshold('count(max(maintenance_mode{service="payments"}) == 1) or vector(0)', Comparison.GT, Fraction(0))
    assert made == Measurement(SourceName("default"), wanted, 60)


def test_seconds_at_which_it_answered_are_the_spans() -> None:
    held = stated([0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1])
    assert found(held, Span(0, 240)) == ([(30, 90), (195, 210), (225, 240)], [])


def test_what_nobody_could_tell_is_no_exclusion_and_is_told() -> None:
    held = stated([1, NAN, NAN, 0], [NAN, 1, 1, 1])
    assert found(held, Span(0, 120)) == ([(0, 15), (75, 120)], [(15, 45), (60, 75)])


def test_what_was_never_measured_is_told_as_well() -> None:
    held = stated([1.0], [1.0], [0.0], start=60, gap_after=0)
    assert found(held, Span(0, 360)) == ([(60, 120), (180, 240)], [(0, 60), (120, 180), (300, 360)])


def test_of_what_is_to_come_nothing_is_said() -> None:
    held = stated([1.0], [1.0], [1.0])
    assert found(held, Span(30, 360), until=150) == ([(30, 150)], [])
    assert found(held, Span(200, 360), until=150) == ([], [])


def test_nothing_that_was_seen_is_nothing_known() -> None:
    assert list(conditions.occurrences(FLAGGED, FLAG, Span(0, 60), UNSEEN)) == []
    assert found(slices.empty(60), Span(0, 60)) == ([], [(0, 60)])


def test_unknown_time_is_refused_with_its_reason_and_uses_nothing_up() -> None:
    capped = replace(FLAGGED, allowance=Allowance(90, Unit.DAY))
    told = [Occurrence(capped, Span(0, 60), unknown=True), Occurrence(capped, Span(60, 180))]
    doubt, known = exclusions.apply(told, Spans.of([Span(0, DAY)]), UTC)
    assert ([one.reason for one in doubt.refused], doubt.counted) == ([UNKNOWN], Spans())
    assert known.counted == Spans.of([Span(60, 150)])


DOWN = objective("99", methods.TIME)
SERVED = objective("99", methods.EVENTS)
CAPPED = Rule("maintenance", "maintenance", Once(Span(0, DAY)), allowance=Allowance(HOUR, Unit.YEAR, Uses.DOWNTIME))


def test_a_second_less_than_wholly_up_is_downtime() -> None:
    held = stated([1, 1, 0.5, NAN], [0, 1, 1, 1], [1, 1, 1, 1])
    assert conditions.downtime(agreement(DOWN), DOWN, Span(0, 180), seen({SECONDS: held})) == Spans.of(
        [Span(30, 45), Span(60, 75)]
    )
    assert conditions.downtime(agreement(DOWN), DOWN, Span(35, 70), seen({SECONDS: held})) == Spans.of(
        [Span(35, 45), Span(60, 70)]
    )


def test_of_events_the_slices_that_hold_a_bad_one_are() -> None:
    held = measured([(0, 10, 10, 60), (60, 9, 10, 60), (120, 0, 0, 60), (180, 0, 0, 0), (240, 0, 1, 60)])
    assert conditions.downtime(agreement(SERVED), SERVED, Span(0, 300), seen({EVENTS: held}, until=290)) == Spans.of(
        [Span(60, 120), Span(240, 290)]
    )


def test_a_value_is_never_down() -> None:
    gauge = objective("99", methods.TIME, measurement=Measurement(SourceName("default"), Value("a"), 60))
    assert (
        conditions.downtime(agreement(gauge), gauge, Span(0, 60), seen({gauge.measurement: stated([0.0, 0.5])}))
        == Spans()
    )


LASTING = objective("99", methods.Time(at_least=60))
BY_MINUTES = objective(
    "99", methods.Intervals(60, methods.Condition(Comparison.GT, Fraction(1, 2))), measurement=SECONDS
)


@pytest.mark.parametrize(
    ("sentence", "promised", "expected"),
    [
        ("only outages that last count", LASTING, [Span(105, 195)]),
        ("only intervals that are bad count, whole", BY_MINUTES, [Span(120, 180)]),
    ],
)
def test_downtime_is_what_the_method_counts_as_lost(sentence: str, promised: Objective, expected: list[Span]) -> None:
    held = stated([1, 0, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0], [0, 1, 1, 1])
    found = conditions.downtime(agreement(promised), promised, Span(0, 240), seen({SECONDS: held}))
    assert found == Spans.of(expected), sentence


def test_an_outage_that_began_before_counts_from_the_border_on() -> None:
    held = stated([1, 1, 1, 0], [0, 0, 0, 1])
    found = conditions.downtime(agreement(LASTING), LASTING, Span(60, 120), seen({SECONDS: held}))
    assert found == Spans.of([Span(60, 105)])


def amended(at: int) -> Agreement:
    changed = replace(DOWN, measurement=replace(SECONDS, source=SourceName("other")))
    made = agreement(DOWN)
    return replace(made, amendments=(Amendment(at, "", (), Policy.WEIGHTED, (changed,)),))


def test_downtime_is_that_of_the_terms_in_force() -> None:
    made = amended(120)
    (changed,) = made.amendments[0].objectives
    held = {SECONDS: stated([0.0], [1.0], [0.0]), changed.measurement: stated([0.0], [1.0], [1.0], [0.0])}
    assert conditions.downtime(made, DOWN, Span(0, 240), seen(held)) == Spans.of([Span(0, 60), Span(180, 240)])


def needs(made: Agreement, span: Span) -> set[tuple[MeasurementKey, Span]]:
    return {(m.key, wanted) for m, wanted in conditions.needed(made, made.objectives[0], span)}


MARCH = Span(instant("2026-03-01T00:00Z"), instant("2026-04-01T00:00Z"))
YEAR = Span(instant("2026-01-01T00:00Z"), instant("2027-01-01T00:00Z"))
BY_THE_YEAR = replace(FLAGGED, allowance=Allowance(HOUR, Unit.YEAR))


@pytest.mark.parametrize(
    ("sentence", "rule", "expected"),
    [
        ("a span needs nothing", Rule("a", "other", Once(MARCH)), set()),
        ("nor do silences", Rule("a", "other", Silenced(())), set()),
        ("a query is asked for the time itself", FLAGGED, {(conditions.measurement_of(FLAG).key, MARCH)}),
        ("or for all of an allowance's period", BY_THE_YEAR, {(conditions.measurement_of(FLAG).key, YEAR)}),
        ("downtime is that of the objective", CAPPED, {(SECONDS.key, YEAR)}),
        ("what is for another objective needs nothing here", replace(FLAGGED, objectives=("other",)), set()),
    ],
)
def test_what_has_to_be_measured(sentence: str, rule: Rule, expected: set[tuple[MeasurementKey, Span]]) -> None:
    assert needs(replace(agreement(DOWN), exclusions=(rule,)), MARCH) == expected, sentence


def test_nothing_outside_the_term_is_needed() -> None:
    term = Span(MARCH.start + DAY, FOREVER)
    made = replace(agreement(DOWN, term=term), exclusions=(FLAGGED,))
    assert {span for _, span in needs(made, MARCH)} == {Span(term.start, MARCH.end)}


def test_the_downtime_of_every_version_is_needed_while_it_is_in_force() -> None:
    made = replace(amended(MARCH.start), exclusions=(CAPPED,))
    spans = sorted(span for _, span in needs(made, MARCH))
    assert spans == [Span(YEAR.start, MARCH.start), Span(MARCH.start, YEAR.end)]


def test_all_that_is_measured_says_what_for() -> None:
    made = replace(agreement(DOWN), exclusions=(CAPPED, FLAGGED))
    assert list(conditions.measurements(made)) == [
        ("availability", DOWN.measurement),
        ("exclusion flagged", conditions.measurement_of(FLAG)),
    ]


def test_whole_months_are_asked_of_and_whole_periods_of_allowances() -> None:
    day = Span(MARCH.start + DAY, MARCH.start + 2 * DAY)
    assert conditions.widened(day, UTC, [FLAGGED]) == MARCH
    assert conditions.widened(day, UTC, [FLAGGED, CAPPED]) == YEAR


def test_only_queries_are_asked() -> None:
    made = replace(agreement(DOWN), exclusions=(CAPPED, FLAGGED))
    assert list(conditions.asked(made)) == [(FLAGGED, conditions.measurement_of(FLAG))]
