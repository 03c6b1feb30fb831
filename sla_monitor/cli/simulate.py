"""`sla-monitor simulate`: a changed agreement over the past."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sla_monitor.agreements.changing import Change, Changing, read_change
from sla_monitor.agreements.reading import Reading
from sla_monitor.cli import asked, facts, options, output, standings
from sla_monitor.cli.lookbacks import show, windows
from sla_monitor.compliance import ratios
from sla_monitor.compliance.periods import Lapse
from sla_monitor.compliance.simulations import Pair, Simulation, Sum
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.measuring import past
from sla_monitor.measuring import simulation as simulating
from sla_monitor.measuring.evaluation import Question
from sla_monitor.publishing import lookbacks

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PLACE=VALUE",
        help="As availability.target=99.95%, acme/availability.window=week, credits.cap=20%; may be given again.",
        show_default=False,
    ),
]
Against = Annotated[
    list[Path] | None,
    typer.Option("--against", metavar="FILE", help="The changed agreement, in a file.", show_default=False),
]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor simulate acme.yaml --set availability.target=99.95% --over '12 months'")(
        simulate
    )


def simulate(
    files: options.Files = None,
    changes: Set = None,
    against: Against = None,
    over: Annotated[str, typer.Option(metavar="LENGTH", help="How far to look back: 90d, 12 months.")] = "12 months",
    form: output.Output = output.Format.TABLE,
    origin: facts.Option = None,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> None:
    """Show what status, credits and breaches a changed agreement would have given, beside today's."""
    if bool(changes) == bool(against):
        raise ConfigError("say what is changed: by --set PLACE=VALUE, or by --against FILE")
    back = options.length("--over", over)
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution, ledger=ledger)
    where = facts.origin(origin, prometheus, ledger, facts.Origin.PROMETHEUS)
    since = past.since(wiring.clock(), ZoneInfo("UTC"), back).start
    readings = options.read(settings), _set(settings, changes) if changes else _other(settings, against or [])
    today, changed = (asked.served(settings, reading, where, since) for reading in readings)
    facts.tell_left_out(settings, (*today, *changed), where)
    made = asyncio.run(_simulated(settings, today, changed, where, back))
    show(made, form, one=_show_one, rows=lookbacks.simulation_rows, record=lookbacks.simulation_record)


def _set(settings: Settings, texts: Sequence[str]) -> Reading:
    changing = Changing(_changes(texts))
    try:
        reading = options.read(settings, changing)
    except ValueError as error:
        raise ConfigError(f"--set {error}") from error
    if changing.lost:
        raise ConfigError("\n".join(f"--set {told}" for told in changing.lost))
    try:
        options.sound(reading)
    except ConfigError as error:
        raise type(error)(f"with --set {', '.join(texts)} {error}") from error
    return reading


def _changes(texts: Sequence[str]) -> list[Change]:
    try:
        return [read_change(text) for text in texts]
    except ValueError as error:
        raise ConfigError(f"--set {error}") from error


def _other(settings: Settings, files: Sequence[Path]) -> Reading:
    agreements = settings.agreements.model_copy(update={"paths": tuple(files)})
    return options.read(settings.model_copy(update={"agreements": agreements}))


async def _simulated(
    settings: Settings, today: tuple[Agreement, ...], changed: tuple[Agreement, ...], where: facts.Origin, over: Lapse
) -> list[Simulation]:
    before, after = simulating.promises(today), simulating.promises(changed)
    async with facts.opened(settings, where) as source:
        cases = [
            simulating.Case(key, *[await _questions(source, side.get(key), over) for side in (before, after)])
            for key in dict.fromkeys((*before, *after))
        ]
        slices = await source.slices([question for case in cases for question in case.questions])
        return simulating.simulate(cases, slices, source.timetable())


async def _questions(source: facts.Facts, promise: simulating.Promise | None, over: Lapse) -> tuple[Question, ...]:
    if promise is None:
        return ()
    agreement, objective = promise
    span = past.since(await source.as_of(agreement, objective), agreement.zone, over)
    return tuple(simulating.questions(agreement, objective, span))


def _show_one(made: Simulation, console: Console) -> None:
    console.print(Text("/".join(made.key), style="bold"))
    if made.pairs:
        console.print(_table(made))
    for line in _told(made):
        console.print(Text(line))


def _told(made: Simulation) -> Iterator[str]:
    if any(pair.differs for pair in made.pairs):
        yield "* comes out differently"
    if made.left_out:
        yield f"left out, since nothing is known so far back: {windows(made.left_out)}"
    elif not made.pairs:
        yield "no whole window lies in the time looked over: look further back with --over"
    if made.pairs:
        yield f"today: {_sum(made.today, [pair.today for pair in made.pairs])}"
        yield f"changed: {_sum(made.changed, [pair.changed for pair in made.pairs])}"


def _table(made: Simulation) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "window"):
        table.add_column(name, no_wrap=True)
    for side in ("today", "changed"):
        table.add_column(side, justify="right", no_wrap=True)
        table.add_column("status", no_wrap=True)
        table.add_column("credit", justify="right", no_wrap=True)
    for pair in made.pairs:
        table.add_row(*_cells(pair))
    return table


def _cells(pair: Pair) -> tuple[str | Text, ...]:
    return "*" if pair.differs else "", pair.window.label, *_side(pair.today), *_side(pair.changed)


def _side(standing: Standing | None) -> tuple[str | Text, ...]:
    if standing is None:
        return "–", "", ""
    credit = standing.credit.ratio if standing.credit else None
    return (
        standings.number(standing),
        standings.styled(standing.status),
        "–" if credit is None else f"{ratios.percent_text(credit * 100)} %",
    )


def _sum(added: Sum, judged: Sequence[Standing | None]) -> str:
    unknown = f", {added.unknown} without a verdict" if added.unknown else ""
    told = f"{added.kept} of {windows(added.windows)} kept, {added.breached} breached{unknown}"
    remedy = next((one.objective.remedy for one in judged if one and one.objective.remedy), None)
    if remedy is None:
        return told
    of = f" of the {remedy.of}" if remedy.of and added.credit else ""
    return f"{told}; credits {ratios.percent_text(added.credit * 100)} %{of}"
