"""Measurements made short, hand-written series, and what the program reads of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import (
    Amount,
    Combine,
    Comparison,
    Composite,
    Down,
    Indicator,
    Latency,
    Measurement,
    Probe,
    Query,
    Ratio,
    SourceName,
    Threshold,
    Value,
)
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.remotewrite import Series

START = 1_780_272_000  # 2026-06-01T00:00Z
DAY = 86_400
STEP = 15
_numbers = itertools.count()


def fresh(name: str) -> str:
    """A job that no other test uses: they share a server."""
    return f"{name}-{next(_numbers)}"


def measurement(indicator: Indicator, slice_seconds: int = 60) -> Measurement:
    return Measurement(SourceName("default"), indicator, slice_seconds)


def ratio(total: str | tuple[str, ...], bad: str | tuple[str, ...], slice_seconds: int = 60) -> Measurement:
    def several(text: str | tuple[str, ...]) -> tuple[str, ...]:
        return (text,) if isinstance(text, str) else text

    return measurement(Ratio(several(total), bad=several(bad)), slice_seconds)


def queries(total: str, good: str) -> Measurement:
    return measurement(Ratio(Query(total), good=Query(good)))


def latency(histogram: str, threshold: str) -> Measurement:
    return measurement(Latency(histogram, Fraction(threshold)))


def probe(series: str, combine: Combine = Combine.ANY) -> Measurement:
    return measurement(Probe(series, combine))


def threshold(query: str, comparison: Comparison, limit: str, slice_seconds: int = 60) -> Measurement:
    return measurement(Threshold(query, comparison, Fraction(limit)), slice_seconds)


def value(query: str, slice_seconds: int = 60) -> Measurement:
    return measurement(Value(query), slice_seconds)


def amount(of: str | Query) -> Measurement:
    return measurement(Amount(of if isinstance(of, Query) else (of,)))


def composite(down: Down, *parts: Measurement) -> Measurement:
    return measurement(Composite(down, tuple(part.indicator for part in parts)))


def every(values: Sequence[float], step: int = STEP, start: int = START, **labels: str) -> Series:
    """A sample a step from `start` on; None leaves one out."""
    pairs = [((start + k * step) * 1000, value) for k, value in enumerate(values) if value is not None]
    named = {("__name__" if key == "name" else key): text for key, text in labels.items()}
    return Series(named, np.array([at for at, _ in pairs], np.int64), np.array([v for _, v in pairs], np.float64))


async def readings(url: str, wants: Sequence[Want], resolution: int | None = None) -> list[Reading]:
    async with PrometheusClient(Endpoint(SourceName("default"), url, resolution=resolution)) as client:
        return await Reader(client).measure(wants)


async def read(url: str, m: Measurement, start: int, end: int, resolution: int | None = None) -> Reading:
    return (await readings(url, [Want(m, Span(start, end))], resolution))[0]


async def slices(url: str, m: Measurement, start: int, end: int, resolution: int | None = None) -> Slices:
    found = await read(url, m, start, end, resolution)
    if found.slices is None:
        raise found.error or AssertionError("neither slices nor an error")
    return found.slices


def told(held: Slices) -> list[tuple[float, float, int]]:
    """(good, total, known) of each slice."""
    return list(zip(held.good.tolist(), held.total.tolist(), held.known.tolist(), strict=True))
