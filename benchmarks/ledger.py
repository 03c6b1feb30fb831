"""`python -m benchmarks.ledger`: what a slice of a minute takes in a ledger that holds a year of them.

A year of real-shaped noise (days and nights, a noise of errors, bursts) into an SQLite ledger, day by day as a backfill
writes them: of services that count requests, and of probes of which now and then one fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.shop import DAY, Shop
from benchmarks.status import slices as invented
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, Probe, Ratio, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at

BEGIN = 1_735_689_600  # 2025-01-01T00:00Z
MINUTE = 60
Cut = Callable[[Span], Slices]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--measurements", type=int, default=4, help="of each kind (default 4)")
    parser.add_argument("--days", type=int, default=365, help="(default 365)")
    return parser.parse_args(argv)


def requests(count: int, days: int) -> Iterator[tuple[Measurement, Cut]]:
    shop = Shop(count, MINUTE)
    history = shop.history(BEGIN - MINUTE, BEGIN + days * DAY)
    for name, (good, bad) in history.counted.items():
        asked = shop.selectors(name)
        total_, good_ = np.diff(good + bad), np.diff(good)
        yield Measurement(SourceName("default"), Ratio((asked.total,), bad=(asked.bad,)), MINUTE), _cut(good_, total_)


def _cut(good: np.ndarray, total: np.ndarray) -> Cut:
    def cut(span: Span) -> Slices:
        lower, upper = (span.start - BEGIN) // MINUTE, (span.end - BEGIN) // MINUTE
        starts = np.arange(span.start, span.end, MINUTE, dtype=np.int64)
        known = np.full(len(starts), MINUTE, dtype=np.int64)
        return Slices(MINUTE, starts, good[lower:upper], total[lower:upper], known)

    return cut


def probes(count: int) -> Iterator[tuple[Measurement, Cut]]:
    rng = np.random.default_rng(1)
    for number in range(count):
        measurement = Measurement(SourceName("default"), Probe(f'probe_success{{job="probe-{number}"}}'), MINUTE)
        yield measurement, lambda span, m=measurement: invented(m, span, rng)


def bytes_each(kinds: Sequence[tuple[Measurement, Cut]], days: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = store_at(f"sqlite:///{folder}/ledger.db")
        store.prepare()
        book = Book(store)
        for start in range(BEGIN, BEGIN + days * DAY, DAY):
            span = Span(start, start + DAY)
            book.write([Reading(Want(measurement, span), cut(span)) for measurement, cut in kinds])
        store.close()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return size / (len(kinds) * days * DAY / MINUTE)


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    count, days = wanted.measurements, wanted.days
    return {
        "bytes a slice of requests": bytes_each(list(requests(count, days)), days),
        "bytes a slice of probes": bytes_each(list(probes(count)), days),
        "measurements": count,
        "days": days,
    }


def main(argv: Sequence[str] | None = None) -> int:
    for name, value in figures(arguments(argv)).items():
        print(f"{value:8.2f} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
