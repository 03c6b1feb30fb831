"""What is reckoned for thousands at once is, float for float, what `verdicts.judge` says of each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import countings, standings
from sla_monitor.compliance.burnrates import RECENT
from sla_monitor.compliance.cohorts import Cohort
from sla_monitor.compliance.columns import STATUSES
from sla_monitor.compliance.countings import Case
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.methods import EVENTS, TIME, Method
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, window_of
from sla_monitor.compliance.promises import Promises
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Days,
    Flat,
    Minimum,
    Money,
    Proportional,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import NO_CELLS, PART
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.standings import Outline, Standing, Status
from sla_monitor.compliance.terms import NoData, Objective
from tests.compliance.specimens import agreement, instant, objective

DAY, MINUTE = 86_400, 60
MIDDLE = instant("2026-06-14T09:31:00+00:00")
SPECS = (Calendar(Unit.MONTH), Calendar(Unit.DAY), Rolling(30 * DAY, "30d"))
TARGETS = ("90", "99", "99.9", "99.95", "99.995", "100", "0.1")

CREDITS = (Fraction(0), Fraction(1, 20), Fraction(1, 3), Fraction(1), Days(Fraction(1)), Days(Fraction(7, 2)))
SHARES = tuple(Fraction(target) / 100 for target in TARGETS)
BAD_SECONDS = tuple(map(Fraction, (0, 60, 3600, 86_400)))


@st.composite
def some_remedy(draw: st.DrawFn) -> Remedy:
    """Also of tiers that overlap, or have the same bound."""
    amounts = st.sampled_from(CREDITS)
    on = draw(st.sampled_from([Basis.ATTAINMENT, Basis.BAD_SECONDS]))
    bounds = st.none() | st.sampled_from(SHARES if on is Basis.ATTAINMENT else BAD_SECONDS)
    tiers = st.builds(CreditTier, bounds, amounts, above=bounds)
    other = st.builds(CreditTier, st.none(), amounts, at_or_below=bounds, at_or_above=bounds)
    tiered = st.lists(tiers | other, max_size=4).map(lambda found: Tiered(tuple(found), on))
    flat, in_proportion = st.builds(Flat, amounts), st.sampled_from(CREDITS[:4]).map(Proportional)
    least = st.builds(Minimum, st.sampled_from([Comparison.GE, Comparison.GT]), amounts | st.just(Money(FIFTH, "EUR")))
    return Remedy(draw(tiered | flat | in_proportion), cap=draw(st.none() | amounts), minimum=draw(st.none() | least))


FIFTH = Fraction(1, 5)


def outlined(promise: Objective, at: int, excluded: Spans = NOWHEN, *, over: bool = False) -> Outline:
    made = agreement(promise)
    window = window_of(promise.window, made.zone, at)
    at = window.span.end if over else at
    rule = Rule("work", "maintenance", Once(Span(0, 1)), Effect.DROP)
    schedule = Schedule(exclusions=tuple(Applied(rule, span, Spans((span,)), ()) for span in excluded))
    case = Case(made, promise, window, at, schedule, standings.reach(window, at, promise))
    return standings.outline(countings.count(NO_CELLS, case), case)


@st.composite
def some_cohort(draw: st.DrawFn, largest: int = 10**7) -> Cohort:
    method: Method = draw(st.sampled_from([EVENTS, TIME]))
    policy, remedy = draw(st.sampled_from(list(NoData))), draw(st.none() | some_remedy())
    common = objective(method=method, window=draw(st.sampled_from(SPECS)), no_data=policy, remedy=remedy)
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
    sums = [[draw(amounts(spans, one, largest)) for one in promises] for spans in outline.sets]
    return Cohort(outline, Promises([agreement(one) for one in promises], promises), np.array(sums, np.int64))


@st.composite
def amounts(draw: st.DrawFn, spans: Spans, promise: Objective, largest: int) -> list[int]:
    """Good and total, whole and in billionths, and known seconds; often with the budget spent to the last event."""
    seconds = spans.seconds
    known = draw(st.sampled_from([seconds, seconds, 0]) | st.integers(0, seconds // MINUTE).map(lambda n: n * MINUTE))
    if not known:
        return [0, 0, 0, 0, 0]
    part = draw(st.sampled_from([PART, PART, PART // 2, 1]))
    total = known if promise.method is TIME and draw(st.booleans()) else draw(st.integers(0, largest))
    total = max(0, total * PART - draw(st.sampled_from([0, part % PART])))
    allowed = int(promise.budget_share * total) // part * part
    spent = st.sampled_from([0, 0, allowed, allowed + part, allowed // 2 // part * part, max(0, allowed - part)])
    bad = draw(spent | st.integers(0, total // part).map(lambda n: n * part))
    return [*divmod(total - min(bad, total), PART), *divmod(total, PART), known]


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
        **({} if one.credit is None else {"credit": one.credit.ratio}),
        **one.burn_rates,
    }
    return {name: nan if value is None else float(value) for name, value in values.items()}


def shown_of(cohort: Cohort, row: int) -> dict[str, float]:
    figures = cohort.figures
    rates = {name: rates[row] for name, rates in figures.burn_rates.items()}
    names = [name for name in known_of(cohort.standing(row)) if name not in rates]
    return {name: float(getattr(figures, name)[row]) for name in names} | rates


def check(cohort: Cohort) -> None:
    """Of every row, but where what is missing counts for something."""
    outline, plain = cohort.outline, np.ones(len(cohort), np.bool_)
    if cohort.promises.objectives[0].no_data in (NoData.GOOD, NoData.BAD):
        used = {outline.population, *(spans for spans, _ in outline.lookbacks.values())}
        for spans, amounts in zip(outline.sets, cohort.sums, strict=True):
            plain &= (amounts[:, 4] == spans.seconds) | (spans not in used)
    assert cohort.figures.sure.tolist() == plain.tolist()
    for row in np.flatnonzero(plain).tolist():
        check_row(cohort, row)


def check_row(cohort: Cohort, row: int) -> None:
    standing = cohort.standing(row)
    assert STATUSES[cohort.figures.statuses[row]] is standing.status, standing.reason
    np.testing.assert_equal(shown_of(cohort, row), known_of(standing))


@given(some_cohort())
def test_each_row_is_what_its_record_says(cohort: Cohort) -> None:
    check(cohort)


@given(some_cohort(largest=1 << 60))
def test_what_is_too_large_for_floats_is_told_all_the_same(cohort: Cohort) -> None:
    check(cohort)


def usual(promise: Objective, seed: int) -> Cohort:
    """A thousand rows of one outline, with some hundred events a minute and now and then a bad or an unknown one."""
    rng, outline = np.random.default_rng(seed), outlined(promise, MIDDLE)
    minutes = np.array([spans.seconds // MINUTE for spans in outline.sets])[:, None]
    known = minutes - rng.binomial(minutes, 0.01, (len(minutes), 1000))
    total = rng.poisson(300 * known) if promise.method is EVENTS else known * MINUTE
    bad, nothing = rng.binomial(total, rng.choice([0, 1e-4, 1e-3, 1e-2], 1000)), np.zeros_like(total)
    sums = np.stack((total - bad, nothing, total, nothing, known * MINUTE), axis=-1)
    return Cohort(outline, Promises([agreement(promise)] * 1000, [promise] * 1000), sums)


def tiers(*bounds: dict[str, str]) -> Tiered:
    """Of the n-th n tenths."""
    made = [{"below": None, **{name: Fraction(text) for name, text in one.items()}} for one in bounds]
    return Tiered(tuple(CreditTier(credit=Fraction(n, 10), **one) for n, one in enumerate(made, 1)))


AT_THEIR_BOUNDS = {
    "below": Remedy(tiers({"below": "0.999"}, {"below": "0.995"})),
    "at or below": Remedy(tiers({"at_or_below": "0.999"}, {"at_or_below": "0.995"})),
    "from here to there": Remedy(tiers({"below": "0.999", "at_or_above": "0.995"}, {"below": "0.99", "above": "0.9"})),
    "two with one bound": Remedy(tiers({"below": "0.999"}, {"below": "0.999"})),
    "one of two bounds is stricter": Remedy(tiers({"below": "0.999"}, {"at_or_below": "0.999"})),
    "as much as at least": Remedy(Flat(FIFTH), minimum=Minimum(Comparison.GE, FIFTH)),
    "not more than at least": Remedy(Flat(FIFTH), minimum=Minimum(Comparison.GT, FIFTH)),
    "as much as at most": Remedy(Proportional(Fraction(20)), cap=FIFTH / 10),
    "bad seconds": Remedy(Tiered((CreditTier(None, FIFTH, above=Fraction(5)),), Basis.BAD_SECONDS)),
    "bad seconds or as many": Remedy(Tiered((CreditTier(None, FIFTH, at_or_above=Fraction(5)),), Basis.BAD_SECONDS)),
}


@pytest.mark.parametrize("part", [0, PART // 2], ids=["whole", "and a half"])
@pytest.mark.parametrize("remedy", AT_THEIR_BOUNDS.values(), ids=AT_THEIR_BOUNDS)
def test_credits_at_their_bounds(remedy: Remedy, part: int) -> None:
    """Of a thousand events none to twelve are bad; and of none none."""
    promise = objective("99.9", remedy=remedy)
    outline = outlined(promise, MIDDLE)
    rows = [[1000 - bad, 0, 1000, part] for bad in range(13)] + [[0, 0, 0, 0]]
    sums = np.array([[[*row, spans.seconds] for row in rows] for spans in outline.sets])
    cohort = Cohort(outline, Promises([agreement(promise)] * len(rows), [promise] * len(rows)), sums)
    assert cohort.figures.sure.all()
    for row in range(len(rows)):
        check_row(cohort, row)


TIERS = (CreditTier(SHARES[2], FIFTH / 2), CreditTier(SHARES[1], FIFTH), CreditTier(SHARES[0], 2 * FIFTH))


@pytest.mark.parametrize("method", [EVENTS, TIME], ids=["events", "time"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rule", [None, Tiered(TIERS), Proportional(Fraction(5))])
def test_of_what_is_usual_hardly_a_row_is_left(method: Method, target: str, rule: Tiered | Proportional | None) -> None:
    remedy = rule and Remedy(rule, cap=FIFTH, minimum=Minimum(Comparison.GE, FIFTH / 10))
    cohort = usual(objective(target, method, remedy=remedy), seed=len(target))
    assert cohort.figures.sure.mean() > 0.99
    for row in range(0, 1000, 50):
        check_row(cohort, row)


HALF = 1 / 2


@pytest.mark.parametrize(
    ("changes", "spent", "known", "recently", "status"),
    [
        ({}, 0, 1, 0, Status.MET),
        ({}, 0.89, 1, 0, Status.MET),
        ({}, 0.91, 1, 0, Status.AT_RISK),
        ({}, 1, 1, 0, Status.AT_RISK),
        ({}, 1.01, 1, 0, Status.BREACHED),
        ({}, 0.1, 1, HALF, Status.AT_RISK),
        ({"warn_at": Fraction(9999, 10_000)}, 0.2, 1, 0, Status.AT_RISK),
        ({"warn_at": Fraction(9990, 10_000)}, 0.2, 1, 0, Status.MET),
        ({}, 0, HALF, 0, Status.UNKNOWN),
        ({}, 1100, HALF, 0, Status.BREACHED),
        ({"min_coverage": Fraction(1, 4)}, 0, HALF, 0, Status.MET),
        ({"no_data": NoData.EXCLUDE}, 0, HALF, 0, Status.MET),
        ({}, 0, 0, 0, Status.UNKNOWN),
    ],
)
def test_each_rule_decides(
    changes: dict[str, object], spent: float, known: float, recently: float, status: Status
) -> None:
    """`spent`: of the budget. `recently`: the share of the last six hours that was bad."""
    promise = objective("99.9", **changes)
    outline = outlined(promise, MIDDLE)

    def row(spans: Spans) -> list[int]:
        seconds = int(spans.seconds * known)
        total = 1000 * seconds
        share = recently if spans == outline.lookbacks[RECENT][0] else spent / 1000
        return [total - min(total, int(total * share)), 0, total, 0, seconds]

    cohort = Cohort(outline, Promises([agreement(promise)], [promise]), np.array([[row(one)] for one in outline.sets]))
    assert cohort.figures.sure.all()
    assert STATUSES[cohort.figures.statuses[0]] is status
    check(cohort)


def by_a_hair(off: int) -> Cohort:
    """A minute before the end the budget runs out with the window, but for `off` events: less than floats can tell."""
    rng, promise = np.random.default_rng(3), objective("99.9")
    end = outlined(promise, MIDDLE).window.span.end
    outline, rows = outlined(promise, end - MINUTE), []
    recent, rest = outline.lookbacks[RECENT][0], outline.coming.seconds
    for _ in range(50):
        left, before, lost = (int(rng.integers(*ends)) for ends in ((3e11, 4e11), (1e10, 4e10), (8.7e12, 8.9e12)))
        table = []
        for spans in outline.sets:
            bad = before if spans == outline.population else lost if spans == recent else 0
            total = 1000 * bad + left * rest if spans == outline.population else 1000 * bad
            total += off - left * spans.seconds if spans == recent else 0
            table.append([total - bad, 0, total, 0, spans.seconds])
        rows.append(table)
    promises = Promises([agreement(promise)] * 50, [promise] * 50)
    return Cohort(outline, promises, np.array(rows).swapaxes(0, 1))


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_what_floats_cannot_tell_apart(off: int) -> None:
    check(by_a_hair(off))


def test_a_budget_that_ends_in_the_slice_that_is_being_filled_ends_with_it() -> None:
    """Of what comes that slice is a part; an instant before now nothing can run out at."""
    promise = objective("99.9")
    outline = outlined(promise, MIDDLE + 30)
    recent, rest = outline.lookbacks[RECENT][0], outline.coming.seconds
    amounts = {outline.population: (10**7, 10**10 + 5 * rest), recent: (10**6, 10**9 - 5 * recent.seconds)}
    sums = []
    for spans in outline.sets:
        bad, total = amounts.get(spans, (0, 0))
        sums.append([[total - bad, 0, total, 0, spans.seconds]])
    cohort = Cohort(outline, Promises([agreement(promise)], [promise]), np.array(sums))
    assert cohort.figures.sure.all()
    assert cohort.figures.exhaustion.tolist() == [outline.window.span.end]
    check(cohort)


def test_one_of_more_than_floats_count_is_bad() -> None:
    """Of which none may be: as a float the total would be what is good."""
    promise = objective("100")
    outline = outlined(promise, MIDDLE)
    many = [[[1 << 53, 0, (1 << 53) + 1, 0, spans.seconds]] for spans in outline.sets]
    many[outline.sets.index(outline.population)] = [[10, 0, 10, 0, outline.population.seconds]]
    check(Cohort(outline, Promises([agreement(promise)], [promise]), np.array(many)))


def test_a_quotient_of_what_is_no_whole_float() -> None:
    cohort = usual(objective("99.9"), seed=5)
    sums = cohort.sums.copy()
    sums[..., [0, 2]] *= 10**8
    check(replace(cohort, sums=sums))


EVERYTHING = [[[99, 0, 100, 0, MINUTE]]] * 8


@pytest.mark.parametrize(
    ("changes", "sums", "sure"),
    [
        ({}, EVERYTHING, True),
        ({"rounding": Rounding(2, RoundingMode.HALF_UP)}, EVERYTHING, False),
        ({"comparison": Comparison.GT}, EVERYTHING, False),
        ({}, [[[99, 500_000_000, 100, 0, MINUTE]]] * 8, True),
        ({"no_data": NoData.BAD}, EVERYTHING, False),
    ],
    ids=["plain", "rounded", "strict", "a half", "filled"],
)
def test_what_is_not_told_of(changes: dict[str, object], sums: list[list[list[int]]], sure: bool) -> None:
    promise = objective("90", **changes)
    cohort = Cohort(outlined(promise, MIDDLE), Promises([agreement(promise)], [promise]), np.array(sums))
    assert len(cohort) == 1
    assert cohort.figures.sure.tolist() == [sure]


def test_a_slice_that_a_border_cuts_is_no_whole_number() -> None:
    promise = objective(method=TIME)
    cut = Spans((Span(MIDDLE - 3630, MIDDLE - 1800),))
    assert outlined(promise, MIDDLE).is_plain(MINUTE)
    assert not outlined(promise, MIDDLE, cut).is_plain(MINUTE)
    assert outlined(promise, MIDDLE, cut).is_plain(30)


@pytest.mark.parametrize(
    ("at", "excluded"),
    [(MIDDLE, Spans((Span(0, MIDDLE + DAY),))), (MIDDLE + 40 * DAY, NOWHEN)],
    ids=["all of it is excluded", "out of force"],
)
def test_where_nothing_is_promised(at: int, excluded: Spans) -> None:
    promise = objective()
    made = agreement(promise, term=Span(0, MIDDLE + 30 * DAY))
    outline = outlined(promise, at, excluded)
    nothing = np.zeros((len(outline.sets), 1, 5), np.int64)
    cohort = Cohort(outline, Promises([made], [promise]), nothing)
    assert cohort.figures.sure.tolist() == [not outline.population]
    if not outline.population:
        check_row(cohort, 0)


def test_terms_are_shown_as_they_were_agreed() -> None:
    terms = [objective("99.9", warn_at=Fraction(999, 1000)), objective("50", min_coverage=Fraction(1, 2))]
    promises = Promises([agreement(one) for one in terms], terms)
    np.testing.assert_equal(promises.targets, [0.999, 0.5])
    np.testing.assert_equal(promises.warn_at, [0.999, nan])
    np.testing.assert_equal(promises.min_coverage, [0.9, 0.5])
