"""A statement is held against all that it rests on: what was changed is named, however well it was hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import notations, periods
from sla_monitor.compliance.declarations import Declaration, Revocation
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.flaws import Subject
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.statements import Draft
from sla_monitor.compliance.terms import Agreement, AgreementName, Document, Measurement, SourceName
from sla_monitor.daemon.wiring import read_again
from sla_monitor.ledger import seals, tables
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import overdue, resampling
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.verification import Verification, names
from tests.measuring.invented import START, Invented, opened, truth

DAY = 86_400
TEXT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  timezone: Europe/Berlin
  exclusions:
    - {name: plan, during: {ics: plan.ics}}
  objectives:
    - name: availability
      target: 98%
      window: day
      indicator: {ratio: {bad: errors, total: requests}}
    - name: reachable
      target: 98%
      window: day
      indicator: {probe: {series: up}}
"""
PLAN = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:a
DTSTAMP:20260501T000000Z
DTSTART:20260601T040000Z
DTEND:20260601T050000Z
END:VEVENT
END:VCALENDAR
"""


def agreed(text: str = TEXT) -> Agreement:
    made = read_again(text, {"plan.ics": PLAN})
    return replace(made, document=Document("acme.yaml", 1, text))


AVAILABILITY, REACHABLE = (objective.measurement for objective in agreed().objectives)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Three days, two of them stated."""
    made = opened(tmp_path)
    for m in (AVAILABILITY, REACHABLE):
        span = Span(START - 7200, START + 3 * DAY - 7200)
        made.write([Reading(Want(m, span), truth(m, span))])
    for one in Outstanding().unstated([agreed()], made, START + 2 * DAY):
        Closing(made, Timetable, DAY, "1").close(one, START + 3 * DAY)
    return made


def checked(book: Book, program: str = "1") -> list[str]:
    return [str(flaw) for flaw in Verification(book, Closing(book, Timetable, DAY, program), read_again).all()]


def test_what_nobody_touched_is_sound(book: Book) -> None:
    assert [one.name for one in book.statements()] == ["statement 1 of acme", "statement 2 of acme"]
    assert checked(book, "another") == []


def put(book: Book, measurement: Measurement, start: int, good: float) -> None:
    """As a late sample would."""
    states = None if measurement is AVAILABILITY else truth(measurement, Span(start, start + 60)).states
    one = truth(measurement, Span(start, start + 60))
    held = Slices(60, one.starts, one.good * 0 + good, one.total, one.known, states)
    book.write([Reading(Want(measurement, Span(start, start + 60)), held)])


def changed(day: str, objective: str, number: int, window: str) -> str:
    """What is told of one day."""
    stated = f"statement {number} of acme (day {window}) was made of others"
    return f"the slices of {day} of acme/{objective}: were changed: {stated}"


def of_availability(book: Book) -> list[str]:
    put(book, AVAILABILITY, START + 600, 1)
    return [changed("2026-06-01", "availability", 1, "2026-06-01")]


def of_a_state_alone(book: Book) -> list[str]:
    """The sums stay as they are; that the states are finer now tells nothing."""
    for start, pattern in ((START + 60, [0.5, 1.0, 1.0, 1.0]), (START + DAY, [1.0] * 4)):
        one = truth(REACHABLE, Span(start, start + 60))
        assert one.states is not None
        held = replace(one, states=one.states.repeat(4, axis=1) * [pattern])
        book.write([Reading(Want(REACHABLE, Span(start, start + 60)), held)])
    return [changed("2026-06-01", "reachable", 1, "2026-06-01")]


def at_the_border(book: Book) -> list[str]:
    """22:00 UTC is midnight in Berlin; the UTC day belongs to two windows."""
    put(book, AVAILABILITY, START + DAY - 7200, 1)
    return [changed("2026-06-01", "availability", 2, "2026-06-02")]


def outside(book: Book) -> list[str]:
    put(book, AVAILABILITY, START + 2 * DAY, 1)
    return []


