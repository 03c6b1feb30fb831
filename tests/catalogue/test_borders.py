"""What happens where borders meet: each of these was once counted otherwise than the slow reckoning has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance import judgements, methods, periods
from sla_monitor.compliance.methods import Condition, Edge, Intervals, Quantum, QuantumMode, Stat, Statistic, Time
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Indicator, Measurement, NoData, Value
from tests.catalogue import slow
from tests.catalogue.happenings import (
    BEGIN,
    HOUR,
    KNOWN,
    STEP,
    WINDOW,
    Happened,
    slices_of_counts,
    slices_of_samples,
    standing_of,
)
from tests.catalogue.slow import Frame, Stretch
from tests.compliance.specimens import EVENTS, SECONDS, agreement, measured, objective

ABOVE = Condition(Comparison.GT, Fraction(0))
FRAME = Frame(WINDOW, at=KNOWN[1], tick=20)


def minutes(first: int, last: int) -> Stretch:
    return BEGIN + first * 60, BEGIN + last * 60


def stand(method: methods.Method, indicator: Indicator, held: Slices, frame: Frame, seconds: int = STEP) -> Standing:
    promise = objective(
        "99",
        method,
        measurement=Measurement(SECONDS.source, indicator, seconds),
        window=Calendar(Unit.HOUR),
        no_data=NoData(frame.missing),
    )
    return standing_of(promise, held, frame)


def of_events(method: Intervals, bad: Stretch, frame: Frame) -> Standing:
    """One of ten events a minute fails in a stretch."""
    happened = Happened((0, 10), (((1, 10), (bad,)),), ())
    return stand(method, EVENTS.indicator, slices_of_counts(happened.each(STEP), STEP), frame)


def of_states(method: Time, frame: Frame, *down: Stretch, unknown: tuple[Stretch, ...] = ()) -> Standing:
    happened = Happened((0,), (((1,), down),), unknown)
    made = slices_of_samples({start: 1 - share for start, (share,) in happened.each(STEP).items()}, 300)
    held = replace(made, good=made.good * STEP, total=made.total * STEP)
    return stand(method, SECONDS.indicator, held, frame, 300)


FIVE = Intervals(every=300)
RUNS = Intervals(every=300, bad_when=ABOVE, at_least=300)


@pytest.mark.parametrize(
    ("method", "bad", "frame", "expected"),
    {
        "an interval that the term begins in is judged by its slices within, and weighs by its part": (
            # From 7 to 10 min: of three minutes of ten events one fails each in two; 3/5 of an interval.
            FIVE, minutes(5, 9), replace(FRAME, term=(BEGIN + 7 * 60, slow.EVER[1])),
            (Fraction(2, 30) * Fraction(3, 5), Fraction(53, 5)),
        ),
        "a slice that the term cuts is none of them": (
            # From 7 min 20 s: two whole minutes, one of them bad; 160 s of 300.
            FIVE, minutes(5, 9), replace(FRAME, term=(BEGIN + 440, slow.EVER[1])),
            (Fraction(1, 20) * Fraction(8, 15), Fraction(10) + Fraction(8, 15)),
        ),
        "what no whole slice is promised of leaves": (
            # From 9 min 20 s.
            FIVE, minutes(5, 10), replace(FRAME, term=(BEGIN + 560, slow.EVER[1])), (Fraction(0), Fraction(10)),
        ),
        "service hours cut as the term does": (
            # Closed until 7 min of the hour, and again from 58 min on.
            FIVE, minutes(5, 9), replace(FRAME, hours=(minutes(7, 58),)),
            (Fraction(2, 30) * Fraction(3, 5), Fraction(3, 5) + 9 + Fraction(3, 5)),
        ),
        "the last part of a window counts at its very end": (
            # 8 of 7 min, and 4 min.
            Intervals(every=420), minutes(56, 60), replace(FRAME, at=WINDOW[1]),
            (Fraction(1, 10) * Fraction(4, 7), Fraction(60, 7)),
        ),
        "a run that the term's begin clips in mid-interval is as long as what is left": (
            # Bad from 5 to 15 min, the term from 7: 480 s are left.
            replace(RUNS, edge=Edge.CLIP, at_least=480), minutes(5, 15),
            replace(FRAME, term=(BEGIN + 420, slow.EVER[1])), (Fraction(480), Fraction(53 * 60)),
        ),
        "and no longer": (
            replace(RUNS, edge=Edge.CLIP, at_least=481), minutes(5, 15),
            replace(FRAME, term=(BEGIN + 420, slow.EVER[1])), (Fraction(0), Fraction(53 * 60)),
        ),
        "a run over the edge spans it": (
            replace(RUNS, at_least=600), minutes(-5, 5), FRAME, (Fraction(300), Fraction(3600)),
        ),
    }.values(),
)  # fmt: skip
def test_intervals_at_borders(method: Intervals, bad: Stretch, frame: Frame, expected: tuple[Fraction, Fraction]):
    standing = of_events(method, bad, frame)

    assert (standing.bad, standing.total) == expected


def test_nothing_bad_is_assumed_of_the_time_before_the_term():
    """Two minutes down, and three unknown before them: five where they are of the term, else two."""
    states, least = {"down": minutes(0, 2), "unknown": minutes(-3, 0)}, Time(at_least=300)
    runs = Intervals(every=60, bad_when=ABOVE, at_least=300)
    happened = Happened((0, 10), (((1, 10), (states["down"],)),), (states["unknown"],))
    counts = slices_of_counts(happened.each(STEP), STEP)

    found = []
    for term in (slow.EVER, (BEGIN, slow.EVER[1])):
        frame = replace(FRAME, term=term, missing="bad")
        of_time = of_states(least, frame, states["down"], unknown=(states["unknown"],))
        found.append((of_time.bad, stand(runs, EVENTS.indicator, counts, frame).bad))
    assert found == [(120, 120), (0, 0)]


CEIL, FLOOR, TOUCHED = QuantumMode.CEIL, QuantumMode.FLOOR, QuantumMode.TOUCHED_CLOCK


@pytest.mark.parametrize(
    ("method", "down", "unknown", "missing", "expected"),
    {
        "clipped at the edge, a quantum's length counts for the minimum": (
            Time(at_least=300, quantum=Quantum(300, CEIL), edge=Edge.CLIP), minutes(56, 57), (), "unknown",
            (Fraction(240), Fraction(3600)),
        ),
        "a quantum makes unknown time bad, whatever it was": (
            Time(quantum=Quantum(300, TOUCHED)), minutes(6, 7), (minutes(7, 8),), "unknown",
            (Fraction(300), Fraction(3600)),
        ),
        "but not where it is agreed to leave": (
            Time(quantum=Quantum(300, TOUCHED)), minutes(6, 7), (minutes(7, 8),), "exclude",
            (Fraction(240), Fraction(3540)),
        ),
        "a quantum finer than the steps": (
            Time(quantum=Quantum(40, FLOOR)), minutes(6, 7), (minutes(7, 8),), "unknown",
            (Fraction(40), Fraction(3540)),
        ),
    }.values(),
)  # fmt: skip
def test_quanta_at_borders(
    method: Time, down: Stretch, unknown: tuple[Stretch, ...], missing: str, expected: tuple[Fraction, Fraction]
):
    standing = of_states(method, replace(FRAME, missing=missing), down, unknown=unknown)

    assert (standing.bad, standing.total) == expected


def test_the_bounds_of_a_quantum_finer_than_the_steps():
    """A spell of 60 s is one of 40 s, and of 120 s where the next minute was down."""
    standing = of_states(Time(quantum=Quantum(40)), FRAME, minutes(6, 7), unknown=(minutes(7, 8),))

    assert standing.bounds is not None
    low, high = standing.bounds
    assert low <= 1 - Fraction(120, HOUR) < 1 - Fraction(40, HOUR) <= high


@pytest.mark.parametrize("effect", ["dropped", "favoured"])
def test_no_sample_of_excluded_time_counts(effect: str):
    """40 of the hour's samples are 1, and 20 excluded ones 4."""
    happened = Happened((1,), (((4,), (minutes(20, 40),)),), ())
    samples = {start: value for start, (value,) in happened.each(STEP).items()}
    frame = replace(FRAME, **{effect: (minutes(20, 40),)})

    assert stand(Stat(Statistic.MEAN), Value("latency"), slices_of_samples(samples, STEP), frame).value == 1


