"""The JSON API over ASGI: answers, refusals, and the document that describes them."""

from __future__ import annotations

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator

from sla_monitor.errors import LedgerError
from sla_monitor.publishing import records
from sla_monitor.publishing.web import shapes, steps
from tests.publishing import boards
from tests.web.sites import Book, World, client

SLICES = "/api/v1/agreements/acme-payments/objectives/availability/slices"


@pytest.fixture
def world() -> World:
    return World(boards.board())


async def get(world: World, path: str, **headers: str):
    async with client(world) as asking:
        return await asking.get(path, headers=headers)


async def test_standings_are_the_records_of_the_board(world):
    answer = await get(world, "/api/v1/standings")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == [records.as_record(entry.current) for entry in world.board.entries]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("status=ended", [("vandelay-import", "availability")]),
        ("status=ended&status=pending", [("umbrella-cdn", "availability"), ("vandelay-import", "availability")]),
        ("customer=Acme%20GmbH&status=met", [("acme-payments", "availability")]),
        ("customer=Nobody", []),
    ],
)
async def test_standings_are_narrowed(world, query, wanted):
    answer = (await get(world, f"/api/v1/standings?{query}")).json()
    assert [(one["agreement"], one["objective"]) for one in answer] == wanted


async def test_agreements_tell_what_was_agreed_and_nothing_of_the_machine(world):
    answer = (await get(world, "/api/v1/agreements")).json()
    assert [one["name"] for one in answer] == [agreement.name for agreement in world.board.agreements]
    one = (await get(world, "/api/v1/agreements/acme-payments")).json()
    assert one == answer[0]
    assert one["term"] == {
        "from": "2025-12-31T23:00:00Z",
        "until": "2026-12-31T23:00:00Z",
        "renewal": {"every": "12 months", "notice": "60 days"},
        "terminated": None,
    }
    assert one["reviews"] == {"every": "3 months", "with": ["Payments service owner", "Acme GmbH"]}
    assert one["dates"] == {
        "term": {"from": "2025-12-31T23:00:00Z", "until": "2026-12-31T23:00:00Z"},
        "end": None,
        "renewal": "2026-12-31T23:00:00Z",
        "notice": "2026-11-01T23:00:00Z",
        "review": "2026-12-31T23:00:00Z",
    }
    assert one["objectives"][0]["credits"][0] == {"below": 0.999, "credit": 10.0}
    assert "document" not in one
    for each in answer:
        shapes.Agreement.model_validate(each)


async def test_slices_of_the_last_day_by_default(world):
    answer = (await get(world, SLICES)).json()
    shapes.SliceList.model_validate(answer)
    assert (answer["from"], answer["until"]) == ("2026-10-20T12:00:00Z", "2026-10-21T12:01:00Z")
    assert answer["step_seconds"] == 60
    assert answer["slices"][0] == {"start": "2026-10-20T12:00:00Z", "good": 999.9, "total": 1000.0, "known_seconds": 60}


async def test_steps_add_slices_up_exactly(world):
    answer = (await get(world, f"{SLICES}?from=2026-10-20T00:00:00Z&until=2026-10-21T00:00:00Z&step=6h")).json()
    assert [one["start"][11:13] for one in answer["slices"]] == ["00", "06", "12", "18"]
    assert {one["total"] for one in answer["slices"]} == {360_000.0}
    assert answer["slices"][0]["good"] == pytest.approx(359_964.0, abs=1e-6)
    assert {one["known_seconds"] for one in answer["slices"]} == {21600}


async def test_steps_of_which_nothing_is_held_are_left_out(world):
    world.book = Book(holes=((boards.AT - 7200, boards.AT - 3600),))
    answer = (await get(world, f"{SLICES}?from=2026-10-21T08:00:00Z&until=2026-10-21T12:00:00Z&step=1h")).json()
    assert [one["start"][11:13] for one in answer["slices"]] == ["08", "09", "11"]


async def test_a_stretch_of_which_nothing_is_held_is_an_empty_list(world):
    world.book = Book(holes=((0, 1 << 40),))
    assert (await get(world, SLICES)).json()["slices"] == []


async def test_dates_are_midnights_of_the_agreement_and_stretches_whole_steps(world):
    answer = (await get(world, f"{SLICES}?from=2026-10-20&until=2026-10-21&step=3600")).json()
    assert (answer["from"], answer["until"]) == ("2026-10-19T22:00:00Z", "2026-10-20T22:00:00Z")
    await get(world, f"{SLICES}?from=2026-10-20T10:20:00Z&until=2026-10-20T10:40:00Z&step=1h")
    hour = boards.AT - 26 * 3600
    assert world.book.asked[-1] == ("acme-payments", "availability", hour, hour + 3600)


