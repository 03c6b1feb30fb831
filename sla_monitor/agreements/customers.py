"""The customers of a template: what their agreements are called, and what each has otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sla_monitor.agreements import amending, checks
from sla_monitor.agreements.checks import Context
from sla_monitor.agreements.filling import PLACE, filled_name, slug
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.notices import notices
from sla_monitor.agreements.places import CUSTOMER
from sla_monitor.agreements.schema.documents import AgreementTemplate, Overrides, TemplateCustomer, TemplateSpec
from sla_monitor.agreements.schema.objectives import ObjectiveChange
from sla_monitor.agreements.yamltree import Node, Plain
from sla_monitor.compliance import periods

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
UTC = ZoneInfo("UTC")
_AT: Loc = ("spec", "template")
_Find = Callable[[AgreementTemplate], Iterator[Finding]]


def texts_of(customer: TemplateCustomer) -> dict[str, str]:
    """What is put into its texts."""
    return {CUSTOMER: customer.name, **customer.match}


def pattern_of(model: AgreementTemplate) -> str:
    """What the agreements are called, before anything is put in."""
    return model.metadata.name if model.spec.discover is None else model.spec.discover.name


def name_of(pattern: str, customer: TemplateCustomer) -> str:
    """What the customer's agreement is called."""
    if PLACE.search(pattern):
        return filled_name(pattern, texts_of(customer))
    return f"{pattern}-{slug(customer.name)}"


def name_faults(name: str, customer: str, named: dict[str, str]) -> Iterator[Finding]:
    """Why the agreement cannot be called so; `named`: the customers of the names so far."""
    if not _NAME.fullmatch(name):
        told = f"name: the agreement would be called {name[:70]!r}, which is no DNS-1123 label"
        yield Finding(("name",), told, "63 of a-z, 0-9 and -: name the customer otherwise, or put a label in the name")
        return
    if name in named:
        told = f"name: {customer!r} and {named[name]!r} would both make the agreement {name!r}"
        yield Finding(("name",), told, "name one otherwise, or put a {{label}} that differs in the name")
    named.setdefault(name, customer)


def overridden(model: AgreementTemplate, overrides: Overrides | None) -> AgreementTemplate:
    """The template as it is for this customer: terms replaced, objectives changed in part."""
    if overrides is None:
        return model
    spec, changes = model.spec.template, {change.name: change for change in overrides.objectives}
    anew = {key: getattr(overrides, key) for key in overrides.model_fields_set - {"objectives"}}
    objectives = [amending.merged(one, changes[one.name]) if one.name in changes else one for one in spec.objectives]
    changed = spec.model_copy(update={**anew, "objectives": tuple(objectives)})
    return model.model_copy(update={"spec": model.spec.model_copy(update={"template": changed})})


def faults(model: AgreementTemplate, root: Node, context: Context) -> Iterator[Finding]:
    """What is wrong with customers that are listed, beside what is wrong with the template itself."""
    named: dict[str, str] = {}
    for index, customer in enumerate(model.spec.customers or ()):
        amiss = name_faults(name_of(pattern_of(model), customer), customer.name, named)
        for found in (*amiss, *_present_faults(customer)):
            yield replace(found, loc=("spec", "customers", index, *found.loc))

    def find(one: AgreementTemplate) -> Iterator[Finding]:
        yield from checks.of_document(one, context.sources)
        for found in checks.calendar_faults(one.spec.template, context.folder):
            yield replace(found, loc=(*_AT, *found.loc))

    yield from _of_overrides(model, root, find, _named)


def _present_faults(customer: TemplateCustomer) -> Iterator[Finding]:
    if customer.present is None or customer.present.from_ is None or customer.present.until is None:
        return
    since, until = (periods.parse_instant(at, UTC) for at in (customer.present.from_, customer.present.until))
    if until <= since:
        yield Finding(("present", "until"), "until: the customer leaves before it comes")


def told(model: AgreementTemplate, root: Node, now: int | None) -> Iterator[Finding]:
    """What is worth knowing of overrides, and is not told of the template already."""
    yield from _of_overrides(model, root, lambda one: notices(one, now), lambda *_: iter(()))


def key_of(said: Plain) -> str:
    """The overrides of a customer as a text: thousands may have the same."""
    return json.dumps(said["overrides"]) if isinstance(said, dict) and "overrides" in said else ""


def _of_overrides(
    model: AgreementTemplate, root: Node, find: _Find, named: Callable[[TemplateSpec, Overrides], Iterator[Finding]]
) -> Iterator[Finding]:
    nodes: Sequence[Node] = root.walk(("spec", "customers"))[1].items or []
    before: set[tuple[str, str]] | None = None
    known: dict[str, list[Finding]] = {}
    for index, (customer, node) in enumerate(zip(model.spec.customers or (), nodes, strict=True)):
        if customer.overrides is None:
            continue
        key = key_of(node.plain())
        if key not in known:
            before = before if before is not None else {(one.message, one.hint) for one in find(model)}
            anew = overridden(model, customer.overrides)
            fresh = (one for one in find(anew) if (one.message, one.hint) not in before)
            located = (_located(one, anew.spec.template, customer.overrides) for one in fresh)
            known[key] = [*named(model.spec.template, customer.overrides), *located]
        yield from (replace(one, loc=("spec", "customers", index, "overrides", *one.loc)) for one in known[key])


def _named(spec: TemplateSpec, overrides: Overrides) -> Iterator[Finding]:
    known, names = [one.name for one in spec.objectives], [one.name for one in overrides.objectives]
    for index, name in enumerate(names):
        at: Loc = ("objectives", index, "name")
        if name not in known:
            hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
            yield Finding(at, f"name: no objective is called {name!r}", hint)
        elif name in names[:index]:
            yield Finding(at, f"name: the objective {name!r} is changed twice", "put the changes together")


def _located(found: Finding, spec: TemplateSpec, overrides: Overrides) -> Finding:
    """From the overrides on: at what they say of it, or else at them as a whole."""
    first, *rest = found.loc[len(_AT) :] or ("",)
    if first != "objectives":
        return replace(found, loc=(first, *rest) if first in _said(overrides) else ())
    named, name = [one.name for one in overrides.objectives], spec.objectives[int(rest[0])].name
    if name not in named:
        return replace(found, loc=())
    index, keys = named.index(name), tuple(rest[1:])
    said = keys and keys[0] in _said(overrides.objectives[index])
    return replace(found, loc=("objectives", index, *(keys if said else ())))


def _said(part: Overrides | ObjectiveChange) -> set[str]:
    return {type(part).model_fields[key].alias or key for key in part.model_fields_set}
