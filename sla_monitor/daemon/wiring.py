"""Builds everything out of settings, and reads the clock: the only place that does either."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import cast

import httpx
from prometheus_client import CollectorRegistry, disable_created_metrics

from sla_monitor.agreements import reading
from sla_monitor.compliance.standings import Board
from sla_monitor.compliance.terms import SourceName
from sla_monitor.daemon import settings as settings_
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.store import Store
from sla_monitor.publishing.alertmanagers import Alertmanager, DirectAlerts
from sla_monitor.publishing.alerts import Delivered
from sla_monitor.publishing.metrics import FAILED, SUCCESS, MonitorMetrics, StandingsCollector
from sla_monitor.publishing.rules.identities import Links
from sla_monitor.sources import promql
from sla_monitor.sources.client import Endpoint, Observer, PrometheusClient
from sla_monitor.sources.reader import Reader

Clock = Callable[[], int]


def clock() -> int:
    """Now, in whole POSIX seconds."""
    return int(time.time())  # noqa: TID251 - the one reading of the clock


def version() -> str:
    return installed_version("sla-monitor")


def read_agreements(paths: tuple[Path, ...], settings: Settings) -> reading.Reading:
    """Reads agreement files, checked against the sources that are configured, where some are."""
    sources = {source.name: source.resolution or 1 for source in settings.sources} or None
    return reading.read(paths, _Promql(), sources)


class _Promql:
    """The reading's view of PromQL."""

    def selector_fault(self, text: str) -> str | None:
        return promql.selector_fault(text)

    def query_fault(self, text: str, *, slice_variable: bool) -> str | None:
        return promql.query_fault(text, slice_variable=slice_variable)


def open_book(settings: Settings) -> Book:
    """The ledger, made and migrated where needed."""
    store = Store(settings.ledger.url)
    store.prepare()
    return Book(store)


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


def metrics_for(boards: Boards) -> tuple[CollectorRegistry, MonitorMetrics]:
    cast("Callable[[], None]", disable_created_metrics)()  # when a counter began is a series each, that nobody asks for
    registry = CollectorRegistry()
    registry.register(StandingsCollector(boards))
    return registry, MonitorMetrics(registry, version())


def observer(metrics: MonitorMetrics) -> Observer:
    def observe(source: SourceName, result: str, seconds: float) -> None:
        metrics.query_duration_seconds.labels(source).observe(seconds)
        metrics.queries.labels(source, SUCCESS if result == "ok" else FAILED).inc()

    return observe


def direct_alerts(
    settings: Settings, book: Book, metrics: MonitorMetrics, http: httpx.AsyncClient
) -> DirectAlerts | None:
    """None where nobody is to be told directly."""
    alerting = settings.alerting
    if not alerting.direct or not alerting.alertmanagers:
        return None
    return DirectAlerts(
        [Alertmanager.of(url) for url in alerting.alertmanagers],
        http,
        _Deliveries(book),
        metrics.alerts_sent,
        links=links(settings),
        labels=alerting.labels,
        resend=alerting.resend,
    )


def links(settings: Settings) -> Links:
    return Links(settings.alerting.external_url, settings.alerting.runbooks_url)


class _Deliveries:
    """What Alertmanagers were told, kept in the ledger."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def load(self, receiver: str) -> dict[str, Delivered]:
        kept = json.loads(self._book.deliveries().get(receiver, "{}"))
        return {key: Delivered.of(record) for key, record in kept.items()}

    def save(self, receiver: str, state: Mapping[str, Delivered]) -> None:
        self._book.record_delivery(receiver, json.dumps({key: told.record() for key, told in state.items()}))


def _endpoint(source: settings_.Source) -> Endpoint:
    headers = {name: value.get_secret_value() for name, value in source.headers.items()}
    if source.bearer_token_file is not None:
        headers["Authorization"] = f"Bearer {_secret(source.bearer_token_file)}"
    auth = None
    if source.basic_auth is not None:
        own, file = source.basic_auth.password, source.basic_auth.password_file
        password = own.get_secret_value() if own is not None else _secret(file) if file is not None else ""
        auth = (source.basic_auth.username, password)
    return Endpoint(
        SourceName(source.name),
        source.url,
        headers=headers,
        auth=auth,
        verify=_verified(source.tls),
        resolution=source.resolution,
        settle=source.settle,
        concurrency=source.concurrency,
        timeout=float(source.timeout),
    )


def _verified(tls: settings_.Tls) -> ssl.SSLContext | bool:
    if tls == settings_.Tls():
        return True
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"sources: tls: {error}") from error
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _secret(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
