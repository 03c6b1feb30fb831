"""What was declared, revoked and seen of silences is told again as it was said, and nothing of it ever goes."""

from __future__ import annotations

from dataclasses import replace

from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.exclusions import Effect
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from sla_monitor.ledger.book import Book
from tests.ledger.specimens import START
from tests.measuring.invented import events, truth

HOUR = 3600
PLAIN = Declaration(
    AgreementName("acme"), Span(START, START + HOUR), "maintenance", "ann", "disk swap", declared_at=START - 60
)
FULL = Declaration(
    AgreementName("acme"),
    Span(START, START + 1),
    "customer-caused",
    "Bert O'Neil",
    "their “firewall”; --",
    declared_at=START + HOUR,
    effect=Effect.GOOD,
    objectives=(ObjectiveName("availability"), ObjectiveName("latency")),
    announced=START - 72 * HOUR,
)
BACK = Revocation("carl", "wrong day", START + 2 * HOUR)
SILENCE = Silence(
    id="3f0c",
    updated_ms=START * 1000 + 7,
    alertmanager="http://alertmanager:9093",
    matchers=(Matcher("service", Operator.EQUAL, "pay"), Matcher("zone", Operator.MATCHES_NOT, 'a|"b"')),
    span=Span(START, START + 2 * HOUR),
    author="ann",
    comment="disk swap",
    announced=START,
    seen_at=START + 5,
)


def test_what_was_declared_is_told_as_it_was_said(book: Book) -> None:
    made = [book.declare(said) for said in (PLAIN, FULL, PLAIN)]
    assert [one.said for one in made] == [PLAIN, FULL, PLAIN]
    assert len({one.id for one in made}) == 3
    assert book.declared() == tuple(made)


def test_what_was_revoked_stays_with_who_revoked_it(book: Book) -> None:
    kept, gone = book.declare(PLAIN), book.declare(FULL)
    assert book.revoke(gone.id, BACK) == Declared(gone.id, FULL, BACK)
    assert book.declared() == (kept, Declared(gone.id, FULL, BACK))


def test_a_second_revocation_changes_nothing(book: Book) -> None:
    made = book.declare(PLAIN)
    book.revoke(made.id, BACK)
    again = book.revoke(made.id, Revocation("dora", "I too", BACK.at + 1))
    assert again is not None
    assert again.revoked == BACK


def test_what_is_not_there_cannot_be_revoked(book: Book) -> None:
    book.declare(PLAIN)
    assert book.revoke(99, BACK) is None
    assert [one.revoked for one in book.declared()] == [None]


def test_a_silence_is_told_as_it_was_last_and_each_state_is_kept(book: Book) -> None:
    ended = replace(
        SILENCE, updated_ms=SILENCE.updated_ms + 1, span=Span(START, START + HOUR), seen_at=SILENCE.seen_at + HOUR
    )
    book.keep_silences([SILENCE])
    assert book.silences() == (SILENCE,)
    book.keep_silences([ended])
    book.keep_silences([replace(SILENCE, seen_at=SILENCE.seen_at + 2 * HOUR)])
    assert book.silences() == (ended,)
    with book.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM silence").scalar() == 2


def test_no_silence_is_kept_where_none_is_seen(book: Book) -> None:
    book.keep_silences([])
    assert book.silences() == ()


def test_every_new_fact_is_a_change(book: Book) -> None:
    counts = [book.changes()]
    for act in (
        lambda: book.declare(PLAIN),
        lambda: book.revoke(1, BACK),
        lambda: book.keep_silences([SILENCE]),
        lambda: book.keep_silences([replace(SILENCE, updated_ms=SILENCE.updated_ms + 1)]),
    ):
        act()
        counts.append(book.changes())
    assert counts == [0, 1, 2, 3, 4]
    book.revoke(1, BACK)
    book.keep_silences([SILENCE])
    assert book.changes() == 4


def test_what_is_written_of_a_time_long_passed_is_a_change(book: Book) -> None:
    measurement, counts = events("requests"), list[int]()
    for first, last in ((0, 4), (3, 4), (0, 1)):
        span = Span(START + first * 3600, START + last * 3600)
        book.write([Reading(Want(measurement, span), truth(measurement, span))])
        counts.append(book.changes())
    assert counts == [0, 0, 1]
    assert book.interventions() == (1, (), ())
