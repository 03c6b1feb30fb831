"""What is kept by the piece of time, put together, is what the slices would be all at once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements, periods, standings
from sla_monitor.compliance.additions import Adding
from sla_monitor.compliance.digests import DAY, HOUR, MOST_TRACKS, Digest, Kept, Room
from sla_monitor.compliance.figures import Sampling
from sla_monitor.compliance.intervals import Judging
from sla_monitor.compliance.methods import (
    Anchor,
    Condition,
    Edge,
    Events,
    Intervals,
    Spells,
    SpellStatistic,
    Stat,
    Statistic,
    Time,
    Weight,
)
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, WindowSpec
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import PerBlock, PerSubwindow, Remedy
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Grid, Span, Spans
from sla_monitor.compliance.spells import Stepping
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, ExclusionOrder, NoData, Objective
from tests.compliance.days import VALUES, applied
from tests.compliance.specimens import EVENTS, SECONDS, agreement, measured, objective
from tests.compliance.test_counting_properties import graded, judged, times

SLICE, STEPS = 60, 4
PLENTY = 1 << 30
MEASUREMENTS = {Intervals: EVENTS, Events: EVENTS, Stat: VALUES}
TENTH, UNITS = Fraction(1, 10), (Unit.HOUR, Unit.DAY)
statistics = st.builds(
    Stat, st.sampled_from(Statistic), st.sampled_from([Weight.SAMPLE, Weight.SLICE]), st.just(Fraction(95))
)
BEGIN, DAYS = 1000 * DAY, 6
END = BEGIN + DAYS * DAY
spelled = st.builds(
    Spells, st.sampled_from(SpellStatistic), at_least=st.sampled_from([0, 300]), edge=st.sampled_from(Edge)
)
specs: st.SearchStrategy[WindowSpec] = st.sampled_from(
    [Calendar(Unit.DAY), Calendar(Unit.HOUR), Rolling(2 * DAY, "2d"), Rolling(5 * HOUR + 420, "5h7m")]
)
spans = st.builds(lambda start, length: Span(start, start + length), st.integers(BEGIN, END), st.integers(1, 9 * HOUR))


def runs(draw: st.DrawFn, count: int, values: list[float]) -> np.ndarray:
    """So many in runs; most of them long."""
    run = st.tuples(st.sampled_from(values), st.sampled_from([1, 2, 9, 60, 900]))
    kinds = draw(st.lists(run, min_size=1, max_size=40))
    once = np.repeat([value for value, _ in kinds], [length for _, length in kinds])
    return np.resize(once, count)


@st.composite
def states(draw: st.DrawFn) -> Slices:
    table = runs(draw, DAYS * DAY // SLICE * STEPS, [1.0, 1.0, 0.0, 1 / 3, float("nan")]).reshape(-1, STEPS)
    known = (~np.isnan(table)).sum(axis=1) * (SLICE // STEPS)
    good = np.nan_to_num(table).sum(axis=1) * (SLICE // STEPS)
    starts = np.arange(BEGIN, END, SLICE)
    return Slices(SLICE, starts, good, known.astype(float), known, table)


@st.composite
def samples(draw: st.DrawFn) -> Slices:
    """Of a gauge: of some slices every second sample was taken, of others none."""
    table = runs(draw, DAYS * DAY // SLICE * STEPS, [3.5, 7.25, 1 / 3, 40.0, float("nan")]).reshape(-1, STEPS)
    count = (~np.isnan(table)).sum(axis=1)
    starts = np.arange(BEGIN, END, SLICE)
    return Slices(SLICE, starts, np.nansum(table, axis=1), count.astype(float), np.where(count, SLICE, 0), table)


@st.composite
def traffic(draw: st.DrawFn) -> Slices:
    """Of some of it nothing is there; some says nothing, or nothing is known of it."""
    count = DAYS * DAY // SLICE
    bad, total = runs(draw, count, [0, 0, 0, 1, 2, 7, -1]), runs(draw, count, [20, 31, 0, -1])
    rows = zip(range(BEGIN, END, SLICE), bad.tolist(), total.tolist(), strict=True)
    return measured(
        (at, 0, 0, 0) if all_ < 0 else (at, max(0, all_ - lost), all_, SLICE) for at, lost, all_ in rows if lost >= 0
    )


@st.composite
def terms(draw: st.DrawFn, method: Any) -> tuple[Agreement, Objective]:
    credits_ = [None, *(Remedy(PerSubwindow(unit, Comparison.GE, Fraction(9, 10), TENTH)) for unit in UNITS)]
    credits_ += [] if isinstance(method, Events | Stat) else [Remedy(PerBlock(Fraction(1800), TENTH))]
    promise = replace(
        objective("90", method),
        measurement=MEASUREMENTS.get(type(method), SECONDS),
        window=draw(specs),
        no_data=draw(st.sampled_from(NoData)),
        exclusion_order=draw(st.sampled_from(ExclusionOrder)),
        remedy=draw(st.sampled_from(credits_)),
        comparison=Comparison.LE if isinstance(method, Stat | Spells) else Comparison.GE,
    )
    return agreement(promise, term=draw(st.just(Span(0, 2**40)) | spans)), promise


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    excluded = draw(st.lists(spans, max_size=2))
    hours = draw(st.none() | st.lists(spans, min_size=1, max_size=3))
    made = applied(*excluded) if excluded else ALWAYS
    return made if hours is None else replace(made, hours=Spans.of([Span(0, BEGIN), *hours]))


def asked(made: Agreement, promise: Objective, at: int, held: Any, schedule: Schedule) -> Standing:
    window = periods.window_of(promise.window, made.zone, at)
    found = judgements.judge(made, promise, window, at, {promise.measurement.key: held}, schedule=schedule)
    return replace(found, incidents=None)


def reach_of(made: Agreement, promise: Objective, at: int) -> Span:
    window = periods.window_of(promise.window, made.zone, at)
    return standings.reach(window, at, promise)


def digest_of(held: Slices, span: Span, kept: Kept) -> Digest:
    return Digest(SLICE, span, lambda part: held.between(max(part.start, span.start), part.end), kept)


def rewritten(held: Slices, other: Slices, span: Span) -> Slices:
    """The other's, in the span."""
    parts = [held.between(0, span.start), other.between(span.start, span.end), held.between(span.end, 2**50)]
    columns = [np.concatenate([getattr(one, name) for one in parts]) for name in ("starts", "good", "total", "known")]
    shares = [one.states for one in parts if one.states is not None]
    return Slices(SLICE, *columns, np.concatenate(shares) if shares else None)


