"""Buckets are found by number, and missed where they are missing."""

from __future__ import annotations

import pytest

from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import IndicatorError
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.discovery import Discovery
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push
from tests.rig.stories import Traffic, latencies
from tests.sources.asking import DAY, START, every, fresh, latency, read, slices, told

FOUR = START + 240


def grown(by: float, count: int = 17) -> list[float]:
    return [by * k for k in range(count)]


def histogram(job: str, buckets: dict[str, list[float | None]], count: list[float]) -> list[Series]:
    return [
        every([1.0] * len(count), name="up", job=job),
        every(count, name="took_seconds_count", job=job),
        every(count, name="took_seconds_bucket", job=job, le="+Inf"),
        *(every(values, name="took_seconds_bucket", job=job, le=le) for le, values in buckets.items()),
    ]


@pytest.mark.parametrize(
    ("spelled", "threshold"),
    [("5", "5"), ("5.0", "5"), ("1e+06", "1000000"), ("1000000.0", "1000000"), ("0.3", "0.3"), ("0.25", "0.250")],
)
async def test_a_bucket_is_found_by_its_number(server: Prometheus, spelled: str, threshold: str) -> None:
    job = fresh("bucket")
    push(server.url, histogram(job, {"0.1": grown(1), spelled: grown(3)}, grown(4)))
    found = await slices(server.url, latency(f'took_seconds{{job="{job}"}}', threshold), START, FOUR)
    assert told(found) == [(12, 16, 60)] * 4


async def test_instances_that_spell_it_differently_are_added_up(server: Prometheus) -> None:
    job = fresh("mixed")
    for instance, le in (("a", "5"), ("b", "5.0")):
        push(
            server.url,
            [
                every(grown(4), name="took_seconds_count", job=job, instance=instance),
                every(grown(3), name="took_seconds_bucket", job=job, instance=instance, le=le),
                every([1.0] * 17, name="up", job=job, instance=instance),
            ],
        )
    found = await slices(server.url, latency(f'took_seconds{{job="{job}"}}', "5"), START, FOUR)
    assert told(found) == [(24, 32, 60)] * 4


async def test_a_bucket_missing_beside_its_count_is_unknown_and_reported(server: Prometheus) -> None:
    """A release that brings the bucket must not make all requests before it bad."""
    job = fresh("new-bucket")
    none: list[float | None] = [None] * 8
    push(server.url, histogram(job, {"5": [*none, *grown(3, 9)]}, grown(4)))
    found = await read(server.url, latency(f'took_seconds{{job="{job}"}}', "5"), START, FOUR)
    assert found.slices is not None
    assert told(found.slices) == [(0, 0, 0), (0, 0, 0), (12, 16, 60), (12, 16, 60)] or told(found.slices)[0] == (
        0,
        0,
        0,
    )
    assert found.contradictions >= 1


async def test_a_day_without_the_bucket_is_unknown_if_another_has_it(server: Prometheus) -> None:
    job = fresh("other-day")
    push(server.url, histogram(job, {"0.1": grown(1)}, grown(4)))
    push(server.url, [every(grown(3), name="took_seconds_bucket", job=job, le="5", start=START + 3 * DAY)])
    found = await read(server.url, latency(f'took_seconds{{job="{job}"}}', "5"), START, FOUR)
    assert found.slices is not None
    assert told(found.slices) == [(0, 0, 0)] * 4
    assert found.contradictions == 4


async def test_a_bucket_that_no_series_ever_had_is_an_error_that_tells_the_others(server: Prometheus) -> None:
    job = fresh("no-bucket")
    push(server.url, histogram(job, {"0.1": grown(1), "2.5": grown(2), "10": grown(3)}, grown(4)))
    found = await read(server.url, latency(f'took_seconds{{job="{job}"}}', "5"), START, FOUR)
    assert found.slices is None
    assert isinstance(found.error, IndicatorError)
    assert str(found.error) == (
        f'took_seconds{{job="{job}"}} has no bucket at 5 s; it has 0.1, 2.5, 10 s: set the threshold to one of them'
    )


async def test_no_requests_are_no_traffic(server: Prometheus) -> None:
    job = fresh("silent")
    push(server.url, [every([1.0] * 17, name="up", job=job)])
    found = await slices(server.url, latency(f'took_seconds{{job="{job}"}}', "5"), START, FOUR)
    assert told(found) == [(0, 0, 60)] * 4


@pytest.mark.parametrize("le", ["0.3", "5"])
async def test_aligned_hours_are_exact_in_every_slice(server: Prometheus, le: str) -> None:
    job = fresh("aligned")
    story = latencies(START, START + 4 * 3600, Traffic(job), les=("0.3", "5"), threshold=le)
    push(server.url, story.series)
    m = latency(f'http_request_duration_seconds{{job="{job}"}}', le)
    found = await slices(server.url, m, START, START + 4 * 3600)
    truth = [(*story.between(at, at + 60), 60) for at in range(START, START + 4 * 3600, 60)]
    assert told(found) == truth


async def test_a_series_of_that_bare_name_is_no_histogram(server: Prometheus) -> None:
    """A summary has its quantiles there, and a count besides."""
    job = fresh("summary")
    push(server.url, [every(grown(1), name="took_seconds", job=job, quantile="0.9")])
    push(server.url, [every(grown(1), name="took_seconds_count", job=job)])
    found = await read(server.url, latency(f'took_seconds{{job="{job}"}}', "5"), START, FOUR, resolution=15)
    assert isinstance(found.error, IndicatorError)
    assert str(found.error) == (
        f'took_seconds{{job="{job}"}} is no histogram: it has neither buckets nor native samples (a summary or a '
        "gauge?); hold it against a number with threshold: {query: …, is: …}"
    )


async def test_what_was_found_out_is_kept_for_a_day_until_it_is_told_to_forget(server: Prometheus) -> None:
    job = fresh("kept")
    push(server.url, histogram(job, {"0.1": grown(1)}, grown(4)))
    m, span = latency(f'took_seconds{{job="{job}"}}', "5"), Span(START, FOUR)
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        discovery = Discovery(client)
        with pytest.raises(IndicatorError):
            await discovery.bounds(m, span)
        push(server.url, [every(grown(3), name="took_seconds_bucket", job=job, le="5.00")])
        assert "5.00" in await discovery.bounds(m, span)
        push(server.url, [every(grown(3), name="took_seconds_bucket", job=job, le="5.000")])
        assert "5.000" not in await discovery.bounds(m, span)
        discovery.forget()
        assert {"5.00", "5.000"} <= set(await discovery.bounds(m, span))
