"""A statement as a document: what two companies have to read in it, in every form."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.compliance import notations
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.publishing.statements import promises
from sla_monitor.publishing.statements.formats import MEDIA_TYPES, Format, NoPdfError, html, rendered
from sla_monitor.publishing.statements.sheets import sheet
from tests.publishing import stating

MADE, AGAIN = stating.statement(), stating.restated()
EXPECTED = [
    "Payments API for Acme <GmbH> & partners",
    "1 – 31 Oct 2026",
    "No. 10",
    "month 2026-10: 1 Oct 2026 00:00 CEST – 1 Nov 2026 00:00 CET",
    "Payments team", "Acme GmbH", "MSA-2026-014", "Europe/Berlin", "At most 500 requests a second per key.",
    "Public REST API, production only.", "2 Nov 2026 00:00 CET",
    # each promise in words with its number, target, verdict and reason
    "At least 99.925873 % of all events are good, in every month.",
    "Share of API requests answered without a server error.",
    "99.87 % < 99.9258 %, the error budget overdrawn by 6758 events; ",
    "the target weighs 99.9 %, from 2026-10-16 00:00 CEST 99.95 %",
    "At least 99.95 % of the time is good, over 30d, stated by the month.",
    "The mean is at most 45 ms, in every month.",
    "10 % of the monthly fee", "to be claimed before 1 Dec 2026 00:00 CET",
    # incidents, exclusions counted and refused, amendments, coverage
    "13 Oct 2026 00:00 CEST", "16,500 events", "166.21 %",
    "sunday-maintenance", "1h: the allowance of 1 h a month is used up", "10m counts as up",
    "upgrade (Ann: asked for by Acme)",
    "99.9 % → 99.95 %", "the window weighs both", "First review", "Acme GmbH, Payments team",
    "99.7983 %", "1h 30m", "99.728942 % to 99.930555 %",
    # how it was measured, and what to check it by
    stating.ASKED[stating.REQUESTS.key][1].query, "total, every 1m, at its end", "44,700 of 1m each",
    MADE.sha256, "e" * 64, notations.digest(stating.TEXT), MADE.content["evidence"]["slices"][0]["sha256"],
    "sla-monitor 1.2.3", "kind: Agreement",
]  # fmt: skip


def plain(text: str) -> str:
    """Without tags and with one kind of space."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("form", [Format.HTML, Format.MARKDOWN])
@pytest.mark.parametrize("expected", EXPECTED)
def test_what_has_to_be_in_it(form: Format, expected: str) -> None:
    text = rendered(MADE, form).decode()
    shown = plain(text) if form is Format.HTML else " ".join(text.split())
    assert " ".join(expected.split()) in shown


def test_names_are_text_and_never_markup() -> None:
    page = html(MADE)
    assert "<GmbH>" not in page
    assert "&lt;GmbH&gt; &amp; partners" in page


def test_a_document_of_its_own_loads_nothing() -> None:
    page = html(MADE)
    assert not re.search(r"(src|href)=|@import|url\(", page)
    assert "<style>" in page


def test_as_a_page_its_style_is_a_file() -> None:
    page = html(MADE, root="/sla", digest="abc", links=(("back <", "/sla/agreements/a"),))
    assert '<link rel="stylesheet" href="/sla/static/statement.css?v=abc">' in page
    assert '<a href="/sla/agreements/a">back &lt;</a>' in page
    assert "<style>" not in page


def test_what_was_stated_again_says_so_first_and_tells_what_differs() -> None:
    for form in (Format.HTML, Format.MARKDOWN):
        text = rendered(AGAIN, form).decode()
        shown = plain(text) if form is Format.HTML else " ".join(text.split())
        said = shown.index("The upgrade was not announced.")
        assert shown.index("takes the place of the one before it") < shown.index("Results")
        assert said < shown.index("Results")
        assert "No. 10, version 2" in shown
        assert "objectives.availability.bad" in shown
        assert MADE.sha256 in shown
    assert "version 2" not in plain(html(MADE))


def test_json_is_what_was_hashed_and_the_hash() -> None:
    told = json.loads(rendered(MADE, Format.JSON))
    assert notations.digest(notations.canonical(told["content"])) == told["sha256"] == MADE.sha256


def test_csv_has_a_row_a_promise_and_exact_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered(AGAIN, Format.CSV).decode())))
    assert [row["objective"] for row in rows] == ["availability", "reachable", "delay"]
    first, _, delay = rows
    assert (first["agreement"], first["number"], first["version"]) == ("acme-payments", "10", "2")
    assert Fraction(first["bad"]) / Fraction(first["total"]) == 1 - Fraction(first["attainment"])
    assert (first["credit_ratio"], first["credit_of"]) == ("0.1", "monthly fee")
    assert (delay["attainment"], delay["comparison"], delay["target"]) == ("", "<=", "45")
    assert Fraction(delay["value"]) == Fraction(557, 12)
    assert {row["sha256"] for row in rows} == {AGAIN.sha256}


