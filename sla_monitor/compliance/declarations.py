"""Exclusions declared while the agreement runs, and their revocation: kept as said, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sla_monitor.compliance import periods, tilings
from sla_monitor.compliance.exclusions import CATEGORIES, Effect, Occurrence, Once, Origin, Rule
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, AgreementName, Objective, ObjectiveName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody declared. `objectives` None: for all. `announced`: when the other side was told, if it is said."""

    agreement: AgreementName
    span: Span
    category: str
    author: str
    reason: str
    declared_at: int
    effect: Effect = Effect.DROP
    objectives: tuple[ObjectiveName, ...] | None = None
    announced: int | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """Who took a declaration back, why and when: from then on it excludes nothing, and stays to be seen."""

    author: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration as it is kept, under the number it is known by."""

    id: int
    said: Declaration
    revoked: Revocation | None = None

    @property
    def rule(self) -> Rule:
        said = self.said
        return Rule(
            name=f"declared-{self.id}",
            category=said.category,
            during=Once(said.span),
            effect=said.effect,
            announced=said.announced,
            objectives=said.objectives,
        )

    @property
    def occurrence(self) -> Occurrence:
        return Occurrence(self.rule, self.said.span, self.said.announced, Origin(self.said.author, self.said.reason))


@dataclass(frozen=True, slots=True)
class Asked:
    """A declaration as somebody wrote it; instants are RFC 3339, or a date: its midnight in the agreement's zone."""

    start: str
    until: str
    category: str
    author: str
    reason: str
    effect: str = Effect.DROP.value
    objectives: tuple[str, ...] | None = None
    announced: str | None = None


MOST_SAID = 1000
"""Letters of a reason: it is shown on pages and in statements."""
_EFFECTS = tuple(effect.value for effect in Effect)


def declare(agreement: Agreement, asked: Asked, now: int) -> Declaration | list[str]:
    """What was declared; or every fault there is, a sentence each."""
    faults: list[str] = []

    def sound(name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (ValueError, OverflowError) as error:
            faults.append(f"{name}: {error}")
            return None

    start = sound("from", lambda: periods.parse_instant(asked.start, agreement.zone))
    until = sound("until", lambda: periods.parse_instant(asked.until, agreement.zone))
    announced = sound("announced", lambda: _announced(asked.announced, agreement, now))
    faults += _faults(agreement, asked)
    if start is not None and until is not None and until <= start:
        faults.append("until: the exclusion ends before it begins")
    if faults or start is None or until is None:
        return faults
    return Declaration(
        agreement=agreement.name,
        span=Span(start, until),
        category=asked.category,
        author=asked.author.strip(),
        reason=asked.reason.strip(),
        declared_at=now,
        effect=Effect(asked.effect),
        objectives=None if asked.objectives is None else tuple(map(ObjectiveName, asked.objectives)),
        announced=announced,
    )


def _announced(text: str | None, agreement: Agreement, now: int) -> int | None:
    if text is None:
        return None
    if (at := periods.parse_instant(text, agreement.zone)) > now:
        raise ValueError("what is still to come was not announced yet")
    return at


def _faults(agreement: Agreement, asked: Asked) -> Iterator[str]:
    known = [objective.name for objective in agreement.objectives]
    for name, said, choices in (("category", asked.category, CATEGORIES), ("effect", asked.effect, _EFFECTS)):
        if said not in choices:
            yield f"{name}: {said[:40]!r} is not one of: {', '.join(choices)}"
    for objective in asked.objectives or ():
        if objective not in known:
            yield f"objectives: {agreement.name} has no objective called {objective[:70]!r}; it has {', '.join(known)}"
    if asked.objectives == ():
        yield "objectives: none is named; leave it out to mean all"
    yield from said_faults(asked.author, asked.reason)


def said_faults(author: str, reason: str) -> Iterator[str]:
    """Who does something to an exclusion must be named, and say why."""
    for name, said in (("author", author.strip()), ("reason", reason.strip())):
        if not said:
            yield f"{name}: must not be blank"
        elif len(said) > MOST_SAID or not said.isprintable():
            yield f"{name}: one line of at most {MOST_SAID} letters"


def ended(agreement: Agreement, said: Declaration, now: int) -> Iterator[tuple[Objective, Window, Window]]:
    """Of each objective the first and the last window that had ended and that the declaration reaches into.

    A rolling window never ends; it is stated by calendar months.
    """
    reach = said.span.intersect(agreement.term)
    for objective in agreement.objectives:
        if (said.objectives is not None and objective.name not in said.objectives) or not reach.seconds:
            continue
        first = tilings.stated_at(agreement, objective, reach.start)
        last = tilings.stated_at(agreement, objective, min(reach.end, max(reach.start + 1, now)) - 1)
        if last.span.end > now:
            last = tilings.stated_before(agreement, objective, last.span.start)
        if first.span.start <= last.span.start:
            yield objective, first, last
