"""What a monitor keeps in mind of the ledger: which measurements there are, and of which time they were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.spans import NOWHEN, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import pages, rows, spanned, tables
from sla_monitor.ledger.rows import Known

T = TypeVar("T")


@dataclass
class Memory:
    """What is mostly the same from cycle to cycle: read again where its seals add up to something else."""

    _held: dict[str, tuple[object, Any]] = field(default_factory=dict)

    def known(self, connection: Connection) -> Mapping[MeasurementKey, Known]:
        return self._read(connection, tables.measurement, rows.find_all)

    def measured(self, connection: Connection) -> Mapping[int, Spans]:
        """Of each measurement, by its id."""
        ours = (tables.measurement, tables.measured, tables.roster, tables.spanned)
        stamp = tuple(_stamp(connection, table) for table in ours)
        return self._kept("all", stamp, lambda: self._measured(connection))

    def _measured(self, connection: Connection) -> dict[int, Spans]:
        days = self._read(connection, tables.measured, rows.measured)
        of = self._read(connection, tables.roster, _rosters_of)
        open_, shared = spanned.spans(connection), dict[tuple[int, tuple[int, ...], int], Spans]()
        found = {}
        for one in self.known(connection).values():
            own, rosters = days.get(one.id, NOWHEN), of.get(one.id, ())
            alike = (id(own), rosters, one.folded_until)
            if alike not in shared:
                shared[alike] = _together(own, rosters, one.folded_until, open_)
            found[one.id] = shared[alike]
        return found

    def _read(self, connection: Connection, table: sa.Table, read: Callable[[Connection], T]) -> T:
        return self._kept(table.name, _stamp(connection, table), lambda: read(connection))

    def _kept(self, name: str, stamp: object, read: Callable[[], T]) -> T:
        held = self._held.get(name)
        if held is None or held[0] != stamp:
            self._held[name] = held = (stamp, read())
        return cast("T", held[1])


def _together(days: Spans, rosters: tuple[int, ...], since: int, open_: Mapping[int, Spans]) -> Spans:
    """Whoever is further than others on its roster has those days itself."""
    parts = [span for roster in rosters for span in open_.get(roster, NOWHEN).after(since)]
    return days.union(Spans.of(parts)) if parts else days


def _rosters_of(connection: Connection) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for roster, ids in pages.members(connection).items():
        mine = (roster,)
        for id_ in ids.tolist():
            found[id_] = (*found[id_], roster) if id_ in found else mine
    return found


def _stamp(connection: Connection, table: sa.Table) -> tuple[Any, ...]:
    """Of rows that are otherwise it is otherwise, whatever was undone, or lost with a database, in between."""
    return tuple(connection.execute(sa.select(sa.func.count(), sa.func.sum(table.c.seal))).one())
