"""Closed windows into statements: what is stated of them, once, and again when it has to be (domain.md 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sla_monitor.compliance import (
    accounts,
    amendments,
    conditions,
    countings,
    evidences,
    histories,
    judgements,
    slices,
    standings,
    statements,
)
from sla_monitor.compliance.declarations import Declared
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.interventions import Interventions
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.readings import Seen
from sla_monitor.compliance.silences import Silence
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.statements import Draft, Statement
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, ObjectiveName
from sla_monitor.measuring.overdue import Closable, judged_at, needed, outward
from sla_monitor.measuring.ports import Archive, Timetable
from sla_monitor.measuring.stated import Stated

Measured = Mapping[MeasurementKey, Spans]
Held = Mapping[MeasurementKey, Slices]
Instants = Mapping[ObjectiveName, int]


@dataclass(frozen=True)
class _Known:
    """Slices, when they were asked for, until which statement others are known, and when promises held."""

    held: Held
    measured: Measured
    before: str | None
    timetable: Timetable


@dataclass(frozen=True)
class Closing:
    """`grace`: seconds, None where windows close as soon as they are settled. `program`: the version that states.

    `timetable` makes one of what was declared and silenced.
    """

    archive: Archive
    timetable: Callable[[tuple[Declared, ...], tuple[Silence, ...]], Timetable]
    grace: int | None
    program: str

    def close(self, closable: Closable, now: int) -> Statement | None:
        """States a window, once; None where that was done meanwhile."""
        return self.archive.issue(self.draft(closable, now))

    def restate(self, last: Statement, closable: Closable, now: int, *, reason: str, author: str) -> Statement | None:
        """The next version, with what is known and agreed now; None where nothing differs."""
        again = statements.restated(self.draft(closable, now), last, reason, author)
        return None if again is None else self.archive.issue(again, last.sha256)

    def draft(self, closable: Closable, now: int) -> Draft:
        """What is to be stated. Digests and numbers come from the same slices."""
        text, *calendars = documents_of(closable.agreement)
        self.archive.keep((text, *calendars), now)
        instants = {o.name: judged_at(o, closable.window, self.grace) for o in closable.objectives}
        spans = reached(closable, instants)
        held = {m.key: self.archive.slices(m.key, span) for m, span in spans.items()}
        around = (closable.window.span, *spans.values())
        whole = Span(min(span.start for span in around), max(span.end for span in around))
        brought = Interventions(self.archive.declared(), self.archive.silences()).of(closable.agreement, whole)
        evidence = {
            "agreement": {"sha256": text.sha256, "text": text.text},
            "calendars": [{"name": one.name, "sha256": one.sha256} for one in calendars],
            "slices": [
                evidences.evidence_of(m, span, held[m.key], self.archive.asked(m.key)) for m, span in spans.items()
            ],
            **brought.evidence(),
        }
        told = self.accounts(closable, held, instants, brought)
        program, agreement, window = self.program, closable.agreement, closable.window
        return statements.drafted(agreement, window, told, evidence, made_at=now, program=program)

    def accounts(
        self,
        closable: Closable,
        held: Held,
        instants: Instants,
        brought: Interventions,
        before: str | None = None,
    ) -> list[Record]:
        """What comes of the slices and of what was brought about, for each promise, judged as of its instant.

        `before`: of the windows before what was stated until the statement of that hash; None: so far.
        """
        nothing = {m.key: slices.empty(1) for _, m in conditions.measurements(closable.agreement)}
        everything = {**nothing, **held}
        timetable = self.timetable(brought.declared, brought.silences)
        known = _Known(everything, self.archive.measured(everything), before, timetable)
        return [self._account(closable, o, instants[o.name], known) for o in closable.objectives]

    def _account(self, closable: Closable, objective: Objective, at: int, known: _Known) -> Record:
        agreement, window = closable.agreement, closable.window
        seen = Seen(at, lambda key, span: known.held[key].between(span.start, span.end))
        reach = standings.reach(window, at, objective)
        schedule = known.timetable(agreement, objective, reach, seen, windows=[window.span])
        standing = judgements.judge(agreement, objective, window, at, known.held, schedule=schedule)
        if earlier := histories.before(agreement, objective, window, at):
            standing = histories.remembering(standing, self._stated(agreement, objective, earlier, known.before))
        needs = list(needed(agreement, objective, window))
        asked = Spans.of(part for m, span in needs for part in known.measured[m.key].within(span))
        return accounts.account_of(standing, asked, list(dict.fromkeys(m.key for m, _ in needs)))

    def _stated(
        self, agreement: Agreement, objective: Objective, windows: Iterable[Window], before: str | None
    ) -> Iterator[Earlier]:
        """What was stated of the windows before; of one without a statement nobody knows."""
        stated, key = Stated.of_agreement(self.archive, agreement.name, before), (agreement.name, objective.name)
        for window in windows:
            yield stated.earlier(key, window) or Earlier(window, None, None)


def reached(closable: Closable, instants: Instants) -> dict[Measurement, Span]:
    """The time over which slices count, of each measurement: the window, and what spells over its edges may need."""
    found: dict[Measurement, Span] = {}
    for objective in closable.objectives:
        for m, span in _reached(closable, objective, instants[objective.name]):
            known = found.get(m, span)
            found[m] = Span(min(span.start, known.start), max(span.end, known.end))
    return found


def _reached(closable: Closable, objective: Objective, at: int) -> Iterator[tuple[Measurement, Span]]:
    agreement, window = closable.agreement, closable.window.span
    for version, span in amendments.needed(agreement, objective):
        before, after = countings.margins(version)
        around = Span(window.start - before, max(window.end, min(at, window.end + after)))
        if span.intersect(window).intersect(agreement.term).seconds:
            yield version.measurement, outward(span.intersect(around).intersect(agreement.term), version.measurement)
    for m, span in conditions.needed(agreement, objective, window):
        if (due := span.before(at)).seconds:
            yield m, outward(due, m)
