"""Half-open spans and sets of them, held against sets of seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.spans import Grid, Span, Spans

spans = st.tuples(st.integers(-50, 50), st.integers(0, 30)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
sets = st.lists(spans, max_size=6).map(Spans.of)


def seconds(group: Spans | Span) -> set[int]:
    parts = [group] if isinstance(group, Span) else group
    return {second for part in parts for second in range(part.start, part.end)}


def test_a_span_is_half_open() -> None:
    assert [second in Span(10, 12) for second in (9, 10, 11, 12)] == [False, True, True, False]


@pytest.mark.parametrize("other", [Span(0, 10), Span(0, 5), Span(12, 20), Span(30, 40)])
def test_no_common_part_is_an_empty_span_at_the_start(other: Span) -> None:
    assert Span(10, 12).intersect(other) == Span(10, 10)


def test_a_span_is_never_reversed() -> None:
    with pytest.raises(ValueError, match="cannot end before it starts: 2 > 1"):
        Span(2, 1)


@given(spans, spans, st.integers(-60, 90))
def test_cutting_a_span(a: Span, b: Span, at: int) -> None:
    assert seconds(a.intersect(b)) == seconds(a) & seconds(b)
    assert seconds(a.before(at)) == {second for second in seconds(a) if second < at}
    assert seconds(a.after(at)) == {second for second in seconds(a) if second >= at}
    assert a.seconds == len(seconds(a))


@given(sets, sets)
def test_sets_of_spans_are_sets_of_seconds(a: Spans, b: Spans) -> None:
    assert seconds(a.union(b)) == seconds(a) | seconds(b)
    assert seconds(a.intersect(b)) == seconds(a) & seconds(b)
    assert seconds(a.minus(b)) == seconds(a) - seconds(b)
    assert (a.seconds, bool(a)) == (len(seconds(a)), seconds(a) != set())
    for made in (a.union(b), a.intersect(b), a.minus(b)):
        assert made == Spans.of(made)


@given(sets, spans, st.integers(-60, 90))
def test_parts_of_a_set(group: Spans, span: Span, at: int) -> None:
    assert seconds(group.within(span)) == seconds(group) & seconds(span)
    assert group.within(span) == Spans.of(group.within(span))
    assert seconds(group.after(at)) == {second for second in seconds(group) if second >= at}


@given(sets, st.integers(0, 40))
def test_when_so_much_has_passed(group: Spans, wanted: int) -> None:
    if wanted > group.seconds or not group:
        with pytest.raises(ValueError, match="the set is shorter than that"):
            group.passed(wanted)
    else:
        at = group.passed(wanted)
        assert group.within(Span(-100, at)).seconds == wanted
        assert at == group.parts[0].start or at - 1 in seconds(group)


@given(sets, st.integers(-3, 60))
def test_what_is_left_when_so_much_has_passed(group: Spans, wanted: int) -> None:
    assert sorted(seconds(group.beyond(wanted))) == sorted(seconds(group))[max(0, wanted) :]
    assert group.beyond(wanted) == Spans.of(group.beyond(wanted))


@given(st.lists(spans, max_size=6), st.randoms())
def test_a_set_is_sorted_disjoint_and_does_not_depend_on_order(parts: list[Span], order: object) -> None:
    shuffled = parts.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    group = Spans.of(shuffled)
    assert group == Spans.of(parts)
    assert all(a.end < b.start for a, b in zip(group, group.parts[1:], strict=False))
    assert all(part.seconds for part in group)


TILED = Grid(420, (Span(3600, 7200), Span(7200, 10_800)))


@pytest.mark.parametrize(
    ("instant", "floor", "ceil"),
    [(3600, 3600, 3600), (4021, 4020, 4440), (6960, 6960, 6960), (6961, 6960, 7200), (7200, 7200, 7200),
     (10_799, 10_560, 10_800), (10_800, 10_560, 10_980), (3599, 3180, 3600)],
)  # fmt: skip
def test_the_last_cell_of_a_tile_may_be_a_part(instant: int, floor: int, ceil: int) -> None:
    """Seven minutes, anew with each hour; before and after the hours they go on."""
    assert (TILED.floor(instant), TILED.ceil(instant)) == (floor, ceil)


@given(sets, st.integers(1, 12))
def test_outward_takes_in_every_cell_that_is_touched(group: Spans, grid: int) -> None:
    cells = (range(k * grid, (k + 1) * grid) for k in range(-60, 100))
    touched = {second for cell in cells if set(cell) & seconds(group) for second in cell}
    assert seconds(group.outward(Grid(grid))) == touched


@given(sets, st.integers(1, 12))
def test_inward_keeps_the_whole_cells_of_the_grid(group: Spans, grid: int) -> None:
    cells = (range(k * grid, (k + 1) * grid) for k in range(-60, 100))
    whole = {second for cell in cells if set(cell) <= seconds(group) for second in cell}
    assert seconds(group.inward(Grid(grid))) == whole
