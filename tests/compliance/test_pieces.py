"""What is kept of slices: what is read for it, when it is read again, and what room it takes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from sla_monitor.compliance.additions import Adding
from sla_monitor.compliance.digests import DAY, HOUR, MOST_TRACKS, Digest
from sla_monitor.compliance.figures import Sampling
from sla_monitor.compliance.intervals import Judging
from sla_monitor.compliance.methods import Anchor, Condition, Intervals, Stat, Statistic
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Grid, Span, Spans
from sla_monitor.compliance.spells import Stepping
from tests.compliance.specimens import measured
from tests.compliance.test_digests import BEGIN, END, SLICE, digest_of, kept_in


def counted(held: Slices) -> tuple[Any, list[Span]]:
    """A reader that notes what it read."""
    read: list[Span] = []

    def reading(span: Span) -> Slices:
        read.append(span)
        return held.between(span.start, span.end)

    return reading, read


def minutes(start: int, end: int) -> Slices:
    held = measured((at, 59, 60, 60) for at in range(start, end, SLICE))
    return replace(held, states=held.good[:, None])


ALL_OF_IT = Spans.of([Span(0, END)])
TRACED = [Stepping(), Judging(Intervals(300), Grid(300), ALL_OF_IT, values=False)]
NOON = BEGIN + 2 * DAY + 12 * HOUR


@pytest.mark.parametrize("recipe", TRACED, ids=["steps", "intervals"])
def test_what_is_settled_is_read_once(recipe: Any) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept = kept_in()
    for start, end, expected in (
        (BEGIN, NOON, [Span(BEGIN, NOON)]),
        (BEGIN, NOON + 1800, [Span(NOON, NOON + 1800)]),
        (BEGIN + 7 * SLICE, NOON + 1860, [Span(NOON, NOON + 1860)]),
        (BEGIN + DAY, NOON + HOUR, [Span(NOON, NOON + HOUR)]),
        (BEGIN + DAY, NOON + DAY, [Span(NOON + HOUR, NOON + DAY)]),
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
        assert read == again


def test_where_another_time_is_promised_that_is_read_again() -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, pause = kept_in(), Span(BEGIN + DAY, BEGIN + DAY + 450)
    for promised in (ALL_OF_IT, ALL_OF_IT.minus(Spans((pause,))), ALL_OF_IT):
        read.clear()
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(replace(TRACED[1], promised=promised))
    assert read == [Span(pause.start, pause.start + 600)]


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
        (NOON, [Span(BEGIN, NOON)]),
        (NOON + 1800, [Span(NOON, NOON + 1800)]),
        (NOON + HOUR, [Span(NOON, NOON + HOUR)]),
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
        assert read == again
    assert [one.good.base for one in kept.slices.values()] == [None], "it holds no more than the hour"
    kept.drop(Span(BEGIN, BEGIN + 60))
    for seconds, again in ((330, [Span(BEGIN, BEGIN + HOUR)]), (390, [Span(BEGIN, BEGIN + HOUR)]), (450, [])):
        read.clear()
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).pieced(moved(recipe, seconds))
        assert read == again


@pytest.mark.parametrize("recipe", PIECED, ids=["samples", "sums"])
def test_a_day_that_has_passed_is_made_of_its_hours(recipe: Any) -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, night = kept_in(), BEGIN + 2 * DAY
    for hour in range(1, 24):
        Digest(SLICE, Span(BEGIN, night - DAY + hour * HOUR), reading, kept).pieced(recipe)
    read.clear()
    Digest(SLICE, Span(BEGIN, night), reading, kept).pieced(recipe)
    assert read == [Span(night - HOUR, night)]
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
        assert read == again


def test_a_day_of_its_own_is_told_by_what_is_kept() -> None:
    """As a credit by days asks of each."""
    reading, read = counted(minutes(BEGIN, END))
    kept, span, day = kept_in(), Span(BEGIN, NOON), Span(BEGIN + DAY, BEGIN + 2 * DAY)
    Digest(SLICE, span, reading, kept).pieced(Sampling(Stat(Statistic.MEAN), Spans((span,))))
    read.clear()
    for _ in range(2):
        told = Digest(SLICE, span, reading, kept).pieced(Sampling(Stat(Statistic.MEAN), Spans((day,))))
        Digest(SLICE, span, reading, kept).pieced(Sampling(Stat(Statistic.MEAN), Spans((span,))))
    assert (told.count, read) == (1440, [])


def test_what_nobody_asks_for_is_forgotten() -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept, span = kept_in(), Span(BEGIN, BEGIN + 4 * DAY)
    Digest(SLICE, span, reading, kept).pieced(PIECED[0])
    kept.forget(BEGIN + 2 * DAY, BEGIN + 3 * DAY)
    read.clear()
    Digest(SLICE, span, reading, kept).pieced(PIECED[0])
    assert read == [Span(BEGIN, BEGIN + 2 * DAY), Span(BEGIN + 3 * DAY, BEGIN + 4 * DAY)]


def test_what_does_not_fit_is_read_again() -> None:
    reading, read = counted(minutes(BEGIN, END))
    kept = kept_in(2000)
    Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(TRACED[0])
    assert kept.room.left < 2000
    Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(TRACED[1])
    read.clear()
    for recipe in TRACED:
        Digest(SLICE, Span(BEGIN, NOON), reading, kept).traced(recipe)
    assert read == [Span(BEGIN, NOON)]
    read.clear()
    for _ in range(2):
        Digest(SLICE, Span(BEGIN, NOON), reading, kept_in(0)).pieced(PIECED[0])
    assert read == [Span(BEGIN, NOON)] * 2


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
