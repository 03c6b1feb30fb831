"""Which part of the work is this monitor's: all of it where it is alone, else that of the shards it holds."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog

from sla_monitor.cluster.membership import Membership
from sla_monitor.cluster.shares import shard_of
from sla_monitor.compliance.terms import Agreement, Measurement, MeasurementKey, SourceName
from sla_monitor.errors import SlaMonitorError
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.sources import sheaves

log = structlog.get_logger(__name__)

LEADING = 0
"""Whoever holds this shard does what is one's alone: it looks for customers and silences."""


class Sharing:
    """`membership` None: this monitor is alone. Call `beat` once a tick, before the first pass too."""

    def __init__(self, membership: Membership | None, metrics: MonitorMetrics) -> None:
        self._membership, self._metrics = membership, metrics
        # A thread of its own: where all others wait for the ledger, it would take this one for one that hangs.
        self._thread = ThreadPoolExecutor(1, "shards")
        self._told: str | None = None
        self._shards: dict[MeasurementKey, int] = {}
        metrics.leader.set(membership is None)

    @property
    def held(self) -> frozenset[int]:
        """None of them where nothing is shared."""
        return frozenset() if self._membership is None else self._membership.held

    @property
    def leads(self) -> bool:
        return self._membership is None or LEADING in self._membership.held

    def measures(self, measurement: Measurement) -> bool:
        """What is asked for together is measured by one replica."""
        return self._membership is None or self.shard(measurement) in self._membership.held

    def shard(self, measurement: Measurement) -> int | None:
        """None of them where nothing is shared."""
        if self._membership is None:
            return None
        shard = self._shards.get(measurement.key)
        if shard is None:
            shard = self._shards[measurement.key] = shard_of(shape(measurement), self._membership.shards)
        return shard

    def closes(self, agreement: Agreement) -> bool:
        one = self._membership
        return one is None or shard_of(agreement.name, one.shards) in one.held

    async def beat(self) -> bool:
        """Whether something is ours now that was not, or is no longer. Never raises for a failure."""
        if self._membership is None:
            return False
        before = self._membership.held
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._membership.beat)
        except SlaMonitorError as error:
            if self._told != str(error):
                self._told = str(error)
                log.warning("shards_lost", error=self._told, shards=sorted(before))
        else:
            self._told = None
        self._tell(self._membership)
        if self._membership.held == before:
            return False
        log.info("shards_changed", held=sorted(self._membership.held), replicas=self._membership.replicas)
        return True

    def _tell(self, one: Membership) -> None:
        held, free = one.held, one.free
        elsewhere = one.shards - len(held) - len(free) if one.replicas else 0
        self._metrics.leader.set(bool(held))
        for state, count in (("held", len(held)), ("elsewhere", elsewhere), ("free", len(free))):
            self._metrics.shards.labels(state).set(count)
        for shard in range(one.shards):
            self._metrics.shard_held.labels(str(shard)).set(shard in held)


def shape(measurement: Measurement) -> str:
    """What measurements have in common that are asked for by one query; of others, what they are."""
    known = sheaves.member(measurement)
    if known is None:
        return measurement.key
    common = known[0]
    return Measurement(SourceName(common.source), common.indicator, common.seconds).key
