"""Tallies: splitting adds up, order is nothing, day cells say what slices say."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import slices, windows
from sla_monitor.compliance.countings import Counted
from sla_monitor.compliance.schedules import ALWAYS
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import Grid, Span, Spans
from sla_monitor.compliance.windows import NOTHING, Tally
from tests.compliance.specimens import measured

CELL = 60
END = 40 * CELL


@st.composite
def rows(draw: st.DrawFn) -> list[tuple[int, float, float, int]]:
    """Slices on some of the first 40 cells of the grid; unknown ones hold nothing."""
    found = []
    for index in sorted(draw(st.sets(st.integers(0, 39), max_size=40))):
        known = draw(st.sampled_from((0, 15, 60)))
        total = draw(st.integers(0, 1000) | st.floats(0, 1000)) if known else 0
        found.append((index * CELL, total * draw(st.sampled_from((0, 0.5, 1))), total, known))
    return found


instants = st.integers(0, END)


def gathered(cells: Cells, *borders: int) -> Tally:
    return windows.gather(cells, Spans.of(Span(a, b) for a, b in zip(borders[::2], borders[1::2], strict=True)))


def added(*tallies: Tally) -> tuple[Fraction, Fraction, Fraction, int]:
    return (
        sum((one.good for one in tallies), Fraction(0)),
        sum((one.total for one in tallies), Fraction(0)),
        sum((one.known for one in tallies), Fraction(0)),
        sum(one.population for one in tallies),
    )


@given(rows(), instants, instants, instants)
def test_splitting_a_window_anywhere_adds_up_to_the_whole(
    found: list[tuple[int, float, float, int]], a: int, b: int, c: int
) -> None:
    start, middle, end = sorted((a, b, c))
    cells = slices.cells_of(measured(found))
    whole = gathered(cells, start, end)
    assert added(gathered(cells, start, middle), gathered(cells, middle, end)) == added(whole)


@given(rows(), instants, instants)
def test_the_order_of_slices_never_matters(found: list[tuple[int, float, float, int]], a: int, b: int) -> None:
    shuffled = [slices.cells_of(measured([row])) for row in random.sample(found, len(found))]
    start, end = sorted((a, b))
    whole = gathered(slices.cells_of(measured(found)), start, end)
    assert gathered(slices.concatenated([slices.cells_of(slices.empty(60)), *shuffled]), start, end) == whole


@given(rows(), st.integers(0, 9), st.integers(0, 9))
def test_summed_stretches_say_what_their_slices_say(
    found: list[tuple[int, float, float, int]], first: int, last: int
) -> None:
    """Ten "days" of four slices each, as the ledger adds up days."""
    fine = slices.cells_of(measured(found))
    starts = np.arange(0, END, 4 * CELL)
    sums = [fine.good[(fine.starts >= day) & (fine.starts < day + 240)].sum(axis=0) for day in starts]
    totals = [fine.total[(fine.starts >= day) & (fine.starts < day + 240)].sum(axis=0) for day in starts]
    known = [fine.known[(fine.starts >= day) & (fine.starts < day + 240)].sum() for day in starts]
    days = Cells(starts, starts + 240, np.array(sums), np.array(totals), np.array(known))
    start, end = sorted((first * 240, last * 240))
    assert gathered(days, start, end) == gathered(fine, start, end)


@given(rows(), instants, instants)
def test_a_tally_agrees_with_adding_up_second_by_second(
    found: list[tuple[int, float, float, int]], a: int, b: int
) -> None:
    start, end = sorted((a, b))
    good = total = known = Fraction(0)
    for at, some_good, some_total, some_known in found:
        share = Fraction(len(range(max(at, start), min(at + CELL, end))), CELL)
        good += share * Fraction(round(some_good * 10**9), 10**9)
        total += share * Fraction(round(some_total * 10**9), 10**9)
        known += share * some_known
    assert added(gathered(slices.cells_of(measured(found)), start, end)) == (good, total, known, end - start)


@given(rows(), st.lists(instants, min_size=2, max_size=6, unique=True).filter(lambda some: len(some) % 2 == 0))
def test_a_population_with_holes_is_the_sum_of_its_parts(
    found: list[tuple[int, float, float, int]], borders: list[int]
) -> None:
    cells, edges = slices.cells_of(measured(found)), sorted(borders)
    parts = [gathered(cells, *edges[i : i + 2]) for i in range(0, len(edges), 2)]
    assert added(*parts) == added(gathered(cells, *edges))


def test_a_cell_cut_on_both_sides_counts_its_middle() -> None:
    cells = slices.cells_of(measured([(0, 30, 60, 60)]))
    assert gathered(cells, 10, 30) == Tally(Fraction(10), Fraction(20), Fraction(20), 20)


def test_two_cells_each_cut_on_one_side() -> None:
    cells = slices.cells_of(measured([(0, 60, 60, 60), (60, 0, 60, 60)]))
    assert gathered(cells, 45, 90) == Tally(Fraction(15), Fraction(45), Fraction(45), 45)


def test_what_no_cell_covers_is_unknown() -> None:
    tally = gathered(slices.cells_of(measured([(0, 60, 60, 60)])), 0, 240)
    assert (tally.unknown, tally.coverage, tally.bad, tally.density) == (180, Fraction(1, 4), 0, 1)


def test_an_empty_population_has_no_coverage() -> None:
    assert (NOTHING.coverage, NOTHING.density, NOTHING.unknown) == (None, 0, 0)


@pytest.mark.parametrize(
    ("span", "term", "whole", "expected"),
    [
        (Span(0, 600), Span(0, 1000), False, Spans.of([Span(0, 600)])),
        (Span(0, 600), Span(90, 500), False, Spans.of([Span(90, 500)])),
        (Span(0, 600), Span(90, 500), True, Spans.of([Span(120, 480)])),
        (Span(0, 600), Span(600, 700), False, Spans()),
        (Span(10, 50), Span(0, 600), True, Spans()),
    ],
)
def test_the_population_is_the_window_in_the_term(span: Span, term: Span, *, whole: bool, expected: Spans) -> None:
    counted = Counted(slices.cells_of(slices.empty(60)), Grid(60) if whole else None)
    assert counted.population(span, term, ALWAYS) == expected


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 90)), max_size=24), st.integers(0, 2**32))
def test_few_spans_and_many_are_added_up_alike(pairs: list[tuple[int, int]], seed: int) -> None:
    """A handful is looked up one by one, more all at once, also where cells are cut."""
    rng = np.random.default_rng(seed)
    starts = np.flatnonzero(rng.random(60) < 0.8).astype(np.int64) * 8
    total = rng.integers(0, 50, len(starts)).astype(np.float64)
    cells = slices.cells_of(slices.Slices(8, starts, total - total // 3, total, np.full(len(starts), 8)))
    population = Spans.of(Span(start, start + length) for start, length in pairs)
    each = [windows.gather(cells, Spans((part,))) for part in population]
    whole = windows.gather(cells, population)
    assert whole.good == sum((one.good for one in each), Fraction(0))
    assert whole.total == sum((one.total for one in each), Fraction(0))
    assert whole.known == sum((one.known for one in each), Fraction(0))