@pytest.mark.no_cover  # tracing doubles what it takes, and reaches no line that the examples do not
@given(st.data(), st.one_of(judged, graded, times, spelled, statistics, st.just(Events())), schedules())
def test_a_life_of_boards(data: st.DataObject, method: Any, schedule: Schedule) -> None:
    kind = traffic() if isinstance(method, Intervals | Events) else samples() if isinstance(method, Stat) else states()
    held, other = data.draw(kind), data.draw(kind)
    made, promise = data.draw(terms(method))
    room = Room(data.draw(st.sampled_from([PLENTY, 5000])))
    kept, at = Kept(room), BEGIN + 3 * DAY + data.draw(st.integers(0, DAY // SLICE)) * SLICE
    for _ in range(data.draw(st.integers(1, 6))):
        there = held.between(0, at)
        reach = reach_of(made, promise, at)
        kept.forget(reach.start, at)
        told = asked(made, promise, at, digest_of(there, reach, kept), schedule)
        assert told == asked(made, promise, at, there.between(reach.start, reach.end), schedule)
        change = data.draw(st.sampled_from(["goes on", "jumps", "corrected", "excluded", "set back"]))
        if change == "corrected":
            span = data.draw(spans)
            held = rewritten(held, other, span)
            kept.drop(span)
        elif change == "excluded":
            schedule = data.draw(schedules())
        if change == "set back":
            at -= data.draw(st.integers(1, 300)) * SLICE
        at = min(END, at + data.draw(st.sampled_from([SLICE, 7 * SLICE])) * (60 if change == "jumps" else 1))
    kept.leave()
    assert room.left == room.most


OUTAGES = Condition(Comparison.GT, Fraction(1, 100))
EACH = [
    Intervals(300),
    Intervals(300, OUTAGES, at_least=600, edge=Edge.CLIP),
    Intervals(3600, OUTAGES),
    Time(at_least=120),
    Spells(SpellStatistic.COUNT),
    Stat(Statistic.MEAN),
    Stat(Statistic.PERCENTILE, Weight.SLICE, Fraction(95)),
    Stat(Statistic.MAX),
    Events(),
]


def some(method: Any, wrong: range = range(0)) -> Slices:
    """With an outage each day, and one that is not there unless it is told wrong."""
    starts = np.arange(BEGIN, END, SLICE)
    number = np.arange(len(starts))
    down = (number % 1440 < 17) | np.isin(number, wrong)
    share = np.repeat(np.where(down, 0.25, 1.0)[:, None], STEPS, axis=1)
    share[number % 997 == 5] = np.nan
    known = np.where(np.isnan(share[:, 0]), 0, SLICE)
    if isinstance(method, Intervals | Events):
        return Slices(SLICE, starts, np.where(known, 20.0 - down, 0.0), np.where(known, 20.0, 0.0), known)
    good = np.nan_to_num(share).sum(axis=1) * (1 if isinstance(method, Stat) else SLICE // STEPS)
    total = known / SLICE * STEPS if isinstance(method, Stat) else known.astype(float)
    return Slices(SLICE, starts, good, total, known, share)


@pytest.mark.parametrize("spec", [Rolling(2 * DAY, "2d"), Calendar(Unit.DAY)], ids=["rolling", "daily"])
@pytest.mark.parametrize("method", EACH, ids=lambda one: f"{one.name}-{getattr(one, 'at_least', '')}")
def test_boards_from_hour_to_hour(method: Any, spec: WindowSpec) -> None:
    """Over a night, with a slice that is corrected, and every hour over which an end of something moves."""
    promise = replace(
        objective("90", method),
        measurement=MEASUREMENTS.get(type(method), SECONDS),
        window=spec,
        remedy=Remedy(PerSubwindow(Unit.DAY, Comparison.GE, Fraction(9, 10), TENTH)),
        comparison=Comparison.LE if isinstance(method, Stat | Spells) else Comparison.GE,
    )
    made, kept, held = agreement(promise, term=Span(BEGIN + 7 * SLICE, END)), kept_in(), some(method)
    for at in range(BEGIN + 3 * DAY + 22 * HOUR, END, 50 * SLICE):
        if BEGIN + 4 * DAY <= at < BEGIN + 4 * DAY + 50 * SLICE:
            held = some(method, range(3 * 1440 + 100, 3 * 1440 + 140))
            kept.drop(Span(BEGIN + 3 * DAY + 6000, BEGIN + 3 * DAY + 8400))
        reach = reach_of(made, promise, at)
        kept.forget(reach.start, at)
        told = asked(made, promise, at, digest_of(held.between(0, at), reach, kept), ALWAYS)
        assert told == asked(made, promise, at, held.between(reach.start, at), ALWAYS)
    kept.leave()
    assert kept.room.left == kept.room.most


def counted(held: Slices) -> tuple[Any, list[Span]]:
    """A reader that notes what it read."""
    read: list[Span] = []

    def reading(span: Span) -> Slices:
        read.append(span)
        return held.between(span.start, span.end)

    return reading, read


def minutes(start: int, end: int) -> Slices:
    return measured((at, 59, 60, 60) for at in range(start, end, SLICE))


ALL_OF_IT = Spans.of([Span(0, END)])
TRACED = [Stepping(), Judging(Intervals(300), Grid(300), ALL_OF_IT, values=False)]
NOON = BEGIN + 2 * DAY + 12 * HOUR


def kept_in(most: int = 1 << 30) -> Kept:
    return Kept(Room(most))


@pytest.mark.parametrize("recipe", TRACED, ids=["steps", "intervals"])
def test_what_is_settled_is_read_once(recipe: Any) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept = kept_in()
    for start, end, expected in (
        (BEGIN, NOON, [Span(BEGIN, NOON), Span(NOON, NOON)]),
        (BEGIN, NOON + 1800, [Span(NOON, NOON + 1800)]),
        (BEGIN + 7 * SLICE, NOON + 1860, [Span(NOON, NOON + 1860)]),
        (BEGIN + DAY, NOON + HOUR, [Span(NOON, NOON + HOUR), Span(NOON + HOUR, NOON + HOUR)]),
        (BEGIN + DAY, NOON + DAY, [Span(NOON + HOUR, NOON + DAY), Span(NOON + DAY, NOON + DAY)]),
    ):
        read.clear()
        Digest(SLICE, Span(start, end), reading, kept).traced(recipe)
        assert read == expected
    (track,) = kept.tracks.values()
    assert track.span == Span(BEGIN + DAY, NOON + DAY)


@pytest.mark.parametrize("recipe", TRACED, ids=["steps", "intervals"])
@pytest.mark.parametrize("span", [Span(BEGIN, NOON), Span(BEGIN + DAY, NOON - HOUR)], ids=["earlier", "set back"])
def test_of_another_time_than_is_kept_all_is_read(recipe: Any, span: Span) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept = kept_in()
    Digest(SLICE, Span(BEGIN + DAY, NOON), reading, kept).traced(recipe)
    read.clear()
    Digest(SLICE, span, reading, kept).traced(recipe)
    assert read[0] == span


@pytest.mark.parametrize(("recipe", "grid"), [(TRACED[0], 60), (TRACED[1], 300)], ids=["steps", "intervals"])
def test_of_what_was_written_its_cells_are_read_again(recipe: Any, grid: int) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, day = kept_in(), BEGIN + DAY
    for written, again in (
        ([Span(day + 600, day + 660)], [Span(day + 600, day + 600 + grid)]),
        ([Span(NOON - 60, NOON)], [Span(NOON - grid, NOON)]),
        ([Span(day, day + 60), Span(BEGIN, BEGIN + 60)], [Span(BEGIN, BEGIN + grid), Span(day, day + grid)]),
        ([Span(NOON, NOON + 60)], []),
    ):
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(recipe)
        for span in written:
            kept.drop(span)
        read.clear()
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(recipe)
        assert read[:-1] == again


def test_where_another_time_is_promised_that_is_read_again() -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, pause = kept_in(), Span(BEGIN + DAY, BEGIN + DAY + 450)
    for promised in (ALL_OF_IT, ALL_OF_IT.minus(Spans((pause,))), ALL_OF_IT):
        read.clear()
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(replace(TRACED[1], promised=promised))
    assert read[:-1] == [Span(pause.start, pause.start + 600)]


PIECED = [
    Sampling(Stat(Statistic.MEAN), Spans((Span(BEGIN + 90, END),))),
    Adding([BEGIN + 90], SLICE, since=BEGIN + 90, lately=0),
]


@pytest.mark.parametrize("recipe", PIECED, ids=["samples", "sums"])
def test_a_piece_is_read_once(recipe: Any) -> None:
    """But for the hour over which the start of a window moves, which is kept as it is."""
    reading, read = counted(minutes(BEGIN, END))
    kept, day = kept_in(), BEGIN + DAY
    for end, expected in (
        (NOON, [Span(BEGIN, NOON), Span(NOON, NOON)]),
        (NOON + 1800, [Span(NOON, NOON + 1800)]),
        (NOON + HOUR, [Span(NOON, NOON + HOUR), Span(NOON + HOUR, NOON + HOUR)]),
    ):
        read.clear()
        Digest(SLICE, Span(BEGIN, end), reading, kept).pieced(recipe)
        assert read == expected
    assert {piece.seconds for piece in kept.pieces[recipe.name] if piece.start < day} == {HOUR}
    assert {piece.seconds for piece in kept.pieces[recipe.name] if day <= piece.start < day + DAY} == {DAY}


def moved(recipe: Any, seconds: int) -> Any:
    if isinstance(recipe, Sampling):
        return replace(recipe, population=Spans((Span(BEGIN + seconds, END),)))
    return replace(recipe, cuts=[BEGIN + seconds], since=BEGIN + seconds)


@pytest.mark.parametrize("recipe", PIECED, ids=["samples", "sums"])
def test_the_hour_over_which_a_start_moves_is_kept_as_it_is(recipe: Any) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept = kept_in()
    for seconds, again in ((90, [Span(BEGIN, NOON)]), (150, [Span(BEGIN, BEGIN + HOUR)]), (210, []), (270, [])):
        read.clear()
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).pieced(moved(recipe, seconds))
        assert read[:-1] == again
    kept.drop(Span(BEGIN, BEGIN + 60))
    read.clear()
    Digest(SLICE, Span(BEGIN, NOON), reading, kept).pieced(moved(recipe, 330))
    assert read[:-1] == [Span(BEGIN, BEGIN + HOUR)]


@pytest.mark.parametrize("recipe", PIECED, ids=["samples", "sums"])
def test_a_day_that_has_passed_is_made_of_its_hours(recipe: Any) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, night = kept_in(), BEGIN + 2 * DAY
    for hour in range(1, 24):
        Digest(SLICE, Span(BEGIN, night - DAY + hour * HOUR), reading, kept).pieced(recipe)
    read.clear()
    Digest(SLICE, Span(BEGIN, night), reading, kept).pieced(recipe)
    assert read == [Span(night - HOUR, night), Span(night, night)]
    assert [piece for piece in kept.pieces[recipe.name] if piece.start >= night - DAY] == [Span(night - DAY, night)]


@pytest.mark.parametrize("recipe", PIECED, ids=["samples", "sums"])
def test_of_what_was_written_its_piece_is_read_again(recipe: Any) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, day = kept_in(), BEGIN + DAY
    for written, again in (
        (Span(day, day + 60), [Span(day, day + DAY)]),
        (Span(NOON - 60, NOON), [Span(NOON - HOUR, NOON)]),
        (Span(NOON, NOON + 60), []),
    ):
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).pieced(recipe)
        kept.drop(written)
        read.clear()
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).pieced(recipe)
        assert read[:-1] == again


