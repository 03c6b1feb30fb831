"""What is past keeping taken out of the ledger, while the monitor runs or by a verb."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon.sections import Retention
from sla_monitor.daemon.wiring import Clock, timetable
from sla_monitor.errors import SlaMonitorError
from sla_monitor.ledger import retention
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.retention import Limits, Trimmed
from sla_monitor.measuring import keeping
from sla_monitor.measuring.assessment import Settle

log = structlog.get_logger(__name__)


def trim(book: Book, wanted: Retention, agreements: Sequence[Agreement], now: int, settle: Settle) -> Trimmed:
    """Nothing goes that these agreements need."""
    since = keeping.needed_since(agreements, book, now, settle, timetable(book))
    limits = Limits(*(None if one is None else now - one for one in (wanted.slices_seconds, wanted.days_seconds)))
    return retention.trim(book.store, limits, since)


class Retaining:
    """`agreements`: those in force; None while some cannot be read, for who knows what those need."""

    def __init__(
        self,
        book: Book,
        wanted: Retention,
        agreements: Callable[[], Sequence[Agreement] | None],
        settle: Settle,
        clock: Clock,
    ) -> None:
        self._book, self._wanted, self._agreements = book, wanted, agreements
        self._settle, self._clock = settle, clock

    async def run(self) -> None:
        """Never raises for a failure: it is tried again with the next."""
        agreements = self._agreements()
        if agreements is None:
            log.info("retention_waits", error="agreements have faults: nobody knows what they need")
            return
        try:
            gone = await asyncio.to_thread(trim, self._book, self._wanted, agreements, self._clock(), self._settle)
        except SlaMonitorError as error:
            log.warning("retention_failed", error=str(error))
            return
        if gone != Trimmed():
            log.info("past_retention", days_without_slices=gone.slices, days_gone=gone.days)
