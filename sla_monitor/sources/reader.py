"""Asks one source for the slices of many measurements (measurement.md 1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

import numpy as np

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement
from sla_monitor.errors import IndicatorError, SlaMonitorError, SourceTooMuchError
from sla_monitor.sources import answers, plans
from sla_monitor.sources.answers import Answers, Series
from sla_monitor.sources.asks import Ask, Asks
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.discovery import SPACING_WINDOW, Discovery

MIN_SETTLE = 30


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
        for leaf in (leaf for measurement in measurements for leaf in plans.leaves(measurement)):
            with contextlib.suppress(IndicatorError):
                await self.discovery.resolution(leaf, Span(at - SPACING_WINDOW, at))

    def settle(self, measurement: Measurement) -> int:
        """Seconds after which samples are taken to have arrived: two scrapes, at least 30 s."""
        own = self.client.endpoint.settle
        return own if own is not None else max(MIN_SETTLE, 2 * self.discovery.spacing_of(measurement))

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        """One answer a want, in order. What one measurement's query gets wrong touches no other."""
        found = Answers()
        prepared = await asyncio.gather(*(self._prepare(found, want) for want in wants))
        ready = [
            (want, asks) for want, asks in zip(wants, prepared, strict=True) if not isinstance(asks, SlaMonitorError)
        ]
        await self._answer(found, [(ask, want.span) for want, asks in ready for ask in asks.first()])
        await self._answer(found, [wish for want, asks in ready for wish in answers.raw_wanted(want, asks, found)])
        return [
            Reading(want, None, asks) if isinstance(asks, SlaMonitorError) else answers.reading(want, asks, found)
            for want, asks in zip(wants, prepared, strict=True)
        ]

    async def _prepare(self, found: Answers, want: Want) -> Asks | SlaMonitorError:
        try:
            async with self._room:
                found.raise_if_away()
                return await self._asks(want)
        except SlaMonitorError as error:
            found.note(error)
            return error

    async def _asks(self, want: Want) -> Asks:
        leaves = plans.leaves(want.measurement)
        found = {leaf.key: await self.discovery.all_of(leaf, want.span) for leaf in leaves}
        return plans.asks_for(want.measurement, found)

    async def _answer(self, found: Answers, wishes: Iterable[tuple[Ask, Span]]) -> None:
        fetches = [
            self._fetch(found, ask, chunk)
            for ask, spans in plans.merged(wishes).items()
            for span in spans
            for chunk in plans.chunks(ask, span, self._longest.get(ask, plans.DAY))
        ]
        await asyncio.gather(*fetches)

    async def _fetch(self, found: Answers, ask: Ask, span: Span) -> None:
        try:
            async with self._room:
                found.raise_if_away()
                pieces = await self._pieces(ask, span)
            found.series.setdefault(ask, []).extend(pieces)
        except SlaMonitorError as error:
            found.note(error)
            found.errors.setdefault(ask, []).append((span, error))

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
        if any(row.is_histogram for row in rows):
            raise IndicatorError(
                "the query answers with native histograms where numbers are wanted: take a number of them, "
                f"as in histogram_quantile(0.95, …): {ask.expr[:200]}"
            )
        times = np.concatenate([np.zeros(0, np.int64), *(row.times for row in rows)])
        # One series may go on under other labels, as after a restart; two at once would have to be added up.
        if len(np.unique(times)) < len(times):
            raise IndicatorError(
                f"the query answers with {len(rows)} series where one is wanted: aggregate it, "
                f"as in sum(…) or max(…): {ask.expr[:200]}"
            )
        return times, np.concatenate([np.zeros(0), *(row.values for row in rows)])
