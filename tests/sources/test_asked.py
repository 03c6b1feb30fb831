"""What was asked is told with what came of it, so that anybody can ask it again."""

from __future__ import annotations

import pytest

from sla_monitor.compliance.terms import Combine, Down, Measurement
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.sources.asking import START, amount, composite, every, fresh, probe, queries, ratio, read, value


def a_ratio(job: str) -> Measurement:
    return ratio(f'all_total{{job="{job}"}}', f'bad_total{{job="{job}"}}')


def a_query(job: str) -> Measurement:
    return queries(f'increase(all_total{{job="{job}"}}[$slice])', f'increase(good_total{{job="{job}"}}[$slice])')


def a_share(job: str) -> Measurement:
    return probe(f'up{{job="{job}"}}', Combine.MEAN)


def a_value(job: str) -> Measurement:
    return value(f'max(up{{job="{job}"}})')


def an_amount(job: str) -> Measurement:
    return amount(f'all_total{{job="{job}"}}')


def a_composite(job: str) -> Measurement:
    return composite(Down.ANY, probe(f'up{{job="{job}"}}'), a_share(job))


@pytest.mark.parametrize(
    ("made", "parts"),
    [
        (a_ratio, [("total", 60, True), ("bad", 60, True), ("up", 60, True), ("raw", 60, True)]),
        (a_query, [("total", 60, True), ("good", 60, True), ("up", 60, True), ("raw", 60, True)]),
        (a_share, [("value", 15, False), ("count", 15, False)]),
        (a_value, [("value", 15, False), ("presence", 15, False), ("up", 15, False)]),
        (an_amount, [("amount", 60, True), ("up", 60, True), ("raw", 60, True)]),
        (a_composite, [("part 1 value", 15, False), ("part 2 value", 15, False), ("part 2 count", 15, False)]),
    ],
    ids=["a ratio", "free queries", "the share of a probe", "a value", "an amount", "a composite"],
)
async def test_each_query_is_told_with_its_part_and_its_grid(
    prometheus: Prometheus,
    made: object,
    parts: list[tuple[str, int, bool]],
) -> None:
    job = fresh("asked")
    push(prometheus.url, [every([1.0] * 17, name=name, job=job) for name in ("up", "all_total", "bad_total")])
    reading = await read(prometheus.url, made(job), START, START + 240, resolution=15)  # type: ignore[operator]
    assert [(one.part, one.step, one.at_end) for one in reading.asked] == parts
    assert all(f'job="{job}"' in one.query and "$slice" not in one.query for one in reading.asked)


async def test_of_what_failed_nothing_is_told(prometheus: Prometheus) -> None:
    job = fresh("asked")
    push(prometheus.url, [every([1.0] * 17, name="up", job=job, instance=one) for one in ("a", "b")])
    reading = await read(prometheus.url, queries(f'up{{job="{job}"}}', f'up{{job="{job}"}}'), START, START + 240, 15)
    assert reading.error is not None
    assert reading.asked == ()
