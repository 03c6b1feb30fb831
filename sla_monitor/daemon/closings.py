"""Windows closed as they become due, and what is still waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Agreement, Measurement, ObjectiveKey
from sla_monitor.daemon.wiring import Clock
from sla_monitor.errors import SlaMonitorError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import overdue
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.overdue import Closable

log = structlog.get_logger(__name__)


class Closings:
    """`waiting`: since when objectives have windows that ended and are not closed, so that they are caught up with."""

    def __init__(self, book: Book, closing: Closing, clock: Clock) -> None:
        self._book, self._closing, self._clock = book, closing, clock
        self._outstanding = Outstanding()
        self._kept: Sequence[Agreement] = ()
        self.waiting: dict[ObjectiveKey, int] = {}

    @property
    def patience(self) -> int:
        """Seconds that something may fail until its windows are closed without it."""
        return self._closing.grace or overdue.GRACE

    async def run(
        self,
        agreements: Sequence[Agreement],
        given_up: Callable[[Measurement], bool],
        mine: Callable[[Agreement], bool] = lambda _: True,
    ) -> int:
        """Closes what is due of those that are `mine`, oldest first, each in a transaction of its own; how many.

        Never raises for a failure.
        """
        made = 0
        try:
            for one in await asyncio.to_thread(self._due, agreements, given_up, mine):
                statement = await asyncio.to_thread(self._closing.close, one, self._clock())
                if statement is not None:
                    made += 1
                    _tell(statement)
        except SlaMonitorError as error:
            log.warning("closing_failed", error=str(error))
        return made

    def _due(
        self,
        agreements: Sequence[Agreement],
        given_up: Callable[[Measurement], bool],
        mine: Callable[[Agreement], bool],
    ) -> list[Closable]:
        now = self._clock()
        if self._kept is not agreements:
            self._book.keep((text for agreement in agreements for text in documents_of(agreement)), now)
            self._kept = agreements
        found = self._outstanding.unstated(agreements, self._book, now)
        before, self.waiting = self.waiting, overdue.waiting(found)
        # What is only now waited for has to be asked for before it can be given up.
        fresh = {key for key, since in self.waiting.items() if since < before.get(key, now)}

        def lost(one: Closable, m: Measurement) -> bool:
            return given_up(m) and not any((one.agreement.name, o.name) in fresh for o in one.objectives)

        ours = [one for one in found if mine(one.agreement)]
        return overdue.due(ours, self._book, now, self._closing.grace, lost)


def _tell(statement: Statement) -> None:
    log.info(
        "window_closed",
        agreement=statement.agreement,
        window=statement.window.label,
        statement=statement.number,
        statuses={one["objective"]: one["status"] for one in statement.content["objectives"]},
    )