def test_what_nobody_asks_for_is_forgotten() -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, span = kept_in(), Span(BEGIN, BEGIN + 4 * DAY)
    Digest(SLICE, span, reading, kept).pieced(PIECED[0])
    kept.forget(BEGIN + 2 * DAY, BEGIN + 3 * DAY)
    read.clear()
    Digest(SLICE, span, reading, kept).pieced(PIECED[0])
    assert read[:-1] == [Span(BEGIN, BEGIN + 2 * DAY), Span(BEGIN + 3 * DAY, BEGIN + 4 * DAY)]


def test_what_does_not_fit_is_read_again() -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept = kept_in(2000)
    Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(TRACED[0])
    assert kept.room.left < 2000
    Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(TRACED[1])
    read.clear()
    for recipe in TRACED:
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(recipe)
    assert read == [Span(NOON, NOON), Span(BEGIN, NOON), Span(NOON, NOON)]
    read.clear()
    for _ in range(2):
        Digest(SLICE, Span(BEGIN, NOON), reading, kept_in(0)).pieced(PIECED[0])
    assert read == [Span(BEGIN, NOON), Span(NOON, NOON)] * 2


def test_of_a_time_without_a_whole_interval_there_is_none() -> None:
    made = digest_of(minutes(BEGIN, NOON), Span(BEGIN, NOON), kept_in()).traced(TRACED[1])
    none = made.between(BEGIN + 300, BEGIN)
    assert (none.edges.tolist(), len(none.known)) == ([BEGIN + 300], 0)


