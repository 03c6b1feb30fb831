"""How the parts of a sound document fit together: what the schema cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from sla_monitor.agreements.creditchecks import credit_faults
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.objectivechecks import OBJECTIVE_CHECKS, Setting, Sources
from sla_monitor.agreements.schema.documents import Agreement, AgreementTemplate, TemplateSpec
from sla_monitor.compliance import periods

Model = Agreement | AgreementTemplate
Check = Callable[[TemplateSpec], Iterator[Finding]]


def of_document(model: Model, sources: Sources) -> Iterator[Finding]:
    """Everything the checks find in a document that the schema takes."""
    at, spec = terms_of(model)
    if sources is not None and spec.source not in sources:
        hint = did_you_mean(spec.source, sources) or f"configured: {', '.join(sources)}"
        yield Finding((*at, "source"), f"source: no source is called {spec.source!r}", hint)
    for check in TERMS_CHECKS:
        yield from (replace(found, loc=(*at, *found.loc)) for found in check(spec))
    yield from of_objectives(model, sources, range(len(spec.objectives)))


def of_objectives(model: Model, sources: Sources, places: Iterable[int]) -> Iterator[Finding]:
    """What the objectives' own checks find; `places` are their indices in the file."""
    at, spec = terms_of(model)
    setting = Setting(spec, sources)
    for place, objective in zip(places, spec.objectives, strict=True):
        for check in OBJECTIVE_CHECKS:
            for found in check(objective, setting):
                yield replace(found, loc=(*at, "objectives", place, *found.loc))


def terms_of(model: Model) -> tuple[Loc, TemplateSpec]:
    """The spec that holds objectives, and where it stands in the document."""
    if isinstance(model, AgreementTemplate):
        return ("spec", "template"), model.spec.template
    return ("spec",), model.spec


def _unique_names(spec: TemplateSpec) -> Iterator[Finding]:
    named = {
        "objectives": [objective.name for objective in spec.objectives],
        "exclusions": [exclusion.name for exclusion in spec.exclusions],
        "contacts": [contact.name for contact in spec.contacts],
    }
    for key, names in named.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Finding((key, index, "name"), f"name: two {key} are called {name!r}", "give each its own")


def _known_names(spec: TemplateSpec) -> Iterator[Finding]:
    contacts = [contact.name for contact in spec.contacts]
    for index, step in enumerate(spec.escalation):
        yield from _unknown(step.to, contacts, "contact", ("escalation", index, "to"))
    objectives = [objective.name for objective in spec.objectives]
    for place, name in _objectives_named(spec):
        yield from _unknown(name, objectives, "objective", place)


def _objectives_named(spec: TemplateSpec) -> Iterator[tuple[Loc, str]]:
    for index, contact in enumerate(spec.contacts):
        yield from ((("contacts", index, "responsibleFor", n), name) for n, name in enumerate(contact.responsible_for))
    for index, exclusion in enumerate(spec.exclusions):
        yield from ((("exclusions", index, "objectives", n), name) for n, name in enumerate(exclusion.objectives or ()))
    for index, amendment in enumerate(spec.amendments):
        for n, change in enumerate(amendment.objectives):
            yield ("amendments", index, "objectives", n, "name"), change.name


def _unknown(name: str, known: list[str], what: str, place: Loc) -> Iterator[Finding]:
    if name not in known:
        hint = did_you_mean(name, known) or (f"known: {', '.join(known)}" if known else f"add a {what} of that name")
        yield Finding(place, f"{_last_key(place)}: no {what} is called {name!r}", hint)


def _last_key(place: Loc) -> str:
    return [step for step in place if isinstance(step, str)][-1]


def _term(spec: TemplateSpec) -> Iterator[Finding]:
    if spec.term is None:
        return
    zone = periods.zone_of(spec.timezone)
    start, until, terminated = (
        periods.parse_instant(text, zone) if text is not None else None
        for text in (spec.term.from_, spec.term.until, spec.term.terminated)
    )
    if start is not None and until is not None and until <= start:
        hint = "until is the first instant after the term"
        yield Finding(("term", "until"), "until: the term ends before it begins", hint)
    elif terminated is not None and not (start or 0) <= terminated <= (until or terminated):
        yield Finding(("term", "terminated"), "terminated: lies outside the term")


def _exclusions(spec: TemplateSpec) -> Iterator[Finding]:
    zone = periods.zone_of(spec.timezone)
    for index, exclusion in enumerate(spec.exclusions):
        span = exclusion.during.from_, exclusion.during.until
        if span[0] and span[1] and periods.parse_instant(span[1], zone) <= periods.parse_instant(span[0], zone):
            yield Finding(("exclusions", index, "during", "until"), "until: the exclusion ends before it begins")
        if exclusion.notice is not None and exclusion.announced is None and exclusion.during.from_ is not None:
            hint = "announced: 2026-03-10T09:00:00Z"
            yield Finding(("exclusions", index), "notice is wanted, but it is not said when it was announced", hint)


def _amendments(spec: TemplateSpec) -> Iterator[Finding]:
    zone = periods.zone_of(spec.timezone)
    last: int | None = None
    for index, amendment in enumerate(spec.amendments):
        effective = periods.parse_instant(amendment.effective, zone)
        if last is not None and effective <= last:
            told = "effective: is not after the amendment before it"
            yield Finding(("amendments", index, "effective"), told, "list amendments in order of time")
        last = effective
        if amendment.credits is not None:
            yield from credit_faults(amendment.credits, ("amendments", index, "credits"))


def _credits(spec: TemplateSpec) -> Iterator[Finding]:
    if spec.credits is not None:
        yield from credit_faults(spec.credits, ("credits",))


TERMS_CHECKS: tuple[Check, ...] = (
    _unique_names,
    _known_names,
    _term,
    _exclusions,
    _amendments,
    _credits,
)
