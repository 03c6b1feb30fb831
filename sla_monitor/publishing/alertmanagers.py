"""Tells each Alertmanager over its API v2, on its own account: one that is down holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, Self

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
        resend: int = 60,
    ) -> None:
        self._alertmanagers = alertmanagers
        self._client = client
        self._deliveries = deliveries
        self._sent = sent
        self._links = links
        self._labels = labels
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
        for batch in _batches(with_ending(message, board) for message in messages):
            taken = await self._post(receiver, batch)
            self._sent.labels(SUCCESS if taken else FAILED).inc(len(batch))
            for message in batch:
                _settle(state, message, now, taken=taken)
        if state != before:
            self._deliveries.save(receiver.url, state)

    async def _post(self, receiver: Alertmanager, batch: Sequence[Message]) -> bool:
        try:
            answer = await self._client.post(
                f"{receiver.url}/api/v2/alerts",
                json=[message.body() for message in batch],
                auth=receiver.auth,
                timeout=TIMEOUT,
            )
        except httpx.HTTPError as error:
            log.warning("alertmanager_unreachable", url=receiver.url, error=type(error).__name__, alerts=len(batch))
            return False
        if not answer.is_success:
            log.warning("alertmanager_refused", url=receiver.url, status=answer.status_code, answer=answer.text[:300])
        return answer.is_success


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
