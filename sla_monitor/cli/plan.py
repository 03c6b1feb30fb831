"""`sla-monitor plan`: the queries that would be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated, Any

import typer

from sla_monitor.agreements.discovered import Discovery
from sla_monitor.cli import customers, options, output
from sla_monitor.compliance import conditions
from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.rolls import STEP
from sla_monitor.compliance.terms import Agreement, Latency, Measurement, SourceName
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.sources import asks, flavours, plans, sheaves
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.discovery import UNSEEN_RESOLUTION
from sla_monitor.sources.expressions import Native
from sla_monitor.sources.flavours import Identity
from sla_monitor.sources.plans import Findings, Found
from sla_monitor.sources.sheaves import Sheaf

DAY = 86_400
ALWAYS = "always"
FOUND = "always, to find the customers of "
WITHOUT_UP = "where up is absent"
IF_NATIVE = "instead, where the histogram is native"
ROW_BYTES, VALUE_BYTES = 120, 20
"""Of an answer, about: a row with a label or two, and each value of it."""
AGO = 300
"""A cost is measured on a slice of which all samples have arrived."""

Rows = list[dict[str, Any]]
Identities = dict[SourceName, Identity | None]
"""What each source is, where that is known."""
Questions = dict[tuple[SourceName, Ask, str], list[Sheaf]]
"""A query of a source, when it is asked, and the sheaves that need it."""


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor plan agreements/ --resolution 30s --prometheus http://127.0.0.1:9090")(
        plan
    )


def plan(
    files: options.Files = None,
    cost: Annotated[
        bool,
        typer.Option("--cost", help="Ask each query once, for one slice, and tell what the source says of its cost."),
    ] = False,
    form: output.Output = output.Format.TABLE,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
) -> None:
    """Show the queries that would be sent, who shares each, and what each reads. Asks nobody, save with --cost."""
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution)
    reading = options.read(settings)
    anybody = [one for discovery in reading.discoveries for one in customers.of_anybody(discovery)]
    sharers = _sharers_of((*options.sound(reading), *anybody))
    known = asyncio.run(_identities(settings)) if cost else _configured(settings)
    questions = _questions(settings, sharers, known)
    costs = asyncio.run(_costs(settings, questions)) if cost else {}
    rows = [_row(key, found, sharers) | costs.get(key, {}) for key, found in questions.items()]
    rows = [*map(_search, reading.discoveries), *rows]
    for one in reading.discoveries:
        told = "its customers are found while the monitor runs; what is asked of them is shown for two"
        typer.echo(f"{one.search.template}: {told}", err=True)
    for source in {row["source"]: None for row in rows}:
        typer.echo(_told_form(source, known), err=True)
    if form is output.Format.TABLE:
        _show(rows)
    else:
        output.show_rows(rows, form)


def _show(rows: Rows) -> None:
    """Each query on a line of its own, never folded: to be copied."""
    for row in rows:
        many = "a row each" if row["rows"] is None else _count(row["rows"], "row")
        typer.echo(
            f"{row['source']}, {row['asked']}: every {row['every_seconds']} s{_sharers(row)}, "
            f"{many}, {row['points_a_day']:,} points and "
            f"{row['samples_a_day_and_series']:,} samples of a series a day{_told_cost(row)}"
        )
        typer.echo(f"    {row['query']}")
    always = [row for row in rows if row["asked"].startswith(ALWAYS)]
    points, size = (sum(row[name] or 0 for row in always) for name in ("points_a_day", "bytes_a_day"))
    queries = (
        f"{len(always)} {'query' if len(always) == 1 else 'queries'} always, {len(rows) - len(always)} where needed"
    )
    typer.echo(
        f"{queries}; {points:,} points a day, answered with about {size / 1e6:,.1f} MB",
        err=True,
    )


def _told_cost(row: dict[str, Any]) -> str:
    if "samples" not in row:
        return ""
    if row["samples"] is None:
        return "; the source tells no cost"
    return f"; a slice reads {row['samples']:,} samples in {row['seconds'] * 1000:,.1f} ms"


def _sharers(row: dict[str, Any]) -> str:
    told = " and ".join(_count(row[f"{what}s"], what) for what in ("objective", "exclusion") if row[f"{what}s"])
    return f" for {told}" if told else ""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _sharers_of(agreements: Iterable[Agreement]) -> dict[Measurement, set[tuple[str, str]]]:
    """Of each measurement the objectives and exclusions that need it."""
    found: dict[Measurement, set[tuple[str, str]]] = {}
    for agreement in agreements:
        for name, measurement in conditions.measurements(agreement):
            found.setdefault(measurement, set()).add((agreement.name, name))
    return found


def _search(discovery: Discovery) -> dict[str, Any]:
    """How customers are found; how many there are only the source can tell. What is asked of them is shown for two."""
    search, points = discovery.search, DAY // STEP
    return {
        "source": search.source,
        "asked": f"{FOUND}{search.template}",
        "every_seconds": STEP,
        "rows": None,
        "points_a_day": points,
        "samples_a_day_and_series": points,
        "bytes_a_day": None,
        "objectives": 0,
        "exclusions": 0,
        "query": search.query,
    }


def _configured(settings: Settings) -> Identities:
    return {SourceName(source.name): flavours.configured(source.flavour) for source in settings.sources}


async def _identities(settings: Settings) -> Identities:
    async with AsyncExitStack() as stack:
        readers = await connections.open_readers(settings, stack)
        return {name: await reader.client.identity() for name, reader in readers.items()}


def _told_form(source: SourceName, known: Identities) -> str:
    identity = known.get(source)
    if identity is None:
        return f"source {source!r}: as Prometheus would be asked; what it is, is found out by asking (--cost)"
    return f"source {source!r}: {identity}; {identity.flavour.form}"


def _questions(settings: Settings, measurements: Iterable[Measurement], identities: Identities) -> Questions:
    found: Questions = {}
    for known, sheaf in sheaves.together((_found(settings, one, identities), one) for one in measurements):
        for when, ask in _asked(sheaf, known):
            found.setdefault((sheaf.asked.source, ask, when), []).append(sheaf)
    return found


def _row(
    key: tuple[SourceName, Ask, str], found: list[Sheaf], sharers: dict[Measurement, set[tuple[str, str]]]
) -> dict[str, Any]:
    source, ask, when = key
    names = {name for sheaf in found for one in sheaf.members for name in sharers[one]}
    points, rows = DAY // ask.step, max(_rows_of(ask, sheaf) for sheaf in found)
    exclusions = sum(name.startswith(conditions.EXCLUSION) for _, name in names)
    return {
        "source": source,
        "asked": when,
        "every_seconds": ask.step,
        "rows": rows,
        "points_a_day": points,
        "samples_a_day_and_series": points * ask.reads,
        "bytes_a_day": rows * (ROW_BYTES + VALUE_BYTES * points),
        "objectives": len(names) - exclusions,
        "exclusions": exclusions,
        "query": ask.expr,
    }


def _rows_of(ask: Ask, sheaf: Sheaf) -> int:
    which = [sheaf.by.index(label) for label in ask.by]
    return len({tuple(values[i] for i in which) for values in sheaf.values})


def _asked(sheaf: Sheaf, found: Findings) -> Iterator[tuple[str, Ask]]:
    """When it is asked, and what. A histogram is taken for a classic one until native samples are seen."""
    asked = plans.asks_for(sheaf.asked, found, sheaf.by)
    yield from ((ALWAYS, ask) for ask in asked.first())
    yield from ((WITHOUT_UP, ask) for ask in asks.later(asked))
    native = plans.asks_for(sheaf.asked, [replace(one, native=Native.LASTING) for one in found], sheaf.by)
    yield from ((IF_NATIVE, ask) for ask in native.first() if ask not in asked.first())


def _found(settings: Settings, measurement: Measurement, identities: Identities) -> Findings:
    identity = identities.get(measurement.source)
    increase = (identity.flavour if identity else flavours.PROMETHEUS).increase
    leaves = plans.leaves(measurement)
    return tuple(Found(_resolution(settings, leaf), _bounds(leaf), increase=increase) for leaf in leaves)


def _resolution(settings: Settings, measurement: Measurement) -> int:
    own = next((source.resolution for source in settings.sources if source.name == measurement.source), None)
    fitting = plans.resolution_on(measurement.slice_seconds, own or min(UNSEEN_RESOLUTION, measurement.slice_seconds))
    return fitting or measurement.slice_seconds


def _bounds(measurement: Measurement) -> tuple[str, ...]:
    indicator = measurement.indicator
    return (plain(indicator.threshold),) if isinstance(indicator, Latency) else ()


async def _costs(settings: Settings, questions: Questions) -> dict[tuple[SourceName, Ask, str], dict[str, Any]]:
    """What the source itself says of each query; None where it says nothing."""
    async with AsyncExitStack() as stack:
        readers = await connections.open_readers(settings, stack)
        found = {}
        for key in questions:
            source, ask, _ = key
            at = (wiring.clock() - AGO) // ask.step * ask.step
            told = await readers[source].client.cost(ask.expr, at)
            found[key] = {"samples": told and told.samples, "seconds": told and told.seconds}
        return found
