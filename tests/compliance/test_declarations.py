"""A declaration as the rule it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sla_monitor.compliance import declarations
from sla_monitor.compliance.declarations import Asked, Declaration, Declared
from sla_monitor.compliance.exclusions import CATEGORIES, Applied, Effect, Once, Origin, Rule, apply
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from tests.compliance.specimens import agreement, instant, objective
from tests.compliance.test_exclusions import DAY, UTC

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


PROMISES = tuple(
    objective("99", name=ObjectiveName(name), window=window)
    for name, window in (
        ("monthly", Calendar(Unit.MONTH)),
        ("daily", Calendar(Unit.DAY)),
        ("lately", Rolling(DAY, "1d")),
    )
)
AGREED = agreement(*PROMISES, term=Span(instant("2026-02-10T00:00Z"), FOREVER))
NOW = instant("2026-04-10T12:00Z")


def reaching(start: str, until: str, only: tuple[str, ...] | None = None) -> list[tuple[str, str, str]]:
    """Objective, first and last window that had ended."""
    span = Span(instant(start), instant(until))
    said = replace(SAID, span=span, objectives=only and tuple(map(ObjectiveName, only)))
    return [(o.name, first.label, last.label) for o, first, last in declarations.ended(AGREED, said, NOW)]


@pytest.mark.parametrize(
    ("sentence", "start", "until", "expected"),
    [
        ("what is to come", "2026-04-11T00:00Z", "2026-04-12T00:00Z", []),
        ("today", "2026-04-10T10:00Z", "2026-04-10T11:00Z", []),
        ("its first second", "2026-04-08T10:00Z", "2026-04-09T00:00:01Z", [("daily", "2026-04-08", "2026-04-09")]),
        ("yesterday", "2026-04-09T10:00Z", "2026-04-09T11:00Z", [("daily", "2026-04-09", "2026-04-09")]),
        (
            "since last month, and on",
            "2026-03-31T23:00Z",
            "2026-05-01T00:00Z",
            [
                ("monthly", "2026-03", "2026-03"),
                ("daily", "2026-03-31", "2026-04-09"),
                ("lately", "2026-03", "2026-03"),
            ],
        ),
        (
            "all of the term",
            "2020-01-01T00:00Z",
            "2026-03-01T00:00Z",
            [
                ("monthly", "2026-02", "2026-02"),
                ("daily", "2026-02-10", "2026-02-28"),
                ("lately", "2026-02", "2026-02"),
            ],
        ),
        ("before the term", "2020-01-01T00:00Z", "2020-01-02T00:00Z", []),
    ],
)
def test_which_windows_had_ended(sentence: str, start: str, until: str, expected: list[tuple[str, str, str]]) -> None:
    assert reaching(start, until) == expected, sentence


def test_only_windows_of_the_objectives_it_is_for() -> None:
    assert reaching("2026-04-09T10:00Z", "2026-04-09T11:00Z", ("monthly",)) == []
    assert reaching("2026-03-09T10:00Z", "2026-03-09T11:00Z", ("monthly",)) == [("monthly", "2026-03", "2026-03")]


SOUND = Asked("2026-04-01", "2026-04-02T01:00:00+02:00", "other", " ann ", " why ", announced="2026-03-01")


def test_what_was_asked_is_declared() -> None:
    assert declarations.declare(AGREED, SOUND, NOW) == Declaration(
        AgreementName("acme"),
        Span(instant("2026-04-01T00:00Z"), instant("2026-04-01T23:00Z")),
        "other",
        "ann",
        "why",
        NOW,
        announced=instant("2026-03-01T00:00Z"),
    )
    only = replace(SOUND, objectives=("daily",), effect="good", announced=None)
    found = declarations.declare(AGREED, only, NOW)
    assert isinstance(found, Declaration)
    assert (found.objectives, found.effect, found.announced) == (("daily",), Effect.GOOD, None)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"start": "x"}, ["from: not a date or an RFC 3339 instant: 'x'"]),
        ({"until": "2026-04-01"}, ["until: the exclusion ends before it begins"]),
        ({"category": "x" * 41}, [f"category: {'x' * 40!r} is not one of: {', '.join(CATEGORIES)}"]),
        ({"effect": "x"}, ["effect: 'x' is not one of: drop, good"]),
        ({"objectives": ("x",)}, ["objectives: acme has no objective called 'x'; it has monthly, daily, lately"]),
        ({"objectives": ()}, ["objectives: none is named; leave it out to mean all"]),
        ({"announced": "2026-04-11"}, ["announced: what is still to come was not announced yet"]),
        ({"author": " ", "reason": ""}, ["author: must not be blank", "reason: must not be blank"]),
        ({"reason": "a\x00b"}, ["reason: one line of at most 1000 letters"]),
        ({"author": "a" * 1001}, ["author: one line of at most 1000 letters"]),
    ],
)
def test_what_cannot_be_declared(changes: dict[str, Any], told: list[str]) -> None:
    assert declarations.declare(AGREED, replace(SOUND, **changes), NOW) == told
