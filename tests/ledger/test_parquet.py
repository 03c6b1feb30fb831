"""Slices out into a Parquet file and in again, in either kind of ledger; and files that nobody should take in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.errors import ConfigError
from sla_monitor.ledger import parquet
from sla_monitor.ledger.book import Book
from tests.ledger.places import Places
from tests.ledger.specimens import ALL, DAY, MINUTE, PROBE, REQUESTS, START, everything, opened, rows, slices, write

ALWAYS = Span(0, FOREVER)


def silent(*_: int) -> None:
    pass


def filled(book: Book) -> None:
    for number, measurement in enumerate(ALL):
        write(book, measurement, slices(measurement, START - 40 * DAY, 3000, seed=number))
        write(book, measurement, slices(measurement, START, 100, seed=number))


def test_what_went_out_comes_in_the_same(book: Book, places: Places, tmp_path: Path) -> None:
    filled(book)
    steps: list[tuple[int, int]] = []
    count = parquet.write(book, tmp_path / "all.parquet", ALWAYS, lambda *step: steps.append(step))
    assert steps[-1][0] == steps[-1][1] == len(steps)
    other = places.make().opened()
    taken = parquet.read(other, tmp_path / "all.parquet", silent)
    assert (taken.fresh, taken.there) == (count, 0)
    for measurement in ALL:
        here, there = everything(book, measurement), everything(other, measurement)
        assert rows(there) == rows(here)
        assert (here.states is None) == (there.states is None)
        if here.states is not None and there.states is not None:
            np.testing.assert_array_equal(there.states, here.states)
    keys = [m.key for m in ALL]
    assert other.measured(keys) == book.measured(keys)
    assert other.measurements() == book.measurements()
    assert other.flaws({}) == []
    again = parquet.read(other, tmp_path / "all.parquet", silent)
    assert (again.fresh, again.there) == (0, count)


def test_what_is_there_stays(book: Book, places: Places, tmp_path: Path) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 200, seed=1))
    parquet.write(book, tmp_path / "all.parquet", ALWAYS, silent)
    other = places.make().opened()
    mine = slices(REQUESTS, START + 50 * MINUTE, 100, seed=2)
    write(other, REQUESTS, mine)
    taken = parquet.read(other, tmp_path / "all.parquet", silent)
    assert (taken.fresh, taken.there) == (100, 100)
    assert rows(everything(other, REQUESTS)) == rows(everything(book, REQUESTS)) | rows(mine)
    assert other.measured([REQUESTS.key])[REQUESTS.key] == Spans((Span(START, START + 200 * MINUTE),))
    assert other.flaws({}) == []


def test_only_the_span_goes_out(book: Book, tmp_path: Path) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 3000))
    span = Span(START + 90 * MINUTE, START + 2000 * MINUTE)
    assert parquet.write(book, tmp_path / "part.parquet", span, silent) == 1910
    found = pq.read_table(tmp_path / "part.parquet")["start"].cast("int64").to_pylist()
    assert (found[0], found[-1]) == (span.start * 1000, (span.end - MINUTE) * 1000)


def test_other_programs_read_it(book: Book, tmp_path: Path) -> None:
    write(book, PROBE, slices(PROBE, START, 10))
    parquet.write(book, tmp_path / "all.parquet", ALWAYS, silent)
    table = pq.read_table(tmp_path / "all.parquet")
    assert str(table.schema.field("start").type) == "timestamp[ms, tz=UTC]"
    assert set(table["measurement"].to_pylist()) == {PROBE.key}
    states = [state for row in table["states"].to_pylist() for state in row]
    assert set(states) == {0.0, 1.0, None}


def test_an_old_file_is_not_written_over_and_a_failed_one_not_left(book: Book, tmp_path: Path) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 3))
    old = tmp_path / "old.parquet"
    old.write_text("kept")
    with pytest.raises(ConfigError, match="is there already: name a new file"):
        parquet.write(book, old, ALWAYS, silent)
    assert old.read_text() == "kept"
    with pytest.raises(ConfigError, match=r"cannot write .*nowhere/new\.parquet: .*No such file"):
        parquet.write(book, tmp_path / "nowhere" / "new.parquet", ALWAYS, silent)

    def interrupted(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parquet.write(book, tmp_path / "new.parquet", ALWAYS, interrupted)
    assert [path.name for path in tmp_path.glob("*.parquet*")] == ["old.parquet"]


def altered(name: str, value: Any) -> Callable[[pa.Table], pa.Table]:
    def alter(table: pa.Table) -> pa.Table:
        index, field = table.schema.get_field_index(name), table.schema.field(name)
        values = table[name].to_pylist()
        return table.set_column(index, field, pa.array([value(values[0]), *values[1:]], field.type))

    return alter


BAD = {
    "a column too few": (lambda table: table.drop_columns(["known"]), "known is not as `sla-monitor ledger export`"),
    "another type": (
        lambda table: table.set_column(3, "good", table["good"].cast("float32")), "good is not as `sla-monitor ledger",
    ),
    "not a number": (altered("good", lambda _: float("nan")), "values that no slice can have"),
    "less than nothing": (altered("total", lambda _: -1.0), "values that no slice can have"),
    "more known than there is": (altered("known", lambda _: 61), "values that no slice can have"),
    "twice the same": (altered("start", lambda one: one + pa.scalar(60_000, "duration[ms]").as_py()), "overlap"),
    "off the grid": (altered("start", lambda one: one - pa.scalar(1_000, "duration[ms]").as_py()), "overlap"),
    "two lengths": (altered("seconds", lambda _: 30), "slices of several lengths"),
    "two widths": (altered("states", lambda row: row[:2]), "states of another number of steps"),
    "states of some": (altered("states", lambda _: None), "states of another number of steps"),
}  # fmt: skip


@pytest.mark.parametrize(("alter", "told"), BAD.values(), ids=BAD)
def test_a_faulty_file_is_told_and_nothing_taken_in(
    tmp_path: Path, alter: Callable[[pa.Table], pa.Table], told: str
) -> None:
    path = tmp_path / "bad.parquet"
    book = opened(tmp_path / "one.db")
    write(book, PROBE, slices(PROBE, START, 10))
    parquet.write(book, tmp_path / "good.parquet", ALWAYS, silent)
    pq.write_table(alter(pq.read_table(tmp_path / "good.parquet")), path)
    other = opened(tmp_path / "other.db")
    with pytest.raises(ConfigError, match=told) as caught:
        parquet.read(other, path, silent)
    assert str(caught.value).startswith(str(path))
    assert other.measurements() == {}
    for one in (book, other):
        one.store.close()


@pytest.mark.parametrize("content", [None, b"", b"PAR1 no parquet PAR1"])
def test_what_is_no_parquet_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "none.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"cannot read {path}: "):
        parquet.read(opened(tmp_path / "one.db"), path, silent)


def test_a_measurement_of_other_slices_is_refused(book: Book, tmp_path: Path) -> None:
    write(book, PROBE, slices(PROBE, START, 10))
    parquet.write(book, tmp_path / "all.parquet", ALWAYS, silent)
    other = opened(tmp_path / "other.db")
    write(other, PROBE, slices(PROBE, START + DAY, 10))
    with other.store.writing() as connection:
        connection.exec_driver_sql("UPDATE measurement SET slice_seconds = 30")
    with pytest.raises(ConfigError, match="has slices of 30 s in the ledger, not of 60 s"):
        parquet.read(other, tmp_path / "all.parquet", silent)
    other.store.close()
