"""What is past keeping goes: first the slices of a day, of which the sums stay, then the day itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import frames, pages, partitions, rows, seals, tables, upserts
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.rows import Known
from sla_monitor.ledger.store import Store

_day = tables.day
_FULL = sa.func.length(_day.c.frame) > frames.HEAD_BYTES


@dataclass(frozen=True)
class Limits:
    """Instants before which slices, and days, need not be kept; None: for ever."""

    slices: int | None
    days: int | None


@dataclass(frozen=True)
class Trimmed:
    """Days of measurements: whose slices went, and that went whole."""

    slices: int = 0
    days: int = 0

    def __add__(self, other: Trimmed) -> Trimmed:
        return Trimmed(self.slices + other.slices, self.days + other.days)


def trim(store: Store, limits: Limits, since: Mapping[MeasurementKey, int]) -> Trimmed:
    """`since`: from when on all is needed of a measurement, whatever the limits. A transaction for each measurement."""
    with store.reading() as connection:
        known = rows.find_all(connection)
    done = Trimmed()
    for key, one in known.items():
        needed = since.get(key)
        slices, days = (_border(limit, needed) for limit in (limits.slices, limits.days))
        slices = min(slices, one.folded_until // DAY)  # of a day that is still being filled the sums are not all there
        if _is_due(store, one, slices, days):
            with store.writing() as connection:
                done += Trimmed(_bare(connection, one, slices), _forget(connection, one, days))
    if done.days and limits.days is not None:
        with store.writing() as connection:
            pages.drop(connection, {one.id: one for one in rows.find_all(connection).values()})
            if store.partitioned:
                partitions.drop_empty(connection, limits.days // DAY)
    return done


def forgotten(connection: Connection) -> dict[MeasurementKey, set[int]]:
    """The days of each measurement of which the sums alone are kept."""
    query = sa.select(tables.measurement.c.key, _day.c.day).join_from(_day, tables.measurement).where(~_FULL)
    found: dict[MeasurementKey, set[int]] = {}
    for key, number in connection.execute(query):
        found.setdefault(key, set()).add(number)
    return found


def _border(limit: int | None, needed: int | None) -> int:
    """The first day that is kept; 0 where all are."""
    if limit is None:
        return 0
    return (limit if needed is None else min(limit, needed)) // DAY


def _is_due(store: Store, known: Known, slices: int, days: int) -> bool:
    here = _day.c.measurement_id == known.id
    due = sa.or_(sa.and_(_day.c.day < slices, _FULL), _day.c.day < days)
    with store.reading() as connection:
        return connection.execute(sa.select(sa.literal(1)).where(here, due).limit(1)).first() is not None


def _bare(connection: Connection, known: Known, until: int) -> int:
    """All that is left of a frame is how many slices it had."""
    due = sa.select(_day).where(_day.c.measurement_id == known.id, _day.c.day < until, _FULL)
    old = [dict(row) for row in connection.execute(due).mappings()]
    upserts.put(connection, _day, [seals.sealed(_day, {**row, "frame": frames.bare(row["frame"])}) for row in old])
    return len(old)


def _forget(connection: Connection, known: Known, until: int) -> int:
    """That it was measured goes with the day, or its slices would be missed."""
    gone = connection.execute(sa.delete(_day).where(_day.c.measurement_id == known.id, _day.c.day < until)).rowcount
    if gone:
        if known.folded_until < until * DAY:
            rows.move(connection, {known.id: until * DAY})
        rows.forget_measured(connection, known, until * DAY)
    return gone
