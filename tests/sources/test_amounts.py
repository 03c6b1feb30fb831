"""Amounts: what was added in each slice (measurement.md 1), as a real Prometheus answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
import pytest

from sla_monitor.compliance.terms import Measurement, Query
from tests.rig.aligned import counter
from tests.rig.processes import Prometheus, VictoriaMetrics
from tests.rig.remotewrite import STALE, Series, push
from tests.sources.asking import START, STEP, amount, every, fresh, read, slices, told

FOUR = START + 240
UNKNOWN = (0.0, 0.0, 0)
NOTHING = (0.0, 0.0, 60)


@dataclass(frozen=True)
class Case:
    """Series of a job and what four slices of an amount over it are: the amount twice, known."""

    series: Callable[[str], list[Series]]
    ask: Callable[[str], Measurement]
    slices: list[tuple[float, float, int]]
    contradictions: int = 0


def of(job: str, name: str = "leads_total") -> str:
    return f'{name}{{job="{job}"}}'


def plain(job: str) -> Measurement:
    return amount(of(job))


def up(job: str, values: list[float] | None = None) -> Series:
    return every(values or [1.0] * 17, name="up", job=job)


def grown(by: float, count: int = 17) -> list[float]:
    return [by * k for k in range(count)]


CASES = {
    "a counter's increase": Case(
        lambda j: [up(j), every(grown(2), name="leads_total", job=j)], plain, [(8, 8, 60)] * 4
    ),
    "what several instances add": Case(
        lambda j: [up(j), *(every(grown(k), name="leads_total", job=j, instance=str(k)) for k in (1, 2))],
        plain,
        [(12, 12, 60)] * 4,
    ),
    "a counter that does not exist while its target is up is 0, and known": Case(
        lambda j: [up(j)], plain, [NOTHING] * 4
    ),
    "a counter that disappears adds nothing more": Case(
        lambda j: [up(j), every([*grown(2, 9), STALE], name="leads_total", job=j)],
        plain,
        [(8, 8, 60), (8, 8, 60), NOTHING, NOTHING],
    ),
    "a target that is down is unknown": Case(
        lambda j: [
            up(j, [1.0] * 5 + [0.0] * 8 + [1.0] * 4),
            every([*grown(2, 5), STALE, *[None] * 7, 10, 12, 14, 16], name="leads_total", job=j),
        ],
        plain,
        [(8, 8, 60), UNKNOWN, UNKNOWN, (8, 8, 60)],
    ),
    "without an up raw samples tell what is known": Case(
        lambda j: [every([*grown(2, 9), *[None] * 4, 18, 20, 22, 24], name="leads_total", job=j)],
        plain,
        [(8, 8, 60), (8, 8, 60), UNKNOWN, (8, 8, 60)],
    ),
    "a restart loses nothing that was scraped": Case(
        lambda j: [up(j), every([0, 2, 4, 6, 8, 10, 1, 3, 5, *[5] * 8], name="leads_total", job=j)],
        plain,
        [(8, 8, 60), (7, 7, 60), NOTHING, NOTHING],
    ),
    "NaN at a border is unknown on both sides of it": Case(
        lambda j: [up(j), every([*grown(2, 8), nan, *grown(2, 17)[9:]], name="leads_total", job=j)],
        plain,
        [(8, 8, 60), UNKNOWN, UNKNOWN, (8, 8, 60)],
    ),
    "a query's amount to the last digit": Case(
        lambda j: [up(j), every([125000.37] * 17, name="revenue", job=j)],
        lambda j: amount(Query(f"sum(last_over_time({of(j, 'revenue')}[$slice]))")),
        [(125000.37, 125000.37, 60)] * 4,
    ),
    "what is taken away again is no amount, and reported": Case(
        lambda j: [up(j), every([100.0 + 2.5 * (k if k <= 8 else 16 - k) for k in range(17)], name="stock", job=j)],
        lambda j: amount(Query(f"sum({of(j, 'stock')} - {of(j, 'stock')} offset $slice)")),
        [(10, 10, 60), (10, 10, 60), UNKNOWN, UNKNOWN],
        contradictions=2,
    ),
    "what floats leave over is nothing": Case(
        lambda _: [], lambda _: amount(Query("vector(0.3 - 0.1 - 0.2) # $slice")), [NOTHING] * 4
    ),
    "a query without an answer while its target is up is 0": Case(
        lambda j: [up(j)],
        lambda j: amount(Query(f"sum(increase({of(j)}[$slice]))")),
        [NOTHING] * 4,
    ),
    "a query that reads no series is known where it answers": Case(
        lambda _: [], lambda _: amount(Query("vector(7) # $slice")), [(7, 7, 60)] * 4
    ),
}


ON_VICTORIAMETRICS: dict[str, list[tuple[float, float, int]]] = {
    "a target that is down is unknown": [(8, 8, 60), UNKNOWN, UNKNOWN, (6, 6, 60)],
    "NaN at a border is unknown on both sides of it": [(8, 8, 60), (6, 6, 60), (10, 10, 60), (8, 8, 60)],
}
"""It guesses nothing before the first sample, and keeps no NaN."""


@pytest.mark.parametrize("name", CASES)
async def test_four_slices(server: Prometheus | VictoriaMetrics, name: str) -> None:
    case, job = CASES[name], fresh("amount")
    push(server.url, case.series(job))
    found = await read(server.url, case.ask(job), START, FOUR, resolution=STEP)
    assert found.error is None
    assert found.slices is not None
    elsewhere = ON_VICTORIAMETRICS if isinstance(server, VictoriaMetrics) else {}
    assert told(found.slices) == elsewhere.get(name, case.slices)
    assert found.slices.states is None
    assert found.contradictions == case.contradictions


async def test_hours_add_up_to_the_last_lead(server: Prometheus) -> None:
    job, rng = fresh("hours"), np.random.default_rng(9)
    at = (START + STEP * np.arange(6 * 240 + 1)) * 1000
    added = rng.poisson(0.05, len(at) - 1)
    resets = rng.choice(len(added), 5, replace=False)
    push(server.url, [Series({"__name__": "up", "job": job}, at, np.ones(len(at)))])
    push(server.url, [Series({"__name__": "leads_total", "job": job}, at, counter(added, resets))])
    found = await slices(server.url, amount(of(job)), START, START + 6 * 3600)
    assert found.good.tolist() == added.reshape(-1, 4).sum(axis=1).tolist()
    assert found.total.sum() == added.sum() > 0
