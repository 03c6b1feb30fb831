"""What has to be found out about a source before it can be measured: spacing of samples, bucket bounds."""

from __future__ import annotations

from math import isfinite

import numpy as np

from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Latency, Measurement, MeasurementKey
from sla_monitor.errors import IndicatorError
from sla_monitor.sources import plans, promql
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.plans import DAY

SPACING_WINDOW = 3600
ENOUGH_SAMPLES = 3
UNSEEN_RESOLUTION = 15
"""Used where no sample is seen at all; nothing is known there anyway."""


class Discovery:
    """Asks once and keeps the answer until told to forget it."""

    def __init__(self, client: PrometheusClient) -> None:
        self._client = client
        self._resolutions: dict[MeasurementKey, int] = {}
        self._bounds: dict[tuple[MeasurementKey, int], tuple[str, ...]] = {}

    def forget(self) -> None:
        """Agreements or targets may have changed."""
        self._resolutions.clear()
        self._bounds.clear()

    async def resolution(self, measurement: Measurement, span: Span) -> int:
        """Seconds between samples, rounded up to a divisor of the slice. IndicatorError if longer than it."""
        known = self._resolutions.get(measurement.key)
        if known is None:
            spacing = self._client.endpoint.resolution or await self._spacing(measurement, span)
            known = self._fitting(measurement, spacing or min(UNSEEN_RESOLUTION, measurement.slice_seconds))
            if spacing is not None:
                self._resolutions[measurement.key] = known
        return known

    def spacing_of(self, measurement: Measurement) -> int:
        """The resolution found, or configured, or else a common one."""
        return self._resolutions.get(measurement.key) or self._client.endpoint.resolution or UNSEEN_RESOLUTION

    async def bounds(self, measurement: Measurement, span: Span) -> tuple[str, ...]:
        """How the source spells the bound of a latency's bucket (`5`, `5.0`, or both over time)."""
        indicator = measurement.indicator
        if not isinstance(indicator, Latency):
            return ()
        place = (measurement.key, span.end // DAY)
        if place not in self._bounds:
            spelled = await self._spellings(indicator, span)
            if not spelled:
                return (plain(indicator.threshold),)
            self._bounds[place] = spelled
        return self._bounds[place]

    async def _spellings(self, indicator: Latency, span: Span) -> tuple[str, ...]:
        histogram = promql.selector(indicator.histogram)
        seen = await self._client.label_values("le", str(histogram.renamed("_bucket")), span.start, span.end)
        if not seen:
            await self._refuse_native(histogram, span)
        spelled = tuple(le for le in seen if _number(le) == float(indicator.threshold))
        if seen and not spelled:
            offered = ", ".join(sorted((le for le in seen if _number(le) is not None), key=float))
            raise IndicatorError(
                f"{histogram} has no bucket at {plain(indicator.threshold)} s; it has {offered} s: "
                "set the threshold to one of them"
            )
        return spelled

    async def _refuse_native(self, histogram: promql.Selector, span: Span) -> None:
        if await self._client.query(f"count(last_over_time({histogram}[1h]))", span.end):
            raise IndicatorError(f"{histogram} is a native histogram, which this version does not compute")

    def _fitting(self, measurement: Measurement, spacing: float) -> int:
        resolution = plans.resolution_on(measurement.slice_seconds, spacing)
        if resolution is None:
            raise IndicatorError(
                f"samples come every {spacing:g} s, which is longer than the slice of {measurement.slice_seconds} s: "
                "set a longer slice in the objective"
            )
        return resolution

    async def _spacing(self, measurement: Measurement, span: Span) -> float | None:
        """The median distance of raw samples of `up` of the target, or else of the series itself."""
        series = plans.series_of(measurement)
        if series is None:
            return None
        targets = [promql.Selector("up", series.of_target())] if series.of_target() else []
        for candidate in (*targets, series):
            for at in (span.end, (span.start + span.end) // 2, min(span.end, span.start + SPACING_WINDOW)):
                if (spacing := await self._spacing_at(candidate, at)) is not None:
                    return spacing
        return None

    async def _spacing_at(self, series: promql.Selector, at: int) -> float | None:
        """One series is enough, the one with the most samples: it lost the fewest."""
        window = f"[{SPACING_WINDOW}s]"
        fullest = await self._client.query(f"topk(1, count_over_time({series}{window}))", at)
        if not fullest:
            return None
        labels = tuple(promql.Matcher(name, "=", value) for name, value in fullest[0].labels.items())
        rows = await self._client.query(f"{promql.Selector(series.name, labels)}{window}", at)
        times = rows[0].times if rows else np.zeros(0)
        return float(np.median(np.diff(times))) if len(times) >= ENOUGH_SAMPLES else None


def _number(le: str) -> float | None:
    """The bound as Prometheus reads it; None for +Inf, which bounds nothing."""
    try:
        return bound if isfinite(bound := float(le)) else None
    except ValueError:
        return None
