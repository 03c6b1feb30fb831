"""Composites: parts brought together instant by instant, doubt kept where it matters, as a real Prometheus answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Combine, Comparison, Down, Measurement, SourceName
from sla_monitor.errors import IndicatorError
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import STALE, Series, push
from tests.rig.stories import AlignedGauge, Traffic, probes, requests
from tests.sources.asking import (
    START,
    STEP,
    composite,
    every,
    fresh,
    latency,
    probe,
    ratio,
    read,
    readings,
    slices,
    threshold,
    told,
)

Floats = NDArray[np.float64]
FOUR = START + 240
HOURS = START + 3 * 3600
UNKNOWN = (0.0, 0.0, 0)


def of(job: str, name: str = "probe_success") -> str:
    return f'{name}{{job="{job}"}}'


def gauge(values: list[float | None], job: str, step: int = STEP, **labels: str) -> Series:
    return every(values, step, name="probe_success", job=job, **labels)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """Series of a job, its parts, and what four slices are while all, or any, of them must be down."""

    series: Callable[[str], list[Series]]
    parts: Callable[[str], list[Measurement]]
    all: list[tuple[float, float, int]]
    any: list[tuple[float, float, int]]


def two(job: str) -> list[Measurement]:
    return [probe(of(job + "-a")), probe(of(job + "-b"))]


UP, DOWN = [1.0] * 4, [0.0] * 4

CASES = {
    "one after the other": Case(
        lambda j: [gauge(UP + DOWN + UP + DOWN + [0.0], j + "-a"), gauge(UP + UP + DOWN + DOWN + [0.0], j + "-b")],
        two,
        all=[(60, 60, 60), (60, 60, 60), (60, 60, 60), (0, 60, 60)],
        any=[(60, 60, 60), (0, 60, 60), (0, 60, 60), (0, 60, 60)],
    ),
    "parts that take turns inside a slice": Case(
        lambda j: [gauge([1.0, 0.0] * 9, j + "-a"), gauge([0.0, 1.0] * 9, j + "-b")],
        two,
        all=[(60, 60, 60)] * 4,
        any=[(0, 60, 60)] * 4,
    ),
    "a part that vanishes": Case(
        lambda j: [gauge([*UP, *UP, STALE], j + "-a"), gauge(UP + DOWN + UP + DOWN + [0.0], j + "-b")],
        two,
        all=[(60, 60, 60), (60, 60, 60), (60, 60, 60), UNKNOWN],
        any=[(60, 60, 60), (0, 60, 60), UNKNOWN, (0, 60, 60)],
    ),
    "no part at all": Case(lambda _: [], two, all=[UNKNOWN] * 4, any=[UNKNOWN] * 4),
    "15 s beside 20 s": Case(
        lambda j: [gauge([1, 0, 1, 1] * 4 + [1], j + "-a"), gauge([0, 1, 1] * 4 + [0], j + "-b", 20)],
        two,
        # a is down in [15, 30), b in [0, 20): together in [15, 20).
        all=[(55, 60, 60)] * 4,
        any=[(30, 60, 60)] * 4,
    ),
    "shares of what is up": Case(
        lambda j: [
            *(gauge([1.0 if n < up else 0.0] * 17, j + "-a", n=str(n)) for up in [1] for n in range(4)),
            *(gauge([1.0 if n < up else 0.0] * 17, j + "-b", n=str(n)) for up in [3] for n in range(4)),
        ],
        lambda j: [probe(of(j + "-a"), Combine.MEAN), probe(of(j + "-b"), Combine.MEAN)],
        all=[(45, 60, 60)] * 4,
        any=[(15, 60, 60)] * 4,
    ),
    "a threshold beside a probe": Case(
        lambda j: [
            gauge(UP + DOWN + UP + DOWN + [0.0], j),
            every([0.1, 0.9] * 9, name="took_seconds", job=j),
        ],
        lambda j: [probe(of(j)), threshold(of(j, "took_seconds"), Comparison.LE, "0.5")],
        all=[(60, 60, 60), (30, 60, 60), (60, 60, 60), (30, 60, 60)],
        any=[(30, 60, 60), (0, 60, 60), (30, 60, 60), (0, 60, 60)],
    ),
    "events stand for their whole slice by their good share": Case(
        lambda j: [
            gauge([1, 1, 0, 0] * 4 + [1], j),
            every([1.0] * 17, name="up", job=j),
            every([10.0 * k for k in range(9)] + [80.0] * 8, name="all_total", job=j),
            every([0.0] * 5 + [5.0, 10.0, 15.0, 20.0] + [20.0] * 8, name="bad_total", job=j),
        ],
        lambda j: [probe(of(j)), ratio(of(j, "all_total"), of(j, "bad_total"))],
        # 0 and 20 of 40 bad, then two slices without traffic, which are up.
        all=[(60, 60, 60), (45, 60, 60), (60, 60, 60), (60, 60, 60)],
        any=[(30, 60, 60), (15, 60, 60), (30, 60, 60), (30, 60, 60)],
    ),
    "events that nobody knows": Case(
        lambda j: [gauge([1, 1, 0, 0] * 4 + [1], j), every([0.0] * 17, name="up", job=j)],
        lambda j: [probe(of(j)), ratio(of(j, "all_total"), of(j, "bad_total"))],
        all=[(30, 30, 30)] * 4,
        any=[(0, 30, 30)] * 4,
    ),
    "a composite in a composite": Case(
        lambda j: [
            gauge(DOWN + DOWN + UP + UP + [1.0], j + "-a"),
            gauge(DOWN + UP + DOWN + UP + [1.0], j + "-b"),
            gauge([1, 1, 1, 0] * 4 + [1], j),
        ],
        lambda j: [composite(Down.ALL, *two(j)), probe(of(j))],
        all=[(45, 60, 60), (60, 60, 60), (60, 60, 60), (60, 60, 60)],
        any=[(0, 60, 60), (45, 60, 60), (45, 60, 60), (45, 60, 60)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("down", Down)
@pytest.mark.parametrize("name", CASES)
async def test_four_slices(server: Prometheus, name: str, down: Down) -> None:
    case, job = CASES[name], fresh("composite")
    push(server.url, case.series(job))
    (found,) = await readings(server.url, [Want(composite(down, *case.parts(job)), Span(START, FOUR))])
    assert found.error is None
    assert found.slices is not None
    assert told(found.slices) == (case.all if down is Down.ALL else case.any)
    assert found.contradictions == 0


def truth(down: Down, stories: list[AlignedGauge]) -> Floats:
    """The state at each step by the rules of three values, one instant at a time."""
    columns = [np.where(story.present[0], story.up[0].astype(float), np.nan) for story in stories]
    return np.array([_together(down, [float(column[n]) for column in columns]) for n in range(len(columns[0]))])


def _together(down: Down, states: list[float]) -> float:
    decisive = 0.0 if down is Down.ANY else 1.0
    if decisive in states:
        return decisive
    return float("nan") if any(np.isnan(state) for state in states) else 1 - decisive


@pytest.mark.parametrize("down", Down)
async def test_hours_with_gaps_are_as_three_valued_logic_has_it(server: Prometheus, down: Down) -> None:
    job = fresh("hours")
    stories = [probes(START, HOURS, f"{job}-{n}", down_share=0.3, missing_share=0.2, seed=n) for n in range(3)]
    push(server.url, [one for story in stories for one in story.series])
    m = composite(down, *(probe(of(f"{job}-{n}")) for n in range(3)))
    found = await slices(server.url, m, START, HOURS)
    expected = truth(down, stories)
    assert found.states is not None
    np.testing.assert_array_equal(found.states.ravel(), expected)
    assert found.known.sum() == (~np.isnan(expected)).sum() * STEP
    assert found.good.sum() == np.nansum(expected) * STEP
    assert 0 < found.good.sum() < found.total.sum() < 3 * 3600


async def test_parts_share_their_questions_with_objectives_of_their_own(server: Prometheus) -> None:
    """What a composite says of its only part is what the part says."""
    job = fresh("shared")
    story = requests(START, START + 3600, Traffic(job, restarts=1), seed=4)
    push(server.url, story.series)
    part = ratio(of(job, "http_requests_total"), f'http_requests_total{{job="{job}",code="500"}}')
    span = Span(START, START + 3600)
    alone, inside = await readings(server.url, [Want(part, span), Want(composite(Down.ANY, part), span)])
    assert alone.slices is not None
    assert inside.slices is not None
    np.testing.assert_allclose(inside.slices.good, alone.slices.good / alone.slices.total * 60)


async def test_shares_outside_0_to_1_in_a_part_are_unknown_and_reported(server: Prometheus) -> None:
    job = fresh("shares")
    push(server.url, [gauge([1, 2, -1, 0, *[1.0] * 13], job + "-a"), gauge([1.0] * 17, job + "-b")])
    found = await read(server.url, composite(Down.ANY, *two(job)), START, FOUR)
    assert found.slices is not None
    assert told(found.slices)[0] == (15, 30, 30)
    assert found.contradictions == 2


async def test_what_is_wrong_with_a_part_is_wrong_with_the_whole(server: Prometheus) -> None:
    job = fresh("wrong")
    push(server.url, [gauge([1.0] * 17, job)])
    push(server.url, [every([1.0] * 17, name="took_bucket", job=job, le=le) for le in ("1", "+Inf")])
    m = composite(Down.ANY, probe(of(job)), latency(of(job, "took"), "5"))
    found = await read(server.url, m, START, FOUR)
    assert isinstance(found.error, IndicatorError)
    assert "has no bucket at 5 s" in str(found.error)


async def test_it_settles_with_its_slowest_part(server: Prometheus) -> None:
    job = fresh("settled")
    push(server.url, [gauge([1.0] * 240, job + "-a"), gauge([1.0] * 60, job + "-b", 60)])
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        reader = Reader(client)
        await reader.learn([composite(Down.ANY, *two(job))], START + 3600)
        assert reader.settle(composite(Down.ANY, *two(job))) == 120
