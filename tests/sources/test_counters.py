"""Whole stories of counters: exact where samples lie on the borders, near the floor where life is rough."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy import FLOOR, measure
from benchmarks.forms import Span as Stretch
from tests.rig.processes import Prometheus, VictoriaMetrics
from tests.rig.remotewrite import push
from tests.rig.stories import Story, Traffic, happen, requests
from tests.sources.asking import DAY, START, every, fresh, ratio, slices, told

HOURS = 6 * 3600


async def test_every_aligned_slice_is_exact_beside_restarts_and_bursts(server: Prometheus) -> None:
    job = fresh("aligned")
    story = requests(START, START + HOURS, Traffic(job, instances=3, restarts=5), seed=7)
    push(server.url, story.series)
    total = f'http_requests_total{{job="{job}"}}'
    for s in (60, 300, 3600):
        m = ratio(total, f'http_requests_total{{job="{job}",code=~"5.."}}', s)
        found = await slices(server.url, m, START, START + HOURS)
        assert told(found) == [(*story.between(at, at + s), s) for at in range(START, START + HOURS, s)]


async def test_slices_of_a_minute_add_up_to_those_of_an_hour(server: Prometheus) -> None:
    """Rough life, too: consecutive slices telescope, so nothing is lost or doubled where they meet."""
    story = Story(job=fresh("rough"), seed=3)
    push(server.url, happen(START, START + HOURS, story).series)
    total = f'http_requests_total{{job="{story.job}"}}'
    minutes, hours = [await slices(server.url, ratio(total, "none", s), START, START + HOURS, 15) for s in (60, 3600)]
    together = minutes.total.reshape(-1, 60).sum(axis=1)
    np.testing.assert_allclose(together, hours.total, rtol=1e-3)
    assert hours.total.min() > 0


async def test_after_a_silence_a_slice_is_the_same_wherever_the_query_begins(
    server: Prometheus | VictoriaMetrics,
) -> None:
    """And no event of before is counted again, as plain increase() does on VictoriaMetrics."""
    job, silence = fresh("silence"), [None] * 80
    counted = [900.0] * 40 + silence + [900.0, 1000.0] + [1000.0] * 38
    push(server.url, [every(counted, name="all_total", job=job), every([1.0] * 160, name="up", job=job)])
    m, end = ratio(f'all_total{{job="{job}"}}', "none"), START + 2400
    whole = told(await slices(server.url, m, START, end, 15))
    for begin in range(START + 1500, START + 2100, 60):
        assert told(await slices(server.url, m, begin, end, 15)) == whole[(begin - START) // 60 :]
    assert sum(total for _, total, _ in whole) == 100


def test_rough_days_stay_near_the_floor(server: Prometheus | VictoriaMetrics) -> None:
    span = Stretch(START, START + 3 * DAY)
    stories = [Story(job=fresh("days"), seed=seed) for seed in range(2)]
    months = {story: happen(span.start, span.end, story) for story in stories}
    push(server.url, [one for happened in months.values() for one in happened.series])
    errors = measure(months, span, server.url)
    error = {name: float(np.median(found)) for name, found in errors.items()}
    assert error["ours"] <= 2 * error[FLOOR] + 2e-6
    if isinstance(server, Prometheus):  # the other's plain increase is as near, where its query begins right
        assert error["ours"] <= error["sum of increase()"] / 3  # few days: the floor itself is high
