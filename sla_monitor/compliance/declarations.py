"""Exclusions declared while the agreement runs, and their revocation: kept as said, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sla_monitor.compliance.exclusions import Effect, Occurrence, Once, Origin, Rule
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import AgreementName, ObjectiveName


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
