"""The application over invented boards, in this process or on a real port, as the daemon would run it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace

import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from sla_monitor.compliance import slices
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.errors import SlaMonitorError
from sla_monitor.publishing.exposition import Exposition
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.web.app import create_app
from tests.publishing import boards


@dataclass
class Ready:
    reasons: list[str] = field(default_factory=list)

    async def problems(self) -> list[str]:
        return list(self.reasons)


@dataclass
class Book:
    """Slices of a thousandth bad, a cell a minute, over whatever is asked; `asked` keeps the requests."""

    asked: list[tuple[str, str, int, int]] = field(default_factory=list)
    holes: tuple[tuple[int, int], ...] = ()

    async def slices(self, agreement: Agreement, objective: Objective, start: int, end: int) -> Slices:
        self.asked.append((agreement.name, objective.name, start, end))
        starts = np.arange(start, end, 60, dtype=np.int64)
        for first, last in self.holes:
            starts = starts[(starts < first) | (starts >= last)]
        if not len(starts):
            return slices.empty(60)
        total = np.full(len(starts), 1000.0)
        return Slices(60, starts, total - 0.1, total, np.full(len(starts), 60, dtype=np.int64))


@dataclass
class Declarations:
    """Keeps what is declared, numbered from 1, and shows it on the board; the daemon would judge anew."""

    world: World
    refusal: str | None = None

    async def declare(self, said: Declaration) -> Declared:
        made = Declared(len(self.world.board.declared) + 1, said)
        self._shown((*self.world.board.declared, made))
        return made

    async def revoke(self, number: int, revocation: Revocation) -> Declared | None:
        found = next((one for one in self.world.board.declared if one.id == number), None)
        if found is None or found.revoked is not None:
            return found
        revoked = replace(found, revoked=revocation)
        self._shown(tuple(revoked if one is found else one for one in self.world.board.declared))
        return revoked

    def _shown(self, declared: tuple[Declared, ...]) -> None:
        self.world.board = replace(self.world.board, declared=declared)


@dataclass
class Filed:
    """Statements in order of issue; `away`: what the ledger fails with."""

    every: list[Statement] = field(default_factory=list)
    away: SlaMonitorError | None = None

    def statements(self, agreement: str | None = None) -> list[Statement]:
        if self.away is not None:
            raise self.away
        return [one for one in self.every if agreement in (None, one.agreement)]

    def each(self, agreement: str | None = None) -> Iterator[Statement]:
        return iter(self.statements(agreement))

    def latest(self, agreement: str | None = None) -> list[Statement]:
        return list({(one.agreement, one.number): one for one in self.statements(agreement)}.values())


@dataclass
class World:
    """What an application is given, to be changed by a test. `faults`: what the next reload finds."""

    board: Board
    ready: Ready = field(default_factory=Ready)
    book: Book = field(default_factory=Book)
    filed: Filed = field(default_factory=Filed)
    faults: list[str] = field(default_factory=list)
    reloads: int = 0
    now: int = boards.AT + 30
    refusal: str | None = None

    async def reload(self) -> Sequence[str]:
        self.reloads += 1
        return self.faults

    def app(self) -> FastAPI:
        exposition = Exposition(lambda: self.board, MonitorMetrics(CollectorRegistry(), "1.2.3"), 500_000)
        return create_app(
            lambda: self.board,
            exposition=exposition,
            health=self.ready,
            reload=self.reload,
            slices=self.book,
            declaring=Declarations(self, self.refusal),
            statements=self.filed,
            now=lambda: self.now,
            version="1.2.3",
        )


@contextlib.asynccontextmanager
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(world.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as made:
        yield made


@contextlib.contextmanager
def served(world: World) -> Iterator[str]:
    """A real server on a free port of this machine; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # whoever comes before the server takes over is kept waiting, not refused
        server = uvicorn.Server(uvicorn.Config(world.app(), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
