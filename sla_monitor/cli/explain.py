"""`sla-monitor explain`: how a number came about."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Annotated

import typer

from sla_monitor.cli import asked, facts, options, output
from sla_monitor.compliance.explanations import Explanation
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.measuring import evaluation, explaining
from sla_monitor.publishing.explanations import rendering


class Form(Enum):
    """`table` is the text for a terminal."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor explain acme-payments availability --period 2026-10 -o markdown")(explain)


def explain(
    agreement: Annotated[str, typer.Argument(help="The agreement's name.")],
    objective: Annotated[str, typer.Argument(help="The objective's name.")],
    period: Annotated[
        str, typer.Option(help="2026-10, 2026-W41, 2026-Q3, 2026, 2026-10-15, current or previous.")
    ] = "current",
    files: options.FileOption = None,
    form: Annotated[Form, typer.Option("--output", "-o", help="As text, markdown, or records.")] = Form.TABLE,
    origin: facts.Option = None,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> None:
    """Explain how a number came about, step by step, from what the ledger holds or straight from Prometheus."""
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution, ledger=ledger)
    where, reading = facts.origin(origin, prometheus, ledger, facts.Origin.LEDGER), options.read(settings)
    agreements = asked.served(settings, reading, where, asked.begin(reading, None, period))
    promise = _promise(agreements, agreement, objective)
    _show(asyncio.run(_explained(settings, *promise, period, where)), form)


def _promise(agreements: tuple[Agreement, ...], agreement: str, objective: str) -> tuple[Agreement, Objective]:
    found = next((one for one in agreements if one.name == agreement), None)
    if found is None:
        known = ", ".join(one.name for one in agreements)
        raise ConfigError(f"no agreement is called {agreement!r}; there are: {known}")
    promised = next((one for one in found.objectives if one.name == objective), None)
    if promised is None:
        known = ", ".join(one.name for one in found.objectives)
        raise ConfigError(f"{agreement} has no objective called {objective!r}; there are: {known}")
    return found, promised


async def _explained(
    settings: Settings, agreement: Agreement, objective: Objective, period: str, where: facts.Origin
) -> list[Explanation]:
    facts.tell_left_out(settings, [agreement], where)
    async with facts.opened(settings, where) as source:
        at = await source.as_of(agreement, objective)
        wanted = evaluation.questions(agreement, [(objective, at)], period)
        return explaining.explain(wanted, await source.known(wanted), source.timetable(), source.issued(agreement))


def _show(made: list[Explanation], form: Form) -> None:
    if form is Form.TABLE:
        width = min(output.console().width, rendering.WIDEST)
        typer.echo("\n\n".join(rendering.text(one, width) for one in made))
    elif form is Form.MARKDOWN:
        typer.echo("\n\n".join(rendering.markdown(one) for one in made))
    elif form is Form.CSV:
        output.show_rows([row for one in made for row in rendering.rows(one)], output.Format.CSV)
    else:
        output.show_rows([rendering.record(one) for one in made], output.Format(form.value))
