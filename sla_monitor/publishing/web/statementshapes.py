"""The shapes of statements in the API's answers, for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from sla_monitor.publishing.web.shapes import Shape, Status


class StatedWindow(Shape):
    kind: str
    label: str
    start: datetime
    end: datetime
    timezone: str


class StatedObjective(Shape):
    objective: str
    status: Status
    attainment_percent: str | None = Field(description="what was compared, floored")
    value: float | None
    credit_percent: float | None


class StatedAgain(Shape):
    reason: str
    author: str


class StatementSummary(Shape):
    """A statement without its evidence. `previous`: the hash of the one issued before it."""

    agreement: str
    number: int
    version: int
    window: StatedWindow
    made_at: datetime
    sha256: str
    previous: str | None
    status: Status = Field(description="the verdict that asks for most attention")
    objectives: list[StatedObjective]
    restatement: StatedAgain | None


class StatementDocument(Shape):
    """`sha256` is of `content` as canonical JSON (RFC 8785); docs/statements.md tells what is in it."""

    sha256: str
    content: dict[str, Any]
