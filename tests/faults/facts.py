"""Traffic that is a function of time, so that its truth is known however often servers come and go."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import numpy as np

from tests.rig.remotewrite import PushError, Series, push


def clock() -> int:
    return int(time.time())  # noqa: TID251 - the servers live by the real clock


@dataclass(frozen=True)
class Traffic:
    """A job with 7 requests a second, one of them failing while `broken`; and a probe that is down then.

    broken: of each `cycle` seconds since the epoch the first so many.
    """

    job: str
    broken: int = 0
    cycle: int = 60

    def series(self, first: int, last: int, step: int = 1) -> list[Series]:
        """Samples at first, first+step, … last."""
        at = np.arange(first, last + 1, step, dtype=np.int64)
        failed = self._failures(at)
        target = {"job": self.job, "instance": "a"}
        values = {
            ("up", ""): np.ones(len(at)),
            ("probe_success", ""): (at % self.cycle >= self.broken).astype(float),
            ("http_requests_total", "200"): (at - BEGIN) * 7.0 - failed,
            ("http_requests_total", "500"): failed.astype(float),
        }
        return [
            Series({"__name__": name, **target, "code": code} if code else {"__name__": name, **target}, at * 1000, v)
            for (name, code), v in values.items()
        ]

    def _failures(self, at: np.ndarray) -> np.ndarray:
        """One for each broken second up to `at`."""
        since = at - BEGIN
        return since // self.cycle * self.broken + np.minimum(since % self.cycle, self.broken)


BEGIN = 1_700_000_040
"""A whole number of minutes; counters count from here."""


class Feeder:
    """Pushes what happened until now, every half second; what a server was away for is lost, as with scrapes."""

    def __init__(self, url: str, traffic: Traffic, since: int) -> None:
        self.url, self.traffic = url, traffic
        self.done = since - 1
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def feed(self) -> None:
        now = clock()
        first, self.done = self.done + 1, now
        if now >= first:
            push(self.url, self.traffic.series(first, now))

    def _work(self) -> None:
        while not self._stop.wait(0.5):
            with contextlib.suppress(httpx.HTTPError, PushError):
                self.feed()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def fed(url: str, traffic: Traffic, since: int) -> Iterator[Feeder]:
    feeder = Feeder(url, traffic, since)
    feeder.feed()
    feeder.start()
    try:
        yield feeder
    finally:
        feeder.stop()


AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: {name}}}
spec:
  customer: Acme
  source: {source}
  objectives:
    - name: availability
      target: {target}
      slice: {slice}
      window: {window}
      indicator: {{ratio: {{bad: 'http_requests_total{{job="{job}",code="500"}}', total: 'http_requests_total{{job="{job}"}}'}}}}
    - name: reachable
      target: {target}
      slice: {slice}
      window: {window}
      indicator: {{probe: {{series: 'probe_success{{job="{job}"}}'}}}}
"""  # noqa: E501 - as people write them


def agreement(
    job: str,
    name: str = "shop",
    *,
    source: str = "default",
    target: str = "99%",
    every: str = "2s",
    window: str = "{rolling: 1h}",
) -> str:
    return AGREEMENT.format(name=name, source=source, target=target, slice=every, window=window, job=job)
