"""Single rows of the ledger: the only place that spells its SQL for slices and days."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Ints, Slices, empty, fixed
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, MeasurementKey
from sla_monitor.ledger import frames as packing
from sla_monitor.ledger import seals, tables, upserts
from sla_monitor.ledger.frames import DAY

_measurement, _measured, _slice, _day = tables.measurement, tables.measured, tables.slice_, tables.day
_SPAN_COLUMNS = (_measured.c.measurement_id, _measured.c.start, _measured.c.end)
_SLICE_COLUMNS = (_slice.c.start, _slice.c.good, _slice.c.total, _slice.c.known, _slice.c.states)


@dataclass(frozen=True)
class Known:
    """A measurement as the ledger knows it."""

    id: int
    key: MeasurementKey
    seconds: int
    folded_until: int


def find_all(connection: Connection) -> dict[MeasurementKey, Known]:
    columns = (_measurement.c.id, _measurement.c.key, _measurement.c.slice_seconds, _measurement.c.folded_until)
    return {row[1]: Known(*row) for row in connection.execute(sa.select(*columns))}


def find(connection: Connection, key: MeasurementKey) -> Known | None:
    return find_all(connection).get(key)


@dataclass(frozen=True)
class Entry:
    """What is written of a measurement when it is first seen."""

    key: MeasurementKey
    seconds: int
    description: str


def known(connection: Connection, measurements: Iterable[Measurement]) -> dict[MeasurementKey, Known]:
    """The measurements, entered where they are new."""
    held = find_all(connection)
    fresh = {m.key: m for m in measurements if m.key not in held}
    return entered(connection, held, [Entry(m.key, m.slice_seconds, repr(m)) for m in fresh.values()])


def entered(
    connection: Connection, held: Mapping[MeasurementKey, Known], fresh: Sequence[Entry]
) -> dict[MeasurementKey, Known]:
    """Those that are held, and the fresh ones beside them."""
    first = max((one.id for one in held.values()), default=0) + 1
    entries = [
        {"id": id_, "key": m.key, "slice_seconds": m.seconds, "description": m.description, "folded_until": 0}
        for id_, m in enumerate(fresh, first)
    ]
    if not entries:
        return dict(held)
    upserts.add(connection, _measurement, [seals.sealed(_measurement, entry) for entry in entries])
    return find_all(connection)


def measured(connection: Connection, known: Known) -> Spans:
    query = sa.select(_measured.c.start, _measured.c.end).where(_measured.c.measurement_id == known.id)
    return Spans.of(Span(start, end) for start, end in connection.execute(query))


def mark_measured(connection: Connection, fresh: Sequence[tuple[int, Span]]) -> None:
    ids = {id_ for id_, _ in fresh}
    spans: dict[int, list[Span]] = {id_: [] for id_ in ids}
    for id_, start, end in connection.execute(
        sa.select(*(_measured.c[name] for name in ("measurement_id", "start", "end")))
    ):
        if id_ in ids:
            spans[id_].append(Span(start, end))
    changed = {}
    for id_ in ids:
        merged = Spans.of([*spans[id_], *(span for other, span in fresh if other == id_)])
        if merged.parts != tuple(spans[id_]):
            changed[id_] = merged
    if changed:
        gone = sa.delete(_measured).where(_measured.c.measurement_id == sa.bindparam("id_"))
        connection.execute(gone, [{"id_": id_} for id_ in changed])
        entries = [
            {"measurement_id": i, "start": s.start, "end": s.end} for i, merged in changed.items() for s in merged
        ]
        upserts.add(connection, _measured, [seals.sealed(_measured, entry) for entry in entries])


def open_slices(connection: Connection, known: Known) -> Slices:
    query = sa.select(*_SLICE_COLUMNS).where(_slice.c.measurement_id == known.id, _slice.c.start >= known.folded_until)
    return _slices(known, connection.execute(query.order_by(_slice.c.start)).fetchall())


def all_open(connection: Connection, known: dict[MeasurementKey, Known]) -> dict[MeasurementKey, Slices]:
    """The open slices of every measurement that has some, in one pass; for sums alone, so without their states."""
    by_id = {k.id: k for k in known.values()}
    columns = (_slice.c.measurement_id, *_SLICE_COLUMNS[:-1], sa.null())
    query = sa.select(*columns).order_by(_slice.c.measurement_id, _slice.c.start)
    return {
        by_id[id_].key: _slices(by_id[id_], [row[1:] for row in group])
        for id_, group in groupby(connection.execute(query).fetchall(), key=lambda row: row[0])
    }


def upsert_open(connection: Connection, known: Known, slices: Slices) -> None:
    if not len(slices):
        return
    states = [None] * len(slices) if slices.states is None else [packing.pack_states(row) for row in slices.states]
    starts, good, total, kept = (getattr(slices, name).tolist() for name in ("starts", "good", "total", "known"))
    rows = zip(starts, [known.id] * len(slices), good, total, kept, states, strict=True)
    values = [dict(zip(_slice.c.keys(), (*row, seals.seal(row)), strict=True)) for row in rows]
    upserts.put(connection, _slice, values)


def close(connection: Connection, known: Known, frontier: int) -> None:
    """Open slices before the frontier are packed: their rows go."""
    connection.execute(sa.delete(_slice).where(_slice.c.measurement_id == known.id, _slice.c.start < frontier))
    here = _measurement.c.id == known.id
    row = connection.execute(sa.select(_measurement).where(here)).mappings().one()
    moved = seals.sealed(_measurement, {**row, "folded_until": frontier})
    connection.execute(sa.update(_measurement).where(here).values(moved))


def frame(connection: Connection, known: Known, number: int) -> bytes | None:
    query = sa.select(_day.c.frame).where(_day.c.measurement_id == known.id, _day.c.day == number)
    return connection.execute(query).scalar()


def frames(connection: Connection, known: Known, span: Span) -> list[tuple[int, bytes]]:
    """(day, frame) of the days the span touches."""
    query = sa.select(_day.c.day, _day.c.frame).where(
        _day.c.measurement_id == known.id, _day.c.day.between(span.start // DAY, (span.end - 1) // DAY)
    )
    return [(number, packed) for number, packed in connection.execute(query.order_by(_day.c.day))]


def upsert_day(connection: Connection, known: Known, number: int, slices: Slices) -> None:
    good, total = fixed(slices.good).sum(axis=0).tolist(), fixed(slices.total).sum(axis=0).tolist()
    values = seals.sealed(
        _day,
        {
            "measurement_id": known.id,
            "day": number,
            "good_whole": good[0],
            "good_parts": good[1],
            "total_whole": total[0],
            "total_parts": total[1],
            "known": int(slices.known.sum()),
            "frame": packing.pack(slices),
        },
    )
    upserts.put(connection, _day, [values])


def day_sums(connection: Connection, span: Span) -> dict[int, Ints]:
    """Measurement id → (n, 6): day, good and total as whole and parts, known seconds."""
    query = sa.select(*(_day.c[name] for name in SUMS)).where(_day.c.day.between(span.start // DAY, span.end // DAY))
    cursor = connection.execute(query.order_by(_day.c.measurement_id, _day.c.day)).cursor
    table = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, len(SUMS))
    ids, firsts = np.unique(table[:, 0], return_index=True)
    return dict(zip(ids.tolist(), np.split(table[:, 1:], firsts[1:]), strict=True)) if len(ids) else {}


def sums(connection: Connection, known: Known, number: int) -> tuple[int, ...]:
    """Good and total as whole and parts, known seconds: what is kept of one day."""
    query = sa.select(*(_day.c[name] for name in SUMS[2:]))
    return tuple(connection.execute(query.where(_day.c.measurement_id == known.id, _day.c.day == number)).one())


def packed_days(connection: Connection, wanted: Mapping[int, Collection[int]]) -> dict[int, list[tuple[int, bytes]]]:
    """Measurement id → (day, frame) of the wanted days that there are, in order."""
    days = sorted({day for days in wanted.values() for day in days})
    found: dict[int, list[tuple[int, bytes]]] = {}
    for number in days:
        query = sa.select(_day.c.measurement_id, _day.c.frame).where(_day.c.day == number)
        for id_, frame in connection.execute(query).cursor.fetchall():
            if number in wanted.get(id_, ()):
                found.setdefault(id_, []).append((number, frame))
    return found


SUMS = ("measurement_id", "day", "good_whole", "good_parts", "total_whole", "total_parts", "known")


def differing(before: Slices, after: Slices) -> int:
    """Cells that both have, with other values."""
    _, first, second = np.intersect1d(before.starts, after.starts, assume_unique=True, return_indices=True)
    a, b = before.take(first), after.take(second)
    return int(((a.good != b.good) | (a.total != b.total) | (a.known != b.known) | _other_states(a, b)).sum())


def _other_states(a: Slices, b: Slices) -> npt.NDArray[np.bool_]:
    if a.states is None or b.states is None:
        return np.zeros(len(a), dtype=bool)
    steps = int(np.lcm(a.states.shape[1], b.states.shape[1]))
    first, second = (np.repeat(x, steps // x.shape[1], axis=1) for x in (a.states, b.states))
    return np.asarray(((first != second) & ~(np.isnan(first) & np.isnan(second))).any(axis=1))


def _slices(known: Known, found: Sequence[Sequence[Any]]) -> Slices:
    if not found:
        return empty(known.seconds)
    starts, good, total, kept, states = zip(*found, strict=True)
    table = None
    if states[0] is not None:
        steps = [packing.unpack_states(packed) for packed in states]
        finest = int(np.lcm.reduce([len(row) for row in steps]))
        table = np.stack([np.repeat(row, finest // len(row)) for row in steps])
    return Slices(
        known.seconds,
        np.array(starts, dtype=np.int64),
        np.array(good, dtype=np.float64),
        np.array(total, dtype=np.float64),
        np.array(kept, dtype=np.int64),
        table,
    )
