"""What this version reads but does not compute. Nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sla_monitor.agreements import amending
from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.schema.documents import AgreementTemplate, TemplateSpec
from sla_monitor.agreements.schema.exclusions import Exclusion

_HINT = "the agreement is not served until this is taken out"


def refusals(model: Model) -> Iterator[Finding]:
    """Why this version cannot serve the agreement; nothing where it can."""
    at, spec = terms_of(model)
    if isinstance(model, AgreementTemplate):
        yield _refusal(("kind",), "agreement templates")
    for found in _of_terms(spec):
        yield replace(found, loc=(*at, *found.loc))


def _refusal(loc: Loc, what: str) -> Finding:
    return Finding(loc, f"this version does not compute {what}", _HINT)


def _of_terms(spec: TemplateSpec) -> Iterator[Finding]:
    for at, exclusion in amending.exclusions(spec):
        yield from _of_exclusion(exclusion, at)


def _of_exclusion(exclusion: Exclusion, at: Loc) -> Iterator[Finding]:
    if exclusion.during.query is not None:
        yield _refusal((*at, "during", "query"), "exclusions by a query")
    if exclusion.during.silences is not None:
        yield _refusal((*at, "during", "silences"), "exclusions by silences")
    if exclusion.allowance is not None and exclusion.allowance.uses == "downtime":
        yield _refusal((*at, "allowance", "uses"), "allowances that only downtime uses up")
