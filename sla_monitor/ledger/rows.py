"""Single rows of the ledger: the only place that spells its SQL for slices and days."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Floats, Ints, Slices, fixed
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Measurement, MeasurementKey
from sla_monitor.ledger import frames as packing
from sla_monitor.ledger import seals, tables, upserts
from sla_monitor.ledger.frames import DAY

_measurement, _measured, _day = tables.measurement, tables.measured, tables.day
_SPAN_COLUMNS = (_measured.c.measurement_id, _measured.c.start, _measured.c.end)
FEW = 500
"""Of so many rows each is looked for; of more all of a day are read."""

STEADY = 1e-12
"""Of what is counted: VictoriaMetrics adds up fractions in no steady order. An event more is far more than that."""


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


def enter(connection: Connection, held: Mapping[MeasurementKey, Known], measurements: Iterable[Measurement]) -> None:
    """The measurements, where they are new."""
    fresh = {m.key: m for m in measurements if m.key not in held}
    entered(connection, held, [Entry(m.key, m.slice_seconds, repr(m)) for m in fresh.values()])


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


def measured(connection: Connection) -> dict[int, Spans]:
    """Of each measurement of what time slices lie in days. Thousands have the same."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for id_, start, end in connection.execute(sa.select(*_SPAN_COLUMNS)).cursor.fetchall():
        spans.setdefault(id_, []).append((start, end))
    alike = {
        parts: Spans.of(Span(start, max(start, end)) for start, end in parts) for parts in {*map(tuple, spans.values())}
    }
    return {id_: alike[tuple(parts)] for id_, parts in spans.items()}


def _measured_of(connection: Connection, known: Known) -> Spans:
    query = sa.select(_measured.c.start, _measured.c.end).where(_measured.c.measurement_id == known.id)
    return Spans.of(Span(start, end) for start, end in connection.execute(query))


def mark_measured(connection: Connection, fresh: Sequence[tuple[int, Span]]) -> None:
    """That these lie in days now."""
    added: dict[int, list[Span]] = {}
    for id_, span in fresh:
        added.setdefault(id_, []).append(span)
    held: dict[int, dict[int, int]] = {id_: {} for id_ in added}
    for id_, start, end in connection.execute(sa.select(*_SPAN_COLUMNS)).cursor.fetchall():
        if id_ in held:
            held[id_][start] = end
    gone, put = [], []
    for id_, spans in held.items():
        merged = {s.start: s.end for s in Spans.of([*(Span(*span) for span in spans.items()), *added[id_]])}
        gone += [{"id_": id_, "at": start} for start in spans if start not in merged]
        put += [(id_, start, end) for start, end in merged.items() if spans.get(start) != end]
    if gone:
        where = (_measured.c.measurement_id == sa.bindparam("id_"), _measured.c.start == sa.bindparam("at"))
        connection.execute(sa.delete(_measured).where(*where), gone)
    entries = [{"measurement_id": id_, "start": start, "end": end} for id_, start, end in put]
    upserts.put(connection, _measured, [seals.sealed(_measured, entry) for entry in entries])


def forget_measured(connection: Connection, known: Known, until: int) -> None:
    """Nobody measured anything before the instant, as far as the ledger remembers."""
    left = _measured_of(connection, known).after(until)
    connection.execute(sa.delete(_measured).where(_measured.c.measurement_id == known.id))
    entries = [{"measurement_id": known.id, "start": s.start, "end": s.end} for s in left]
    upserts.add(connection, _measured, [seals.sealed(_measured, entry) for entry in entries])


def move(connection: Connection, frontiers: Mapping[int, int]) -> None:
    """Slices of these measurements that start before their frontier lie in days from now on."""
    query = sa.select(_measurement)
    if len(frontiers) <= FEW:
        query = query.where(_measurement.c.id.in_(frontiers))
    found = [row for row in connection.execute(query).mappings() if row["id"] in frontiers]
    moved = [seals.sealed(_measurement, {**row, "folded_until": frontiers[row["id"]]}) for row in found]
    upserts.put(connection, _measurement, moved)


