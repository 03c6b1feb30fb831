"""What is pushed is what Prometheus then tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.rig.processes import Prometheus
from tests.rig.remotewrite import HOUR_MS, STALE, PushError, Series, push

START = 1_750_000_000_000


def test_stale_marker_has_its_bits() -> None:
    values = np.array([1.0, STALE, 2.0])
    assert values.view(np.uint64)[1] == 0x7FF0000000000002


def test_every_sample_arrives_once(prometheus: Prometheus) -> None:
    at = START + 15_000 * np.arange(5 * 240)
    told: list[int] = []
    series = [Series({"__name__": "m", "job": "push-all", "n": str(n)}, at, np.arange(len(at)) * 0.1) for n in range(3)]
    assert push(prometheus.url, series, progress=told.append) == 3600
    assert sum(told) == 3600
    assert len(told) == 2
    counted = prometheus.ask('count_over_time(m{job="push-all"}[5h])', at[-1] / 1000)
    assert [one["value"][1] for one in counted] == ["1200"] * 3
    values = prometheus.ask('m{job="push-all",n="1"}[30s]', at[-1] / 1000)[0]["values"]
    assert [float(value) for _, value in values] == [119.7, 119.80000000000001, 119.9]


@pytest.mark.parametrize(("end", "found"), [(STALE, 0), (np.nan, 1), (7.0, 1)])
def test_only_the_stale_marker_ends_a_series(prometheus: Prometheus, end: float, found: int) -> None:
    job = f"push-ends-{np.float64(end).view(np.uint64)}"
    at = START + 15_000 * np.arange(3)
    push(prometheus.url, [Series({"__name__": "m", "job": job}, at, np.array([1.0, 2.0, end]))])
    assert len(prometheus.ask(f'm{{job="{job}"}}', START / 1000 + 45)) == found


def test_a_refusal_is_told(tmp_path: Path) -> None:
    at = START + HOUR_MS * np.arange(3)
    series = [Series({"__name__": "m", "job": "late"}, at, np.ones(3))]
    with Prometheus(tmp_path) as server:
        push(server.url, series)
        with pytest.raises(PushError, match="400"):
            push(server.url, series)


def test_the_earliest_series_goes_first_into_an_empty_server(tmp_path: Path) -> None:
    late, early = START + 2 * HOUR_MS + 15_000 * np.arange(3), START + 15_000 * np.arange(3)
    with Prometheus(tmp_path) as server:
        push(server.url, [Series({"__name__": name}, at, np.ones(3)) for name, at in (("l", late), ("early", early))])
        assert server.ask("count_over_time(early[1m])", START / 1000 + 30)[0]["value"][1] == "3"


def test_instants_must_be_milliseconds() -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        Series({"__name__": "m"}, np.array([1_750_000_000]), np.array([1.0]))
