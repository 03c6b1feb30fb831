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
