"""A past too long for memory: counters of a shop day by day, each going on where the day before ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.shop import DAY, Shop
from tests.rig.remotewrite import HOUR_MS, Series, push

BLOCKS = ("--storage.tsdb.min-block-duration=1d", "--storage.tsdb.max-block-duration=27d")
"""A server that is given a year in minutes would spend as long on putting its blocks of two hours together."""
CODES = ("200", "500")


@dataclass(frozen=True)
class Day:
    """Samples of (00:00, 24:00], UTC: what each has counted since the one before lies in the slice that it ends."""

    shop: Shop
    number: int

    @property
    def at(self) -> NDArray[np.int64]:
        start = self.number * DAY
        return np.arange(start + self.shop.scrape, start + DAY + 1, self.shop.scrape, dtype=np.int64)

    def counts(self) -> NDArray[np.float64]:
        """[good or bad, service, sample]: days and nights, a noise of errors, and bursts of them."""
        rng = np.random.default_rng([self.number, self.shop.count])
        by_day = 1.1 - np.cos(2 * np.pi * (self.at % DAY) / DAY)
        total = rng.poisson(self.shop.scrape * (2 + np.arange(self.shop.count) % 7)[:, None] * by_day)
        bursting = rng.random(total.shape, np.float32) < 2e-4
        bad = rng.binomial(total, np.where(bursting, 0.4, 4e-4))
        return np.stack((total - bad, bad)).astype(float)


@dataclass
class Past:
    """counted: of each day [good or bad, service], which is the truth."""

    shop: Shop
    counted: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def of(self, number: int) -> Samples:
        """Days are taken one after the other."""
        day = Day(self.shop, number)
        counts = day.counts()
        before = sum(self.counted.values(), np.zeros(counts.shape[:2]))
        self.counted[number] = counts.sum(axis=2)
        return Samples(self.shop, day.at, before[..., None] + counts.cumsum(axis=2))


@dataclass(frozen=True)
class Samples:
    """values: [good or bad, service, sample] counters."""

    shop: Shop
    at: NDArray[np.int64]
    values: NDArray[np.float64]

    def series(self, after: int, until: int) -> list[Series]:
        """Of `(after, until]`."""
        lower, upper = np.searchsorted(self.at, (after, until), "right")
        ms = self.at[lower:upper] * 1000
        found = [Series({"__name__": "up", "job": "shop", "instance": "a"}, ms, np.ones(len(ms)))]
        for number, name in enumerate(self.shop.names):
            labels = {"__name__": self.shop.metric(name), "job": "shop", "instance": "a", "service": name}
            for code, values in zip(CODES, self.values, strict=True):
                found.append(Series({**labels, "code": code}, ms, values[number, lower:upper]))
        return found


def load(url: str, past: Past, days: range, told: Callable[[int], None]) -> None:
    """Whole days; while one is sent the next is made."""
    with ThreadPoolExecutor(1) as sender:
        sent: Future[int] | None = None
        for number in days:
            series = past.of(number).series(0, (number + 1) * DAY)
            if sent is not None:
                sent.result()
            sent = sender.submit(push, url, series, span_ms=6 * HOUR_MS)
            told(number)
        if sent is not None:
            sent.result()


class Feed:
    """What goes on: today so far, and then each sample once its time has come."""

    def __init__(self, url: str, past: Past, first: int) -> None:
        self._url, self._past, self._sent = url, past, first * DAY
        self._samples = past.of(first)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self.send(machine.clock())
        with machine.ticking(self.send, 0.5):
            yield

    def send(self, now: int) -> None:
        until = min(now, int(self._samples.at[-1]))
        if until - self._sent < self._past.shop.scrape:
            return
        push(self._url, self._samples.series(self._sent, until))
        self._sent = until // self._past.shop.scrape * self._past.shop.scrape
        if self._sent == self._samples.at[-1]:
            self._samples = self._past.of(self._sent // DAY)