def frames(connection: Connection, known: Known, span: Span) -> list[tuple[int, bytes]]:
    """(day, frame) of the days the span touches."""
    query = sa.select(_day.c.day, _day.c.frame).where(
        _day.c.measurement_id == known.id, _day.c.day.between(span.start // DAY, (span.end - 1) // DAY)
    )
    return [(number, packed) for number, packed in connection.execute(query.order_by(_day.c.day))]


def frames_of(connection: Connection, number: int, ids: Collection[int]) -> dict[int, bytes]:
    """Of each measurement that has one, the frame of a day."""
    query = sa.select(_day.c.measurement_id, _day.c.frame).where(_day.c.day == number)
    if len(ids) <= FEW:
        query = query.where(_day.c.measurement_id.in_(ids))
    return {id_: frame for id_, frame in connection.execute(query) if id_ in ids}


def put_days(connection: Connection, number: int, slices: Mapping[int, Slices]) -> None:
    """Of each measurement all slices of a day."""
    upserts.put(connection, _day, [_day_row(id_, number, held) for id_, held in slices.items()])


def _day_row(id_: int, number: int, slices: Slices) -> dict[str, Any]:
    good, total = fixed(slices.good).sum(axis=0).tolist(), fixed(slices.total).sum(axis=0).tolist()
    return seals.sealed(
        _day,
        {
            "measurement_id": id_,
            "day": number,
            "good_whole": good[0],
            "good_parts": good[1],
            "total_whole": total[0],
            "total_parts": total[1],
            "known": int(slices.known.sum()),
            "frame": packing.pack(slices),
        },
    )


def day_sums(connection: Connection, span: Span, ids: Collection[int] | None = None) -> Ints:
    """(n, 7) sorted by measurement: its id, the day, good and total as whole and parts, known seconds.

    `ids`: whose are wanted, where others may be among them.
    """
    query = sa.select(*(_day.c[name] for name in SUMS)).where(_day.c.day.between(span.start // DAY, span.end // DAY))
    if ids is not None and len(ids) <= FEW:
        query = query.where(_day.c.measurement_id.in_(ids))
    table = np.array(connection.execute(query).cursor.fetchall(), dtype=np.int64).reshape(-1, len(SUMS))
    return table[np.argsort(table[:, 0], kind="stable")]


def sums(connection: Connection, known: Known, number: int) -> tuple[int, ...]:
    """Good and total as whole and parts, known seconds: what is kept of one day."""
    query = sa.select(*(_day.c[name] for name in SUMS[2:]))
    return tuple(connection.execute(query.where(_day.c.measurement_id == known.id, _day.c.day == number)).one())


def packed(connection: Connection, number: int) -> dict[int, bytes]:
    """Measurement id → the frame of a day."""
    query = sa.select(_day.c.measurement_id, _day.c.frame).where(_day.c.day == number)
    return dict(connection.execute(query).cursor.fetchall())


SUMS = ("measurement_id", "day", "good_whole", "good_parts", "total_whole", "total_parts", "known")


def differing(before: Slices, after: Slices) -> Ints:
    """The starts of the cells that both have, with other values; a last digit that comes and goes is none."""
    _, first, second = np.intersect1d(before.starts, after.starts, assume_unique=True, return_indices=True)
    a, b = before.take(first), after.take(second)
    other = _apart(a.good, b.good) | _apart(a.total, b.total) | (a.known != b.known) | _other_states(a, b)
    return np.asarray(a.starts[other])


def _apart(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(a - b) > STEADY * np.maximum(np.abs(a), np.abs(b)))


def _other_states(a: Slices, b: Slices) -> npt.NDArray[np.bool_]:
    if a.states is None or b.states is None:
        return np.zeros(len(a), dtype=bool)
    steps = int(np.lcm(a.states.shape[1], b.states.shape[1]))
    first, second = (np.repeat(x, steps // x.shape[1], axis=1) for x in (a.states, b.states))
    return np.asarray(((first != second) & ~(np.isnan(first) & np.isnan(second))).any(axis=1))