def taken_out(book: Book) -> list[str]:
    with book.store.writing() as connection:
        here = (tables.day.c.day == START // DAY) & (tables.day.c.measurement_id == 1)
        connection.execute(sa.delete(tables.day).where(here))
        connection.execute(sa.delete(tables.measured).where(tables.measured.c.measurement_id == 1))
        for start, end in ((START - 7200, START), (START + DAY, START + 3 * DAY - 7200)):
            row = {"measurement_id": 1, "start": start, "end": end}
            connection.execute(sa.insert(tables.measured), seals.sealed(tables.measured, row))
    gone = "the slices of 2026-06-01 of acme/availability: are not there any more: "
    return [
        f"{gone}statement 1 of acme (day 2026-06-01) was made of others",
        f"{gone}statement 2 of acme (day 2026-06-02) was made of others",
    ]


@pytest.mark.parametrize("change", [of_availability, of_a_state_alone, at_the_border, outside, taken_out])
def test_slices_that_are_not_those_of_the_statement_are_named(book: Book, change: Callable[[Book], list[str]]) -> None:
    """Written by the ledger itself, so that every seal is right."""
    told = change(book)
    assert checked(book) == told


def test_what_is_stated_again_is_sound_again(book: Book) -> None:
    put(book, AVAILABILITY, START + 600, 0)
    first = book.statements()[0]
    closing = Closing(book, Timetable, DAY, "1")
    closable = overdue.closable(agreed(), first.window)
    assert closing.restate(first, closable, START + 9 * DAY, reason="a late sample", author="Ann") is not None
    assert checked(book) == []


def forged(book: Book, change: Callable[[dict[str, Any]], object]) -> None:
    """The content of the last statement, with its hash: as somebody would who knows how it is done."""
    last = book.statements()[-1]
    content = json.loads(last.text)
    change(content)
    made = Draft(last.agreement, last.window, content).issued(last.number, last.version, last.previous)
    with book.store.writing() as connection:
        setting = sa.update(tables.statement).where(tables.statement.c.id == 2)
        connection.execute(setting.values(content=made.text, sha256=made.sha256))


def first(content: dict[str, Any]) -> dict[str, Any]:
    account: dict[str, Any] = content["objectives"][0]
    return account


GIVES = "statement 2 of acme: its evidence is as it was, and gives another "
FORGED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "an attainment": (lambda c: first(c).update(attainment="0.99"), f"{GIVES}availability.attainment"),
    "a credit": (lambda c: first(c).update(credit={"ratio": "0.1"}), f"{GIVES}availability.credit"),
    "an exclusion": (lambda c: first(c).update(exclusions=[{"name": "x"}]), f"{GIVES}availability.exclusions.x"),
    "a reason and more": (
        lambda c: first(c).update(reason="", status="met", good="1", bad="0", total="1"),
        f"{GIVES}availability.bad, availability.good, availability.reason and 1 more",
    ),
    "an objective left out": (
        lambda c: c["objectives"].pop(),
        "statement 2 of acme: does not hold the objectives of its agreement",
    ),
    "a text that was never kept": (
        lambda c: c["evidence"]["agreement"].update(sha256="0" * 64),
        "the text of acme: is not in the ledger as statement 2 of acme was made with it (SHA-256 000000000000…)",
    ),
}


