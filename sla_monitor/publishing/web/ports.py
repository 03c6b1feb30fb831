"""What the pages and the API need of the rest of the program; the daemon hands it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.publishing.exposition import Exposition


class Health(Protocol):
    async def problems(self) -> list[str]:
        """Why the program is not ready, a sentence each; empty when it is."""
        ...


class SlicesPort(Protocol):
    async def slices(self, agreement: Agreement, objective: Objective, start: int, end: int) -> Slices:
        """The slices held that start in `[start, end)`, POSIX seconds."""
        ...


class Declaring(Protocol):
    """Runtime exclusions; the next board tells what became of them. `refusal`: why nobody may write here, or None."""

    refusal: str | None

    async def declare(self, said: Declaration) -> Declared: ...

    async def revoke(self, number: int, revocation: Revocation) -> Declared | None:
        """As it stands then, also where it was revoked before; None: nothing has that number."""
        ...


class StatementsPort(Protocol):
    """What was stated of closed windows; reads the ledger, so not from the loop."""

    def statements(self, agreement: str | None = None) -> list[Statement]:
        """Every version, in order of issue."""
        ...

    def each(self, agreement: str | None = None) -> Iterator[Statement]:
        """The same, read some at a time: all of them may be gigabytes."""
        ...

    def latest(self, agreement: str | None = None) -> list[Statement]:
        """Each number in its last version, in order of issue."""
        ...


Reload = Callable[[], Awaitable[Sequence[str]]]
"""Reads the agreements anew and gives the faults; with none the new agreements are in force."""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a request may look at. A picture older than `stale_after` seconds carries a warning."""

    board: Callable[[], Board]
    exposition: Exposition
    health: Health
    reload: Reload
    slices: SlicesPort
    declaring: Declaring
    statements: StatementsPort
    now: Callable[[], int]
    version: str
    stale_after: int


async def site_of(request: Request) -> Site:
    return cast("Site", request.app.state.site)


Here = Annotated[Site, Depends(site_of)]
