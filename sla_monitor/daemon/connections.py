"""Builds what talks to others: sources, Alertmanagers, whoever scrapes us. Most verbs do without."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast

import httpx
from prometheus_client import CollectorRegistry, disable_created_metrics

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.terms import SourceName
from sla_monitor.daemon import credentials, wiring
from sla_monitor.daemon.deliveries import Deliveries, ToldAlerts
from sla_monitor.daemon.sections import Source, Tls
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.publishing.alertmanagers import Alertmanager, DirectAlerts
from sla_monitor.publishing.metrics import FAILED, SUCCESS, MonitorMetrics
from sla_monitor.sources import rests
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


CLAIMED_FOR = 2
"""Resends: after so long without a word from one replica another tells its receivers, before their alerts run out."""


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
    owner = wiring.owner() if settings.cluster.enabled else None
    deliveries = Deliveries(book, owner, CLAIMED_FOR * alerting.resend)
    direct = DirectAlerts(
        [Alertmanager.of(url) for url in alerting.alertmanagers],
        http,
        deliveries,
        metrics.alerts_sent,
        links=wiring.links(settings),
        labels=alerting.labels,
        told_at=rests.told_at,
        resend=alerting.resend,
    )
    return ToldAlerts(direct, deliveries)


def silence_readers(settings: Settings, http: httpx.AsyncClient) -> list[SilenceReader]:
    named = [Alertmanager.of(url) for url in settings.alerting.alertmanagers]
    return [SilenceReader(one.url, http, one.auth) for one in named]


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
