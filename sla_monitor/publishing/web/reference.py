"""The API's documentation as a plain page, made from its OpenAPI document: nothing is loaded from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from sla_monitor.publishing.web import rendering

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`body`: what it takes, empty where it takes nothing."""

    method: str
    path: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str


@dataclass(frozen=True, slots=True)
class Schema:
    """`fields`: name, kind, description."""

    name: str
    description: str
    fields: tuple[tuple[str, str, str], ...]


@router.api_route("/api/docs", methods=["GET", "HEAD"])
def reference(request: Request) -> Response:
    document = request.app.openapi()
    shown = {"operations": operations(document), "schemas": schemas(document)}
    return rendering.page(request, "reference.html", shown)


def operations(document: dict[str, Any]) -> tuple[Operation, ...]:
    return tuple(
        _operation(method, path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    )


def schemas(document: dict[str, Any]) -> tuple[Schema, ...]:
    return tuple(
        Schema(name, schema.get("description", ""), _fields(schema))
        for name, schema in sorted(document["components"]["schemas"].items())
    )


def kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: `list of Standing`, `number or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " or ".join(kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "items" in schema:
        return f"list of {kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "any"))


def _operation(method: str, path: str, told: dict[str, Any]) -> Operation:
    success = next(answer for code, answer in told["responses"].items() if code.startswith("2"))
    return Operation(
        method=method.upper(),
        path=path,
        description=told.get("description", ""),
        parameters=tuple(_parameter(one) for one in told.get("parameters", ())),
        body=kind(_json(told["requestBody"])) if "requestBody" in told else "",
        answer=kind(_json(success)),
    )


def _json(told: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = told.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _parameter(told: dict[str, Any]) -> Parameter:
    return Parameter(told["name"], told["in"], kind(told["schema"]), told.get("description", ""))


def _fields(schema: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    properties = schema.get("properties", {})
    return tuple((name, kind(one), one.get("description", "")) for name, one in properties.items())
