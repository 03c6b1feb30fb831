"""Statements: canonical, numbered, chained; and how one version differs from another."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance import accounts, judgements, notations, statements
from sla_monitor.compliance.documents import Kind, documents_of
from sla_monitor.compliance.exclusions import Applied, CalendarFile, Effect, Once, Origin, Refusal, Rule
from sla_monitor.compliance.incidents import Incident
from sla_monitor.compliance.methods import Method, Spells, Stat, Statistic
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, window_at
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import CreditTier, Days, Flat, Minimum, Money, Remedy, Tiered
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import cells_of
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.statements import Draft, Statement
from sla_monitor.compliance.terms import Agreement, Amendment, Document, Hours, NoData, Objective, Policy
from tests.compliance.specimens import EVENTS, agreement, instant, measured, objective

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN, END = instant("2026-09-30T22:00Z"), instant("2026-10-31T23:00Z")
DAY = 86_400
OCTOBER = window_at(Calendar(Unit.MONTH), BERLIN, BEGIN)
ONCE = Rule("upgrade", "maintenance", Once(Span(BEGIN + 600, BEGIN + 1200)))
APPLIED = Applied(
    ONCE,
    Span(BEGIN, BEGIN + 240),
    Spans.of([Span(BEGIN, BEGIN + 60)]),
    (Refusal(Span(BEGIN + 60, BEGIN + 240), "late"),),
)
WHOLE = Spans.of([Span(BEGIN, END)])


def contract(*promises: Objective, **changes: Any) -> Agreement:
    made = agreement(*(promises or (objective(),)), zone=BERLIN)
    return replace(
        made, **{"title": "Payments", "reference": "MSA-1", "document": Document("a.yaml", 1, "kind: …\n"), **changes}
    )


def standing(made: Agreement, schedule: Schedule | None = None) -> Standing:
    """Ten minutes known, of which 1 of 3000 events is bad; nothing else."""
    held = measured([(BEGIN + at * 60, 299.0 if at == 3 else 300.0, 300.0, 60) for at in range(10)])
    cells = {EVENTS.key: cells_of(held)}
    return judgements.judge(made, made.objectives[0], OCTOBER, END, cells, schedule=schedule or Schedule())


def account(made: Agreement, **changes: Any) -> dict[str, Any]:
    return accounts.account_of(replace(standing(made), **changes), WHOLE, [EVENTS.key])


def draft(made: Agreement | None = None, **changes: Any) -> Draft:
    made = made or contract()
    evidence = {"agreement": "0" * 64, "slices": []}
    return statements.drafted(made, OCTOBER, [account(made, **changes)], evidence, made_at=END + DAY, program="1.2.3")


def test_an_account_tells_every_amount_exactly() -> None:
    told = account(contract(objective(no_data=NoData.EXCLUDE)))
    seconds = END - BEGIN
    assert (told["objective"], told["status"], told["measurements"]) == ("availability", "met", [EVENTS.key])
    assert (told["good"], told["total"], told["bad"]) == ("2999", "3000", "1")
    assert told["attainment"] == "2999/3000"
    assert Fraction(told["percent"]) == Fraction(2999, 30)
    assert told["coverage"] == notations.exact(Fraction(600, seconds))
    assert (told["known_seconds"], told["unknown_seconds"], told["unmeasured_seconds"]) == (600, seconds - 600, 0)
    assert told["budget"] == {"allowed": "3", "used": "1", "remaining": "2", "remaining_ratio": "2/3"}
    assert told["reason"].startswith("99.966666 % ≥ 99.9 %")
    assert (told["credit"], told["exclusions"], told["amendments"]) == (None, [], [])
    assert told["terms"] == {
        "comparison": ">=", "target": "0.999", "warn_at": None, "method": "events", "unit": "events", "rolling": None,
        "statistic": None, "is_share": True, "shown_in": "",
        "rounding": None, "no_data": "exclude", "min_coverage": "0.9", "partial_window": "prorate",
        "service_hours": "24/7", "holidays": "",
    }  # fmt: skip


STATISTICS = {
    "95": Stat(Statistic.PERCENTILE, p=Fraction(95)),
    "longest": Spells(),
    None: Stat(Statistic.MEAN),
}


@pytest.mark.parametrize(("told", "method"), STATISTICS.items())
def test_an_account_tells_which_statistic_was_promised(told: str | None, method: Method) -> None:
    whole = replace(standing(contract()), objective=objective(method=method, shown_in="s"))
    terms = accounts.account_of(whole, WHOLE, [])["terms"]
    assert (terms["statistic"], terms["is_share"], terms["shown_in"]) == (told, False, "s")


def test_an_account_tells_of_terms_that_were_agreed() -> None:
    promise = objective(
        warn_at=Fraction(9995, 10_000),
        rounding=Rounding(2, RoundingMode.DOWN),
        hours=Hours("Mo-Fr 08:00-18:00", "DE"),
        window=Rolling(30 * DAY, "30d"),
    )
    terms = account(contract(promise))["terms"]
    assert (terms["warn_at"], terms["rounding"]) == ("0.9995", {"digits": 2, "mode": "down"})
    assert (terms["service_hours"], terms["holidays"], terms["rolling"]) == ("Mo-Fr 08:00-18:00", "DE", "30d")


def test_of_a_window_without_data_nothing_is_told_but_that() -> None:
    """Three hours were never asked for; the rest was, and nobody knew."""
    made = contract()
    empty = judgements.judge(made, made.objectives[0], OCTOBER, END, {EVENTS.key: cells_of(measured([]))})
    told = accounts.account_of(empty, Spans.of([Span(BEGIN + 3 * 3600, END)]), [EVENTS.key])
    assert (told["status"], told["attainment"], told["percent"]) == ("unknown", None, None)
    assert (told["bounds"], told["coverage"], told["unmeasured_seconds"]) == (["0", "1"], "0", 3 * 3600)
    skipped = replace(empty, bounds=None)
    assert accounts.account_of(skipped, WHOLE, [])["bounds"] is None


PLAIN = {"termination": False, "condition": None, "unknown_windows": 0}
CREDITS = {
    "a share, to be claimed": (
        Remedy(Tiered((CreditTier(Fraction(1), Fraction(1, 10)),)), of="monthly fee", claim=Lapse("30 days", days=30)),
        {"ratio": "0.1", "days": None, "of": "monthly fee", "claim_until": "2026-11-30T23:00:00Z"} | PLAIN,
    ),
    "days": (
        Remedy(Tiered((CreditTier(Fraction(1), Days(Fraction(3))),))),
        {"ratio": "3/31", "days": "3", "of": "", "claim_until": None} | PLAIN,
    ),
    "nothing is owed": (
        Remedy(Flat(Fraction(1, 10)), of="fee"),
        {"ratio": "0", "days": None, "of": "fee", "claim_until": None} | PLAIN,
    ),
    "a least amount of money": (
        Remedy(
            Tiered((CreditTier(Fraction(1), Fraction(1, 10)),)),
            minimum=Minimum(Comparison.GT, Money(Fraction(3, 2), "USD")),
        ),
        {"ratio": "0.1", "days": None, "of": "", "claim_until": None}
        | PLAIN
        | {"condition": {"comparison": ">", "money": "1.5", "currency": "USD"}},
    ),
}


@pytest.mark.parametrize(("remedy", "expected"), CREDITS.values(), ids=CREDITS)
def test_credits(remedy: Remedy, expected: dict[str, Any]) -> None:
    promise = objective(remedy=remedy, no_data=NoData.EXCLUDE)
    told = account(contract(promise))["credit"]
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize("origin", [None, Origin("ann", "disk swap")])
def test_exclusions_tell_what_counted_and_what_was_refused(origin: Origin | None) -> None:
    made, applied = contract(), replace(APPLIED, origin=origin)
    told = accounts.account_of(standing(made, Schedule(None, (applied,))), WHOLE, [])
    first = {"from": "2026-09-30T22:00:00Z", "until": "2026-09-30T22:01:00Z"}
    assert told["exclusions"] == [
        {
            "name": "upgrade",
            "category": "maintenance",
            "effect": Effect.DROP.value,
            "author": None if origin is None else "ann",
            "reason": None if origin is None else "disk swap",
            "from": "2026-09-30T22:00:00Z",
            "until": "2026-09-30T22:04:00Z",
            "counted_seconds": 60,
            "counted": [first],
            "refused": [{"from": "2026-09-30T22:01:00Z", "until": "2026-09-30T22:04:00Z", "reason": "late"}],
        }
    ]
    assert (told["total"], told["excluded_seconds"]) == ("2700", 60)


def test_amendments_are_told_with_both_targets() -> None:
    stricter = objective("99.95")
    amendment = Amendment(BEGIN + 300, "review", ("Acme", "us"), Policy.WEIGHTED, (stricter,))
    told = account(contract(amendments=(amendment,)))
    assert told["amendments"] == [
        {
            "effective": "2026-09-30T22:05:00Z",
            "reason": "review",
            "agreed_by": ["Acme", "us"],
            "policy": "weighted",
            "target_before": "0.999",
            "target_after": "0.9995",
        }
    ]
    assert told["terms"]["target"] == "0.99925"


def test_incidents_are_told_with_their_share_of_the_budget() -> None:
    """One bad event of the three that 3,000 allow; from slices, for sums do not tell when it was."""
    made = contract()
    held = measured([(BEGIN + at * 60, 299.0 if at == 3 else 300.0, 300.0, 60) for at in range(10)])
    found = judgements.judge(made, made.objectives[0], OCTOBER, END, {EVENTS.key: held})
    told = accounts.account_of(found, WHOLE, [EVENTS.key])
    assert told["judged_at"] == "2026-10-31T23:00:00Z"
    one = {
        "from": "2026-09-30T22:03:00Z", "until": "2026-09-30T22:04:00Z", "seconds": 60,
        "bad": "1", "worst": "1/300", "budget_share": "1/3",
    }  # fmt: skip
    assert told["incidents"] == {"count": 1, "bad": "1", "gravest": [one]}
    assert account(made)["incidents"] is None
    without = accounts.account_of(replace(found, budget=None), WHOLE, [])
    assert (without["budget"], without["incidents"]["gravest"][0]["budget_share"]) == (None, None)


def test_of_many_incidents_the_gravest_are_told_one_by_one() -> None:
    many = tuple(Incident(Span(at, at + 1), Fraction(at % 7), Fraction(1)) for at in range(0, 2000, 2))
    told = accounts.account_of(replace(standing(contract()), incidents=many), WHOLE, [])["incidents"]
    assert (told["count"], told["bad"]) == (1000, str(sum(at % 7 for at in range(0, 2000, 2))))
    assert len(told["gravest"]) == accounts.MOST_INCIDENTS
    assert [one["from"] for one in told["gravest"]] == sorted(one["from"] for one in told["gravest"])
    assert min(Fraction(one["bad"]) for one in told["gravest"]) == 3


def test_a_statement_is_canonical_and_hashed() -> None:
    made = draft().issued(3, 1, "a" * 64)
    assert made.text == notations.canonical(json.loads(made.text))
    assert made.sha256 == notations.digest(made.text)
    assert (made.agreement, made.number, made.version, made.previous) == ("acme", 3, 1, "a" * 64)
    assert (made.window, made.made_at) == (OCTOBER, END + DAY)
    assert made.content["parties"] == {
        "title": "Payments", "type": "customer", "reference": "MSA-1", "provider": "", "customer": "Acme",
        "service": "payments", "scope": "", "restrictions": [], "from": None, "until": None,
    }  # fmt: skip
    assert made.content["window"]["timezone"] == "Europe/Berlin"
    assert made.content["program"] == {"name": "sla-monitor", "version": "1.2.3"}


def test_the_term_is_told_where_one_was_agreed() -> None:
    parties = draft(contract(term=Span(BEGIN, END))).content["parties"]
    assert (parties["from"], parties["until"]) == ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")
    assert draft(contract(title="")).content["parties"]["title"] == "acme"


def test_number_version_and_place_are_part_of_the_hash() -> None:
    made = draft()
    issues = [made.issued(1, 1, None), made.issued(2, 1, None), made.issued(1, 2, None), made.issued(1, 1, "b" * 64)]
    assert len({one.sha256 for one in issues}) == len(issues)
    assert issues[0].previous is None


def test_a_statement_is_called_by_its_number_and_any_version_but_the_first() -> None:
    assert issued(3).name == "statement 3 of acme"
    assert issued(3, 2).name == "statement 3 of acme, version 2"


def issued(number: int = 1, version: int = 1, **changes: Any) -> Statement:
    return draft(**changes).issued(number, version, None)


def test_a_statement_that_was_tampered_with_is_not_sound() -> None:
    made = issued()
    assert made.is_sound
    assert not replace(made, text=made.text.replace("2999", "3000")).is_sound


def test_a_restatement_tells_what_differs_and_nothing_else() -> None:
    last = issued()
    again = statements.restated(draft(unknown_seconds=7, reason="found"), last, "a probe was wrong", "Ann")
    assert again is not None
    told = again.issued(1, 2, last.sha256).content["restatement"]
    assert told["reason"], told["author"] == ("a probe was wrong", "Ann")
    assert told["replaces"] == last.sha256
    before = last.content["objectives"][0]
    assert told["difference"] == [
        {"field": "objectives.availability.reason", "before": before["reason"], "after": "found"},
        {"field": "objectives.availability.unknown_seconds", "before": before["unknown_seconds"], "after": 7},
    ]


def test_what_tells_issues_apart_is_no_difference() -> None:
    """Made later, by a newer program: it says the same."""
    later = statements.drafted(
        contract(), OCTOBER, [account(contract())], draft().content["evidence"], made_at=END + 9 * DAY, program="2"
    )
    assert statements.restated(later, issued(7, 3), "again", "Ann") is None


DIFFERENCES = {
    "equal": ({"a": [1]}, {"a": [1]}, []),
    "a value": ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
    "a kind of value": ({"a": {"b": 1}}, {"a": None}, [("a", {"b": 1}, None)]),
    "a field that is new": ({}, {"a": 1}, [("a", None, 1)]),
    "an entry by its name": (
        {"objectives": [{"objective": "x", "n": 1}, {"objective": "y", "n": 1}]},
        {"objectives": [{"objective": "y", "n": 2}, {"objective": "x", "n": 1}]},
        [("objectives.y.n", 1, 2)],
    ),
    "an entry that is new": (
        [{"name": "m", "from": "1"}],
        [{"name": "m", "from": "1"}, {"name": "m", "from": "2"}],
        [("m 2", None, {"name": "m", "from": "2"})],
    ),
    "entries without a name, by their place": ([1, 2], [1, 3, 4], [("2", 2, 3), ("3", None, 4)]),
    "two of one name, by their place": ([{"name": "m"}] * 2, [{"name": "m"}], [("2", {"name": "m"}, None)]),
    "a list that is none": ([1], "1", [("", [1], "1")]),
}


@pytest.mark.parametrize(("before", "after", "expected"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_differences(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    found = [(one["field"], one["before"], one["after"]) for one in statements.differences(before, after)]
    assert found == expected


def test_documents_are_the_agreement_and_its_calendars() -> None:
    rules = tuple(
        Rule(f"rule {number}", "maintenance", CalendarFile(name, f"text of {name}"))
        for number, name in enumerate(("b.ics", "a.ics", "b.ics"))
    )
    found = documents_of(contract(exclusions=(ONCE, *rules)))
    assert [(one.kind, one.name, one.text) for one in found] == [
        (Kind.AGREEMENT, "acme", "kind: …\n"),
        (Kind.CALENDAR, "a.ics", "text of a.ics"),
        (Kind.CALENDAR, "b.ics", "text of b.ics"),
    ]
    assert found[0].sha256 == notations.digest("kind: …\n")
