"""A declaration as the rule it makes."""

from __future__ import annotations

from sla_monitor.compliance.declarations import Declaration, Declared
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Origin, Rule, apply
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from tests.compliance.test_exclusions import UTC

SAID = Declaration(
    AgreementName("acme"),
    Span(100, 200),
    "third-party",
    "ann",
    "the provider of our provider",
    declared_at=150,
    effect=Effect.GOOD,
    objectives=(ObjectiveName("latency"),),
    announced=140,
)


def test_a_declaration_applies_once_and_tells_who_made_it() -> None:
    rule = Rule("declared-7", "third-party", Once(SAID.span), Effect.GOOD, announced=140, objectives=("latency",))
    assert Declared(7, SAID).rule == rule
    (found,) = apply([Declared(7, SAID).occurrence], Spans.of([Span(0, FOREVER)]), UTC)
    assert found == Applied(rule, SAID.span, Spans.of([SAID.span]), (), Origin("ann", "the provider of our provider"))
