"""How a source is asked, and what becomes of each way in which it fails to answer."""

from __future__ import annotations

import socket

import orjson
import pytest
import stamina

from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import (
    SourceAnswerError,
    SourceError,
    SourcePartialError,
    SourceRefusedError,
    SourceTooMuchError,
    SourceUnavailableError,
)
from sla_monitor.sources.client import ATTEMPTS, Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.faults.facts import clock
from tests.rig.processes import Prometheus
from tests.sources.asking import START
from tests.sources.broken import Answer, proxy

GOOD = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
SECRETS = ("hunter2", "s3cr3t", "t0ken")

FAULTS: dict[str, tuple[Answer, type[SourceError], str]] = {
    "garbage": (Answer(body=b"\x00\xff\x17garbage"), SourceAnswerError, "answered HTTP 200 with no JSON"),
    "an empty answer": (Answer(body=b""), SourceAnswerError, "no JSON, or a cut-off one: ''"),
    "JSON cut off": (Answer(body=GOOD[:40]), SourceAnswerError, "no JSON, or a cut-off one"),
    "bytes that never come": (Answer(body=GOOD[:40], cut=30), SourceUnavailableError, "did not answer: RemoteProtocol"),
    "a page of HTML": (Answer(body=b"<html>login", kind="text/html"), SourceAnswerError, "a cut-off one: '<html>"),
    "a redirect": (
        Answer(302, b"moved", headers={"Location": "http://elsewhere/?t0ken"}),
        SourceAnswerError,
        r"redirects elsewhere \(HTTP 302\): set the final URL",
    ),
    "a redirect in JSON": (Answer(307, GOOD), SourceAnswerError, r"redirects elsewhere \(HTTP 307\): set the final"),
    "squeezed as it is not": (
        Answer(body=GOOD, headers={"Content-Encoding": "gzip"}), SourceUnavailableError, "did not answer: DecodingError"
    ),
    "JSON of another kind": (Answer(body=b"[1, 2]"), SourceAnswerError, "answered without data"),
    "success without data": (Answer(body=b'{"status":"success"}'), SourceAnswerError, "answered without data"),
    "data that is null": (Answer(body=b'{"status":"success","data":null}'), SourceAnswerError, "no vector or matrix"),
    "a result of strings": (
        Answer(body=b'{"status":"success","data":{"result":["a"]}}'), SourceAnswerError, "no vector or matrix"
    ),
    "a value that is no number": (
        Answer(body=b'{"status":"success","data":{"result":[{"metric":{},"value":[1,"x"]}]}}'),
        SourceAnswerError,
        "no vector or matrix",
    ),
    "a parse error": (
        Answer(400, b'{"status":"error","errorType":"bad_data","error":"parse error: rate_limit exceeded"}'),
        SourceRefusedError,
        r"refused \(HTTP 400\): parse error",
    ),
    "no such path": (Answer(404, b"404 page not found"), SourceAnswerError, "answered HTTP 404 with no JSON"),
    "a locked door": (Answer(401, b"Unauthorized"), SourceRefusedError, r"refused \(HTTP 401\): set basic_auth"),
    "a locked door in JSON": (Answer(403, b'{"error":"no"}'), SourceRefusedError, r"\(HTTP 403\): no; set basic_auth"),
    "a proxy without a server": (Answer(502, b"<html>bad gateway"), SourceUnavailableError, "answered HTTP 502"),
    "an overloaded server": (
        Answer(503, b'{"status":"error","errorType":"unavailable","error":"starting"}'),
        SourceUnavailableError,
        "answered HTTP 503: starting",
    ),
    "a query that took too long": (
        Answer(503, b'{"status":"error","errorType":"timeout","error":"query timed out"}'),
        SourceTooMuchError,
        r"took too long \(HTTP 503\): query timed out",
    ),
    "too many samples": (
        Answer(422, b'{"status":"error","errorType":"execution","error":"it would load too many samples"}'),
        SourceTooMuchError,
        "too many samples",
    ),
    "a part of the data": (
        Answer(body=b'{"status":"success","warnings":["store down"],"data":{"result":[]}}'),
        SourcePartialError,
        "answered in part only: store down",
    ),
}  # fmt: skip


def endpoint(url: str, **more: object) -> Endpoint:
    return Endpoint(SourceName("main"), url.replace("//", "//me:hunter2@") + "/?t0ken=s3cr3t", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FAULTS)
async def test_each_failure_has_its_kind_and_tells_no_secret(name: str) -> None:
    answer, kind, text = FAULTS[name]
    with proxy(lambda _: answer) as broken, stamina.set_testing(testing=True, attempts=2):
        async with PrometheusClient(
            Endpoint(SourceName("main"), broken.url, headers={"X-Key": "s3cr3t"}, auth=("me", "hunter2"))
        ) as client:
            with pytest.raises(kind, match=text) as caught:
                await client.query("up", START)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(f"source 'main' ({broken.url}/api/v1/query, up)")
    assert not any(secret in str(caught.value) for secret in SECRETS)
    assert len(broken.asked) == (2 if kind is SourceUnavailableError else 1)


