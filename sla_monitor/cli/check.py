"""`sla-monitor check`: every fault in agreement files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated

import typer

from sla_monitor.agreements.advice import of_one_sample
from sla_monitor.agreements.discovered import Discovery
from sla_monitor.agreements.reading import Reading as AgreementsRead
from sla_monitor.cli import options
from sla_monitor.compliance import amendments, conditions
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, Content, Measurement, Objective, SourceName
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import IndicatorError, SourceRefusedError
from sla_monitor.measuring import rollcalls
from sla_monitor.sources import flavours, forms, plans
from sla_monitor.sources.reader import Reader
from sla_monitor.sources.rollcalls import RollCaller

RECENT_SLICES = 10
SOME = 3
"""Of customers who are found, so many are named and asked for: the queries of all are alike."""
DAY = 86_400


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
    for advised in reading.advice:
        typer.echo(str(replace(advised, message=f"advice: {advised.message}")))
    some = reading.agreements or reading.discoveries
    found = asyncio.run(_online(settings, reading)) if online and some else []
    faults = len(reading.faults) + sum(found)
    sound, searching = f"{_count(len(reading.agreements), 'agreement')} sound", len(reading.discoveries)
    if searching:
        sound += f", {_count(searching, 'template')} whose customers are found while the monitor runs"
    typer.echo(f"{sound}, {_count(faults, 'fault')}", err=True)
    return int(faults > 0)


async def _online(settings: Settings, reading: AgreementsRead) -> list[bool]:
    """One line for each that is measured; True where something is wrong with it."""
    async with AsyncExitStack() as stack:
        readers = await connections.open_readers(settings, stack)
        mistaken = [await _mistaken(name, reader) for name, reader in readers.items()]
        looked = [await _looked(readers[one.search.source], one) for one in reading.discoveries]
        agreements = [*reading.agreements, *(a for _, some in looked for a in some)]
        found = (
            mistaken
            + [wrong for wrong, _ in looked]
            + [
                await _measured(readers[m.source], a, name, m)
                for a in agreements
                for objective, whole in dict.fromkeys(conditions.measurements(a))
                for name, m in _with_parts(objective, whole)
            ]
        )
        kept = {name: await reader.client.retention() for name, reader in readers.items()}
        for agreement in agreements:
            for objective in agreement.objectives:
                _advise(agreement, objective, readers[objective.measurement.source], kept)
        return found


async def _mistaken(name: SourceName, reader: Reader) -> bool:
    """Tells what a source is; whether the settings take it for something else."""
    await reader.answers(wiring.clock())
    identity, seen = await reader.client.identity(), await reader.client.identified()
    typer.echo(f"source {name!r}: {identity}; {identity.flavour.form}")
    wrong = seen != flavours.UNTOLD and seen.flavour is not identity.flavour
    if wrong:
        typer.echo(f"source {name!r}: it is {seen}: set its flavour to {seen.flavour.name}, or to {flavours.AUTO}")
    return wrong


async def _looked(reader: Reader, discovery: Discovery) -> tuple[bool, Sequence[Agreement]]:
    """Who is there now: whether something is wrong with it, and the agreements of some of them."""
    search = discovery.search
    try:
        roll = await rollcalls.asked(RollCaller(reader.client), search, wiring.clock())
    except (IndicatorError, SourceRefusedError) as error:
        typer.echo(f"{search.template}: {error}")
        return True, ()
    made = discovery.agreements(roll, {})
    for fault in made.faults:
        typer.echo(str(fault))
    names = sorted(roll.times)
    shown = f": {', '.join(names[:SOME])}{', …' if len(names) > SOME else ''}" if names else ""
    typer.echo(f"{search.template}: {_count(len(names), 'customer')} by {search.label}{shown}")
    return bool(made.faults), made.agreements[:SOME]


def _with_parts(name: str, measurement: Measurement) -> Iterator[tuple[str, Measurement]]:
    """A composite and each of its parts: a part that is not there is easily hidden by the others."""
    yield name, measurement
    for number, part in enumerate(plans.parts_of(measurement), 1):
        yield from _with_parts(f"{name}, part {number}", part)


async def _measured(reader: Reader, agreement: Agreement, name: str, measurement: Measurement) -> bool:
    now = wiring.clock()
    await reader.learn([measurement], now)
    s = measurement.slice_seconds
    end = (now - reader.settle(measurement)) // s * s
    (reading,) = await reader.measure([Want(measurement, Span(end - RECENT_SLICES * s, end))])
    wrong, told = _condition(reading) if name.startswith(conditions.EXCLUSION) else await _told(reader, reading)
    typer.echo(f"{agreement.name}/{name}: {told}")
    return wrong


def _advise(agreement: Agreement, objective: Objective, reader: Reader, kept: Mapping[SourceName, int | None]) -> None:
    """What only the source can tell of an agreement's weakness."""
    m, name = objective.measurement, f"{agreement.name}/{objective.name}"
    spacing = reader.discovery.spacing_of(m)
    if reader.client.endpoint.resolution is None and m.slice_seconds < 2 * spacing:  # else it is told already
        told, hint = of_one_sample(m.slice_seconds, spacing)
        typer.echo(f"{name}: advice: {told} ({hint})")
    window = amendments.window_of(agreement, objective, wiring.clock()).entire.seconds
    if (keeps := kept[m.source]) is not None and keeps < window:
        told = f"the window is {_days(window)} long, and source {m.source!r} keeps samples for {_days(keeps)}"
        typer.echo(f"{name}: advice: {told} (keep the monitor running: only its ledger holds all of it)")


def _days(seconds: int) -> str:
    return _count(seconds // DAY, "day") if seconds >= DAY else f"{seconds} s"


def _condition(reading: Reading) -> tuple[bool, str]:
    """Its series may well be absent while it does not hold."""
    if reading.slices is None:
        return True, str(reading.error)
    known, held = int(reading.slices.known.sum()), float(reading.slices.good.sum())
    if known == 0:
        return False, f"none of its series in the last {reading.want.span.seconds} s: nothing is excluded meanwhile"
    return False, f"fine, held for {held:.0f} of {known} s"


async def _told(reader: Reader, reading: Reading) -> tuple[bool, str]:
    if reading.slices is None:
        return True, str(reading.error)
    known, total = int(reading.slices.known.sum()), float(reading.slices.total.sum())
    span = reading.want.span
    if reading.contradictions:
        why = _CONTRADICTION[reading.want.measurement.holds]
        return True, f"in {_count(reading.contradictions, 'slice')} the queries contradict themselves ({why})"
    if known == 0:
        return True, f"no data in the last {span.seconds} s: do the selectors match, and is the target scraped?"
    form = await forms.told(reader.discovery, reading.want)
    if total == 0:
        nothing = _NOTHING[reading.want.measurement.holds]
        return False, f"known, but {nothing} in the last {span.seconds} s ({form}): a wrong name looks like this"
    return False, f"fine, {form}, {100 * known // span.seconds} % of the last {span.seconds} s known"


_CONTRADICTION = {
    Content.EVENTS: "more good than total",
    Content.SECONDS: "shares below 0 or above 1",
    Content.AMOUNT: "amounts below 0",
}
_NOTHING = {
    Content.EVENTS: "without a single event",
    Content.VALUES: "without a single sample",
    Content.AMOUNT: "nothing was added",
}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
