"""What a board shows of promises that are judged together: each is an entry like others once somebody looks at it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, cast, overload

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.boards import NONE, Columns, Entry, Past
from sla_monitor.compliance.cohorts import Cohort
from sla_monitor.compliance.columns import STATUSES
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.promises import Promises
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Point, Standing, Status
from sla_monitor.compliance.terms import Agreement, AgreementName, MeasurementKey, Objective
from sla_monitor.measuring.inquiries import Measured, Question
from sla_monitor.measuring.stated import Stated


class Eye(Protocol):
    """What is known beside the slices when a board is made."""

    @property
    def measured(self) -> Measured: ...
    @property
    def stated(self) -> Stated: ...

    @property
    def owners(self) -> Collection[AgreementName]:
        """Agreements with promises that have something of their own."""

    def instants(self, promises: Ints, seconds: int) -> Iterable[tuple[int, Spans, Ints]]:
        """At which the promises, of agreements without an amendment, are judged; when they were measured, and which."""

    def own(self, agreement: Agreement, objective: Objective) -> Hashable:
        """What its schedule hangs on beside what was agreed."""

    def schedule(
        self, agreement: Agreement, objective: Objective, span: Span, at: int, windows: Iterable[Span]
    ) -> Schedule: ...

    def drawn(self, question: Question, standing: Standing) -> tuple[Point, ...]: ...


@dataclass(frozen=True)
class Kind:
    """Promises with the same terms, but for their targets. places: of the entries they become."""

    name: Hashable
    places: tuple[int, ...]
    promises: Promises

    @cached_property
    def keys(self) -> tuple[MeasurementKey, ...]:
        return tuple(one.measurement.key for one in self.promises.objectives)

    @cached_property
    def table(self) -> npt.NDArray[np.int64]:
        """The places."""
        return np.array(self.places, np.int64)

    @property
    def first(self) -> tuple[Agreement, Objective]:
        return self.promises.agreements[0], self.promises.objectives[0]

    def taken(self, rows: Sequence[int], name: Hashable) -> Kind:
        if len(rows) == len(self.places):
            return replace(self, name=name)
        return Kind(name, tuple(self.places[row] for row in rows), self.promises.taken(rows))


@dataclass(frozen=True)
class View:
    """Promises of one kind at one instant. before: the cohort of the last window; None: there was none."""

    kind: Kind
    question: Question
    cohort: Cohort
    before: Cohort | None
    past: Past
    eye: Eye

    @property
    def columns(self) -> Columns:
        """What can be told without a record."""
        return Columns(self.kind.table, self.cohort, self.past)

    def asked(self, row: int) -> Question:
        promises = self.kind.promises
        return replace(self.question, agreement=promises.agreements[row], objective=promises.objectives[row])

    def previous(self, row: int) -> Standing | None:
        return None if self.before is None else self.eye.stated.of(closed(self.before, row))


class Row(Entry):
    """An entry that is a row of a cohort; its records are made when somebody looks."""

    def __init__(self, view: View, row: int) -> None:
        self.__dict__.update(_view=view, _row=row)

    def __repr__(self) -> str:
        return f"Row({'/'.join(self.key)}, {self.status.value})"

    @cached_property
    def current(self) -> Standing:
        return self._view.cohort.standing(self._row)

    @cached_property
    def previous(self) -> Standing | None:
        return self._view.previous(self._row)

    @property
    def agreement(self) -> Agreement:
        return self._view.kind.promises.agreements[self._row]

    @property
    def objective(self) -> Objective:
        return self._view.kind.promises.objectives[self._row]

    @property
    def status(self) -> Status:
        figures = self._view.cohort.figures
        return STATUSES[figures.statuses[self._row]] if figures.sure[self._row] else self.current.status

    @property
    def when(self) -> tuple[Window, int]:
        return _when(self._view.cohort)

    @property
    def when_before(self) -> tuple[Window, int] | None:
        return None if self._view.before is None else _when(self._view.before)

    @property
    def remaining(self) -> float | None:
        return super().remaining if (found := self._figure("remaining")) is None else _unless_nan(found)

    @property
    def exhaustion(self) -> int | None:
        if (found := self._figure("exhaustion")) is None:
            return super().exhaustion
        return None if _unless_nan(found) is None else int(found)

    def _figure(self, name: str) -> float | None:
        """NaN for nothing; None where only the record can tell."""
        figures = self._view.cohort.figures
        return float(getattr(figures, name)[self._row]) if figures.sure[self._row] else None

    @property
    def status_before(self) -> Status | None:
        found = self._view.past.statuses[self._row]
        return None if found == NONE else STATUSES[found]

    @property
    def burndown(self) -> tuple[Point, ...]:
        return self._view.eye.drawn(self._view.asked(self._row), self.current)

    _view: View
    _row: int


class Entries(Sequence[Entry]):
    """Those of a board, in the order of the promises. What is a row of a view becomes one when somebody looks."""

    def __init__(self, count: int, views: Sequence[View]) -> None:
        self._views, self._made = views, cast("list[Entry | None]", [None] * count)
        self._which, self._rows = np.full(count, -1), np.zeros(count, np.int64)
        for number, view in enumerate(views):
            self._which[view.kind.table], self._rows[view.kind.table] = number, np.arange(len(view.kind.table))

    @cached_property
    def left(self) -> list[int]:
        """The places of those that are no row."""
        return np.flatnonzero(self._which < 0).tolist()

    def add(self, apart: Iterable[Entry]) -> None:
        """Of the places that are left."""
        for place, entry in zip(self.left, apart, strict=True):
            self._made[place] = entry

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        found = self._made[place]
        if found is None:
            found = self._made[place] = Row(self._views[self._which[place]], int(self._rows[place]))
        return found


def _when(cohort: Cohort) -> tuple[Window, int]:
    return cohort.outline.window, cohort.outline.at


def _unless_nan(value: float) -> float | None:
    return None if np.isnan(value) else value


def closed(before: Cohort, row: int) -> Standing:
    """Its lookbacks cut whole days in two; nobody asks for them once the window is closed."""
    return replace(before.standing(row), burn_rates={})
