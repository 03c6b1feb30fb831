"""Services that count their requests, as history for a Prometheus and as promises to keep: of one shape, or of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tests.rig.remotewrite import Series

DAY = 86_400
ONE_SHAPE = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {{name: shop}}
spec:
  customers:
{customers}
  template:
    objectives:
      - name: availability
        target: 99.9%
        window: {window}
        indicator:
          ratio:
            bad: '{bad}'
            total: '{total}'
"""
OF_MANY = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: {name}}}
spec:
  customer: {name}
  objectives:
    - name: availability
      target: 99.9%
      window: {window}
      indicator: {{ratio: {{bad: '{bad}', total: '{total}'}}}}
"""


@dataclass(frozen=True)
class Selectors:
    good: str
    bad: str
    total: str


@dataclass(frozen=True)
class Shop:
    """`count` services, scraped every `scrape` seconds. Of many shapes each has a metric of another name."""

    count: int
    scrape: int
    many: bool = False

    @property
    def names(self) -> list[str]:
        return [f"{'m' if self.many else 's'}{number}" for number in range(self.count)]

    def metric(self, name: str) -> str:
        return f"{name}_requests_total" if self.many else "http_requests_total"

    def selectors(self, name: str) -> Selectors:
        metric, service = self.metric(name), f'job="shop",service="{name}"'
        bad, good = f'{metric}{{{service},code="500"}}', f'{metric}{{{service},code="200"}}'
        return Selectors(good, bad, f"{metric}{{{service}}}")

    def agreements(self, window: str, count: int | None = None) -> str:
        """A template with all of one shape, or an agreement for each shape; the first `count`."""
        names = self.names[:count]
        if self.many:
            each = [(name, self.selectors(name)) for name in names]
            return "---\n".join(
                OF_MANY.format(name=name, window=window, bad=one.bad, total=one.total) for name, one in each
            )
        customers = "\n".join(f"    - {{name: {name}, match: {{service: {name}}}}}" for name in names)
        metric = 'http_requests_total{job="shop"}'
        bad = metric.replace("}", ',code="500"}')
        return ONE_SHAPE.format(customers=customers, window=window, bad=bad, total=metric)

    def history(self, first: int, last: int) -> History:
        return History(self, np.arange(first // self.scrape * self.scrape, last, self.scrape, dtype=np.int64))


@dataclass(frozen=True)
class History:
    """Days and nights, a noise of errors, and bursts of them."""

    shop: Shop
    at: NDArray[np.int64]

    @cached_property
    def counted(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Good and bad requests so far, of each service."""
        return {name: self._counted(number) for number, name in enumerate(self.shop.names)}

    def _counted(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rng = np.random.default_rng([number, self.shop.many])
        by_day = 1.1 - np.cos(2 * np.pi * (self.at % DAY) / DAY)
        total = rng.poisson(self.shop.scrape * (2 + number % 7) * by_day)
        bursting = rng.random(len(self.at)) < 2e-4
        bad = rng.binomial(total, np.where(bursting, 0.4, 4e-4))
        return np.cumsum(total - bad).astype(float), np.cumsum(bad).astype(float)

    def series(self) -> list[Series]:
        ms = self.at * 1000
        found = [Series({"__name__": "up", "job": "shop", "instance": "a"}, ms, np.ones(len(ms)))]
        for name, (good, bad) in self.counted.items():
            labels = {"__name__": self.shop.metric(name), "job": "shop", "instance": "a", "service": name}
            found += [Series({**labels, "code": "200"}, ms, good), Series({**labels, "code": "500"}, ms, bad)]
        return found

    def bad_share(self, name: str, every: int, over: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The share of bad requests over the last so many seconds, and when."""
        good, bad = self.counted[name]
        back, step = over // self.shop.scrape, every // self.shop.scrape
        failed, all_ = bad[back:] - bad[:-back], (good + bad)[back:] - (good + bad)[:-back]
        share = np.divide(failed, all_, out=np.zeros(len(all_)), where=all_ > 0)
        return self.at[back::step], share[::step]


def without_up(series: Sequence[Series]) -> list[Series]:
    """Of two shops on one server, one says that the target is up."""
    return [one for one in series if one.labels["__name__"] != "up"]
