"""Short answers are asked for as they are, long ones squeezed."""

from __future__ import annotations

import pytest

from sla_monitor.compliance.bundles import Bundle, Wanted
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Amount, Measurement, SourceName
from sla_monitor.sources.client import SHORT, Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
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