ALL_FAIL = Condition(Comparison.GE, Fraction(1))


@pytest.mark.parametrize(
    ("zone", "day", "clock", "anchor", "expected"),
    {
        "hours of Kathmandu begin at a quarter past": ("Asia/Kathmandu", "2026-04-02", 10, "window", (1, 24)),
        "counted from the epoch, two of them fail in part": ("Asia/Kathmandu", "2026-04-02", 10, "epoch", (0, 24)),
        "hours of Adelaide begin at half past": ("Australia/Adelaide", "2026-04-02", 10, "window", (1, 24)),
        "Lord Howe's last half hour of 24.5": (
            "Australia/Lord_Howe", "2026-04-05", 23, "window", (Fraction(3, 2), Fraction(49, 2)),
        ),
        "Berlin's day of 23": ("Europe/Berlin", "2026-03-29", 10, "window", (1, 23)),
        "Berlin's day of 25": ("Europe/Berlin", "2026-10-25", 10, "window", (1, 25)),
    }.values(),
)  # fmt: skip
def test_hours_of_the_day_where_the_clock_is_odd(
    zone: str, day: str, clock: int, anchor: str, expected: tuple[Fraction, Fraction]
):
    """Every request fails while the clock shows an hour; on Lord Howe in the last hour and a half of the day."""
    place = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=place)
    window = periods.window_at(Calendar(Unit.DAY), place, int(noon.timestamp()))
    starts = range(window.span.start - 86400, window.span.end + 86400, 900)
    last = window.span.end - 5400 if clock == 23 else window.span.end
    bad = {at for at in starts if datetime.fromtimestamp(at, place).hour == clock or last <= at < window.span.end}
    held = measured(((start, 0 if start in bad else 10, 10, 900) for start in starts), 900)

    promise = objective(
        "99",
        Intervals(every=HOUR, bad_when=ALL_FAIL, anchor=methods.Anchor(anchor)),
        measurement=Measurement(EVENTS.source, EVENTS.indicator, 900),
        window=Calendar(Unit.DAY),
    )
    at = window.span.end + (86400 if anchor == "epoch" else 0)  # an hour over the edge has not ended at it
    standing = judgements.judge(agreement(promise, zone=place), promise, window, at, {promise.measurement.key: held})
    assert (standing.bad, standing.total) == tuple(HOUR * one for one in expected)
