"""A statement in words and figures, ready to be laid out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.statements import Statement
from sla_monitor.publishing.statements import promises
from sla_monitor.publishing.statements.promises import Fact, Promise, Table
from sla_monitor.publishing.web import panels, texts
from sla_monitor.publishing.web.panels import Badge

KINDS = {
    "customer": "Service level statement",
    "internal": "Operational level statement",
    "supplier": "Statement on an underpinning contract",
}
SHOWN = 60
"""Longer values of a difference are cut; the JSON has them whole."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was asked of a source for a measurement, and the slices that came of it."""

    name: str
    facts: tuple[Fact, ...]
    queries: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Restated:
    reason: str
    author: str
    difference: Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """`restated` None: it is the first version."""

    kind: str
    title: str
    name: str
    number: str
    period: str
    worst: Badge
    facts: tuple[Fact, ...]
    promises: tuple[Promise, ...]
    restated: Restated | None
    measured: tuple[Measured, ...]
    evidence: tuple[Fact, ...]
    text: str
    sha256: str


def sheet(statement: Statement) -> Sheet:
    content = statement.content
    zone, window = periods.zone_of(content["window"]["timezone"]), content["window"]
    made = [promises.promise(account, window, zone) for account in content["objectives"]]
    return Sheet(
        kind=KINDS[content["parties"]["type"]],
        title=content["parties"]["title"],
        name=statement.name,
        number=number(statement),
        period=texts.window(statement.window, zone),
        worst=worst(content),
        facts=_facts(statement, zone),
        promises=tuple(made),
        restated=None if content["restatement"] is None else _restated(content["restatement"]),
        measured=tuple(_measured(told, content, zone) for told in content["evidence"]["slices"]),
        evidence=_evidence(statement),
        text=content["evidence"]["agreement"]["text"],
        sha256=statement.sha256,
    )


def worst(content: Record) -> Badge:
    """The verdict that asks for most attention."""
    statuses = [Status(account["status"]) for account in content["objectives"]]
    return panels.badge(min(statuses, key=panels.SEVERITY.__getitem__, default=Status.UNKNOWN))


def number(statement: Statement) -> str:
    """`No. 3, version 2`."""
    version = "" if statement.version == 1 else f", version {statement.version}"
    return f"No. {statement.number}{version}"


def _facts(statement: Statement, zone: ZoneInfo) -> tuple[Fact, ...]:
    content, span = statement.content, statement.window.span
    parties = content["parties"]
    ends = f"{texts.moment(span.start, zone)} – {texts.moment(span.end, zone)}"
    told = (
        ("Provider", parties["provider"]),
        ("Customer", parties["customer"]),
        ("Service", parties["service"]),
        ("Scope", parties["scope"]),
        ("Restrictions", "; ".join(parties["restrictions"])),
        ("Reference", parties["reference"]),
        ("Agreement", content["agreement"]),
        ("Period", f"{statement.window.kind} {statement.window.label}: {ends}"),
        ("Time zone", zone.key),
        ("Issued", promises.moment(content["made_at"], zone)),
    )
    return tuple((name, text) for name, text in told if text)


def _restated(told: Record) -> Restated:
    rows = [(one["field"], _value(one["before"]), _value(one["after"])) for one in told["difference"]]
    head = ("What", "Before", "Now")
    more = max(0, len(rows) - promises.MOST)
    return Restated(told["reason"], told["author"], Table(head, tuple(rows[: promises.MOST]), more))


def _value(value: object) -> str:
    text = promises.NOTHING if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _measured(told: Record, content: Record, zone: ZoneInfo) -> Measured:
    users = [one["objective"] for one in content["objectives"] if told["measurement"] in one["measurements"]]
    return Measured(
        name=", ".join(users),
        facts=(
            ("Source", told["source"]),
            ("Slices", f"{told['count']:,} of {texts.duration(told['slice_seconds'])} each"),
            ("Over", f"{promises.moment(told['from'], zone)} – {promises.moment(told['until'], zone)}"),
            ("SHA-256 of the slices", told["sha256"]),
            ("Measurement", told["measurement"]),
        ),
        queries=tuple((_asked(one), one["query"]) for one in told["queries"]),
    )


def _asked(told: Record) -> str:
    where = "at its end" if told["at"] == "end" else "at its start"
    return f"{told['part']}, every {texts.duration(told['step_seconds'])}, {where}"


def _evidence(statement: Statement) -> tuple[Fact, ...]:
    content = statement.content
    evidence, program = content["evidence"], content["program"]
    return (
        ("SHA-256 of this statement", statement.sha256),
        ("SHA-256 of the one before it", statement.previous or "none: it is the first"),
        ("SHA-256 of the agreement", evidence["agreement"]["sha256"]),
        *((f"SHA-256 of {one['name']}", one["sha256"]) for one in evidence["calendars"]),
        ("Made by", f"{program['name']} {program['version']}"),
    )
