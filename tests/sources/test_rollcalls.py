"""Who is there, asked of a real Prometheus: exact to the minute, whenever and in however many looks it is asked."""

from __future__ import annotations

import numpy as np
import pytest

from sla_monitor.compliance.rolls import Call, Presence, Roll, Search
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import IndicatorError, SourcePartialError, SourceRefusedError
from sla_monitor.measuring import rollcalls
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.rollcalls import RollCaller
from tests.rig.processes import Prometheus, VictoriaMetrics
from tests.rig.remotewrite import STALE, Series, push
from tests.sources.asking import fresh

BEGIN = 1_577_836_800  # 2020-01-01T00:00Z: a time of our own, as `up` of others would tell that the source was there
HOUR, DAY = 3600, 86_400


def present(job: str, tenant: str, *spans: tuple[int, int], name: str = "up") -> Series:
    """A sample a minute within the spans (seconds from BEGIN), and a stale marker where one ends."""
    labels = {"__name__": name, "job": job, **({"tenant": tenant} if tenant else {})}
    instants = [at for start, end in spans for at in range(BEGIN + start, BEGIN + end + 1, 60)]
    values = [STALE if at - BEGIN in {end for _, end in spans} else 1.0 for at in instants]
    return Series(labels, np.array(instants, np.int64) * 1000, np.array(values))


def search(job: str, label: str = "tenant", query: str = 'group by (tenant) (up{job="JOB"})') -> Search:
    return Search("shop", SourceName("default"), query.replace("JOB", job), label)


async def called(url: str, wanted: Search, start: int, end: int) -> Call:
    async with PrometheusClient(Endpoint(SourceName("default"), url)) as client:
        return await RollCaller(client).call(wanted, Span(BEGIN + start, BEGIN + end))


async def followed(url: str, wanted: Search, *looks: int) -> dict[str, list[tuple[int | None, int | None]]]:
    """Since when and until when each is there, in seconds from BEGIN, when it is looked at these instants."""
    roll = Roll()
    async with PrometheusClient(Endpoint(SourceName("default"), url)) as client:
        for now in looks:
            async for roll in rollcalls.looks(RollCaller(client), wanted, roll, BEGIN + now + rollcalls.SETTLE):  # noqa: B020, B007 - each look goes on where the last one ended
                pass
    return {value: [_times(one) for one in times] for value, times in roll.times.items()}


def _times(one: Presence) -> tuple[int | None, int | None]:
    return one.since and one.since - BEGIN, one.end and one.end - BEGIN


@pytest.fixture
def job(server: Prometheus) -> str:
    """acme is always there, globex comes, initech goes, hooli goes and comes back; one has no name."""
    job = fresh("roll")
    end = 4 * DAY
    there = {
        "acme": [(0, end)],
        "globex": [(DAY + 120, end)],
        "initech": [(0, DAY + 600)],
        "hooli": [(0, HOUR), (2 * DAY, end)],
        "": [(0, end)],
    }
    push(server.url, [present(job, tenant, *spans) for tenant, spans in there.items()])
    return job


EXPECTED = {
    "acme": [(None, None)],
    "globex": [(DAY + 120, None)],
    "initech": [(None, DAY + 600)],
    "hooli": [(None, HOUR), (2 * DAY, None)],
}


@pytest.mark.parametrize(
    "looks",
    [(0, 4 * DAY - 60), (0, DAY, 2 * DAY, 3 * DAY, 4 * DAY - 60), (0, *range(30 * HOUR + 17, 4 * DAY - 60, 7 * HOUR))],
    ids=["after four days of standstill", "once a day", "at odd times"],
)
async def test_who_came_and_went(server: Prometheus | VictoriaMetrics, job: str, looks: tuple[int, ...]):
    if isinstance(server, VictoriaMetrics):
        pytest.skip("VictoriaMetrics 1.79 does not tell of all that came and went days ago when it is asked at once")
    assert await followed(server.url, search(job), *looks) == EXPECTED


async def test_a_call_tells_each_minute(server: Prometheus, job: str):
    found = await called(server.url, search(job), DAY, DAY + HOUR)

    hour = Span(BEGIN + DAY, BEGIN + DAY + HOUR)
    assert found.told == Spans((hour,))
    assert found.there == {
        "acme": Spans((hour,)),
        "globex": Spans((hour.after(BEGIN + DAY + 120),)),
        "initech": Spans((hour.before(BEGIN + DAY + 600),)),
    }


async def test_series_of_one_customer_need_not_be_put_together(server: Prometheus, job: str):
    found = await called(server.url, search(job, query='up{job="JOB",tenant!=""}'), DAY, DAY + HOUR)
    assert set(found.there) == {"acme", "globex", "initech"}


async def test_where_nobody_is_there_the_source_must_show_that_it_was(server: Prometheus):
    job, other = fresh("roll"), fresh("roll")
    far = -300 * DAY
    push(server.url, [present(job, "acme", (far, far + 600)), present(other, "", (far + 1200, far + 1800))])
    found = await called(server.url, search(job), far, far + HOUR)

    assert found.told == Spans(
        (Span(BEGIN + far, BEGIN + far + 600), Span(BEGIN + far + 1200, BEGIN + far + 1800)),
    )


async def test_a_query_without_the_label_is_told(server: Prometheus, job: str):
    with pytest.raises(IndicatorError, match="the query answers without the label 'customer'"):
        await called(server.url, search(job, "customer"), 0, HOUR)


async def test_a_query_that_the_source_refuses_is_told(server: Prometheus):
    with pytest.raises(SourceRefusedError):
        await called(server.url, search("x", query="up * on (job) group_left () nothing + {"), 0, HOUR)


class Away:
    """Answers twice, and then in part only."""

    calls = 0

    async def call(self, search: Search, span: Span) -> Call:
        self.calls += 1
        if self.calls > 2:
            raise SourcePartialError("half")
        return Call(span, Spans((span,)), {search.label: Spans((span,))})


class Kept:
    """A ledger of one roll."""

    def __init__(self) -> None:
        self.held: dict[str, Roll] = {}

    def rolls(self) -> dict[str, Roll]:
        return self.held

    def keep_roll(self, template: str, before: Roll, after: Roll) -> None:
        assert self.held.get(template, Roll()) == before
        self.held[template] = after


async def test_what_was_seen_before_a_failure_is_kept_and_nobody_ends_by_it():
    kept, caller, wanted = Kept(), Away(), search("x")
    await rollcalls.follow(caller, kept, wanted, BEGIN)
    with pytest.raises(SourcePartialError):
        await rollcalls.follow(caller, kept, wanted, BEGIN + 4 * DAY)

    assert kept.held["shop"].times == {"tenant": (Presence(None),)}
    assert kept.held["shop"].looked == BEGIN + DAY, "the second answer was of a day"


async def test_a_clock_that_is_set_back_looks_at_nothing_twice():
    kept, caller, wanted = Kept(), Away(), search("x")
    _, first = await rollcalls.follow(caller, kept, wanted, BEGIN)
    _, second = await rollcalls.follow(caller, kept, wanted, BEGIN - HOUR)

    assert (second, caller.calls) == (first, 1)
