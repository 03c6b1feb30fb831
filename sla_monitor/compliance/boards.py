"""The picture everybody looks at: how all promises stand, one by one and in columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.cohorts import Cohort
from sla_monitor.compliance.columns import STATUSES
from sla_monitor.compliance.declarations import Declared
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.promises import Mask
from sla_monitor.compliance.slices import Floats
from sla_monitor.compliance.standings import Point, Standing, Status
from sla_monitor.compliance.terms import Agreement, AgreementName, Objective, ObjectiveKey


@dataclass(frozen=True)
class Entry:
    """All there is to show of one objective. previous None: no window has closed in its term yet.

    drawn: makes the burn-down, when somebody looks at it.
    """

    current: Standing
    previous: Standing | None
    drawn: Callable[[], tuple[Point, ...]] = field(compare=False)

    @property
    def agreement(self) -> Agreement:
        return self.current.agreement

    @property
    def objective(self) -> Objective:
        return self.current.objective

    @property
    def key(self) -> ObjectiveKey:
        return self.agreement.name, self.objective.name

    @property
    def status(self) -> Status:
        return self.current.status

    @property
    def status_before(self) -> Status | None:
        """Of the previous window; None where there is none."""
        return None if self.previous is None else self.previous.status

    @property
    def when(self) -> tuple[Window, int]:
        """The current window, and the instant it is judged at."""
        return self.current.window, self.current.at

    @property
    def when_before(self) -> tuple[Window, int] | None:
        """The same of the previous one."""
        return None if self.previous is None else (self.previous.window, self.previous.at)

    @property
    def remaining(self) -> float | None:
        """The share of the error budget that is left; None: there is none to speak of."""
        budget = self.current.budget
        return None if budget is None or not self.current.is_known else float(budget.remaining_ratio)

    @property
    def exhaustion(self) -> int | None:
        """When the budget runs out; None: not in this window, or nothing is known of it."""
        return self.current.projection.exhaustion if self.current.is_known else None

    @property
    def burndown(self) -> tuple[Point, ...]:
        return self.drawn()


@dataclass(frozen=True)
class Past:
    """The windows before, of the rows of a cohort. statuses: places in STATUSES, or NONE; attainment: NaN for none."""

    statuses: npt.NDArray[np.int8]
    attainment: Floats


NONE = -1


@dataclass(frozen=True)
class Columns:
    """Some of the entries of a board as columns. places: (n,) which ones. Rows that are not `sure` tell nothing."""

    places: npt.NDArray[np.int64]
    cohort: Cohort
    past: Past

    def __len__(self) -> int:
        return len(self.places)

    def taken(self, among: npt.NDArray[np.int64]) -> Columns:
        """Those of some places, in the order in which these are left."""
        rows = np.flatnonzero(np.isin(self.places, among))
        past = Past(self.past.statuses[rows], self.past.attainment[rows])
        return Columns(np.searchsorted(among, self.places[rows]), self.cohort.taken(rows), past)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Board:
    """Made by a cycle, then never changed.

    measured_until: source → end of the last slice all its measurements have; None: nothing yet.
    faults: texts of faulty agreements. declared: all that was ever declared at runtime. columns: entries of which
    nobody need look at the record to tell what they show. promised: of each entry what it is of, so that nobody need
    make a million of them to find one; None: they say it themselves.
    """

    entries: Sequence[Entry] = ()
    agreements: tuple[Agreement, ...] = ()
    faults: tuple[str, ...] = ()
    at: int | None = None
    breaches: dict[ObjectiveKey, int] = field(default_factory=dict)
    lifetimes: dict[AgreementName, Lifetime] = field(default_factory=dict)
    statements: dict[AgreementName, int] = field(default_factory=dict)
    declared: tuple[Declared, ...] = ()
    columns: tuple[Columns, ...] = ()
    promised: Sequence[tuple[Agreement, Objective]] | None = None

    @property
    def promises(self) -> Sequence[tuple[Agreement, Objective]]:
        """Of each entry, in their order."""
        return [(one.agreement, one.objective) for one in self.entries] if self.promised is None else self.promised

    def of(self, name: str) -> tuple[Entry, ...]:
        return tuple(self.entries[place] for place in self._places({name}))

    def apart(self) -> list[Entry]:
        """The entries that no column tells of."""
        return self._chosen(~self._told)

    def standing_as(self, status: Status) -> list[Entry]:
        """All entries whose current window, or last one, is so, and some of which no column tells."""
        place, found = STATUSES.index(status), ~self._told
        for one in self.columns:
            found[one.places] |= (one.cohort.figures.statuses == place) | (one.past.statuses == place)
        return self._chosen(found)

    @property
    def _told(self) -> Mask:
        told = np.zeros(len(self.entries), np.bool_)
        for one in self.columns:
            told[one.places[one.cohort.figures.sure]] = True
        return told

    def _places(self, names: Collection[str]) -> list[int]:
        return [place for place, (agreement, _) in enumerate(self.promises) if agreement.name in names]

    def _chosen(self, which: Mask) -> list[Entry]:
        return [self.entries[place] for place in np.flatnonzero(which).tolist()]

    def narrowed(self, agreements: Sequence[Agreement]) -> Board:
        """What it shows of some agreements."""
        names = {agreement.name for agreement in agreements}
        mine = self._places(names)
        places, entries = np.array(mine, np.int64), tuple(self.entries[place] for place in mine)
        return Board(
            entries=entries,
            agreements=tuple(agreements),
            faults=self.faults,
            at=self.at,
            breaches={key: count for key, count in self.breaches.items() if key[0] in names},
            lifetimes={name: dates for name, dates in self.lifetimes.items() if name in names},
            statements={name: count for name, count in self.statements.items() if name in names},
            declared=self.declared,
            columns=tuple(taken for one in self.columns if len(taken := one.taken(places))),
        )
