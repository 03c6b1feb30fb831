"""What makes a sound agreement weak: told by `check`, and nothing fails for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.findings import Finding
from sla_monitor.agreements.objectivechecks import SHARES, Sources, method_of, share_of, slice_of
from sla_monitor.agreements.schema.documents import TemplateSpec
from sla_monitor.agreements.schema.indicators import Selection
from sla_monitor.agreements.schema.methods import Time
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.parties import Contact
from sla_monitor.agreements.schema.strictness import Promql
from sla_monitor.compliance.ratios import Comparison, plain

MOST_OBJECTIVES = 7
_OWNER, _ESCALATION = "owner", "escalation"
_INCREASE = re.compile(r"\s*sum\s*\(\s*increase\s*\((.*)\[\s*\$slice\s*\]\s*\)\s*\)\s*", re.DOTALL)
_QUANTILE = re.compile(r"\s*histogram_quantile\s*\(")
_FALLING = (Comparison.LE, Comparison.LT)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What advice is given on: the terms, how their PromQL is read, and the sources, None: not known."""

    spec: TemplateSpec
    promql: Promql
    sources: Sources


def advice(model: Model, promql: Promql, sources: Sources) -> Iterator[Finding]:
    """All advice on one agreement."""
    at, spec = terms_of(model)
    outlook = Outlook(spec, promql, sources)
    for on_terms in ON_TERMS:
        for found in on_terms(spec):
            yield replace(found, loc=(*at, *found.loc))
    for index, objective in enumerate(spec.objectives):
        for on_objective in ON_OBJECTIVES:
            for found in on_objective(objective, outlook):
                yield replace(found, loc=(*at, "objectives", index, *found.loc))


def _owner(spec: TemplateSpec) -> Iterator[Finding]:
    if not any(_has_role(contact, _OWNER) for contact in spec.contacts):
        yield Finding((), "nobody owns this agreement", "name a contact with role: owner")


def _escalation(spec: TemplateSpec) -> Iterator[Finding]:
    if not spec.escalation and not any(_has_role(contact, _ESCALATION) for contact in spec.contacts):
        told = "it is not said who is called when a promise is in danger"
        yield Finding((), told, "add escalation steps, or a contact with role: escalation")


def _time_zone(spec: TemplateSpec) -> Iterator[Finding]:
    if "timezone" not in spec.model_fields_set:
        told = "no time zone is said, so days and months begin at midnight UTC"
        yield Finding((), told, "timezone: Europe/Berlin, or timezone: UTC if that is meant")


def _too_many(spec: TemplateSpec) -> Iterator[Finding]:
    if (count := len(spec.objectives)) > MOST_OBJECTIVES:
        told = f"{count} objectives are more than people keep in mind"
        hint = f"{MOST_OBJECTIVES} at most: promise what the customer feels, or split the agreement"
        yield Finding(("objectives",), told, hint)


def _idle_contacts(spec: TemplateSpec) -> Iterator[Finding]:
    told = {step.to for step in spec.escalation}
    told |= set(spec.reviews.with_) if spec.reviews is not None else set()
    told |= {address for report in spec.reports for address in report.to}
    for index, contact in enumerate(spec.contacts):
        needed = _has_role(contact, _OWNER) or (_has_role(contact, _ESCALATION) and not spec.escalation)
        if not (needed or contact.responsible_for or {contact.name, contact.email} & told):
            hint = "an escalation step, a review, a report, responsibleFor, or role: owner"
            yield Finding(("contacts", index, "name"), f"nothing refers to the contact {contact.name!r}", hint)


def _has_role(contact: Contact, role: str) -> bool:
    return contact.role is not None and role in contact.role.lower()


