"""Slices in a file that other programs read: Parquet, out of the ledger and into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.rows import Entry

Progress = Callable[[int, int], None]
"""Told how many parts are done, of how many."""


@dataclass(frozen=True)
class TakenIn:
    """Slices: fresh ones, and those for whose time there were some already."""

    fresh: int
    there: int


PART = 31 * DAY
"""Seconds of a measurement in one group of rows: what is held in memory at a time."""

COLUMNS = ("measurement", "start", "seconds", "good", "total", "known", "states", "description")


def write(book: Book, path: Path, span: Span, progress: Progress) -> int:
    """The slices that start inside the span, measurement by measurement: how many. The file is whole, or not there."""
    arrow, parquet = _libraries()
    if path.exists():
        raise ConfigError(f"{path} is there already: name a new file")
    described = book.measurements()
    parts = [(key, part) for key, part in _parts(book, span) if key in described]
    half, count = path.with_name(f"{path.name}.part"), 0
    try:
        with parquet.ParquetWriter(half, _schema(arrow), compression="zstd") as file:
            for done, (key, part) in enumerate(parts, 1):
                slices = book.slices(key, part)
                if len(slices):
                    file.write_table(_table(arrow, key, described[key], slices))
                    count += len(slices)
                progress(done, len(parts))
        half.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {' '.join(str(error).split())}") from error
    finally:
        half.unlink(missing_ok=True)
    return count


def read(book: Book, path: Path, progress: Progress) -> TakenIn:
    """Fills what is not yet measured. Nothing is overwritten."""
    arrow, parquet = _libraries()
    try:
        file = parquet.ParquetFile(path)
    except (OSError, arrow.ArrowInvalid) as error:
        raise ConfigError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    with file:
        _refuse_other(arrow, file.schema_arrow, path)
        taken = found = 0
        for group in range(file.num_row_groups):
            for entry, slices in _slices(file.read_row_group(group), f"{path}, row group {group}"):
                taken += book.take_in(entry, slices)
                found += len(slices)
            progress(group + 1, file.num_row_groups)
    return TakenIn(taken, found - taken)


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and slow to import
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "Parquet needs pyarrow, which is not installed: pip install 'sla-monitor[parquet]'"
        ) from error
    return pa, pq


def _parts(book: Book, span: Span) -> Iterator[tuple[MeasurementKey, Span]]:
    for key, spans in book.measured(book.measurements()).items():
        inside = spans.within(span).parts
        if inside:
            for start in range(inside[0].start // PART * PART, inside[-1].end, PART):
                yield key, Span(max(start, span.start), min(start + PART, span.end))


def _schema(arrow: Any) -> Any:
    text = arrow.dictionary(arrow.int32(), arrow.string())
    number, whole = arrow.float64(), arrow.int32()
    types = {
        "measurement": text, "start": arrow.timestamp("ms", tz="UTC"), "seconds": whole, "good": number,
        "total": number, "known": whole, "states": arrow.list_(number), "description": text,
    }  # fmt: skip
    return arrow.schema([arrow.field(name, types[name], nullable=name == "states") for name in COLUMNS])


def _table(arrow: Any, key: MeasurementKey, description: str, slices: Slices) -> Any:
    count = len(slices)
    states: Any = arrow.nulls(count, arrow.list_(arrow.float64()))
    if slices.states is not None:
        ends = np.arange(count + 1, dtype=np.int32) * slices.states.shape[1]
        # A state that nobody knows is no number there: NaN would be one to most programs.
        flat = arrow.array(slices.states.ravel(), from_pandas=True)
        states = arrow.ListArray.from_arrays(arrow.array(ends), flat)
    columns = {
        "measurement": [key] * count, "start": slices.starts * 1000, "seconds": np.full(count, slices.seconds),
        "good": slices.good, "total": slices.total, "known": slices.known, "states": states,
        "description": [description] * count,
    }  # fmt: skip
    schema = _schema(arrow)
    made = [columns[one.name] if one.name == "states" else arrow.array(columns[one.name], one.type) for one in schema]
    return arrow.Table.from_arrays(made, schema=schema)


def _refuse_other(arrow: Any, found: Any, path: Path) -> None:
    wanted = {one.name: one.type for one in _schema(arrow)}
    lacking = [name for name in wanted if name not in found.names or found.field(name).type != wanted[name]]
    if lacking:
        raise ConfigError(f"{path}: {', '.join(lacking)} is not as `sla-monitor ledger export` writes it")


def _slices(table: Any, where: str) -> Iterator[tuple[Entry, Slices]]:
    """Of each measurement in the group."""
    keys = np.array(table["measurement"].to_pylist())
    for key in dict.fromkeys(keys.tolist()):
        part = table.filter(keys == key).sort_by("start")
        seconds, described = set(part["seconds"].to_pylist()), set(part["description"].to_pylist())
        starts = part["start"].cast("int64").to_numpy() // 1000
        good, total, known = (part[name].to_numpy() for name in ("good", "total", "known"))
        if len(seconds) != 1 or len(described) != 1:
            raise ConfigError(f"{where}: {key} has slices of several lengths, or of several descriptions")
        (length,), (told,) = seconds, described
        sound = (
            length > 0 and (starts % length == 0).all() and (np.diff(starts) > 0).all()
            and np.isfinite(good).all() and np.isfinite(total).all() and (good >= 0).all() and (total >= 0).all()
            and (known >= 0).all() and (known <= length).all()
        )  # fmt: skip
        if not sound:
            raise ConfigError(f"{where}: {key} has slices that overlap, or values that no slice can have")
        states = _states(part["states"], where)
        yield (
            Entry(MeasurementKey(key), length, told),
            Slices(
                length, starts.astype(np.int64), good.astype(float), total.astype(float), known.astype(np.int64), states
            ),
        )


def _states(column: Any, where: str) -> Any:
    if column.null_count == len(column):
        return None
    rows = column.to_pylist()
    widths = {None if row is None else len(row) for row in rows}
    if len(widths) != 1 or not widths - {None, 0}:
        raise ConfigError(f"{where}: slices with states of another number of steps than others")
    return np.array(rows, dtype=float)
