"""Probes and thresholds: instant by instant, known where a raw sample lies (measurement.md 1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.terms import Combine, Comparison
from sla_monitor.errors import IndicatorError
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import STALE, push
from tests.rig.stories import AlignedGauge, probes
from tests.sources.asking import START, STEP, every, fresh, probe, read, slices, threshold, told

HOURS = 3 * 3600
END = START + HOURS
FOUR = START + 240
Floats = NDArray[np.float64]

MERGED: dict[Combine, Callable[[Floats], Floats]] = {
    Combine.ANY: lambda up: np.nanmax(up, axis=0),
    Combine.ALL: lambda up: np.nanmin(up, axis=0),
    Combine.MEAN: lambda up: np.nanmean(up, axis=0),
    Combine.QUORUM: lambda up: (np.nanmean(up, axis=0) > 0.5).astype(float),
    Combine.POOLED: lambda up: np.nanmean(up, axis=0),
}


def truth(story: AlignedGauge, combine: Combine) -> tuple[Floats, Floats, Floats, Floats]:
    """Good, total and known of each slice, and its states, reckoned from the story alone."""
    up = np.where(story.present, story.up.astype(float), np.nan)
    seen = story.present.any(axis=0)
    states = np.full(up.shape[1], np.nan)
    states[seen] = MERGED[combine](up[:, seen])
    pooled = story.present.sum(axis=0) if combine is Combine.POOLED else np.ones(up.shape[1])
    good = np.where(seen, np.nan_to_num(states) * pooled, 0).reshape(-1, 4).sum(axis=1) * STEP
    total = (seen * pooled).reshape(-1, 4).sum(axis=1) * STEP
    return good, total, seen.reshape(-1, 4).sum(axis=1) * STEP, states.reshape(-1, 4)


def assert_is(found: Slices, expected: tuple[Floats, Floats, Floats, Floats]) -> None:
    good, total, known, states = expected
    np.testing.assert_allclose(found.good, good, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.total, total, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.known, known)
    assert found.states is not None
    np.testing.assert_allclose(found.states, states, rtol=0, atol=1e-12)


@pytest.mark.parametrize("combine", Combine)
@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_probe_is_merged_instant_by_instant(server: Prometheus, combine: Combine, count: int) -> None:
    job = fresh("probe")
    story = probes(START, END, job, count=count, down_share=0.3, missing_share=0.3, seed=count)
    push(server.url, story.series)
    expected = truth(story, combine)
    assert 0 < expected[0].sum() < expected[1].sum()
    assert_is(await slices(server.url, probe(f'probe_success{{job="{job}"}}', combine), START, END), expected)


async def test_a_sample_lasts_its_resolution_and_not_the_five_minutes_of_a_look_back(server: Prometheus) -> None:
    job = fresh("gap")
    push(
        server.url,
        [every([1, 1, 1, 1, 1, None, None, None, None, None, None, 0, *[1] * 5], name="probe_success", job=job)],
    )
    found = await slices(server.url, probe(f'probe_success{{job="{job}"}}'), START, FOUR)
    assert told(found) == [(60, 60, 60), (15, 15, 15), (0, 15, 15), (60, 60, 60)]


async def test_numbers_that_are_none_are_unknown(server: Prometheus) -> None:
    job = fresh("none")
    odd = [1, float("nan"), float("inf"), float("-inf"), 1, STALE, 0, 1, *[1] * 9]
    push(server.url, [every(odd, name="probe_success", job=job)])
    found = await slices(server.url, probe(f'probe_success{{job="{job}"}}'), START, FOUR)
    assert told(found)[:2] == [(15, 15, 15), (30, 45, 45)]


async def test_shares_outside_0_to_1_are_unknown_and_reported(server: Prometheus) -> None:
    job = fresh("shares")
    push(server.url, [every([1, 2, -1, 0, *[1] * 13], name="probe_success", job=job)])
    found = await read(server.url, probe(f'probe_success{{job="{job}"}}'), START, FOUR)
    assert found.slices is not None
    assert told(found.slices)[0] == (15, 30, 30)
    assert found.contradictions == 2


@pytest.mark.parametrize(
    ("comparison", "good"),
    [(Comparison.LE, 3), (Comparison.LT, 2), (Comparison.GE, 2), (Comparison.GT, 1)],
    ids=lambda value: getattr(value, "value", ""),
)
async def test_a_threshold_holds_or_not(server: Prometheus, comparison: Comparison, good: int) -> None:
    job = fresh("threshold")
    push(server.url, [every([0.1, 0.3, 0.5, 0.2] * 4 + [0.0], name="took_seconds", job=job)])
    m = threshold(f'took_seconds{{job="{job}"}}', comparison, "0.3")
    assert told(await slices(server.url, m, START, FOUR)) == [(15 * good, 60, 60)] * 4


async def test_a_threshold_is_known_only_where_a_raw_sample_lies(server: Prometheus) -> None:
    """The query answers five minutes long after the last sample, which proves nothing."""
    job = fresh("lingering")
    values = [1.0] * 5 + [None] * 8 + [1.0] * 4
    push(server.url, [every(values, name="temperature", job=job), every([1.0] * 17, name="up", job=job)])
    for query in (f'temperature{{job="{job}"}}', f'avg_over_time(temperature{{job="{job}"}}[5m])'):
        found = await slices(server.url, threshold(query, Comparison.LE, "1"), START, FOUR)
        assert told(found) == [(60, 60, 60), (15, 15, 15), (0, 0, 0), (45, 45, 45)]


async def test_a_threshold_that_reads_no_series_is_known(server: Prometheus) -> None:
    m = threshold("vector(time() % 60 / 15)", Comparison.LT, "2")
    assert told(await slices(server.url, m, START, FOUR)) == [(30, 60, 60)] * 4


async def test_a_threshold_that_is_no_number_is_unknown(server: Prometheus) -> None:
    job = fresh("zero")
    push(server.url, [every([0, 1, 0, 1] * 4, name="events", job=job)])
    m = threshold(f'0 / events{{job="{job}"}}', Comparison.LE, "1")
    assert told(await slices(server.url, m, START, FOUR)) == [(30, 30, 30)] * 4
    m = threshold(f'1 / events{{job="{job}"}}', Comparison.GE, "1")
    assert told(await slices(server.url, m, START, FOUR)) == [(30, 30, 30)] * 4


async def test_a_threshold_of_two_series_at_once_is_refused(server: Prometheus) -> None:
    job = fresh("two")
    push(server.url, [every([1.0] * 17, name="temperature", job=job, room=room) for room in "ab"])
    found = await read(server.url, threshold(f'temperature{{job="{job}"}}', Comparison.LE, "1"), START, FOUR)
    assert isinstance(found.error, IndicatorError)
    assert "answers with 2 series where one is wanted: aggregate it" in str(found.error)


async def test_a_series_may_go_on_under_other_labels(server: Prometheus) -> None:
    job = fresh("renamed")
    halves = ([1.0] * 8 + [STALE], [None] * 8 + [1.0] * 9)
    push(server.url, [every(v, name="temperature", job=job, pod=pod) for v, pod in zip(halves, "ab", strict=True)])
    found = await slices(server.url, threshold(f'temperature{{job="{job}"}}', Comparison.LE, "1"), START, FOUR)
    assert told(found) == [(60, 60, 60)] * 4
