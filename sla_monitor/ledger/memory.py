"""What a monitor keeps in mind of the ledger: which measurements there are, and of which time they were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, reduce
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
        return self._entered(connection, *_stamps(connection, (tables.measurement,)))

    def _entered(self, connection: Connection, stamp: object) -> Entered:
        return self._kept("entered", stamp, lambda: Entered(rows.find_all(connection)))

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

    def times(self, connection: Connection) -> tuple[Entered, Times]:
        """Those there are, and of which time each was measured."""
        listed, own, rosters, open_ = _stamps(connection, _TIMED)
        entered = self._entered(connection, listed)
        kinds = self._kept("kinds", (entered, own, rosters), lambda: self._kinds(connection, entered, own, rosters))
        return entered, self._kept("times", (kinds, open_), lambda: kinds.times(spanned.spans(connection)))

    def _kinds(self, connection: Connection, entered: Entered, own: object, rosters: object) -> _Kinds:
        days = self._kept("measured", own, lambda: rows.measured(connection))
        of = self._kept("rosters", rosters, lambda: _rosters_of(connection))
        numbers, kinds = dict[tuple[int, tuple[int, ...], int], int](), list[tuple[Spans, tuple[int, ...], int]]()
        found = np.full(len(entered.frontiers), -1, np.int64)
        for one in entered.known.values():
            mine, on = days.get(one.id, NOWHEN), of.get(one.id, ())
            alike = (id(mine), on, one.folded_until)
            if alike not in numbers:
                numbers[alike] = len(kinds)
                kinds.append((mine, on, one.folded_until))
            found[one.id] = numbers[alike]
        return _Kinds(found, kinds)

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


_TIMED = (tables.measurement, tables.measured, tables.roster, tables.spanned)


def _stamps(connection: Connection, of: tuple[sa.Table, ...]) -> list[tuple[int, int]]:
    """Of rows that are otherwise it is otherwise, whatever was undone, or lost with a database, in between."""
    told = connection.execute(_summed_up(of)).one()
    return list(zip(told[::2], told[1::2], strict=True))


@cache
def _summed_up(of: tuple[sa.Table, ...]) -> sa.Select[Any]:
    """The number of rows and the sum of their seals, of each table."""
    sums = [sa.select(sa.func.count().label("rows"), sa.func.sum(one.c.seal).label("seals")).subquery() for one in of]
    side_by_side = reduce(lambda one, other: one.join(other, sa.true()), sums[1:], cast("sa.FromClause", sums[0]))
    return sa.select(*(column for one in sums for column in one.c)).select_from(side_by_side)
