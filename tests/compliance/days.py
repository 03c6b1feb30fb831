"""One day that is judged, with a day around it: states, traffic and samples, and the standing they give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sla_monitor.compliance import judgements
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Amount, Measurement, SourceName, Value
from tests.compliance.specimens import ALWAYS as ALL
from tests.compliance.specimens import SECONDS, agreement, measured, objective

DAY = 86_400
START = 100 * DAY
"""The window: one UTC day."""
WINDOW = Window("day", "1970-04-11", Span(START, START + DAY))
VALUES = Measurement(SourceName("default"), Value("a"), 60)
AMOUNTS = Measurement(SourceName("default"), Amount(("a",)), 60)


def states(*troubles: tuple[int, int, float], step: int = 15, margin: int = DAY) -> Slices:
    """A day and more around it, up but for (from, until, share up), in seconds from the window's start."""
    first, count = START - margin, (DAY + 2 * margin) // step
    share = np.ones(count)
    for begin, end, up in troubles:
        share[(START + begin - first) // step : (START + end - first) // step] = up
    table = share.reshape(-1, 60 // step)
    known = (~np.isnan(table)).sum(axis=1) * step
    good = np.nan_to_num(table).sum(axis=1) * step
    starts = first + 60 * np.arange(len(table), dtype=np.int64)
    return Slices(60, starts, good, known.astype(np.float64), known.astype(np.int64), table)


def stand(
    method: Any, held: Slices, *, at: int = START + 2 * DAY, schedule: Schedule = ALWAYS, term: Span = ALL, **terms: Any
) -> Standing:
    terms = {"measurement": SECONDS, "window": Calendar(Unit.DAY), **terms}
    promise = replace(objective("99", method), **terms)
    made = agreement(promise, term=term)
    return judgements.judge(made, promise, WINDOW, at, {promise.measurement.key: held}, schedule=schedule)


def applied(*spans: Span, effect: Effect = Effect.DROP) -> Schedule:
    rule = Rule("night", "maintenance", Once(spans[0]), effect)
    return Schedule(None, tuple(Applied(rule, span, Spans.of([span])) for span in spans))


def traffic(*troubles: tuple[int, int, float, float], total: float = 100) -> Slices:
    """A hundred events a minute, all good, but for (from, until, bad, total) in minutes of the day; None: unknown."""
    rows = []
    for minute in range(-1440, 2880):
        bad, all_ = next(((b, t) for a, e, b, t in troubles if a <= minute < e), (0.0, total))
        known = 60 if all_ >= 0 else 0
        rows.append((START + minute * 60, max(0.0, all_) - bad, max(0.0, all_), known))
    return measured(rows)


def samples(*rows: tuple[int, float], fill: float = float("nan"), step: int = 15) -> Slices:
    """A gauge of the day: (second, value), each for one step; the rest of the time `fill`."""
    values = np.full(DAY // step, fill)
    for second, value in rows:
        values[second // step] = value
    table = values.reshape(-1, 60 // step)
    present = ~np.isnan(table)
    count = present.sum(axis=1)
    starts = START + 60 * np.arange(len(table), dtype=np.int64)
    total = np.where(present, table, 0.0).sum(axis=1)
    return Slices(60, starts, total, count.astype(np.float64), (count * step).astype(np.int64), table)


def amounts(*rows: tuple[int, float], until: int = 1440, lost: tuple[int, ...] = ()) -> Slices:
    """An amount a minute of the day: (minute, amount), 0 else; in the minutes of `lost` nothing is known."""
    given = dict(rows)
    minutes = [(START + m * 60, float(given.get(m, 0)), 0 if m in lost else 60) for m in range(until)]
    return measured((start, amount, amount, known) for start, amount, known in minutes)
