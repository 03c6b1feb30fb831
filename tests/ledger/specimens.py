"""Slices with many faces, and a ledger to put them into."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Combine, Comparison, Measurement, Probe, Ratio, SourceName, Threshold
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at

DAY = 86_400
START = 1_780_272_000  # 2026-06-01T00:00Z
MINUTE = 60

REQUESTS = Measurement(SourceName("default"), Ratio(("requests_total",), bad=("errors_total",)), MINUTE)
PROBE = Measurement(SourceName("default"), Probe("probe_success"), MINUTE)
SHARE = Measurement(SourceName("default"), Probe("probe_success", Combine.MEAN), MINUTE)
QUARTERS = Measurement(SourceName("default"), Threshold("temperature", Comparison.LE, Fraction(20)), 900)
ALL = (REQUESTS, PROBE, SHARE, QUARTERS)


def opened(path: Path) -> Book:
    lay(path)
    store = store_at(f"sqlite:///{path}")
    store.prepare()
    return Book(store)


def lay(path: Path) -> None:
    """An empty ledger, where there is none: making the tables takes longer than most tests do."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty())


@cache
def _empty() -> bytes:
    return ledger_with(lambda _: None)


def ledger_with(fill: Callable[[Book], object]) -> bytes:
    """The file of a new ledger that was filled and closed: to be copied where many begin with the same."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        store = store_at(f"sqlite:///{path}")
        store.prepare()
        fill(Book(store))
        store.close()
        return path.read_bytes()


def slices(measurement: Measurement, start: int, count: int, seed: int = 0, steps: int = 4) -> Slices:
    """Events, codes or shares as the measurement would have them; some slices unknown."""
    rng = np.random.default_rng(seed)
    s = measurement.slice_seconds
    starts = np.arange(start, start + count * s, s, dtype=np.int64)
    if measurement.is_counted:
        known = np.where(rng.random(count) < 0.9, s, 0).astype(np.int64)
        total = np.where(known > 0, rng.integers(0, 1000, count) + rng.choice([0.0, 0.1, 1 / 3], count), 0.0)
        return Slices(s, starts, np.floor(total * rng.random(count)), total, known)
    choices = [0.0, 1.0, np.nan] + ([1 / 3, 0.5] if measurement is SHARE else [])
    states = rng.choice(choices, (count, steps))
    r = s // steps
    known = (~np.isnan(states)).sum(axis=1).astype(np.int64) * r
    return Slices(s, starts, np.nansum(states, axis=1) * r, known.astype(np.float64), known, states)


def reading(measurement: Measurement, held: Slices) -> Reading:
    return Reading(Want(measurement, Span(int(held.starts[0]), held.end)), held)


def write(book: Book, measurement: Measurement, held: Slices) -> int:
    """Writes; the number of slices overwritten."""
    return book.write([reading(measurement, held)]).overwritten


def rows(held: Slices) -> dict[int, tuple[float, float, int]]:
    """Start → what is held there."""
    columns = (held.starts.tolist(), held.good.tolist(), held.total.tolist(), held.known.tolist())
    return {start: (good, total, known) for start, good, total, known in zip(*columns, strict=True)}


def everything(book: Book, measurement: Measurement) -> Slices:
    return book.slices(measurement.key, Span(START - 400 * DAY, START + 400 * DAY))
