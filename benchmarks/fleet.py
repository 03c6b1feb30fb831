"""`python -m benchmarks.fleet`: the daemon with thousands of objectives: its start over a month of ledger, its memory.

Each customer of an AgreementTemplate has one objective, all served by one grouped query. The ledger is filled with a
month beforehand (`filling`); a real Prometheus holds the last minutes and goes on. The start ends with the first answer
of the page server, which is there once all objectives are judged; their numbers are held against what was filled in.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.cycle import feed
from benchmarks.filling import Filled, fill
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon.settings import load
from sla_monitor.daemon.wiring import read_agreements
from sla_monitor.ledger.opening import store_at
from tests.faults.monitors import Monitor, until
from tests.rig.processes import Prometheus

DAY, MINUTE, STEP = 86_400, 60, 15
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
    parser.add_argument("--cycles", type=int, default=2, help="while memory is watched (default 2)")
    return parser.parse_args(argv)


def agreed(file: Path, count: int) -> list[Agreement]:
    """Of so many customers, in their order."""
    customers = "\n".join(f"    - {{name: c{n}, match: {{tenant: t{n}}}}}" for n in range(count))
    file.write_text(AGREEMENTS.format(customers=customers), encoding="utf-8")
    found = read_agreements((file,), load(None, {"agreements": {"paths": [str(file)]}}))
    return sorted(found.agreements, key=lambda agreement: int(agreement.customer[1:]))


def prepared(folder: Path, wanted: argparse.Namespace) -> Filled:
    (folder / "agreements").mkdir(parents=True)
    agreements = agreed(folder / "agreements" / "many.yaml", wanted.objectives)
    (folder / "ledger").mkdir()
    store = store_at(f"sqlite:///{folder / 'ledger' / 'ledger.db'}")
    store.prepare()
    end = (machine.clock() - LIVE) // MINUTE * MINUTE
    filled = Filled.over(Span(end // DAY * DAY - wanted.days * DAY, end))
    fill(store, [agreement.objectives[0].measurement for agreement in agreements], filled)
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
        time.sleep(5)
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
        monitor.forked = False
        monitor.sections = {**monitor.sections, "sources": [{"name": "default", "url": source.url, "timeout": 120}]}
        began = time.perf_counter()
        with monitor:
            started, spent = time.perf_counter() - began, machine.spent(monitor.running.pid)
            standings = monitor.standings(timeout=120)
            if len(standings) != wanted.objectives or not all(correct(one, filled) for one in standings):
                raise ValueError(f"{len(standings)} standings, not all correct: {standings[:1]}")
            seen = watched(monitor, source.url, wanted, fed)
    told = {"start seconds": started, "start core seconds": spent}
    return {"objectives": wanted.objectives, "days": filled.span.seconds / DAY, **told, **seen}


def main(argv: Sequence[str] | None = None) -> int:
    for name, value in figures(arguments(argv)).items():
        print(f"{value:12.2f} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
