"""What this version reads but does not compute. Nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.creditchecks import bounds_of
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.objectivechecks import method_of
from sla_monitor.agreements.schema.documents import AgreementTemplate, TemplateSpec
from sla_monitor.agreements.schema.exclusions import Exclusion
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import KINDS, Credits

_HINT = "the agreement is not served until this is taken out"
_CAMEL = {"per_block": "perBlock", "per_subwindow": "perSubwindow"}


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
    for index, exclusion in enumerate(spec.exclusions):
        yield from _of_exclusion(exclusion, ("exclusions", index))
    if spec.amendments:
        yield _refusal(("amendments",), "amendments")
    if spec.credits is not None:
        yield from _of_credits(spec.credits, ("credits",))


def _of_exclusion(exclusion: Exclusion, at: Loc) -> Iterator[Finding]:
    if exclusion.during.query is not None:
        yield _refusal((*at, "during", "query"), "exclusions by a query")
    if exclusion.during.silences is not None:
        yield _refusal((*at, "during", "silences"), "exclusions by silences")
    if exclusion.allowance is not None and exclusion.allowance.uses == "downtime":
        yield _refusal((*at, "allowance", "uses"), "allowances that only downtime uses up")


def _of_objective(objective: Objective) -> Iterator[Finding]:
    if objective.indicator.kind in ("value", "amount", "composite"):
        kind = objective.indicator.kind
        yield _refusal(("indicator", kind), f"{kind} indicators")
    if (method := method_of(objective)) not in ("events", "time") and objective.method is not None:
        yield _refusal(("method",), f"the method {method}")
    if objective.method is not None and objective.method.time is not None and objective.method.time.model_fields_set:
        yield _refusal(("method", "time"), "options of the method time")
    if objective.partial_window == "full":
        yield _refusal(("partialWindow",), "partialWindow: full")
    if objective.exclusion_order is not None:
        yield _refusal(("exclusionOrder",), "the order of exclusions and spells")
    if objective.credits is not None:
        yield from _of_credits(objective.credits, ("credits",))


def _of_credits(credits_: Credits, at: Loc) -> Iterator[Finding]:
    for kind in KINDS[1:]:
        if getattr(credits_, kind) is not None:
            name = _CAMEL.get(kind, kind)
            yield _refusal((*at, name), f"credits by {name}")
    if credits_.on != "attainment":
        yield _refusal((*at, "on"), "credits on bad seconds")
    for index, tier in enumerate(credits_.schedule or ()):
        for key in sorted(bounds_of(tier).keys() - {"below"}):
            yield _refusal((*at, "schedule", index, key), f"credit bounds other than below ({key})")
        if tier.credit.unit == "seconds":
            yield _refusal((*at, "schedule", index, "credit"), "credits in days of service")
    yield from _of_credit_limits(credits_, at)


def _of_credit_limits(credits_: Credits, at: Loc) -> Iterator[Finding]:
    if credits_.cap is not None and credits_.cap.unit == "seconds":
        yield _refusal((*at, "cap"), "caps in days of service")
    if credits_.cap_per is not None:
        yield _refusal((*at, "capPer"), "caps over a period of their own")
    if credits_.minimum is not None:
        yield _refusal((*at, "minimum"), "minimum credits")
