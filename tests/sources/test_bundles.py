"""The same measurements asked for again and again: what was found out of them holds as long as it is so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sla_monitor.compliance.bundles import Bundle, Wanted
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Amount, Measurement, Probe, SourceName
from sla_monitor.sources.client import SHORT, Endpoint, PrometheusClient
from sla_monitor.sources.reader import NAMED_ONE_BY_ONE, Reader
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.sources.asking import START, every, fresh
from tests.sources.broken import proxy

MANY = SHORT // 2 + 10


@pytest.mark.parametrize(("count", "minutes", "squeezed"), [(1, 2, False), (MANY, 1, False), (MANY, 2, True)])
async def test_an_answer_is_squeezed_when_it_is_long(
    prometheus: Prometheus, count: int, minutes: int, *, squeezed: bool
) -> None:
    job = fresh("length")
    push(
        prometheus.url,
        [every([float(n) for n in range(20)], name="all_total", job=job, tenant=f"t{n}") for n in range(count)],
    )
    push(prometheus.url, [every([1.0] * 20, name="up", job=job)])
    selectors = [f'all_total{{job="{job}",tenant="t{n}"}}' for n in range(count)]
    bundle = Bundle(Measurement(SourceName("default"), Amount((one,)), 60) for one in selectors)
    with proxy(lambda _: None, prometheus.url) as kept:
        async with PrometheusClient(Endpoint(SourceName("default"), kept.url, resolution=15)) as client:
            reader = Reader(client)
            for _ in range(2):  # of how many rows there are, the first answer tells
                kept.asked.clear()
                await reader.gather([Wanted(bundle, Span(START + 60, START + 60 + minutes * 60))])
    ranges = [one for one in kept.asked if one.path.endswith("query_range") and "all_total" in one.form["query"]]
    assert ["gzip" in one.headers["Accept-Encoding"] for one in ranges] == [squeezed]


def bundle_of(job: str, tenants: Sequence[int]) -> Bundle:
    selectors = [f'all_total{{job="{job}",tenant="t{n}"}}' for n in tenants]
    return Bundle(Measurement(SourceName("default"), Amount((one,)), 60) for one in selectors)


async def test_who_is_asked_for_may_change_while_the_answer_stays(prometheus: Prometheus) -> None:
    """Nearly all are asked for without their names, so that the query, and what comes of it, are the same text."""
    job = fresh("changing")
    push(
        prometheus.url,
        [
            every([0.0, *[float(n)] * 19], name="all_total", job=job, tenant=f"t{n}", instance="a")
            for n in range(NAMED_ONE_BY_ONE + 10)
        ],
    )
    push(prometheus.url, [every([1.0] * 20, name="up", job=job, instance="a")])
    everybody = range(NAMED_ONE_BY_ONE + 10)
    async with PrometheusClient(Endpoint(SourceName("default"), prometheus.url, resolution=15)) as client:
        reader = Reader(client)
        for tenants in (everybody, everybody[::-1], everybody[3:]):
            (told,) = await reader.gather([Wanted(bundle_of(job, tenants), Span(START, START + 60))])
            assert told.block is not None
            found = dict(zip(told.wanted.bundle.keys, told.block.good[:, 0].tolist(), strict=True))
            assert list(found.values()) == [float(n) for n in tenants]


async def test_what_was_found_out_holds_for_a_day_or_until_it_is_forgotten(prometheus: Prometheus) -> None:
    job, day = fresh("spacing"), 86_400
    for name in "ab":
        for start, step in ((START, 15), (START + day, 60)):
            push(
                prometheus.url,
                [every([1.0] * (7200 // step), step, start, name="probe_success", job=job, tenant=name)],
            )
    bundle = Bundle(
        Measurement(SourceName("default"), Probe(f'probe_success{{job="{job}",tenant="{name}"}}'), 60) for name in "ab"
    )
    with proxy(lambda _: None, prometheus.url) as kept:
        async with PrometheusClient(Endpoint(SourceName("default"), kept.url)) as client:
            reader = Reader(client)
            assert reader.settles(bundle).tolist() == [30, 30]

            async def steps(start: int) -> set[int]:
                kept.asked.clear()
                (told,) = await reader.gather([Wanted(bundle, Span(start, start + 60))])
                assert told.asked is not None
                return {asked.step for row in range(2) for asked in told.asked.of(row)}

            def looked() -> bool:
                return any("count_over_time" in one.form.get("query", "") for one in kept.asked)

            assert (await steps(START + 3600), looked()) == ({15}, True)
            assert (await steps(START + 3660), looked()) == ({15}, False)
            assert (await steps(START + day + 3600), looked()) == ({60}, True)
            assert reader.settles(bundle).tolist() == [120, 120]
            assert (await steps(START + day + 3660), looked()) == ({60}, False)
            reader.discovery.forget()
            assert (await steps(START + day + 3720), looked()) == ({60}, True)
