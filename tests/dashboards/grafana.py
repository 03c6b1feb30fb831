"""What Grafana does with a dashboard before Prometheus sees it: variables filled in, time split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]

LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")
# Grafana's own list for Prometheus: a hyphen is not on it, and PromQL refuses an escaped one.
SPECIAL = re.compile(r"([$^*{}\[\]+?.()|\\])")


@dataclass(frozen=True)
class Target:
    """One query of one panel."""

    panel: str
    ref: str
    expr: str
    instant: bool


def panels(board: Json) -> Iterator[Json]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


def targets(board: Json) -> list[Target]:
    return [
        Target(panel["title"], asked["refId"], asked["expr"], asked.get("instant", False))
        for panel in panels(board)
        for asked in panel.get("targets", ())
    ]


def variables(board: Json) -> dict[str, Json]:
    return {each["name"]: each for each in board["templating"]["list"]}


def expanded(expr: str, choices: Mapping[str, Sequence[str]], step: int, span: int) -> str:
    """The text Grafana would send; a name that nobody filled in stays and is seen by the test."""
    times = {"__rate_interval": f"{4 * step}s", "__interval": f"{step}s", "__range": f"{span}s"}
    texts = {**times, **{name: one_of(values) for name, values in choices.items()}}
    for name in sorted(texts, key=len, reverse=True):
        expr = expr.replace(f"${{{name}}}", texts[name]).replace(f"${name}", texts[name])
    return expr


def one_of(values: Sequence[str]) -> str:
    """A variable of several values inside a PromQL string: a pattern, its backslashes doubled."""
    if list(values) == [".*"]:
        return ".*"  # the variable's own word for "All" is not escaped
    escaped = [SPECIAL.sub(r"\\\\\1", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def ask(url: str, path: str, **parameters: Any) -> Json:
    answer = httpx.get(f"{url}/api/v1/{path}", params=parameters, timeout=30, trust_env=False)
    body: Json = answer.json()
    assert body["status"] == "success", f"{parameters}: {body.get('error')}"
    assert not body.get("warnings"), body["warnings"]
    return body


def label_values(url: str, query: str, choices: Mapping[str, Sequence[str]]) -> list[str]:
    parts = LABEL_VALUES.fullmatch(expanded(query, choices, 1, 60))
    assert parts, f"not a variable query of Grafana's: {query}"
    values: list[str] = ask(url, f"label/{parts['label']}/values", **{"match[]": parts["selector"]})["data"]
    return values
