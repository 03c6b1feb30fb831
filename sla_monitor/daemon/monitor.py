"""The monitor at work: agreements in force, a pass a source, the board, and those who look at it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import structlog

from sla_monitor.agreements.reading import Reading as AgreementsRead
from sla_monitor.agreements.register import Register, renewed
from sla_monitor.compliance import conditions
from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.readings import Reading
from sla_monitor.compliance.rolls import Roll, Search
from sla_monitor.compliance.slices import Ints, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, SourceName
from sla_monitor.daemon.closings import Closings
from sla_monitor.daemon.connections import Boards
from sla_monitor.daemon.deliveries import ToldAlerts
from sla_monitor.daemon.judging import Judge
from sla_monitor.daemon.pauses import Lacking, Pauses
from sla_monitor.daemon.settings import Settings
from sla_monitor.daemon.sharing import Sharing
from sla_monitor.daemon.wiring import Clock, read_agreements
from sla_monitor.daemon.workload import Workload
from sla_monitor.errors import SlaMonitorError, SourceError, SourceRefusedError, SourceUnavailableError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import cycle
from sla_monitor.measuring.cycle import Passed
from sla_monitor.measuring.duties import OVERLAP, Duty, progress, without
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.sources.reader import MIN_SETTLE, Reader

log = structlog.get_logger(__name__)

CATCHING_UP_JUDGED = 5
"""So many seconds apart standings are judged while there is more to measure at once."""
JUDGED_AT_MOST = 0.25
"""The share of the time that goes into judging where nothing has come to be current: of a million it takes a while."""
LATE_TICKS = 6
"""So many ticks without an answer, and the monitor is not ready."""


class Monitor:
    """Everything is done by being called; it holds no timer of its own."""

    def __init__(
        self,
        settings: Settings,
        readers: Mapping[SourceName, Reader],
        book: Book,
        metrics: MonitorMetrics,
        boards: Boards,
        *,
        clock: Clock,
        alerts: ToldAlerts | None,
        closings: Closings,
        sharing: Sharing,
    ) -> None:
        self._settings, self._readers, self._book = settings, readers, book
        self._metrics, self._boards, self._clock, self._alerts = metrics, boards, clock, alerts
        self._closings, self._judge = closings, Judge(book, sharing.shard)
        self._sharing, self._lacking = sharing, Lacking[MeasurementKey]()
        self._current: dict[SourceName, int] = {}  # what was caught up with, as of when by the source's own clock
        self.register, self._reading, self._rolls = Register(), AgreementsRead(), dict[str, Roll]()
        self._answered: dict[SourceName, int] = {}
        self._tried: set[SourceName] = set()
        self._workload = Workload(sharing, settings.schedule.catch_up_limit)
        self._again: dict[SourceName, int] = {}
        self._judged_at = 0
        self._judging_took = 0.0
        self._sources = Pauses[SourceName](settings.schedule.tick)
        self._measurements = Pauses[MeasurementKey](settings.schedule.tick)
        self._judging = asyncio.Lock()
        self._reloading = asyncio.Lock()

    async def share(self) -> None:
        """Looks which part of the work is ours; of what has come to us nothing was asked for yet."""
        if await self._sharing.beat():
            self._current.clear()

    async def reload(self) -> Sequence[str]:
        """Reads the agreements anew; faulty ones keep their last good version. Returns the faults."""
        async with self._reloading:
            self._reading = await asyncio.to_thread(read_agreements, self._settings.agreements.paths, self._settings)
            await self._renew()
            self._forget()
        return await self._tell_reading()

    async def take_on(self) -> None:
        """Customers came or went, and their agreements with them; all else stays as it was read."""
        async with self._reloading:
            await self._renew()
            self._current.clear()  # what is new was never asked for
        await self._tell_reading()

    @property
    def searches(self) -> list[Search]:
        """How the customers of templates are found."""
        return [discovery.search for discovery in self._reading.discoveries]

    def searches_of(self, source: SourceName) -> list[Search]:
        return [search for search in self.searches if search.source == source]

    async def pass_(self, source: SourceName) -> None:
        """Measures what is due of one source, a day at a time until it is current. Never raises for a failure."""
        if self._sources.resting(source, self._clock()):
            return
        self._current.pop(source, None)
        held, ahead = self._sharing.held, 0
        try:
            while (passed := await self._one_pass(source)) is not None:
                ahead = passed.clock_ahead
                # While the past is caught up with, ten thousand promises are not judged after every day of it.
                if not passed.behind or self._is_long_judged(CATCHING_UP_JUDGED):
                    await self.judge()
                if not passed.behind:
                    break
            if self._sharing.held == held:
                self._current[source] = self._clock() - ahead
        except SlaMonitorError as error:
            wanted = error.retry_after if isinstance(error, SourceUnavailableError) else 0.0
            pause = self._sources.failed(source, self._clock(), wanted)
            log.warning("pass_failed", source=source, error=str(error), next_try_in_seconds=pause)
        except Exception as error:  # what nobody foresaw is told, and must not end measuring
            pause = self._sources.failed(source, self._clock())
            log.exception("pass_failed", source=source, error=repr(error), next_try_in_seconds=pause)
        else:
            if self._sources.healed(source):
                log.info("source_measured_again", source=source)
        self._tried.add(source)

    async def judge(self) -> None:
        """Makes the next board; the last one stands while the ledger is away."""
        async with self._judging:
            began, self._judged_at, self._judging_took = time.perf_counter(), self._clock(), 0.0
            try:
                board = await asyncio.to_thread(
                    self._judge.board, self.register, self._judged_at, self._settle, self._settles
                )
                # A ledger that cannot be written still tells how things stand.
                before = self._boards.latest
                self._boards.latest = replace(board, breaches=before.breaches, statements=before.statements)
                self._boards.latest = await asyncio.to_thread(self._judge.counted, self._boards.latest)
                self._judging_took = time.perf_counter() - began
            except SlaMonitorError as error:
                log.error("judging_failed", error=str(error))  # noqa: TRY400 - the text says it all
        await asyncio.to_thread(self._tell_size)

    async def close(self) -> None:
        """Closes windows that are due. What is waited for only since now has to be asked for before it is given up."""
        before = self._closings.waiting
        if await self._closings.run(self.register.agreements, self._given_up, self._sharing.closes):
            await self.judge()
        if self._closings.waiting != before:
            self._current.clear()

    async def judge_if_due(self, every: int) -> None:
        """Time passes also where nothing is measured; after a pass it has been judged already.

        What was declared, here or by another process, or seen of silences, counts at once.
        """
        if self._is_long_judged(every) or await asyncio.to_thread(self._judge.is_news):
            await self.judge()

    def in_force(self) -> Sequence[Agreement] | None:
        """Every agreement; None while some cannot be read."""
        return None if self.register.faults else self.register.agreements

    async def tell(self) -> None:
        """Direct alerts, as the last board calls for them; not before each source was asked once.

        Until then the board is of the last run, and would resolve, or fire, what the next pass turns round.
        """
        if self._alerts is None or not self._used() <= self._tried:
            return
        try:
            await self._alerts.push(self._boards.latest, self._clock())
        except SlaMonitorError as error:
            log.warning("alerts_not_told", error=str(error))

    async def problems(self) -> list[str]:
        """Why the monitor is not ready."""
        found = []
        if not (self.register.agreements or self.searches):
            found.append("no agreement is in force: see agreements.paths and the faults in the log")
        try:
            await asyncio.to_thread(self._book.measured, ())
        except SlaMonitorError as error:
            found.append(str(error))
        return [
            *found,
            *(f"source {name!r} has not answered lately" for name in sorted(self._used()) if self._silent(name)),
        ]

    async def slices(self, agreement: Agreement, objective: Objective, start: int, end: int) -> Slices:  # noqa: ARG002
        """The slices the ledger holds that start in `[start, end)`."""
        return await asyncio.to_thread(self._book.slices, objective.measurement.key, Span(start, end))

    def _tell_size(self) -> None:
        with suppress(SlaMonitorError):  # what is wrong with the ledger was told already
            self._metrics.ledger_size_bytes.set(self._book.store.size_bytes())

    def _is_long_judged(self, seconds: int) -> bool:
        return self._clock() - self._judged_at >= max(seconds, self._judging_took / JUDGED_AT_MOST)

    async def _one_pass(self, source: SourceName) -> Passed | None:
        reader = self._readers[source]
        began, now = time.perf_counter(), self._clock()
        mine: Sequence[Duty] = await asyncio.to_thread(self._duties, source)
        if resting := self._measurements.all_resting(now):
            mine = without(mine, resting)
        again = self._again.pop(source, OVERLAP)
        try:
            passed = await cycle.run_pass(reader, self._book, mine, self._clock, again)
        finally:
            await asyncio.to_thread(self._tell_progress, source)
        if passed is None:
            self._again[source] = again
            if source not in self._answered:
                await reader.answers(now)
                self._answered[source] = now
            return None
        self._metrics.cycle_duration_seconds.labels(source).set(time.perf_counter() - began)
        self._again[source] = passed.again
        self._count(source, mine, passed)
        self._answered[source] = self._clock()
        return passed

    def _count(self, source: SourceName, mine: Sequence[Duty], passed: Passed) -> None:
        self._metrics.slices_written.inc(passed.written.slices)
        self._metrics.slices_overwritten.inc(passed.written.overwritten)
        failed = {reading.want.measurement.key for reading in passed.errors}
        if self._measurements.failing:
            for key in {key for duty in mine for key in duty.bundle.keys} - failed:
                self._measurements.healed(key)
        if passed.contradictions:
            log.warning("queries_contradict", source=source, slices=passed.contradictions)
        if passed.clock_ahead:
            log.warning("clock_ahead_of_source", source=source, seconds=passed.clock_ahead)
        log.debug("pass_done", source=source, slices=passed.written.slices, overwritten=passed.written.overwritten)
        if not passed.written.slices:
            _raise_if_of_the_source(passed.errors)
        for reading in passed.errors:
            self._not_measured(source, reading)

    def _not_measured(self, source: SourceName, reading: Reading) -> None:
        key = reading.want.measurement.key
        pause = self._measurements.failed(key, self._clock())
        log.warning(
            "not_measured",
            source=source,
            objectives=self._names(key),
            error=str(reading.error),
            next_try_in_seconds=pause,
        )

    def _tell_progress(self, source: SourceName) -> None:
        """What was never measured is as late as the time from which it is wanted; what is over is never late."""
        now, prober = self._clock(), self._readers[source]
        try:
            told = [progress(duty, self._book, prober, now) for duty in self._duties(source)]
        except SlaMonitorError:
            return
        found = [one for one in told if one is not None]
        if found:
            self._metrics.measured_until_timestamp_seconds.labels(source).set(min(end for end, _ in found))
            self._metrics.cycle_lag_seconds.labels(source).set(max(lag for _, lag in found))
        else:
            self._metrics.measured_until_timestamp_seconds.remove(source)
            self._metrics.cycle_lag_seconds.remove(source)

    def _duties(self, source: SourceName) -> tuple[Duty, ...]:
        return self._workload.of(source, self.register.agreements, dict(self._closings.waiting), self._clock())

    async def _renew(self) -> None:
        try:
            if self._reading.discoveries:
                self._rolls = await asyncio.to_thread(self._book.rolls)
        except SlaMonitorError as error:  # those of before still hold
            log.error("customers_unknown", error=str(error))  # noqa: TRY400 - the text says it all
        most = self._settings.agreements.max_discovered
        found = await asyncio.to_thread(self._reading.with_customers, self._rolls, most)
        self.register = await asyncio.to_thread(renewed, self.register, found)

    async def _tell_reading(self) -> Sequence[str]:
        faults = [str(fault) for fault in self.register.faults]
        self._metrics.agreement_faults.set(len(faults))
        self._metrics.config_last_reload_successful.set(not faults)
        for fault in faults:
            log.error("agreement_faulty", fault=fault)
        for notice in self.register.notices:
            if str(notice) not in faults:
                log.warning("agreement_notice", notice=str(notice))
        log.info(
            "agreements_read", in_force=len(self.register.agreements), kept=list(self.register.kept), faults=len(faults)
        )
        await self.judge()
        return faults

    def _given_up(self, measurement: Measurement) -> bool:
        """Out of reach of catching up, or failing for so long that its windows are closed without it."""
        source, key = measurement.source, measurement.key
        if not self._sharing.measures(measurement):  # how it fares only the replica knows that measures it
            return self._lacking.seconds(key, self._clock()) >= self._closings.patience
        failing = [self._sources.failing_since(source), self._measurements.failing_since(key)]
        since = [at for at in failing if at is not None]
        if since:
            return self._clock() - min(since) >= self._closings.patience
        # Of what has not come by the source's clock nothing was asked, though by ours it is long past.
        return self._clock() - self._current.get(source, 0) <= LATE_TICKS * self._settings.schedule.tick

    def clock_was_set_back(self) -> None:
        """What is put off until an instant that is farther off now than it was meant to be is done at once."""
        self._judged_at = 0
        self._answered = {source: min(at, self._clock()) for source, at in self._answered.items()}
        self._sources.clear_waiting()
        self._measurements.clear_waiting()

    def _forget(self) -> None:
        """What was found out, and what is being waited for, may be otherwise now."""
        self._current.clear()
        for reader in self._readers.values():
            reader.discovery.forget()
        self._sources.clear_waiting()
        self._measurements.clear_waiting()

    def _silent(self, source: SourceName) -> bool:
        """What is caught up with day by day has answered with each day, however many are left."""
        since, last = self._sources.failing_since(source), self._answered.get(source)
        late = LATE_TICKS * self._settings.schedule.tick
        return last is None or (since is not None and self._clock() - max(since, last) >= late)

    def _names(self, key: MeasurementKey) -> list[str]:
        named = ((a, *one) for a in self.register.agreements for one in conditions.measurements(a))
        return list(dict.fromkeys(f"{a.name}/{name}" for a, name, m in named if m.key == key))

    def _used(self) -> set[SourceName]:
        searched = {search.source for search in self.searches}
        return searched | {o.measurement.source for a in self.register.agreements for o in a.objectives}

    def _settle(self, measurement: Measurement) -> int:
        reader = self._readers.get(measurement.source)
        return reader.settle(measurement) if reader else MIN_SETTLE

    def _settles(self, bundle: Bundle) -> Ints:
        """As of one of them; most often all are of one source."""
        sources = {one.source for one in bundle.measurements}
        if len(sources) == 1 and (reader := self._readers.get(*sources)) is not None:
            return reader.settles(bundle)
        return np.array([self._settle(one) for one in bundle.measurements], np.int64)


def _raise_if_of_the_source(errors: Sequence[Reading]) -> None:
    """It answers, but nothing of use: a proxy in its place, or too much for it. A refused query is no such thing."""
    for reading in errors:
        if isinstance(reading.error, SourceError) and not isinstance(reading.error, SourceRefusedError):
            raise reading.error
