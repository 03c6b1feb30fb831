"""Days added up side by side: the same sums as day by day, however each is written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.slices import PART, Slices, cells_of
from sla_monitor.errors import LedgerError
from sla_monitor.ledger import frames, stacks
from tests.ledger.test_frames import DAY, days, of_the_first_version

Cell = tuple[int, int, list[int], list[int], int]
Written = tuple[Slices, Callable[[Slices], bytes]]


def of_run(day: Slices, first: int, last: int) -> Cell:
    cells = cells_of(day.take(slice(first, last)))
    good, total = (amounts.sum(axis=0).tolist() for amounts in (cells.good, cells.total))
    return int(cells.starts[0]), int(cells.ends[-1]), good, total, int(cells.known.sum())


@given(
    st.lists(st.tuples(days(), st.sampled_from([frames.pack, of_the_first_version])), max_size=6), st.integers(1, 25)
)
def test_what_is_added_up_together_is_the_same_as_alone(held: list[Written], apart: int) -> None:
    # The first version wrote no day without slices.
    packed = [pack(day) if len(day) else frames.pack(day) for day, pack in held]
    found = []
    for stack in stacks.stacked(packed, DAY, 60):
        bounds = np.unique([*range(0, len(stack.starts), apart), len(stack.starts)])
        cells = stack.cells(bounds, 60)
        columns = (getattr(cells, name).tolist() for name in ("starts", "ends", "good", "total", "known"))
        told = list(zip(*columns, strict=True))
        runs = len(bounds) - 1
        found += [(row, told[place * runs :][:runs]) for place, row in enumerate(stack.rows)]
    alone = [
        (row, [of_run(day, first, min(first + apart, len(day))) for first in range(0, len(day), apart)])
        for row, (day, _) in enumerate(held)
        if len(day)
    ]
    assert sorted(found) == alone


def test_days_alike_are_one_stack_and_bare_ones_none() -> None:
    starts = DAY * frames.DAY + 60 * np.arange(1440, dtype=np.int64)
    known, some = np.full(1440, 60, np.int64), np.random.default_rng(1).poisson(300, 1440).astype(float)
    usual, quiet = (Slices(60, starts, total, total, known) for total in (some, np.zeros(1440)))
    packed = [frames.pack(usual), frames.bare(frames.pack(usual)), frames.pack(quiet), frames.pack(usual)]
    assert [stack.rows for stack in stacks.stacked(packed, DAY, 60)] == [[0, 3], [2]]


@pytest.mark.parametrize("change", [lambda f: f[:20], lambda f: b"\x09" + f[1:], lambda f: f[:-1] + b"\x00"])
def test_a_damaged_day_is_told_of(change: Callable[[bytes], bytes]) -> None:
    day = Slices(60, np.array([DAY * frames.DAY]), np.ones(1), np.ones(1), np.array([60]))
    with pytest.raises(LedgerError, match=r"verify|form 9"):
        list(stacks.stacked([change(frames.pack(day))], DAY, 60))


def test_what_is_more_than_can_be_added_up_is_told_as_this_much() -> None:
    starts = DAY * frames.DAY + 60 * np.arange(3, dtype=np.int64)
    total = np.array([2.0**53, 5.0, 7.5])
    (stack,) = stacks.stacked([frames.pack(Slices(60, starts, total, total, np.full(3, 60, np.int64)))], DAY, 60)
    good, parts, *_ = stack.capped(1 << 52).sums(np.array([0, 3]))[0, 0].tolist()
    assert (good, parts) == ((1 << 52) + 12, PART // 2)
