"""`sla-monitor status`: current standings from the ledger."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from sla_monitor.cli import customers, options, output
from sla_monitor.cli.verbs import without_collecting
from sla_monitor.compliance.standings import Standing
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import assessment
from sla_monitor.measuring.stated import Stated


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor status acme-payments --config sla-monitor.yaml --fail-on breached")(status)


def status(
    agreement: Annotated[str | None, typer.Argument(help="One agreement only.", show_default=False)] = None,
    files: options.FileOption = None,
    form: output.Output = output.Format.TABLE,
    fail_on: output.FailOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> int:
    """Current standings, from what the ledger holds."""
    with without_collecting():
        settings = options.load(config, files=files, ledger=ledger)
        standings = _standings(settings, agreement)
        output.show_standings(standings, form)
    return output.failed(standings, fail_on)


def _standings(settings: Settings, agreement: str | None) -> list[Standing]:
    reading = customers.kept(settings, options.read(settings))
    for told in reading.faults:
        typer.echo(f"left out: {told}", err=True)
    chosen = tuple(a for a in reading.agreements if agreement in (None, a.name))
    if not chosen:
        known = ", ".join(a.name for a in reading.agreements) or "none"
        raise ConfigError(f"no sound agreement is called {agreement!r}; there are: {known}")
    with closing(wiring.open_store(settings)) as store:
        book, stated = Book(store), Stated()
        stated.follow(book)
        return assessment.current(
            chosen, book, wiring.clock(), wiring.settle_of(settings), wiring.timetable(book), stated=stated
        )
