"""The texts that a statement rests on: an agreement as it was written, and the calendars it names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from sla_monitor.compliance import amendments, notations
from sla_monitor.compliance.exclusions import CalendarFile
from sla_monitor.compliance.terms import Agreement


class Kind(Enum):
    AGREEMENT = "agreement"
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Document:
    """`name` is the agreement's, or the calendar's file name."""

    kind: Kind
    name: str
    text: str

    @cached_property
    def sha256(self) -> str:
        return notations.digest(self.text)


def documents_of(agreement: Agreement) -> tuple[Document, ...]:
    """The agreement first, then each calendar once."""
    rules = [rule.during for rule in amendments.all_exclusions(agreement)]
    calendars = {one.name: one.text for one in rules if isinstance(one, CalendarFile)}
    return (
        Document(Kind.AGREEMENT, agreement.name, agreement.document.text),
        *(Document(Kind.CALENDAR, name, text) for name, text in sorted(calendars.items())),
    )
