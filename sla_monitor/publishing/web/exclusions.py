"""Service hours and exclusions in words: what was agreed, and what each of them excluded."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sla_monitor.compliance import amendments, declarations
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.exclusions import (
    Allowance,
    Applied,
    CalendarFile,
    Effect,
    Once,
    Queried,
    Recurring,
    Rule,
    Silenced,
    Uses,
)
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.publishing.web import rhythms, texts

EFFECTS = {Effect.DROP: "left out", Effect.GOOD: "counts as up"}


@dataclass(frozen=True, slots=True)
class Agreed:
    """A rule as it was agreed; `conditions` are sentences without an end."""

    name: str
    category: str
    effect: str
    when: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """One time of a rule in the window: what comes of it, and in `refused` of each part that does not count why not."""

    name: str
    category: str
    when: str
    said: str
    counted: str
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared at runtime; `revoked` is empty while it counts."""

    name: str
    category: str
    effect: str
    when: str
    said: str
    conditions: tuple[str, ...]
    revoked: str


def agreed(agreement: Agreement, at: int) -> tuple[Agreed, ...]:
    """Those in force at the instant."""
    zone = agreement.zone
    return tuple(
        Agreed(one.name, _category(one), EFFECTS[one.effect], _when(one, zone), tuple(_conditions(one, zone)))
        for one in amendments.exclusions_in_force(agreement, at)
    )


def declared(agreement: Agreement, board: Board) -> tuple[Declared, ...]:
    """All that ever was, the last first."""
    found = (one for one in reversed(board.declared) if one.said.agreement == agreement.name)
    return tuple(_declared(one, agreement.zone) for one in found)


def excluded(standing: Standing) -> tuple[Excluded, ...]:
    """All that touch the window, also those to come."""
    return tuple(_excluded(one, standing) for one in standing.exclusions)


def hours(objective: Objective) -> str:
    if objective.hours is None:
        return "24/7"
    days = f", public holidays of {objective.hours.holidays}" if objective.hours.holidays else ""
    return f"{objective.hours.text}{days}"


def _excluded(applied: Applied, standing: Standing) -> Excluded:
    rule, zone = applied.rule, standing.agreement.zone
    counted, coming = applied.counted.seconds, applied.span.start >= standing.at
    return Excluded(
        name=rule.name,
        category=_category(rule),
        when=_span(applied.span, zone),
        said="" if applied.origin is None else f"{applied.origin.author}: {applied.origin.reason}",
        counted=_counted(counted, rule.effect, coming=coming),
        refused=tuple(f"{texts.duration(one.span.seconds)} refused: {one.reason}" for one in applied.refused),
    )


def _counted(seconds: int, effect: Effect, *, coming: bool) -> str:
    if not seconds:
        return f"nothing {EFFECTS[effect]}"
    to_come = {Effect.DROP: "will be left out", Effect.GOOD: "will count as up"}
    return f"{texts.duration(seconds)} {(to_come if coming else EFFECTS)[effect]}"


def _declared(declared: declarations.Declared, zone: ZoneInfo) -> Declared:
    rule, said, revoked = declared.rule, declared.said, declared.revoked
    return Declared(
        name=rule.name,
        category=_category(rule),
        effect=EFFECTS[rule.effect],
        when=_span(said.span, zone),
        said=f"{said.author}: {said.reason}",
        conditions=(f"declared {texts.moment(said.declared_at, zone)}", *_conditions(rule, zone)),
        revoked=""
        if revoked is None
        else f"revoked {texts.moment(revoked.at, zone)} by {revoked.author}: {revoked.reason}",
    )


def _category(rule: Rule) -> str:
    return rule.category.replace("-", " ")


def _when(rule: Rule, zone: ZoneInfo) -> str:
    match rule.during:
        case Once(span=span):
            return _span(span, zone)
        case Recurring(rule=text, anchor=anchor, length=length):
            return f"{texts.duration(length)}, {rhythms.words(text, anchor)}"
        case CalendarFile(name=name):
            return f"the events of {name}"
        case Queried(query=query):
            return f"while {query}"
        case Silenced(matchers):
            return f"while an Alertmanager silences {', '.join(map(str, matchers))}"


def _conditions(rule: Rule, zone: ZoneInfo) -> list[str]:
    said = []
    if rule.objectives is not None:
        said.append(f"for {', '.join(rule.objectives)} only")
    if rule.announced is not None:
        said.append(f"announced {texts.moment(rule.announced, zone)}")
    if rule.notice is not None:
        said.append(f"to be announced {texts.duration(rule.notice)} before")
    if rule.allowance is not None:
        said.append(_allowed(rule.allowance))
    return said


def _allowed(allowance: Allowance) -> str:
    what = " of downtime" if allowance.uses is Uses.DOWNTIME else ""
    return f"at most {texts.duration(allowance.seconds)}{what} a {allowance.per.value}"


def _span(span: Span, zone: ZoneInfo) -> str:
    return f"{texts.moment(span.start, zone)} – {texts.moment(span.end, zone)}"
