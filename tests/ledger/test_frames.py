"""A day in one value: what goes in comes out, to the last bit, also of ledgers of the first version."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.slices import Slices
from sla_monitor.ledger import frames
from tests.ledger.specimens import REQUESTS, START
from tests.ledger.specimens import slices as some

DAY = START // frames.DAY


@st.composite
def days(draw: st.DrawFn) -> Slices:
    """Slices of some slots of a day: whole numbers of every width, parts, gaps, and one value throughout."""
    slots = np.array(sorted(draw(st.sets(st.integers(0, 1439), max_size=30))), np.int64)
    sort = draw(st.sampled_from([1, 200, 60_000, 1 << 30, 1 << 40, 0.1]))
    total = np.array([draw(st.integers(0, 9)) * sort for _ in slots], np.float64)
    good = total - np.array([draw(st.sampled_from([0, 1, 0.25])) for _ in slots]).clip(0, total)
    known = np.array([draw(st.sampled_from([0, 45, 60])) for _ in slots], np.int64)
    return Slices(60, DAY * frames.DAY + slots * 60, good, total, known)


@given(days())
def test_what_goes_in_comes_out(day: Slices) -> None:
    found = frames.unpack(frames.pack(day), DAY, 60)
    for name in ("starts", "good", "total", "known"):
        column = getattr(found, name)
        assert column.tolist() == getattr(day, name).tolist()
        assert column.dtype == getattr(day, name).dtype


def planes(column: np.ndarray) -> bytes:
    return column.view(np.uint8).reshape(len(column), -1).T.tobytes()


def of_the_first_version(day: Slices) -> bytes:
    columns = [(day.starts % frames.DAY // 60).astype("<u4"), day.known.astype("<u4"), day.good, day.total]
    body = zlib.compress(b"".join(planes(column) for column in columns), 1)
    return struct.pack("<BIIBI", 1, len(day), 0, 0, len(body)) + body


def test_days_of_the_first_version_are_still_read() -> None:
    day = some(REQUESTS, START, 20)
    found = frames.unpack(of_the_first_version(day), DAY, 60)
    assert (found.good.tolist(), found.starts.tolist()) == (day.good.tolist(), day.starts.tolist())


@pytest.mark.parametrize(("total", "most"), [(np.full(1440, 7.0), 100), (np.arange(1440) % 250 + 0.0, 2500)])
def test_whole_numbers_are_kept_in_as_few_bytes_as_hold_them(total: np.ndarray, most: int) -> None:
    starts = DAY * frames.DAY + 60 * np.arange(1440, dtype=np.int64)
    assert len(frames.pack(Slices(60, starts, total, total, np.full(1440, 60, np.int64)))) < most
