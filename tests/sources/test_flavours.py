"""What a server is: found out by asking, or set; and how each kind is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stamina

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import SourcePartialError, SourceRefusedError, SourceTooMuchError, SourceUnavailableError
from sla_monitor.sources import flavours
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.children import Server
from tests.rig.processes import Prometheus, VictoriaMetrics
from tests.rig.remotewrite import push
from tests.rig.stories import Traffic, requests
from tests.sources.asking import START, every, fresh, probe, ratio
from tests.sources.broken import Answer, Asked, Proxy, proxy

SPAN = Span(START, START + 600)
GO = {
    "revision": "8ef767e396bf",
    "branch": "HEAD",
    "buildUser": "root@x",
    "buildDate": "20230623",
    "goVersion": "go1.20",
}
HOST = {"x-server-hostname": "vm-0"}

BUILDS: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "Prometheus 2": ({"version": "2.42.0", **GO}, {}, "prometheus", "Prometheus 2.42.0 (by its version)"),
    "Prometheus 3": ({"version": "3.1.0", **GO}, {}, "prometheus", "Prometheus 3.1.0 (by its version)"),
    "Prometheus behind a proxy that names itself": (
        {"version": "2.24.0", **GO}, HOST, "prometheus", "Prometheus 2.24.0 (by its version)"
    ),
    "Thanos": ({"version": "0.35.1", **GO}, {}, "thanos", "Thanos 0.35.1 (by its version)"),
    "Mimir": (
        {"application": "Grafana Mimir", "version": "2.0.0", **GO, "features": {"query_sharding": "false"}},
        {},
        "mimir",
        "Mimir or Cortex 2.0.0 (it calls itself Grafana Mimir)",
    ),
    "Mimir between releases": (
        {"application": "Grafana Mimir", "version": "r249-5bedc7a1-WIP"},
        {},
        "mimir",
        "Mimir or Cortex r249-5bedc7a1-WIP (it calls itself Grafana Mimir)",
    ),
    "Cortex": (
        {"application": "Cortex", "version": "1.16.0"}, {}, "mimir", "Mimir or Cortex 1.16.0 (it calls itself Cortex)"
    ),
    "VictoriaMetrics": ({"version": "2.24.0"}, {}, "victoriametrics", "VictoriaMetrics (it tells no build of its own)"),
    "VictoriaMetrics before it told a version": (
        {}, HOST, "victoriametrics", "VictoriaMetrics (it tells no build of its own)"
    ),
    "nothing": ({}, {}, "prometheus", "Prometheus (taken for one, as it does not tell what it is)"),
    "something unheard of": (
        {"version": "main", **GO}, {}, "prometheus", "Prometheus (taken for one, as it does not tell what it is)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BUILDS)
def test_a_server_is_known_by_what_it_tells_of_its_build(name: str) -> None:
    build, headers, flavour, told = BUILDS[name]
    found = flavours.identified(build, headers)
    assert (found.flavour.name, str(found)) == (flavour, told)


async def test_real_servers_are_found_out(server: Prometheus | VictoriaMetrics) -> None:
    async with PrometheusClient(Endpoint(SourceName("main"), server.url)) as client:
        found = await client.identity()
    assert found.flavour is (flavours.VICTORIAMETRICS if server.name == "victoria-metrics" else flavours.PROMETHEUS)
    assert found.version[:2] in ({""} if server.name == "victoria-metrics" else {"2.", "3."})


async def test_what_is_set_is_not_asked_for() -> None:
    with proxy(lambda _: Answer()) as kept:
        async with PrometheusClient(Endpoint(SourceName("main"), kept.url, flavour="thanos")) as client:
            assert str(await client.identity()) == "Thanos (as the settings say)"
            client.forget()
            assert client.flavour is flavours.THANOS
    assert kept.asked == []


SILENT = (Answer(404, b"no"), Answer(200, b"[1]"), Answer(200, b'{"status":"success","data":[1]}'))


@pytest.mark.parametrize("answer", SILENT)
async def test_who_does_not_tell_is_taken_for_prometheus_and_asked_no_more(answer: Answer) -> None:
    with proxy(lambda _: answer) as silent:
        async with PrometheusClient(Endpoint(SourceName("main"), silent.url)) as client:
            assert await client.identity() == await client.identity() == flavours.UNTOLD
            client.forget()
            assert await client.identity() == flavours.UNTOLD
    assert len(silent.asked) == 4  # the build, and whether it knows a word of another language


async def test_victoriametrics_is_known_by_its_language_where_a_proxy_hides_all_else(server: Server) -> None:
    with proxy(lambda asked: Answer(403, b"no") if "status" in asked.path else None, server.url) as guarded:
        async with PrometheusClient(Endpoint(SourceName("main"), guarded.url)) as client:
            found = await client.identity()
    assert found == (flavours.FLUENT if server.name == "victoria-metrics" else flavours.UNTOLD)


async def test_while_a_source_is_away_nobody_guesses_what_it_is() -> None:
    want = Want(ratio("a", "b"), SPAN)
    with proxy(lambda _: Answer(503, b"away")) as away, stamina.set_testing(testing=True, attempts=1):
        async with PrometheusClient(Endpoint(SourceName("main"), away.url)) as client:
            with pytest.raises(SourceUnavailableError):
                await client.identity()
            (found,) = await Reader(client).measure([want])
    assert isinstance(found.error, SourceUnavailableError)
    assert len(away.asked) == 2


def telling(build: dict[str, Any]) -> Any:
    """What stands before the real server, and says that it is something else."""
    body = json.dumps({"status": "success", "data": build}).encode()
    return lambda asked: Answer(body=body) if asked.path.endswith("buildinfo") else None


async def measured(front: Proxy, job: str, **more: Any) -> Reading:
    m = ratio(f'http_requests_total{{job="{job}"}}', f'http_requests_total{{job="{job}",code=~"5.."}}')
    async with PrometheusClient(Endpoint(SourceName("main"), front.url, **more)) as client:
        (found,) = await Reader(client).measure([Want(m, SPAN)])
    return found


ASKED: dict[str, tuple[dict[str, Any], dict[str, str], dict[str, str]]] = {
    "Thanos": (
        {"version": "0.35.1", **GO},
        {"dedup": "true", "partial_response": "false", "max_source_resolution": "0s"},
        {"THANOS-TENANT": "acme", "Cache-Control": "no-store"},
    ),
    "Mimir": (
        {"application": "Grafana Mimir", "version": "2.0.0"},
        {},
        {"X-Scope-OrgID": "acme", "Cache-Control": "no-store"},
    ),
    "Prometheus": ({"version": "2.42.0", **GO}, {}, {"X-Scope-OrgID": "acme"}),
}


@pytest.mark.parametrize("name", ASKED)
async def test_each_kind_is_asked_in_its_own_way(prometheus: Prometheus, name: str) -> None:
    build, parameters, headers = ASKED[name]
    job = fresh("flavours")
    push(prometheus.url, requests(START, START + 600, Traffic(job), seed=1).series)
    with proxy(telling(build), prometheus.url) as front:
        found = await measured(front, job, tenant="acme")
    assert found.slices is not None
    assert found.slices.known.sum() == 600
    first, *others = front.asked
    assert first.path.endswith("buildinfo")
    assert first.headers["X-Scope-OrgID"] == "acme"  # whoever asks for a tenant asks for it here, too
    assert len(others) > 3
    for asked in others:
        assert parameters.items() <= asked.form.items()
        assert headers.items() <= asked.headers.items()
        assert "increase_prometheus" not in asked.form.get("query", "")


async def test_victoriametrics_is_asked_without_its_cache_and_in_a_form_of_its_own(
    victoriametrics: VictoriaMetrics,
) -> None:
    job = fresh("flavours")
    push(victoriametrics.url, requests(START, START + 600, Traffic(job), seed=1).series)
    with proxy(lambda _: None, victoriametrics.url) as front:
        found = await measured(front, job, flavour="victoriametrics")
    assert found.slices is not None
    assert all(asked.form["nocache"] == "1" for asked in front.asked)
    assert sum("increase_prometheus(last_over_time(" in asked.form.get("query", "") for asked in front.asked) == 2
    assert "increase_prometheus(" in found.asked[0].query


async def test_a_partial_response_is_refused(prometheus: Prometheus) -> None:
    """Also where a front in between dropped what we asked for."""
    warning = "No StoreAPIs matched; receive store-1: connection refused"

    def partial(asked: Asked) -> Answer | None:
        if "query" not in asked.form:
            return telling({"version": "0.35.1", **GO})(asked)
        data = {"resultType": "matrix", "result": []}
        return Answer(body=json.dumps({"status": "success", "warnings": [warning], "data": data}).encode())

    with proxy(partial, prometheus.url) as front:
        found = await measured(front, "any")
    assert isinstance(found.error, SourcePartialError)
    assert warning in str(found.error)


QUERY = 'error when executing query="' + "x" * 600 + '" on the time range: cannot execute query: '

REFUSED: dict[str, tuple[str, type[SourceRefusedError]]] = {
    "Prometheus": ("query processing would load too many samples into memory in query execution", SourceTooMuchError),
    "Thanos": ("expand series: exceeded series limit: rpc error: limit 1000 violated (got 1001)", SourceTooMuchError),
    "Mimir, of chunks": (
        "the query exceeded the maximum number of chunks (limit: 2000000 chunks) (err-mimir-max-chunks-per-query)",
        SourceTooMuchError,
    ),
    "Mimir, of time": (
        "the total query time range exceeds the limit (length: 800h, limit: 720h) (err-mimir-max-total-query-length)",
        SourceTooMuchError,
    ),
    "Cortex, of chunks": ("the query hit the max number of chunks limit (limit: 2000000)", SourceTooMuchError),
    "Cortex, of time": ("the query time range exceeds the limit (query length: 800h, limit: 720h)", SourceTooMuchError),
    "VictoriaMetrics": (
        QUERY + "cannot select more than -search.maxSamplesPerQuery=1000000000 samples; possible solutions: …",
        SourceTooMuchError,
    ),
    "VictoriaMetrics, a query too long": (
        QUERY + "too long query; got 20000 bytes; mustn't exceed `-search.maxQueryLen=16384` bytes", SourceRefusedError
    ),
    "VictoriaMetrics, a function it does not know": (QUERY + 'unknown func "histogram_count"', SourceRefusedError),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_too_much_is_known_by_what_each_says(name: str) -> None:
    said, kind = REFUSED[name]
    body = json.dumps({"status": "error", "errorType": "execution", "error": said}).encode()
    with proxy(lambda _: Answer(422, body)) as refusing:
        async with PrometheusClient(Endpoint(SourceName("main"), refusing.url)) as client:
            with pytest.raises(kind) as caught:
                await client.query("up", START)
    assert type(caught.value) is kind
    assert said[-40:] in str(caught.value)


async def test_a_query_is_no_longer_than_the_source_takes(victoriametrics: VictoriaMetrics) -> None:
    job = fresh("many")
    tenants = [f"tenant-{number:03}-{'x' * 120}" for number in range(150)]
    up = [every([1.0] * 5, name="probe_success", job=job, tenant=tenant) for tenant in tenants]
    push(victoriametrics.url, up)
    wants = [Want(probe(f'probe_success{{job="{job}",tenant="{one}"}}'), Span(START, START + 60)) for one in tenants]
    with proxy(lambda _: None, victoriametrics.url) as front:
        async with PrometheusClient(Endpoint(SourceName("main"), front.url, flavour="victoriametrics")) as client:
            found = await Reader(client).measure(wants)
    assert all(reading.slices is not None and reading.slices.known.sum() == 60 for reading in found)
    asked = [form["query"] for one in front.asked if "by (tenant)" in (form := one.form).get("query", "")]
    assert len(asked) == 2
    assert max(map(len, asked)) < 16_384 < sum(map(len, asked))
