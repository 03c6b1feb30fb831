"""What this version reads but does not compute. Nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from sla_monitor.agreements.checks import Model
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.schema.documents import AgreementTemplate

_HINT = "the agreement is not served until this is taken out"


def refusals(model: Model) -> Iterator[Finding]:
    """Why this version cannot serve the agreement; nothing where it can."""
    if isinstance(model, AgreementTemplate):
        yield _refusal(("kind",), "agreement templates")


def _refusal(loc: Loc, what: str) -> Finding:
    return Finding(loc, f"this version does not compute {what}", _HINT)
