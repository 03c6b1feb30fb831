"""How long `sla-monitor status` takes for a thousand objectives over a month (`python -m benchmarks.status`)."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, Probe, Ratio, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at

DAY = 86_400
DAYS = 32
IN_AGREEMENT = 10
BAR_SECONDS = 2.0
BAR_WITH_EXCLUSIONS = 5.0
SETTLED = 120


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.status", description=__doc__)
    parser.add_argument("--objectives", type=int, default=1000, help="how many, each with its own measurement")
    parser.add_argument("--exclusions", type=int, default=0, help="how many each has in the month (default none)")
    parser.add_argument("--hours", default="24/7", help="service hours of all (default around the clock)")
    parser.add_argument("--runs", type=int, default=5, help="how often the command is timed (default 5)")
    parser.add_argument("--folder", type=Path, help="where to keep the ledger, to time it again without making it")
    return parser.parse_args(argv)


def selectors(number: int) -> tuple[str, str]:
    job = f'job="service-{number}"'
    return f"http_requests_total{{{job}}}", f'http_requests_total{{{job},code=~"5.."}}'


def measurement(number: int) -> Measurement:
    """Three in four count events, the fourth is a probe."""
    total, bad = selectors(number)
    indicator = Probe(f'probe_success{{job="service-{number}"}}') if number % 4 == 0 else Ratio((total,), bad=(bad,))
    return Measurement(SourceName("default"), indicator, 60)


def objective(number: int) -> dict[str, object]:
    total, bad = selectors(number)
    if number % 4 == 0:
        indicator: dict[str, object] = {"probe": {"series": f'probe_success{{job="service-{number}"}}'}}
    else:
        indicator = {"ratio": {"bad": bad, "total": total}}
    return {"name": f"objective-{number}", "target": "99.9%", "indicator": indicator}


def exclusion(number: int, until: int) -> dict[str, object]:
    """An hour and some minutes on each of the last days, never at midnight."""
    start = until // DAY * DAY - (number % DAYS) * DAY + 7200 + 60 * number
    times = {"from": rfc3339(start), "until": rfc3339(start + 3600 + 60 * number)}
    return {"name": f"work-{number}", "during": times, "category": "maintenance"}


def agreements(count: int, until: int, exclusions: int = 0, hours: str = "24/7") -> str:
    documents = [
        {
            "apiVersion": "sla-monitor/v1",
            "kind": "Agreement",
            "metadata": {"name": f"agreement-{first}"},
            "spec": {
                "customer": f"Customer {first}",
                "serviceHours": hours,
                **({"exclusions": [exclusion(n, until) for n in range(exclusions)]} if exclusions else {}),
                "objectives": [objective(number) for number in range(first, min(count, first + IN_AGREEMENT))],
            },
        }
        for first in range(0, count, IN_AGREEMENT)
    ]
    return yaml.safe_dump_all(documents, sort_keys=False)


def slices(m: Measurement, span: Span, rng: np.random.Generator) -> Slices:
    starts = np.arange(span.start, span.end, 60, dtype=np.int64)
    known = np.full(len(starts), 60, dtype=np.int64)
    if not m.is_counted:
        states = (rng.random((len(starts), 4)) > 0.0005).astype(float)
        return Slices(60, starts, states.sum(axis=1) * 15, known.astype(float), known, states)
    total = rng.poisson(300, len(starts)).astype(float)
    return Slices(60, starts, total - rng.binomial(300, 0.0005, len(starts)).clip(0, total), total, known)


def fill(book: Book, count: int, until: int) -> None:
    """Day by day, as a backfill does it, from the day on that is not whole yet."""
    rng = np.random.default_rng(1)
    measurements = [measurement(number) for number in range(count)]
    held = book.measured(m.key for m in measurements).values()
    begun = min(spans.parts[-1].end // DAY * DAY if spans else 0 for spans in held)
    for start in range(max(begun, until // DAY * DAY - DAYS * DAY), until, DAY):
        span = Span(start, min(start + DAY, until))
        book.write([Reading(Want(m, span), slices(m, span, rng)) for m in measurements])


def prepared(folder: Path, chosen: argparse.Namespace) -> None:
    """A ledger up to now; one that is there already is brought up to now."""
    folder.mkdir(parents=True, exist_ok=True)
    count = chosen.objectives
    until = int(time.time() - SETTLED) // 60 * 60  # noqa: TID251 - the command judges as of the wall clock
    (folder / "agreements.yaml").write_text(agreements(count, until, chosen.exclusions, chosen.hours))
    store = store_at(f"sqlite:///{folder / 'ledger.db'}")
    store.prepare()
    began = time.monotonic()
    fill(Book(store), count, until)
    size = store.size_bytes() / 2**20
    store.close()
    print(f"{count} measurements x {DAYS} days of minutes in {time.monotonic() - began:.0f} s, {size:.0f} MB")


def timed(folder: Path) -> tuple[float, int]:
    """Seconds of one run of the command, in a process of its own, and how many standings it told."""
    command = [sys.executable, "-m", "sla_monitor", "status", "--file", str(folder / "agreements.yaml"), "-o", "csv"]
    command += ["--ledger", f"sqlite:///{folder / 'ledger.db'}"]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "NO_COLOR": "1"})
    return time.monotonic() - began, len(done.stdout.splitlines()) - 1


def main(argv: Sequence[str] | None = None) -> int:
    chosen = arguments(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        prepared(folder, chosen)
        runs = [timed(folder) for _ in range(chosen.runs)]
    seconds = [one for one, _ in runs]
    median = statistics.median(seconds)
    print(f"{runs[0][1]} standings; seconds: {' '.join(f'{one:.2f}' for one in seconds)}; median {median:.2f}")
    bar = BAR_WITH_EXCLUSIONS if chosen.exclusions else BAR_SECONDS
    print(f"bar {'kept' if median < bar else 'MISSED'}: under {bar:g} s")
    return 0 if median < bar and runs[0][1] == chosen.objectives else 1


if __name__ == "__main__":
    sys.exit(main())
