"""What people brought about while an agreement ran, as statements tell it: declarations, and silences that it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sla_monitor.compliance import amendments
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.exclusions import Effect, Silenced
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.periods import parse_instant, rfc3339, zone_of
from sla_monitor.compliance.silences import Silence, matcher_of, meant
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, AgreementName, ObjectiveName

UTC = zone_of("UTC")
GONE, OTHERWISE, LEFT_OUT = "is gone", "is otherwise", "was known, and is left out"
"""What may have become of something that a statement tells."""


@dataclass(frozen=True, slots=True)
class Interventions:
    """None of it is in the agreement, so a statement tells it whole: it can be recomputed from that alone."""

    declared: tuple[Declared, ...] = ()
    silences: tuple[Silence, ...] = ()

    def of(self, agreement: Agreement, span: Span) -> Interventions:
        """Those that the agreement means, and that touch the span; also what was revoked."""
        wanted = [
            rule.during.matchers for rule in amendments.all_exclusions(agreement) if isinstance(rule.during, Silenced)
        ]
        declared = (one for one in self.declared if one.said.agreement == agreement.name)
        silenced = (one for one in self.silences if any(meant(matchers, one) for matchers in wanted))
        return Interventions(
            tuple(one for one in declared if one.said.span.intersect(span).seconds),
            tuple(one for one in silenced if one.span.intersect(span).seconds),
        )

    def differing(self, known: Interventions, at: int) -> Iterator[tuple[str, str]]:
        """What of this, told by a statement made at the instant, is otherwise in what is known: which, and how."""
        held = {one.id: _as_of(one, at) for one in known.declared}
        for told in self.declared:
            if held.get(told.id) != _as_of(told, at):
                yield f"exclusion {told.id}", OTHERWISE if told.id in held else GONE
        for number in sorted(held.keys() - {one.id for one in self.declared}):
            if held[number].said.declared_at < at:  # of the same second nobody can tell
                yield f"exclusion {number}", LEFT_OUT
        seen = {one.id: one for one in known.silences}
        for silence in self.silences:
            if seen.get(silence.id) != silence:
                yield f"the silence {silence.id}", OTHERWISE if silence.id in seen else GONE
        for name in sorted(seen.keys() - {one.id for one in self.silences}):
            if seen[name].seen_at < at:
                yield f"the silence {name}", LEFT_OUT

    def evidence(self) -> Record:
        return {
            "declared": [_declared(one) for one in self.declared],
            "silences": [_silence(one) for one in self.silences],
        }


def _as_of(declared: Declared, at: int) -> Declared:
    """Before it was revoked, if that came later."""
    revoked = declared.revoked
    return replace(declared, revoked=None) if revoked is not None and revoked.at >= at else declared


def of_evidence(agreement: AgreementName, evidence: Mapping[str, list[Record]]) -> Interventions:
    """As a statement tells it."""
    return Interventions(
        tuple(_declared_of(agreement, one) for one in evidence["declared"]),
        tuple(_silence_of(one) for one in evidence["silences"]),
    )


def _declared(declared: Declared) -> Record:
    said, revoked = declared.said, declared.revoked
    return {
        "name": declared.rule.name,
        "id": declared.id,
        **_span(said.span),
        "category": said.category,
        "effect": said.effect.value,
        "objectives": None if said.objectives is None else list(said.objectives),
        "author": said.author,
        "reason": said.reason,
        "announced": None if said.announced is None else rfc3339(said.announced),
        "declared_at": rfc3339(said.declared_at),
        "revoked": None
        if revoked is None
        else {"author": revoked.author, "reason": revoked.reason, "at": rfc3339(revoked.at)},
    }


def _declared_of(agreement: AgreementName, told: Record) -> Declared:
    objectives, announced, revoked = told["objectives"], told["announced"], told["revoked"]
    said = Declaration(
        agreement=agreement,
        span=_span_of(told),
        category=told["category"],
        author=told["author"],
        reason=told["reason"],
        declared_at=_instant(told["declared_at"]),
        effect=Effect(told["effect"]),
        objectives=None if objectives is None else tuple(map(ObjectiveName, objectives)),
        announced=None if announced is None else _instant(announced),
    )
    taken_back = revoked and Revocation(revoked["author"], revoked["reason"], _instant(revoked["at"]))
    return Declared(told["id"], said, taken_back)


def _silence(silence: Silence) -> Record:
    return {
        "name": silence.id,
        "updated_ms": silence.updated_ms,
        "alertmanager": silence.alertmanager,
        "matchers": [str(matcher) for matcher in silence.matchers],
        **_span(silence.span),
        "author": silence.author,
        "comment": silence.comment,
        "announced": rfc3339(silence.announced),
        "seen_at": rfc3339(silence.seen_at),
    }


def _silence_of(told: Record) -> Silence:
    return Silence(
        id=told["name"],
        updated_ms=told["updated_ms"],
        alertmanager=told["alertmanager"],
        matchers=tuple(matcher_of(text) for text in told["matchers"]),
        span=_span_of(told),
        author=told["author"],
        comment=told["comment"],
        announced=_instant(told["announced"]),
        seen_at=_instant(told["seen_at"]),
    )


def _span(span: Span) -> Record:
    return {"from": rfc3339(span.start), "until": rfc3339(span.end)}


def _span_of(told: Record) -> Span:
    return Span(_instant(told["from"]), _instant(told["until"]))


def _instant(text: str) -> int:
    return parse_instant(text, UTC)
