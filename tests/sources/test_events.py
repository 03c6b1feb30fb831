"""Events of a slice, and whether it is known at all (measurement.md 1), as a real Prometheus answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sla_monitor.compliance.terms import Measurement
from tests.rig.processes import Prometheus, VictoriaMetrics
from tests.rig.remotewrite import STALE, Series, push
from tests.sources.asking import START, every, fresh, queries, ratio, read, told

UNKNOWN = (0.0, 0.0, 0)
NO_TRAFFIC = (0.0, 0.0, 60)
FOUR = START + 240


def grown(by: float, count: int = 17) -> list[float]:
    """A counter that grows by so much each step; a slice holds four steps."""
    return [by * k for k in range(count)]


def up(job: str, values: list[float] | None = None, **labels: str) -> Series:
    return every(values or [1.0] * 17, name="up", job=job, **labels)


def of(job: str, **labels: str) -> str:
    return f"{{{','.join(f'{name}={chr(34)}{text}{chr(34)}' for name, text in {'job': job, **labels}.items())}}}"


@dataclass(frozen=True)
class Case:
    """Series of a job and what four slices of a ratio over it are."""

    series: Callable[[str], list[Series]]
    ask: Callable[[str], Measurement]
    slices: list[tuple[float, float, int]]
    contradictions: int = 0


def plain(job: str) -> Measurement:
    return ratio(f"all_total{of(job)}", f"bad_total{of(job)}")


CASES = {
    "a bad counter never incremented does not exist": Case(
        lambda j: [up(j), every(grown(2), name="all_total", job=j)], plain, [(8, 8, 60)] * 4
    ),
    "a target that is up and tells of no request had no traffic": Case(lambda j: [up(j)], plain, [NO_TRAFFIC] * 4),
    "a bad counter that appears counts from then on": Case(
        lambda j: [
            up(j),
            every(grown(2), name="all_total", job=j),
            every([None] * 8 + [0, 1, 2, 3, 4, 4, 4, 4, 4], name="bad_total", job=j),
        ],
        plain,
        [(8, 8, 60), (8, 8, 60), (4, 8, 60), (8, 8, 60)],
    ),
    "a slice in which every scrape failed is unknown, though values linger": Case(
        lambda j: [
            up(j, [1.0] * 5 + [0.0] * 8 + [1.0] * 4),
            every([0, 2, 4, 6, 8, STALE, *[None] * 7, 10, 12, 14, 16], name="all_total", job=j),
        ],
        plain,
        [(8, 8, 60), UNKNOWN, UNKNOWN, (8, 8, 60)],
    ),
    "one scrape that succeeds makes a slice known": Case(
        lambda j: [
            up(j, [1.0] * 5 + [0.0, 0.0, 0.0, 1.0] + [1.0] * 8),
            every([0, 2, 4, 6, 8, STALE, None, None, *range(16, 34, 2)], name="all_total", job=j),
        ],
        plain,
        [(8, 8, 60)] * 4,
    ),
    "a target without any scrape is unknown": Case(
        lambda j: [up(j, [1.0] * 5), every(grown(2, 5), name="all_total", job=j)],
        plain,
        [(8, 8, 60), UNKNOWN, UNKNOWN, UNKNOWN],
    ),
    "without an up of their own series are known where they have raw samples": Case(
        lambda j: [every([*grown(2, 9), *[None] * 4, *[18, 20, 22, 24]], name="all_total", job=j)],
        plain,
        [(8, 8, 60), (8, 8, 60), UNKNOWN, (8, 8, 60)],
    ),
    "of a list without an up one series with samples is enough": Case(
        lambda j: [every(grown(2), name="all_total", job=j, code="200")],
        lambda j: ratio((f"all_total{of(j, code='404')}", f"all_total{of(j, code='200')}"), f"bad_total{of(j)}"),
        [(8, 8, 60)] * 4,
    ),
    "lists are added up": Case(
        lambda j: [
            up(j),
            *(every(grown(k), name="all_total", job=j, code=str(k)) for k in (1, 2, 4)),
        ],
        lambda j: ratio(
            (f"all_total{of(j, code='1')}", f"all_total{of(j, code='2')}", f"all_total{of(j, code='4')}"),
            (f"all_total{of(j, code='1')}", f"all_total{of(j, code='9')}"),
        ),
        [(24, 28, 60)] * 4,
    ),
    "other targets of the job do not make a slice known": Case(
        lambda j: [
            up(j, region="us", instance="a"),
            up(j, [1.0] * 5 + [0.0] * 12, region="eu", instance="b"),
            every([0, 2, 4, 6, 8, STALE], name="all_total", job=j, region="eu", instance="b"),
        ],
        lambda j: ratio(f"all_total{of(j, region='eu')}", f"bad_total{of(j, region='eu')}"),
        [(8, 8, 60), UNKNOWN, UNKNOWN, UNKNOWN],
    ),
    "of several targets one that is up is enough": Case(
        lambda j: [
            up(j, instance="a"),
            up(j, [1.0] * 5 + [0.0] * 12, instance="b"),
            every(grown(2), name="all_total", job=j, instance="a"),
            every([*grown(1, 5), STALE], name="all_total", job=j, instance="b"),
        ],
        plain,
        [(12, 12, 60), (8, 8, 60), (8, 8, 60), (8, 8, 60)],
    ),
    "a bad counter of another target is unknown while that one is down": Case(
        lambda j: [
            up(j),
            up(j + "-app", [1.0] * 5 + [0.0] * 12),
            every(grown(2), name="all_total", job=j),
            every([*grown(1, 5), STALE], name="bad_total", job=j + "-app"),
        ],
        lambda j: ratio(f"all_total{of(j)}", f"bad_total{of(j + '-app')}"),
        [(4, 8, 60), UNKNOWN, UNKNOWN, UNKNOWN],
    ),
    "selectors without a job find their targets by the series": Case(
        lambda j: [
            up(j, [1.0] * 9 + [0.0] * 8, instance="a"),
            every([*grown(2, 9), STALE], name="all_total", job=j, instance="a", app=j),
        ],
        lambda j: ratio(f'all_total{{app="{j}"}}', f'bad_total{{app="{j}"}}'),
        [(8, 8, 60), (8, 8, 60), UNKNOWN, UNKNOWN],
    ),
    "NaN at a border is unknown on both sides of it": Case(
        lambda j: [
            up(j),
            every([*grown(2, 8), float("nan"), *[18.0 + 2 * k for k in range(8)]], name="all_total", job=j),
        ],
        plain,
        [(8, 8, 60), UNKNOWN, UNKNOWN, (8, 8, 60)],
    ),
    "an infinite bad counter is unknown": Case(
        lambda j: [
            up(j),
            every(grown(2), name="all_total", job=j),
            every([*grown(1, 13), *[float("inf")] * 4], name="bad_total", job=j),
        ],
        plain,
        [(4, 8, 60)] * 3 + [UNKNOWN],
    ),
    "more bad than total is unknown and reported": Case(
        lambda j: [
            up(j),
            every(grown(2), name="all_total", job=j),
            every([*grown(2, 5), *[8.0 + 3 * k for k in range(1, 13)]], name="bad_total", job=j),
        ],
        plain,
        [(0, 8, 60), UNKNOWN, UNKNOWN, UNKNOWN],
        contradictions=3,
    ),
    "a restart inside a slice loses nothing that was scraped": Case(
        lambda j: [up(j), every([0, 2, 4, 6, 8, 10, 1, 3, 5, *[5] * 8], name="all_total", job=j)],
        plain,
        [(8, 8, 60), (7, 7, 60), NO_TRAFFIC, NO_TRAFFIC],
    ),
    "a burst right at a border counts once": Case(
        lambda j: [up(j), every([0, 0, 0, 0, 1000, *[1000] * 12], name="all_total", job=j)],
        plain,
        [(1000, 1000, 60), NO_TRAFFIC, NO_TRAFFIC, NO_TRAFFIC],
    ),
    "free queries": Case(
        lambda j: [up(j), every(grown(3), name="all_total", job=j)],
        lambda j: queries(f"sum(increase(all_total{of(j)}[$slice]))", f"sum(increase(all_total{of(j)}[$slice])) / 2"),
        [(6, 12, 60)] * 4,
    ),
    "a query that reads no series is known where it answers": Case(
        lambda _: [], lambda _: queries("vector(10) * 60 / 60", "vector(9)"), [(9, 10, 60)] * 4
    ),
}


ON_VICTORIAMETRICS: dict[str, list[tuple[float, float, int]]] = {
    "a slice in which every scrape failed is unknown, though values linger": [(8, 8, 60), UNKNOWN, UNKNOWN, (6, 6, 60)],
    "NaN at a border is unknown on both sides of it": [(8, 8, 60), (6, 6, 60), (10, 10, 60), (8, 8, 60)],
}
"""It guesses nothing before the first sample, and keeps no NaN."""


@pytest.mark.parametrize("name", CASES)
async def test_four_slices(server: Prometheus | VictoriaMetrics, name: str) -> None:
    case, job = CASES[name], fresh("events")
    push(server.url, case.series(job))
    found = await read(server.url, case.ask(job), START, FOUR, resolution=15)
    assert found.error is None
    assert found.slices is not None
    elsewhere = ON_VICTORIAMETRICS if isinstance(server, VictoriaMetrics) else {}
    assert told(found.slices) == elsewhere.get(name, case.slices)
    assert found.contradictions == case.contradictions
