"""Asks one source for the slices of many measurements (measurement.md 1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Floats, Ints
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Combine, Measurement, Probe, Threshold
from sla_monitor.errors import IndicatorError, SlaMonitorError, SourceTooMuchError, SourceUnavailableError
from sla_monitor.sources import cutting, plans
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.cutting import Mask
from sla_monitor.sources.discovery import SPACING_WINDOW, Discovery
from sla_monitor.sources.plans import Ask, Asks, EventAsks, SecondAsks

MIN_SETTLE = 30

Series = tuple[Ints, Floats]
"""Instants and values, as answered."""


ENOUGH_FAILURES = 3
"""After so many questions without an answer the rest is not asked: each would wait out its time."""


@dataclass
class _Answers:
    """What came back for each question, and the stretches of it that ended in an error."""

    series: dict[Ask, list[Series]] = field(default_factory=dict)
    errors: dict[Ask, list[tuple[Span, SlaMonitorError]]] = field(default_factory=dict)
    unavailable: list[SourceUnavailableError] = field(default_factory=list)

    def note(self, error: SlaMonitorError) -> None:
        if isinstance(error, SourceUnavailableError):
            self.unavailable.append(error)

    def raise_if_away(self) -> None:
        if len(self.unavailable) >= ENOUGH_FAILURES:
            raise self.unavailable[0]

    def grid(self, ask: Ask, span: Span) -> Floats:
        for failed, error in self.errors.get(ask, ()):
            if failed.intersect(span).seconds:
                raise error
        first, last = ask.points(span)
        parts = self.series.get(ask, [])
        times = np.concatenate([times for times, _ in parts]) if parts else np.zeros(0, np.int64)
        values = np.concatenate([values for _, values in parts]) if parts else np.zeros(0)
        return cutting.on_grid(times, values, first, (last - first) // ask.step + 1, ask.step)


class Reader:
    """Measures through one client. Keeps what it found out about the source, and how much is too much."""

    def __init__(self, client: PrometheusClient) -> None:
        self.client = client
        self.discovery = Discovery(client)
        self._longest: dict[Ask, int] = {}
        self._room = asyncio.Semaphore(client.endpoint.concurrency)

    async def answers(self, at: int) -> None:
        """Raises SourceError unless the source answers the simplest question."""
        await self.client.query("vector(1)", at)

    async def learn(self, measurements: Iterable[Measurement], at: int) -> None:
        """Finds out the resolutions ahead of time; what cannot be found out is told when it is measured."""
        for measurement in measurements:
            with contextlib.suppress(IndicatorError):
                await self.discovery.resolution(measurement, Span(at - SPACING_WINDOW, at))

    def settle(self, measurement: Measurement) -> int:
        """Seconds after which samples are taken to have arrived: two scrapes, at least 30 s."""
        own = self.client.endpoint.settle
        return own if own is not None else max(MIN_SETTLE, 2 * self.discovery.spacing_of(measurement))

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        """One answer a want, in order. What one measurement's query gets wrong touches no other."""
        answers = _Answers()
        prepared = await asyncio.gather(*(self._prepare(answers, want) for want in wants))
        ready = [
            (want, asks) for want, asks in zip(wants, prepared, strict=True) if not isinstance(asks, SlaMonitorError)
        ]
        await self._answer(answers, [(ask, want.span) for want, asks in ready for ask in asks.first()])
        await self._answer(answers, [wish for want, asks in ready for wish in _raw_wanted(want, asks, answers)])
        return [
            Reading(want, None, asks) if isinstance(asks, SlaMonitorError) else _reading(want, asks, answers)
            for want, asks in zip(wants, prepared, strict=True)
        ]

    async def _prepare(self, answers: _Answers, want: Want) -> Asks | SlaMonitorError:
        try:
            async with self._room:
                answers.raise_if_away()
                return await self._asks(want)
        except SlaMonitorError as error:
            answers.note(error)
            return error

    async def _asks(self, want: Want) -> Asks:
        r = await self.discovery.resolution(want.measurement, want.span)
        bounds = await self.discovery.bounds(want.measurement, want.span)
        borne = await self.discovery.borne(want.measurement, want.span)
        return plans.asks_for(want.measurement, r, bounds, borne)

    async def _answer(self, answers: _Answers, wishes: Iterable[tuple[Ask, Span]]) -> None:
        fetches = [
            self._fetch(answers, ask, chunk)
            for ask, spans in plans.merged(wishes).items()
            for span in spans
            for chunk in plans.chunks(ask, span, self._longest.get(ask, plans.DAY))
        ]
        await asyncio.gather(*fetches)

    async def _fetch(self, answers: _Answers, ask: Ask, span: Span) -> None:
        try:
            async with self._room:
                answers.raise_if_away()
                found = await self._pieces(ask, span)
            answers.series.setdefault(ask, []).extend(found)
        except SlaMonitorError as error:
            answers.note(error)
            answers.errors.setdefault(ask, []).append((span, error))

    async def _pieces(self, ask: Ask, span: Span) -> list[Series]:
        """Halved where the source calls it too much, which is kept in mind for the next time."""
        try:
            return [await self._one_series(ask, span)]
        except SourceTooMuchError:
            half = span.seconds // 2 // ask.step * ask.step
            if half == 0:
                raise
            self._longest[ask] = min(half, self._longest.get(ask, half))
        middle = span.start + half
        return [
            *await self._pieces(ask, Span(span.start, middle)),
            *await self._pieces(ask, Span(middle, span.end)),
        ]

    async def _one_series(self, ask: Ask, span: Span) -> Series:
        rows = await self.client.query_range(ask.expr, *ask.points(span), ask.step)
        times = np.concatenate([np.zeros(0, np.int64), *(row.times for row in rows)])
        # One series may go on under other labels, as after a restart; two at once would have to be added up.
        if len(np.unique(times)) < len(times):
            raise IndicatorError(
                f"the query answers with {len(rows)} series where one is wanted: aggregate it, "
                f"as in sum(…) or max(…): {ask.expr[:200]}"
            )
        return times, np.concatenate([np.zeros(0), *(row.values for row in rows)])


