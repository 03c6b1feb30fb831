"""Runtime exclusions over the API: what is shown, what is taken, and what is refused to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import methods
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.exclusions import Effect, Silenced
from sla_monitor.compliance.exclusions import Rule as Agreed
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from sla_monitor.publishing.web import exclusionshapes
from sla_monitor.publishing.web.details import MOST_EXCLUSIONS as MOST
from tests.publishing.boards import AT, BERLIN, Contract, Story, board
from tests.web.sites import World, client
from tests.web.test_exclusions import CONTRACT as RULED
from tests.web.test_exclusions import page

HOUR = 3600
LOCAL = {"host": "127.0.0.1:9797"}
ACME = AgreementName("acme")
QUIET = Agreed("quiet", "third-party", Silenced((Matcher("sla_exclude", Operator.EQUAL, "true"),)))
CONTRACT = Contract(
    name="acme",
    zone=BERLIN,
    stories=(Story(name="reachable", method=methods.TIME), Story(name="served")),
    exclusions=(QUIET,),
)
SWAP = Declared(1, Declaration(ACME, Span(AT - 3 * HOUR, AT - HOUR), "maintenance", "ann", "disk swap", AT - 4 * HOUR))
WRONG = Declared(
    2,
    Declaration(
        ACME, Span(AT - 30 * HOUR, AT - 29 * HOUR), "customer-caused", "bert", "<b>their</b> firewall", AT - HOUR,
        Effect.GOOD, (ObjectiveName("served"),), AT - 2 * HOUR,
    ),
    Revocation("carl", "it was ours", AT - 60),
)  # fmt: skip
SILENCE = Silence(
    "s1", (AT - HOUR) * 1000, "http://am", (Matcher("sla_exclude", Operator.EQUAL, "true"),),
    Span(AT - HOUR, AT + HOUR), "dora", "provider moves", AT - HOUR, AT - HOUR,
)  # fmt: skip


@pytest.fixture
def world() -> World:
    return World(board(CONTRACT, timetable=Timetable((SWAP, WRONG), (SILENCE,))))


def said(**changes: Any) -> dict[str, Any]:
    plain = {
        "agreement": "acme",
        "from": "2026-10-21T02:00:00+02:00",
        "until": "2026-10-21T04:00:00+02:00",
        "category": "maintenance",
        "author": "ann",
        "reason": "disk swap",
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


async def post(world: World, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    async with client(world) as http:
        return await http.post(path, json=body, headers={**LOCAL, **headers})


async def listed(world: World, query: str = "") -> list[dict[str, Any]]:
    async with client(world) as http:
        answer = await http.get(f"/api/v1/exclusions{query}")
    for one in answer.json():
        exclusionshapes.Excluded.model_validate(one)
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_what_was_declared_is_shown_with_what_it_excluded(world: World) -> None:
    wrong, swap, quiet = await listed(world)
    assert swap == {
        "id": 1,
        "agreement": "acme",
        "name": "declared-1",
        "category": "maintenance",
        "effect": "drop",
        "from": "2026-10-21T09:00:00Z",
        "until": "2026-10-21T11:00:00Z",
        "objectives": None,
        "announced": None,
        "author": "ann",
        "reason": "disk swap",
        "declared_at": "2026-10-21T08:00:00Z",
        "revoked": None,
        "excluded": [
            {"objective": name, "window": "2026-10", "counted_seconds": 2 * HOUR, "refused": []}
            for name in ("reachable", "served")
        ],
    }
    assert wrong["revoked"] == {"author": "carl", "reason": "it was ours", "at": "2026-10-21T11:59:00Z"}
    assert (wrong["excluded"], wrong["objectives"], wrong["announced"]) == ([], ["served"], "2026-10-21T10:00:00Z")
    assert (quiet["id"], quiet["name"], quiet["author"], quiet["reason"]) == (None, "quiet", "dora", "provider moves")
    assert [one["counted_seconds"] for one in quiet["excluded"]] == [2 * HOUR] * 2


async def test_what_the_agreement_excludes_is_shown_with_why_not_more() -> None:
    found = await listed(World(board(RULED)))
    assert [(one["name"], one["from"][:10]) for one in found] == [
        ("patching", "2026-09-01"), ("patching", "2026-09-08"), ("patching", "2026-09-15"), ("patching", "2026-09-22"),
        ("patching", "2026-09-29"), ("patching", "2026-10-06"), ("patching", "2026-10-13"), ("patching", "2026-10-20"),
        ("freeze", "2026-10-21"), ("patching", "2026-10-27"),
    ]  # fmt: skip
    (third,) = found[7]["excluded"]
    assert (third["counted_seconds"], third["window"]) == (1800, "2026-10")
    assert [one["reason"] for one in third["refused"]] == [
        "the allowance of 150 min a month is used up",
        "nothing was promised then: outside the service hours or the term",
    ]


async def test_the_list_is_narrowed_to_an_agreement(world: World) -> None:
    assert len(await listed(world, "?agreement=acme")) == 3
    assert await listed(world, "?agreement=other") == []


async def test_declaring_and_revoking(world: World) -> None:
    answer = await post(world, "/api/v1/exclusions", said(objectives=["served"], effect="good"))
    assert answer.status_code == 201
    made = answer.json()
    exclusionshapes.Declared.model_validate(made)
    assert (made["id"], made["declared_at"], made["note"]) == (3, "2026-10-21T12:00:30Z", None)
    assert (made["from"], made["effect"], made["objectives"]) == ("2026-10-21T00:00:00Z", "good", ["served"])
    body = {"author": " bert ", "reason": "wrong day"}
    revoked = await post(world, "/api/v1/exclusions/3/revoke", body)
    assert revoked.status_code == 200
    exclusionshapes.Declared.model_validate(revoked.json())
    assert revoked.json()["revoked"] == {"author": "bert", "reason": "wrong day", "at": "2026-10-21T12:00:30Z"}
    again = await post(world, "/api/v1/exclusions/3/revoke", {**body, "author": "eve"})
    assert again.status_code == 409
    told = "Exclusion 3 was revoked before by bert at 2026-10-21T12:00:30Z: wrong day"
    assert again.json()["detail"] == told


async def test_of_the_past_it_is_told_what_statements_do_not_take_in(world: World) -> None:
    answer = await post(world, "/api/v1/exclusions", said(**{"from": "2026-08-30", "until": "2026-10-02"}))
    assert answer.json()["note"] == (
        "It reaches into windows that have ended: reachable 2026-08 to 2026-09, served 2026-08 to 2026-09. "
        "A statement that was made of one stays as it is; only `sla-monitor restate` brings this into it."
    )


async def test_all_faults_come_at_once(world: World) -> None:
    body = said(
        **{"from": "yesterday", "until": "2026-10-21"}, category="weather", effect="bad", author=" ", reason="a\nb",
        objectives=["latency"], announced="2027-01-01",
    )  # fmt: skip
    answer = await post(world, "/api/v1/exclusions", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault.split(":")[0] for fault in answer.json()["errors"]] == [
        "from", "announced", "category", "effect", "objectives", "author", "reason",
    ]  # fmt: skip
    assert world.board.declared == (SWAP, WRONG)


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("", said(agreement="nobody"), 422, "agreement: no agreement in force is called 'nobody'"),
        ("", said(until="2026-10-21T02:00:00+02:00"), 422, "until: the exclusion ends before it begins"),
        ("", said(objectives=[]), 422, "objectives: none is named; leave it out to mean all"),
        ("", said(author=None), 422, "author: Field required"),
        ("", said(colour="red"), 422, "colour: Extra inputs are not permitted"),
        ("/9/revoke", {"author": "a", "reason": "b"}, 404, "No exclusion has the number 9"),
        ("/1/revoke", {"author": "", "reason": "b"}, 422, "author: must not be blank"),
        ("/1/revoke", {"author": "a"}, 422, "reason: Field required"),
    ],
)
async def test_what_is_refused(world: World, path: str, body: dict[str, Any], status: int, told: str) -> None:
    answer = await post(world, f"/api/v1/exclusions{path}", body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["detail"].startswith(told)


@pytest.mark.parametrize("path", ["/api/v1/exclusions", "/api/v1/exclusions/1/revoke"])
@pytest.mark.parametrize(
    ("headers", "refusal", "told"),
    [
        ({}, "No logins here.", "No logins here."),
        ({"sec-fetch-site": "cross-site"}, None, "A page of another origin may not"),
        ({"host": "sla.example.com"}, None, "Exclusions are declared from this machine only"),
        ({"host": ""}, None, "Exclusions are declared from this machine only"),
    ],
    ids=["where others can reach it", "a page of another origin", "a name turned round to here", "no name"],
)
async def test_who_may_not_write(
    world: World, path: str, headers: dict[str, str], refusal: str | None, told: str
) -> None:
    world.refusal = refusal
    answer = await post(world, path, {"author": "a", "reason": "b"} if "revoke" in path else said(), **headers)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith(told)
    assert world.board.declared == (SWAP, WRONG)


@pytest.mark.parametrize("host", ["127.0.0.1:9797", "localhost:1", "localhost", "[::1]:9797"])
async def test_this_machine_by_its_names(world: World, host: str) -> None:
    assert (await post(world, "/api/v1/exclusions", said(), host=host)).status_code == 201


async def test_a_form_of_a_page_is_no_declaration(world: World) -> None:
    """What a browser sends without asking first is not JSON by its type."""
    async with client(world) as http:
        body = b'{"agreement":"acme"}'
        answer = await http.post("/api/v1/exclusions", content=body, headers={**LOCAL, "content-type": "text/plain"})
    assert answer.status_code == 422


async def test_the_page_of_an_agreement_tells_who_declared_what_and_why(world: World) -> None:
    text = await page(world, "/agreements/acme")
    for told in (
        "<strong>declared-1</strong>",
        "21 Oct 2026 11:00 CEST – 21 Oct 2026 13:00 CEST",
        "ann: disk swap",
        "declared 21 Oct 2026 10:00 CEST",
        "for served only; announced 21 Oct 2026 12:00 CEST",
        "revoked 21 Oct 2026 13:59 CEST by carl: it was ours",
        'while an Alertmanager silences sla_exclude="true"',
    ):
        assert told in text
    assert text.index("declared-2") < text.index("declared-1")


async def test_nothing_that_was_said_becomes_markup(world: World) -> None:
    async with client(world) as http:
        raw = (await http.get("/agreements/acme")).text
    assert "&lt;b&gt;their&lt;/b&gt; firewall" in raw
    assert "<b>their" not in raw


async def test_the_page_of_an_objective_tells_who_brought_each_about(world: World) -> None:
    text = await page(world, "/agreements/acme/reachable")
    assert '2h left out <span class="note">21 Oct 2026 11:00 CEST – 21 Oct 2026 13:00 CEST</span>' in text
    assert '<span class="note">ann: disk swap</span>' in text
    assert '<span class="note">dora: provider moves</span>' in text
    assert "firewall" not in text
    spans = "21 Oct 2026 11:00 CEST – 21 Oct 2026 13:00 CEST"
    assert f"declared-1 (maintenance), {spans} (ann: disk swap): 2h left out." in text


async def test_of_very_many_the_last_are_told() -> None:
    many = tuple(
        Declared(n, replace(SWAP.said, span=Span(AT - 60 * n - 60, AT - 60 * n - 30))) for n in range(1, MOST + 4)
    )
    text = await page(World(board(CONTRACT, timetable=Timetable(many))), "/agreements/acme/reachable")
    assert f'The last of {MOST + 3}; <a href="/api/v1/exclusions?agreement=acme">' in text
    assert "<strong>declared-1</strong>" in text
    assert f"<strong>declared-{MOST}</strong>" in text
    assert f"<strong>declared-{MOST + 1}</strong>" not in text
