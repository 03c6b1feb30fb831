"""The spacing of samples is found out, day by day, and never taken for what it is not."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Comparison, Measurement, SourceName
from sla_monitor.errors import IndicatorError
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.discovery import SPANS_KEPT, UNSEEN_RESOLUTION, Discovery
from sla_monitor.sources.plans import resolution_on
from sla_monitor.sources.reader import MIN_SETTLE, Reader
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push
from tests.sources.asking import DAY, START, fresh, latency, probe, ratio, read, threshold, told
from tests.sources.broken import proxy

HOUR = 3600


def scraped(
    name: str, job: str, interval: int, *, lost: float = 0.0, jitter: float = 0.0, start: int = START
) -> Series:
    """An hour of ones, some scrapes lost, each a little late."""
    rng = np.random.default_rng(interval)
    at = np.arange(start, start + HOUR, interval) * 1000
    at = np.sort(at + (rng.random(len(at)) * jitter * 1000).astype(np.int64))
    at = at[rng.random(len(at)) >= lost]
    return Series({"__name__": name, "job": job}, at, np.ones(len(at)))


async def found(server: Prometheus, m: Measurement, start: int = START, resolution: int | None = None) -> int:
    async with PrometheusClient(Endpoint(SourceName("default"), server.url, resolution=resolution)) as client:
        return await Discovery(client).resolution(m, Span(start, start + HOUR))


@pytest.mark.parametrize(
    ("spacing", "grid", "resolution"),
    [
        *[
            (15, 60, 15),
            (14, 60, 15),
            (15.4, 60, 15),
            (16, 60, 20),
            (30, 60, 30),
            (31, 60, 60),
            (60, 60, 60),
            (1, 60, 1),
        ],
        *[(60, 900, 60), (61, 900, 75), (0.5, 60, 1), (5, 86400, 5), (300, 300, 300), (61, 60, None), (301, 300, None)],
    ],
)
def test_a_spacing_is_rounded_up_to_a_divisor_of_the_slice(spacing: float, grid: int, resolution: int | None) -> None:
    assert resolution_on(grid, spacing) == resolution


@pytest.mark.parametrize(
    ("interval", "lost", "jitter"), [(15, 0, 0), (15, 0.1, 0), (15, 0.6, 0), (15, 0.1, 0.4), (30, 0.3, 0.4), (60, 0, 0)]
)
async def test_lost_and_late_scrapes_do_not_blur_it(
    server: Prometheus, interval: int, lost: float, jitter: float
) -> None:
    job = fresh("scraped")
    push(server.url, [scraped(name, job, interval, lost=lost, jitter=jitter) for name in ("up", "probe_success")])
    assert await found(server, ratio(f'all_total{{job="{job}"}}', "bad_total")) == interval
    assert await found(server, probe(f'probe_success{{job="{job}"}}')) == interval


async def test_a_gauge_tells_its_own_spacing(server: Prometheus) -> None:
    """A recorded series comes at the pace of its rule, not of the scrapes of its job."""
    job = fresh("recorded")
    push(server.url, [scraped("up", job, 15), scraped("job:temperature", job, 60)])
    assert await found(server, threshold(f'job:temperature{{job="{job}"}}', Comparison.LE, "1")) == 60
    assert await found(server, probe(f'job:temperature{{job="{job}"}}')) == 60


async def test_a_target_without_up_is_measured_by_its_series(server: Prometheus) -> None:
    job = fresh("pushed")
    push(server.url, [scraped("all_total", job, 30)])
    assert await found(server, ratio(f'all_total{{job="{job}"}}', "bad_total")) == 30


async def test_each_day_has_its_own(server: Prometheus) -> None:
    job = fresh("changed")
    push(server.url, [scraped("up", job, 60), scraped("probe_success", job, 60)])
    push(server.url, [scraped(name, job, 15, start=START + DAY) for name in ("up", "probe_success")])
    m = probe(f'probe_success{{job="{job}"}}')
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        reader = Reader(client)
        wants = [Want(m, Span(day, day + HOUR)) for day in (START + DAY, START)]
        for reading in await reader.measure(wants):
            assert reading.slices is not None
            assert set(told(reading.slices)) == {(60, 60, 60)}


async def test_samples_early_in_a_day_are_found(server: Prometheus) -> None:
    job = fresh("early")
    push(server.url, [scraped("probe_success", job, 60)])
    reading = await read(server.url, probe(f'probe_success{{job="{job}"}}'), START, START + DAY)
    assert reading.slices is not None
    assert set(told(reading.slices)[:60]) == {(60, 60, 60)}


async def test_samples_rarer_than_the_slice_are_an_error_that_says_what_to_do(server: Prometheus) -> None:
    job = fresh("rare")
    push(server.url, [scraped("probe_success", job, 120)])
    reading = await read(server.url, probe(f'probe_success{{job="{job}"}}'), START, START + HOUR)
    assert isinstance(reading.error, IndicatorError)
    assert str(reading.error) == (
        "samples come every 120 s, which is longer than the slice of 60 s: set a longer slice in the objective"
    )


async def test_a_configured_resolution_asks_nobody(server: Prometheus) -> None:
    m = probe(f'probe_success{{job="{fresh("configured")}"}}')
    assert await found(server, m, resolution=20) == 20
    with pytest.raises(IndicatorError, match="samples come every 90 s"):
        await found(server, m, resolution=90)


async def test_what_was_never_seen_is_asked_for_again(server: Prometheus) -> None:
    job = fresh("late")
    m = probe(f'probe_success{{job="{job}"}}')
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        discovery = Discovery(client)
        assert await discovery.resolution(m, Span(START, START + 60)) == UNSEEN_RESOLUTION
        push(server.url, [scraped("probe_success", job, 30)])
        assert await discovery.resolution(m, Span(START, START + HOUR)) == 30


async def test_what_was_asked_for_in_vain_is_kept_of_the_last_spans(prometheus: Prometheus) -> None:
    """Classic histograms are asked each minute whether they are native; of a month of minutes nothing may be left."""
    job = fresh("vain")
    m = latency(f'lag_seconds{{job="{job}"}}', "0.3")
    first, *others = (Span(at, at + 60) for at in range(START, START + 60 * (SPANS_KEPT + 1), 60))
    with proxy(lambda _: None, prometheus.url) as kept:
        async with PrometheusClient(Endpoint(SourceName("default"), kept.url)) as client:
            discovery = Discovery(client)

            async def asked(span: Span) -> int:
                kept.asked.clear()
                assert await asyncio.gather(*(discovery.native(m, span, 15) for _ in range(3))) == [None] * 3
                return len(kept.asked)

            assert [await asked(span) for span in (first, first, *others)] == [1, 0, *[1] * len(others)]
            assert [await asked(span) for span in (*others, first)] == [*[0] * len(others), 1]


async def test_settling_takes_two_scrapes(server: Prometheus) -> None:
    job = fresh("settled")
    push(server.url, [scraped("probe_success", job, 60)])
    m = probe(f'probe_success{{job="{job}"}}')
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        reader = Reader(client)
        assert reader.settle(m) == MIN_SETTLE
        await reader.learn([m], START + HOUR)
        assert reader.settle(m) == 120
    async with PrometheusClient(Endpoint(SourceName("default"), server.url, settle=5)) as client:
        assert Reader(client).settle(m) == 5
