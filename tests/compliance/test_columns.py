"""What is reckoned for thousands at once is, float for float, what `verdicts.judge` says of each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla_monitor.compliance import columns, countings, methods, standings
from sla_monitor.compliance.columns import STATUSES, Cohort, Promises
from sla_monitor.compliance.countings import Case
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.methods import EVENTS, TIME, Method
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, window_of
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import Exceedance, Remedy
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.standings import Outline, Standing
from sla_monitor.compliance.terms import Agreement, Amendment, NoData, Objective, Policy
from tests.compliance.specimens import agreement, instant, objective

DAY, MINUTE = 86_400, 60
MIDDLE = instant("2026-06-14T09:31:00+00:00")
SPECS = (Calendar(Unit.MONTH), Calendar(Unit.DAY), Rolling(30 * DAY, "30d"))
TARGETS = ("90", "99", "99.9", "99.95", "99.995", "100", "0.1")
NOTHING = Cells(*(np.zeros(shape, np.int64) for shape in (0, 0, (0, 2), (0, 2), 0)))


def outlined(promise: Objective, at: int, excluded: Spans = NOWHEN, *, over: bool = False) -> Outline:
    made = agreement(promise)
    window = window_of(promise.window, made.zone, at)
    at = window.span.end if over else at
    rule = Rule("work", "maintenance", Once(Span(0, 1)), Effect.DROP)
    schedule = Schedule(exclusions=tuple(Applied(rule, span, Spans((span,)), ()) for span in excluded))
    case = Case(made, promise, window, at, schedule, standings.reach(window, at, promise))
    return standings.outline(countings.count(NOTHING, case), case)


@st.composite
def cohorts(draw: st.DrawFn, largest: int = 10**7) -> Cohort:
    method: Method = draw(st.sampled_from([EVENTS, TIME]))
    common = objective(method=method, window=draw(st.sampled_from(SPECS)), no_data=draw(st.sampled_from(list(NoData))))
    at = MIDDLE + MINUTE * draw(st.integers(-20_000, 20_000))
    first = draw(st.integers(0, 4000)) * MINUTE
    holes = [Span(at - first - 7200, at - first), Span(at + 3600, at + 9000)] if draw(st.booleans()) else []
    outline = outlined(common, at, Spans.of(holes), over=draw(st.booleans()) and not isinstance(common.window, Rolling))
    promises = tuple(
        replace(
            common,
            target=Fraction(draw(st.sampled_from(TARGETS))) / 100,
            warn_at=draw(st.sampled_from([None, Fraction(999, 1000)])),
            min_coverage=draw(st.sampled_from([Fraction(0), Fraction(9, 10), Fraction(1)])),
        )
        for _ in range(draw(st.integers(1, 4)))
    )
    sums = [[draw(amounts(spans, one, largest)) for one in promises] for spans in columns.sets_of(outline)]
    return Cohort(outline, Promises([agreement(one) for one in promises], promises), np.array(sums, np.int64))


@st.composite
def amounts(draw: st.DrawFn, spans: Spans, promise: Objective, largest: int) -> list[int]:
    """Good and total, whole and in billionths, and known seconds; often with the budget spent to the last event."""
    seconds = spans.seconds
    known = draw(st.sampled_from([seconds, seconds, 0]) | st.integers(0, seconds // MINUTE).map(lambda n: n * MINUTE))
    if not known:
        return [0, 0, 0, 0, 0]
    total = known if promise.method is TIME and draw(st.booleans()) else draw(st.integers(0, largest))
    allowed = int(promise.budget_share * total)
    bad = draw(st.sampled_from([0, 0, allowed, allowed + 1, allowed // 2, max(0, allowed - 1)]) | st.integers(0, total))
    return [total - min(bad, total), 0, total, 0, known]


def known_of(one: Standing) -> dict[str, float]:
    """What the metrics show of a record; NaN: nothing."""
    shown, budget = one.attainment is not None, one.budget
    lower, upper = one.bounds or (None, None)
    values = {
        "attainment": one.attainment,
        "lower": lower,
        "upper": upper,
        "good": one.good if shown else None,
        "total": one.total if shown else None,
        "coverage": one.coverage,
        "allowed": budget.allowed if shown and budget else None,
        "used": budget.used if shown and budget else None,
        "remaining": budget.remaining_ratio if shown and budget else None,
        "certain": one.breach_certain if shown else None,
        "exhaustion": one.projection.exhaustion if shown else None,
        **one.burn_rates,
    }
    return {name: nan if value is None else float(value) for name, value in values.items()}


def shown_of(cohort: Cohort, row: int) -> dict[str, float]:
    figures = cohort.figures
    rates = {name: rates[row] for name, rates in figures.burn_rates.items()}
    names = [name for name in known_of(cohort.standing(row)) if name not in rates]
    return {name: float(getattr(figures, name)[row]) for name in names} | rates


def check(cohort: Cohort) -> None:
    for row in np.flatnonzero(cohort.figures.sure).tolist():
        standing = cohort.standing(row)
        assert STATUSES[cohort.figures.statuses[row]] is standing.status, standing.reason
        np.testing.assert_equal(shown_of(cohort, row), known_of(standing))


@given(cohorts())
def test_each_row_is_what_its_record_says(cohort: Cohort) -> None:
    check(cohort)


@given(cohorts(largest=1 << 52))
def test_what_is_too_large_for_floats_is_left_to_the_record(cohort: Cohort) -> None:
    check(cohort)


@settings(max_examples=50)
@given(cohorts(largest=10**6))
def test_of_what_is_usual_no_row_is_left(cohort: Cohort) -> None:
    policy = cohort.promises.objectives[0].no_data
    whole = all(
        (cohort.sums[index, :, 4] == spans.seconds).all() for index, spans in enumerate(columns.sets_of(cohort.outline))
    )
    if policy in (NoData.UNKNOWN, NoData.EXCLUDE) or whole:
        assert cohort.figures.sure.all()


EVERYTHING = [[[99, 0, 100, 0, MINUTE]]] * 8


@pytest.mark.parametrize(
    ("changes", "sums", "sure"),
    [
        ({}, EVERYTHING, True),
        ({"rounding": Rounding(2, RoundingMode.HALF_UP)}, EVERYTHING, False),
        ({"comparison": Comparison.GT}, EVERYTHING, False),
        ({}, [[[99, 500_000_000, 100, 0, MINUTE]]] * 8, False),
        ({"no_data": NoData.BAD}, EVERYTHING, False),
    ],
    ids=["plain", "rounded", "strict", "a half", "filled"],
)
def test_what_is_not_told_of(changes: dict[str, object], sums: list[list[list[int]]], sure: bool) -> None:
    promise = objective("90", **changes)
    cohort = Cohort(outlined(promise, MIDDLE), Promises([agreement(promise)], [promise]), np.array(sums))
    assert len(cohort) == 1
    assert cohort.figures.sure.tolist() == [sure]


def amended(made: Agreement) -> Agreement:
    return replace(made, amendments=(Amendment(MIDDLE, "", (), Policy.WEIGHTED, made.objectives),))


@pytest.mark.parametrize(
    ("made", "suited"),
    [
        (agreement(objective()), True),
        (agreement(objective(method=TIME)), True),
        (amended(agreement(objective())), False),
        (agreement(objective(remedy=Remedy(Exceedance(())))), False),
        (agreement(objective(method=methods.Time(at_least=300))), False),
        (agreement(objective(method=methods.TOTAL)), False),
    ],
)
def test_whom_columns_suit(made: Agreement, suited: bool) -> None:
    assert columns.suits(made, made.objectives[0]) == suited


def test_a_slice_that_a_border_cuts_is_no_whole_number() -> None:
    promise = objective(method=TIME)
    cut = Spans((Span(MIDDLE - 3630, MIDDLE - 1800),))
    assert columns.is_plain(outlined(promise, MIDDLE), MINUTE)
    assert not columns.is_plain(outlined(promise, MIDDLE, cut), MINUTE)
    assert columns.is_plain(outlined(promise, MIDDLE, cut), 30)


@pytest.mark.parametrize(
    ("at", "excluded"),
    [(MIDDLE, Spans((Span(0, MIDDLE + DAY),))), (MIDDLE + 40 * DAY, NOWHEN)],
    ids=["all of it is excluded", "out of force"],
)
def test_where_nothing_is_promised(at: int, excluded: Spans) -> None:
    promise = objective()
    made = agreement(promise, term=Span(0, MIDDLE + 30 * DAY))
    outline = outlined(promise, at, excluded)
    nothing = np.zeros((len(columns.sets_of(outline)), 1, 5), np.int64)
    cohort = Cohort(outline, Promises([made], [promise]), nothing)
    assert cohort.figures.sure.tolist() == [not outline.population]
    check(cohort)


def test_terms_are_shown_as_they_were_agreed() -> None:
    terms = [objective("99.9", warn_at=Fraction(999, 1000)), objective("50", min_coverage=Fraction(1, 2))]
    promises = Promises([agreement(one) for one in terms], terms)
    np.testing.assert_equal(promises.targets, [0.999, 0.5])
    np.testing.assert_equal(promises.warn_at, [0.999, nan])
    np.testing.assert_equal(promises.min_coverage, [0.9, 0.5])
