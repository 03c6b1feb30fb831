"""One agreement for many customers becomes an ordinary one for each: its texts, its series, its own terms."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.compliance import terms
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.exclusions import Queried, Silenced
from sla_monitor.daemon.wiring import read_again
from sla_monitor.sources import promql
from tests.agreements.conftest import SHORTEST, Read, template_of

TEMPLATE = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {name: shop, labels: {tenant: '{{tenant}}'}}
spec:
  customers: CUSTOMERS
  template:
    title: Shop of {{ tenant }} for {{customer}}
    restrictions: ['{{tenant}} calls at most 500 times a second']
    contacts: [{name: 'Owner of {{tenant}}', role: owner, email: '{{tenant}}@example.com'}]
    escalation: [{after: 0m, to: 'Owner of {{tenant}}', action: 'Call {{customer}}'}]
    objectives:
      - name: availability
        description: Of {{tenant}}
        target: 99.9%
        indicator: {ratio: {bad: 'requests_total{code=~"5.."}', total: [requests_total, 'more_total{tenant="acme"}']}}
      - name: latency
        target: 99%
        indicator: {latency: {histogram: duration_seconds, threshold: 300ms}}
      - name: reachable
        target: 99%
        indicator: {composite: {down: all, of: [{probe: {series: up}}, {threshold: {query: 'max(a) - b', is: '> 0'}}]}}
      - name: events
        target: 99%
        indicator:
          ratio: {good: {query: 'sum(increase(g[$slice]))'}, total: {query: 'sum(increase(t{a="{{tenant}}"}[$slice]))'}}
      - {name: wait, target: '<= 1', indicator: {value: {query: 'avg(w)'}}}
      - {name: sold, target: '>= 5', indicator: {amount: {counter: sold_total}}}
    exclusions:
      - {name: flagged, during: {query: 'max(flag) == 1'}, objectives: [availability]}
      - {name: silenced, during: {silences: {matchers: ['tenant="{{tenant}}"']}}}
    amendments:
      - effective: 2026-07-01
        reason: 'As {{customer}} asked'
        objectives: [{name: reachable, indicator: {probe: {series: up2}}}]
"""
BOTH = "[{name: Acme GmbH, match: {tenant: acme}}, {name: 'Böck & Sons', match: {tenant: bock, region: eu}}]"


def many(customers: str = BOTH, **changed: str) -> str:
    text = TEMPLATE.replace("CUSTOMERS", customers)
    for old, new in changed.items():
        text = text.replace(old, new)
    return text


def selectors(agreement: terms.Agreement) -> dict[str, object]:
    return {one.name: one.measurement.indicator for one in agreement.objectives}


def test_each_customer_has_an_agreement_of_its_own(read_text: Read):
    reading = read_text(many())

    acme, bock = reading.agreements
    assert (reading.faults, acme.name, bock.name) == ((), "shop-acme-gmbh", "shop-bock-sons")
    assert (acme.customer, acme.service, acme.labels) == ("Acme GmbH", "shop-acme-gmbh", (("tenant", "acme"),))
    assert bock.title == "Shop of bock for Böck & Sons"
    assert bock.restrictions == ("bock calls at most 500 times a second",)
    assert (bock.contacts[0].email, bock.escalation[0].to) == ("bock@example.com", "Owner of bock")
    assert bock.escalation[0].action == "Call Böck & Sons"
    assert bock.objectives[0].description == "Of bock"
    assert bock.amendments[0].reason == "As Böck & Sons asked"


def test_every_query_is_put_to_the_customers_series_alone(read_text: Read):
    acme, bock = read_text(many()).agreements

    assert selectors(acme) == {
        "availability": terms.Ratio(
            ('requests_total{tenant="acme"}', 'more_total{tenant="acme"}'),
            bad=('requests_total{code=~"5..",tenant="acme"}',),
        ),
        "latency": terms.Latency('duration_seconds{tenant="acme"}', Fraction(3, 10)),
        "reachable": terms.Composite(
            terms.Down.ALL,
            (
                terms.Probe('up{tenant="acme"}'),
                terms.Threshold('max(a{tenant="acme"}) - b{tenant="acme"}', terms.Comparison.GT, Fraction(0)),
            ),
        ),
        "events": terms.Ratio(
            terms.Query('sum(increase(t{a="{{tenant}}",tenant="acme"}[$slice]))'),
            terms.Query('sum(increase(g{tenant="acme"}[$slice]))'),
        ),
        "wait": terms.Value('avg(w{tenant="acme"})'),
        "sold": terms.Amount(('sold_total{tenant="acme"}',)),
    }
    assert selectors(bock)["sold"] == terms.Amount(('sold_total{tenant="bock",region="eu"}',))
    flagged, silenced = (rule.during for rule in bock.exclusions)
    assert isinstance(flagged, Queried)
    assert flagged.query == 'max(flag{tenant="bock",region="eu"}) == 1'
    assert isinstance(silenced, Silenced)
    assert [str(matcher) for matcher in silenced.matchers] == ['tenant="bock"']
    amended = bock.amendments[0].objectives[0].measurement.indicator
    assert amended == terms.Probe('up2{tenant="bock",region="eu"}')


