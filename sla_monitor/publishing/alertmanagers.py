"""Tells each Alertmanager over its API v2, on its own account: one that is down holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, Self

import httpx
import structlog
from prometheus_client import Counter

from sla_monitor.compliance.boards import Board
from sla_monitor.errors import ConfigError
from sla_monitor.publishing.alerts import Alert, Delivered, Message, desired, plan, with_ending
from sla_monitor.publishing.metrics import FAILED, SUCCESS
from sla_monitor.publishing.rules.identities import Links

BATCH = 64
"""Alerts a request: some hundred kilobytes at most."""
TIMEOUT = 10.0

log = structlog.get_logger(__name__)


class Deliveries(Protocol):
    """What was delivered, kept over restarts. `receiver` names an Alertmanager, without credentials."""

    def load(self, receiver: str) -> dict[str, Delivered]: ...

    def save(self, receiver: str, state: Mapping[str, Delivered]) -> None:
        """Replaces all that is kept for the receiver."""


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """`url` without credentials, so that it can be logged."""

    url: str
    auth: httpx.Auth = field(default_factory=httpx.Auth)

    @classmethod
    def of(cls, url: str) -> Self:
        """Of `http://user:password@host:9093/prefix`."""
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ConfigError("an Alertmanager's URL cannot be read; write http://host:9093") from error
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise ConfigError(f"an Alertmanager's URL needs a scheme and a host, as http://host:9093: got {parsed!r}")
        auth = httpx.BasicAuth(parsed.username, parsed.password) if parsed.userinfo else httpx.Auth()
        return cls(str(parsed.copy_with(username=None, password=None)).rstrip("/"), auth)


class DirectAlerts:
    """Keeps the Alertmanagers told. Call `push` at least once a resend, also between cycles."""

    def __init__(
        self,
        alertmanagers: Sequence[Alertmanager],
        client: httpx.AsyncClient,
        deliveries: Deliveries,
        sent: Counter,
        *,
        links: Links,
        labels: Mapping[str, str],
        told_at: Callable[[Mapping[str, str]], int | None],
        resend: int = 60,
    ) -> None:
        """`told_at`: when something was answered by the clock of who answers, from the headers of the answer."""
        self._alertmanagers = alertmanagers
        self._client = client
        self._deliveries = deliveries
        self._sent = sent
        self._links = links
        self._labels = labels
        self._told_at = told_at
        self._resend = resend

    @property
    def receivers(self) -> list[str]:
        return [receiver.url for receiver in self._alertmanagers]

    async def push(self, board: Board, now: int, ours: Collection[str] | None = None) -> None:
        """Tells those that are `ours`, None: all. Not before the first measurement: an empty board resolves none."""
        if board.at is None:
            return
        wanted = desired(board, self._links, self._labels)
        told = [receiver for receiver in self._alertmanagers if ours is None or receiver.url in ours]
        await asyncio.gather(*(self._tell(receiver, board, wanted, now) for receiver in told))

    async def _tell(self, receiver: Alertmanager, board: Board, wanted: tuple[Alert, ...], now: int) -> None:
        before = self._deliveries.load(receiver.url)
        messages, state = plan(wanted, before, now, self._resend)
        apart = await self._apart(receiver, now, len(messages)) if messages else None
        for batch in _batches(with_ending(message, board) for message in messages):
            taken = apart is not None and await self._taken(receiver, batch, apart)
            self._sent.labels(SUCCESS if taken else FAILED).inc(len(batch))
            for message in batch:
                _settle(state, message, now, taken=taken)
        if state != before:
            self._deliveries.save(receiver.url, state)

    async def _apart(self, receiver: Alertmanager, now: int, alerts: int) -> int | None:
        """By how many seconds its clock is ahead of ours, where that matters; None where it cannot be reached.

        By a clock that is far behind, an alert has ended before it gets there, and nobody is paged. It is told nothing
        before that is known: what it took for over, and then not, would page twice.
        """
        answer = await self._post(receiver, [], alerts)
        if answer is None:
            return None
        there = self._told_at(answer.headers)
        if there is None or abs(there - now) < self._resend:  # the lifetime of an alert has room for that
            return 0
        log.warning("clock_apart_from_alertmanager", url=receiver.url, seconds=now - there)
        return there - now

    async def _taken(self, receiver: Alertmanager, batch: Sequence[Message], apart: int) -> bool:
        answer = await self._post(receiver, [message.body(apart) for message in batch], len(batch))
        if answer is not None and not answer.is_success:
            log.warning("alertmanager_refused", url=receiver.url, status=answer.status_code, answer=answer.text[:300])
        return answer is not None and answer.is_success

    async def _post(self, receiver: Alertmanager, bodies: Sequence[Any], alerts: int) -> httpx.Response | None:
        """None where it cannot be reached; so many alerts wait for that."""
        url = f"{receiver.url}/api/v2/alerts"
        try:
            return await self._client.post(url, json=bodies, auth=receiver.auth, timeout=TIMEOUT)
        except httpx.HTTPError as error:
            log.warning("alertmanager_unreachable", url=receiver.url, error=type(error).__name__, alerts=alerts)
            return None


def _settle(state: dict[str, Delivered], message: Message, now: int, *, taken: bool) -> None:
    key = message.alert.key
    if taken and message.after is not None:
        state[key] = message.after
    elif taken or (message.after is None and now >= state[key].ends_at):
        # Not reached with its end: by now Alertmanager has let it run out by itself.
        del state[key]


def _batches(messages: Iterable[Message]) -> Iterable[list[Message]]:
    left = iter(messages)
    while batch := list(islice(left, BATCH)):
        yield batch
