"""What this version reads but does not compute, and what it only shows. Nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.creditchecks import bounds_of
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.objectivechecks import SHARES, method_of, share_of, text_of
from sla_monitor.agreements.schema.documents import AgreementTemplate, TemplateSpec
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import KINDS, Credits
from sla_monitor.compliance.ratios import percent_text, plain

_HINT = "the agreement is not served until this is taken out"
_CAMEL = {"per_block": "perBlock", "per_subwindow": "perSubwindow"}
_SOME_DAYS = {"hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "quarter": 7862400, "year": 31536000}
BURN_RULES = (("page", "1h", 3600, Fraction(2, 100)), ("page", "6h", 21600, Fraction(5, 100)))
TICKET_RULE = ("ticket", "3d", 259200, Fraction(10, 100))


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
    if spec.exclusions:
        yield _refusal(("exclusions",), "exclusions")
    if spec.amendments:
        yield _refusal(("amendments",), "amendments")
    if spec.service_hours not in (None, "24/7"):
        yield _refusal(("serviceHours",), "service hours other than 24/7")
    if spec.holidays is not None:
        yield _refusal(("holidays",), "holidays")
    if spec.credits is not None:
        yield from _of_credits(spec.credits, ("credits",))


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
        yield _refusal(("exclusionOrder",), "exclusions, nor their order")
    if objective.service_hours not in (None, "24/7"):
        yield _refusal(("serviceHours",), "service hours other than 24/7")
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


def notices(model: Model) -> Iterator[Finding]:
    """What is worth knowing of an agreement that is served all the same."""
    at, spec = terms_of(model)
    for found in _of_shown(spec):
        yield replace(found, loc=(*at, *found.loc))
    for index, objective in enumerate(spec.objectives):
        for found in (*_of_burn_rates(objective), *_of_high_tiers(objective, spec.credits)):
            yield replace(found, loc=(*at, "objectives", index, *found.loc))


def _of_shown(spec: TemplateSpec) -> Iterator[Finding]:
    if spec.reports:
        yield Finding(("reports",), "this version does not send reports", "the agreement is served without them")
    if spec.escalation:
        yield Finding(("escalation",), "this version shows the escalation steps and carries none of them out")
    if spec.reviews is not None:
        yield Finding(("reviews",), "this version shows the reviews and reminds nobody of them")
    if spec.term is not None and spec.term.renewal is not None:
        yield Finding(("term", "renewal"), "this version does not renew terms", "the term ends at its until")
    everyone: list[tuple[Loc, Credits | None]] = [(("credits",), spec.credits)]
    everyone += [(("objectives", i, "credits"), objective.credits) for i, objective in enumerate(spec.objectives)]
    for place, credits_ in everyone:
        if credits_ is not None and credits_.claim_within is not None:
            yield Finding((*place, "claimWithin"), "this version does not watch claim deadlines")


def _of_burn_rates(objective: Objective) -> Iterator[Finding]:
    """Rules no outage can fire: a burn rate never exceeds 1 / (1 − target)."""
    share = 1 - share_of(objective.target)
    if method_of(objective) not in SHARES or share == 0:
        return
    for severity, lookback, seconds, budget in (*BURN_RULES, TICKET_RULE):
        rate = budget * _nominal(objective) / seconds
        if rate * share >= 1:
            told = f"the {severity} alert over {lookback} wants a burn rate of {percent_text(rate)}"
            most = f"at a target of {text_of(objective.target.quantity)} it is never above {plain(1 / share)}"
            yield Finding(("target",), f"{told}; {most}", "the rule's threshold is capped")


def _nominal(objective: Objective) -> Fraction:
    if objective.window is None:
        return Fraction(_SOME_DAYS["month"])
    if objective.window.rolling is not None:
        return objective.window.rolling
    return Fraction(_SOME_DAYS[objective.window.every or "month"])


def _of_high_tiers(objective: Objective, of_all: Credits | None) -> Iterator[Finding]:
    credits_ = objective.credits or of_all
    if method_of(objective) not in SHARES or credits_ is None or credits_.on != "attainment":
        return
    for tier in credits_.schedule or ():
        if tier.below is not None and tier.below.ratio > share_of(objective.target):
            told = f"a credit is due below {text_of(tier.below)}"
            yield Finding(("target",), f"{told}, though the target {text_of(objective.target.quantity)} is kept there")
