"""One document against the schema and the checks: everything wrong with it, and what is sound of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sla_monitor.agreements import checks
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.notices import notices
from sla_monitor.agreements.objectivechecks import Sources
from sla_monitor.agreements.refusals import refusals
from sla_monitor.agreements.repair import repaired
from sla_monitor.agreements.schema.documents import KINDS, Agreement, AgreementTemplate, TemplateSpec
from sla_monitor.agreements.schema.strictness import Promql
from sla_monitor.agreements.translation import errors_of, findings_of, nulls_in
from sla_monitor.agreements.yamltree import Node

Model = Agreement | AgreementTemplate


@dataclass(frozen=True, slots=True)
class Validated:
    """`model` None: faulty. `refusals` say what this version cannot compute of it."""

    model: Model | None
    faults: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    refusals: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What documents are held against, beside the schema."""

    promql: Promql
    sources: Sources


def validate(root: Node, context: Context) -> Validated:
    kind = _kind_of(root)
    if isinstance(kind, Finding):
        return Validated(None, (kind,))
    try:
        model = kind.model_validate(root.plain(), context=context.promql)
    except ValidationError as error:
        errors = errors_of(error, root)
        faults = [*nulls_in(root), *findings_of(errors, kind, root), *_beyond(root, errors, context)]
        return Validated(None, tuple(faults))
    faults = [*nulls_in(root), *checks.of_document(model, context.sources)]
    if faults:
        return Validated(None, tuple(faults))
    return Validated(model, (), tuple(notices(model)), tuple(refusals(model)))


def _kind_of(root: Node) -> type[Agreement | AgreementTemplate] | Finding:
    if root.entries is None:
        return Finding((), "an agreement is a mapping", "begin with apiVersion: sla-monitor/v1")
    kind = root.child("kind")
    if kind is None:
        return Finding((), "the key 'kind' is missing", "kind: Agreement")
    if kind.text not in KINDS:
        said = kind.text or ""
        hint = did_you_mean(said, KINDS) or "only agreements belong into these files"
        return Finding(("kind",), f"kind: {said!r} is not one of: {', '.join(KINDS)}", hint)
    return KINDS[kind.text]


def _beyond(root: Node, errors: list[ErrorDetails], context: Context) -> Iterator[Finding]:
    """What the checks find in all that is sound, so that every fault is told at once."""
    at: Loc = ("spec", "template") if root.walk(("kind",))[1].text == "AgreementTemplate" else ("spec",)
    spec = root.walk(at)[1].plain()
    inside = [(error["type"], error["loc"][len(at) :]) for error in errors if error["loc"][: len(at)] == at]
    unknown = [loc for kind, loc in inside if kind == "extra_forbidden"]
    mended = repaired(spec, [loc for kind, loc in inside if kind != "extra_forbidden"], unknown)
    try:
        terms = TemplateSpec.model_validate(mended.spec, context=context.promql) if mended is not None else None
    except ValidationError:
        return
    if mended is not None and terms is not None:
        for found in checks.of_terms(terms, context.sources, checks.Unread(mended.faulty, mended.objectives)):
            yield replace(found, loc=(*at, *found.loc))


def name_of(root: Node) -> tuple[str, Node] | None:
    """The agreement's name and where it stands, also where the agreement is faulty."""
    if isinstance(_kind_of(root), Finding):
        return None
    metadata = root.child("metadata")
    name = metadata.child("name") if metadata is not None else None
    return (name.text, name) if name is not None and name.text else None
