"""Metrics, health, reload, static files, and what every answer carries."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from sla_monitor.publishing.web.headers import HEADERS
from tests.publishing import boards
from tests.web.sites import World, client, served

DOCS = Path(__file__).parents[2] / "docs" / "http.md"
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


@pytest.fixture
def world() -> World:
    return World(boards.board())


async def test_metrics_are_openmetrics_for_those_who_ask(world):
    async with client(world) as asking:
        answer = await asking.get("/metrics", headers={"accept": OPENMETRICS})
        plain = await asking.get("/metrics")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name for family in text_string_to_metric_families(answer.text)}
    assert "sla_target_ratio" in families
    assert plain.headers["content-type"].startswith("text/plain")
    assert "# EOF" not in plain.text


async def test_health_and_readiness(world):
    async with client(world) as asking:
        assert (await asking.get("/healthz")).text == "ok\n"
        assert (await asking.get("/readyz")).text == "ok\n"
        world.ready.reasons = ["no agreement is loaded", "default has not answered for 12m"]
        answer = await asking.get("/readyz")
        assert (await asking.head("/healthz")).status_code == 200
    assert (answer.status_code, answer.text) == (503, "no agreement is loaded\ndefault has not answered for 12m\n")


async def test_reload_tells_of_faults(world):
    async with client(world) as asking:
        assert (await asking.post("/-/reload")).status_code == 200
        world.faults = ["a.yaml:1:1: no such key", "b.yaml:2:2: no target"]
        answer = await asking.post("/-/reload")
        assert (await asking.get("/-/reload")).status_code == 405
    assert world.reloads == 2
    assert (answer.status_code, answer.json()["errors"]) == (500, world.faults)


@pytest.mark.parametrize(
    ("origin", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
async def test_a_page_of_another_origin_cannot_reload(world, origin, status):
    async with client(world) as asking:
        answer = await asking.post("/-/reload", headers={"sec-fetch-site": origin})
    assert (answer.status_code, world.reloads) == (status, int(status == 200))


async def test_static_files_and_nothing_beside_them(world):
    async with client(world) as asking:
        style = await asking.get("/static/style.css")
        outside = await asking.get("/static/..%2Fapp.py")
        absent = await asking.get("/static/app.py")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "max-age" in style.headers["cache-control"]
    assert (outside.status_code, absent.status_code) == (404, 404)


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/standings", "/api/v1/none", "/static/style.css", "/none"])
async def test_every_answer_forbids_scripts_frames_and_guessing(world, path):
    async with client(world) as asking:
        answer = await asking.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_long_answers_are_compressed_on_request(world):
    async with client(world) as asking:
        squeezed = await asking.get("/api/v1/standings", headers={"accept-encoding": "gzip"})
        plain = await asking.get("/api/v1/standings", headers={"accept-encoding": "identity"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert squeezed.json() == plain.json()


async def test_links_keep_the_prefix_that_a_proxy_strips(world):
    transport = httpx.ASGITransport(world.app(), root_path="/sla")
    async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as asking:
        page = (await asking.get("/sla/")).text
    links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page))
    assert links
    assert all(link.startswith("/sla/") for link in links)


def test_the_real_server_serves_it(world):
    with served(world) as address:
        assert httpx.get(f"{address}/healthz").text == "ok\n"
        assert httpx.get(f"{address}/metrics", headers={"accept": OPENMETRICS}).text.endswith("# EOF\n")


def test_every_route_is_documented(world):
    documented = set(re.findall(r"`(/[^`\s]*)`", DOCS.read_text()))
    served_paths = {context.path for context in iter_route_contexts(world.app().routes)}
    assert len(served_paths) > 10
    assert served_paths - documented == set()


@pytest.mark.parametrize("accept", ["", OPENMETRICS, "text/plain;version=1.0.0;escaping=allow-utf-8"])
async def test_metrics_squeezed_are_the_same_and_say_what_they_hang_on(world, accept):
    async with client(world) as asking:
        headers = {"accept": accept}
        squeezed = await asking.get("/metrics", headers={**headers, "accept-encoding": "deflate, gzip;q=1.0"})
        plain = await asking.get("/metrics", headers={**headers, "accept-encoding": "identity"})
        head = await asking.head("/metrics", headers={**headers, "accept-encoding": "gzip"})
    assert squeezed.headers["content-encoding"] == head.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert squeezed.text == plain.text
    assert squeezed.headers["content-type"] == plain.headers["content-type"]
    assert {one.headers["vary"] for one in (squeezed, plain, head)} == {"Accept, Accept-Encoding"}
    assert int(squeezed.headers["content-length"]) < len(plain.content) / 4
    assert "sla_monitor_build_info" in plain.text


async def test_metrics_of_some_are_theirs_alone(world):
    async with client(world) as asking:
        two = (await asking.get("/metrics?agreement=acme-payments&agreement=initech-batch")).text
        customer = (await asking.get("/metrics", params={"customer": 'Globex "EU" & Söhne'})).text
        shards = [(await asking.get(f"/metrics?shard={n}/2", headers={"accept": OPENMETRICS})).text for n in (1, 2)]
    assert set(re.findall(r'agreement="([\w-]+)"', two)) == {"acme-payments", "initech-batch"}
    assert set(re.findall(r'agreement="([\w-]+)"', customer)) == {"globex-search"}
    assert "sla_monitor_" not in two + customer + "".join(shards)
    assert all(text.endswith("# EOF\n") for text in shards)


REFUSED = {
    "agreement=no&agreement=acme-payments": (404, "There is no agreement 'no': / lists what there is."),
    "agreement=b&customer=a&agreement=a": (
        404,
        "There is no agreement 'a', and no agreement 'b', and no customer 'a': / lists what there is.",
    ),
    "agrement=acme-payments": (400, "/metrics takes agreement=, customer= and shard=, and not agrement."),
    "shard=1/2&shard=2/2": (400, "shard= may be given once."),
    **{
        f"shard={text}": (400, f"shard={text}: write the number and the count of shards, 1/4 to 4/4.")
        for text in ("", "1", "0/4", "5/4", "-1/4", "1/0", "a/b", "1/4/4", "1/9999999")
    },
}


@pytest.mark.parametrize("query", REFUSED)
async def test_metrics_of_what_is_not_there_are_refused_with_a_sentence(world, query):
    async with client(world) as asking:
        answer = await asking.get(f"/metrics?{query}")
    assert (answer.status_code, answer.json()["detail"]) == REFUSED[query]
