"""Generated traffic whose samples lie exactly on the slice borders: truth is exact to the last event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.rig.remotewrite import Series

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Aligned:
    """Facts at instants one resolution apart; what a sample adds happened in the step that ends at it."""

    series: list[Series]
    instants: Ints  # seconds: the start of the span, then a step each, to its end
    good: Ints  # a step each
    total: Ints

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Good and total events of [start, end); both must be instants of the story."""
        first, last = np.searchsorted(self.instants, (start, end))
        if self.instants[first] != start or self.instants[last] != end:
            raise ValueError(f"{start} and {end} must lie on a sample, or the truth is not known")
        return int(self.good[first:last].sum()), int(self.total[first:last].sum())


@dataclass(frozen=True)
class AlignedGauge:
    """Seconds up of [start, end): a sample stands for the resolution that begins at it."""

    series: list[Series]
    instants: Ints
    up: NDArray[np.bool_]  # one row a series
    present: NDArray[np.bool_]
    resolution: int

    def between(self, start: float, end: float, row: int = 0) -> tuple[int, int]:
        """Good and known seconds of one series."""
        first, last = np.searchsorted(self.instants, (start, end))
        known = self.present[row, first:last]
        return int((known & self.up[row, first:last]).sum()) * self.resolution, int(known.sum()) * self.resolution


@dataclass(frozen=True)
class Traffic:
    """Requests of some instances: how many, how many fail, how often the process starts anew."""

    job: str
    instances: int = 2
    per_second: float = 4.0
    bad_share: float = 0.002
    burst_share: float = 0.01  # of the steps: an outage with half of the requests failing
    restarts: int = 3  # an instance, over the span
    labels: Mapping[str, str] = field(default_factory=dict)

    def of(self, instance: int) -> dict[str, str]:
        return {**self.labels, "job": self.job, "instance": f"{self.job}-{instance}:8080"}


def steps(start: int, end: int, resolution: int) -> Ints:
    return np.arange(start, end + 1, resolution, dtype=np.int64)


def requests(start: int, end: int, traffic: Traffic, seed: int = 0, resolution: int = 15) -> Aligned:
    """`http_requests_total{code}` and `up`, from a sample at `start` to one at `end`."""
    instants = steps(start, end, resolution)
    rng = np.random.default_rng([seed, 1])
    series: list[Series] = []
    good = np.zeros(len(instants) - 1, dtype=np.int64)
    bad = np.zeros_like(good)
    for instance in range(traffic.instances):
        counts = rng.poisson(traffic.per_second * resolution, len(good))
        burst = rng.random(len(good)) < traffic.burst_share
        failed = rng.binomial(counts, np.where(burst, 0.5, traffic.bad_share))
        resets = rng.choice(len(good), min(traffic.restarts, len(good)), replace=False)
        labels = traffic.of(instance)
        for code, events in (("200", counts - failed), ("500", failed)):
            named = {"__name__": "http_requests_total", "code": code, **labels}
            series.append(Series(named, instants * 1000, counter(events, resets)))
        series.append(Series({"__name__": "up", **labels}, instants * 1000, np.ones(len(instants))))
        good += counts - failed
        bad += failed
    return Aligned(series, instants, good, good + bad)


def counter(events: Ints, resets: Iterable[int] = (), begin: int = 0) -> Floats:
    """The counter after each step, from `begin` on; at a reset it starts from nothing before the step."""
    running = begin + np.concatenate([[0], np.cumsum(events)])
    lost = np.zeros(len(running), dtype=np.int64)
    for step in sorted(int(step) for step in resets):
        lost[step + 1 :] = running[step]
    return (running - lost).astype(np.float64)


def latencies(
    start: int,
    end: int,
    traffic: Traffic,
    *,
    les: Sequence[str] = ("0.3", "5"),
    threshold: str = "0.3",
    seed: int = 0,
    resolution: int = 15,
) -> Aligned:
    """A classic histogram `http_request_duration_seconds`; good is what lies in the bucket `threshold`."""
    instants = steps(start, end, resolution)
    rng = np.random.default_rng([seed, 2])
    series: list[Series] = []
    good = np.zeros(len(instants) - 1, dtype=np.int64)
    total = np.zeros_like(good)
    for instance in range(traffic.instances):
        counts = rng.poisson(traffic.per_second * resolution, len(good))
        labels = traffic.of(instance)
        # From the widest bucket to the narrowest each keeps a share of the one before: cumulative by making.
        within, kept = counts, {"+Inf": counts}
        for le in reversed(les):
            within = rng.binomial(within, 0.99)
            kept[le] = within
        for le, events in kept.items():
            named = {"__name__": "http_request_duration_seconds_bucket", "le": le, **labels}
            series.append(Series(named, instants * 1000, counter(events)))
        for suffix, values in (("count", counter(counts)), ("sum", counter(counts) * 0.12)):
            named = {"__name__": f"http_request_duration_seconds_{suffix}", **labels}
            series.append(Series(named, instants * 1000, values))
        series.append(Series({"__name__": "up", **labels}, instants * 1000, np.ones(len(instants))))
        good += kept[threshold]
        total += counts
    return Aligned(series, instants, good, total)


def probes(
    start: int,
    end: int,
    job: str,
    *,
    count: int = 1,
    name: str = "probe_success",
    down_share: float = 0.01,
    missing_share: float = 0.0,
    seed: int = 0,
    resolution: int = 15,
) -> AlignedGauge:
    """0/1 gauges with down spells of some minutes, and stretches without a sample."""
    instants = steps(start, end, resolution)[:-1]
    rng = np.random.default_rng([seed, 3])
    up = np.stack([~_spells(rng, len(instants), down_share) for _ in range(count)])
    present = np.stack([~_spells(rng, len(instants), missing_share) for _ in range(count)])
    series = [
        Series(
            {"__name__": name, "job": job, "instance": f"{job}-{row}"},
            instants[present[row]] * 1000,
            up[row][present[row]].astype(np.float64),
        )
        for row in range(count)
    ]
    return AlignedGauge(series, instants, up, present, resolution)


def _spells(rng: np.random.Generator, length: int, share: float, mean: int = 8) -> NDArray[np.bool_]:
    inside = np.zeros(length, dtype=bool)
    for start in np.flatnonzero(rng.random(length) < share / mean):
        inside[start : start + 1 + rng.poisson(mean - 1)] = True
    return inside
