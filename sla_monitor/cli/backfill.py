"""`sla-monitor backfill`: the past into the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sla_monitor.agreements.reading import Reading
from sla_monitor.cli import customers, options, output
from sla_monitor.compliance import conditions, periods
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, Measurement, SourceName
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError, SourceError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import backfill as past
from sla_monitor.measuring import rollcalls
from sla_monitor.sources.reader import Reader
from sla_monitor.sources.rollcalls import RollCaller

DEFAULT_DAYS = 40
DAY = 86_400


def register(app: typer.Typer) -> None:
    app.command(
        epilog="Example: sla-monitor backfill agreements/ --from 2026-09-01 --prometheus http://127.0.0.1:9090"
    )(backfill)


def backfill(
    files: options.Files = None,
    since: Annotated[
        str | None, typer.Option("--from", help="RFC 3339 instant, or a date (UTC).", show_default="40 days ago")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="As --from.", show_default="now")] = None,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> None:
    """Measure the past into the ledger, newest day first. Interrupted, it goes on where it stopped."""
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution, ledger=ledger)
    reading = options.read(settings)
    options.sound(reading)
    now = wiring.clock()
    first = now - DEFAULT_DAYS * DAY if since is None else _instant("--from", since)
    last = now if until is None else min(now, _instant("--until", until))
    if last <= first:
        raise ConfigError("--until is not after --from")
    asyncio.run(_fill(settings, reading, Span(first, last)))


async def _fill(settings: Settings, reading: Reading, span: Span) -> None:
    failed: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        book = wiring.open_book(settings)
        stack.callback(book.store.close)
        readers = await connections.open_readers(settings, stack)
        for reader in readers.values():
            await reader.answers(span.end)
        agreements = await _taken_on(settings, reading, readers, book, since=span.start)
        measurements = list({m.key: m for a in agreements for _, m in conditions.measurements(a)}.values())
        bar = stack.enter_context(output.progress())
        task = bar.add_task("measuring days", total=None)
        async for step in past.backfill(measurements, readers, book, span, wiring.clock()):
            bar.update(task, completed=step.done, total=step.all)
            for one in step.failed:
                told = f"{_names(agreements, one.want.measurement)}: {one.error}"
                failed[told] = failed.get(told, 0) + 1
    typer.echo(f"measured {step.all - sum(failed.values())} of {step.all} days", err=True)
    if failed:
        lines = (f"  {told} ({count} days)" for told, count in failed.items())
        raise SourceError("\n".join(("some days could not be measured; run it again to try only those:", *lines)))


async def _taken_on(
    settings: Settings, reading: Reading, readers: Mapping[SourceName, Reader], book: Book, *, since: int
) -> tuple[Agreement, ...]:
    """Where nobody has looked yet for customers, it is looked from `since` on."""
    for discovery in reading.discoveries:
        caller = RollCaller(readers[discovery.search.source].client)
        await rollcalls.follow(caller, book, discovery.search, wiring.clock(), since)
    return customers.taken_on(reading.with_customers(book.rolls(), settings.agreements.max_discovered))


def _names(agreements: tuple[Agreement, ...], measurement: Measurement) -> str:
    named = ((a, *one) for a in agreements for one in conditions.measurements(a))
    return ", ".join(dict.fromkeys(f"{a.name}/{name}" for a, name, m in named if m.key == measurement.key))


def _instant(flag: str, text: str) -> int:
    try:
        return periods.parse_instant(text, ZoneInfo("UTC"))
    except ValueError as error:
        raise ConfigError(f"{flag}: {error}") from error
