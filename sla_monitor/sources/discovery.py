"""What has to be found out about a source before it can be measured: spacing of samples, bounds, labels."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable
from typing import TypeVar
from weakref import WeakValueDictionary

import numpy as np

from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Content, Latency, Measurement, MeasurementKey, Probe, Threshold, Value
from sla_monitor.errors import IndicatorError, SourceTooMuchError
from sla_monitor.sources import expressions, histograms, plans, promql, sheaves
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.expressions import Native
from sla_monitor.sources.flavours import Increase
from sla_monitor.sources.plans import DAY, Findings, Found
from sla_monitor.sources.sheaves import Sheaf

SPACING_WINDOW = 3600
ENOUGH_SAMPLES = 3
LOST = 0.2
"""The quantile of the distances that is taken for the spacing: most scrapes may be lost and it is still right."""
UNSEEN_RESOLUTION = 15
"""Used where no sample is seen at all; nothing is known there anyway."""
EVERY_SECOND = 1
MOST_KEPT, DAYS_KEPT = 200_000, 4
"""So many things found out are kept, or so many days of each measurement if that is more."""
SPANS_KEPT = 32
MOST_OTHERS = 2

T = TypeVar("T")


class Discovery:
    """Asks once a day of data, however many measurements need it, since targets and libraries change."""

    def __init__(self, client: PrometheusClient) -> None:
        self._client = client
        self._latest: dict[MeasurementKey, int] = {}
        self._found: dict[Hashable, object] = {}
        self._nothing: dict[Span, set[Hashable]] = {}
        self._asking = WeakValueDictionary[Hashable, asyncio.Lock]()
        self._whole: dict[tuple[MeasurementKey, int], Findings] = {}
        self._alike: dict[Findings, Findings] = {}
        self.forgotten = 0
        """How often what was found out was forgotten."""
        self.made = 0
        """How often another resolution was found."""

    def forget(self) -> None:
        """Agreements or targets may have changed."""
        self.forgotten += 1
        self.made += 1
        self._latest.clear()
        self._found.clear()
        self._nothing.clear()
        self._whole.clear()
        self._alike.clear()
        self._client.forget()

    def remembered(self, measurement: Measurement, span: Span) -> Findings | None:
        """What was found for all of the span's day; of histograms, where no native ones were found since."""
        known = self._whole.get((measurement.key, (span.end - 1) // DAY))
        if known is None or not isinstance(indicator := measurement.indicator, Latency):
            return known
        return known if ("native", indicator.histogram) in self._nothing.get(span, ()) else None

    async def findings(self, measurement: Measurement, span: Span) -> Findings:
        """Of each leaf, in order."""
        day = (span.end - 1) // DAY
        leaves = plans.leaves(measurement)
        found = tuple([await self.all_of(leaf, span) for leaf in leaves])
        # Thousands may be alike: one record stands for all, and is compared by looking whether it is the same.
        found = self._alike.setdefault(found, found)
        if all(self._is_of_the_day(leaf, one, day) for leaf, one in zip(leaves, found, strict=True)):
            if len(self._whole) > self._most:
                self.forgotten += 1
                self._whole.clear()
            self._whole[measurement.key, day] = found
        return found

    def _is_of_the_day(self, leaf: Measurement, found: Found, day: int) -> bool:
        """Nothing in it was guessed for want of samples, which may come; native histograms may at any time."""
        wanted: list[Hashable] = []
        if isinstance(leaf.indicator, Latency):
            wanted.append((leaf.indicator, None))
        if (up := _target_of(leaf)) is not None:
            wanted.append(up)
        spaced = self._client.endpoint.resolution is not None or any(
            (("spacing", one, SPACING_WINDOW), day) in self._found for one in _candidates(leaf)
        )
        return spaced and found.native is None and all((what, day) in self._found for what in wanted)

    @property
    def _most(self) -> int:
        return max(MOST_KEPT, DAYS_KEPT * len(self._latest))

    async def all_of(self, measurement: Measurement, span: Span) -> Found:
        """Of one that is no composite."""
        resolution = await self.resolution(measurement, span)
        native = await self.native(measurement, span, resolution)
        bounds = await self.bounds(measurement, span, native)
        borne = await self.borne(measurement, span)
        return Found(resolution, bounds, native, borne, await self.increase())

    async def increase(self) -> Increase:
        """How the source counts events."""
        return (await self._client.identity()).flavour.increase

    async def resolution(self, measurement: Measurement, span: Span) -> int:
        """Seconds between samples, rounded up to a divisor of the slice. IndicatorError if longer than it."""
        own = self._client.endpoint.resolution
        candidates = () if own else _candidates(measurement)
        spacing: float | None = own
        if own is None:
            spacing = await self._spacing(candidates, span)
        if spacing is None:
            return self._latest.get(measurement.key) or _fitting(
                measurement, min(UNSEEN_RESOLUTION, measurement.slice_seconds)
            )
        found = _fitting(measurement, spacing)
        self.made += self._latest.get(measurement.key) != found
        self._latest[measurement.key] = found
        return found

    def spacing_of(self, measurement: Measurement) -> int:
        """The resolution found, or configured, or else a common one; of a composite's parts the longest."""
        if known := self._latest.get(measurement.key):
            return known
        if parts := plans.parts_of(measurement):
            return max(self.spacing_of(part) for part in parts)
        return self._client.endpoint.resolution or UNSEEN_RESOLUTION

    async def native(self, measurement: Measurement, span: Span, r: int) -> Native | None:
        """How native histograms of a latency are read; None where there are none."""
        indicator = measurement.indicator
        if not isinstance(indicator, Latency):
            return None
        what = ("native", indicator.histogram)
        return await self._once(what, span, lambda: histograms.native(self._client, indicator.histogram, span, r))

    async def none_native(self, asked: Measurement, members: Iterable[Measurement], span: Span) -> None:
        """Asks for many histograms at once; where none of them is native, none of them is asked for itself."""
        if isinstance(indicator := asked.indicator, Latency):
            seen = await histograms.native(self._client, indicator.histogram, span, EVERY_SECOND)
            for one in (member.indicator for member in members):
                if seen is None and isinstance(one, Latency):
                    self._nothing_of(span).add(("native", one.histogram))

    async def are_most(self, sheaf: Sheaf, span: Span) -> bool:
        """Whether a sheaf's members are at least half of all that a query naming none of them would read."""
        series = plans.series_of(sheaves.everything(sheaf).asked)[0]
        label = max(sheaf.by, key=lambda one: len({values[sheaf.by.index(one)] for values in sheaf.values}))
        there = await self._once(("values", label, series), span, lambda: self._values(label, series, span))
        return len(there or ()) <= MOST_OTHERS * len(sheaf)

    async def _values(self, label: str, series: promql.Selector, span: Span) -> tuple[str, ...]:
        return await self._client.label_values(label, str(series), span)

    async def bounds(self, measurement: Measurement, span: Span, native: Native | None = None) -> tuple[str, ...]:
        """How the bound of a latency's bucket may be spelled (`5`, `5.0`). IndicatorError where nothing has it."""
        indicator = measurement.indicator
        if not isinstance(indicator, Latency):
            return ()
        look = histograms.spellings if native is None else histograms.spellings_beside_native
        seen = await self._once((indicator, native), span, lambda: look(self._client, indicator, span)) or ()
        return tuple(sorted({*expressions.spellings(indicator.threshold), *seen}))

    async def is_interpolated(self, latency: Latency, at: int) -> bool:
        """Whether a native histogram's count at the threshold is the server's estimate."""
        return await histograms.is_interpolated(self._client, latency, at)

    async def borne(self, measurement: Measurement, span: Span) -> Collection[str]:
        """The labels of `up` of the measurement's target; for gauges that are up or down nobody asks."""
        if (up := _target_of(measurement)) is None:
            return promql.TARGET
        return await self._once(up, span, lambda: self._labels(up, span)) or promql.TARGET

    async def _once(self, what: Hashable, span: Span, ask: Callable[[], Awaitable[T | None]]) -> T | None:
        """The answer for the span's day; where there was none, asked again for another span."""
        day = what, (span.end - 1) // DAY
        if len(self._found) > self._most:
            self.forget()
        asking = self._asking.setdefault((what, span), asyncio.Lock())
        async with asking:
            if day in self._found:
                return self._found[day]  # type: ignore[return-value] # what is kept under a place came from its ask
            if what in self._nothing.get(span, ()):
                return None
            answer = await ask()
            if answer:
                self._found[day] = answer
            else:
                self._nothing_of(span).add(what)
            return answer

    def _nothing_of(self, span: Span) -> set[Hashable]:
        """What was asked for it in vain. Others will be asked for soon: only of the last ones it is kept."""
        while len(self._nothing) >= SPANS_KEPT and span not in self._nothing:
            del self._nothing[next(iter(self._nothing))]
        return self._nothing.setdefault(span, set())

    async def _labels(self, up: str, span: Span) -> frozenset[str] | None:
        # Prometheus tells no labels of a stretch that it took in late and has not yet packed.
        for within in (span, None):
            if names := await self._client.label_names(up, within):
                return frozenset(names)
        return None

    async def _spacing(self, candidates: tuple[promql.Selector, ...], span: Span) -> float | None:
        """Of the last hour, or else of all the span, as far as there are samples."""
        for seconds in sorted({SPACING_WINDOW, max(SPACING_WINDOW, span.seconds)}):
            for candidate in candidates:
                if (spacing := await self._spacing_over(candidate, span, seconds)) is not None:
                    return spacing
        return None

    async def _spacing_over(self, series: promql.Selector, span: Span, seconds: int) -> float | None:
        what = ("spacing", series, seconds)
        with contextlib.suppress(SourceTooMuchError):
            return await self._once(what, span, lambda: self._spacing_at(series, span.end, seconds))
        return None

    async def _spacing_at(self, series: promql.Selector, at: int, seconds: int) -> float | None:
        """One series is enough, the one with the most samples: it lost the fewest."""
        fullest = await self._client.query(f"topk(1, count_over_time({series}[{seconds}s]))", at)
        if not fullest:
            return None
        labels = tuple(promql.Matcher(name, "=", value) for name, value in fullest[0].labels.items())
        name = series.name or next(
            (m.value for m in series.matchers if m.label == "__name__" and m.operator == "="), ""
        )
        rows = await self._client.query(f"{promql.Selector(name, labels)}[{seconds}s]", at)
        times = rows[0].times if rows else np.zeros(0)
        return float(np.quantile(np.diff(times), LOST)) if len(times) >= ENOUGH_SAMPLES else None


def _target_of(measurement: Measurement) -> str | None:
    """`up` of the measurement's target; None where nobody asks what it bears."""
    series = () if measurement.holds is Content.SECONDS else plans.series_of(measurement)
    matchers = series[0].of_target() if series else ()
    return str(promql.Selector("up", matchers)) if matchers else None


def _candidates(measurement: Measurement) -> tuple[promql.Selector, ...]:
    """Series whose samples tell the spacing.

    Gauges tell it themselves: a recorded one is evaluated at another pace than its target is scraped. For
    counters `up` does, which is one series where they may be thousands, and for values, which may be rare.
    """
    series = plans.series_of(measurement)
    if isinstance(measurement.indicator, Probe):
        return series
    target = [promql.Selector("up", x.of_target()) for x in series[:1] if x.of_target()]
    return (*series, *target) if isinstance(measurement.indicator, Threshold) else (*target, *series)


def _fitting(measurement: Measurement, spacing: float) -> int:
    """A value may be rare: what a slice holds of it is then one sample, or none."""
    s = measurement.slice_seconds
    resolution = plans.resolution_on(s, min(spacing, s) if isinstance(measurement.indicator, Value) else spacing)
    if resolution is None:
        raise IndicatorError(
            f"samples come every {spacing:g} s, which is longer than the slice of {s} s: "
            "set a longer slice in the objective"
        )
    return resolution
