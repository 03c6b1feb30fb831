"""`python -m benchmarks.fleet`: the daemon with thousands of objectives: its start over a month of ledger, its memory.

Each customer of an AgreementTemplate has one objective, all served by one grouped query. The ledger is filled with a
month beforehand; a real Prometheus holds the last minutes and goes on. The start ends with the first answer of the page
server, which is there once all objectives are judged; their numbers are held against what was filled in.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from benchmarks.cycle import feed
from sla_monitor.compliance.bundles import Bundle, Measured, Wanted
from sla_monitor.compliance.slices import Block
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement
from sla_monitor.daemon.settings import load
from sla_monitor.daemon.wiring import read_agreements
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from tests.faults.monitors import Monitor, until
from tests.rig.processes import Prometheus

DAY, MINUTE, STEP = 86_400, 60, 15
PATTERNS = 16
"""Days that differ; each customer has one of them, every day."""
AT_ONCE = 500
LIVE = 5 * MINUTE
"""Of the last minutes Prometheus knows, the ledger does not yet."""
AGREEMENTS = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {{name: many}}
spec:
  customers:
{customers}
  template:
    objectives:
      - name: availability
        target: 99.9%
        window: {{rolling: 30d}}
        indicator:
          ratio:
            bad: 'requests_total{{job="app",code="500"}}'
            total: 'requests_total{{job="app"}}'
"""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--objectives", type=int, default=10_000, help="(default 10000)")
    parser.add_argument("--days", type=int, default=30, help="in the ledger (default 30)")
    parser.add_argument("--filling", type=float, default=60, help="seconds after which fewer days have to do (60)")
    parser.add_argument("--cycles", type=int, default=2, help="while memory is watched (default 2)")
    return parser.parse_args(argv)


@dataclass(frozen=True)
class Filled:
    span: Span
    totals: np.ndarray
    """[pattern, minute of day]"""
    bads: np.ndarray

    def counted(self, number: int, span: Span) -> tuple[float, float]:
        """Good and total of what was filled in of a span."""
        at = np.arange(max(span.start, self.span.start), min(span.end, self.span.end), MINUTE) % DAY // MINUTE
        total, bad = self.totals[number % PATTERNS][at].sum(), self.bads[number % PATTERNS][at].sum()
        return float(total - bad), float(total)

    def block(self, first: int, count: int, span: Span) -> Block:
        """Of so many customers from that one on."""
        starts = np.arange(span.start, span.end, MINUTE, dtype=np.int64)
        which = np.ix_(np.arange(first, first + count) % PATTERNS, starts % DAY // MINUTE)
        total, bad = self.totals[which], self.bads[which]
        return Block(MINUTE, starts, total - bad, total, np.full(total.shape, MINUTE, dtype=np.int64))


def fill(book: Book, measurements: Sequence[Measurement], until_: int, wanted: argparse.Namespace) -> Filled:
    """Newest day first, until there are enough or the time is up."""
    rng = np.random.default_rng(1)
    total = rng.poisson(300, (PATTERNS, DAY // MINUTE)).astype(float)
    bad = rng.binomial(total.astype(int), 5e-4).astype(float)
    ends, filled = time.monotonic() + wanted.filling, Filled(Span(until_, until_), total, bad)
    bundles = [Bundle(measurements[first : first + AT_ONCE]) for first in range(0, len(measurements), AT_ONCE)]
    for day in range(until_ // DAY, until_ // DAY - wanted.days - 1, -1):
        span = Span(day * DAY, min((day + 1) * DAY, until_))
        if span.seconds and time.monotonic() < ends:
            for number, bundle in enumerate(bundles):
                block = filled.block(number * AT_ONCE, len(bundle), span)
                book.file([Measured(Wanted(bundle, span), block)])
            filled = replace(filled, span=Span(span.start, until_))
    return filled


def prepared(folder: Path, wanted: argparse.Namespace) -> Filled:
    customers = "\n".join(f"    - {{name: c{n}, match: {{tenant: t{n}}}}}" for n in range(wanted.objectives))
    (folder / "agreements").mkdir(parents=True)
    file = folder / "agreements" / "many.yaml"
    file.write_text(AGREEMENTS.format(customers=customers), encoding="utf-8")
    settings = load(None, {"agreements": {"paths": [str(file)]}})
    found = read_agreements((file,), settings)
    by_number = sorted(found.agreements, key=lambda agreement: int(agreement.customer[1:]))
    (folder / "ledger").mkdir()
    store = store_at(f"sqlite:///{folder / 'ledger' / 'ledger.db'}")
    store.prepare()
    end = (machine.clock() - LIVE) // MINUTE * MINUTE
    filled = fill(Book(store), [a.objectives[0].measurement for a in by_number], end, wanted)
    store.close()
    return filled


def correct(standing: dict[str, Any], filled: Filled) -> bool:
    """To the last event, as long as the ledger is all there is; the first minutes of Prometheus may have come since."""
    if standing["total"] is None:
        return False
    start, at = (
        int(datetime.fromisoformat(text).timestamp()) for text in (standing["window"]["start"], standing["at"])
    )
    good, total = filled.counted(int(standing["agreement"].removeprefix("many-c")), Span(start, at))
    more = 0 if at <= filled.span.end else 1e-3
    return abs(standing["total"] - total) <= total * more and abs(standing["good"] - good) <= good * more


def watched(monitor: Monitor, url: str, wanted: argparse.Namespace, fed: int) -> dict[str, float]:
    """Memory over some cycles, with samples that go on and a scrape of each minute's metrics."""
    pid, written = monitor.running.pid, 0.0
    for _ in range(wanted.cycles):
        now = machine.clock() // STEP * STEP + STEP
        feed(url, wanted.objectives, fed, now)
        fed = now
        until("a cycle", lambda before=written: _written(monitor) > before, 150)
        written = _written(monitor)
        time.sleep(20)
    return {
        "megabytes": machine.memory(pid, "VmRSS"),
        "megabytes at most": machine.memory(pid, "VmHWM"),
        "slices written": _written(monitor),
    }


def _written(monitor: Monitor) -> float:
    with contextlib.suppress(OSError, ValueError):
        return monitor.metric("sla_monitor_slices_written_total") or 0.0
    return 0.0


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as made, Prometheus(Path(made, "prometheus")) as source:
        folder = Path(made, "monitor")
        began = time.monotonic()
        filled = prepared(folder, wanted)
        print(f"filled {filled.span.seconds / DAY:.1f} days in {time.monotonic() - began:.0f} s", file=sys.stderr)
        fed = machine.clock() // STEP * STEP
        feed(source.url, wanted.objectives, filled.span.end - MINUTE, fed)
        monitor = Monitor(
            folder, {"default": source.url}, schedule={"catch_up_limit": f"{int(filled.span.seconds / DAY)}d"}
        )
        monitor.sections = {**monitor.sections, "sources": [{"name": "default", "url": source.url, "timeout": 120}]}
        began = time.perf_counter()
        with monitor:
            started = time.perf_counter() - began
            standings = monitor.standings(timeout=120)
            if len(standings) != wanted.objectives or not all(correct(one, filled) for one in standings):
                raise ValueError(f"{len(standings)} standings, not all correct: {standings[:1]}")
            seen = watched(monitor, source.url, wanted, fed)
    return {"objectives": wanted.objectives, "days": filled.span.seconds / DAY, "start seconds": started, **seen}


def main(argv: Sequence[str] | None = None) -> int:
    for name, value in figures(arguments(argv)).items():
        print(f"{value:12.2f} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
