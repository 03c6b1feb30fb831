"""What methods keep of slices from board to board, so that who needs single ones reads those that came since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sla_monitor.compliance import amendments
from sla_monitor.compliance.digests import HOUR, Digest, Kept, Room
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import MeasurementKey, ObjectiveKey
from sla_monitor.measuring.inquiries import Known, Question
from sla_monitor.measuring.ports import Ledger, Opened
from sla_monitor.measuring.tallies import Doubt

AT_ONCE = 500
"""Of so many measurements the newest time is read together: of more it takes more room, and hardly less time."""

LATE = 900
"""Seconds after the end of an hour in which what is late for it is still expected."""

MOST_KEPT = 256 << 20
"""Bytes. What does not fit is read again for each board."""


class Digests:
    """Of each promise what was made for the last board. Not for several threads at once."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._room = Room(most)
        self._kept: dict[MeasurementKey, dict[ObjectiveKey, Kept]] = {}
        self._asked: dict[tuple[MeasurementKey, ObjectiveKey], Span] = {}
        self._end = 0

    @property
    def is_full(self) -> bool:
        """Some of the last board was made of all slices, for want of room."""
        return self._room.full

    def follow(self, written: Sequence[Doubt] | None, key_of: Callable[[int], MeasurementKey]) -> None:
        """What was written since the last board; None: anything may be another."""
        if written is None:
            self._kept, self._room.left = {}, self._room.most
        for ids, span in written or ():
            if span.start < self._end:
                for key in map(key_of, ids.tolist()):
                    for kept in self._kept.get(key, {}).values():
                        kept.drop(span)

    def answers(self, asked: Sequence[Question], ledger: Ledger) -> Iterator[Known]:
        """Of each question what is held of what it wants, in their order. To be called once a board."""
        before = {key for key, _ in self._asked}
        self._asked = {_name(question): question.span for question in asked}
        newest = max((span.end for span in self._asked.values()), default=0)
        self._end = max(self._end, newest)  # of whatever is kept, also by a board that came to no end
        self._forget()
        self._room.full = False
        return self._each(asked, ledger, max(0, newest - LATE) // HOUR * HOUR, before)

    def _each(
        self, asked: Sequence[Question], ledger: Ledger, since: int, before: set[MeasurementKey]
    ) -> Iterator[Known]:
        """Of whom all is wanted, and not what came since, open time is read from its begin on."""
        for begin in range(0, len(asked), AT_ONCE):
            some = asked[begin : begin + AT_ONCE]
            keys = {question.objective.measurement.key for question in some}
            opened = ledger.opened(keys, since if keys <= before else 0)
            for question in some:
                yield {question.objective.measurement.key: self._digest(question, opened)}

    def _digest(self, question: Question, opened: Opened) -> Digest:
        key, name = _name(question)
        kept = self._kept.setdefault(key, {}).setdefault(name, Kept(self._room))
        seconds = question.objective.measurement.slice_seconds
        return Digest(seconds, question.span, lambda part: opened.slices(key, part), kept)

    def _forget(self) -> None:
        for key, mine in list(self._kept.items()):
            for name in list(mine):
                if (span := self._asked.get((key, name))) is None:
                    mine.pop(name).leave()
                else:
                    mine[name].forget(span.start, span.end)
            if not mine:
                del self._kept[key]


def _name(question: Question) -> tuple[MeasurementKey, ObjectiveKey]:
    return question.objective.measurement.key, (question.agreement.name, question.objective.name)


def suits(question: Question) -> bool:
    """What is kept is of whole slices of one measurement, and of a time in which nothing was amended."""
    s, span = question.objective.measurement.slice_seconds, question.span
    whole = not any(at % s for at in (HOUR, span.start, span.end))
    return question.by_slices and whole and not _is_amended(question)


def _is_amended(question: Question) -> bool:
    agreement, objective, span = question.agreement, question.objective, question.span
    if not agreement.amendments:
        return False
    measured = {part.objective.measurement.key for part in amendments.history(agreement, objective)}
    return len(measured) > 1 or any(at in span for at in amendments.borders(agreement, objective))
