"""What a monitor keeps in mind of the ledger: which measurements there are, and of which time they were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeVar, cast

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import NOWHEN, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.ledger import pages, rows, spanned, tables
from sla_monitor.ledger.rows import Known

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Entered:
    """The measurements of the ledger."""

    known: Mapping[MeasurementKey, Known]

    @cached_property
    def by_id(self) -> dict[int, Known]:
        return {one.id: one for one in self.known.values()}

    @cached_property
    def frontiers(self) -> Ints:
        """(highest id + 1,) from when on the slices of each are open."""
        found = np.full(max(self.by_id, default=-1) + 1, pages.NEVER, np.int64)
        for one in self.known.values():
            found[one.id] = one.folded_until
        return found


@dataclass(frozen=True)
class Times:
    """kinds: (highest id + 1,) of each measurement the number of its spans; -1 is that of nobody, whose are empty."""

    kinds: Ints
    spans: Sequence[Spans]

    def of(self, id_: int) -> Spans:
        return self.spans[int(self.kinds[id_])]


@dataclass(frozen=True, eq=False)
class _Kinds:
    """What the time hangs on in which each was measured: its own days, its rosters, and what is open of it."""

    numbers: Ints
    kinds: Sequence[tuple[Spans, tuple[int, ...], int]]

    def times(self, open_: Mapping[int, Spans]) -> Times:
        return Times(self.numbers, [*(_together(*kind, open_) for kind in self.kinds), NOWHEN])


@dataclass
class Memory:
    """What is mostly the same from cycle to cycle: read again where its seals add up to something else."""

    _held: dict[str, tuple[object, Any]] = field(default_factory=dict)
    _name: object = field(default_factory=object)
    """What bundles are remembered by."""

    def entered(self, connection: Connection) -> Entered:
        return self._read(connection, tables.measurement, lambda told: Entered(rows.find_all(told)))

    def known(self, connection: Connection) -> Mapping[MeasurementKey, Known]:
        return self.entered(connection).known

    def ids(self, entered: Entered, bundle: Bundle) -> Ints:
        """Of each its id; -1 of those that are not in the ledger."""
        before: tuple[Entered, Ints] | None = bundle.memo.get(self._name)
        if before is None or before[0] is not entered:
            known = entered.known
            ids = np.array([known[key].id if key in known else -1 for key in bundle.keys], np.int64)
            bundle.memo[self._name] = before = (entered, ids)
        return before[1]

    def measured(self, connection: Connection, entered: Entered) -> Times:
        """Of which time each was measured."""
        stamp: tuple[object, ...] = (entered, *(_stamp(connection, one) for one in (tables.measured, tables.roster)))
        kinds = self._kept("kinds", stamp, lambda: self._kinds(connection, entered))
        stamp = (kinds, _stamp(connection, tables.spanned))
        return self._kept("times", stamp, lambda: kinds.times(spanned.spans(connection)))

    def _kinds(self, connection: Connection, entered: Entered) -> _Kinds:
        days = self._read(connection, tables.measured, rows.measured)
        of = self._read(connection, tables.roster, _rosters_of)
        numbers, kinds = dict[tuple[int, tuple[int, ...], int], int](), list[tuple[Spans, tuple[int, ...], int]]()
        found = np.full(len(entered.frontiers), -1, np.int64)
        for one in entered.known.values():
            own, rosters = days.get(one.id, NOWHEN), of.get(one.id, ())
            alike = (id(own), rosters, one.folded_until)
            if alike not in numbers:
                numbers[alike] = len(kinds)
                kinds.append((own, rosters, one.folded_until))
            found[one.id] = numbers[alike]
        return _Kinds(found, kinds)

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
    return tuple(connection.execute(_summed_up(table)).one())


@cache
def _summed_up(table: sa.Table) -> sa.Select[Any, Any]:
    return sa.select(sa.func.count(), sa.func.sum(table.c.seal))
