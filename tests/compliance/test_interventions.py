"""What was declared and silenced, told whole in statements and read from them again."""

from __future__ import annotations

import json
from dataclasses import replace

from sla_monitor.compliance import interventions
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.exclusions import Effect, Once, Rule, Silenced
from sla_monitor.compliance.interventions import Interventions
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, AgreementName, ObjectiveName
from tests.compliance.specimens import agreement, objective

ACME = AgreementName("acme")
PLAIN = Declared(1, Declaration(ACME, Span(100, 200), "other", "ann", "a “disk”; swap", 50))
FULL = Declared(
    2,
    Declaration(ACME, Span(150, 300), "maintenance", "bert", "b", 60, Effect.GOOD, (ObjectiveName("a"),), 40),
    Revocation("carl", "wrong day", 70),
)
OTHERS = Declared(3, replace(PLAIN.said, agreement=AgreementName("other")))
WANTED = Matcher("sla_exclude", Operator.EQUAL, "true")
SILENCE = Silence(
    "s1",
    90_007,
    "http://am",
    (WANTED, Matcher("a", Operator.MATCHES_NOT, 'b"\\\n')),
    Span(90, 400),
    "dora",
    "c",
    90,
    91,
)
OTHER_SILENCE = replace(SILENCE, id="s2", matchers=())


def meaning() -> Agreement:
    rules = (Rule("quiet", "other", Silenced((WANTED,))), Rule("once", "other", Once(Span(0, 1))))
    return replace(agreement(objective()), exclusions=rules)


def test_only_what_the_agreement_means_in_the_time_is_told() -> None:
    known = Interventions((PLAIN, FULL, OTHERS), (SILENCE, OTHER_SILENCE))
    assert known.of(meaning(), Span(120, 160)) == Interventions((PLAIN, FULL), (SILENCE,))
    assert known.of(meaning(), Span(200, 250)) == Interventions((FULL,), (SILENCE,))
    assert known.of(meaning(), Span(0, 90)) == Interventions()
    assert known.of(agreement(objective()), Span(0, 500)).silences == ()


def test_what_a_statement_tells_is_read_from_it_again() -> None:
    told = Interventions((PLAIN, FULL), (SILENCE,))
    assert interventions.of_evidence(ACME, json.loads(json.dumps(told.evidence()))) == told
    assert interventions.of_evidence(ACME, Interventions().evidence()) == Interventions()
