"""What Alertmanagers were told, and which of several monitors tells them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from sla_monitor.compliance.boards import Board
from sla_monitor.errors import SlaMonitorError
from sla_monitor.ledger.book import Book
from sla_monitor.publishing.alertmanagers import DirectAlerts
from sla_monitor.publishing.alerts import Delivered

log = structlog.get_logger(__name__)


class Deliveries:
    """What Alertmanagers were told: in memory while the loop runs, then kept in the ledger in a thread.

    A ledger that is locked must not hold up the loop. What is lost between is told again, which changes nothing.
    owner None: this monitor is alone. lease: seconds for which a receiver is claimed.
    """

    def __init__(self, book: Book, owner: str | None, lease: int) -> None:
        self._book, self._owner, self._lease = book, owner, lease
        self._kept = {receiver: json.loads(record) for receiver, record in book.deliveries().items()}
        self._unsaved: set[str] = set()
        self._until: dict[str, int] = {}

    def load(self, receiver: str) -> dict[str, Delivered]:
        return {key: Delivered.of(record) for key, record in self._kept.get(receiver, {}).items()}

    def save(self, receiver: str, state: Mapping[str, Delivered]) -> None:
        self._kept[receiver] = {key: told.record() for key, told in state.items()}
        self._unsaved.add(receiver)

    def claim(self, receivers: Collection[str], now: int) -> set[str]:
        """Those that are ours to tell. While the ledger is away nobody can claim another: those of before stay ours."""
        if self._owner is None:
            return set(receivers)
        try:
            return {receiver for receiver in receivers if self._is_ours(receiver, self._owner, now)}
        except SlaMonitorError as error:
            log.warning("receivers_not_claimed", error=str(error))
            return {receiver for receiver in receivers if receiver in self._until}

    def flush(self) -> None:
        """What could not be kept is tried again with the next."""
        for receiver in sorted(self._unsaved):
            self._book.record_delivery(receiver, json.dumps(self._kept[receiver]), self._owner)
            self._unsaved.discard(receiver)

    def release(self) -> None:
        """Another may tell them at once."""
        if self._owner is not None:
            with suppress(SlaMonitorError):  # then it waits until the claim is over
                self._book.release_deliveries(self._owner)

    def _is_ours(self, receiver: str, owner: str, now: int) -> bool:
        until = self._until.get(receiver, now)
        if self._lease < 2 * (until - now) <= 2 * self._lease:
            return True
        record = self._book.claim_delivery(receiver, owner, now, self._lease)
        if record is None:
            if self._until.pop(receiver, None) is not None:
                log.info("receiver_told_by_another", receiver=receiver)
            self._unsaved.discard(receiver)
            return False
        if not 0 < until - now <= self._lease:  # another may have told it since
            self._kept[receiver] = json.loads(record)
            self._unsaved.discard(receiver)
        if receiver not in self._until:
            log.info("receiver_told_by_us", receiver=receiver)
        self._until[receiver] = now + self._lease
        return True


@dataclass(frozen=True)
class ToldAlerts:
    """Direct alerts, and the memory of them."""

    direct: DirectAlerts
    deliveries: Deliveries

    async def push(self, board: Board, now: int) -> None:
        ours = await asyncio.to_thread(self.deliveries.claim, self.direct.receivers, now)
        await self.direct.push(board, now, ours)
        await asyncio.to_thread(self.deliveries.flush)
