"""`sla-monitor check`: every fault in agreement files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from sla_monitor.cli import options
from sla_monitor.compliance import amendments
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, Measurement
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.sources.reader import Reader

RECENT_SLICES = 10


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor check agreements/ --online --prometheus http://127.0.0.1:9090")(check)


def check(
    files: options.Files = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask Prometheus: do the queries work and return data?")
    ] = False,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
) -> int:
    """Tell every fault in agreement files, as file:line:column: message (hint)."""
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution)
    reading = options.read(settings)
    for fault in (*reading.faults, *reading.notices):
        typer.echo(str(fault))
    found = asyncio.run(_online(settings, reading.agreements)) if online and reading.agreements else []
    faults = len(reading.faults) + sum(found)
    served, refused = len(reading.agreements), len(reading.refused)
    not_computed = f", {_count(refused, 'agreement')} this version does not compute" if refused else ""
    typer.echo(f"{_count(served, 'agreement')} sound{not_computed}, {_count(faults, 'fault')}", err=True)
    return int(faults > 0)


async def _online(settings: Settings, agreements: Sequence[Agreement]) -> list[bool]:
    """One line an objective; True where something is wrong with it."""
    async with AsyncExitStack() as stack:
        readers = await wiring.open_readers(settings, stack)
        for reader in readers.values():
            await reader.answers(wiring.clock())
        return [
            await _objective(readers[m.source], f"{a.name}/{name}", m)
            for a in agreements
            for name, m in dict.fromkeys((o.name, o.measurement) for o in amendments.all_versions(a))
        ]


async def _objective(reader: Reader, name: str, measurement: Measurement) -> bool:
    now = wiring.clock()
    await reader.learn([measurement], now)
    s = measurement.slice_seconds
    end = (now - reader.settle(measurement)) // s * s
    (reading,) = await reader.measure([Want(measurement, Span(end - RECENT_SLICES * s, end))])
    wrong, told = _told(reader, reading)
    typer.echo(f"{name}: {told}")
    return wrong


def _told(reader: Reader, reading: Reading) -> tuple[bool, str]:
    if reading.slices is None:
        return True, str(reading.error)
    known, total = int(reading.slices.known.sum()), float(reading.slices.total.sum())
    span, m = reading.want.span, reading.want.measurement
    if reading.contradictions:
        return (
            True,
            f"in {_count(reading.contradictions, 'slice')} the queries contradict themselves (more good than total)",
        )
    if known == 0:
        return True, f"no data in the last {span.seconds} s: do the selectors match, and is the target scraped?"
    resolution = reader.discovery.spacing_of(m)
    form = f"anchored increases at {resolution} s" if m.is_counted else f"sampled every {resolution} s"
    if total == 0:
        return (
            False,
            f"known, but without a single event in the last {span.seconds} s ({form}): a wrong name looks like this",
        )
    return False, f"fine, {form}, {100 * known // span.seconds} % of the last {span.seconds} s known"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
