"""What is sound of a faulty spec, so that the checks can tell their faults beside the schema's.

Faulty parts are left out, or give way to a placeholder where the schema wants one. What was faulty is
remembered: a check that reads it is not run, since it would speak of the placeholder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sla_monitor.agreements.findings import Loc

EVERYTHING = frozenset({"name", "target", "indicator", "method", "slice", "window"})
"""All an objective's checks may read."""

_SAMPLES: dict[str, object] = {
    "ratio": {"bad": "a", "total": "b"},
    "latency": {"histogram": "a", "threshold": "1s"},
    "probe": {"series": "a"},
    "threshold": {"query": "a", "is": "> 0"},
    "value": {"query": "a"},
    "amount": {"counter": "a"},
    "composite": {"down": "all", "of": [{"probe": {"series": "a"}}]},
}


@dataclass(frozen=True, slots=True)
class Repaired:
    """A spec the schema takes; `faulty` are its keys that were not sound, `objectives` those of each objective."""

    spec: dict[str, Any]
    faulty: frozenset[str]
    objectives: tuple[frozenset[str], ...]


def repaired(spec: Any, faulty: Iterable[Loc], unknown: Iterable[Loc]) -> Repaired | None:
    """`spec` is changed in place; the places are told from it on. None: there is nothing to be saved."""
    if not isinstance(spec, dict):
        return None
    for loc in unknown:
        _take_out(spec, loc)
    places = [loc for loc in faulty if loc]
    beside = frozenset(str(loc[0]) for loc in places if loc[0] != "objectives" or len(loc) == 1)
    for key in beside:
        spec.pop(key, None)
    inside = [loc[1:] for loc in places if loc[0] == "objectives" and len(loc) > 1]
    objectives = spec.get("objectives")
    told = objectives if isinstance(objectives, list) else []
    broken = tuple(_repair(told, index, inside) for index in range(len(told)))
    spec["objectives"] = told or [_placeholder(0)]
    return Repaired(spec, beside if told else beside | {"objectives"}, broken or (EVERYTHING,))


def _repair(objectives: list[Any], index: int, inside: list[Loc]) -> frozenset[str]:
    """Mends one objective in place; the keys of it that no check may read."""
    objective = objectives[index]
    if not isinstance(objective, dict):
        objectives[index] = _placeholder(index)
        return EVERYTHING
    broken = {str(loc[1]) for loc in inside if loc[0] == index and len(loc) > 1}
    kind = _kind_of(objective.get("indicator"))
    for key in broken:
        objective.pop(key, None)
    mended = _placeholder(index) if kind is None else {**_placeholder(index), "indicator": {kind: _SAMPLES[kind]}}
    for key, value in mended.items():
        objective.setdefault(key, value)
    # Checks read no more of an indicator than its kind, and that is known.
    return frozenset(broken - {"indicator"} if kind is not None else broken)


def _kind_of(indicator: object) -> str | None:
    kinds = [kind for kind in indicator if kind in _SAMPLES] if isinstance(indicator, dict) else []
    return kinds[0] if len(kinds) == 1 else None


def _placeholder(index: int) -> dict[str, Any]:
    return {"name": f"faulty-{index}", "target": "99%", "indicator": {"probe": _SAMPLES["probe"]}}


def _take_out(data: Any, loc: Loc) -> None:
    for step in loc[:-1]:
        inner = data.get(step) if isinstance(data, dict) else None
        if isinstance(data, list) and isinstance(step, int):
            inner = data[step]
        data = data if inner is None else inner
    data.pop(loc[-1], None)
