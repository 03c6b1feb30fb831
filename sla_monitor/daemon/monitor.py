"""The monitor at work: agreements in force, a pass a source, the board, and those who look at it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from sla_monitor.agreements.register import Register, renewed
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, Objective, SourceName
from sla_monitor.daemon.settings import Settings
from sla_monitor.daemon.wiring import Boards, Clock, read_agreements
from sla_monitor.errors import LedgerError, SlaMonitorError, SourceError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import assessment, cycle
from sla_monitor.measuring.cycle import Passed, Task
from sla_monitor.publishing.alertmanagers import DirectAlerts
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.sources.reader import MIN_SETTLE, Reader

log = structlog.get_logger(__name__)

ANSWERED_LATELY = 300
LONGEST_PAUSE = 300
"""Seconds a failing source is left alone at most."""


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
        alerts: DirectAlerts | None,
    ) -> None:
        self._settings, self._readers, self._book = settings, readers, book
        self._metrics, self._boards, self._clock, self._alerts = metrics, boards, clock, alerts
        self.register = Register()
        self._answered: dict[SourceName, int] = {}
        self._pauses: dict[SourceName, tuple[int, int]] = {}
        self._judging = asyncio.Lock()
        self._reloading = asyncio.Lock()
        metrics.leader.set(1)

    async def reload(self) -> Sequence[str]:
        """Reads the agreements anew; faulty ones keep their last good version. Returns the faults."""
        async with self._reloading:
            found = await asyncio.to_thread(read_agreements, self._settings.agreements.paths, self._settings)
            self.register = renewed(self.register, found)
            for reader in self._readers.values():
                reader.discovery.forget()
        faults = [
            str(fault) for fault in (*self.register.faults, *(n for r in self.register.refused for n in r.notices))
        ]
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

    async def pass_(self, source: SourceName) -> None:
        """Measures what is due of one source, a day at a time until it is current. Never raises for a failure."""
        failures, until = self._pauses.get(source, (0, 0))
        if self._clock() < until:
            return
        try:
            while (passed := await self._one_pass(source)) is not None:
                await self.judge()
                if not passed.behind:
                    break
        except (SourceError, LedgerError) as error:
            pause = min(LONGEST_PAUSE, self._settings.schedule.tick * 2**failures)
            self._pauses[source] = (failures + 1, self._clock() + pause)
            log.warning("pass_failed", source=source, error=str(error), next_try_in_seconds=pause)
        else:
            self._pauses.pop(source, None)

    async def judge(self) -> None:
        """Makes the next board; the last one stands while the ledger is away."""
        async with self._judging:
            faults = tuple(str(fault) for fault in self.register.faults)
            try:
                board = await asyncio.to_thread(
                    assessment.assess, self.register.agreements, self._book, self._clock(), self._settle, faults
                )
                self._boards.latest = await asyncio.to_thread(assessment.with_breaches, board, self._book)
            except LedgerError as error:
                log.error("judging_failed", error=str(error))  # noqa: TRY400 - the text says it all
        self._metrics.ledger_size_bytes.set(self._book.store.size_bytes())

    async def tell(self) -> None:
        """Direct alerts, as the last board calls for them."""
        if self._alerts is None:
            return
        try:
            await self._alerts.push(self._boards.latest, self._clock())
        except SlaMonitorError as error:
            log.warning("alerts_not_told", error=str(error))

    async def problems(self) -> list[str]:
        """Why the monitor is not ready."""
        found = []
        if not self.register.agreements:
            found.append("no agreement is in force: see agreements.paths and the faults in the log")
        try:
            await asyncio.to_thread(self._book.measured, ())
        except SlaMonitorError as error:
            found.append(str(error))
        now = self._clock()
        silent = (source for source in sorted(self._used()) if now - self._answered.get(source, 0) > ANSWERED_LATELY)
        return [*found, *(f"source {source!r} has not answered lately" for source in silent)]

    async def slices(self, agreement: Agreement, objective: Objective, start: int, end: int) -> Slices:  # noqa: ARG002
        """The slices the ledger holds that start in `[start, end)`."""
        return await asyncio.to_thread(self._book.slices, objective.measurement.key, Span(start, end))

    async def _one_pass(self, source: SourceName) -> Passed | None:
        reader, tasks = self._readers[source], self._tasks(source)
        began = time.perf_counter()
        try:
            passed = await cycle.run_pass(reader, self._book, tasks, self._clock)
        finally:
            await asyncio.to_thread(self._tell_progress, source, tasks)
        if passed is not None:
            self._answered[source] = self._clock()
            self._metrics.cycle_duration_seconds.labels(source).set(time.perf_counter() - began)
            self._count(source, passed)
        return passed

    def _count(self, source: SourceName, passed: Passed) -> None:
        self._metrics.slices_written.inc(passed.written.slices)
        self._metrics.slices_overwritten.inc(passed.written.overwritten)
        for reading in passed.errors:
            log.warning(
                "not_measured", source=source, measurement=reading.want.measurement.key, error=str(reading.error)
            )
        if passed.contradictions:
            log.warning("queries_contradict", source=source, slices=passed.contradictions)
        log.debug("pass_done", source=source, slices=passed.written.slices, overwritten=passed.written.overwritten)

    def _tell_progress(self, source: SourceName, tasks: Sequence[Task]) -> None:
        try:
            measured = self._book.measured(task.measurement.key for task in tasks)
        except SlaMonitorError:
            return
        ends = [_end(measured[task.measurement.key]) for task in tasks]
        if ends and all(ends):
            lag = max(
                cycle.settled(self._clock(), self._settle(t.measurement), t.measurement.slice_seconds) - end
                for t, end in zip(tasks, ends, strict=True)
            )
            self._metrics.measured_until_timestamp_seconds.labels(source).set(min(ends))
            self._metrics.cycle_lag_seconds.labels(source).set(max(0, lag))

    def _tasks(self, source: SourceName) -> list[Task]:
        limit = self._settings.schedule.catch_up_limit
        wanted: dict[MeasurementKey, Task] = cycle.tasks(self.register.agreements, self._clock(), limit)
        return [task for task in wanted.values() if task.measurement.source == source]

    def _used(self) -> set[SourceName]:
        return {o.measurement.source for a in self.register.agreements for o in a.objectives}

    def _settle(self, measurement: Measurement) -> int:
        reader = self._readers.get(measurement.source)
        return reader.settle(measurement) if reader else MIN_SETTLE


def _end(spans: Spans) -> int:
    return spans.parts[-1].end if spans else 0
