"""The monitor in this process, by a clock that is set: what a daemon does at each tick, done when it is told."""

from __future__ import annotations

import logging
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from benchmarks import machine
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.terms import SourceName
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.closings import Closings
from sla_monitor.daemon.monitor import Monitor
from sla_monitor.daemon.settings import load
from sla_monitor.daemon.sharing import Sharing
from sla_monitor.sources.reader import Reader
from tests.rig.processes import Prometheus

SOURCE = SourceName("default")
MINUTE = 60
COUNTED = 2
"""Refreshes whose samples are counted, and which are not timed."""


@dataclass
class Clock:
    now: int

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True)
class Refreshed:
    """Of some refreshes, a minute apart: the median of the seconds each took, and what one asked of Prometheus."""

    seconds: float
    samples: float
    source_seconds: float
    """Processor seconds of Prometheus."""
    board: Board

    def joined(self, later: Refreshed) -> Refreshed:
        """With as many that came later: the mean of both."""
        pairs = zip(*((one.seconds, one.samples, one.source_seconds) for one in (self, later)), strict=True)
        return Refreshed(*map(statistics.mean, pairs), later.board)


class Prophetic(Reader):
    """Its source holds samples of a time that by its own clock is still to come."""

    async def answers(self, at: int) -> int:
        await super().answers(at)
        return at


class Ours:
    """A monitor over agreements and a ledger in `folder`; use as an async context manager."""

    def __init__(self, folder: Path, url: str, agreements: str, now: int, days: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url, self.clock = url, Clock(now)
        self.file = folder / "agreements.yaml"
        self.file.write_text(agreements, encoding="utf-8")
        self.settings = load(
            None,
            {
                "agreements": {"paths": [str(self.file)]},
                "sources": [{"name": SOURCE, "url": url, "timeout": 120}],
                "ledger": {"url": f"sqlite:///{folder / 'ledger.db'}"},
                "schedule": {"catch_up_limit": f"{days}d"},
            },
        )
        self.boards = connections.Boards()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        book = wiring.open_book(self.settings)
        self._stack.callback(book.store.close)
        metrics = connections.own_metrics()
        readers = await connections.open_readers(self.settings, self._stack)
        closings = Closings(book, wiring.closing(self.settings, book), self.clock)
        self.monitor = Monitor(
            self.settings,
            {name: Prophetic(reader.client) for name, reader in readers.items()},
            book,
            metrics,
            self.boards,
            clock=self.clock,
            alerts=None,
            closings=closings,
            sharing=Sharing(None, metrics),
        )
        if faults := await self.monitor.reload():
            raise ValueError("\n".join(faults))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def refresh(self) -> float:
        """One refresh as the daemon does it: measure what is due, judge all. Seconds by the wall clock."""
        began = time.perf_counter()
        await self.monitor.pass_(SOURCE)
        took = time.perf_counter() - began
        late = max(self.clock.now - entry.current.at for entry in self.boards.latest.entries)
        if late > 5 * MINUTE:
            raise ValueError(f"the standings are {late} s old: measuring failed")
        return took

    async def refreshed(self, count: int, server: Prometheus) -> Refreshed:
        """So many refreshes, a minute apart, from where the clock stands; caught up before."""
        with machine.reads(server) as read:
            for _ in range(COUNTED):
                await self.refresh_at(self.clock.now + MINUTE)
        core = machine.spent(server.running.pid)
        took = [await self.refresh_at(self.clock.now + MINUTE) for _ in range(count)]
        core = machine.spent(server.running.pid) - core
        return Refreshed(statistics.median(took), read.samples / COUNTED, core / count, self.boards.latest)

    async def refresh_at(self, now: int) -> float:
        self.clock.now = now
        return await self.refresh()
