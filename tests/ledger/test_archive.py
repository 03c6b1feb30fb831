"""What is only ever added: statements in a chain, texts, queries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sla_monitor.compliance.bundles import Bundle, Measured, Queries, Wanted
from sla_monitor.compliance.documents import Document, Kind
from sla_monitor.compliance.periods import Calendar, Unit, Window, window_at, zone_of
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.slices import Block
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.statements import Draft, Statement, drafted, restated
from sla_monitor.compliance.terms import SourceName
from sla_monitor.ledger import archive
from sla_monitor.ledger import book as ledger_book
from sla_monitor.ledger.book import Book
from tests.compliance.specimens import agreement
from tests.ledger.specimens import DAY, MINUTE, PROBE, REQUESTS, START, reading, slices

TOTAL = Asked("total", "sum(requests)", 60, at_end=True)
VALUE = Asked("value", "max(probe)", 15, at_end=False)


def window(unit: Unit = Unit.MONTH, at: int = START) -> Window:
    return window_at(Calendar(unit), zone_of("UTC"), at)


def draft(name: str = "acme", of: Window | None = None, **told: Any) -> Draft:
    of = of or window()
    made = replace(agreement(), name=name)
    return drafted(made, of, [{"objective": "availability", **told}], {}, made_at=of.span.end + DAY, program="1")


def issued(book: Book, made: Draft, replaces: str | None = None) -> Statement:
    found = book.issue(made, replaces)
    assert found is not None
    return found


def test_statements_are_numbered_by_agreement_and_chained_over_all(book: Book) -> None:
    windows = [window(), window(at=START + 31 * DAY)]
    made = [issued(book, draft(name, of)) for of in windows for name in ("acme", "globex")]
    assert [(one.agreement, one.number, one.version) for one in made] == [
        ("acme", 1, 1), ("globex", 1, 1), ("acme", 2, 1), ("globex", 2, 1),
    ]  # fmt: skip
    assert [one.previous for one in made] == [None, *(one.sha256 for one in made[:-1])]
    assert book.statements() == made
    assert book.statements("globex") == made[1::2]
    assert book.counted() == {"acme": 2, "globex": 2}


def test_a_window_is_stated_once(book: Book) -> None:
    first = issued(book, draft())
    assert book.issue(draft(reason="another")) is None
    day = window(Unit.DAY)
    assert issued(book, draft(of=day)).number == 2
    assert book.statements()[0] == first
    both = {("acme", one.kind, one.span.start, one.span.end) for one in (window(), day)}
    last = max(end for *_, end in both)
    assert [book.stated(since) for since in (0, last + 1)] == [both, set()]
    assert book.stated(last) == {one for one in both if one[3] == last}


def test_a_restatement_takes_the_place_of_the_last_version_alone(book: Book) -> None:
    first = issued(book, draft())
    other = issued(book, draft("globex"))
    again = restated(draft(status="met"), first, "why", "Ann")
    assert again is not None
    assert book.issue(again, other.sha256) is None
    second = issued(book, again, first.sha256)
    assert (second.number, second.version, second.previous) == (1, 2, other.sha256)
    assert book.issue(again, first.sha256) is None
    assert [one.version for one in book.statements("acme")] == [1, 2]
    assert len(book.stated(0)) == 2
    assert [*book.each()] == [first, other, second]
    assert [*book.each(last=True)] == book.latest() == [other, second]
    assert [*book.each("acme", last=True)] == book.latest("acme") == [second]


def test_statements_are_read_some_at_a_time(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_book, "STATEMENTS_AT_ONCE", 2)
    made = [issued(book, draft(name)) for name in ("acme", "globex", "initech", "umbrella", "hooli")]
    assert [*book.each()] == made


def test_texts_are_kept_once_and_as_of_their_first_use(book: Book) -> None:
    texts = [Document(Kind.AGREEMENT, "acme", "one"), Document(Kind.CALENDAR, "a.ics", "BEGIN")]
    book.keep(texts, 100)
    book.keep([*texts, Document(Kind.AGREEMENT, "acme", "two")], 200)
    again = Book(book.store)
    again.keep(texts, 300)
    assert again.first_used() == {"acme": 100}
    assert [again.document(one.sha256) for one in texts] == texts
    assert again.document("0" * 64) is None


def test_queries_are_kept_with_their_measurement(book: Book) -> None:
    for start in (START, START + DAY):
        held = slices(REQUESTS, start, 3), slices(PROBE, start, 3)
        one, other = (reading(m, held_) for m, held_ in zip((REQUESTS, PROBE), held, strict=True))
        book.write([replace(one, asked=(TOTAL, VALUE)), replace(other, asked=(VALUE,))])
    Book(book.store).write([replace(reading(PROBE, slices(PROBE, START, 3)), asked=(VALUE,))])
    assert set(book.asked(REQUESTS.key)) == {TOTAL, VALUE}
    assert book.asked(PROBE.key) == (VALUE,)
    book.write([replace(reading(PROBE, slices(PROBE, START, 3)), asked=(TOTAL,))])
    assert set(book.asked(PROBE.key)) == {TOTAL, VALUE}, "it is asked for otherwise now"
    assert book.asked(replace(PROBE, slice_seconds=30).key) == ()


def test_queries_are_made_only_for_those_that_are_asked_for_otherwise(book: Book) -> None:
    """Of thousands, when one customer comes."""

    def filed(bundle: Bundle, kind: str) -> list[int]:
        made: list[int] = []

        def of(row: int) -> tuple[Asked, ...]:
            made.append(row)
            return (TOTAL,)

        span = Span(START, START + 3 * MINUTE)
        block = Block.below_each_other([Block.alone(slices(REQUESTS, START, 3)) for _ in range(len(bundle))])
        book.file([Measured(Wanted(bundle, span), block, asked=Queries(lambda _: kind, of))])
        return made

    one, other, third = (replace(REQUESTS, source=SourceName(name)) for name in ("a", "b", "c"))
    assert filed(Bundle([one, other]), "as ever") == [0, 1]
    assert filed(Bundle([one, third, other]), "as ever") == [1]
    assert filed(Bundle([other, third]), "otherwise") == [0, 1]


def test_of_very_many_queries_each_is_kept(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "AT_ONCE", 3)
    many = tuple(replace(VALUE, query=f"max(probe{n})") for n in range(10))
    book.write([replace(reading(PROBE, slices(PROBE, START, 3)), asked=many)])
    assert set(book.asked(PROBE.key)) == set(many)
