"""Builds what talks to others: sources, Alertmanagers, whoever scrapes us. Most verbs do without."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast

import httpx
from prometheus_client import CollectorRegistry, disable_created_metrics

from sla_monitor.compliance.standings import Board
from sla_monitor.compliance.terms import SourceName
from sla_monitor.daemon import credentials, wiring
from sla_monitor.daemon.sections import Source, Tls
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.publishing.alertmanagers import Alertmanager, DirectAlerts
from sla_monitor.publishing.alerts import Delivered
from sla_monitor.publishing.metrics import FAILED, SUCCESS, MonitorMetrics
from sla_monitor.sources.client import Endpoint, Observer, PrometheusClient
from sla_monitor.sources.reader import Reader
from sla_monitor.sources.silences import SilenceReader


async def open_readers(
    settings: Settings, stack: AsyncExitStack, observe: Observer = lambda *_: None
) -> dict[SourceName, Reader]:
    """A reader for each source; they are closed with the stack."""
    if not settings.sources:
        raise ConfigError("no Prometheus is named: give --prometheus URL, or sources in the settings file")
    return {
        SourceName(source.name): Reader(await stack.enter_async_context(PrometheusClient(_endpoint(source), observe)))
        for source in settings.sources
    }


@dataclass
class Boards:
    """The last board; replaced whole, never changed."""

    latest: Board = field(default_factory=Board)

    def __call__(self) -> Board:
        return self.latest


def own_metrics() -> MonitorMetrics:
    cast("Callable[[], None]", disable_created_metrics)()  # when a counter began is a series each, that nobody asks for
    return MonitorMetrics(CollectorRegistry(), wiring.version())


def observer(metrics: MonitorMetrics) -> Observer:
    def observe(source: SourceName, result: str, seconds: float) -> None:
        metrics.query_duration_seconds.labels(source).observe(seconds)
        metrics.queries.labels(source, SUCCESS if result == "ok" else FAILED).inc()

    return observe


def direct_alerts(
    settings: Settings, book: Book, metrics: MonitorMetrics, http: httpx.AsyncClient
) -> ToldAlerts | None:
    """None where nobody is to be told directly."""
    alerting = settings.alerting
    if not alerting.direct or not alerting.alertmanagers:
        return None
    deliveries = Deliveries(book)
    direct = DirectAlerts(
        [Alertmanager.of(url) for url in alerting.alertmanagers],
        http,
        deliveries,
        metrics.alerts_sent,
        links=wiring.links(settings),
        labels=alerting.labels,
        resend=alerting.resend,
    )
    return ToldAlerts(direct, deliveries)


def silence_readers(settings: Settings, http: httpx.AsyncClient) -> list[SilenceReader]:
    named = [Alertmanager.of(url) for url in settings.alerting.alertmanagers]
    return [SilenceReader(one.url, http, one.auth) for one in named]


class Deliveries:
    """What Alertmanagers were told: in memory while the loop runs, then kept in the ledger in a thread.

    A ledger that is locked must not hold up the loop. What is lost between is told again, which changes nothing.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._kept = {receiver: json.loads(record) for receiver, record in book.deliveries().items()}
        self._unsaved: set[str] = set()

    def load(self, receiver: str) -> dict[str, Delivered]:
        return {key: Delivered.of(record) for key, record in self._kept.get(receiver, {}).items()}

    def save(self, receiver: str, state: Mapping[str, Delivered]) -> None:
        self._kept[receiver] = {key: told.record() for key, told in state.items()}
        self._unsaved.add(receiver)

    def flush(self) -> None:
        """What could not be kept is tried again with the next."""
        for receiver in sorted(self._unsaved):
            self._book.record_delivery(receiver, json.dumps(self._kept[receiver]))
            self._unsaved.discard(receiver)


@dataclass(frozen=True)
class ToldAlerts:
    """Direct alerts, and the memory of them."""

    direct: DirectAlerts
    deliveries: Deliveries

    async def push(self, board: Board, now: int) -> None:
        await self.direct.push(board, now)
        await asyncio.to_thread(self.deliveries.flush)


def _endpoint(source: Source) -> Endpoint:
    return Endpoint(
        SourceName(source.name),
        source.url,
        headers={name: value.get_secret_value() for name, value in source.headers.items()},
        auth=credentials.of(source),
        verify=_verified(source),
        resolution=source.resolution,
        settle=source.settle,
        concurrency=source.concurrency,
        max_samples=source.max_samples,
        timeout=float(source.timeout),
        tenant=source.tenant,
        flavour=source.flavour,
    )


def _verified(source: Source) -> ssl.SSLContext | bool:
    tls = source.tls
    if tls == Tls():
        return True
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"source {source.name!r}: tls: {error}") from error
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
