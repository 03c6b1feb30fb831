"""Statements with what was declared, silenced and asked: told whole, and never changed by what comes later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import conditions, tilings
from sla_monitor.compliance.declarations import Declaration, Revocation
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Agreement, AgreementName, Document
from sla_monitor.daemon.wiring import read_again
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import overdue
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.verification import Verification
from tests.measuring.invented import START, opened, truth

DAY, HOUR = 86_400, 3600
TEXT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  objectives:
    - {name: reachable, target: 99%, window: day, indicator: {probe: {series: up}}}
  exclusions:
    - {name: flagged, during: {query: 'max(flag) == 1'}, allowance: {upTo: 10m, per: day, uses: downtime}}
    - {name: quiet, during: {silences: {matchers: ['sla_exclude="true"']}}}
"""
SWAP = Declaration(AgreementName("acme"), Span(START + HOUR, START + 2 * HOUR), "other", "ann", "disk swap", START)
SILENCE = Silence(
    "s1", START * 1000, "http://am", (Matcher("sla_exclude", Operator.EQUAL, "true"),),
    Span(START + 3 * HOUR, START + 4 * HOUR), "dora", "provider moves", START, START,
)  # fmt: skip


def agreed() -> Agreement:
    return replace(read_again(TEXT, {}), document=Document("acme.yaml", 1, TEXT))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A day and a bit, measured whole; something was declared in it and something silenced."""
    made, span = opened(tmp_path), Span(START - DAY, START + DAY + HOUR)
    for _, m in conditions.measurements(agreed()):
        made.write([Reading(Want(m, span), truth(m, span))])
    made.declare(SWAP)
    made.keep_silences([SILENCE])
    return made


def closing(book: Book) -> Closing:
    return Closing(book, Timetable, DAY, "1")


def closed(book: Book) -> Statement:
    (window,) = (
        one for one in Outstanding().unstated([agreed()], book, START + 2 * DAY) if one.window.span.start == START
    )
    made = closing(book).close(window, START + 2 * DAY)
    assert made is not None
    return made


def flaws(book: Book) -> list[str]:
    return [str(flaw) for flaw in Verification(book, closing(book), read_again).all()]


def test_all_that_excluded_time_is_told_with_who_brought_it_about(book: Book) -> None:
    content = closed(book).content
    evidence = content["evidence"]
    (swap,) = evidence["declared"]
    assert (swap["name"], swap["author"], swap["revoked"]) == ("declared-1", "ann", None)
    assert [(one["name"], one["author"]) for one in evidence["silences"]] == [("s1", "dora")]
    ((_, flag),) = conditions.asked(agreed())
    (reachable,) = (one.measurement for one in agreed().objectives)
    told = {one["measurement"]: (one["from"], one["until"]) for one in evidence["slices"]}
    assert set(told) == {flag.key, reachable.key}
    (account,) = content["objectives"]
    brought = {(one["name"], one["author"], one["reason"]) for one in account["exclusions"]}
    assert brought == {
        ("declared-1", "ann", "disk swap"),
        ("quiet", "dora", "provider moves"),
        ("flagged", None, None),
    }
    assert flaws(book) == []


def test_what_comes_after_it_was_stated_changes_nothing_of_it_but_by_a_restatement(book: Book) -> None:
    first = closed(book)
    later = replace(SWAP, span=Span(START + 5 * HOUR, START + 6 * HOUR), author="bert", declared_at=START + 3 * DAY)
    book.declare(later)
    book.revoke(1, Revocation("ann", "wrong day", START + 3 * DAY))
    span = Span(START + 7 * HOUR, START + 8 * HOUR)
    book.keep_silences([replace(SILENCE, id="s2", span=span, seen_at=START + 3 * DAY)])
    assert flaws(book) == []
    closable = overdue.closable(agreed(), first.window)
    again = closing(book).restate(first, closable, START + 3 * DAY, reason="it was agreed", author="carl")
    assert again is not None
    assert again.version == 2
    names = [(one["name"], one["revoked"] is not None) for one in again.content["evidence"]["declared"]]
    assert names == [("declared-1", True), ("declared-2", False)]
    excluded = {one["name"] for one in again.content["objectives"][0]["exclusions"]}
    assert {"declared-2", "quiet"} <= excluded
    assert "declared-1" not in excluded
    assert flaws(book) == []
    assert closing(book).restate(again, closable, START + 4 * DAY, reason="again", author="carl") is None


def test_a_window_waits_for_its_conditions(tmp_path: Path) -> None:
    book, span, made = opened(tmp_path), Span(START - DAY, START + DAY + HOUR), agreed()
    ((_, flag),) = conditions.asked(made)
    (promised,) = made.objectives
    book.write([Reading(Want(promised.measurement, span), truth(promised.measurement, span))])
    window = overdue.closable(made, tilings.stated_at(made, promised, START))
    now = START + 3 * DAY
    assert overdue.due([window], book, now, DAY, lambda *_: False) == []
    assert overdue.due([window], book, now, DAY, lambda _, m: m == flag) == [window]
    book.write([Reading(Want(flag, span), truth(flag, span))])
    assert overdue.due([window], book, now, DAY, lambda *_: False) == [window]
