"""Small agreements, slices and facts for the tests of the core."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from sla_monitor.compliance import methods, slices, standings, verdicts
from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.methods import Method
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.schedules import ALWAYS as ROUND_THE_CLOCK
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Facts, Standing
from sla_monitor.compliance.terms import (
    Agreement,
    AgreementName,
    AgreementType,
    Measurement,
    NoData,
    Objective,
    ObjectiveName,
    PartialWindow,
    Probe,
    Ratio,
    SourceName,
)
from sla_monitor.compliance.windows import NOTHING, Tally

EVENTS = Measurement(SourceName("default"), Ratio(total=("requests_total",), bad=("errors_total",)), 60)
SECONDS = Measurement(SourceName("default"), Probe("probe_success"), 60)
UTC = ZoneInfo("UTC")
ALWAYS = Span(0, FOREVER)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def objective(target: str = "99.9", method: Method = methods.EVENTS, **changes: Any) -> Objective:
    """A promise of so many percent, by calendar month in default terms."""
    plain = Objective(
        name=ObjectiveName("availability"),
        description="",
        target=Fraction(target) / 100,
        comparison=Comparison.GE,
        warn_at=None,
        measurement=EVENTS if method is methods.EVENTS else SECONDS,
        method=method,
        window=Calendar(Unit.MONTH),
        partial_window=PartialWindow.PRORATE,
        no_data=NoData.UNKNOWN,
        min_coverage=Fraction(9, 10),
        rounding=None,
    )
    return replace(plain, **changes)


def agreement(
    *objectives: Objective, term: Span = ALWAYS, zone: ZoneInfo = UTC, presence: Span | None = None
) -> Agreement:
    return Agreement(
        name=AgreementName("acme"),
        labels=(),
        title="",
        type=AgreementType.CUSTOMER,
        provider="",
        customer="Acme",
        customer_kind="external",
        service="payments",
        scope="",
        restrictions=(),
        reference="",
        zone=zone,
        term=term,
        objectives=objectives,
        presence=presence,
    )


def tally(good: float | str, total: float, known: int | None = None, population: int | None = None) -> Tally:
    """Known defaults to the total, which fits a probe, and the population to what is known."""
    seconds = int(total) if known is None else known
    return Tally(Fraction(good), Fraction(total), Fraction(seconds), seconds if population is None else population)


def facts(seen: Tally, *, length: int | None = None, recent: Tally = NOTHING, **changes: Any) -> Facts:
    """A window from instant 0 of which the tally's population has passed; complete unless it is longer."""
    passed = seen.population
    plain = Facts(
        window=Window("month", "1970-01", Span(0, passed if length is None else length)),
        at=passed,
        tally=seen,
        rest=0 if length is None else length - passed,
        assumed=0,
        assumed_whole=0,
        lookbacks={name: recent if name == "6h" else NOTHING for name in LOOKBACKS},
    )
    return replace(plain, **changes)


def stand(promise: Objective, given: Facts, **changes: Any) -> Standing:
    return verdicts.judge(agreement(promise, **changes), promise, given)


def measured(rows: Iterable[tuple[int, float, float, int]], seconds: int = 60) -> slices.Slices:
    """Slices of (start, good, total, known seconds)."""
    columns = tuple(zip(*rows, strict=True)) or ((), (), (), ())
    starts, good, total, known = columns
    return slices.Slices(
        seconds,
        np.array(starts, np.int64),
        np.array(good, np.float64),
        np.array(total, np.float64),
        np.array(known, np.int64),
    )


def facts_from(
    promise: Objective, window: Window, at: int, cells: slices.Cells, schedule: Schedule = ROUND_THE_CLOCK, **terms: Any
) -> Facts:
    return standings.facts_of(agreement(promise, **terms), promise, window, at, cells, schedule=schedule)