def test_what_a_customer_has_otherwise(read_text: Read):
    overrides = (
        "{timezone: Europe/Berlin, customer: {name: Acme, kind: internal}, title: 'For {{tenant}}', exclusions: [], "
        "objectives: [{name: availability, target: 99.5%}, {name: sold, indicator: {amount: {counter: all_total}}}]}"
    )
    reading = read_text(many(BOTH.replace("acme}}", f"acme}}, overrides: {overrides}}}", 1)))
    acme, bock = reading.agreements

    assert reading.faults == ()
    assert (acme.zone.key, acme.customer, acme.customer_kind, acme.title) == (
        "Europe/Berlin", "Acme", "internal", "For acme",
    )  # fmt: skip
    assert (acme.name, acme.exclusions) == ("shop-acme-gmbh", ())
    assert (acme.objectives[0].target, bock.objectives[0].target) == (Fraction(995, 1000), Fraction(999, 1000))
    assert acme.objectives[0].measurement == bock_like(bock, acme)
    assert selectors(acme)["sold"] == terms.Amount(('all_total{tenant="acme"}',))


def bock_like(bock: terms.Agreement, acme: terms.Agreement) -> terms.Measurement:
    """The measurement Acme has when nothing of it is overridden."""
    indicator = terms.Ratio(
        ('requests_total{tenant="acme"}', 'more_total{tenant="acme"}'),
        bad=('requests_total{code=~"5..",tenant="acme"}',),
    )
    assert acme.objectives[0].measurement != bock.objectives[0].measurement
    return terms.Measurement(terms.SourceName("default"), indicator, 60)


@pytest.mark.parametrize(
    ("sentence", "name", "called"),
    [
        ("the customer follows the template's name", "shop", ["shop-acme-gmbh", "shop-bock-sons"]),
        ("a label takes its place", "'{{tenant}}-shop'", ["acme-shop", "bock-shop"]),
        ("and so does the customer", "'x-{{ customer }}'", ["x-acme-gmbh", "x-bock-sons"]),
    ],
)
def test_names(sentence: str, name: str, called: list[str], read_text: Read):
    reading = read_text(many().replace("name: shop,", f"name: {name},"))

    assert [one.name for one in reading.agreements] == called, sentence


def test_objectives_named_after_a_label_are_meant_by_that_name(read_text: Read):
    text = many("[{name: A, match: {tenant: 'A_b'}}]").replace("availability", "'{{tenant}}-up'")
    (one,) = read_text(text).agreements

    assert one.objectives[0].name == "a-b-up"
    assert one.exclusions[0].objectives == ("a-b-up",)
    assert one.title == "Shop of A_b for A"


@pytest.mark.parametrize("overrides", ["", ", overrides: {term: {from: 2026-03-01, terminated: null}}"])
def test_the_text_of_a_customers_agreement_is_that_agreement_and_no_other(overrides: str, read_text: Read):
    found = read_text(many(BOTH.replace("eu}", f"eu}}{overrides}"))).agreements

    for agreement in found:
        text = documents_of(agreement)[0].text
        assert replace(read_again(text, {}), document=agreement.document) == agreement


def test_other_customers_who_come_and_go_leave_the_text_as_it_is(read_text: Read):
    alone = read_text(many("[{name: Acme GmbH, match: {tenant: acme}}]")).agreements[0]

    assert read_text(many()).agreements[0].document.text == alone.document.text


def test_a_customer_whose_agreement_another_file_has(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(SHORTEST.replace("acme-payments", "acme-payments-acme"))
    (tmp_path / "b.yaml").write_text(template_of(SHORTEST))
    reading = read([tmp_path], promql)

    assert [str(fault).replace(f"{tmp_path}/", "") for fault in reading.faults] == [
        "b.yaml:5:22: name: another agreement is called 'acme-payments-acme' (the first is at a.yaml:3)"
    ]
    assert [one.document.path for one in reading.agreements] == [str(tmp_path / "a.yaml")]


def test_what_is_worth_knowing_of_overrides_is_told_there(read_text: Read):
    overrides = "overrides: {reports: [{every: week, to: [a@example.com]}], objectives: [{name: latency, target: 80%}]}"
    reading = read_text(many(f"\n    - {{name: Acme, match: {{tenant: acme}}, {overrides}}}"))

    assert {(notice.line, notice.message[:32]) for notice in reading.notices} >= {
        (6, "this version does not send repor"), (6, "the page alert over 1h wants a b"),
    }  # fmt: skip


def test_ten_thousand_customers_are_read_in_a_few_seconds(tmp_path: Path):
    customers = [f"\n    - {{name: Customer {n}, match: {{tenant: t{n}, region: eu}}}}" for n in range(10_000)]
    path = tmp_path / "many.yaml"
    path.write_text(many("".join(customers)))
    begin = time.process_time()
    reading = read([path], promql)
    seconds = time.process_time() - begin

    assert (len(reading.agreements), reading.faults) == (10_000, ())
    assert seconds < 20
