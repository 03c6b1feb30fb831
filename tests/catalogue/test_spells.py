"""The engine counts down time as the slow reckoning does, whatever the options, policies, borders and exclusions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import methods
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.terms import ExclusionOrder, Measurement, NoData, Objective
from tests.catalogue import slow
from tests.catalogue.happenings import (
    BEGIN,
    HOUR,
    KNOWN,
    STEP,
    TICK,
    Happened,
    Number,
    frames,
    happenings,
    in_force,
    number,
    number_of,
    slices_of_samples,
    standing_of,
    stretches,
)
from tests.catalogue.slow import Frame, Spelled, Stretch
from tests.compliance.specimens import SECONDS, objective

SLICE = 300

quanta = st.tuples(
    st.sampled_from([60, 120, 300, 40, 900]), st.sampled_from(["floor", "ceil", "whole-clock", "touched-clock"])
)


def rules(quantum: st.SearchStrategy[tuple[int, str] | None], *least: int) -> st.SearchStrategy[Spelled]:
    return st.builds(
        Spelled,
        at_least=st.sampled_from(least),
        excess=st.booleans(),
        quantum=quantum,
        clip=st.booleans(),
        after=st.booleans(),
    )


# Without a minimum and a quantum seconds are sums, cut in proportion: tests/compliance/test_slow_reckoning.py.
by_length = rules(st.none(), 60, 120, 300, 200, 900)
by_quantum = rules(quanta, 0, 60, 120, 300, 200, 900)
by_either = by_length | by_quantum
ups_and_downs = happenings((0,), (1,))
shares = happenings((0,), (1,), (Fraction(1, 2),))


def slices_of(happened: Happened) -> Slices:
    up = {start: 1 - down for start, (down,) in happened.each(STEP).items()}
    made = slices_of_samples(up, SLICE)
    return replace(made, good=made.good * STEP, total=made.total * STEP)


def promise_of(frame: Frame, rule: Spelled) -> Objective:
    quantum = rule.quantum and methods.Quantum(rule.quantum[0], methods.QuantumMode(rule.quantum[1]))
    method = methods.Time(
        at_least=rule.at_least,
        count=methods.Count.EXCESS if rule.excess else methods.Count.WHOLE,
        quantum=quantum,
        edge=methods.Edge.CLIP if rule.clip else methods.Edge.SPAN,
    )
    return objective(
        "99",
        method,
        measurement=Measurement(SECONDS.source, SECONDS.indicator, SLICE),
        window=Calendar(Unit.HOUR),
        no_data=NoData(frame.missing),
        exclusion_order=ExclusionOrder.AFTER if rule.after else ExclusionOrder.BEFORE,
    )


def slowly(frame: Frame, happened: Happened, rule: Spelled) -> Number:
    down = {t: share for at, (share,) in happened.each(STEP).items() for t in range(at, at + STEP, TICK)}
    return number_of(slow.time(frame, down, rule))


@given(shares, frames(), by_length)
def test_spells_of_any_share_without_quanta(happened: Happened, frame: Frame, rule: Spelled):
    standing = standing_of(promise_of(frame, rule), slices_of(happened), frame)

    if in_force(frame):
        assert number(standing) == slowly(frame, happened, rule)


@given(ups_and_downs, frames(), by_quantum)
def test_spells_with_quanta(happened: Happened, frame: Frame, rule: Spelled):
    standing = standing_of(promise_of(frame, rule), slices_of(happened), frame)

    if in_force(frame):
        assert number(standing) == slowly(frame, happened, rule)


@given(ups_and_downs, frames(), by_either, stretches(STEP, 4, 8))
def test_the_bounds_hold_whatever_the_unknown_time_was(
    happened: Happened, frame: Frame, rule: Spelled, worse: tuple[Stretch, ...]
):
    standing = standing_of(promise_of(frame, rule), slices_of(happened), frame)
    if not in_force(frame) or standing.bounds is None:
        return
    filled = Happened((Fraction(0),), (((Fraction(1),), worse), ((Fraction(0),), ())), ())
    known = happened.each(STEP)
    down = {at: known.get(at, thing)[0] for at, thing in filled.each(STEP).items()}
    ticks = {t: share for at, share in down.items() for t in range(at, at + STEP, TICK)}
    value = slow.time(frame, ticks, rule).attainment
    low, high = standing.bounds
    assert value is not None
    assert low <= value <= high


@given(shares, frames(), by_either)
def test_hours_add_up_to_their_day(happened: Happened, frame: Frame, rule: Spelled):
    """Under `edge: span` what is bad does not depend on where the windows are cut."""
    promise, begin = promise_of(frame, replace(rule, clip=False)), max(KNOWN[0], frame.term[0])
    frame = replace(frame, at=KNOWN[1], term=(begin, max(begin, min(KNOWN[1], frame.term[1]))))
    held = slices_of(happened)

    def bad(window: Calendar, start: int) -> Fraction:
        within = replace(frame, window=(start, start))
        return standing_of(replace(promise, window=window), held, within).bad or Fraction(0)

    hours = (bad(Calendar(Unit.HOUR), start) for start in range(*KNOWN, HOUR))
    assert sum(hours) == bad(Calendar(Unit.DAY), BEGIN)
