"""One document against the schema and the checks: everything wrong with it, and what is sound of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sla_monitor.agreements import checks, customers
from sla_monitor.agreements.advice import advice
from sla_monitor.agreements.checks import Context
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import nearest
from sla_monitor.agreements.notices import notices
from sla_monitor.agreements.places import strays
from sla_monitor.agreements.repair import repaired
from sla_monitor.agreements.schema.documents import KINDS, Agreement, AgreementTemplate, TemplateSpec
from sla_monitor.agreements.translation import errors_of, findings_of, nulls_in
from sla_monitor.agreements.yamltree import Node, Plain

Model = Agreement | AgreementTemplate


@dataclass(frozen=True, slots=True)
class Validated:
    """`model` None: faulty. `advice` tells what makes it weak."""

    model: Model | None
    faults: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    advice: tuple[Finding, ...] = ()


def validate(root: Node, context: Context) -> Validated:
    kind, amiss = _kind_of(root)
    if kind is None:
        return Validated(None, amiss)
    amiss = (*amiss, *strays(kind.__name__, root))
    try:
        model = kind.model_validate({**_mapping(root), "kind": kind.__name__}, context=context.promql)
    except ValidationError as error:
        errors = errors_of(error, root)
        faults = [*amiss, *nulls_in(root), *findings_of(errors, kind, root), *_beyond(kind, root, errors, context)]
        return Validated(None, tuple(faults))
    at, spec = checks.terms_of(model)
    calendars = (replace(found, loc=(*at, *found.loc)) for found in checks.calendar_faults(spec, context.folder))
    faults = [*amiss, *nulls_in(root), *checks.of_document(model, context.sources), *calendars]
    if isinstance(model, AgreementTemplate):
        faults.extend(customers.faults(model, root, context))
    if faults:
        return Validated(None, tuple(faults))
    advised = tuple(advice(model, context.promql, context.sources))
    told = [*notices(model, context.now)]
    if isinstance(model, AgreementTemplate):
        told.extend(customers.told(model, root, context.now))
    return Validated(model, (), tuple(told), advised)


def _mapping(root: Node) -> dict[str, Plain]:
    plain = root.plain()
    return plain if isinstance(plain, dict) else {}


def _kind_of(root: Node) -> tuple[type[Model] | None, tuple[Finding, ...]]:
    """What the document is, or is most likely meant to be; None: nothing of ours."""
    if root.entries is None:
        return None, (Finding((), "an agreement is a mapping", "begin with apiVersion: sla-monitor/v1"),)
    kind = root.child("kind")
    if kind is None:
        return _meant(root, "Agreement"), (Finding((), "the key 'kind' is missing", "kind: Agreement"),)
    if kind.text in KINDS:
        return KINDS[kind.text], ()
    near = nearest(kind.text or "", KINDS)
    hint = f"did you mean {near}?" if near else "only agreements belong into these files"
    told = f"kind: {kind.text or ''!r} is not one of: {', '.join(KINDS)}"
    return _meant(root, near or "Agreement"), (Finding(("kind",), told, hint),)


def _meant(root: Node, kind: str) -> type[Model] | None:
    version = root.child("apiVersion")
    ours = version is not None and (version.text or "").startswith("sla-monitor/")
    return KINDS[kind] if ours else None


def _beyond(kind: type[Model], root: Node, errors: list[ErrorDetails], context: Context) -> Iterator[Finding]:
    """What the checks find in all that is sound, so that every fault is told at once."""
    at: Loc = ("spec", "template") if kind is AgreementTemplate else ("spec",)
    spec = root.walk(at)[1].plain()
    inside = [(error["type"], error["loc"][len(at) :]) for error in errors if error["loc"][: len(at)] == at]
    unknown = [loc for what, loc in inside if what == "extra_forbidden"]
    mended = repaired(spec, [loc for what, loc in inside if what != "extra_forbidden"], unknown)
    try:
        terms = TemplateSpec.model_validate(mended.spec, context=context.promql) if mended is not None else None
    except ValidationError:
        return
    if mended is not None and terms is not None:
        unread = checks.Unread(mended.faulty, mended.objectives)
        beside = checks.calendar_faults(terms, context.folder)
        for found in (*checks.of_terms(terms, context.sources, unread), *beside):
            yield replace(found, loc=(*at, *found.loc))


def name_of(root: Node) -> tuple[str, Node] | None:
    """The agreement's name and where it stands, also where the agreement is faulty."""
    if _kind_of(root)[0] is None:
        return None
    metadata = root.child("metadata")
    name = metadata.child("name") if metadata is not None else None
    return (name.text, name) if name is not None and name.text else None
