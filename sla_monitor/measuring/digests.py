"""What methods keep of slices from board to board, so that who needs single ones reads those that came since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sla_monitor.compliance.digests import HOUR, Digest, Kept
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.measuring.inquiries import Known, Question
from sla_monitor.measuring.ports import Ledger, Opened
from sla_monitor.measuring.tallies import Doubt

AT_ONCE = 1000
"""Of so many measurements open time is read together: of more it takes more room, and hardly less time."""

LATE = 900
"""Seconds after the end of an hour in which what is late for it is still expected."""


class Digests:
    """Of each measurement that was asked for in the last board. Not for several threads at once."""

    def __init__(self) -> None:
        self._kept: dict[MeasurementKey, Kept] = {}
        self._asked: dict[MeasurementKey, Span] = {}
        self._since = 0

    def follow(self, written: Sequence[Doubt] | None, key_of: Callable[[int], MeasurementKey]) -> None:
        """What was written since the last board; None: anything may be another."""
        if written is None:
            self._kept = {}
        ends = max((span.end for span in self._asked.values()), default=0)
        for ids, span in written or ():
            if span.start < ends:
                for key in map(key_of, ids.tolist()):
                    if key in self._kept:
                        self._kept[key].drop(span)

    def answers(self, asked: Sequence[Question], ledger: Ledger) -> Iterator[Known]:
        """Of each question what is held of what it wants, in their order. To be called once a board."""
        before, self._asked = self._asked, {}
        for begin in range(0, len(asked), AT_ONCE):
            wanted = [question.reaches for question in asked[begin : begin + AT_ONCE]]
            for reach in (reach for reaches in wanted for reach in reaches):
                self._note(reach)
            keys = {reach.key for reaches in wanted for reach in reaches}
            opened = ledger.opened(keys, self._since if keys <= before.keys() else 0)
            for question, reaches in zip(asked[begin : begin + AT_ONCE], wanted, strict=True):
                s = question.objective.measurement.slice_seconds
                yield {reach.key: self._digest(opened, reach, s) for reach in reaches}
        self._forget()

    def _note(self, reach: Reach) -> None:
        known = self._asked.get(reach.key, reach.span)
        self._asked[reach.key] = Span(min(known.start, reach.span.start), max(known.end, reach.span.end))

    def _digest(self, opened: Opened, reach: Reach, seconds: int) -> Digest:
        kept = self._kept.setdefault(reach.key, Kept())
        return Digest(seconds, reach.span, lambda span: opened.slices(reach.key, span), kept)

    def _forget(self) -> None:
        self._kept = {key: kept for key, kept in self._kept.items() if key in self._asked}
        for key, span in self._asked.items():
            self._kept[key].forget(span.start, span.end)
        newest = min((span.end for span in self._asked.values()), default=0)
        self._since = max(0, newest - LATE) // HOUR * HOUR


def suits(question: Question) -> bool:
    """What is kept is of whole slices of one length; who was amended may have others."""
    s, span = question.objective.measurement.slice_seconds, question.span
    alone = question.by_slices and not question.agreement.amendments
    return alone and not any(at % s for at in (HOUR, span.start, span.end))