async def test_a_closed_port_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with stamina.set_testing(testing=True, attempts=1):
        async with PrometheusClient(endpoint(url)) as client:
            with pytest.raises(SourceUnavailableError, match="did not answer: ConnectError") as caught:
                await client.query("up", START)
    assert not any(secret in str(caught.value) for secret in SECRETS)


async def test_what_is_unavailable_is_tried_again() -> None:
    answers = iter([Answer(503, b"away"), Answer(502, b"away"), Answer()])
    seen: list[str] = []
    with proxy(lambda _: next(answers)) as flaky:
        found = Endpoint(SourceName("main"), flaky.url)
        async with PrometheusClient(found, lambda _source, result, _seconds: seen.append(result)) as client:
            assert await client.query("up", START) == ()
    assert len(flaky.asked) == ATTEMPTS
    assert seen == ["failed", "failed", "ok"]


async def test_a_server_that_is_silent_is_given_up(prometheus: Prometheus) -> None:
    prometheus.pause()
    try:
        with stamina.set_testing(testing=True, attempts=1):
            async with PrometheusClient(Endpoint(SourceName("main"), prometheus.url, timeout=0.3)) as client:
                with pytest.raises(SourceUnavailableError, match="did not answer: ReadTimeout"):
                    await client.query("up", START)
    finally:
        prometheus.resume()


@pytest.mark.parametrize("ask", ["values", "names"])
@pytest.mark.parametrize("data", [b"null", b'{"a":1}', b"[1]", b'"text"'])
async def test_labels_of_a_wrong_kind_are_refused(ask: str, data: bytes) -> None:
    with proxy(lambda _: Answer(body=b'{"status":"success","data":' + data + b"}")) as broken:
        async with PrometheusClient(Endpoint(SourceName("main"), broken.url)) as client:
            with pytest.raises(SourceAnswerError, match="no list of texts"):
                await (
                    client.label_values("le", "up", None) if ask == "values" else client.label_names("up", Span(1, 2))
                )


async def test_what_is_sound_is_taken_whatever_it_is_called() -> None:
    with proxy(lambda _: Answer(body=GOOD, kind="text/html")) as naming:
        async with PrometheusClient(Endpoint(SourceName("main"), naming.url)) as client:
            assert await client.query("up", START) == ()


async def test_remarks_on_an_expression_are_no_missing_data() -> None:
    body = GOOD[:-1] + b',"warnings":["PromQL info: metric might not be a counter"],"infos":["PromQL info: x"]}'
    with proxy(lambda _: Answer(body=body)) as remarking:
        async with PrometheusClient(Endpoint(SourceName("main"), remarking.url)) as client:
            assert await client.query("up", START) == ()


async def test_every_request_carries_its_instant_and_long_ones_are_posted() -> None:
    long = " + ".join(["up"] * 600)
    with proxy(lambda _: Answer()) as kept:
        async with PrometheusClient(
            Endpoint(SourceName("main"), kept.url, auth=("me", "hunter2"), timeout=20)
        ) as client:
            for expr in ("up", long):
                await client.query(expr, START)
                await client.query_range(expr, START, START + 60, 15)
    assert [asked.method for asked in kept.asked] == ["GET", "GET", "POST", "POST"]
    span = {"start": str(START), "end": str(START + 60), "step": "15"}
    for asked, expr, when in zip(kept.asked, ["up", "up", long, long], [{"time": str(START)}, span] * 2, strict=True):
        assert asked.form == {"query": expr, "timeout": "18.000", **when}
        assert asked.headers["Authorization"].startswith("Basic ")


RETENTIONS = {
    "days": ("15d", 15 * 86_400),
    "days, or a size": ("15d or 512MiB", 15 * 86_400),
    "weeks and days": ("2w1d", 15 * 86_400),
    "a size alone": ("512MiB", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize("sentence", RETENTIONS)
async def test_how_long_samples_are_kept(sentence: str) -> None:
    told, seconds = RETENTIONS[sentence]
    body = orjson.dumps({"status": "success", "data": {"storageRetention": told}})
    with proxy(lambda _: Answer(200, body)) as server:
        async with PrometheusClient(Endpoint(SourceName("main"), server.url)) as client:
            assert await client.retention() == seconds


async def test_a_server_that_does_not_tell_how_long_samples_are_kept() -> None:
    with proxy(lambda _: Answer(404, b"no")) as silent:
        async with PrometheusClient(Endpoint(SourceName("main"), silent.url)) as client:
            assert await client.retention() is None


def test_secrets_are_not_in_an_endpoint_when_shown() -> None:
    shown = endpoint("http://prometheus:9090", headers={"Authorization": "t0ken"}, auth=("me", "hunter2"))
    assert shown.shown == "http://prometheus:9090"
    assert "t0ken" not in repr(shown).replace(shown.url, "")


async def test_a_clock_that_runs_ahead_is_told_what_it_is_by_the_sources(prometheus: Prometheus) -> None:
    """Whatever stamps the samples says how far they can have come."""
    async with PrometheusClient(Endpoint(SourceName("default"), prometheus.url)) as client:
        reader, now = Reader(client), int(clock())
        assert await reader.answers(now) == now
        assert await reader.answers(now - 3600) == now - 3600
        assert 0 <= await reader.answers(now + 3600) - now < 60
