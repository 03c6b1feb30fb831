"""What counts as overwritten when slices are written again."""

from __future__ import annotations

import numpy as np
import pytest

from sla_monitor.compliance.slices import Slices
from sla_monitor.ledger.rows import differing

Row = tuple[float, float, int]
BEFORE: list[Row] = [(0.1 + 0.2, 7.5, 60), (1e9, 1e9 + 1, 60), (0.0, 0.0, 60), (0.0, 0.0, 0)]


def slices(rows: list[Row], first: int = 0) -> Slices:
    good, total, known = (np.array(column) for column in zip(*rows, strict=True))
    return Slices(60, (first + np.arange(len(rows))) * 60, good, total, known.astype(np.int64), None)


@pytest.mark.parametrize(
    ("place", "row", "differs"),
    [
        (0, (0.1 + 0.2, 7.5, 60), False),
        (0, (0.3, 7.5, 60), False),  # its last digit
        (0, (0.3, 7.500001, 60), True),
        (1, (1e9 + 1, 1e9 + 1, 60), True),
        (1, (1e9, 1e9 + 2, 60), True),
        (2, (0.0, 0.0, 0), True),
        (2, (1e-9, 1e-9, 60), True),
        (3, (0.0, 0.0, 60), True),
        (3, (0.0, 0.0, 0), False),
    ],
)
def test_a_slice_differs_by_what_it_counts_not_by_its_last_digit(place: int, row: Row, differs: bool) -> None:
    after = [*BEFORE[:place], row, *BEFORE[place + 1 :]]
    assert differing(slices(BEFORE), slices(after)).tolist() == [60 * place] * differs


def test_only_what_both_have_is_compared() -> None:
    assert differing(slices(BEFORE), slices(BEFORE, first=2)).tolist() == [120, 180]
