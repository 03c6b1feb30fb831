"""The demo's history goes on where it stopped, and its incidents are where they are told to be."""

from __future__ import annotations

import numpy as np

from deploy.demo.history import History
from deploy.demo.live import Shop, registries
from deploy.demo.shop import CHECKOUT, DAY, HOUR, RESOLUTION
from tests.rig.remotewrite import Series

NOW = 1_795_000_000


def near_the_end(days: float) -> History:
    history = History(NOW)
    history.until = history.now - int(days * DAY)
    return history


def named(series: list[Series], **labels: str) -> Series:
    return next(one for one in series if labels.items() <= one.labels.items())


def test_counters_go_on_from_piece_to_piece_and_into_the_live_service() -> None:
    history = near_the_end(1)
    first, second = (history.piece(history.now - back) for back in (HOUR, 0))
    for before, after in zip(first, second, strict=True):
        assert before.labels == after.labels
        assert after.timestamps_ms[0] - before.timestamps_ms[-1] == RESOLUTION * 1000
        if before.labels["__name__"].startswith("http_"):
            assert after.values[0] >= before.values[-1] > 0
    instance = CHECKOUT.instances()[0]
    page = registries(Shop(history.counters))[f"/{instance}"]
    last = named(second, instance=instance, code="500").values[-1]
    assert page.get_sample_value("http_requests_total", {"code": "500"}) == last
    assert page.get_sample_value("http_request_duration_seconds_bucket", {"le": "0.3"}) is not None


def test_the_bad_deploy_fails_requests_for_as_long_as_it_lasted() -> None:
    errors = named(near_the_end(1).piece(NOW), job=CHECKOUT.job, code="500")
    failing = np.diff(errors.values) > 20
    assert failing.sum() * RESOLUTION == 2.5 * HOUR


def test_the_flapping_probe_uses_forty_minutes() -> None:
    piece = near_the_end(9.5).piece(NOW - 8 * DAY)
    probes = {one.labels["instance"]: one for one in piece if one.labels["__name__"] == "probe_success"}
    assert (probes["fra"].values == 0).sum() * RESOLUTION == 40 * 60
    assert (probes["nyc"].values == 1).all()


def test_nothing_was_scraped_while_prometheus_was_away() -> None:
    for one in near_the_end(12.5).piece(NOW - 11 * DAY):
        assert np.diff(one.timestamps_ms).max() == (HOUR + RESOLUTION) * 1000


def test_a_restarted_pod_counts_from_nothing_after_stale_markers() -> None:
    piece = near_the_end(6.5).piece(NOW - 5 * DAY)
    up = named(piece, __name__="up", instance=CHECKOUT.instances()[1])
    answered = named(piece, instance=CHECKOUT.instances()[1], code="200")
    assert 1 <= (up.values == 0).sum() <= 2  # three quarters of a minute
    assert np.array_equal(np.isnan(answered.values), up.values == 0)
    real = answered.values[~np.isnan(answered.values)]
    assert (np.diff(real) < 0).sum() == 1
