"""From what pydantic finds to sentences people can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.yamltree import Node

_SENTENCES = {
    "string_type": ("must be a single value, not a list or a mapping", ""),
    "model_type": ("must be a mapping", "keys and values below it"),
    "model_attributes_type": ("must be a mapping", "keys and values below it"),
    "dict_type": ("must be a mapping", "keys and values below it"),
    "tuple_type": ("must be a list", "[one, another], or a line with - for each"),
    "too_short": ("must not be empty", ""),
}
MAY_BE_NULL: Loc = ("term", "terminated")


def errors_of(error: ValidationError, root: Node) -> list[ErrorDetails]:
    """What is wrong, without pydantic's echo: a list whose entries are all faulty is not empty."""
    return [
        detail
        for detail in error.errors(include_url=False)
        if detail["type"] != "too_short" or _is_empty(root.walk(detail["loc"])[1])
    ]


def findings_of(errors: list[ErrorDetails], model: type[BaseModel], root: Node) -> Iterator[Finding]:
    """Each error at the place in the file it speaks of; nulls are told by `nulls_in` alone."""
    for detail in errors:
        taken, node = root.walk(detail["loc"])
        if not _is_null(node):
            yield _finding(detail, taken, node, model)


def nulls_in(node: Node, at: Loc = ()) -> Iterator[Finding]:
    """Keys and list entries without a value: most often a slip of the indent, so never taken as absent."""
    if _is_null(node) and at and at[-2:] != MAY_BE_NULL:
        yield Finding(at, f"{_named(at)}has no value", "give one, or take the key out")
    for name, (_, value) in (node.entries or {}).items():
        yield from nulls_in(value, (*at, name))
    for index, item in enumerate(node.items or []):
        yield from nulls_in(item, (*at, index))


def _is_empty(node: Node) -> bool:
    return node.items == [] or node.entries == {}


def _is_null(node: Node) -> bool:
    return node.text is None and node.items is None and node.entries is None


def _finding(detail: ErrorDetails, taken: Loc, node: Node, model: type[BaseModel]) -> Finding:
    kind, key = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "missing":
        return Finding(taken, f"{_named(taken)}the key {key!r} is missing")
    if kind == "extra_forbidden":
        known = _keys_at(model, detail["loc"][:-1])
        return Finding(detail["loc"], f"unknown key {key!r}", did_you_mean(key, known) or _list_of(known))
    message, hint = _sentence(detail)
    too_deep = [name for name in node.entries or {} if name in _keys_at(model, taken[:-1])]
    if kind == "tuple_type" and too_deep:
        hint = f"{too_deep[0]}: is a key of its own, not below {key}:"
    return Finding(taken, f"{_named(taken)}{message}", hint)


def _sentence(detail: ErrorDetails) -> tuple[str, str]:
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] == "agreement":
        return context["said"], context["hint"]
    if detail["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        said = str(detail["input"])[:40]
        return f"{said!r} is not one of: {', '.join(choices)}", did_you_mean(said, choices)
    return _SENTENCES.get(detail["type"], (detail["msg"], ""))


def _named(loc: Loc) -> str:
    keys = [step for step in loc if isinstance(step, str)]
    return f"{keys[-1]}: " if keys else ""


def _list_of(known: list[str]) -> str:
    return f"known here: {', '.join(known)}" if known else "nothing can be said here"


def _keys_at(model: type[BaseModel], loc: Loc) -> list[str]:
    for step in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(step, str) and step in fields:
            model = next(_models_in(fields[step].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
