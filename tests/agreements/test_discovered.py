"""Customers who are found: an agreement each, from when they came to when they had gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.agreements.discovered import SHOWN_FOR
from sla_monitor.agreements.reading import Reading
from sla_monitor.compliance import terms
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.rolls import GONE_AFTER, Presence, Roll, Search
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.daemon.wiring import read_again
from tests.agreements.conftest import SHORTEST, Read

T = 1_780_272_000  # 2026-06-01T00:00Z
DAY = 86_400
TEXT = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {name: shop}
spec:
  discover: {query: 'group by (tenant) (up)', label: tenant, name: 'sla-{{tenant}}'}
  template:
    customer: {name: 'Tenant {{tenant}}', kind: internal}
    title: Shop of {{tenant}}
    objectives:
      - {name: up, target: 99%, indicator: {probe: {series: up}}}
"""
HERE, GONE = Presence(None), Presence(None, T, GONE_AFTER)


def found(read_text: Read, times: dict[str, Any], text: str = TEXT, most: int = 100) -> Reading:
    roll = Roll(T + 2 * DAY, {value: said if isinstance(said, tuple) else (said,) for value, said in times.items()})
    return read_text(text).with_customers({"shop": roll}, most)


def test_how_customers_are_found(read_text: Read):
    reading = read_text(TEXT)

    assert (reading.faults, reading.agreements) == ((), ())
    assert [one.search for one in reading.discoveries] == [
        Search("shop", terms.SourceName("default"), "group by (tenant) (up)", "tenant")
    ]


def test_each_has_an_agreement_of_its_own(read_text: Read):
    (acme, bock) = found(read_text, {"acme": HERE, "Bock_2": Presence(T)}).agreements

    assert (acme.name, acme.customer, acme.customer_kind, acme.title) == (
        "sla-acme", "Tenant acme", "internal", "Shop of acme",
    )  # fmt: skip
    assert acme.objectives[0].measurement.indicator == terms.Probe('up{tenant="acme"}')
    assert (bock.name, bock.title) == ("sla-bock-2", "Shop of Bock_2")
    assert bock.objectives[0].measurement.indicator == terms.Probe('up{tenant="Bock_2"}')


TERM = TEXT.replace("template:\n", "template:\n    term: {from: 2026-05-01, until: 2026-07-01}\n")
FIRST, LAST = T - 31 * DAY, T + 30 * DAY


@pytest.mark.parametrize(
    ("sentence", "times", "text", "expected"),
    [
        ("there at the first look", HERE, TEXT, [Span(0, FOREVER)]),
        ("came", Presence(T), TEXT, [Span(T, FOREVER)]),
        ("went", GONE, TEXT, [Span(0, T)]),
        ("came and went", Presence(T - DAY, T, GONE_AFTER), TEXT, [Span(T - DAY, T)]),
        ("is not seen just now", Presence(T - DAY, T, GONE_AFTER - 60), TEXT, [Span(T - DAY, FOREVER)]),
        ("came back", (GONE, Presence(T + DAY)), TEXT, [Span(T + DAY, FOREVER)]),
        ("there throughout the term", HERE, TERM, [Span(FIRST, LAST)]),
        ("came in its course", Presence(T), TERM, [Span(T, LAST)]),
        ("went in its course", GONE, TERM, [Span(FIRST, T)]),
        ("came after it", Presence(LAST), TERM, []),
        ("went before it", Presence(None, FIRST, GONE_AFTER), TERM, []),
        (
            "went so long ago that it is told no longer",
            Presence(None, T + 2 * DAY - SHOWN_FOR - 60, GONE_AFTER),
            TEXT,
            [],
        ),
    ],
)
def test_the_term(sentence: str, times: Any, text: str, expected: list[Span], read_text: Read):
    reading = found(read_text, {"acme": times}, text)

    assert reading.faults == ()
    assert [one.term for one in reading.agreements] == expected, sentence


@pytest.mark.parametrize(
    "value", ["acme", " a b ", "Müller & Söhne", 'q"u\\o', "x\x85y\x7fz", "é\u2028ü", "a\tb", "\U0001f600x"]
)
@pytest.mark.parametrize("presence", [HERE, Presence(T - DAY, T, GONE_AFTER)])
def test_the_text_of_an_agreement_is_that_agreement(value: str, presence: Presence, read_text: Read):
    (made,) = found(read_text, {value: presence}).agreements
    again = read_again(documents_of(made)[0].text, {})

    assert replace(again, document=made.document) == made


