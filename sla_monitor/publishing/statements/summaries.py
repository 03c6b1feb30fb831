"""Statements in short, for lists."""

from __future__ import annotations

from sla_monitor.compliance.notations import Record, parsed
from sla_monitor.compliance.ratios import percent_text
from sla_monitor.compliance.statements import Statement
from sla_monitor.publishing.statements import sheets


def as_record(statement: Statement) -> Record:
    """All but the evidence; numbers as in a standing's record."""
    content = statement.content
    again = content["restatement"]
    return {
        "agreement": statement.agreement,
        "number": statement.number,
        "version": statement.version,
        "window": content["window"],
        "made_at": content["made_at"],
        "sha256": statement.sha256,
        "previous": statement.previous,
        "status": worst(statement),
        "objectives": [_objective(account) for account in content["objectives"]],
        "restatement": None if again is None else {"reason": again["reason"], "author": again["author"]},
    }


def worst(statement: Statement) -> str:
    """The verdict that asks for most attention."""
    return sheets.worst(statement.content).value


def _objective(account: Record) -> Record:
    percent, credit = parsed(account["percent"]), account["credit"]
    return {
        "objective": account["objective"],
        "status": account["status"],
        "attainment_percent": None if percent is None else percent_text(percent),
        "value": None if account["value"] is None else float(parsed(account["value"])),
        "credit_percent": None if credit is None or credit["ratio"] is None else float(parsed(credit["ratio"]) * 100),
    }
