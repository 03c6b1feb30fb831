"""Exclusions as records: what was declared and by whom, what each excluded, and why not more."""

from __future__ import annotations

from collections.abc import Iterable

from sla_monitor.compliance import declarations
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.declarations import Declared
from sla_monitor.compliance.exclusions import Applied, Origin, Rule
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.records import Record

Seen = tuple[Standing, Applied]
"""An exclusion as it applies to the window of one standing."""


def as_records(board: Board, agreement: str | None = None) -> list[Record]:
    """All that was ever declared, and what else touches the current windows and those before, in order of time."""
    seen = _by_rule(board)
    told = [_declared(one, seen.pop((one.said.agreement, one.rule.name), [])) for one in board.declared]
    told += [_agreed(name, pairs) for (name, _), found in seen.items() for pairs in _by_time(found)]
    chosen = (one for one in told if agreement in (None, one["agreement"]))
    return sorted(chosen, key=lambda one: (one["from"], one["agreement"], one["name"]))


def as_record(declared: Declared, board: Board) -> Record:
    """One that was declared."""
    seen = _by_rule(board).get((declared.said.agreement, declared.rule.name), [])
    return _declared(declared, seen)


def revoked_before(declared: Declared) -> str:
    """Why a second revocation changes nothing."""
    revoked = declared.revoked
    who = "" if revoked is None else f" by {revoked.author} at {rfc3339(revoked.at)}: {revoked.reason}"
    return f"Exclusion {declared.id} was revoked before{who}"


def reaching_back(agreement: Agreement, declared: Declared, now: int) -> str:
    """What somebody should know who declares something of the past; empty where it only touches open windows."""
    names = [
        f"{objective.name} {first.label if first == last else f'{first.label} to {last.label}'}"
        for objective, first, last in declarations.ended(agreement, declared.said, now)
    ]
    if not names:
        return ""
    return (
        f"It reaches into windows that have ended: {', '.join(names)}. "
        "A statement that was made of one stays as it is; only `sla-monitor restate` brings this into it."
    )


def _by_rule(board: Board) -> dict[tuple[str, str], list[Seen]]:
    found: dict[tuple[str, str], list[Seen]] = {}
    for entry in board.entries:
        for standing in filter(None, (entry.previous, entry.current)):
            for applied in standing.exclusions:
                found.setdefault((standing.agreement.name, applied.rule.name), []).append((standing, applied))
    return found


def _by_time(seen: Iterable[Seen]) -> Iterable[list[Seen]]:
    """Each time of a rule once, with all the windows that it touches alike."""
    found: dict[tuple[Span, Origin | None], list[Seen]] = {}
    for standing, applied in seen:
        found.setdefault((applied.span, applied.origin), []).append((standing, applied))
    return found.values()


def _declared(declared: Declared, seen: Iterable[Seen]) -> Record:
    said, revoked = declared.said, declared.revoked
    return {
        "id": declared.id,
        "agreement": said.agreement,
        **_rule(declared.rule, said.span),
        "author": said.author,
        "reason": said.reason,
        "declared_at": rfc3339(said.declared_at),
        "revoked": None
        if revoked is None
        else {"author": revoked.author, "reason": revoked.reason, "at": rfc3339(revoked.at)},
        "excluded": [_excluded(*one) for one in seen],
    }


def _agreed(agreement: str, seen: list[Seen]) -> Record:
    """The part of it that lies in the window."""
    applied = seen[0][1]
    return {
        "id": None,
        "agreement": agreement,
        **_rule(applied.rule, applied.span),
        "author": applied.origin.author if applied.origin else None,
        "reason": applied.origin.reason if applied.origin else None,
        "declared_at": None,
        "revoked": None,
        "excluded": [_excluded(*one) for one in seen],
    }


def _rule(rule: Rule, span: Span) -> Record:
    return {
        "name": rule.name,
        "category": rule.category,
        "effect": rule.effect.value,
        "from": rfc3339(span.start),
        "until": rfc3339(span.end),
        "objectives": None if rule.objectives is None else list(rule.objectives),
        "announced": None if rule.announced is None else rfc3339(rule.announced),
    }


def _excluded(standing: Standing, applied: Applied) -> Record:
    """`counted_seconds` lie in the population, whatever the effect; the window may be longer than what has passed."""
    return {
        "objective": standing.objective.name,
        "window": standing.window.label,
        "counted_seconds": applied.counted.seconds,
        "refused": [
            {"from": rfc3339(one.span.start), "until": rfc3339(one.span.end), "reason": one.reason}
            for one in applied.refused
        ],
    }
