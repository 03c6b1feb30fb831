"""Who is there: customers come, go and come back, and nobody is gone because nobody could look."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.rolls import GONE_AFTER, STEP, Call, Presence, Roll, followed
from sla_monitor.compliance.spans import NOWHEN, Span, Spans

T = 1_780_272_000
HOUR, DAY = 3600, 86_400
Piece = tuple[int, int]


def spans(*pieces: Piece) -> Spans:
    return Spans.of(Span(T + start, T + end) for start, end in pieces)


def call(start: int, end: int, there: tuple[Piece, ...] = (), told: tuple[Piece, ...] | None = None) -> Call:
    seen = spans((start, end)) if told is None else spans(*told)
    return Call(Span(T + start, T + end), seen, {"acme": spans(*there)} if there else {})


def after(*calls: Call) -> list[tuple[int | None, int | None]]:
    """Since when and until when acme is there, each time, in seconds from T."""
    roll = Roll()
    for one in calls:
        roll = followed(roll, one)
    return [(one.since and one.since - T, one.end and one.end - T) for one in roll.times.get("acme", ())]


LONG = 3 * DAY
CASES = {
    "there at the first look": ([call(0, HOUR, ((0, HOUR),))], [(None, None)]),
    "appears in the course of the first look": ([call(0, HOUR, ((600, HOUR),))], [(600, None)]),
    "appears later": ([call(0, 60), call(60, HOUR, ((600, HOUR),))], [(600, None)]),
    "is not seen for less than a day": ([call(0, LONG, ((0, 60), (DAY, LONG)))], [(None, None)]),
    "is gone for a day": ([call(0, LONG, ((0, 600),))], [(None, 600)]),
    "is gone for just not a day": ([call(0, DAY + 540, ((0, 600),))], [(None, None)]),
    "comes back after a day, and begins anew": (
        [call(0, LONG, ((0, 600), (DAY + 600, LONG)))], [(None, 600), (DAY + 600, None)],
    ),
    "comes back between two looks": (
        [call(0, DAY, ((0, 600),)), call(DAY, LONG, ((DAY + 540, LONG),))], [(None, None)],
    ),
    "comes back long after it has gone": (
        [call(0, LONG, ((0, 600),)), call(LONG, LONG + DAY, ((LONG + 60, LONG + DAY),))],
        [(None, 600), (LONG + 60, None)],
    ),
    "is away over several looks, each too short for an end": (
        [call(0, 600, ((0, 600),)), *(call(n * 6 * HOUR + 600, (n + 1) * 6 * HOUR + 600) for n in range(4))],
        [(None, 600)],
    ),
    "was back for a whole look between two times away": (
        [
            call(0, 600, ((0, 600),)), call(600, 12 * HOUR), call(12 * HOUR, 13 * HOUR, ((12 * HOUR, 13 * HOUR),)),
            call(13 * HOUR, 30 * HOUR),
        ],
        [(None, None)],
    ),
    "the source cannot tell for days": (
        [call(0, LONG, ((0, 600), (LONG - 60, LONG)), ((0, 600), (LONG - 60, LONG)))], [(None, None)],
    ),
    "the source cannot tell to the end": ([call(0, LONG, ((0, 600),), ((0, 600),))], [(None, None)]),
    "of the time away only what the source could tell counts": (
        [call(0, LONG, ((0, 600),), ((0, 600 + 12 * HOUR), (2 * DAY, 2 * DAY + 11 * HOUR)))], [(None, None)],
    ),
    "and ends it when it is a day in all": (
        [call(0, LONG, ((0, 600),), ((0, 600 + 12 * HOUR), (2 * DAY, 2 * DAY + 12 * HOUR)))], [(None, 600)],
    ),
    "the source can tell only of the end of the first look": (
        [call(0, HOUR, ((600, HOUR),), ((600, HOUR),))], [(None, None)],
    ),
    "nobody could look at first": (
        [call(0, 60, told=()), call(60, 120, ((60, 120),))], [(None, None)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", CASES)
def test_a_customer(sentence: str) -> None:
    calls, expected = CASES[sentence]
    assert after(*calls) == expected


def test_how_many_are_there() -> None:
    roll = Roll(T, {"a": (Presence(None),), "b": (Presence(None, T, DAY), Presence(T)), "c": (Presence(T, T, DAY),)})
    assert roll.present == 2


def test_a_look_at_nothing_by_nobody_is_no_look() -> None:
    assert followed(Roll(), Call(Span(T, T + 60), NOWHEN, {})) == Roll()


MINUTES = 60
WHEN = st.lists(st.booleans(), min_size=MINUTES, max_size=MINUTES)
SCALE = GONE_AFTER // STEP // 10
"""Ten of these minutes are a day."""


def _of(flags: list[bool]) -> Spans:
    unit = STEP * SCALE
    return Spans.of(Span(T + n * unit, T + (n + 1) * unit) for n, flag in enumerate(flags) if flag)


@given(WHEN, WHEN, st.lists(st.integers(1, MINUTES - 1), max_size=6))
def test_looks_cut_anywhere_come_to_the_same(there: list[bool], told: list[bool], cuts: list[int]) -> None:
    """In however many looks: who was there when does not hang on when we looked."""
    told = [True, *told[1:]]
    seen, known = _of([a and b for a, b in zip(there, told, strict=True)]), _of(told)
    at_once, in_pieces = Roll(), Roll()
    at_once = followed(at_once, _call(0, MINUTES, seen, known))
    for start, end in pairwise([0, *sorted(set(cuts)), MINUTES]):
        in_pieces = followed(in_pieces, _call(start, end, seen, known))
    assert in_pieces == at_once


def _call(start: int, end: int, seen: Spans, known: Spans) -> Call:
    span = Span(T + start * STEP * SCALE, T + end * STEP * SCALE)
    part = seen.within(span)
    return Call(span, known.within(span), {"acme": part} if part else {})


@pytest.mark.parametrize(
    ("there", "same"),
    [
        ({"acme": ((0, 60),), "carl": ((0, 60),)}, True),
        ({"acme": ((0, 60),)}, False),
        ({"acme": ((0, 60),), "carl": ((0, 60),), "dora": ((0, 60),)}, False),
    ],
)
def test_where_everybody_is_as_before_so_is_the_roll(there: dict[str, tuple[Piece, ...]], *, same: bool) -> None:
    roll = Roll(T, {"acme": (Presence(None),), "carl": (Presence(T - HOUR),)})
    next_ = followed(roll, Call(Span(T, T + 60), spans((0, 60)), {name: spans(*one) for name, one in there.items()}))
    assert (next_.looked, next_.times is roll.times) == (T + 60, same)
    assert next_.times["acme"] is roll.times["acme"]
