"""Contracts that providers have published, each as an agreement.

Every figure is data (`published/*.yaml`), as published when it was read; the words around it are in `shapes/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from sla_monitor.agreements.library import writing

_FOLDER = resources.files("sla_monitor.agreements.library") / "published"
_UNSAID: dict[str, Any] = {
    "type": "supplier", "customer": "Your company", "zone": None, "noun": "requests", "effect": None,
    **dict.fromkeys(
        ("months", "unsure", "note", "credits", "paid", "claim", "excluded", "exclusions", "excluding"),
    ),
}  # fmt: skip
"""What a contract says unless it, or its provider, says otherwise."""
_HOW = {
    "primary": "Published: {url}. Read in the provider's own text: {seen}.",
    "mirror": "Published: {url}. Read in a copy of the text: {seen}.",
    "secondary": "NOT VERIFIED, from secondary sources: {seen}. See {url}.",
    "memory": "NOT VERIFIED, from memory: {seen}. See {url}.",
}


@cache
def contracts() -> Mapping[str, Mapping[str, Any]]:
    """Every published contract by its name, in the order of the files."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(_FOLDER.iterdir(), key=lambda file: file.name):
        # The base loader leaves every figure the text it is: 99.90 is no float.
        data = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - it makes texts only
        for name, contract in data["contracts"].items():
            found[name] = {**_UNSAID, **data["providers"][contract["provider"]], **contract}
    return found


def published(name: str) -> str:
    """The agreement of a published contract. KeyError where there is none of that name."""
    contract = contracts()[name]
    text = (
        _environment()
        .get_template("contract.yaml.jinja")
        .render(
            name=name,
            c=contract,
            o=contract["objective"],
            title=title(contract),
            origin=_origin(contract),
            effect=_effect(contract),
            claim=_claim(contract),
            credits=_credits(contract),
        )
    )
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines() if line.strip())


def title(contract: Mapping[str, Any]) -> str:
    """Whose contract it is, and what it promises."""
    return f"{contract['name']} {contract['service']}: {contract['promise']}"


def _origin(contract: Mapping[str, Any]) -> str:
    told = _HOW[contract["how"]].format_map(contract)
    return f"{told} Not verified in it: {', '.join(contract['unsure'])}." if contract["unsure"] else told


def _effect(contract: Mapping[str, Any]) -> str:
    declared = "No metric tells of these: declare each as an exclusion when it happened, with"
    match contract["effect"]:
        case "drop":
            return f"{declared} `effect: drop`, for it leaves the time that was promised."
        case "good":
            return f"{declared} `effect: good`, for it is not counted as downtime and stays in the window."
        case _:
            return f"{declared} `effect: good`: the text, as far as it was read, only says that it is no downtime."


def _claim(contract: Mapping[str, Any]) -> str:
    match contract["claim"]:
        case {"within": _, "said": said}:
            return f"Claim {said}."
        case {"within": within}:
            return f"Claim within {within} of the window's end."
        case {"said": said}:
            return f"Claim {said}: claimWithin counts from the window's end and would tell too late a day."
        case _:
            return ""


def _credits(contract: Mapping[str, Any]) -> dict[str, Any]:
    within = (contract["claim"] or {}).get("within")
    return {**(contract["credits"] or {}), **({"claimWithin": within} if within else {})}


@cache
def _environment() -> Environment:
    made = Environment(  # noqa: S701 - what it writes is YAML
        loader=PackageLoader("sla_monitor.agreements.library", "shapes"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        flow=writing.flow, block=writing.block, comment=writing.comment, lasting=writing.lasting,
        article=writing.article, sentence=writing.sentence, onlykey=_only_key,
    )  # fmt: skip
    return made


def _only_key(value: str | Mapping[str, Any]) -> str:
    return value if isinstance(value, str) else next(iter(value))
