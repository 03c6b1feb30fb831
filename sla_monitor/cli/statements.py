"""`sla-monitor statements`: what was stated so far."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from sla_monitor.cli import options, output, stating
from sla_monitor.compliance.notations import parsed
from sla_monitor.compliance.periods import local_text, zone_of
from sla_monitor.compliance.ratios import percent_text
from sla_monitor.compliance.statements import Statement
from sla_monitor.publishing.statements import summaries


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor statements acme-payments --config sla-monitor.yaml")(statements)


def statements(
    agreement: Annotated[str | None, typer.Argument(help="One agreement only.", show_default=False)] = None,
    form: output.Output = output.Format.TABLE,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """List the statements of closed windows, every version, in order of issue."""
    settings = options.load(config, ledger=ledger)
    with stating.opened(settings, writing=False) as book:
        shown = summaries.as_record if form in (output.Format.JSON, output.Format.YAML) else _row
        output.show_rows([shown(one) for one in book.each(agreement)], form)


def _row(statement: Statement) -> dict[str, Any]:
    zone = zone_of(statement.content["window"]["timezone"])
    return {
        "agreement": statement.agreement,
        "number": statement.number,
        "version": statement.version,
        "period": statement.window.label,
        "issued": local_text(statement.made_at, zone),
        "status": summaries.worst(statement),
        "objectives": ", ".join(_objective(account) for account in statement.content["objectives"]),
        "sha256": statement.sha256[:16],
    }


def _objective(account: dict[str, Any]) -> str:
    percent = parsed(account["percent"])
    number = "" if percent is None else f" {percent_text(percent)} %"
    return f"{account['objective']} {account['status']}{number}"
