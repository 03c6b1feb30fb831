"""Statements held against the evidence they rest on: texts, slices, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sla_monitor.compliance import evidences, interventions, periods
from sla_monitor.compliance.documents import Document, Kind
from sla_monitor.compliance.flaws import Flaw, Subject
from sla_monitor.compliance.interventions import Interventions
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.statements import Statement, differences
from sla_monitor.compliance.terms import Agreement, MeasurementKey
from sla_monitor.errors import LedgerError, SlaMonitorError
from sla_monitor.measuring import overdue
from sla_monitor.measuring.closing import Closing, Held
from sla_monitor.measuring.ports import Archive

UTC = periods.zone_of("UTC")
Progress = Callable[[int, int], None]
"""Told (done, all) statements."""
DAY = 86_400
SHOWN = 3
"""So many fields that differ are named."""


class Reader(Protocol):
    """Reads the text of an agreement again, as it was kept."""

    def __call__(self, text: str, calendars: Mapping[str, str], /) -> Agreement:
        """Raises ConfigError where the program cannot make anything of it."""


def names(statements: Iterable[Statement]) -> dict[MeasurementKey, str]:
    """What people call the measurements: by the promises that were made of them."""
    found: dict[MeasurementKey, dict[str, None]] = {}
    for one in statements:
        for account in one.content["objectives"]:
            for key in account["measurements"]:
                found.setdefault(key, {})[f"{one.agreement}/{account['objective']}"] = None
    return {key: ", ".join(called) for key, called in found.items()}


Forgotten = Mapping[MeasurementKey, Collection[int]]
"""Of each measurement the days past retention, counted from the epoch: their slices are gone, their sums are kept."""


def rests_on(statement: Statement, days: Forgotten) -> bool:
    """Some of its slices lie in these days."""
    told = statement.content["evidence"]["slices"]
    return any(
        one["day"] in _dates(days.get(MeasurementKey(part["measurement"]), ())) for part in told for one in part["days"]
    )


def _dates(days: Collection[int]) -> set[str]:
    return {periods.rfc3339(number * DAY)[:10] for number in days}


@dataclass(frozen=True)
class Verification:
    """Of each statement the last version: what an older one rested on may have been replaced since."""

    archive: Archive
    closing: Closing
    read: Reader

    def all(self, progress: Progress = lambda *_: None) -> Iterator[Flaw]:
        """The ledger row by row, then what each statement rests on, and what comes of it."""
        called = names(one for one in self.archive.each() if one.is_sound)
        forgotten = self.archive.forgotten()
        yield from self.archive.flaws(called)
        count = len(self.archive.places(last=True))
        for done, statement in enumerate(self.archive.each(last=True)):
            progress(done, count)
            if statement.is_sound:
                yield from self.of(statement, called, forgotten)
        progress(count, count)

    def of(self, statement: Statement, called: Mapping[MeasurementKey, str], forgotten: Forgotten) -> list[Flaw]:
        """The evidence first; where all of it is there, what comes of it. What is past retention is passed over."""
        evidence = statement.content["evidence"]
        documents = list(self._documents(statement, evidence))
        missing = [one for one in documents if isinstance(one, Flaw)]
        held, changed = self._held(evidence, called, forgotten, statement)
        if missing or changed or rests_on(statement, forgotten):
            return [*missing, *changed]
        return list(self._recomputed(statement, [one for one in documents if isinstance(one, Document)], held))

    def _documents(self, statement: Statement, evidence: Record) -> Iterator[Document | Flaw]:
        text = evidence["agreement"]
        wanted = [(statement.agreement, text["sha256"]), *((c["name"], c["sha256"]) for c in evidence["calendars"])]
        for name, sha256 in wanted:
            kept = self.archive.document(sha256)
            if kept is None or kept.sha256 != sha256:
                told = f"is not in the ledger as {statement.name} was made with it (SHA-256 {sha256[:12]}…)"
                yield Flaw(Subject.AGREEMENTS, f"the text of {name}", told)
            else:
                yield kept

    def _held(
        self, evidence: Record, called: Mapping[MeasurementKey, str], forgotten: Forgotten, statement: Statement
    ) -> tuple[Held, list[Flaw]]:
        held, found = {}, []
        for told in evidence["slices"]:
            key = MeasurementKey(told["measurement"])
            try:
                held[key] = self.archive.slices(key, span_of(told))
            except LedgerError as error:
                found.append(Flaw(Subject.SLICES, f"the slices of {called.get(key, key)}", str(error)))
                continue
            days = _changed_days(told["days"], evidences.days_of(held[key]))
            found += [
                Flaw(Subject.SLICES, f"the slices of {day} of {called.get(key, key)}", f"{what}: {_of(statement)}")
                for day, what in days
                if day not in _dates(forgotten.get(key, ()))
            ]
        return held, found

    def _recomputed(self, statement: Statement, documents: Sequence[Document], held: Held) -> Iterator[Flaw]:
        text, *calendars = documents
        content = statement.content
        try:
            agreement = self.read(text.text, {one.name: one.text for one in calendars if one.kind is Kind.CALENDAR})
        except SlaMonitorError as error:
            yield Flaw(Subject.STATEMENTS, statement.name, f"cannot be recomputed: {error}")
            return
        closable = overdue.closable(agreement, statement.window)
        instants = {
            account["objective"]: periods.parse_instant(account["judged_at"], UTC) for account in content["objectives"]
        }
        if {objective.name for objective in closable.objectives} != set(instants):
            yield Flaw(Subject.STATEMENTS, statement.name, "does not hold the objectives of its agreement")
            return
        brought = interventions.of_evidence(statement.agreement, content["evidence"])
        otherwise = list(self._interventions(statement, agreement, brought))
        if otherwise:
            yield from otherwise
            return
        again = self.closing.accounts(closable, held, instants, brought, statement.sha256)
        fields = [one["field"] for one in differences(content["objectives"], again)]
        if fields:
            yield Flaw(Subject.STATEMENTS, statement.name, self._other(content, fields))

    def _interventions(self, statement: Statement, agreement: Agreement, told: Interventions) -> Iterator[Flaw]:
        """As they were known when the statement was made; what came later it could not tell of."""
        spans = [statement.window.span, *(span_of(one) for one in statement.content["evidence"]["slices"])]
        whole = Span(min(span.start for span in spans), max(span.end for span in spans))
        held = Interventions(self.archive.declared(), self.archive.silences(statement.made_at)).of(agreement, whole)
        for which, what in told.differing(held, statement.made_at):
            told_of = f"{what}, held against {statement.name} ({statement.window.kind} {statement.window.label})"
            yield Flaw(Subject.EXCLUSIONS, f"{which} of {statement.agreement}", told_of)

    def _other(self, content: Record, fields: Sequence[str]) -> str:
        named = ", ".join(fields[:SHOWN]) + (f" and {len(fields) - SHOWN} more" if len(fields) > SHOWN else "")
        made_by, here = content["program"]["version"], self.closing.program
        whose = "" if made_by == here else f"; it was made by version {made_by}, this is {here}"
        return f"its evidence is as it was, and gives another {named}{whose}"


def _of(statement: Statement) -> str:
    return f"{statement.name} ({statement.window.kind} {statement.window.label}) was made of others"


def span_of(told: Record) -> Span:
    return Span(periods.parse_instant(told["from"], UTC), periods.parse_instant(told["until"], UTC))


def _changed_days(before: Sequence[Record], now: Sequence[Record]) -> Iterator[tuple[str, str]]:
    old, new = ({one["day"]: one["sha256"] for one in days} for days in (before, now))
    for day in sorted(old | new):
        if day not in new:
            yield day, "are not there any more"
        elif day not in old:
            yield day, "came after it was stated"
        elif old[day] != new[day]:
            yield day, "were changed"
