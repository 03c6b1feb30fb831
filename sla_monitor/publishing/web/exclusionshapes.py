"""The shapes of exclusions: what is told of them, and what is taken."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sla_monitor.compliance.exclusions import CATEGORIES
from sla_monitor.publishing.web.shapes import Shape


class Revocation(Shape):
    author: str
    reason: str
    at: datetime


class Refused(Shape):
    """A part that does not count."""

    start: datetime = Field(alias="from")
    until: datetime
    reason: str


class Outcome(Shape):
    """What it excluded in one window, and why not more."""

    objective: str
    window: str
    counted_seconds: int
    refused: list[Refused]


class Excluded(Shape):
    """Time that does not count. `id`: only of what was declared at runtime; `from` and `until` of the rest are the
    part in the window. `author` and `reason`: who brought it about, also of silences.
    """

    id: int | None
    agreement: str
    name: str
    category: str
    effect: Literal["drop", "good"]
    start: datetime = Field(alias="from")
    until: datetime
    objectives: list[str] | None = Field(description="null: for all")
    announced: datetime | None
    author: str | None
    reason: str | None
    declared_at: datetime | None
    revoked: Revocation | None
    excluded: list[Outcome] = Field(description="in the current windows and those before")


class Declared(Excluded):
    note: str | None = Field(description="what is to be known of one that reaches into windows that have ended")


class Declaration(Shape):
    """Times are RFC 3339 instants, or dates: their midnight in the agreement's zone."""

    agreement: str
    start: str = Field(alias="from")
    until: str
    category: str = Field(json_schema_extra={"enum": list(CATEGORIES)})
    author: str = Field(description="who declares it")
    reason: str
    effect: str = Field("drop", json_schema_extra={"enum": ["drop", "good"]})
    objectives: list[str] | None = Field(None, description="those it is for; left out: all")
    announced: str | None = Field(None, description="when the other side was told")


class Revoking(Shape):
    author: str = Field(description="who revokes it")
    reason: str
