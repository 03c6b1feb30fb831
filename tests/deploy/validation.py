"""Strict validation without a cluster: the published schemas, and for the Prometheus operator the fields used here."""

from __future__ import annotations

from typing import Any

import jsonschema
import kubernetes_validate

from tests.deploy.rendering import Manifest

_TEXT = {"type": "string", "minLength": 1}
_LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
_DURATION = {"type": "string", "pattern": r"^(\d+(ms|[smhdwy]))+$"}


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


def _resource(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = _closed({"name": _TEXT, "namespace": _TEXT, "labels": _LABELS}, "name", "labels")
    api_version = {"const": "monitoring.coreos.com/v1"}
    return _closed(
        {"apiVersion": api_version, "kind": {"const": kind}, "metadata": metadata, "spec": spec},
        *("apiVersion", "kind", "metadata", "spec"),
    )


_ENDPOINT = _closed(
    {
        "port": _TEXT,
        "path": {"type": "string", "pattern": "^/"},
        "interval": _DURATION,
        "scrapeTimeout": _DURATION,
        "honorLabels": {"type": "boolean"},
    },
    "port",
)
_RULE = {
    **_closed(
        {
            "alert": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "record": {"type": "string", "pattern": "^[a-zA-Z_:][a-zA-Z0-9_:]*$"},
            "expr": _TEXT,
            "for": _DURATION,
            "keep_firing_for": _DURATION,
            "labels": _LABELS,
            "annotations": _LABELS,
        },
        "expr",
    ),
    "oneOf": [{"required": ["alert"]}, {"required": ["record"]}],
}
_GROUP = _closed({"name": _TEXT, "interval": _DURATION, "rules": _several(_RULE)}, "name", "rules")
OPERATOR_SCHEMAS = {
    "ServiceMonitor": _resource(
        "ServiceMonitor",
        _closed(
            {
                "jobLabel": _TEXT,
                "selector": _closed({"matchLabels": _LABELS}, "matchLabels"),
                "endpoints": _several(_ENDPOINT),
            },
            *("selector", "endpoints"),
        ),
    ),
    "PrometheusRule": _resource("PrometheusRule", _closed({"groups": _several(_GROUP)}, "groups")),
}


def validate(manifest: Manifest, version: str) -> None:
    """A kind nobody knows is an error too: a misspelt one would be."""
    if manifest["apiVersion"].startswith("monitoring.coreos.com/"):
        jsonschema.validate(manifest, OPERATOR_SCHEMAS[manifest["kind"]])
    else:
        kubernetes_validate.validate(manifest, version, strict=True)
