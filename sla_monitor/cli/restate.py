"""`sla-monitor restate`: a closed window stated again, with what differs and why."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from sla_monitor.cli import options, stating
from sla_monitor.compliance import filings
from sla_monitor.daemon import wiring
from sla_monitor.errors import ConfigError
from sla_monitor.measuring import overdue, verification


def register(app: typer.Typer) -> None:
    app.command(
        epilog="Example: sla-monitor restate acme-payments --period 2026-10 --author 'Ann' "
        "--reason 'The maintenance of 12 October was announced in time' --config sla-monitor.yaml"
    )(restate)


def restate(
    agreement: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why, as the other side shall read it.", show_default=False)],
    author: Annotated[str, typer.Option(help="Who answers for it.", show_default=False)],
    period: stating.Period = filings.PREVIOUS,
    number: stating.Number = None,
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """State a closed window again, with what is agreed, excluded and measured now. The earlier version stays."""
    if not (reason.strip() and author.strip()):
        raise ConfigError("--reason and --author must say something: both stand in the statement")
    settings = options.load(config, files=files, ledger=ledger)
    written = stating.agreement_of(settings, agreement)
    if written is None:
        raise ConfigError(f"no sound agreement is called {agreement!r}: name its file with --file")
    with stating.opened(settings, writing=True) as book:
        last = stating.chosen(settings, book, agreement, period, number, written)
        if verification.rests_on(last, book.forgotten()):
            raise ConfigError(f"{last.name} cannot be stated again: slices of it are past ledger.retention")
        closing, closable = wiring.closing(settings, book), overdue.closable(written, last.window)
        made = closing.restate(last, closable, wiring.clock(), reason=reason.strip(), author=author.strip())
    if made is None:
        raise ConfigError(f"nothing differs from {last.name}: it is not stated again")
    typer.echo(f"{made.name}, {made.window.kind} {made.window.label}; it takes the place of {last.sha256}", err=True)
    for one in made.content["restatement"]["difference"]:
        typer.echo(f"{one['field']}: {_shown(one['before'])} → {_shown(one['after'])}")


def _shown(value: Any) -> str:
    """`–` for what is not there."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