async def test_an_offset_whose_plus_was_not_escaped_is_understood(world):
    answer = (await get(world, f"{SLICES}?from=2026-10-20T00:00:00+02:00&until=2026-10-20T01:00:00+02:00")).json()
    assert answer["from"] == "2026-10-19T22:00:00Z"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/v1/agreements/none", 404, "No agreement in force is called 'none'"),
        (
            "/api/v1/agreements/acme-payments/objectives/none/slices",
            404,
            "acme-payments has no objective called 'none'",
        ),
        ("/api/v1/none", 404, "There is nothing at /api/v1/none"),
        ("/api/v1/standings?at=2026-01-01", 501, "at="),
        ("/api/v1/standings?status=broken", 422, "status.0: Input should be 'met'"),
        (f"{SLICES}?step=90s", 400, "a multiple of the objective's slice, 60s"),
        (f"{SLICES}?step=0", 400, "a multiple of the objective's slice, 60s"),
        (f"{SLICES}?step=often", 400, "step: not a duration"),
        (f"{SLICES}?from=yesterday", 400, "from: not a date"),
        (f"{SLICES}?until=2026-10-20T10:00:00", 400, "says no offset"),
        (f"{SLICES}?from=2026-10-21&until=2026-10-20", 400, "must be before until"),
        (
            f"{SLICES}?from=2026-10-01&until=2026-10-20",
            400,
            "27,360 steps are more than 11,000: ask for a step of 180s",
        ),
        (f"{SLICES}?from=2020-01-01&until=2026-10-20&step=1d", 400, "at most 550,000 are read at once"),
    ],
)
async def test_refusals_are_problems_that_say_what_to_do(world, path, status, words):
    answer = await get(world, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["instance"] == path.split("?")[0]
    assert words in problem["detail"]
    assert not world.book.asked


async def test_the_step_that_a_refusal_names_is_accepted(world):
    stretch = f"{SLICES}?from=2026-10-01&until=2026-10-20"
    refused = (await get(world, stretch)).json()["detail"]
    step = refused.split("a step of ")[1].split("s ")[0]
    assert len((await get(world, f"{stretch}&step={step}")).json()["slices"]) <= steps.MAX_STEPS


async def test_a_year_of_minutes_can_be_had_by_the_day(world):
    answer = await get(world, f"{SLICES}?from=2026-01-01&until=2027-01-01&step=1d")
    assert answer.status_code == 200
    assert len(answer.json()["slices"]) == 366, "365 local days touch 366 days of UTC"


async def test_other_methods_are_problems_that_name_the_allowed_ones(world):
    async with client(world) as asking:
        answer = await asking.delete("/api/v1/standings")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["detail"] == "/api/v1/standings does not take DELETE."


async def test_a_ledger_that_fails_is_a_503_with_its_sentence(world):
    class Torn(Book):
        async def slices(self, *_):
            raise LedgerError("the ledger could not be read: disk I/O error")

    world.book = Torn()
    answer = await get(world, SLICES)
    assert (answer.status_code, answer.json()["detail"]) == (503, "the ledger could not be read: disk I/O error")


async def test_what_breaks_inside_is_not_given_away(world):
    class Broken(Book):
        async def slices(self, *_):
            raise RuntimeError("password=hunter2")

    world.book = Broken()
    answer = await get(world, SLICES)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text


async def test_the_openapi_document_is_valid_and_every_reference_leads_somewhere(world):
    document = (await get(world, "/api/v1/openapi.json")).json()
    OpenAPI.model_validate(document)
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {reference.rsplit("/", 1)[1] for reference in references(document)} <= set(schemas)
    assert "HTTPValidationError" not in schemas, "errors are problems"


async def test_answers_follow_the_openapi_document(world):
    document = (await get(world, "/api/v1/openapi.json")).json()
    for path in ("/api/v1/agreements", "/api/v1/standings"):
        told = document["paths"][path]["get"]["responses"]
        schema = told["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate((await get(world, path)).json())
        assert "application/problem+json" in told["default"]["content"]
    problem = (await get(world, "/api/v1/none")).json()
    Draft202012Validator(document["components"]["schemas"]["Problem"]).validate(problem)


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return found.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()
