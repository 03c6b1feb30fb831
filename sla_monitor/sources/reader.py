"""Asks one source for the slices of many measurements (measurement.md 1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance.readings import Asked, Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Latency, Measurement, MeasurementKey
from sla_monitor.errors import IndicatorError, SlaMonitorError, SourceTooMuchError, SourceUnavailableError
from sla_monitor.sources import answers, asks, plans, sheaves
from sla_monitor.sources.answers import Answers, Parts, Question
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.budgets import Budget
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.discovery import MOST_KEPT, SPACING_WINDOW, Discovery
from sla_monitor.sources.plans import Findings
from sla_monitor.sources.sheaves import Sheaf
from sla_monitor.sources.wire import Table

MIN_SETTLE = 30
APART = 5
"""Seconds that clocks may differ by without it meaning anything; an answer tells whole seconds."""
MOST_HALVINGS = 256
"""A query of many that fails is halved until it is known whose fault it is, so many times in a pass."""
NAMED_ONE_BY_ONE = 200
"""Of more values than these it is looked whether others are there at all."""


@dataclass(frozen=True)
class Batch:
    """Measurements that are asked for together over one span, and what was found out of each of them alike."""

    sheaf: Sheaf
    span: Span
    found: Findings

    @property
    def question(self) -> Question:
        return Question(self.sheaf, self.span, plans.asks_for(self.sheaf.asked, self.found, self.sheaf.by))

    @property
    def longest(self) -> int:
        """Bytes of its longest query."""
        wanted = self.question.asks
        return max(len(ask.expr.encode()) for ask in (*wanted.first(), *asks.later(wanted)))

    def halves(self) -> tuple[Batch, Batch]:
        first, second = sheaves.halves(self.sheaf)
        return Batch(first, self.span, self.found), Batch(second, self.span, self.found)


class Reader:
    """Measures through one client. Keeps what it found out about the source, and how much is too much."""

    def __init__(self, client: PrometheusClient) -> None:
        self.client = client
        self.discovery = Discovery(client)
        self._longest: dict[Ask, int] = {}
        self._budget = Budget(client.max_samples, client.endpoint.concurrency)
        self._bound: dict[Findings, tuple[list[MeasurementKey], list[Sheaf]]] = {}
        self._asked: dict[Findings, dict[MeasurementKey, tuple[Asked, ...]]] = {}
        self._room = asyncio.Semaphore(client.endpoint.concurrency)

    async def answers(self, at: int) -> int:
        """Raises SourceError unless the source answers the simplest question.

        Samples bear the source's time: where its clock is behind ours, of what comes after it nothing is there yet.
        """
        await self.client.query("vector(1)", at)
        there = self.client.clock
        return there if there is not None and there < at - APART else at

    async def learn(self, measurements: Iterable[Measurement], at: int) -> None:
        """Finds out the resolutions ahead of time; what cannot be found out is told when it is measured."""
        await self.client.identity()
        for leaf in (leaf for measurement in measurements for leaf in plans.leaves(measurement)):
            with contextlib.suppress(IndicatorError):
                await self.discovery.resolution(leaf, Span(at - SPACING_WINDOW, at))

    def settle(self, measurement: Measurement) -> int:
        """Seconds after which samples are taken to have arrived: two scrapes, at least 30 s."""
        own = self.client.endpoint.settle
        return own if own is not None else max(MIN_SETTLE, 2 * self.discovery.spacing_of(measurement))

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        """One answer a want, in order. What one measurement's query gets wrong touches no other."""
        try:
            await self.client.identity()
        except SourceUnavailableError as error:
            return [Reading(want, None, error) for want in wants]
        self._budget.samples = self.client.max_samples
        found = Answers()
        await self._look_for_native(found, wants)
        known = [self.discovery.remembered(want.measurement, want.span) for want in wants]
        fresh = [want for want, one in zip(wants, known, strict=True) if one is None]
        asked = iter(await asyncio.gather(*(self._prepare(found, want) for want in fresh)))
        prepared = [next(asked) if one is None else one for one in known]
        ready: list[tuple[Want, Findings]] = []
        readings: dict[Span, dict[MeasurementKey, Reading]] = {want.span: {} for want in wants}
        for want, one in zip(wants, prepared, strict=True):
            if isinstance(one, SlaMonitorError):
                readings[want.span][want.measurement.key] = Reading(want, None, one)
            else:
                ready.append((want, one))
        for batch, parts in await self._measured(found, await self._batches(ready), MOST_HALVINGS):
            self._read(batch, parts, readings[batch.span])
        return [readings[want.span][want.measurement.key] for want in wants]

    async def _prepare(self, found: Answers, want: Want) -> Findings | SlaMonitorError:
        try:
            async with self._room:
                found.raise_if_away()
                return await self.discovery.findings(want.measurement, want.span)
        except SlaMonitorError as error:
            found.note(error)
            return error

    async def _look_for_native(self, found: Answers, wants: Sequence[Want]) -> None:
        """Of histograms of one shape it is asked together whether any is native, which most often none is."""
        latencies = [want for want in wants if isinstance(want.measurement.indicator, Latency)]
        for span, sheaf in sheaves.together((want.span, want.measurement) for want in latencies):
            if len(sheaf) > 1:
                with contextlib.suppress(SlaMonitorError):
                    found.raise_if_away()
                    await self.discovery.none_native(sheaf.asked, sheaf.members, span)

    async def _batches(self, ready: Sequence[tuple[Want, Findings]]) -> list[Batch]:
        made = []
        for (span, found), alike in _by_span(ready).items():
            for sheaf in self._sheaves(alike, found):
                wide = len(sheaf) > NAMED_ONE_BY_ONE and await self.discovery.are_most(sheaf, span)
                made += self._fitting(Batch(sheaves.everything(sheaf) if wide else sheaf, span, found))
        return made

    def _fitting(self, batch: Batch) -> list[Batch]:
        """Halved while a query of it would be longer than the source takes."""
        longest = self.client.flavour.longest
        if longest is None or len(batch.sheaf) == 1 or batch.longest <= longest:
            return [batch]
        return [one for half in batch.halves() for one in self._fitting(half)]

    def _sheaves(self, measurements: Sequence[Measurement], found: Findings) -> list[Sheaf]:
        """From minute to minute they are mostly the same."""
        kept = self._bound.get(found)
        keys = [one.key for one in measurements]
        if kept is None or kept[0] != keys:
            kept = keys, [sheaf for _, sheaf in sheaves.together((None, one) for one in measurements)]
            self._bound[found] = kept
        return kept[1]

    async def _measured(
        self, found: Answers, batches: Sequence[Batch], left: int
    ) -> list[tuple[Batch, Parts | SlaMonitorError]]:
        """Batches that failed are halved, at most so many times as are left."""
        questions = [batch.question for batch in batches]
        await self._answer(found, [wish for one in questions for wish in _first(one)])
        await self._answer(found, [(*wish, one) for one in questions for wish in answers.raw_wanted(one, found)])
        done = [(batch, _cut(question, found)) for batch, question in zip(batches, questions, strict=True)]
        broken = [place for place, (batch, cuts) in enumerate(done) if _is_of_some(batch, cuts)][:left]
        if not broken:
            return done
        parts = [half for place in broken for half in done[place][0].halves()]
        rest = [one for place, one in enumerate(done) if place not in broken]
        return [*rest, *await self._measured(found, parts, left - len(broken))]

    def _read(self, batch: Batch, parts: Parts | SlaMonitorError, readings: dict[MeasurementKey, Reading]) -> None:
        kept = self._asked.setdefault(batch.found, {})
        for number, measurement in enumerate(batch.sheaf.members):
            want = Want(measurement, batch.span)
            if isinstance(parts, SlaMonitorError):
                reading = Reading(want, None, parts)
            else:
                slices, contradictions = parts[number]
                told = kept.get(measurement.key) or _told(kept, measurement, batch.found)
                reading = Reading(want, slices, None, contradictions, told)
            readings[measurement.key] = reading

    async def _answer(self, found: Answers, wishes: Iterable[tuple[Ask, Span, Question]]) -> None:
        wished = list(wishes)
        rows = {ask: len(question.sheaf) if ask.by else 1 for ask, _, question in wished}
        fetches = [
            self._fetch_all(found, ask, span, rows[ask])
            for ask, spans in plans.merged((ask, span) for ask, span, _ in wished).items()
            for span in spans
        ]
        await asyncio.gather(*fetches)

    async def _fetch_all(self, found: Answers, ask: Ask, span: Span, rows: int) -> None:
        """In chunks; of what may be much, and was never asked, one by itself, which tells how much it is."""
        chunks = self._chunks(ask, span, rows)
        if self._budget.points(ask, rows) * ask.step < span.seconds and not self._budget.is_told(ask):
            await self._fetch(found, ask, chunks[0])
            rest = Span(chunks[0].end, span.end)
            chunks = self._chunks(ask, rest, rows) if rest.seconds else []
        await asyncio.gather(*(self._fetch(found, ask, chunk) for chunk in chunks))

    def _chunks(self, ask: Ask, span: Span, rows: int) -> list[Span]:
        longest = min(self._longest.get(ask, plans.DAY), self._budget.points(ask, rows) * ask.step)
        return plans.chunks(ask, span, longest, rows)

    async def _fetch(self, found: Answers, ask: Ask, span: Span) -> None:
        try:
            async with self._room:
                found.raise_if_away()
                pieces = await self._pieces(ask, span)
            found.tables.setdefault(ask, []).extend(pieces)
        except SlaMonitorError as error:
            found.note(error)
            found.errors.setdefault(ask, []).append((span, error))

    async def _pieces(self, ask: Ask, span: Span) -> list[Table]:
        """Halved where the source calls it too much, which is kept in mind for the next time."""
        try:
            return [await self._table(ask, span)]
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

    async def _table(self, ask: Ask, span: Span) -> Table:
        table = await self.client.table(ask.expr, *ask.points(span), ask.step, ask.by)
        if table is None:
            raise IndicatorError(
                "the query answers with native histograms where numbers are wanted: take a number of them, "
                f"as in histogram_quantile(0.95, …): {ask.expr[:200]}"
            )
        self._budget.learn(ask, span.seconds // ask.step, table.read)
        # One series may go on under other labels, as after a restart; two at once would have to be added up.
        if _are_several(table):
            raise IndicatorError(
                f"the query answers with {len(table.keys)} series where one is wanted: aggregate it, "
                f"as in sum(…) or max(…): {ask.expr[:200]}"
            )
        return table


def _are_several(table: Table) -> bool:
    """Two values at one instant for the same measurement."""
    place = {key: number for number, key in enumerate(dict.fromkeys(table.keys))}
    if len(place) == len(table.keys):
        return False
    owners = np.array([place[key] for key in table.keys])[table.rows]
    return len(np.unique(np.stack((owners, table.times)), axis=1).T) < len(table.times)


def _told(
    kept: dict[MeasurementKey, tuple[Asked, ...]], measurement: Measurement, found: Findings
) -> tuple[Asked, ...]:
    """The queries that ask for this measurement alone and give the same: who else is asked for comes and goes."""
    if measurement.key not in kept:
        if len(kept) > MOST_KEPT:
            kept.clear()
        kept[measurement.key] = asks.asked(plans.asks_for(measurement, found))
    return kept[measurement.key]


def _by_span(ready: Iterable[tuple[Want, Findings]]) -> dict[tuple[Span, Findings], list[Measurement]]:
    """What is asked for over one span, and was found to be alike. A record of findings is the same for all alike."""
    found: dict[tuple[Span, int], list[Measurement]] = {}
    records, known = {id(one): one for _, one in ready}, dict[tuple[int, int], list[Measurement]]()
    for want, one in ready:
        which = (id(want.span), id(one))
        if which not in known:
            known[which] = found.setdefault((want.span, id(one)), [])
        known[which].append(want.measurement)
    return {(span, records[number]): alike for (span, number), alike in found.items()}


def _first(question: Question) -> Iterator[tuple[Ask, Span, Question]]:
    for ask in question.asks.first():
        yield ask, question.span, question


def _cut(question: Question, found: Answers) -> Parts | SlaMonitorError:
    try:
        return answers.cut(question, found)
    except SlaMonitorError as error:
        return error


def _is_of_some(batch: Batch, cuts: Parts | SlaMonitorError) -> bool:
    """It failed, perhaps for what some of its members are."""
    failed = isinstance(cuts, SlaMonitorError) and not isinstance(cuts, SourceUnavailableError)
    return failed and len(batch.sheaf) > 1
