"""Settings from the environment: `SLA_MONITOR_SECTION__KEY`, laid over those of a file.

Parts of a name are separated by two underscores; a number is a place in a list. A value that begins with
`[` or `{` is JSON, anything else is taken as it stands.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sla_monitor.errors import ConfigError

PREFIX = "SLA_MONITOR_"
SEPARATOR = "__"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """`path` leads to the setting."""

    name: str
    path: Path
    value: Any


def variables(environment: Mapping[str, str], sections: Sequence[str]) -> list[Variable]:
    """Those that are settings. Others with our prefix are not ours: Kubernetes makes some for each Service."""
    found = []
    for name in sorted(environment):
        if not name.startswith(PREFIX):
            continue
        path = _path(name.removeprefix(PREFIX))
        if len(path) > 1 or path[0] in sections:
            found.append(Variable(name, path, _value(name, environment[name])))
    return found


def overlaid(content: Mapping[str, Any], found: Sequence[Variable]) -> dict[str, Any]:
    whole = copy.deepcopy(dict(content))
    for variable in found:
        _put(whole, variable.path, variable)
    return whole


def _put(place: Any, path: Path, variable: Variable) -> None:
    key, rest = path[0], path[1:]
    if isinstance(place, list):
        key = _index(place, key, variable)
    if not rest:
        place[key] = variable.value
        return
    held = _at(place, key)
    if held is None:
        held = place[key] = [] if isinstance(rest[0], int) else {}
    if not isinstance(held, dict | list):
        raise ConfigError(f"{variable.name}: no such setting; config/sla-monitor.yaml shows them all")
    _put(held, rest, variable)


def _at(place: dict[str | int, Any] | list[Any], key: str | int) -> Any:
    if isinstance(place, list):
        return place[int(key)]
    return place.get(key)


def _index(place: list[Any], key: str | int, variable: Variable) -> int:
    """A place in the list, or the next one after it."""
    if not isinstance(key, int) or key > len(place):
        raise ConfigError(f"{variable.name}: the list has {len(place)} entries, counted from 0")
    if key == len(place):
        place.append(None)
    return key


def _path(name: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in name.lower().split(SEPARATOR))


def _value(name: str, text: str) -> Any:
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # The text may hold a password: neither it nor the error that carries it is shown.
        raise ConfigError(f"{name}: is not JSON (line {error.lineno}, column {error.colno})") from None
