"""A source that asks to be left alone (Retry-After) is, within bounds."""

from __future__ import annotations

import asyncio

import pytest
import stamina

from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import SourceUnavailableError
from sla_monitor.sources import rests
from sla_monitor.sources.client import Endpoint, PrometheusClient
from tests.sources.asking import START
from tests.sources.broken import Answer, proxy

NOW = "Wed, 25 Nov 2026 12:00:00 GMT"

WANTED: dict[str, tuple[dict[str, str], float]] = {
    "seconds": ({"retry-after": "30"}, 30),
    "a date, by the source's own clock": ({"retry-after": "Wed, 25 Nov 2026 12:02:00 GMT", "date": NOW}, 120),
    "a date that is over": ({"retry-after": "Wed, 25 Nov 2026 11:00:00 GMT", "date": NOW}, 0),
    "a date of no zone": ({"retry-after": "Wed, 25 Nov 2026 12:02:00 -0000", "date": NOW}, 0),
    "a date without a clock": ({"retry-after": "Wed, 25 Nov 2026 12:02:00 GMT"}, 0),
    "a day": ({"retry-after": "86400"}, rests.LONGEST),
    "less than nothing": ({"retry-after": "-5"}, 0),
    "no number": ({"retry-after": "nan"}, 0),
    "forever": ({"retry-after": "inf"}, 0),
    "words": ({"retry-after": "later"}, 0),
    "nothing": ({}, 0),
}


@pytest.mark.parametrize("name", WANTED)
def test_how_long_it_wants_to_be_left_alone(name: str) -> None:
    headers, seconds = WANTED[name]
    assert rests.wanted(headers) == seconds


@pytest.mark.parametrize("status", [429, 503])
async def test_a_short_rest_is_waited_for_by_all(status: int) -> None:
    answers = iter([Answer(status, b"too many requests", headers={"Retry-After": "1"})])
    with proxy(lambda _: next(answers, Answer())) as busy:
        refused = asyncio.Event()
        found = Endpoint(SourceName("main"), busy.url)
        async with PrometheusClient(found, lambda *_: refused.set()) as client:
            clock = asyncio.get_running_loop().time
            began, ended = clock(), []

            async def ask(expr: str) -> None:
                await client.query(expr, START)
                ended.append(clock() - began)

            first = asyncio.create_task(ask("up"))
            await refused.wait()
            await asyncio.gather(first, ask("down"))
    assert min(ended) >= 0.95
    assert [one.form["query"] for one in busy.asked].count("down") == 1


async def test_a_long_rest_is_told_at_once_and_nothing_is_sent_meanwhile() -> None:
    answers = iter([Answer(429, b"too many outstanding requests", headers={"Retry-After": "120"})])
    with proxy(lambda _: next(answers, Answer())) as busy, stamina.set_testing(testing=True, attempts=3):
        async with PrometheusClient(Endpoint(SourceName("main"), busy.url)) as client:
            for told in ("answered HTTP 429", r"is not asked: it wants to be left alone for 1\d\d s more"):
                with pytest.raises(SourceUnavailableError, match=told) as caught:
                    await client.query("up", START)
                assert 110 < caught.value.retry_after <= 120
            assert len(busy.asked) == 1
            client.forget()  # as a reload does
            assert await client.query("up", START) == ()