def test_pdf_says_the_same(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    path = tmp_path / "statement.pdf"
    path.write_bytes(rendered(AGAIN, Format.PDF))
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    shown = " ".join(done.stdout.split())
    for expected in (
        "Payments API for Acme <GmbH> & partners",
        "No. 10, version 2",
        AGAIN.sha256,
        "10 % of the monthly fee",
    ):
        assert " ".join(expected.split()) in shown
    assert re.search(r"SHA-256 [0-9a-f]{16}… 1 ?/ ?\d", shown)


@pytest.mark.parametrize("missing", ["the extra", "the library it calls"])
def test_without_what_pdf_needs_it_is_told_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "the extra":
        monkeypatch.setitem(sys.modules, "weasyprint", None)
        told = r"pip install 'sla-monitor\[pdf\]'"
    else:
        monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
        monkeypatch.setattr(sys, "meta_path", [_Broken(), *sys.meta_path])
        told = "apt-get install libpango-1.0-0"
    with pytest.raises(NoPdfError, match=told):
        rendered(MADE, Format.PDF)


class _Broken:
    """As the real one fails on a machine without Pango."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


def test_every_form_has_its_media_type() -> None:
    assert set(MEDIA_TYPES) == set(Format)


NUMBER = {"is_share": False, "method": "spells", "comparison": "<="}
SENTENCES = {
    "the time": ({}, "At least 99.9 % of the time is good, in every month."),
    "intervals": ({"unit": "intervals"}, "At least 99.9 % of all intervals are good, in every month."),
    "a percentile": (
        NUMBER | {"method": "percentile", "statistic": "95", "comparison": "<", "target": "0.3", "shown_in": "s"},
        "The percentile 95 is less than 0.3 s, in every month.",
    ),
    "a total": (
        NUMBER | {"method": "total", "unit": "amount", "target": "500", "comparison": ">="},
        "The total is at least 500, in every month.",
    ),
    "the longest outage": (
        NUMBER | {"statistic": "longest", "target": "4", "shown_in": "h"},
        "The longest outage is at most 4 h, in every month.",
    ),
    "the mean outage": (
        NUMBER | {"statistic": "mean", "target": "30", "shown_in": "m"},
        "The mean length of outages is at most 30 m, in every month.",
    ),
    "above": ({"comparison": ">"}, "More than 99.9 % of the time is good, in every month."),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_promises_in_words(changes: dict[str, Any], expected: str) -> None:
    terms = {
        "comparison": ">=", "target": "0.999", "method": "time", "statistic": None, "unit": "seconds",
        "is_share": True, "shown_in": "", "rolling": None, **changes,
    }  # fmt: skip
    assert " ".join(promises.sentence(terms, "month").split()) == expected


CREDITED = {
    "none was agreed": (None, "–"),
    "no verdict": ({"ratio": None}, "no verdict, so no credit"),
    "nothing is owed": ({"ratio": "0", "of": "fee"}, "0 %"),
    "days": ({"ratio": "3/31", "days": "3"}, "3 days of service (9.677419 %)"),
    "a day": ({"ratio": "1/31", "days": "1"}, "1 day of service (3.225806 %)"),
    "a least amount": (
        {"ratio": "0.1", "condition": {"comparison": ">", "money": "1", "currency": "USD"}},
        "10 %, if that is more than 1 USD",
    ),
    "a right to leave": ({"ratio": "0.2", "of": "fee", "termination": True}, "20 % of the fee; a right to terminate"),
}


@pytest.mark.parametrize(("told", "expected"), CREDITED.values(), ids=CREDITED)
def test_credits_in_words(told: dict[str, Any] | None, expected: str) -> None:
    plain_one = {"ratio": None, "days": None, "of": "", "claim_until": None, "termination": False, "condition": None}
    found = promises.credit({"credit": None if told is None else {**plain_one, **told}})
    assert " ".join(found.split()) == expected


def test_long_tables_are_cut_and_say_so() -> None:
    shown = sheet(MADE).promises[0].incidents
    assert shown is not None
    assert (len(shown.rows), shown.more) == (promises.MOST, 186 - promises.MOST)
    assert shown.rows[0][2] == "16,500 events"
    assert "and 174 more" in plain(html(MADE))


def test_what_was_not_looked_for_is_left_out() -> None:
    without = stating.draft(plan=Schedule(), only=["delay"]).issued(1, 1, None)
    page = plain(html(without))
    assert "Incidents" not in page
    assert "Exclusions" not in page
    assert "none: it is the first" in page


def test_the_worst_verdict_stands_at_the_top() -> None:
    assert sheet(MADE).worst.word == "Breached"
