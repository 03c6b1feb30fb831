"""A source at the seam: it knows every slice of every measurement, and may be away or fail on some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sla_monitor.compliance import methods
from sla_monitor.compliance.bundles import Bundle, Measured, Wanted, gathered
from sla_monitor.compliance.methods import Method
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Ints, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, MeasurementKey, Probe, Ratio, SourceName
from sla_monitor.errors import IndicatorError, SlaMonitorError, SourceUnavailableError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.duties import DAY
from tests.ledger import specimens

START = 1_780_272_000  # 2026-06-01T00:00Z, a Monday
SETTLE = 30
MONTH = Calendar(Unit.MONTH)


def events(name: str, source: str = "default") -> Measurement:
    return Measurement(SourceName(source), Ratio((f"{name}_total",), bad=(f"{name}_bad",)), 60)


def seconds(name: str, source: str = "default") -> Measurement:
    return Measurement(SourceName(source), Probe(f"probe_{name}"), 60)


def truth(measurement: Measurement, span: Span) -> Slices:
    """The same whenever it is asked: it hangs on the instant alone."""
    starts = np.arange(span.start, span.end, measurement.slice_seconds, dtype=np.int64)
    known = np.where(starts // 60 % 97 == 5, 0, 60)
    total = np.where(known > 0, starts // 60 % 50 + 1.0, 0.0) if measurement.is_counted else known.astype(float)
    bad = np.where(starts // 60 % 31 == 7, np.minimum(total, 1.0), 0.0)
    states = None if measurement.is_counted else np.where(known[:, None] > 0, 1 - bad[:, None] / 60, np.nan)
    return Slices(60, starts, total - bad, total, known, states)


@dataclass
class Invented:
    """A prober. `away`: nothing answers. `faulty`: measurement → days that cannot be measured."""

    settle_seconds: int = SETTLE
    away: bool = False
    falls: bool = False  # it answers the simplest question only
    faulty: dict[MeasurementKey, set[int]] = field(default_factory=dict)
    wrong: SlaMonitorError = field(default_factory=lambda: IndicatorError("no such bucket"))
    asked: list[Want] = field(default_factory=list)
    visits: int = 0

    async def answers(self, at: int) -> int:
        self.visits += 1
        if self.away:
            raise SourceUnavailableError(f"away at {at}")
        return at

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        self.asked += wants
        return [self._reading(want) for want in wants]

    async def gather(self, wanted: Sequence[Wanted]) -> list[Measured]:
        return gathered(await self.measure([want for one in wanted for want in one.wants()]))

    def settle(self, measurement: Measurement) -> int:
        assert measurement.slice_seconds
        return self.settle_seconds

    def settles(self, bundle: Bundle) -> Ints:
        return np.full(len(bundle), self.settle_seconds)

    def _reading(self, want: Want) -> Reading:
        if self.falls:
            return Reading(want, None, SourceUnavailableError("fell"))
        days = range(want.span.start // DAY, -(-want.span.end // DAY))
        if self.faulty.get(want.measurement.key, set()) & set(days):
            return Reading(want, None, self.wrong)
        return Reading(want, truth(want.measurement, want.span))


def opened(folder: Path) -> Book:
    return specimens.opened(folder / "ledger.db")


def method_of(measurement: Measurement) -> Method:
    return methods.EVENTS if measurement.is_counted else methods.TIME
