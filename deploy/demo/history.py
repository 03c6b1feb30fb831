"""The two months before now, made in pieces and pushed as they are made; counters go on in the live service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.demo.shop import (
    BACKBONE,
    DAY,
    HISTORY_DAYS,
    MAIL,
    PROBES,
    RESOLUTION,
    SERVICES,
    Service,
    Trouble,
    concerning,
    labels,
    requests,
    share,
)
from tests.rig.remotewrite import STALE, Series, push

Floats = NDArray[np.float64]
PIECE = 3 * DAY


@dataclass
class History:
    """Goes forward from `days` before `now`; remembers what each counter stands at."""

    now: int  # of the story: incidents are told from it
    days: int = HISTORY_DAYS
    seed: int = 1
    until: int = 0  # the last sample made so far
    counters: dict[str, dict[str, float]] = field(default_factory=dict)  # by instance, then by counter

    def __post_init__(self) -> None:
        self.now -= self.now % RESOLUTION
        self.until = self.begin
        self._rng = np.random.default_rng(self.seed)

    @property
    def begin(self) -> int:
        return self.now - self.days * DAY

    def push(self, url: str, until: int, told: Callable[[float], None] = lambda _: None) -> int:
        """Make and push the samples up to `until`; `told` hears the seconds done."""
        sent = 0
        while self.until + RESOLUTION <= until:
            before = self.until
            sent += push(url, self.piece(min(until, before + PIECE)))
            told(self.until - before)
        return sent

    def piece(self, until: int) -> list[Series]:
        at = np.arange(self.until + RESOLUTION, until + 1, RESOLUTION, dtype=np.int64)
        self.until = int(at[-1])
        return [self._kept(one) for one in self._everything(at)]

    def keep(self, path: Path) -> None:
        """What the live service has to go on from."""
        path.write_text(json.dumps(self.counters))

    def _everything(self, at: NDArray[np.int64]) -> Iterator[Series]:
        for service in SERVICES:
            for instance in service.instances():
                yield from self._pod(service, instance, at)
        for place in PROBES:
            yield from self._gauge("probe_success", BACKBONE, place, at, self._reached(place, at))
        waiting = np.round(self._rng.gamma(4, 5, len(at)))
        for incident in concerning(Trouble.BACKLOG, MAIL):
            waiting[incident.touches(at, self.now)] += 400
        yield from self._gauge("mail_queue_length", MAIL, "mail-0:9100", at, waiting)

    def _pod(self, service: Service, instance: str, at: NDArray[np.int64]) -> Iterator[Series]:
        failing = share(Trouble.FAILING, service, at, self.now, service.failing)
        slow = share(Trouble.SLOW, service, at, self.now, 0.0)
        down = np.zeros(len(at), dtype=bool)
        for incident in concerning(Trouble.RESTART, instance):
            down |= incident.touches(at, self.now)
        stands = self.counters.setdefault(instance, {})
        for counter, added in requests(service, at, RESOLUTION, failing=failing, slow=slow, rng=self._rng).items():
            values = _running(np.where(down, 0, added), down, stands.get(counter, 0.0))
            stands[counter] = float(values[-1])
            yield Series(labels(service.job, instance, counter), at * 1000, _ended(values, down))
        yield Series({"__name__": "up", "job": service.job, "instance": instance}, at * 1000, (~down).astype(float))

    def _reached(self, place: str, at: NDArray[np.int64]) -> Floats:
        down = np.zeros(len(at), dtype=bool)
        for incident in concerning(Trouble.DOWN, place):
            down |= incident.touches(at, self.now) & (at // 60 % 2 == 0)
        return (~down).astype(np.float64)

    @staticmethod
    def _gauge(name: str, job: str, instance: str, at: NDArray[np.int64], values: Floats) -> Iterator[Series]:
        told = {"job": job, "instance": instance}
        yield Series({"__name__": name, **told}, at * 1000, values)
        yield Series({"__name__": "up", **told}, at * 1000, np.ones(len(at)))

    def _kept(self, one: Series) -> Series:
        """Nothing was scraped while Prometheus was away, and it could not leave a stale marker either."""
        kept = np.ones(len(one.values), dtype=bool)
        for incident in concerning(Trouble.AWAY):
            kept &= ~incident.touches(one.timestamps_ms / 1000, self.now)
        return Series(one.labels, one.timestamps_ms[kept], one.values[kept])


def _running(added: Floats, down: NDArray[np.bool_], begin: float) -> Floats:
    """The counter after each step; after a restart it begins with nothing."""
    running = begin + np.cumsum(added)
    started = np.flatnonzero(down[:-1] & ~down[1:])
    for step in started:
        running[step + 1 :] -= running[step]
    return np.asarray(running, dtype=np.float64)


def _ended(values: Floats, down: NDArray[np.bool_]) -> Floats:
    """A failed scrape ends the series of its target; one marker is enough, more do no harm."""
    return np.where(down, STALE, values)
