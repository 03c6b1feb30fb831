"""The schema for editors (yaml-language-server)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, TypeAdapter

from sla_monitor.agreements.schema.documents import Agreement, AgreementTemplate


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one document of an agreement file."""
    documents: TypeAdapter[Agreement | AgreementTemplate] = TypeAdapter(
        Annotated[Agreement | AgreementTemplate, Discriminator("kind")]
    )
    schema = _tidied(documents.json_schema(by_alias=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sla-monitor agreement",
        **_with_null(schema),
    }


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    # The one key that people write to say that nothing happened.
    terminated = schema["$defs"]["Term"]["properties"]["terminated"]
    terminated["type"] = ["string", "null"]
    return schema


def _tidied(part: Any) -> Any:
    """Without the nulls, defaults and titles pydantic adds: here a key that is not given is left out."""
    if isinstance(part, list):
        return [_tidied(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _tidied(value) for key, value in part.items() if not _noise(key, value)}
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        real = [choice for choice in choices if choice != {"type": "null"}]
        del kept["anyOf"]
        return {**({"anyOf": real} if len(real) > 1 else real[0]), **kept}
    return kept


def _noise(key: str, value: object) -> bool:
    return (key == "default" and value in (None, [], {}, ())) or (key == "title" and isinstance(value, str))
