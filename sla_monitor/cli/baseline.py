"""`sla-monitor baseline`: what could have been promised."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sla_monitor.cli import asked, facts, options, output
from sla_monitor.cli.lookbacks import show, windows
from sla_monitor.compliance import baselines, ratios
from sla_monitor.compliance.baselines import Baseline
from sla_monitor.compliance.periods import Lapse, Rolling
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.measuring import baseline as looking
from sla_monitor.measuring import past
from sla_monitor.publishing import lookbacks
from sla_monitor.publishing.explanations import promises
from sla_monitor.publishing.web import contracts

BAR = 24
"""Cells of the longest bar."""
MOST_ROWS = 40


def register(app: typer.Typer) -> None:
    app.command(
        epilog="Example: sla-monitor baseline draft.yaml --over '12 months' --prometheus http://127.0.0.1:9090"
    )(baseline)


def baseline(
    files: options.Files = None,
    over: Annotated[str, typer.Option(metavar="LENGTH", help="How far to look back: 90d, 12 months.")] = "90d",
    form: output.Output = output.Format.TABLE,
    origin: facts.Option = None,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> None:
    """Show what could have been promised: the worst and the typical window, and the tightest targets that would have
    been kept always and in 95 % of the windows. Terms are taken as if they had always been in force.
    """
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution, ledger=ledger)
    where, length = facts.origin(origin, prometheus, ledger, facts.Origin.PROMETHEUS), options.length("--over", over)
    since = past.since(wiring.clock(), ZoneInfo("UTC"), length).start
    agreements = asked.served(settings, options.read(settings), where, since)
    facts.tell_left_out(settings, agreements, where)
    made = asyncio.run(_baselines(settings, agreements, where, length))
    show(made, form, one=_show_one, rows=lookbacks.baseline_rows, record=lookbacks.baseline_record)


async def _baselines(
    settings: Settings, agreements: tuple[Agreement, ...], where: facts.Origin, over: Lapse
) -> list[Baseline]:
    async with facts.opened(settings, where) as source:
        wanted = []
        for agreement in agreements:
            timeless = looking.timeless(agreement, wiring.clock())
            for objective in timeless.objectives:
                at = await source.as_of(timeless, objective)
                wanted.append((timeless, objective, past.since(at, timeless.zone, over)))
        slices = await source.slices([q for each in wanted for q in looking.questions(*each)])
        return [looking.baseline(*each, slices, source.timetable()) for each in wanted]


def _show_one(made: Baseline, console: Console) -> None:
    name = Text(f"{made.agreement.name}/{made.objective.name}", style="bold")
    console.print(name, Text(f"promises {_target(made)} {_every(made)}"))
    if made.windows:
        console.print(_table(made))
    for line in _summary(made):
        console.print(Text(line))
    for warning in made.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"))


def _every(made: Baseline) -> str:
    spec = made.objective.window
    return f"over any {spec.text}" if isinstance(spec, Rolling) else f"in every {contracts.window_text(spec)}"


def _table(made: Baseline) -> Table:
    share = made.objective.is_share
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("window", no_wrap=True)
    table.add_column("attainment" if share else "value", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what was bad" if share else "", no_wrap=True)
    table.add_column("known", justify="right", no_wrap=True)
    counted = {one.window for one in made.counted}
    longest = max((_length(one) for one in made.counted), default=Fraction(0))
    for one in _shown(made):
        table.add_row(*_cells(made, one, longest if one.window in counted else None))
    return table


def _shown(made: Baseline) -> list[Standing]:
    """In order of time, the worst of them where they are too many to look at."""
    worst_first = sorted(made.counted, key=made.badness, reverse=True)
    shown = {one.window for one in worst_first[:MOST_ROWS]}
    few = len(made.windows) <= MOST_ROWS
    return [one for one in made.windows if few or one.window in shown]


def _cells(made: Baseline, standing: Standing, longest: Fraction | None) -> tuple[str | Text, ...]:
    """`longest` None: the window does not count."""
    known = "–" if standing.coverage is None else f"{ratios.floored(standing.coverage * 100, 2)} %"
    if longest is None:
        return standing.window.label, "–", Text("left out", style="magenta"), "", known
    broken = standing.status is Status.BREACHED
    return (
        standing.window.label,
        _number(made, baselines.number_of(standing)),
        Text("missed", style="bold red") if broken else Text("kept", style="green"),
        Text(_bar(_length(standing), longest), style="red" if broken else ""),
        known,
    )


def _length(standing: Standing) -> Fraction:
    """What the bar shows: the bad share, or the value."""
    number = baselines.number_of(standing) or Fraction(0)
    return 1 - number if standing.objective.is_share else abs(number)


def _bar(amount: Fraction, longest: Fraction) -> str:
    """In eighths of a cell; whatever is not nothing is seen."""
    if not amount:
        return ""
    whole, part = divmod(max(1, ceil(amount / longest * BAR * 8)), 8)
    return "█" * whole + " ▏▎▍▌▋▊▉"[part].strip()


def _summary(made: Baseline) -> Iterator[str]:
    if len(made.windows) > MOST_ROWS:
        yield f"the {MOST_ROWS} worst of {len(made.windows)} windows; -o json and -o csv have all"
    worst = made.worst
    if worst is None:
        return
    count, least = len(made.counted), ceil(baselines.MOSTLY * len(made.counted))
    lowest = _number(made, baselines.number_of(worst))
    yield f"worst {lowest} in {worst.window.label}, typical {_number(made, made.typical)}"
    yield f"a target of {_number(made, made.always)} would have been kept in every window"
    if least < count:
        mostly = _number(made, made.mostly)
        yield f"a target of {mostly} would have been kept in {least} of {count} windows (95 %)"
    else:
        yield f"95 % of {windows(count)} are all of them"
    yield f"the target {_target(made)} was kept in {made.kept} of {windows(count)}"


def _target(made: Baseline) -> str:
    return f"{promises.SIGNS[made.objective.comparison]} {_number(made, made.objective.target)}"


def _number(made: Baseline, number: Fraction | None) -> str:
    """Cut so that a target of it would have been kept."""
    objective = made.objective
    percent = objective.is_share or objective.shown_in == "%"
    cut = ratios.floored if objective.comparison in (Comparison.GE, Comparison.GT) else ratios.ceiled
    return "–" if number is None else f"{cut(number * (100 if percent else 1), 6)} {_unit(objective)}".rstrip()


def _unit(objective: Objective) -> str:
    return "%" if objective.is_share else objective.shown_in
