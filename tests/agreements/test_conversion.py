"""From a sound file to the core's records, field by field."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance import methods, terms
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, WindowSpec
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import Basis, CreditTier, Days, Flat, Minimum, Proportional, Remedy, Tiered
from sla_monitor.compliance.spans import FOREVER, Span
from tests.agreements.conftest import SHORTEST, Read, with_objective, with_spec

PROBE = "{probe: {series: 'probe_success{job=\"payments\"}'}}"


def agreement_in(reading: object) -> terms.Agreement:
    assert reading.faults == ()
    (agreement,) = reading.agreements
    return agreement


def test_the_shortest_agreement_takes_every_default(read_text: Read):
    agreement = agreement_in(read_text(SHORTEST))
    (objective,) = agreement.objectives

    assert (agreement.name, agreement.title, agreement.service) == ("acme-payments",) * 3
    assert (agreement.customer, agreement.customer_kind) == ("Acme", "external")
    assert agreement.type is terms.AgreementType.CUSTOMER
    assert (agreement.zone, agreement.term) == (ZoneInfo("UTC"), Span(0, FOREVER))
    assert objective == terms.Objective(
        name=terms.ObjectiveName("availability"),
        description="",
        target=Fraction(999, 1000),
        comparison=Comparison.GE,
        warn_at=None,
        measurement=terms.Measurement(
            terms.SourceName("default"), terms.Probe('probe_success{job="payments"}', terms.Combine.ANY), 60
        ),
        method=methods.TIME,
        shown_in="%",
        window=Calendar(Unit.MONTH),
        partial_window=terms.PartialWindow.PRORATE,
        no_data=terms.NoData.UNKNOWN,
        min_coverage=Fraction(9, 10),
        rounding=None,
        remedy=None,
    )


def test_parties_and_texts_are_carried_over(read_text: Read):
    agreement = agreement_in(
        read_text(
            with_spec(
                "title: Payments",
                "type: supplier",
                "provider: {name: Payments team, contact: payments@example.com}",
                "service: payments-api",
                "scope: Production only.",
                "restrictions: [At most 500 a second.]",
                "reference: MSA-2026-014",
                "contacts: [{name: SRE, role: escalation, url: 'https://example.com', responsibleFor: [availability]}]",
                "escalation: [{after: 30m, to: SRE, action: Call, updateEvery: 1h}]",
                "reviews: {every: 3 months, with: [Acme, SRE]}",
                "credits: {schedule: [{below: 99%, credit: 1/30}], of: monthly fee}",
            ).replace("customer: Acme", "customer: {name: Acme, kind: internal}")
        )
    )

    assert (agreement.title, agreement.service, agreement.scope) == ("Payments", "payments-api", "Production only.")
    assert (agreement.type, agreement.provider) == (terms.AgreementType.SUPPLIER, "Payments team")
    assert (agreement.customer, agreement.customer_kind) == ("Acme", "internal")
    assert (agreement.restrictions, agreement.reference) == (("At most 500 a second.",), "MSA-2026-014")
    assert agreement.contacts == (
        terms.Contact("Payments team", "provider", "payments@example.com"),
        terms.Contact("SRE", "escalation", "", "https://example.com", ("availability",)),
    )
    assert agreement.escalation == (terms.EscalationStep(Fraction(1800), "SRE", "Call", "", Fraction(3600)),)
    assert agreement.reviews == terms.Reviews(Lapse("3 months", months=3), ("Acme", "SRE"))
    assert agreement.credit_of == "monthly fee"
    assert agreement.objectives[0].remedy == Remedy(
        Tiered((CreditTier(Fraction(99, 100), Fraction(1, 30)),)), of="monthly fee"
    )


def test_an_agreement_knows_where_it_was_read(read_text: Read):
    text = with_spec("title: second").replace("acme-payments", "second")
    first, second = read_text(f"{SHORTEST}---\n# a comment\n{text}").agreements

    assert (first.document.line, first.document.text) == (1, SHORTEST)
    assert (second.document.line, second.document.text) == (12, text)
    assert second.document.path.endswith("agreement.yaml")


@pytest.mark.parametrize(
    ("sentence", "written", "window"),
    [
        ("an hour", "hour", Calendar(Unit.HOUR)),
        ("a year", "year", Calendar(Unit.YEAR)),
        ("months from the 15th", "{every: month, startDay: 15}", Calendar(Unit.MONTH, 15)),
        ("quarters from February", "{every: quarter, startMonth: 2}", Calendar(Unit.QUARTER, 1, 2)),
        ("the last 30 days", "{rolling: 30d}", Rolling(2592000, "30d")),
        ("four weeks are told in days", "{rolling: 4 weeks}", Rolling(2419200, "28d")),
        ("the last 90 minutes", "{rolling: 1h30m}", Rolling(5400, "90m")),
    ],
)
def test_windows(sentence: str, written: str, window: WindowSpec, read_text: Read):
    assert agreement_in(read_text(with_objective(f"window: {written}"))).objectives[0].window == window, sentence


BERLIN_NEW_YEAR, BERLIN_JULY = 1767222000, 1782856800


@pytest.mark.parametrize(
    ("sentence", "written", "span"),
    [
        ("dates begin at local midnight", "{from: 2026-01-01, until: 2026-07-01}", Span(BERLIN_NEW_YEAR, BERLIN_JULY)),
        ("without a beginning, from the epoch", "{until: 2026-07-01}", Span(0, BERLIN_JULY)),
        ("without an end, for ever", "{from: 2026-01-01T00:00:00+01:00}", Span(BERLIN_NEW_YEAR, FOREVER)),
        (
            "termination comes before the agreed end",
            "{from: 2026-01-01, until: 2027-01-01, terminated: 2026-07-01}",
            Span(BERLIN_NEW_YEAR, BERLIN_JULY),
        ),
    ],
)
def test_terms(sentence: str, written: str, span: Span, read_text: Read):
    text = with_spec("timezone: Europe/Berlin", f"term: {written}")

    assert agreement_in(read_text(text)).term == span, sentence


@pytest.mark.parametrize(
    ("sentence", "written", "indicator"),
    [
        ("one selector", "{ratio: {bad: a, total: b}}", terms.Ratio(("b",), None, ("a",))),
        ("selectors to be added up", "{ratio: {good: [a, b], total: c}}", terms.Ratio(("c",), ("a", "b"))),
        (
            "free queries",
            "{ratio: {good: {query: 'increase(a[$slice])'}, total: {query: 'increase(b[$slice])'}}}",
            terms.Ratio(terms.Query("increase(b[$slice])"), terms.Query("increase(a[$slice])")),
        ),
        ("a histogram", "{latency: {histogram: h, threshold: 300ms}}", terms.Latency("h", Fraction(3, 10))),
        ("most of the probes", "{probe: {series: up, combine: quorum}}", terms.Probe("up", terms.Combine.QUORUM)),
        (
            "a gauge below a number",
            "{threshold: {query: 'avg(a)', is: '< 0.3'}}",
            terms.Threshold("avg(a)", Comparison.LT, Fraction(3, 10)),
        ),
        (
            "a gauge in seconds below a duration",
            "{threshold: {query: 'avg(a)', is: '<= 300ms'}}",
            terms.Threshold("avg(a)", Comparison.LE, Fraction(3, 10)),
        ),
    ],
)
def test_indicators(sentence: str, written: str, indicator: terms.Indicator, read_text: Read):
    agreement = agreement_in(read_text(SHORTEST.replace(PROBE, written)))

    assert agreement.objectives[0].measurement.indicator == indicator, sentence


def test_an_objective_overrides_the_agreement(read_text: Read):
    text = with_objective(
        "noData: good",
        "minCoverage: 50%",
        "rounding: none",
        "slice: 30s",
        "partialWindow: skip",
        "warnAt: 99.95%",
        "credits: {schedule: [{below: 90%, credit: 100%}], cap: 30%}",
    )
    other = f"    - {{name: other, target: '> 0.5', indicator: {PROBE}}}\n"
    spec = "  noData: exclude\n  minCoverage: 0.8\n  rounding: {digits: 2, mode: down}\n  source: eu\n"
    first, second = agreement_in(read_text(text + other + spec)).objectives

    assert (first.no_data, second.no_data) == (terms.NoData.GOOD, terms.NoData.EXCLUDE)
    assert (first.min_coverage, second.min_coverage) == (Fraction(1, 2), Fraction(4, 5))
    assert (first.rounding, second.rounding) == (None, Rounding(2, RoundingMode.DOWN))
    assert (first.measurement.slice_seconds, second.measurement.source) == (30, "eu")
    assert (first.warn_at, first.partial_window) == (Fraction(9995, 10000), terms.PartialWindow.SKIP)
    tiers = (CreditTier(Fraction(9, 10), Fraction(1)),)
    assert (first.remedy, second.remedy) == (Remedy(Tiered(tiers), cap=Fraction(3, 10)), None)
    assert (second.comparison, second.target) == (Comparison.GT, Fraction(1, 2))


AMENDED = """\
  timezone: Europe/Berlin
  credits: {schedule: [{below: 99%, credit: 10%}]}
  amendments:
    - effective: 2026-07-01
      reason: First review
      agreedBy: [Acme, SRE]
      objectives: [{name: availability, target: 99.95%, noData: bad}]
    - effective: 2026-10-01T00:00:00Z
      policy: split
      credits: {schedule: [{below: 98%, credit: 20%}]}
    - effective: 2026-11-01
      policy: at-end
      objectives: [{name: availability, indicator: {probe: {series: up}}, slice: 30s}, {name: other, target: 99%}]