@pytest.mark.parametrize(("change", "told"), FORGED.values(), ids=FORGED)
def test_a_statement_that_was_forged_with_its_hash_is_found_by_reckoning(
    book: Book, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    forged(book, change)
    (found,) = checked(book)
    assert found == told


def test_another_version_of_the_program_is_told(book: Book) -> None:
    forged(book, lambda c: first(c).update(attainment="0.99"))
    (found,) = checked(book, "2")
    assert found.endswith("gives another availability.attainment; it was made by version 1, this is 2")


def test_a_text_that_this_version_cannot_read_is_told(book: Book) -> None:
    text = TEXT.replace("98%", "98 per cent")
    book.keep([replace(documents_of(agreed())[0], text=text)], START)
    forged(book, lambda c: c["evidence"]["agreement"].update(sha256=notations.digest(text), text=text))
    (found,) = checked(book)
    told = "statement 2 of acme: cannot be recomputed: this version cannot read its agreement any more: "
    assert found.startswith(told)


def test_an_unsound_statement_is_not_read(book: Book) -> None:
    with book.store.writing() as connection:
        connection.execute(sa.update(tables.statement).where(tables.statement.c.id == 1).values(content="{"))
    assert checked(book) == ["statement 1 of acme: its hash is not that of its content: one of them was changed"]


def test_a_damaged_day_is_named_once_by_the_ledger_and_once_by_what_rests_on_it(book: Book) -> None:
    with book.store.writing() as connection:
        here = (tables.day.c.day == START // DAY) & (tables.day.c.measurement_id == 1)
        connection.execute(sa.update(tables.day).where(here).values(frame=b"\x01nothing"))
    found = Verification(book, Closing(book, Timetable, DAY, "1"), read_again).all()
    assert [(flaw.subject, flaw.which) for flaw in found] == [
        (Subject.SLICES, "the slices of 2026-06-01 of acme/availability"),
        (Subject.SLICES, "the slices of acme/availability"),
        (Subject.SLICES, "the slices of acme/availability"),
    ]


def declared(book: Book) -> None:
    """Before the first day was stated, once more."""
    said = Declaration(AgreementName("acme"), Span(START, START + 3600), "other", "Ann", "why", START + DAY)
    book.declare(said)
    book.declare(replace(said, span=Span(START + 7200, START + 9000)))
    book.revoke(2, Revocation("Bob", "not so", START + DAY + 60))
    book.keep_silences([Silence("s1", 1, "http://am", (MATCHER,), Span(START, START + 60), "Ann", "c", START, START)])
    again = overdue.closable(agreed(SILENCED), book.statements()[0].window)
    made = Closing(book, Timetable, DAY, "1").restate(
        book.statements()[0], again, START + 3 * DAY, reason="late", author="Ann"
    )
    assert made is not None


MATCHER = Matcher("job", Operator.EQUAL, "shop")
SILENCED = TEXT.replace(
    "during: {ics: plan.ics}}\n",
    "during: {ics: plan.ics}}\n    - {name: quiet, during: {silences: {matchers: ['job=\"shop\"']}}}\n",
)
AGAINST = "held against statement 1 of acme, version 2 (day 2026-06-01)"


@pytest.mark.parametrize(
    ("table", "where", "changes", "told"),
    [
        ("exclusion", "id = 1", {"end": START + 1800}, f"exclusion 1 of acme: is otherwise, {AGAINST}"),
        (
            "revocation",
            "exclusion_id = 2",
            {"revoked_at": START + 9 * DAY},
            f"exclusion 2 of acme: is otherwise, {AGAINST}",
        ),
        ("exclusion", "id = 1", {"agreement": "other"}, f"exclusion 1 of acme: is gone, {AGAINST}"),
        ("silence", "id = 's1'", {"comment": "d"}, f"the silence s1 of acme: is otherwise, {AGAINST}"),
    ],
)
def test_exclusions_that_are_not_those_of_the_statement_are_named(
    book: Book, table: str, where: str, changes: dict[str, Any], told: str
) -> None:
    """Sealed anew, as by somebody who knows how."""
    declared(book)
    assert checked(book) == []
    changed_row = tables.metadata.tables[table]
    with book.store.writing() as connection:
        row = connection.execute(sa.select(changed_row).where(sa.text(where))).mappings().one()
        sealed = seals.sealed(changed_row, {**row, **changes})
        connection.execute(sa.update(changed_row).where(sa.text(where)).values(sealed))
    assert checked(book) == [told]


def test_what_is_declared_afterwards_is_no_flaw(book: Book) -> None:
    declared(book)
    later = Declaration(AgreementName("acme"), Span(START, START + 3600), "other", "Ann", "why", START + 9 * DAY)
    book.declare(later)
    book.revoke(1, Revocation("Bob", "not so", START + 9 * DAY))
    assert checked(book) == []


def resampled(book: Book, count: int, seed: int = 1) -> list[Want]:
    return resampling.sample(resampling.slots(book.latest(), book, read_again), count, seed)


def test_a_sample_is_of_what_was_stated_and_repeatable(book: Book) -> None:
    wants = resampled(book, 40)
    assert len(set(wants)) == 40
    assert resampled(book, 40) == wants
    assert resampled(book, 40, seed=2) != wants
    assert {want.measurement for want in wants} == {AVAILABILITY, REACHABLE}
    assert all(START - 7200 <= want.span.start < START + 2 * DAY - 7200 for want in wants)
    everything = resampled(book, 1 << 30)
    assert len(set(everything)) == len(everything) == 2 * 2 * 1440
    assert resampling.sample([], 5, 1) == []


async def compared(book: Book, source: Invented) -> resampling.Compared:
    called = names(book.statements())
    return await resampling.compare(resampled(book, 50), book, {SourceName("default"): source}, called)


async def test_a_source_that_says_the_same(book: Book) -> None:
    found = await compared(book, Invented())
    assert (found.alike, found.gone, found.failed, found.flaws) == (50, 0, (), ())


async def test_a_source_that_says_something_else(book: Book) -> None:
    for want in resampled(book, 50)[:1]:
        put(book, want.measurement, want.span.start, 0.25)
        first_, m = want, want.measurement
    found = await compared(book, Invented())
    (flaw,) = found.flaws
    assert found.alike == 49
    assert flaw.which == f"the slice of {periods.rfc3339(first_.span.start)} of {names(book.statements())[m.key]}"
    assert flaw.told.startswith("the ledger holds 0.25 good of ")
    assert "; the source says " in flaw.told


async def test_a_source_that_cannot_be_asked_is_told(book: Book) -> None:
    found = await compared(book, Invented(falls=True))
    assert (found.alike, len(found.failed), found.flaws) == (0, 50, ())
    assert found.failed[0].endswith(": fell")


class Forgetful(Invented):
    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        found = await super().measure(wants)
        return [replace(one, slices=_nothing(one.slices)) for one in found if one.slices is not None]


def _nothing(held: Slices) -> Slices:
    states = None if held.states is None else held.states * np.nan
    return Slices(60, held.starts, held.good * 0, held.total * 0, held.known * 0, states)


async def test_what_a_source_has_forgotten_is_no_difference(book: Book) -> None:
    found = await compared(book, Forgetful())
    assert (found.alike + found.gone, found.flaws) == (50, ())
    assert found.gone > 40
