"""Silences of a real Alertmanager: read whole, and chosen as its own filter chooses them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sla_monitor.compliance.silences import Matcher, Operator, Silence, matcher_of, meant
from sla_monitor.compliance.spans import Span
from sla_monitor.errors import SourceAnswerError, SourceError, SourceRefusedError, SourceUnavailableError
from sla_monitor.sources.silences import SilenceReader
from tests.faults.facts import clock
from tests.rig.children import HOST
from tests.rig.processes import Alertmanager
from tests.sources.broken import Answer, proxy

MADE = {
    "both": ['service="payments"', 'sla_exclude="true"'],
    "service": ['service="payments"', 'zone="a"'],
    "expression": ['service=~"pay.*|search"', 'sla_exclude="true"'],
    "other": ['service="search"', 'sla_exclude="false"'],
    "quoted": ['path="a\\\\b \\"c\\""'],
}
SPARING = ['service!="payments"', 'zone!~"b.*"']


def posted(url: str, name: str, matchers: list[str], end: int) -> str:
    """As amtool would."""
    read = [matcher_of(text) for text in matchers]
    body = {
        "matchers": [
            {
                "name": one.label,
                "value": one.value,
                "isRegex": one.operator in (Operator.MATCHES, Operator.MATCHES_NOT),
                "isEqual": one.operator in (Operator.EQUAL, Operator.MATCHES),
            }
            for one in read
        ],
        "startsAt": datetime.fromtimestamp(clock(), UTC).isoformat(),
        "endsAt": (datetime.fromtimestamp(end, UTC) + timedelta(milliseconds=900)).isoformat(),
        "createdBy": "dora",
        "comment": name,
    }
    answer = httpx.post(f"{url}/api/v2/silences", json=body, timeout=10, trust_env=False)
    answer.raise_for_status()
    return str(answer.json()["silenceID"])


async def read(url: str, now: int = 7) -> tuple[Silence, ...]:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await SilenceReader(url, http, httpx.Auth()).seen(now)


@pytest.fixture(scope="module")
def silenced(alertmanager: Alertmanager) -> Alertmanager:
    for name, matchers in MADE.items():
        posted(alertmanager.url, name, matchers, clock() + 3600)
    return alertmanager


def asked(url: str, method: str, path: str, **params: Any) -> Any:
    answer = httpx.request(method, f"{url}/api/v2/{path}", params=params, timeout=10, trust_env=False)
    answer.raise_for_status()
    return answer.json() if answer.content else None


async def test_a_silence_is_read_whole(alertmanager: Alertmanager) -> None:
    before, end = clock(), clock() + 3600
    id_ = posted(alertmanager.url, "spares", SPARING, end)
    (found,) = (one for one in await read(alertmanager.url) if one.id == id_)
    assert found.matchers == (
        Matcher("service", Operator.NOT_EQUAL, "payments"),
        Matcher("zone", Operator.MATCHES_NOT, "b.*"),
    )
    assert (found.author, found.comment, found.seen_at, found.alertmanager) == ("dora", "spares", 7, alertmanager.url)
    assert before <= found.span.start <= before + 5
    assert found.span.end == end
    assert found.announced == found.updated_ms // 1000
    asked(alertmanager.url, "DELETE", f"silence/{id_}")
    (ended,) = (one for one in await read(alertmanager.url) if one.id == id_)
    assert ended.updated_ms > found.updated_ms
    assert ended.span == Span(found.span.start, ended.span.end)
    assert before <= ended.span.end <= before + 10


@pytest.mark.parametrize(
    "wanted",
    [
        ['service="payments"'],
        ['service="payments"', 'sla_exclude="true"'],
        ['service=~"pay.*"'],
        ['service=~"pay"'],
        ['service=~".*"'],
        ['service=~"pay.*|search"'],
        ['service="payments"', 'zone="a"'],
        ['service="payments"', 'zone!="b"'],
        ['zone=""'],
        ['zone!=""'],
        ['service!="search"'],
        ['service="pay.*|search"'],
        ['path="a\\\\b \\"c\\""'],
        ["sla_exclude=true"],
    ],
    ids=" ".join,
)
async def test_silences_are_chosen_as_alertmanager_chooses_them(silenced: Alertmanager, wanted: list[str]) -> None:
    told = asked(silenced.url, "GET", "silences", filter=wanted)
    matchers = [matcher_of(text) for text in wanted]
    found = [one for one in await read(silenced.url) if one.comment in MADE]
    assert {one.comment for one in found if meant(matchers, one)} == {
        one["comment"] for one in told if one["comment"] in MADE
    }


@pytest.mark.parametrize(
    ("answer", "expected", "told"),
    [
        (Answer(503, b"busy"), SourceUnavailableError, "answered 503"),
        (Answer(404, b"nothing"), SourceRefusedError, "answered 404: see its URL in alerting.alertmanagers"),
        (Answer(401, b"who"), SourceRefusedError, "answered 401"),
        (Answer(200, b"<html>"), SourceAnswerError, "answered with something else than its silences"),
        (Answer(200, b'{"status":"success"}'), SourceAnswerError, "answered with something else"),
        (Answer(200, b'[{"id":"a"}]'), SourceAnswerError, "answered with something else"),
        (Answer(200, b'[{"startsAt":"soon","endsAt":1}]'), SourceAnswerError, "answered with something else"),
        (Answer(200, b"[]", cut=10), SourceUnavailableError, "does not answer"),
    ],
)
async def test_what_is_no_answer_is_told(answer: Answer, expected: type[SourceError], told: str) -> None:
    with proxy(lambda _: answer) as broken, pytest.raises(expected, match=told):
        await read(broken.url)


async def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceUnavailableError, match=r"^the Alertmanager http://.*:9 does not answer: "):
        await read(f"http://{HOST}:9")


async def test_credentials_are_sent_and_not_told() -> None:
    with proxy(lambda _: Answer(200, b"[]")) as broken:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert await SilenceReader(broken.url, http, httpx.BasicAuth("me", "hunter2")).seen(0) == ()
    assert broken.asked[0].path == "/api/v2/silences"
    assert broken.asked[0].headers["Authorization"].startswith("Basic ")


async def test_an_alertmanager_that_knows_no_negations() -> None:
    matcher = b'{"name":"a","value":"b","isRegex":false}'
    body = (
        b'[{"id":"x","startsAt":"2026-01-01T00:00:00Z","endsAt":"2025-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z",'
        b'"createdBy":"a","comment":"b","matchers":[' + matcher + b"]}]"
    )
    with proxy(lambda _: Answer(200, body)) as old:
        (found,) = await read(old.url)
    assert found.matchers == (Matcher("a", Operator.EQUAL, "b"),)
    assert found.span.seconds == 0
