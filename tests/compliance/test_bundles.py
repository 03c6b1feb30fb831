"""Many measurements together say of each what it would say alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.bundles import Bundle, Measured, Wanted, gathered, wanted
from sla_monitor.compliance.readings import Asked, Reading, Want
from sla_monitor.compliance.slices import Block, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, Probe, SourceName
from sla_monitor.errors import IndicatorError

MANY = tuple(Measurement(SourceName("default"), Probe(f'up{{job="{n}"}}'), 60) for n in range(5))
SPAN = Span(600, 780)
ASKED = (Asked("state", "up", 15, at_end=False),)


def slices(seed: int, span: Span = SPAN, steps: int = 0) -> Slices:
    rng, starts = np.random.default_rng(seed), np.arange(span.start, span.end, 60, dtype=np.int64)
    total = rng.integers(1, 9, len(starts)).astype(float)
    states = rng.random((len(starts), steps)) if steps else None
    return Slices(60, starts, total - rng.random(len(starts)), total, np.full(len(starts), 60), states)


def told(held: Slices) -> tuple[object, ...]:
    states = None if held.states is None else held.states.tolist()
    return held.seconds, held.starts.tolist(), held.good.tolist(), held.total.tolist(), held.known.tolist(), states


def test_the_same_part_is_the_same_bundle() -> None:
    bundle = Bundle(MANY)
    assert bundle.where(np.ones(5, bool)) is bundle
    mask = np.array([True, False, True, False, False])
    part = bundle.where(mask)
    assert part.measurements == (MANY[0], MANY[2])
    assert part.keys == (MANY[0].key, MANY[2].key)
    assert bundle.where(mask.copy()) is part
    for number in range(1, 31):  # it does not keep every part there ever was
        bundle.where(np.array([bool(number >> bit & 1) for bit in range(5)]))
    again = bundle.where(mask)
    assert (again is not part, again.measurements) == (True, part.measurements)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_parts_hold_each_once(labels: list[int]) -> None:
    bundle = Bundle(MANY[: len(labels)])
    parts = dict(bundle.parts(np.array(labels)))
    assert sorted(parts) == sorted(set(labels))
    for label, part in parts.items():
        assert list(part.measurements) == [m for m, own in zip(MANY, labels, strict=False) if own == label]


@given(st.integers(1, 5), st.integers(1, 7))
def test_it_is_split_in_order(count: int, most: int) -> None:
    parts = list(Bundle(MANY[:count]).split(most))
    assert [m for part in parts for m in part.measurements] == list(MANY[:count])
    assert all(len(part) == most for part in parts[:-1])
    assert 1 <= len(parts[-1]) <= most


@pytest.mark.parametrize("steps", [0, 4], ids=["events", "seconds"])
def test_a_block_holds_the_slices_of_each(steps: int) -> None:
    parts = [slices(n, steps=steps) for n in range(3)]
    block = Block.below_each_other([*map(Block.alone, parts)])
    assert [told(block.of(n)) for n in range(3)] == [told(one) for one in parts]
    some = block.take(np.array([True, False, True]), slice(1, None))
    assert [told(some.of(n)) for n in (0, 1)] == [told(parts[n].take(slice(1, None))) for n in (0, 2)]


def test_readings_put_together_are_the_same_readings() -> None:
    error = IndicatorError("no")
    readings = [
        Reading(Want(MANY[0], SPAN), slices(0), None, 2, ASKED),
        Reading(Want(MANY[1], SPAN), None, error),
        Reading(Want(MANY[2], SPAN), slices(2), None, 0, ()),
        Reading(Want(MANY[3], SPAN), slices(3, steps=4)),
        Reading(Want(MANY[4], Span(0, 60)), slices(4, Span(0, 60))),
        Reading(Want(MANY[0], SPAN), slices(7)),  # the same once more: it must not stand beside the first
    ]
    found = gathered(readings)
    assert [one.wanted.bundle.measurements for one in found] == [
        (MANY[0], MANY[2]), (MANY[1],), (MANY[3],), (MANY[4],), (MANY[0],)
    ]  # fmt: skip
    assert [one.size for one in found] == [6, 0, 3, 1, 3]
    assert [one.contradictions for one in found] == [2, 0, 0, 0, 0]
    flat = [reading for one in found for reading in one.readings()]
    for mine, other in zip(flat, [readings[n] for n in (0, 2, 1, 3, 4, 5)], strict=True):
        assert (mine.want, mine.error, mine.contradictions, mine.asked) == (
            other.want,
            other.error,
            other.contradictions,
            other.asked,
        )
        assert (mine.slices is None) == (other.slices is None)
        if mine.slices is not None and other.slices is not None:
            assert told(mine.slices) == told(other.slices)


def test_what_failed_together_failed_for_each() -> None:
    error = IndicatorError("no")
    failed = Measured(Wanted(Bundle(MANY[:2]), SPAN), None, error)
    assert [(r.want.measurement, r.error, r.slices) for r in failed.readings()] == [(m, error, None) for m in MANY[:2]]
    assert (failed.size, failed.contradictions) == (0, 0)


def test_wants_are_put_together_by_their_spans_each_once() -> None:
    other = Span(0, 60)
    found = wanted([Want(MANY[0], SPAN), Want(MANY[1], other), Want(MANY[2], SPAN), Want(MANY[0], SPAN)])
    assert [(one.span, one.bundle.measurements) for one in found] == [(SPAN, (MANY[0], MANY[2])), (other, (MANY[1],))]
    assert list(found[0].wants()) == [Want(MANY[0], SPAN), Want(MANY[2], SPAN)]
