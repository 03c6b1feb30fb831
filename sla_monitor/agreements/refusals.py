"""What this version reads but does not compute. Nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sla_monitor.agreements import amending
from sla_monitor.agreements.amending import Version
from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.schema.documents import AgreementTemplate, Amendment, TemplateSpec
from sla_monitor.agreements.schema.exclusions import Exclusion
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import KINDS, Credits

_HINT = "the agreement is not served until this is taken out"
COMPUTED = ("schedule", "proportional", "per_block", "per_subwindow", "exceedance", "flat")
"""The kinds of credits this version computes."""


def refusals(model: Model) -> Iterator[Finding]:
    """Why this version cannot serve the agreement; nothing where it can."""
    at, spec = terms_of(model)
    if isinstance(model, AgreementTemplate):
        yield _refusal(("kind",), "agreement templates")
    for found in _of_terms(spec):
        yield replace(found, loc=(*at, *found.loc))
    for index, objective in enumerate(spec.objectives):
        for found in _of_objective(objective):
            yield replace(found, loc=(*at, "objectives", index, *found.loc))


def _refusal(loc: Loc, what: str) -> Finding:
    return Finding(loc, f"this version does not compute {what}", _HINT)


def _of_terms(spec: TemplateSpec) -> Iterator[Finding]:
    for at, exclusion in amending.exclusions(spec):
        yield from _of_exclusion(exclusion, at)
    for index, (amendment, versions) in enumerate(amending.versions(spec)):
        yield from _of_amendment(amendment, index)
        for version in versions:
            for found in _of_version(version):
                yield amending.located(found, version, amendment, index)
    if spec.credits is not None:
        yield from _of_credits(spec.credits, ("credits",))


def _of_exclusion(exclusion: Exclusion, at: Loc) -> Iterator[Finding]:
    if exclusion.during.query is not None:
        yield _refusal((*at, "during", "query"), "exclusions by a query")
    if exclusion.during.silences is not None:
        yield _refusal((*at, "during", "silences"), "exclusions by silences")
    if exclusion.allowance is not None and exclusion.allowance.uses == "downtime":
        yield _refusal((*at, "allowance", "uses"), "allowances that only downtime uses up")


def _of_amendment(amendment: Amendment, index: int) -> Iterator[Finding]:
    if amendment.credits is not None:
        yield from _of_credits(amendment.credits, ("amendments", index, "credits"))


def _of_version(version: Version) -> Iterator[Finding]:
    """Only what the amendment brings: the rest is told where it was first agreed."""
    old, new = version.before, version.after
    known = set(_of_objective(old))
    yield from (found for found in _of_objective(new) if found not in known)


def _of_objective(objective: Objective) -> Iterator[Finding]:
    if objective.credits is not None:
        yield from _of_credits(objective.credits, ("credits",))


def _of_credits(credits_: Credits, at: Loc) -> Iterator[Finding]:
    for kind in KINDS:
        if kind not in COMPUTED and getattr(credits_, kind) is not None:
            yield _refusal((*at, kind), f"credits by {kind}")
    if credits_.cap_per is not None:
        yield _refusal((*at, "capPer"), "caps over a period of their own")
