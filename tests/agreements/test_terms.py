"""Terms, renewals, terminations and reviews: what becomes of them, and what is odd about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.compliance.periods import Lapse, parse_instant, rfc3339, zone_of
from sla_monitor.compliance.spans import FOREVER
from sla_monitor.compliance.terms import Renewal, Reviews
from sla_monitor.sources import promql
from tests.agreements.conftest import Read, with_spec

BERLIN = "timezone: Europe/Berlin"
TERMS = {
    "none": ("{}", None, None),
    "from and until": ("{from: 2026-01-01, until: 2027-01-01}", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
    "a renewal makes it go on": (
        "{from: 2026-01-01, until: 2027-01-01, renewal: {every: 12 months}}", "2025-12-31T23:00:00Z", None,
    ),
    "a renewal without an until too": ("{from: 2026-01-01, renewal: {every: 1 year}}", "2025-12-31T23:00:00Z", None),
    "a termination inside it": (
        "{from: 2026-01-01, until: 2027-01-01, terminated: 2026-03-15}",
        "2025-12-31T23:00:00Z", "2026-03-14T23:00:00Z",
    ),
    "a termination of what would be renewed": (
        "{from: 2026-01-01, until: 2027-01-01, renewal: {every: 1 year}, terminated: 2027-01-01}",
        "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z",
    ),
    "a termination of what was renewed": (
        "{until: 2027-01-01, renewal: {every: 1 year, notice: 60 days}, terminated: 2029-06-01}",
        None, "2029-05-31T22:00:00Z",
    ),
    "no termination": ("{until: 2027-01-01, terminated: null}", None, "2026-12-31T23:00:00Z"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", TERMS)
def test_how_long_an_agreement_is_in_force(sentence: str, read_text: Read):
    written, start, end = TERMS[sentence]
    reading = read_text(with_spec(BERLIN, f"term: {written}"))

    (agreement,) = reading.agreements
    assert rfc3339(agreement.term.start) == (start or "1970-01-01T00:00:00Z")
    assert agreement.term.end == (FOREVER if end is None else parse_instant(end, zone_of("UTC")))


def test_renewals_and_reviews_are_carried_over(read_text: Read):
    text = with_spec(
        "term: {until: 2027-01-01, renewal: {every: 12 months, notice: 60 days}, terminated: 2028-01-01}",
        "reviews: {every: 36h, with: [Acme, SRE]}",
    )
    (agreement,) = read_text(text).agreements
    assert agreement.renewal == Renewal(Lapse("12 months", months=12), Lapse("60 days", days=60))
    assert agreement.reviews == Reviews(Lapse("36h", seconds=129_600), ("Acme", "SRE"))
    assert (rfc3339(agreement.until or 0), rfc3339(agreement.terminated or 0)) == (
        "2027-01-01T00:00:00Z",
        "2028-01-01T00:00:00Z",
    )


ODD = {
    "nothing to renew": (
        ["term: {renewal: {every: 1 year}}"],
        ["10:10: renewal: the term has no end at which it is renewed (until: 2027-01-01)"],
    ),
    "a notice longer than the term": (
        ["term: {from: 2026-01-01, until: 2029-01-01, renewal: {every: 12 months, notice: 366 days}}"],
        ["10:83: notice: 366 days are longer than the 12 months of a term (whoever ends one says so before it begins)"],
    ),
    "a notice as long as the term": (
        ["term: {from: 2026-01-01, until: 2029-01-01, renewal: {every: 12 months, notice: 12 months}}"], [],
    ),
    "a notice longer than the first term": (
        ["term: {from: 2026-01-01, until: 2026-02-01, renewal: {every: 12 months, notice: 60 days}}"],
        ["10:83: notice: the first term is shorter than 60 days (its renewal cannot be prevented)"],
    ),
    "no review before the end": (
        ["term: {from: 2026-01-01, until: 2026-06-01}", "reviews: {every: 6 months}"],
        ["11:20: every: the term ends before the first review"],
    ),
    "a review at the end": (["term: {from: 2026-01-01, until: 2026-07-01}", "reviews: {every: 6 months}"], []),
    "reviews of no term": (["reviews: {every: 6 months}"], []),
    "an amendment with the begin of the term": (
        ["term: {from: 2026-01-01}", "amendments: [{effective: 2026-01-01}]"],
        ["11:28: effective: is not after the begin of the term, so what it changes never held before"],
    ),
    "an amendment with the end of the term": (
        ["term: {until: 2026-03-01}", "amendments: [{effective: 2026-03-01}]"],
        ["11:28: effective: is not before the end of the term, so the amendment never holds"],
    ),
    "amendments inside it": (
        ["term: {from: 2026-01-01, until: 2026-03-01}", "amendments: [{effective: 2026-01-02}]"], [],
    ),
    "an amendment of a renewed term": (
        ["term: {until: 2026-03-01, renewal: {every: 1 year}}", "amendments: [{effective: 2026-04-01}]"], [],
    ),
    "an amendment after the termination": (
        ["term: {terminated: 2026-03-01}", "amendments: [{effective: 2026-04-01}]"],
        ["11:28: effective: is not before the end of the term, so the amendment never holds"],
    ),
}  # fmt: skip


def told(notices: tuple[object, ...]) -> list[str]:
    return [str(notice).split(".yaml:")[1] for notice in notices]


@pytest.mark.parametrize("sentence", ODD)
def test_what_is_odd_about_a_term_is_told_and_served(sentence: str, read_text: Read):
    lines, expected = ODD[sentence]
    reading = read_text(with_spec(*lines))

    assert told(reading.notices) == expected
    assert (reading.faults, len(reading.agreements)) == ((), 1)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{until: 2026-03-01}", ["10:17: until: the agreement has ended, and is measured no longer"]),
        ("{terminated: 2026-03-01}", ["10:22: terminated: the agreement has ended, and is measured no longer"]),
        ("{until: 2026-03-02}", []),
        ("{until: 2026-03-01, renewal: {every: 1 year}}", []),
    ],
)
def test_an_agreement_that_has_ended_is_told_as_one(written: str, expected: list[str], tmp_path: Path):
    path = tmp_path / "agreement.yaml"
    path.write_text(with_spec(f"term: {written}"))
    reading = read([path], promql, now=parse_instant("2026-03-01", zone_of("UTC")))

    assert told(reading.notices) == expected
    assert len(reading.agreements) == 1
