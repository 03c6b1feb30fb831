"""Statements over HTTP: lists, documents in every form, pages, and what is answered where there are none."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from sla_monitor.compliance import notations
from sla_monitor.compliance.boards import Board
from sla_monitor.errors import LedgerError
from sla_monitor.publishing.web import stated
from sla_monitor.publishing.web.statementshapes import StatementDocument, StatementSummary
from tests.publishing import boards, stating
from tests.web.sites import World, client

FIRST, AGAIN = stating.statement(), stating.restated()


@pytest.fixture
def world() -> World:
    made = World(boards.board())
    made.filed.every = [FIRST, AGAIN]
    return made


async def answered(world: World, path: str, **headers: str) -> Any:
    async with client(world) as http:
        return await http.get(path, headers=headers)


async def test_the_list_has_every_version_in_short(world: World) -> None:
    answer = await answered(world, "/api/v1/statements")
    found = [StatementSummary.model_validate(one) for one in answer.json()]
    assert [(one.agreement, one.number, one.version) for one in found] == [
        ("acme-payments", 10, 1), ("acme-payments", 10, 2),
    ]  # fmt: skip
    first, again = answer.json()
    assert (first["sha256"], again["previous"]) == (FIRST.sha256, FIRST.sha256)
    assert (first["status"], first["restatement"]) == ("breached", None)
    assert again["restatement"] == {"reason": "The upgrade was not announced.", "author": "Ann"}
    availability, _, delay = again["objectives"]
    assert availability == {
        "objective": "availability", "status": "breached", "attainment_percent": "99.86", "value": None,
        "credit_percent": 10.0,
    }  # fmt: skip
    assert (delay["attainment_percent"], delay["value"]) == (None, pytest.approx(557 / 12))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("agreement=acme-payments", 2),
        ("agreement=nobody", 0),
        ("period=2026-10", 2),
        ("period=2026", 2),
        ("period=2026-11", 0),
        ("period=previous", 1),
    ],
)
async def test_the_list_can_be_narrowed(world: World, query: str, count: int) -> None:
    assert len((await answered(world, f"/api/v1/statements?{query}")).json()) == count


async def test_a_document_is_what_was_hashed(world: World) -> None:
    told = (await answered(world, "/api/v1/statements/acme-payments/10?version=1")).json()
    StatementDocument.model_validate(told)
    assert told == {"sha256": FIRST.sha256, "content": FIRST.content}
    assert notations.digest(notations.canonical(told["content"])) == told["sha256"]
    last = (await answered(world, "/api/v1/statements/acme-payments/10")).json()
    assert last["sha256"] == AGAIN.sha256


@pytest.mark.parametrize(
    ("form", "media_type", "start"),
    [
        ("json", "application/json", b"{"),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("md", "text/markdown; charset=utf-8", b"# Payments API"),
        ("csv", "text/csv; charset=utf-8", b"agreement,number"),
    ],
)
async def test_forms(world: World, form: str, media_type: str, start: bytes) -> None:
    answer = await answered(world, f"/api/v1/statements/acme-payments/10?format={form}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.content.startswith(start)
    assert f'filename="acme-payments-2026-10-10.{form}"' in answer.headers["content-disposition"]


async def test_pdf(world: World) -> None:
    pytest.importorskip("weasyprint")
    answer = await answered(world, "/agreements/acme-payments/statements/10?format=pdf")
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


async def test_without_the_extra_a_pdf_is_not_served_and_it_is_told_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    answer = await answered(world, "/api/v1/statements/acme-payments/10?format=pdf")
    assert answer.status_code == 501
    assert answer.headers["content-type"] == "application/problem+json"
    assert "pip install 'sla-monitor[pdf]'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/api/v1/statements/acme-payments/11", 404, "There is no statement 11 of 'acme-payments'."),
        (
            "/api/v1/statements/acme-payments/10?version=3",
            404,
            "There is no statement 10, version 3 of",
        ),
        ("/api/v1/statements/nobody/1", 404, "There is no statement 1 of 'nobody'."),
        ("/api/v1/statements/acme-payments/x", 422, "number: "),
        ("/api/v1/statements/acme-payments/10?format=doc", 422, "format: "),
        ("/api/v1/statements?period=soon", 400, "period: not a period: 'soon'"),
        ("/agreements/acme-payments/statements/11", 404, "There is no statement 11"),
    ],
)
async def test_what_is_not_there(world: World, path: str, status: int, detail: str) -> None:
    answer = await answered(world, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"].startswith(detail)


async def test_a_ledger_that_is_away_is_a_503_and_costs_no_page(world: World) -> None:
    world.filed.away = LedgerError("cannot read the ledger: it is away")
    assert (await answered(world, "/api/v1/statements")).status_code == 503
    page = await answered(world, "/agreements/acme-payments", accept="text/html")
    assert page.status_code == 200
    assert "They cannot be read now: cannot read the ledger: it is away" in page.text


async def test_the_page_of_an_agreement_lists_the_newest_first(world: World) -> None:
    world.filed.every = [stating.draft(only=["delay"]).issued(number, 1, None) for number in range(1, stated.SHOWN + 4)]
    page = (await answered(world, "/agreements/acme-payments", accept="text/html")).text
    numbers = [part.split("<")[0] for part in page.split('<span class="note">No. ')[1:]]
    assert numbers == [str(number) for number in range(stated.SHOWN + 3, 3, -1)]
    assert "and 3 older ones" in page
    assert 'href="/agreements/acme-payments/statements/15?version=1&amp;format=pdf"' in page
    assert "46.41634" in page


async def test_an_agreement_without_statements_says_nothing_of_them(world: World) -> None:
    page = (await answered(world, "/agreements/globex-search", accept="text/html")).text
    assert "Statements" not in page


async def test_the_page_of_a_statement(world: World) -> None:
    answer = await answered(world, "/agreements/acme-payments/statements/10", accept="text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert f'href="/static/statement.css?v={stated.rendering.STATEMENT_DIGEST}"' in answer.text
    assert '<a href="/agreements/acme-payments">All of this agreement</a>' in answer.text
    assert '<a href="/agreements/acme-payments/statements/10?version=1">The version before</a>' in answer.text
    assert AGAIN.sha256 in answer.text
    style = await answered(world, "/static/statement.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    async with client(world) as http:
        assert (await http.head("/agreements/acme-payments/statements/10")).status_code == 200


async def test_statements_outlive_their_agreement(world: World) -> None:
    world.board = Board(at=boards.AT)
    page = (await answered(world, "/agreements/acme-payments/statements/10?version=1", accept="text/html")).text
    assert '<a href="/">All agreements</a>' in page
    assert "The version before" not in page