def test_old_terms_are_forgotten() -> None:
    kept = kept_in()
    for minutes_ in range(1, 30):
        recipe = Judging(Intervals(60 * minutes_), Grid(60 * minutes_), ALL_OF_IT, values=False)
        digest_of(minutes(BEGIN, NOON), Span(BEGIN, NOON), kept).traced(recipe)
    assert len(kept.tracks) == MOST_TRACKS


def test_quiet_days_take_the_room_of_one_row() -> None:
    quiet = measured((at, 60, 60, 60) for at in range(BEGIN, END, SLICE))
    made = digest_of(quiet, Span(BEGIN, END), kept_in()).traced(TRACED[1])
    assert len(made.known) == 1


def test_of_too_many_grids_nothing_is_kept() -> None:
    def keeps(every: int, *tiles: Span) -> bool:
        method = Intervals(every, Condition(Comparison.GT, Fraction(0)), anchor=Anchor.WINDOW)
        return Judging.by(method, Grid(every, tiles), Spans.of([Span(0, END)]), values=False).keeps(SLICE)

    begins = Span(BEGIN + 60, END)
    assert keeps(3600)
    assert keeps(600, begins)
    assert not keeps(660, begins)
    assert not keeps(600, Span(30, END))
    assert not keeps(420, Span(0, 120), Span(120, END))
    assert not keeps(90)


def test_time_needs_no_spells() -> None:
    """Credits by the block are of outages, also under a method that only adds up."""
    remedy = Remedy(PerBlock(Fraction(60), Fraction(1, 10)))
    promise = replace(objective("90", Time()), remedy=remedy, window=Calendar(Unit.DAY))
    made, at = agreement(promise), BEGIN + DAY
    share = np.ones((DAY // SLICE, STEPS))
    share[100:103] = 0
    up = share.sum(axis=1) * (SLICE // STEPS)
    held = Slices(SLICE, np.arange(BEGIN, at, SLICE), up, np.full(len(up), 60.0), np.full(len(up), 60), share)
    reach = reach_of(made, promise, at - 60)
    told = asked(made, promise, at - 60, digest_of(held, reach, kept_in()), ALWAYS)
    assert told.grounds.outages == (Span(BEGIN + 6000, BEGIN + 6180),)
    assert told == asked(made, promise, at - 60, held.between(reach.start, reach.end), ALWAYS)
