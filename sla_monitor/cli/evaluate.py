"""`sla-monitor evaluate`: straight from Prometheus, no ledger."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from sla_monitor.cli import asked, facts, options, output
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon.settings import Settings
from sla_monitor.measuring import evaluation


def register(app: typer.Typer) -> None:
    app.command(
        epilog="Example: sla-monitor evaluate acme.yaml --prometheus http://127.0.0.1:9090 --period 2026-10 -o json"
    )(evaluate)


def evaluate(
    files: options.Files = None,
    at: Annotated[str | None, typer.Option(help="Judge as of this RFC 3339 instant.", show_default="now")] = None,
    period: Annotated[
        str, typer.Option(help="2026-10, 2026-W41, 2026-Q3, 2026, 2026-10-15, current or previous.")
    ] = "current",
    form: output.Output = output.Format.TABLE,
    fail_on: output.FailOption = None,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
) -> int:
    """Measure straight from Prometheus and print standings; nothing is kept."""
    settings = options.load(config, files=files, prometheus=prometheus, resolution=resolution)
    reading = options.read(settings)
    agreements = asked.served(settings, reading, facts.Origin.PROMETHEUS, asked.begin(reading, at, period))
    facts.tell_left_out(settings, agreements, facts.Origin.PROMETHEUS)
    standings = asyncio.run(_standings(settings, agreements, at, period))
    output.show_standings(standings, form)
    return output.failed(standings, fail_on)


async def _standings(
    settings: Settings, agreements: tuple[Agreement, ...], at: str | None, period: str
) -> list[Standing]:
    async with facts.opened(settings, facts.Origin.PROMETHEUS) as source:
        questions = [q for a in agreements for q in await _questions(a, source, at, period)]
        return evaluation.judged(questions, await source.slices(questions), source.timetable())


async def _questions(
    agreement: Agreement, source: facts.Facts, at: str | None, period: str
) -> list[evaluation.Question]:
    wanted = asked.instant_of(agreement, at)
    found = [(objective, await source.as_of(agreement, objective, wanted)) for objective in agreement.objectives]
    return evaluation.questions(agreement, found, period)
