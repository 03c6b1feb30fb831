"""Builds things out of settings, and reads the clock: the only place that does. Who talks to others: `connections`."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryDirectory

from sla_monitor.agreements import reading
from sla_monitor.agreements.timetables import Timetable
from sla_monitor.cluster.membership import Membership
from sla_monitor.compliance.terms import Agreement, Measurement
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import shards_of, store_at
from sla_monitor.ledger.store import Store
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.verification import Verification
from sla_monitor.publishing.rules.identities import Links
from sla_monitor.sources import promql

Clock = Callable[[], int]
MISSED_TICKS, PATIENCE = 3, 15
"""So many ticks, and seconds at least, without a word, and a replica is taken to hang: others take its shards."""
USUAL_SETTLE = 60
"""What is settled is only known to who asks the source; a measurement up to date is judged as of its watermark."""


def clock() -> int:
    """Now, in whole POSIX seconds."""
    return int(time.time())  # noqa: TID251 - the one reading of the clock


def instant() -> datetime:
    """Now, as the scheduler wants it."""
    return datetime.fromtimestamp(clock(), UTC)


def version() -> str:
    return installed_version("sla-monitor")


def read_agreements(
    paths: tuple[Path, ...], settings: Settings, alter: reading.Alter = reading.as_written
) -> reading.Reading:
    """Reads agreement files, checked against the sources that are configured, where some are."""
    sources = {source.name: source.resolution or 1 for source in settings.sources} or None
    return reading.read(paths, _Promql(), sources, alter=alter, now=clock())


class _Promql:
    """The reading's view of PromQL."""

    def selector_fault(self, text: str) -> str | None:
        return promql.selector_fault(text)

    def query_fault(self, text: str, *, slice_variable: bool) -> str | None:
        return promql.query_fault(text, slice_variable=slice_variable)

    def condition_fault(self, text: str) -> str | None:
        return promql.condition_fault(text)

    def narrowed_query(self, text: str, matchers: Mapping[str, str]) -> str:
        return promql.narrowed_query(text, matchers)


def open_store(settings: Settings) -> Store:
    """The ledger as it is; nothing is made or changed."""
    held = settings.ledger
    return store_at(held.url, held.password_file, held.timeout)


def open_book(settings: Settings) -> Book:
    """The ledger, made and migrated where needed."""
    store = open_store(settings)
    store.prepare()
    return Book(store)


def taken_book(settings: Settings) -> tuple[Book, Membership | None]:
    """The ledger to be measured into, from before anything is changed: alone, or with others as one of them."""
    store, shared = open_store(settings), settings.cluster
    if not shared.enabled:
        store.hold()
        store.prepare()
        return Book(store), None
    locks = shards_of(store, shared.shards, max(MISSED_TICKS * settings.schedule.tick, PATIENCE))
    locks.join()
    store.prepare()
    return Book(store), Membership(locks, shared.shards)


def owner() -> str:
    """Who we are among those that share a ledger."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def closing(settings: Settings, book: Book) -> Closing:
    """What closes windows, and states them again."""
    return Closing(book, Timetable, settings.schedule.grace_seconds, version())


def timetable(book: Book | None = None) -> Timetable:
    """When promises hold, with all that the ledger holds of it at this moment; without one, as was agreed."""
    return Timetable() if book is None else Timetable(book.declared(), book.silences())


def verification(settings: Settings, book: Book) -> Verification:
    """What holds statements against their evidence."""
    return Verification(book, closing(settings, book), read_again)


def read_again(text: str, calendars: Mapping[str, str]) -> Agreement:
    """An agreement from its text as it was kept, with the calendars beside it. Raises ConfigError."""
    return _read_again(text, tuple(sorted(calendars.items())))


@lru_cache(maxsize=256)
def _read_again(text: str, calendars: tuple[tuple[str, str], ...]) -> Agreement:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "agreement.yaml"
        for name, said in (*calendars, (path.name, text)):
            (Path(folder) / Path(name).name).write_text(said, encoding="utf-8", newline="")
        found = reading.read([path], _Promql())
    if len(found.agreements) != 1:
        told = [fault.message for fault in (*found.faults, *found.notices)] or ["it holds no agreement"]
        raise ConfigError(f"this version cannot read its agreement any more: {'; '.join(told)}")
    return found.agreements[0]


def links(settings: Settings) -> Links:
    return Links(settings.alerting.external_url, settings.alerting.runbooks_url)


def settle_of(settings: Settings) -> Callable[[Measurement], int]:
    own = {source.name: source.settle for source in settings.sources}

    def settle(measurement: Measurement) -> int:
        return own.get(measurement.source) or USUAL_SETTLE

    return settle
