"""One document against the schema and the checks: everything wrong with it, and what is sound of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sla_monitor.agreements import checks, refusals
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.objectivechecks import Sources
from sla_monitor.agreements.schema.documents import KINDS, Agreement, AgreementTemplate
from sla_monitor.agreements.schema.strictness import Promql
from sla_monitor.agreements.translation import findings_of, nulls_in
from sla_monitor.agreements.yamltree import Node

Model = Agreement | AgreementTemplate


@dataclass(frozen=True, slots=True)
class Validated:
    """`model` None: faulty. `refusals` say what this version cannot compute of it."""

    model: Model | None
    faults: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    refusals: tuple[Finding, ...] = ()


def validate(root: Node, promql: Promql, sources: Sources) -> Validated:
    kind = _kind_of(root)
    if isinstance(kind, Finding):
        return Validated(None, (kind,))
    try:
        model = kind.model_validate(root.plain(), context=promql)
    except ValidationError as error:
        faults = [*nulls_in(root), *findings_of(error, kind, root), *_beyond(kind, root, error, promql, sources)]
        return Validated(None, tuple(faults))
    faults = [*nulls_in(root), *checks.of_document(model, sources)]
    if faults:
        return Validated(None, tuple(faults))
    return Validated(model, (), tuple(refusals.notices(model)), tuple(refusals.refusals(model)))


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


def _beyond(
    kind: type[Agreement | AgreementTemplate],
    root: Node,
    error: ValidationError,
    promql: Promql,
    sources: Sources,
) -> Iterator[Finding]:
    """What the checks find in the objectives that are sound, so that all faults are told at once."""
    data = root.plain()
    details = error.errors(include_url=False)
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    for loc in unknown:
        _take_out(data, loc)
    kept = _without_faulty(data, [detail["loc"] for detail in details if detail["loc"] not in unknown])
    try:
        model = kind.model_validate(data, context=promql)
    except ValidationError:
        return
    yield from checks.of_objectives(model, sources, kept)


def _take_out(data: Any, loc: Loc) -> None:
    for step in loc[:-1]:
        inner = data.get(step) if isinstance(data, dict) else None
        if isinstance(data, list) and isinstance(step, int):
            inner = data[step]
        data = data if inner is None else inner
    data.pop(loc[-1], None)


def _without_faulty(data: Any, locs: list[Loc]) -> list[int]:
    """Takes faulty objectives out of the data, and other faulty keys; the indices of those that stay."""
    spec, prefix = data.get("spec"), 2
    if isinstance(spec, dict) and isinstance(spec.get("template"), dict):
        spec, prefix = spec["template"], 3
    if not isinstance(spec, dict):
        return []
    objectives = spec.get("objectives")
    count = len(objectives) if isinstance(objectives, list) else 0
    faulty = {loc[prefix] for loc in locs if len(loc) > prefix and loc[prefix - 1] == "objectives"}
    kept = [index for index in range(count) if index not in faulty]
    for loc in locs:
        if len(loc) >= prefix and loc[prefix - 1] != "objectives":
            spec.pop(loc[prefix - 1], None)
    spec.setdefault("customer", "nobody")
    spec["objectives"] = [objectives[index] for index in kept] if isinstance(objectives, list) else None
    return kept


def name_of(root: Node) -> tuple[str, Node] | None:
    """The document's name and where it stands, also of a faulty document."""
    metadata = root.child("metadata")
    name = metadata.child("name") if metadata is not None else None
    return (name.text, name) if name is not None and name.text else None
