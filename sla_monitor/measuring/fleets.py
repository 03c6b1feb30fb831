"""A fleet's standings as columns: promises whose terms are alike are outlined once and judged together.

Their records are made when somebody looks. What columns do not suit is left to be judged one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

import numpy as np

from sla_monitor.compliance import amendments, cohorts, conditions, countings, standings, tilings
from sla_monitor.compliance.boards import NONE, Past
from sla_monitor.compliance.cohorts import Cohort
from sla_monitor.compliance.columns import STATUSES
from sla_monitor.compliance.countings import Case
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.promises import Promises
from sla_monitor.compliance.slices import NO_CELLS
from sla_monitor.compliance.spans import Spans
from sla_monitor.compliance.standings import Outline
from sla_monitor.compliance.terms import Agreement, Measurement, Objective
from sla_monitor.measuring import inquiries
from sla_monitor.measuring.digests import Digests
from sla_monitor.measuring.inquiries import Question
from sla_monitor.measuring.ports import Sheets
from sla_monitor.measuring.rosters import Roster
from sla_monitor.measuring.running import Running
from sla_monitor.measuring.stated import Stated
from sla_monitor.measuring.tallies import Group
from sla_monitor.measuring.views import Eye, Kind, View, closed

SETTLED_FOR = 86_400
"""So long after its end the slices of a window are no longer asked for again."""


class Fleet:
    """Keeps from board to board what need not be reckoned anew. Not for several threads at once.

    apart: measurements of which it differs are measured at different times, and so by others (None: all are at once).
    digests: for those whom no column suits.
    """

    def __init__(self, sheets: Sheets, apart: Callable[[Measurement], Hashable] | None = None) -> None:
        self._sheets, self._running, self._apart = sheets, Running(sheets), apart or _together
        self.digests = Digests()
        self._roster: Roster | None = None
        self._sorted: tuple[Roster, Mapping[int, Hashable], list[Kind]] | None = None
        self._parts: dict[Hashable, tuple[Kind, list[int], Kind]] = {}
        self._closed: dict[Hashable, tuple[object, Cohort]] = {}
        self._pasts: dict[Hashable, tuple[Cohort | None, int, tuple[int, ...], Past]] = {}

    def roster(self, agreements: Sequence[Agreement]) -> Roster:
        if self._roster is None or self._roster.given is not agreements:
            self._roster = Roster(agreements)
        return self._roster

    def follow(self) -> None:
        """Takes in what was written since. Raises LedgerError."""
        self.digests.follow(self._running.follow(), self._running.key_of)

    def views(self, roster: Roster, eye: Eye) -> list[View]:
        """All whom columns suit. Raises LedgerError."""
        self.follow()
        found, names = [], set[Hashable]()
        for kind in self._kinds(roster, eye):
            for number, (at, rows) in enumerate(_at_instants(kind, eye)):
                view = self._counted(kind, rows, (kind.name, number), at, eye)
                if view is not None:
                    found.append(view)
                    names |= {(view.kind.name, "now"), (view.kind.name, "before")}
        self._running.keep(names)
        self._closed = {name: kept for name, kept in self._closed.items() if name in names}
        self._pasts = {view.kind.name: self._pasts[view.kind.name] for view in found}
        self._parts = {view.kind.name: self._parts[view.kind.name] for view in found}
        return found

    def _kinds(self, roster: Roster, eye: Eye) -> list[Kind]:
        owners = eye.owners
        theirs = ((place, *pair) for place, pair in enumerate(roster.promises if owners else ()))
        own = {place: eye.own(a, o) for place, a, o in theirs if a.name in owners}
        known = self._sorted
        if known is None or known[0] is not roster or known[1] != own:
            known = self._sorted = roster, own, list(_kinds(roster.promises, own, self._apart))
        return known[2]

    def _counted(self, kind: Kind, rows: list[int], name: Hashable, at: int, eye: Eye) -> View | None:
        """Of those whose sums are any, which may turn out when they are read."""
        beyond = set(self._sheets.beyond)
        left = [row for row in rows if kind.keys[row] not in beyond] if beyond else rows
        view = self._view(self._part(kind, left, name), at, eye) if left else None
        return view if self._sheets.beyond == beyond else self._counted(kind, rows, name, at, eye)

    def _part(self, kind: Kind, rows: list[int], name: Hashable) -> Kind:
        """The same as of the last board, where nobody came or went."""
        known = self._parts.get(name)
        if known is None or known[0] is not kind or known[1] != rows:
            known = self._parts[name] = kind, rows, kind.taken(rows, name)
        return known[2]

    def _view(self, kind: Kind, at: int, eye: Eye) -> View | None:
        asked = inquiries.question(*kind.first, at, eye.measured, eye.schedule, stated=eye.stated)
        outline = _outline(asked, asked.current)
        past = None if asked.previous is None else _outline(asked, asked.previous)
        seconds = kind.first[1].measurement.slice_seconds
        if not all(one.is_plain(seconds) for one in (outline, past) if one is not None):
            return None
        cohort = self._cohort(kind, "now", outline, seconds)
        before = None if past is None else self._before(kind, at, past, seconds)
        return View(kind, asked, cohort, before, self._past(kind, before, eye.stated), eye)

    def _cohort(self, kind: Kind, which: str, outline: Outline, seconds: int) -> Cohort:
        group = Group((kind.name, which), kind.keys, seconds)
        return Cohort(outline, kind.promises, self._running.sums(group, outline.sets))

    def _before(self, kind: Kind, at: int, outline: Outline, seconds: int) -> Cohort:
        """Once no slice of it is awaited any more it stays, as long as nothing is written of its time."""
        name, end = (kind.name, "before"), outline.window.span.end
        mark, known = self._closed.get(name, (None, None))
        same = known is not None and known.outline == outline and known.promises is kind.promises
        if known is not None and same and mark == self._running.mark(name):
            return known
        known = self._cohort(kind, "before", outline, seconds)
        if end <= min(at - SETTLED_FOR, self._running.settled(seconds)):
            self._closed[name] = self._running.mark(name), known
        else:
            self._closed.pop(name, None)
        return known

    def _past(self, kind: Kind, before: Cohort | None, stated: Stated) -> Past:
        known = self._pasts.get(kind.name)
        if known is None or known[0] is not before or known[1:3] != (stated.place, kind.places):
            known = self._pasts[kind.name] = before, stated.place, kind.places, _past(kind.promises, before, stated)
        return known[3]


def _together(_: Measurement) -> None:
    return None


def _kinds(
    promises: Sequence[tuple[Agreement, Objective]],
    own: Mapping[int, Hashable],
    apart: Callable[[Measurement], Hashable],
) -> Iterator[Kind]:
    found: dict[Hashable, list[tuple[int, Agreement, Objective]]] = {}
    for place, (agreement, objective) in enumerate(promises):
        rules = [rule for rule in agreement.exclusions if rule.objectives is None or objective.name in rule.objectives]
        fixed = all(map(conditions.is_fixed, rules)) and not conditions.by_downtime(rules)
        if fixed and cohorts.suits(agreement, objective):
            terms = (*_terms(agreement, objective), apart(objective.measurement))
            found.setdefault((*terms, tuple(rules), own.get(place)), []).append((place, agreement, objective))
    for name, members in enumerate(found.values()):
        places, promised, objectives = zip(*members, strict=True)
        yield Kind(name, places, Promises(promised, objectives))


def _terms(agreement: Agreement, objective: Objective) -> tuple[Hashable, ...]:
    """All that an outline hangs on, with the rules; and what is decided alike."""
    m = objective.measurement
    when = agreement.zone.key, agreement.term, agreement.terminated, objective.window, objective.hours
    how = objective.partial_window, objective.method, objective.no_data, objective.remedy
    return (*when, *how, m.slice_seconds, m.is_counted)


def _at_instants(kind: Kind, eye: Eye) -> list[tuple[int, list[int]]]:
    """Rows that are judged at the same instant, and have a window before, or have none; the most of them first."""
    found: dict[tuple[int, bool], list[int]] = {}
    for at, spans, rows in eye.instants(kind.table, kind.first[1].measurement.slice_seconds):
        found.setdefault((at, _is_held(*kind.first, at, spans)), []).extend(rows.tolist())
    return [(at, sorted(rows)) for (at, _), rows in sorted(found.items(), key=lambda one: -len(one[1]))]


def _is_held(agreement: Agreement, objective: Objective, at: int, spans: Spans) -> bool:
    before = tilings.closed_before(agreement, objective, amendments.window_of(agreement, objective, at))
    return before is not None and bool(spans.intersect(Spans.of([before.span])))


def _outline(question: Question, window: Window) -> Outline:
    agreement, objective, schedule = question.agreement, question.objective, question.schedule
    at = min(question.at, window.span.end)
    case = Case(agreement, objective, window, at, schedule, standings.reach(window, at, objective))
    return standings.outline(countings.count(NO_CELLS, case), case)


def _past(promises: Promises, before: Cohort | None, stated: Stated) -> Past:
    """What was stated stays as it was stated."""
    if before is None:
        return Past(np.full(len(promises), NONE, np.int8), np.full(len(promises), np.nan))
    figures = before.figures
    past = Past(figures.statuses.copy(), figures.attainment.copy())
    for row, (agreement, objective) in enumerate(zip(promises.agreements, promises.objectives, strict=True)):
        told = stated.verdict((agreement.name, objective.name), before.outline.window)
        if told is None and not figures.sure[row]:
            standing = closed(before, row)
            told = standing.status, standing.attainment
        if told is not None:
            past.statuses[row] = STATUSES.index(told[0])
            past.attainment[row] = np.nan if told[1] is None else float(told[1])
    return past
