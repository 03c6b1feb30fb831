"""How the parts of a sound document fit together: what the schema cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sla_monitor.agreements import amending
from sla_monitor.agreements.creditchecks import credit_faults
from sla_monitor.agreements.creditfits import misfits
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.icalendars import CalendarError, read_calendar
from sla_monitor.agreements.objectivechecks import Setting, Sources, method_of, of_objective, promise_of
from sla_monitor.agreements.openinghours import speaks_of_holidays
from sla_monitor.agreements.population import anchor_of
from sla_monitor.agreements.recurrences import comes_true
from sla_monitor.agreements.schema.documents import Agreement, AgreementTemplate, TemplateSpec
from sla_monitor.agreements.schema.exclusions import Exclusion
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import Credits
from sla_monitor.agreements.schema.strictness import Promql
from sla_monitor.agreements.termchecks import term_faults
from sla_monitor.compliance import periods

Model = Agreement | AgreementTemplate


@dataclass(frozen=True, slots=True)
class Context:
    """What documents are held against, beside the schema."""

    promql: Promql
    sources: Sources
    folder: Path
    now: int | None = None


@dataclass(frozen=True, slots=True)
class TermsCheck:
    """`reads` are the keys that must be sound for it to make sense, beside those it finds faults in."""

    find: Callable[[TemplateSpec, Sources], Iterator[Finding]]
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unread:
    """Keys that were faulty, of the spec and of each objective: no check may judge them."""

    keys: frozenset[str]
    objectives: tuple[frozenset[str], ...]


def of_document(model: Model, sources: Sources) -> Iterator[Finding]:
    """Everything the checks find in a document that the schema takes."""
    at, spec = terms_of(model)
    nothing = Unread(frozenset(), (frozenset(),) * len(spec.objectives))
    for found in of_terms(spec, sources, nothing):
        yield replace(found, loc=(*at, *found.loc))


def of_terms(spec: TemplateSpec, sources: Sources, unread: Unread) -> Iterator[Finding]:
    """What the checks find, located from the spec on."""
    keys = unread.keys | {f"objectives.{key}" for keys in unread.objectives for key in keys}
    for check in TERMS_CHECKS:
        if not check.reads & keys:
            yield from check.find(spec, sources)
    setting = Setting(spec, sources)
    for index, (objective, faulty) in enumerate(zip(spec.objectives, unread.objectives, strict=True)):
        for found in of_objective(objective, setting, faulty):
            yield replace(found, loc=("objectives", index, *found.loc))


def terms_of(model: Model) -> tuple[Loc, TemplateSpec]:
    """The spec that holds objectives, and where it stands in the document."""
    if isinstance(model, AgreementTemplate):
        return ("spec", "template"), model.spec.template
    return ("spec",), model.spec


def _unique_names(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    named: dict[Loc, list[str]] = {
        ("objectives",): [objective.name for objective in spec.objectives],
        ("exclusions",): [exclusion.name for exclusion in spec.exclusions],
        ("contacts",): [contact.name for contact in spec.contacts],
    }
    for index, amendment in enumerate(spec.amendments):
        named["amendments", index, "exclusions"] = [exclusion.name for exclusion in amendment.exclusions or ()]
    for at, names in named.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Finding((*at, index, "name"), f"name: two {at[-1]} are called {name!r}", "give each its own")


def _known_source(spec: TemplateSpec, sources: Sources) -> Iterator[Finding]:
    if sources is not None and spec.source not in sources:
        hint = did_you_mean(spec.source, sources) or f"configured: {', '.join(sources)}"
        yield Finding(("source",), f"source: no source is called {spec.source!r}", hint)


def _known_contacts(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    contacts = [contact.name for contact in spec.contacts]
    for index, step in enumerate(spec.escalation):
        yield from _unknown(step.to, contacts, "contact", ("escalation", index, "to"))


def _known_objectives(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    objectives = [objective.name for objective in spec.objectives]
    for place, name in _objectives_named(spec):
        yield from _unknown(name, objectives, "objective", place)


def _objectives_named(spec: TemplateSpec) -> Iterator[tuple[Loc, str]]:
    for index, contact in enumerate(spec.contacts):
        yield from ((("contacts", index, "responsibleFor", n), name) for n, name in enumerate(contact.responsible_for))
    for place, exclusion in amending.exclusions(spec):
        yield from (((*place, "objectives", n), name) for n, name in enumerate(exclusion.objectives or ()))
    for index, amendment in enumerate(spec.amendments):
        for n, change in enumerate(amendment.objectives):
            yield ("amendments", index, "objectives", n, "name"), change.name


def _unknown(name: str, known: list[str], what: str, place: Loc) -> Iterator[Finding]:
    if name not in known:
        hint = did_you_mean(name, known) or (f"known: {', '.join(known)}" if known else f"add a {what} of that name")
        yield Finding(place, f"{_last_key(place)}: no {what} is called {name!r}", hint)


def _last_key(place: Loc) -> str:
    return [step for step in place if isinstance(step, str)][-1]


def _term(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    yield from term_faults(spec)


def _exclusions(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    zone = periods.zone_of(spec.timezone)
    for at, exclusion in amending.exclusions(spec):
        span = exclusion.during.from_, exclusion.during.until
        if span[0] and span[1] and periods.parse_instant(span[1], zone) <= periods.parse_instant(span[0], zone):
            yield Finding((*at, "during", "until"), "until: the exclusion ends before it begins")
        yield from _downtime_of(spec, exclusion, (*at, "allowance", "uses"))
        # A calendar tells of each of its events when it was entered, and Alertmanager of its silences.
        told = exclusion.during.ics is not None or exclusion.during.silences is not None
        if exclusion.notice is not None and exclusion.announced is None and not told:
            hint = "announced: 2026-03-10T09:00:00Z"
            yield Finding(at, "notice is wanted, but it is not said when it was announced", hint)


_NEVER_DOWN = {"value": "a value", "amount": "an amount"}


def _downtime_of(spec: TemplateSpec, exclusion: Exclusion, place: Loc) -> Iterator[Finding]:
    """What has no downtime uses nothing up."""
    if exclusion.allowance is None or exclusion.allowance.uses != "downtime":
        return
    for objective in spec.objectives:
        meant = exclusion.objectives is None or objective.name in exclusion.objectives
        kind = _NEVER_DOWN.get(objective.indicator.kind)
        if meant and kind is not None and method_of(objective) != "intervals":
            told = f"uses: {objective.name!r} is {kind}, which has no downtime"
            yield Finding(place, told, "say in objectives which the exclusion is for")


def _holidays(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    if spec.holidays is not None:
        return
    told: list[tuple[Loc, str | None]] = [(("serviceHours",), spec.service_hours)]
    told += [(("objectives", n, "serviceHours"), one.service_hours) for n, one in enumerate(spec.objectives)]
    told += [
        (("amendments", index, "objectives", n, "serviceHours"), one.service_hours)
        for index, amendment in enumerate(spec.amendments)
        for n, one in enumerate(amendment.objectives)
    ]
    for place, hours in told:
        if hours is not None and speaks_of_holidays(hours):
            hint = "holidays: DE, or DE-BY for a region"
            yield Finding(place, "serviceHours: PH, but it is not said whose public holidays", hint)


def _recurrences(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    """Of a rule that is counted every second month or so it hangs on its begin whether it ever comes true."""
    anchor = anchor_of(spec, periods.zone_of(spec.timezone))
    for at, exclusion in amending.exclusions(spec):
        rule = exclusion.during.rrule
        if rule is not None and not comes_true(rule, anchor):
            told = f"rrule: counted from {anchor:%A, %Y-%m-%d %H:%M} on, the rule never comes true"
            yield Finding((*at, "during", "rrule"), told, "another INTERVAL, or what it comes to from there")


def calendar_faults(spec: TemplateSpec, folder: Path) -> Iterator[Finding]:
    """What is wrong with the calendar files that are named; they stand beside the agreement, in `folder`."""
    for at, exclusion in amending.exclusions(spec):
        if exclusion.during.ics is not None:
            try:
                read_calendar(folder, exclusion.during.ics)
            except CalendarError as error:
                yield Finding((*at, "during", "ics"), f"ics: {error}", error.hint)


def _amendments(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    zone = periods.zone_of(spec.timezone)
    seen: set[int] = set()
    for index, amendment in enumerate(spec.amendments):
        effective = periods.parse_instant(amendment.effective, zone)
        if effective in seen:
            told = "effective: another amendment becomes effective at the same instant"
            yield Finding(("amendments", index, "effective"), told, "make one of the two")
        seen.add(effective)
        names = [change.name for change in amendment.objectives]
        for n, name in enumerate(names):
            if name in names[:n]:
                told = f"name: the objective {name!r} is changed twice"
                yield Finding(("amendments", index, "objectives", n, "name"), told, "put the changes together")
        if amendment.credits is not None:
            yield from credit_faults(amendment.credits, ("amendments", index, "credits"))


def _amended(spec: TemplateSpec, sources: Sources) -> Iterator[Finding]:
    """What the changed objectives are as a whole; what was wrong before is told where it was first agreed."""
    known = {objective.name for objective in spec.objectives}
    if any(change.name not in known for amendment in spec.amendments for change in amendment.objectives):
        return
    setting = Setting(spec, sources)
    for index, (amendment, versions) in enumerate(amending.versions(spec)):
        for version in versions:
            before = set(of_objective(version.before, setting, frozenset()))
            for found in of_objective(version.after, setting, frozenset()):
                outgrown = found.loc == ("warnAt",) and version.after.warn_at == version.before.warn_at
                if found not in before and not outgrown:  # a warning level that the target reaches just falls silent
                    yield amending.located(found, version, amendment, index)


def _credits(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    if spec.credits is not None:
        yield from credit_faults(spec.credits, ("credits",))


def _credits_fit(spec: TemplateSpec, _: Sources) -> Iterator[Finding]:
    """Credits that have a meaning for no promise; what some of the promises cannot take is told as a notice."""
    if spec.credits is not None:
        yield from _unfit(spec.credits, spec.objectives, ("credits",))
    for index, (amendment, versions) in enumerate(amending.versions(spec)):
        if amendment.credits is not None:
            changed = [version.after for version in versions]
            yield from _unfit(amendment.credits, changed, ("amendments", index, "credits"))


def _unfit(credits_: Credits, objectives: Iterable[Objective], at: Loc) -> Iterator[Finding]:
    found = [list(misfits(credits_, promise_of(one))) for one in objectives if one.credits is None]
    if found and all(found):
        yield from (replace(one, loc=(*at, *one.loc)) for one in found[0])


_OBJECTIVE_KEYS = {f"objectives.{field.alias or name}" for name, field in Objective.model_fields.items()}

TERMS_CHECKS: tuple[TermsCheck, ...] = (
    TermsCheck(_unique_names),
    TermsCheck(_known_source, frozenset({"source"})),
    TermsCheck(_known_contacts, frozenset({"contacts"})),
    TermsCheck(_known_objectives, frozenset({"objectives", "objectives.name"})),
    TermsCheck(_term),
    TermsCheck(_exclusions),
    TermsCheck(_recurrences, frozenset({"term", "timezone"})),
    TermsCheck(_holidays, frozenset({"holidays"})),
    TermsCheck(_amendments),
    TermsCheck(_amended, frozenset({"amendments", "objectives", "source", "timezone", *_OBJECTIVE_KEYS})),
    TermsCheck(_credits),
    TermsCheck(_credits_fit, frozenset({"amendments", "objectives", *_OBJECTIVE_KEYS})),
)
