"""What was declared and silenced, told whole in statements and read from them again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

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


REVOKED_LATER = replace(PLAIN, revoked=Revocation("carl", "late", 110))
MORE = replace(FULL, id=9)
DIFFERING = {
    "all as it was": ((PLAIN, FULL), (SILENCE,), []),
    "revoked afterwards": ((REVOKED_LATER, FULL), (SILENCE,), []),
    "declared afterwards": (
        (PLAIN, FULL, replace(MORE, said=replace(MORE.said, declared_at=110))), (SILENCE,), [],
    ),
    "one is gone": ((FULL,), (SILENCE,), [("exclusion 1", interventions.GONE)]),
    "one says something else": (
        (replace(PLAIN, said=replace(PLAIN.said, author="eve")), FULL), (SILENCE,),
        [("exclusion 1", interventions.OTHERWISE)],
    ),
    "a revocation is gone": (
        (PLAIN, replace(FULL, revoked=None)), (SILENCE,), [("exclusion 2", interventions.OTHERWISE)],
    ),
    "one is there that was left out": (
        (PLAIN, FULL, MORE), (SILENCE,), [("exclusion 9", interventions.LEFT_OUT)],
    ),
    "a silence is gone": ((PLAIN, FULL), (), [("the silence s1", interventions.GONE)]),
    "a silence says something else": (
        (PLAIN, FULL), (replace(SILENCE, comment="d"),), [("the silence s1", interventions.OTHERWISE)],
    ),
    "a silence is there that was left out": (
        (PLAIN, FULL), (SILENCE, OTHER_SILENCE), [("the silence s2", interventions.LEFT_OUT)],
    ),
    "a silence was seen in the same second": (
        (PLAIN, FULL), (SILENCE, replace(OTHER_SILENCE, seen_at=100)), [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "silences", "expected"), DIFFERING.values(), ids=DIFFERING)
def test_what_a_statement_told_is_held_against_what_is_known(
    declared: tuple[Declared, ...], silences: tuple[Silence, ...], expected: list[tuple[str, str]]
) -> None:
    told = Interventions((PLAIN, FULL), (SILENCE,))
    assert list(told.differing(Interventions(declared, silences), at=100)) == expected
