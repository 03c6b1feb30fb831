"""Asks one source for the slices of many measurements (measurement.md 1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

import numpy as np

from sla_monitor.compliance import bundles
from sla_monitor.compliance.bundles import Bundle, Measured, Queries, Wanted
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement
from sla_monitor.errors import IndicatorError, SlaMonitorError, SourceTooMuchError, SourceUnavailableError
from sla_monitor.sources import answers, asks, batches, plans, sheaves
from sla_monitor.sources.answers import Answers, Parts, Question
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.batches import Batch
from sla_monitor.sources.budgets import Budget, Lengths
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.discovery import SPACING_WINDOW, Discovery
from sla_monitor.sources.plans import DAY, Findings
from sla_monitor.sources.wire import Keys, Table

MIN_SETTLE = 30
APART = 5
"""Seconds that clocks may differ by without it meaning anything; an answer tells whole seconds."""
MOST_HALVINGS = 256
"""A query of many that fails is halved until it is known whose fault it is, so many times in a pass."""
AT_ONCE = 1000
"""So many are looked at before anybody else has a turn: a replica that is silent for long loses its shards."""
NAMED_ONE_BY_ONE = 200
"""Of more values than these it is looked whether others are there at all."""


class Reader:
    """Measures through one client. Keeps what it found out about the source, and how much is too much."""

    def __init__(self, client: PrometheusClient) -> None:
        self.client = client
        self.discovery = Discovery(client)
        self._lengths = Lengths(plans.DAY)
        self._budget = Budget(client.max_samples, client.endpoint.concurrency)
        self._keys: dict[Ask, Keys] = {}
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

    def settles(self, bundle: Bundle) -> Ints:
        """The same of each, (n,)."""
        own, made = self.client.endpoint.settle, self.discovery.made
        if own is not None:
            return np.full(len(bundle), own, np.int64)
        before: tuple[int, Ints] | None = bundle.memo.get((self, "settles"))
        if before is None or before[0] != made:
            found = np.fromiter(map(self.settle, bundle.measurements), np.int64, len(bundle))
            bundle.memo[self, "settles"] = before = (made, found)
        return before[1]

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        """One answer a want, in order. What one measurement's query gets wrong touches no other."""
        told = await self.gather(bundles.wanted(wants))
        readings = {(r.want.span, r.want.measurement.key): r for one in told for r in one.readings()}
        return [readings[want.span, want.measurement.key] for want in wants]

    async def gather(self, wanted: Sequence[Wanted]) -> list[Measured]:
        """The same of very many, in whatever parts and order."""
        try:
            await self.client.identity()
        except SourceUnavailableError as error:
            return [Measured(one, None, error) for one in wanted]
        self._budget.samples = self.client.max_samples
        found = Answers()
        await self._look_for_native(found, wanted)
        prepared = [await self._prepared(found, one) for one in wanted]
        done = [one for _, failed in prepared for one in failed]
        ready = [(one.span, *part) for one, (parts, _) in zip(wanted, prepared, strict=True) for part in parts]
        for batch, parts in await self._measured(found, await self._batches(ready), MOST_HALVINGS):
            done.append(self._told(batch, parts))
        # Of what is not asked any more, as when customers come and go, nothing is kept.
        self._keys = {ask: keys for ask, keys in self._keys.items() if ask in found.tables}
        return done

    async def _prepared(self, found: Answers, one: Wanted) -> tuple[list[tuple[Findings, Bundle]], list[Measured]]:
        """Those of which the same was found out, together; and those of which it could not be."""
        bundle, place = one.bundle, (self.discovery.forgotten, (one.span.end - 1) // DAY)
        before = bundle.memo.get((self, "prepared"))
        if before is not None and before[0] == place:
            return before[1], []
        known = [self.discovery.remembered(measurement, one.span) for measurement in bundle.measurements]
        fresh = [m for m, told in zip(bundle.measurements, known, strict=True) if told is None]
        asked = list[Findings | SlaMonitorError]()
        for begin in range(0, len(fresh), AT_ONCE):
            few = fresh[begin : begin + AT_ONCE]
            asked += await asyncio.gather(*(self._prepare(found, m, one.span) for m in few))
        ready_ones = iter(asked)
        told = [next(ready_ones) if given is None else given for given in known]
        parts = await asyncio.to_thread(batches.alike, bundle, told)
        ready = [(findings, part) for findings, part in parts if not isinstance(findings, SlaMonitorError)]
        failed = [Measured(Wanted(part, one.span), None, e) for e, part in parts if isinstance(e, SlaMonitorError)]
        if not fresh and not batches.latencies(bundle):
            bundle.memo[self, "prepared"] = place, ready
        return ready, failed

    async def _prepare(self, found: Answers, measurement: Measurement, span: Span) -> Findings | SlaMonitorError:
        try:
            async with self._room:
                found.raise_if_away()
                return await self.discovery.findings(measurement, span)
        except SlaMonitorError as error:
            found.note(error)
            return error

    async def _look_for_native(self, found: Answers, wanted: Sequence[Wanted]) -> None:
        """Of histograms of one shape it is asked together whether any is native, which most often none is."""
        latencies = [(one.span, m) for one in wanted for m in batches.latencies(one.bundle)]
        for span, sheaf in sheaves.together(latencies):
            if len(sheaf) > 1:
                with contextlib.suppress(SlaMonitorError):
                    found.raise_if_away()
                    await self.discovery.none_native(sheaf.asked, sheaf.members, span)

    async def _batches(self, ready: Sequence[tuple[Span, Findings, Bundle]]) -> list[Batch]:
        made = []
        for span, found, bundle in ready:
            if batches.sheaves_of not in bundle.memo:
                await asyncio.to_thread(batches.sheaves_of, bundle)
            for sheaf in batches.sheaves_of(bundle):
                wide = len(sheaf) > NAMED_ONE_BY_ONE and await self.discovery.are_most(sheaf, span)
                made += self._fitting(Batch(sheaves.everything(sheaf) if wide else sheaf, span, found))
        return made

    def _fitting(self, batch: Batch) -> list[Batch]:
        """Halved while a query of it would be longer than the source takes."""
        longest = self.client.flavour.longest
        if longest is None or len(batch.sheaf) == 1 or batch.longest <= longest:
            return [batch]
        return [one for half in batch.halves() for one in self._fitting(half)]

    async def _measured(
        self, found: Answers, asked: Sequence[Batch], left: int
    ) -> list[tuple[Batch, Parts | SlaMonitorError]]:
        """Batches that failed are halved, at most so many times as are left."""
        questions = [batch.question for batch in asked]
        await self._answer(found, [wish for one in questions for wish in batches.first(one)])
        await self._answer(found, [(*wish, one) for one in questions for wish in answers.raw_wanted(one, found)])
        done = [(batch, batches.cut(question, found)) for batch, question in zip(asked, questions, strict=True)]
        broken = [place for place, (batch, cuts) in enumerate(done) if batches.is_of_some(batch, cuts)][:left]
        if not broken:
            return done
        parts = [half for place in broken for half in done[place][0].halves()]
        rest = [one for place, one in enumerate(done) if place not in broken]
        return [*rest, *await self._measured(found, parts, left - len(broken))]

    def _told(self, batch: Batch, parts: Parts | SlaMonitorError) -> Measured:
        wanted = Wanted(batch.sheaf.bundle, batch.span)
        if isinstance(parts, SlaMonitorError):
            return Measured(wanted, None, parts)
        block, wrong = parts
        return Measured(wanted, block, None, wrong, self._asked_of(batch))

    def _asked_of(self, batch: Batch) -> Queries:
        """The queries that ask for each alone and give the same: who else is asked for comes and goes."""
        memo, found, members = batch.sheaf.bundle.memo, batch.found, batch.sheaf.members
        before: tuple[Findings, Queries] | None = memo.get((self, "asked"))
        if before is None or before[0] != found:
            queries = Queries(lambda _: found, lambda row: asks.asked(plans.asks_for(members[row], found)))
            memo[self, "asked"] = before = (found, queries)
        return before[1]

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
        now = asyncio.get_running_loop().time()
        longest = min(self._lengths.of(ask, now), self._budget.points(ask, rows) * ask.step)
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
        """Halved where the source calls it too much, which is kept in mind for a while."""
        try:
            return [await self._table(ask, span)]
        except SourceTooMuchError:
            half = span.seconds // 2 // ask.step * ask.step
            self._lengths.shorten(ask, half, asyncio.get_running_loop().time())
            if half == 0:
                raise
        middle = span.start + half
        return [
            *await self._pieces(ask, Span(span.start, middle)),
            *await self._pieces(ask, Span(middle, span.end)),
        ]

    async def _table(self, ask: Ask, span: Span) -> Table:
        table = await self.client.table(ask.expr, (*ask.points(span), ask.step), ask.by, self._keys.get(ask))
        if table is None:
            raise IndicatorError(
                "the query answers with native histograms where numbers are wanted: take a number of them, "
                f"as in histogram_quantile(0.95, …): {ask.expr[:200]}"
            )
        self._budget.learn(ask, span.seconds // ask.step, table.read)
        if len(table.keys.values) > 1:
            self._keys[ask] = table.keys
        # One series may go on under other labels, as after a restart; two at once would have to be added up.
        if _are_several(table):
            raise IndicatorError(
                f"the query answers with {len(table.keys.values)} series where one is wanted: aggregate it, "
                f"as in sum(…) or max(…): {ask.expr[:200]}"
            )
        return table


def _are_several(table: Table) -> bool:
    """Two values at one instant for the same measurement."""
    if table.keys.are_distinct:
        return False
    place = {key: number for number, key in enumerate(dict.fromkeys(table.keys.values))}
    owners = np.array([place[key] for key in table.keys.values])[table.rows]
    return len(np.unique(np.stack((owners, table.times)), axis=1).T) < len(table.times)
