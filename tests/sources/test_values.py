"""Values: each sample once, and silence told from absence (measurement.md 1 and 4), as a real Prometheus answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pytest

from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, SourceName
from sla_monitor.errors import IndicatorError
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.discovery import Discovery
from tests.rig.processes import Prometheus, VictoriaMetrics
from tests.rig.remotewrite import STALE, Series, push
from tests.sources.asking import START, STEP, every, fresh, read, slices, told, value

FOUR = START + 240
UNKNOWN = (0.0, 0.0, 0)
SILENT = (0.0, 0.0, 60)


@dataclass(frozen=True)
class Case:
    """Series of a job and what four slices of a value over it are: sum, number, known."""

    series: Callable[[str], list[Series]]
    query: Callable[[str], str]
    slices: list[tuple[float, float, int]]


def of(job: str, name: str = "took_seconds") -> str:
    return f'{name}{{job="{job}"}}'


def up(job: str, values: list[float] | None = None, **labels: str) -> Series:
    return every(values or [1.0] * 17, name="up", job=job, **labels)


CASES = {
    "a sample at each step": Case(
        lambda j: [up(j), every([0.25 * k for k in range(17)], name="took_seconds", job=j)],
        of,
        [(1.5, 4, 60), (5.5, 4, 60), (9.5, 4, 60), (13.5, 4, 60)],
    ),
    "a sample below nothing": Case(
        lambda j: [every([-1.5, 2.0] * 9, name="took_seconds", job=j)], of, [(1.0, 4, 60)] * 4
    ),
    "where the target is up and tells nothing it was silent": Case(
        lambda j: [up(j), every([3.0, *[None] * 7, 5.0, None, 7.0], name="took_seconds", job=j)],
        of,
        [(3, 1, 60), SILENT, (12, 2, 60), SILENT],
    ),
    "a sample does not linger for the five minutes of a look-back": Case(
        lambda j: [up(j), every([3.0], name="took_seconds", job=j)], of, [(3, 1, 60), SILENT, SILENT, SILENT]
    ),
    "where the target was not scraped nothing is known": Case(
        lambda j: [up(j, [1.0] * 6), every([2.0] * 6, name="took_seconds", job=j)],
        of,
        [(8, 4, 60), (4, 2, 30), UNKNOWN, UNKNOWN],
    ),
    "nor where its scrapes failed": Case(
        lambda j: [
            up(j, [1.0] * 4 + [0.0] * 6 + [1.0] * 7),
            every([2.0] * 4 + [STALE] + [None] * 5 + [2.0] * 7, name="took_seconds", job=j),
        ],
        of,
        [(8, 4, 60), UNKNOWN, (4, 2, 30), (8, 4, 60)],
    ),
    "without an up only samples are known": Case(
        lambda j: [every([3.0, *[None] * 7, 5.0], name="took_seconds", job=j)],
        of,
        [(3, 1, 15), UNKNOWN, (5, 1, 15), UNKNOWN],
    ),
    "numbers that are none are unknown, whatever up says": Case(
        lambda j: [up(j), every([nan, inf, -inf, 2.0, *[2.0] * 13], name="took_seconds", job=j)],
        of,
        [(2, 1, 15), (8, 4, 60), (8, 4, 60), (8, 4, 60)],
    ),
    "a query that leaves them out is silent there": Case(
        lambda j: [up(j), every([nan, inf, -inf, 2.0, *[2.0] * 13], name="took_seconds", job=j)],
        lambda j: f"{of(j)} > -Inf < +Inf",
        [(2, 1, 60), (8, 4, 60), (8, 4, 60), (8, 4, 60)],
    ),
    "a query that answers some of the time": Case(
        lambda j: [up(j), every([0.25 * k for k in range(17)], name="took_seconds", job=j)],
        lambda j: f"{of(j)} > 2",
        [SILENT, SILENT, (2.25 + 2.5 + 2.75, 3, 60), (13.5, 4, 60)],
    ),
    "several series that are brought together": Case(
        lambda j: [
            up(j, instance="a"),
            every([1.0] * 17, name="took_seconds", job=j, instance="a"),
            every([3.0] * 8, name="took_seconds", job=j, instance="b"),
        ],
        lambda j: f"avg(last_over_time({of(j)}[14999ms]))",
        [(8, 4, 60), (8, 4, 60), (4, 4, 60), (4, 4, 60)],
    ),
    "a series that goes on under other labels": Case(
        lambda j: [
            every([1.0] * 8 + [STALE], name="took_seconds", job=j, pod="a"),
            every([None] * 8 + [2.0] * 9, name="took_seconds", job=j, pod="b"),
        ],
        of,
        [(4, 4, 60), (4, 4, 60), (8, 4, 60), (8, 4, 60)],
    ),
    "of two targets in one query both must be up": Case(
        lambda j: [
            up(j),
            up(j + "-other", [1.0] * 8 + [0.0] * 9),
            every([4.0] * 17, name="took_seconds", job=j),
            every([2.0] * 8 + [STALE], name="size", job=j + "-other"),
        ],
        lambda j: f"{of(j)} / on () {of(j + '-other', 'size')}",
        [(8, 4, 60), (8, 4, 60), UNKNOWN, UNKNOWN],
    ),
    "a value that disappears from a target that goes on is silent, and says so by its number": Case(
        lambda j: [up(j), every([2.0] * 8 + [STALE], name="took_seconds", job=j)],
        of,
        [(8, 4, 60), (8, 4, 60), SILENT, SILENT],
    ),
    "a query that reads no series": Case(lambda _: [], lambda _: "vector(time() % 60 / 15)", [(6, 4, 60)] * 4),
}


ON_VICTORIAMETRICS: dict[str, list[tuple[float, float, int]]] = {
    "numbers that are none are unknown, whatever up says": [(2, 1, 30), (8, 4, 60), (8, 4, 60), (8, 4, 60)],
}
"""It keeps infinities, and no NaN."""


@pytest.mark.parametrize("name", CASES)
async def test_four_slices(server: Prometheus | VictoriaMetrics, name: str) -> None:
    case, job = CASES[name], fresh("value")
    push(server.url, case.series(job))
    found = await read(server.url, value(case.query(job)), START, FOUR, resolution=STEP)
    assert found.error is None
    assert found.slices is not None
    elsewhere = ON_VICTORIAMETRICS if isinstance(server, VictoriaMetrics) else {}
    assert told(found.slices) == elsewhere.get(name, case.slices)
    assert found.contradictions == 0


async def test_the_samples_themselves_are_kept(server: Prometheus) -> None:
    job = fresh("kept")
    push(server.url, [up(job), every([0.5, None, 0.25, 1.5, *[None] * 4, 3.0], name="took_seconds", job=job)])
    found = await slices(server.url, value(of(job)), START, FOUR)
    expected = [[0.5, nan, 0.25, 1.5], [nan] * 4, [3.0, nan, nan, nan], [nan] * 4]
    np.testing.assert_array_equal(found.states, np.array(expected))


async def test_hours_of_a_gauge_add_up_to_the_last_sample(server: Prometheus) -> None:
    """Samples off the grid, some lost: each of those that came is taken once, at the step that follows it."""
    job, rng = fresh("hours"), np.random.default_rng(5)
    at = START + 7 + STEP * np.arange(4 * 240)[rng.random(4 * 240) < 0.8]
    samples = rng.integers(0, 1000, len(at)) / 8  # eighths: their sums are exact
    push(server.url, [Series({"__name__": "took_seconds", "job": job}, at * 1000, samples)])
    found = await slices(server.url, value(of(job)), START, START + 4 * 3600 + 60)
    assert found.good.sum() == samples.sum()
    assert found.total.sum() == len(samples)
    assert found.known.sum() == len(samples) * STEP
    by_slice = np.bincount((at - START + STEP - 1) // STEP * STEP // 60, weights=samples, minlength=len(found))
    np.testing.assert_array_equal(found.good, by_slice)


@pytest.mark.parametrize(("scraped", "spacing", "resolution"), [(15, 40, 15), (15, 600, 15), (30, 30, 30)])
async def test_a_rare_value_is_asked_for_at_the_pace_of_the_scrapes(
    server: Prometheus, scraped: int, spacing: int, resolution: int
) -> None:
    job = fresh("rare")
    push(server.url, [every([1.0] * 240, scraped, name="up", job=job)])
    push(server.url, [every([1.0] * (3600 // spacing), spacing, name="closed", job=job)])
    assert await found_for(server, value(of(job, "closed"))) == resolution


@pytest.mark.parametrize(("spacing", "resolution"), [(20, 20), (90, 60), (700, 60)])
async def test_one_without_an_up_at_its_own_and_once_a_slice_at_least(
    server: Prometheus, spacing: int, resolution: int
) -> None:
    job = fresh("pushed")
    push(server.url, [every([1.0] * (3600 // spacing), spacing, name="closed", job=job)])
    assert await found_for(server, value(of(job, "closed"))) == resolution


async def found_for(server: Prometheus, m: Measurement) -> int:
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        return await Discovery(client).resolution(m, Span(START, START + 3600))


async def test_two_values_at_once_are_refused(server: Prometheus) -> None:
    job = fresh("two")
    push(server.url, [every([1.0] * 17, name="took_seconds", job=job, room=room) for room in "ab"])
    found = await read(server.url, value(of(job)), START, FOUR)
    assert isinstance(found.error, IndicatorError)
    assert "answers with 2 series where one is wanted: aggregate it" in str(found.error)