def _never_down(objective: Objective, _: Outlook) -> Iterator[Finding]:
    """100 % leaves no budget: whatever counts at all breaks it."""
    method = method_of(objective)
    if method not in SHARES or share_of(objective.target) != 1 or _spares(objective):
        return
    intervals = objective.method.intervals if objective.method is not None else None
    if method == "events" or (intervals is not None and intervals.bad_when is None):
        yield Finding(("target",), "a target of 100% is broken by the first bad event", "promise less")
    else:
        first = "second of downtime" if method == "time" else "bad interval"
        hint = "let short outages pass, with atLeast under its method; or promise less"
        yield Finding(("target",), f"a target of 100% is broken by the first {first}", hint)


def _spares(objective: Objective) -> bool:
    """Outages that are short are free."""
    method = objective.method
    options = (method.time or method.intervals) if method is not None else None
    if options is None:
        return False
    quantum = options.quantum if isinstance(options, Time) else None
    return bool(options.at_least) or (quantum is not None and quantum.mode in ("floor", "whole-clock"))


def _quantile(objective: Objective, _: Outlook) -> Iterator[Finding]:
    threshold = objective.indicator.threshold
    if threshold is not None and threshold.is_.comparison in _FALLING and _QUANTILE.match(threshold.query):
        told = "a quantile is guessed inside a bucket, while the requests that are quick enough can be counted"
        hint = "indicator: {latency: {histogram: …, threshold: …}}, with the quantile as its target"
        yield Finding(("indicator", "threshold", "query"), told, hint)


def _plain_gauge(objective: Objective, outlook: Outlook) -> Iterator[Finding]:
    threshold = objective.indicator.threshold
    if threshold is None or outlook.promql.selector_fault(threshold.query) is not None:
        return
    bound = (threshold.is_.comparison, threshold.is_.quantity.value)
    if bound in ((Comparison.GE, Fraction(1)), (Comparison.GT, Fraction(0))):
        hint = f"indicator: {{probe: {{series: '{threshold.query}'}}}}"
        yield Finding(("indicator", "threshold", "query"), "a gauge of 0 and 1 needs no threshold", hint)


def _plain_increase(objective: Objective, outlook: Outlook) -> Iterator[Finding]:
    ratio = objective.indicator.ratio
    if ratio is None:
        return
    for key, selection in (("good", ratio.good), ("bad", ratio.bad), ("total", ratio.total)):
        if selectors := _increased(selection, outlook.promql):
            told = "the query only adds up counters, and misses what they grow by between two slices"
            instead = f"'{selectors[0]}'" if len(selectors) == 1 else f"a list of the {len(selectors)} selectors"
            yield Finding(("indicator", "ratio", key, "query"), told, f"{key}: {instead} misses nothing")


def _increased(selection: Selection | None, promql: Promql) -> tuple[str, ...]:
    """The selectors that do as well as the query; none where the query is needed."""
    if selection is None or selection.query is None:
        return ()
    found = [_INCREASE.fullmatch(part) for part in selection.query.split("+")]
    selectors = tuple(part[1].strip() for part in found if part is not None)
    needed = len(selectors) < len(found) or any(promql.selector_fault(one) is not None for one in selectors)
    return () if needed else selectors


def _slice(objective: Objective, outlook: Outlook) -> Iterator[Finding]:
    resolution, length = (outlook.sources or {}).get(outlook.spec.source), slice_of(objective)
    if resolution and length < 2 * resolution:
        yield Finding(("slice",) if objective.slice is not None else (), *of_one_sample(length, resolution))


def of_one_sample(length: Fraction | int, resolution: int) -> tuple[str, str]:
    """What is to be said of a slice shorter than two samples."""
    told = f"a slice of {plain(Fraction(length))} s holds one sample, for they come every {resolution} s"
    return told, f"a single lost scrape leaves it unknown: take a slice of {2 * resolution} s or longer"


ON_TERMS: tuple[Callable[[TemplateSpec], Iterator[Finding]], ...] = (
    _owner,
    _escalation,
    _time_zone,
    _too_many,
    _idle_contacts,
)
ON_OBJECTIVES: tuple[Callable[[Objective, Outlook], Iterator[Finding]], ...] = (
    _never_down,
    _quantile,
    _plain_gauge,
    _plain_increase,
    _slice,
)
