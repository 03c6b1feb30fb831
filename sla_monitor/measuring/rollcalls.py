"""Follows who is there, from the last look up to now: after a standstill every minute of it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from sla_monitor.compliance.rolls import STEP, Call, Roll, Search, followed
from sla_monitor.compliance.spans import Span

SETTLE = 60
"""Seconds after which the newest samples are taken to have arrived."""
POINTS = 500_000
"""In one answer, by estimate: a day of minutes of 350 customers, an hour of 8,000."""
_HOUR, _DAY = 60, 1440


class Keeper(Protocol):
    """The ledger. Synchronous; raises LedgerError."""

    def rolls(self) -> dict[str, Roll]:
        """By the templates' names."""

    def keep_roll(self, template: str, before: Roll, after: Roll) -> None:
        """Keeps what changed since `before`, which is held already."""


class Caller(Protocol):
    """One source."""

    async def call(self, search: Search, span: Span) -> Call:
        """Who is there in each minute. Raises SourceError, and IndicatorError for a query of no use."""


async def looks(caller: Caller, search: Search, roll: Roll, now: int, since: int | None = None) -> AsyncIterator[Roll]:
    """The roll after each answer, the last one up to now. `since`: where the first look begins, None: now."""
    end = (now - SETTLE) // STEP * STEP + STEP
    start = roll.looked
    if start is None:
        start = end - STEP if since is None else min(since // STEP * STEP, end - STEP)
    while start < end:
        length = STEP * max(_HOUR, min(_DAY, POINTS // max(1, roll.present)))
        span = Span(start, min(end, start + length))
        roll = await asyncio.to_thread(followed, roll, await caller.call(search, span))
        if roll.looked is not None:
            yield roll
        start = span.end


async def follow(
    caller: Caller, keeper: Keeper, search: Search, now: int, since: int | None = None
) -> tuple[Roll, Roll]:
    """Keeps each answer as it comes; the roll before and after. Raises what the source and the ledger raise."""
    first = before = (await asyncio.to_thread(keeper.rolls)).get(search.template, Roll())
    async for roll in looks(caller, search, before, now, since):
        await asyncio.to_thread(keeper.keep_roll, search.template, before, roll)
        before = roll
    return first, before


async def asked(caller: Caller, search: Search, now: int, since: int | None = None) -> Roll:
    """Who was there, for this once: as far as the source can tell, from `since` on."""
    roll = Roll()
    async for latest in looks(caller, search, roll, now, since):
        roll = latest
    return roll
