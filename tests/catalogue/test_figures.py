"""Statistics of samples and spells, and totals, are those of the slow reckoning, whatever is excluded or unknown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import methods
from sla_monitor.compliance.methods import Edge, SpellStatistic, Statistic, Weight
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.terms import (
    Amount,
    ExclusionOrder,
    Indicator,
    Measurement,
    NoData,
    Objective,
    PartialWindow,
    Value,
)
from tests.catalogue import slow
from tests.catalogue.happenings import (
    STEP,
    TICK,
    WINDOW,
    Happened,
    frames,
    happenings,
    in_force,
    slices_of_counts,
    slices_of_samples,
    standing_of,
)
from tests.catalogue.slow import Frame, Spelled
from tests.compliance.specimens import SECONDS, objective

SLICE = 300
VALUES = tuple((Fraction(text),) for text in ("0.045", "0.1", "7", "-2.5", "0.000000001"))

readings = happenings((Fraction("0.3"),), *VALUES)
amounts = happenings((0,), (1,), (Fraction("2.5"),), (40,))
outages = happenings((0,), (1,), (Fraction(1, 2),))


def promise_of(frame: Frame, method: methods.Method, indicator: Indicator, seconds: int, **changes) -> Objective:
    return objective(
        "99",
        method,
        measurement=Measurement(SECONDS.source, indicator, seconds),
        window=Calendar(Unit.HOUR),
        no_data=NoData(frame.missing),
        **changes,
    )


def slowly(frame: Frame, values: dict[int, Fraction], method: methods.Stat) -> Fraction | None:
    """A sample counts when the instant that it was taken at does."""
    counting = {t: value for t, value in values.items() if t < frame.at and frame.holds(t) and not frame.excluded(t)}
    if method.weight is Weight.SLICE:
        slices = {start: [] for start in sorted({t // SLICE * SLICE for t in counting})}
        for t, value in counting.items():
            slices[t // SLICE * SLICE].append(value)
        counting = {start: sum(some, Fraction(0)) / len(some) for start, some in slices.items()}
    found = slow.Samples(tuple(counting.values()))
    if not found.values:
        return None
    if method.of is Statistic.PERCENTILE:
        return found.nearest_rank(method.p)
    return {Statistic.MEAN: found.mean, Statistic.MAX: max(found.values), Statistic.MIN: min(found.values)}[method.of]


def close(value: Fraction | None, expected: Fraction | None, *, exact: bool) -> bool:
    """Means of slices come in billionths."""
    if value is None or expected is None or exact:
        return value == expected
    return abs(value - expected) <= Fraction(1, 10**9)


statistics = st.builds(
    methods.Stat,
    st.sampled_from(Statistic),
    st.sampled_from([Weight.SAMPLE, Weight.SLICE]),
    st.sampled_from([Fraction(text) for text in ("50", "95", "99.9", "100", "1", "33.3")]),
)


@given(readings, frames(), statistics)
def test_statistics_of_samples(happened: Happened, frame: Frame, method: methods.Stat):
    values = {start: thing[0] for start, thing in happened.each(STEP).items()}
    promise = promise_of(frame, method, Value("latency"), SLICE)
    standing = standing_of(promise, slices_of_samples(values, SLICE), frame)

    if in_force(frame):
        assert close(standing.value, slowly(frame, values, method), exact=method.weight is Weight.SAMPLE)


@given(amounts, frames(), st.booleans())
def test_totals(happened: Happened, frame: Frame, full: bool):
    counts = {start: (Fraction(0), thing[0]) for start, thing in happened.each(STEP).items()}
    partial = PartialWindow.FULL if full else PartialWindow.PRORATE
    promise = replace(
        promise_of(frame, methods.TOTAL, Amount(("leads",)), STEP, partial_window=partial), target=Fraction(500)
    )
    standing = standing_of(promise, slices_of_counts(counts, STEP), frame)

    if in_force(frame):
        total = slow.events(frame, counts, STEP).total
        covered = min(frame.term[1], WINDOW[1]) - max(frame.term[0], WINDOW[0])
        target = Fraction(500) if full else Fraction(500 * covered, WINDOW[1] - WINDOW[0])
        assert (standing.value, standing.attainment) == (total, total / target)


def slices_of(happened: Happened) -> Slices:
    made = slices_of_samples({start: 1 - down for start, (down,) in happened.each(STEP).items()}, SLICE)
    return replace(made, good=made.good * STEP, total=made.total * STEP)


def of_spells(frame: Frame, down: dict[int, Fraction], rule: Spelled, statistic: SpellStatistic) -> Fraction | None:
    begin = max(WINDOW[0], frame.term[0])
    found = slow.touching(frame, down, rule)
    if statistic is not SpellStatistic.LONGEST:
        found = [(start, end) for start, end in found if start >= begin]
    served = [sum(TICK for t in range(*one, TICK) if slow.within(t, frame.hours)) for one in found]
    found, lengths = [one for one, long in zip(found, served, strict=True) if long], [long for long in served if long]
    if statistic is SpellStatistic.LONGEST:
        return Fraction(max(lengths, default=0))
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(found)]
    if statistic is SpellStatistic.COUNT:
        return Fraction(len(found))
    some = lengths if statistic is SpellStatistic.MEAN else gaps
    return Fraction(sum(some), len(some)) if some else None


rules = st.builds(Spelled, at_least=st.sampled_from([0, 60, 120, 200, 600]), clip=st.booleans(), after=st.booleans())


@given(outages, frames(), rules, st.sampled_from(SpellStatistic))
def test_statistics_of_spells(happened: Happened, frame: Frame, rule: Spelled, statistic: SpellStatistic):
    method = methods.Spells(statistic, rule.at_least, Edge.CLIP if rule.clip else Edge.SPAN)
    order = ExclusionOrder.AFTER if rule.after else ExclusionOrder.BEFORE
    promise = promise_of(frame, method, SECONDS.indicator, SLICE, exclusion_order=order)
    standing = standing_of(promise, slices_of(happened), frame)

    if in_force(frame):
        down = {t: share for at, (share,) in happened.each(STEP).items() for t in range(at, at + STEP, TICK)}
        assert standing.value == of_spells(frame, down, rule, statistic)
