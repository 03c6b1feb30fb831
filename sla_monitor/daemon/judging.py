"""How the promises in force stand, judged on the ledger, and what is kept from one board to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from sla_monitor.agreements.register import Register
from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.terms import Measurement
from sla_monitor.errors import SlaMonitorError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import assessment
from sla_monitor.measuring.assessment import Closed, Settle, Settles
from sla_monitor.measuring.digests import MOST_KEPT
from sla_monitor.measuring.fleets import Fleet
from sla_monitor.measuring.stated import Stated

log = structlog.get_logger(__name__)


class Judge:
    """Synchronous, one call at a time: in a thread, where a loop runs. `shard`: those of one are judged together."""

    def __init__(self, book: Book, shard: Callable[[Measurement], int | None]) -> None:
        self._book, self._stated, self._closed = book, Stated(), Closed()
        self._fleet, self._crowded = Fleet(book.sheets, shard), False
        self._changes = 0

    def board(self, register: Register, now: int, settle: Settle, settles: Settles) -> Board:
        """All promises as of `now`, nothing counted yet. Raises LedgerError."""
        self._stated.follow(self._book)
        self._changes, declared, silences = self._book.interventions()
        self._closed.renew((register, self._changes))
        board = assessment.assess(
            register.agreements,
            self._book,
            now,
            settle,
            Timetable(declared, silences),
            faults=tuple(str(fault) for fault in register.faults),
            stated=self._stated,
            closed=self._closed,
            fleet=self._fleet,
            settles=settles,
        )
        self._tell_room()
        return replace(board, declared=declared)

    def counted(self, board: Board) -> Board:
        """With all counts so far; broken promises are counted. Raises LedgerError."""
        return assessment.with_counts(board, self._book)

    def is_news(self) -> bool:
        """Something was declared, or seen, that the last board knows nothing of. False where the ledger is away."""
        try:
            return self._book.changes() != self._changes
        except SlaMonitorError:
            return False

    def _tell_room(self) -> None:
        """Once, when it is full."""
        if self._fleet.digests.is_full and not self._crowded:
            log.warning("no_room_to_keep_slices", megabytes=MOST_KEPT >> 20, see="docs/decisions/0018-digests.md")
        self._crowded = self._fleet.digests.is_full