def _raw_wanted(want: Want, asks: Asks, answers: _Answers) -> list[tuple[Ask, Span]]:
    """Raw samples are asked for only where a target shows no `up`."""
    if not isinstance(asks, EventAsks):
        return []
    wishes: list[tuple[Ask, Span]] = []
    for sighting in asks.sightings:
        with contextlib.suppress(SlaMonitorError):
            if (dark := _dark(sighting.up, want.span, answers)).seconds:
                wishes += [(raw, dark) for raw in sighting.raw]
    return wishes


def _dark(up: Ask, span: Span, answers: _Answers) -> Span:
    """From the first slice without `up` to the last."""
    found = np.flatnonzero(np.isnan(answers.grid(up, span)))
    if not len(found):
        return Span(span.start, span.start)
    return Span(span.start + int(found[0]) * up.step, span.start + (int(found[-1]) + 1) * up.step)


def _reading(want: Want, asks: Asks, answers: _Answers) -> Reading:
    try:
        cut = _events(want, asks, answers) if isinstance(asks, EventAsks) else _seconds(want, asks, answers)
    except SlaMonitorError as error:
        return Reading(want, None, error)
    return Reading(want, cut.slices, None, cut.contradictions)


def _events(want: Want, asks: EventAsks, answers: _Answers) -> cutting.Cut:
    total = cutting.added([answers.grid(ask, want.span) for ask in asks.total])
    part = cutting.added([answers.grid(ask, want.span) for ask in asks.part])
    known = _known(want, asks, answers) if asks.sightings else ~np.isnan(total)
    s, bad, kept = want.measurement.slice_seconds, asks.part_is_bad, asks.part_is_kept
    return cutting.events(want.span, s, total, part, known, part_is_bad=bad, part_is_kept=kept)


def _known(want: Want, asks: EventAsks, answers: _Answers) -> Mask:
    """Some target was seen and none was down all through the slice."""
    seen = down = np.zeros(want.span.seconds // want.measurement.slice_seconds, dtype=bool)
    for sighting in asks.sightings:
        up = answers.grid(sighting.up, want.span)
        raw = np.stack([answers.grid(ask, want.span) > 0 for ask in sighting.raw]).any(axis=0)
        seen = seen | (up > 0) | (np.isnan(up) & raw)
        down = down | (up == 0)
    return seen & ~down


def _seconds(want: Want, asks: SecondAsks, answers: _Answers) -> cutting.Cut:
    share, series = cutting.finite(answers.grid(asks.value, want.span)), None
    indicator = want.measurement.indicator
    combine = indicator.combine if isinstance(indicator, Probe) else None
    if isinstance(indicator, Threshold):
        share = cutting.held(share, indicator.comparison, float(indicator.limit))
    if asks.presence:
        present = np.stack([answers.grid(ask, want.span) > 0 for ask in asks.presence]).any(axis=0)
        share = np.where(present, share, np.nan)
    if asks.count is not None:
        series = answers.grid(asks.count, want.span)
        share = share / series
    if combine is Combine.QUORUM:
        share = cutting.quorum(share)
    pooled = series if combine is Combine.POOLED else None
    return cutting.seconds(want.span, want.measurement.slice_seconds, share, pooled)