"""
OTHER = f"    - {{name: other, target: 98%, credits: {{schedule: [{{below: 90%, credit: 5%}}]}}, indicator: {PROBE}}}\n"


def test_amendments_build_on_one_another(read_text: Read):
    agreement = agreement_in(read_text(SHORTEST + OTHER + AMENDED))
    first, other = agreement.objectives
    review, paid, moved = agreement.amendments

    assert (review.effective, review.reason, review.agreed_by) == (BERLIN_JULY, "First review", ("Acme", "SRE"))
    assert [one.policy for one in agreement.amendments] == [
        terms.Policy.WEIGHTED,
        terms.Policy.SPLIT,
        terms.Policy.AT_END,
    ]
    stricter = replace(first, target=Fraction(9995, 10000), no_data=terms.NoData.BAD)
    assert review.objectives == (stricter,)
    paying = replace(stricter, remedy=Remedy(Tiered((CreditTier(Fraction(98, 100), Fraction(20, 100)),))))
    assert paid.objectives == (paying,)  # the other one has credits of its own
    measurement = terms.Measurement(terms.SourceName("default"), terms.Probe("up", terms.Combine.ANY), 30)
    assert moved.objectives == (
        replace(paying, measurement=measurement),
        replace(other, target=Fraction(99, 100)),
    )


@pytest.mark.parametrize(
    ("sentence", "written", "remedy"),
    [
        (
            "bounds on both sides, and days of service",
            "{schedule: [{atOrBelow: 99.9%, above: 99%, credit: 10%}, {below: 99%, credit: 3 days}]}",
            Remedy(
                Tiered(
                    (
                        CreditTier(None, Fraction(1, 10), at_or_below=Fraction(999, 1000), above=Fraction(99, 100)),
                        CreditTier(Fraction(99, 100), Days(Fraction(3))),
                    )
                )
            ),
        ),
        (
            "bad seconds as durations and as numbers",
            "{on: bad seconds, schedule: [{atOrAbove: 5m, credit: 1 day}, {above: 1800, credit: 1/30}]}",
            Remedy(
                Tiered(
                    (
                        CreditTier(None, Days(Fraction(1)), at_or_above=Fraction(300)),
                        CreditTier(None, Fraction(1, 30), above=Fraction(1800)),
                    ),
                    Basis.BAD_SECONDS,
                )
            ),
        ),
        (
            "in proportion",
            "{proportional: {factor: 10}, cap: 15 days}",
            Remedy(Proportional(Fraction(10)), cap=Days(Fraction(15))),
        ),
        (
            "flat, at least 5 %",
            "{flat: 10%, minimum: 5%}",
            Remedy(Flat(Fraction(1, 10)), minimum=Minimum(Comparison.GE, Fraction(1, 20))),
        ),
        (
            "flat, over a day",
            "{flat: 1/30, minimum: '> 1 day'}",
            Remedy(Flat(Fraction(1, 30)), minimum=Minimum(Comparison.GT, Days(Fraction(1)))),
        ),
        (
            "claims by days",
            "{flat: 1%, claimWithin: 30 days}",
            Remedy(Flat(Fraction(1, 100)), claim=Lapse("30 days", days=30)),
        ),
        (
            "by weeks",
            "{flat: 1%, claimWithin: 2 weeks}",
            Remedy(Flat(Fraction(1, 100)), claim=Lapse("2 weeks", days=14)),
        ),
        (
            "by months",
            "{flat: 1%, claimWithin: 2 months}",
            Remedy(Flat(Fraction(1, 100)), claim=Lapse("2 months", months=2)),
        ),
        (
            "by hours",
            "{flat: 1%, claimWithin: 36h}",
            Remedy(Flat(Fraction(1, 100)), claim=Lapse("36h", seconds=129_600)),
        ),
    ],
)
def test_credits(sentence: str, written: str, remedy: Remedy, read_text: Read):
    assert agreement_in(read_text(with_spec(f"credits: {written}"))).objectives[0].remedy == remedy, sentence


def test_an_objectives_own_credits_are_of_what_the_agreements_are(read_text: Read):
    text = with_objective("credits: {flat: 10%}") + "  credits: {flat: 5%, of: monthly fee}\n"
    other = with_objective("credits: {flat: 10%, of: annual fee}") + "  credits: {flat: 5%, of: monthly fee}\n"

    assert [agreement_in(read_text(one)).objectives[0].remedy.of for one in (text, other)] == [
        "monthly fee",
        "annual fee",
    ]
