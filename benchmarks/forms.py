"""Ways of counting the events of a span from what Prometheus kept, good and bad ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import numpy as np
from numpy.typing import NDArray

from sla_monitor.compliance import spans
from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.terms import Measurement, Ratio, SourceName
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.remotewrite import Series

Floats = NDArray[np.float64]
SLICE = 60
DAY = 86_400


@dataclass(frozen=True)
class Span:
    start: int
    end: int

    def days(self) -> Iterator[Span]:
        for start in range(self.start, self.end, DAY):
            yield Span(start, min(start + DAY, self.end))


@dataclass(frozen=True)
class Question:
    """One service of one Prometheus, over one span."""

    url: str
    job: str
    span: Span
    resolution: int

    @property
    def total(self) -> str:
        return f'http_requests_total{{job="{self.job}"}}'

    @property
    def bad(self) -> str:
        return f'http_requests_total{{job="{self.job}",code=~"5.."}}'

    def asked(self, query: str) -> Floats:
        """The only row of a query at the end of each slice; NaN where it has no value."""
        with httpx.Client(base_url=self.url, timeout=120, trust_env=False) as client:
            return np.concatenate([_day(client, query, day) for day in self.span.days()])


def _day(client: httpx.Client, query: str, day: Span) -> Floats:
    form = {"query": query, "start": str(day.start + SLICE), "end": str(day.end), "step": str(SLICE)}
    body = client.post("/api/v1/query_range", data=form).json()
    if body["status"] != "success":
        raise ValueError(f"Prometheus refused {query!r}: {body['error']}")
    values = np.full((day.end - day.start) // SLICE, np.nan)
    for row in body["data"]["result"]:
        points = np.array([(at, float(value)) for at, value in row["values"]])
        values[((points[:, 0] - day.start) // SLICE).astype(int) - 1] = points[:, 1]
    return values


def raw_samples(series: list[Series], span: Span) -> float:
    """The floor: every raw sample, resets seen, each increment counted once; no query language in between."""
    counted = {False: 0.0, True: 0.0}
    for one in series:
        if one.labels["__name__"] == "http_requests_total":
            counted[one.labels["code"].startswith("5")] += _increments(one, span)
    return counted[False] / (counted[False] + counted[True])


def _increments(one: Series, span: Span) -> float:
    real = ~np.isnan(one.values)
    at, values = one.timestamps_ms[real] / 1000, one.values[real]
    # From the last sample at or before the one border to the last at or before the other: months telescope.
    lower = max(int(np.searchsorted(at, span.start, side="right")) - 1, 0)
    upper = int(np.searchsorted(at, span.end, side="right"))
    values = values[lower:upper]
    steps = np.diff(values)
    return float(np.where(steps < 0, values[1:], steps).sum())


def measured(question: Question) -> float:
    """Ours: what the program itself reads, slice by slice, finding out the resolution as it does everywhere."""
    return asyncio.run(_measured(question))


async def _measured(question: Question) -> float:
    measurement = Measurement(SourceName("benchmark"), Ratio((question.total,), bad=(question.bad,)), SLICE)
    want = Want(measurement, spans.Span(question.span.start, question.span.end))
    async with PrometheusClient(Endpoint(measurement.source, question.url)) as client:
        reading = (await Reader(client).measure([want]))[0]
    if reading.slices is None:
        raise ValueError(f"the program could not measure {question.job}") from reading.error
    return float(reading.slices.good.sum() / reading.slices.total.sum())


def plain(question: Question) -> float:
    """The sum of increase() over the slices."""
    bad, total = (
        np.nansum(question.asked(f"sum(increase({selector}[{SLICE}s]))")) for selector in (question.bad, question.total)
    )
    return float(1 - bad / total)


def mean_of_ratios(question: Question) -> float:
    """As Sloth records it: the ratio of the last five minutes, at each evaluation, averaged."""
    ratio = question.asked(f"sum(rate({question.bad}[5m])) / sum(rate({question.total}[5m]))")
    return float(1 - np.nanmean(ratio))


FORMS: dict[str, Callable[[Question], float]] = {
    "ours": measured,
    "sum of increase()": plain,
    "mean of 5m ratios": mean_of_ratios,
}
