"""The page about methods is true: every example is read from it and judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from sla_monitor.agreements.schema.methods import METHODS
from sla_monitor.compliance.standings import Standing
from tests.catalogue.paths import judged, reading_of
from tests.catalogue.scenarios import TEN_O_CLOCK, Amounts, Events, Facts, States, Values

PAGE = (Path(__file__).parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
TABLE = re.compile(r"((?:^\|.*\|\n)+)", re.MULTILINE)
INDICATORS = {
    States: {"probe": {"series": "up"}},
    Events: {"ratio": {"bad": "bad_total", "total": "all_total"}},
    Values: {"value": {"query": "latency"}},
    Amounts: {"amount": {"counter": "leads_total"}},
}
HALVES = {"down": Fraction(1), "a quarter down": Fraction(1, 4)}


@dataclass(frozen=True)
class Example:
    """Rows of what happened, and a row of what comes of it."""

    facts: tuple[tuple[str, ...], ...]
    keys: str
    result: str


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()]


def examples() -> Iterator[Example]:
    facts: tuple[tuple[str, ...], ...] = ()
    for table in TABLE.findall(PAGE):
        head, _, *found = rows(table)
        if head[0] == "from":
            facts = tuple(found)
        elif head[0] == "agreement":
            yield from (Example(facts, keys, result) for keys, _, result in found)


EXAMPLES = list(examples())


def offset(text: str) -> int:
    hour, minute, second = (int(part) for part in [*text.split(":"), "0"][:3])
    return (hour - 10) * 3600 + minute * 60 + second


def facts_of(example: Example) -> Facts:
    """The first row that says something of an instant says it."""
    told = [row for row in example.facts if row[2] not in ("maintenance", "the term begins")]
    spans = [(offset(row[0]), offset(row[1]) - offset(row[0]), row[2]) for row in told if row[0] != "else"]
    unknown = tuple((at, long) for at, long, what in spans if what == "unknown")
    known = [one for one in reversed(spans) if one[2] != "unknown"]
    usual = next((row[2] for row in told if row[0] == "else"), "")
    word = known[0][2]
    if word in HALVES:
        return States(tuple((at, long, HALVES[what]) for at, long, what in known), unknown, step=10)
    if word.endswith("more"):
        return Amounts(tuple((at, long, int(what.split()[0])) for at, long, what in known), unknown)
    if word.endswith("ms"):
        odd = tuple((at, long, Fraction(what.split()[0]) / 1000) for at, long, what in known)
        return Values(odd, unknown, usual=Fraction(usual.split()[0]) / 1000)
    return Events(tuple((at, long, counts(what)) for at, long, what in known), unknown, usual=counts(usual))


def counts(what: str) -> tuple[int, int]:
    bad, total = re.findall(r"\d+", what)
    return int(bad), int(total)


def agreement_of(example: Example, facts: Facts) -> str:
    keys = yaml.safe_load("\n".join(re.findall(r"`([^`]*)`", example.keys)))
    effect = keys.pop("effect", "drop")
    method = keys["method"] if isinstance(keys["method"], str) else next(iter(keys["method"]))
    target = {"events": "50%", "time": "50%", "intervals": "50%", "total": ">= 1"}.get(method, "<= 1h")
    objective = {"name": "example", "window": "hour", "target": target, "indicator": INDICATORS[type(facts)], **keys}
    spec = {"customer": "Acme", "objectives": [objective]}
    for begin, end, what in example.facts:
        if what == "the term begins":
            spec["term"] = {"from": instant(begin)}
        if what == "maintenance":
            during = {"from": instant(begin), "until": instant(end)}
            spec["exclusions"] = [{"name": "maintenance", "during": during, "effect": effect}]
    whole = {"apiVersion": "sla-monitor/v1", "kind": "Agreement", "metadata": {"name": "example"}, "spec": spec}
    return yaml.safe_dump(whole)


def instant(text: str) -> str:
    return f"2026-04-02T{text if text.count(':') == 2 else f'{text}:00'}Z"


def standing_of(example: Example, folder: Path) -> Standing:
    facts = facts_of(example)
    agreement = reading_of(agreement_of(example, facts), folder / "example.yaml")
    return judged(agreement, facts, TEN_O_CLOCK)


def reckoned(text: str) -> Fraction:
    """`1 − 250/5500` and the like, exactly."""
    exact = re.sub(r"[\d.]+", lambda number: f"Fraction('{number[0]}')", text.replace("−", "-").replace("·", "*"))
    assert not re.search(r"[^-\d.+*/() Fraction']", exact), text
    return Fraction(eval(exact, {"Fraction": Fraction}))  # noqa: S307 - a page of this repository, checked above


def cut(value: Fraction) -> Fraction:
    return Fraction(int(value * 10_000), 10_000)


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{one.keys} {one.result}" for one in EXAMPLES])
def test_every_example_is_so(example: Example, tmp_path: Path):
    standing = standing_of(example, tmp_path)
    reckoning, _, shown = example.result.partition(" = ")
    number, _, unit = shown.partition(" ")

    found = standing.attainment if unit == "%" else standing.value
    assert found is not None
    times = {"%": 100, "ms": 1000}.get(unit, 1)
    assert found * (times if unit == "ms" else 1) == reckoned(reckoning)
    assert cut(found * times) == Fraction(number)


def test_every_method_has_an_example():
    used = {name for one in EXAMPLES for name in METHODS if re.search(rf"method: \{{?{name}\b", one.keys)}

    assert used == set(METHODS)