@pytest.mark.parametrize(
    ("sentence", "times", "names", "told"),
    [
        (
            "two values that come to one name",
            {"acme": HERE, "Acme": Presence(T)},
            ["sla-acme"],
            (
                "discover: 'Acme' is left out: name: 'Acme' and 'acme' would both make the agreement 'sla-acme' (name "
                "one otherwise, or put a {{label}} that differs in the name)"
            ),
        ),
        (
            "a value that no name can be made of",
            {"!": HERE, "b": HERE},
            ["sla-b"],
            (
                "discover: '!' is left out: name: the agreement would be called 'sla-', which is no DNS-1123 label ("
                "63 of a-z, 0-9 and -: name the customer otherwise, or put a label in the name)"
            ),
        ),
        (
            "more than are taken on: those who are there first, in the order in which they came",
            {"a": Presence(T), "b": GONE, "c": HERE, "d": Presence(T + 60), "e": Presence(T - 60)},
            ["sla-c", "sla-e", "sla-a"],
            (
                "discover: 5 customers are there, and 3 are taken on (let the query tell fewer, or raise "
                "agreements.max_discovered)"
            ),
        ),
    ],
)
def test_nobody_is_left_out_in_silence(
    sentence: str, times: dict[str, Any], names: list[str], told: str, read_text: Read
):
    reading = found(read_text, times, most=3)

    assert [one.name for one in reading.agreements] == names, sentence
    assert [str(fault).split(": ", 1)[1] for fault in reading.faults] == [told]
    assert {fault.line for fault in reading.faults} == {5}


def test_a_name_that_another_agreement_has(read_text: Read):
    text = f"{SHORTEST.replace('acme-payments', 'sla-acme')}---\n{TEXT}"
    reading = found(read_text, {"acme": HERE, "bock": HERE}, text)

    assert [one.customer for one in reading.agreements] == ["Acme", "Tenant bock"]
    (fault,) = reading.faults
    assert fault.message == "discover: 'acme' is left out: name: another agreement is called 'sla-acme'"
    assert fault.hint.endswith("agreement.yaml:1")


def test_who_stays_keeps_the_same_agreement_when_another_comes(read_text: Read):
    reading = read_text(TEXT)
    first = reading.with_customers({"shop": Roll(T, {"acme": (HERE,)})}).agreements
    second = reading.with_customers({"shop": Roll(T, {"bock": (HERE,), "acme": (HERE,)})}).agreements

    assert first[0] is next(one for one in second if one.name == "sla-acme")


def test_a_template_that_nobody_was_looked_for(read_text: Read):
    assert read_text(TEXT).with_customers({}).agreements == ()


def test_a_customer_who_is_listed_may_come_and_go_too(read_text: Read):
    listed = "customers: [{name: Acme, match: {tenant: acme}, present: {from: 2026-06-01, until: 2026-05-01}}]"
    text = TEXT.replace("discover: {query: 'group by (tenant) (up)', label: tenant, name: 'sla-{{tenant}}'}", listed)
    assert [str(fault).split(": ", 1)[1] for fault in read_text(text).faults] == [
        "until: the customer leaves before it comes"
    ]
    (made,) = read_text(text.replace("2026-05-01", "2026-06-02T00:00:00Z")).agreements
    assert (made.term, made.presence) == (Span(T, T + DAY), Span(T, T + DAY))


def test_a_calendar_that_is_gone_leaves_nobody_out_in_silence(read_text: Read, tmp_path: Path):
    calendar = tmp_path / "maintenance.ics"
    calendar.write_text((Path(__file__).parent / "maintenance.ics").read_text())
    text = TEXT + "    exclusions: [{name: calendar, during: {ics: maintenance.ics}}]\n"
    reading = read_text(text)
    assert len(reading.with_customers({"shop": Roll(T, {"acme": (HERE,)})}).agreements) == 1

    again = read_text(text)
    calendar.unlink()
    found_ = again.with_customers({"shop": Roll(T, {"acme": (HERE,)})})
    assert (found_.agreements, len(found_.faults)) == ((), 1)
    assert "'acme' is left out: " in found_.faults[0].message
