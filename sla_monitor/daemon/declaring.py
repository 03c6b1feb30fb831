"""Takes in what is declared and revoked over the API, and has it count at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.daemon import addresses
from sla_monitor.ledger.book import Book

log = structlog.get_logger(__name__)

NO_LOGINS = (
    "This version knows no logins, so exclusions are declared over the API only where it listens on loopback "
    "(web.listen). On the monitor's machine `sla-monitor exclude add` does it."
)


class Declarations:
    """`judge` makes the next board. Nobody may write where others than this machine can reach it."""

    def __init__(self, book: Book, judge: Callable[[], Awaitable[None]], listen: str) -> None:
        self._book, self._judge = book, judge
        self.refusal = None if addresses.is_loopback(listen) else NO_LOGINS

    async def declare(self, said: Declaration) -> Declared:
        made = await asyncio.to_thread(self._book.declare, said)
        log.info("exclusion_declared", id=made.id, agreement=said.agreement, author=said.author, reason=said.reason)
        await self._judge()
        return made

    async def revoke(self, number: int, revocation: Revocation) -> Declared | None:
        found = await asyncio.to_thread(self._book.revoke, number, revocation)
        if found is not None and found.revoked == revocation:
            log.info("exclusion_revoked", id=number, author=revocation.author, reason=revocation.reason)
            await self._judge()
        return found
