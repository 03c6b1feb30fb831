"""`python -m benchmarks.cluster`: replicas that share a million promises on one ledger in PostgreSQL.

Ten templates, whose customers are found by asking, have five objectives each over two indicators. A real
VictoriaMetrics is fed once a minute. Each replica measures its share and judges all. Told is what each of them takes,
once all are current; exit code 1 when a replica lost its shards on the way, or falls behind. With a million objectives:
16 GB of memory, and a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from benchmarks import machine
from tests.faults.monitors import Monitor, until
from tests.rig.postgres import Postgres
from tests.rig.processes import VictoriaMetrics
from tests.rig.remotewrite import Series, push

MINUTE, SHAPES, BEFORE = 60, 10, 5
TEMPLATE = """\
apiVersion: sla-monitor/v1
kind: AgreementTemplate
metadata: {{name: {name}}}
spec:
  discover: {{query: 'group by (tenant) (requests_{name}_total)', label: tenant, name: '{name}-{{{{tenant}}}}'}}
  template:
    objectives:
{objectives}
"""
OBJECTIVE = """\
      - name: {name}
        target: {target}%
        window: {window}
        indicator:
          ratio: {{bad: '{metric}_{shape}_total{{code="500"}}', total: '{metric}_{shape}_total'}}
"""
OBJECTIVES = (
    ("availability", "99.9", "month", "requests"),
    ("availability-week", "99.5", "week", "requests"),
    ("availability-rolling", "99.9", "{rolling: 30d}", "requests"),
    ("orders", "99.95", "month", "orders"),
    ("orders-rolling", "99.9", "{rolling: 30d}", "orders"),
)
METRICS = ("requests", "orders")
SHOWN = 1000
"""Series in `/metrics`: all of them would be some gigabytes."""
ONE_IN = 10
"""So many customers have seen an error, and have a series of them."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--objectives", type=int, default=1_000_000, help="(default 1000000)")
    parser.add_argument("--replicas", type=int, default=2, help="(default 2)")
    parser.add_argument("--minutes", type=int, default=5, help="watched, once all are current (default 5)")
    parser.add_argument("--patience", type=int, default=20, help="minutes until they are (default 20)")
    return parser.parse_args(argv)


@dataclass
class Feed:
    """Counters that grow each minute."""

    url: str
    customers: int  # of each shape

    def __post_init__(self) -> None:
        numbers = [(shape, n, metric) for shape in shapes() for n in range(self.customers) for metric in METRICS]
        self._series = [
            ({"__name__": f"{metric}_{shape}_total", "job": "app", "tenant": f"t{n}", "code": code}, rate)
            for shape, n, metric in numbers
            for code, rate in (("200", 40 + n % 7), *((("500", 1),) if n % ONE_IN == 0 else ()))
        ]

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._at = machine.clock() // MINUTE * MINUTE
        for at in range(self._at - BEFORE * MINUTE, self._at + 1, MINUTE):
            self._send(at)
        with machine.ticking(self._go_on, 0.2):
            yield

    def _go_on(self, now: int) -> None:
        if now >= self._at + MINUTE:
            self._at += MINUTE
            self._send(self._at)

    def _send(self, at: int) -> None:
        tick, when = float(at // MINUTE % 10_000_000), np.array([at * 1000], np.int64)
        for first in range(0, len(self._series), 20_000):
            some = self._series[first : first + 20_000]
            push(self.url, [Series(labels, when, np.array([rate * tick])) for labels, rate in some])


def shapes() -> list[str]:
    return [f"s{number}" for number in range(SHAPES)]


def agreed(folder: Path) -> Path:
    folder.mkdir()
    for shape in shapes():
        objectives = "".join(
            OBJECTIVE.format(name=name, target=target, window=window, metric=metric, shape=shape)
            for name, target, window, metric in OBJECTIVES
        )
        text = TEMPLATE.format(name=shape, objectives=objectives.rstrip())
        (folder / f"{shape}.yaml").write_text(text, encoding="utf-8")
    return folder


def replica(folder: Path, source: str, ledger: str, agreements: Path, customers: int) -> Monitor:
    made = Monitor(folder, {})
    made.forked = False
    made.sections = {
        "sources": [{"name": "default", "url": source, "resolution": MINUTE, "settle": 15, "timeout": 120}],
        "ledger": {"url": ledger, "timeout": 120},
        "cluster": {"enabled": True, "shards": 6 * SHAPES},
        "agreements": {"paths": [str(agreements)], "max_discovered": customers},
        "schedule": {"tick": 5, "catch_up_limit": "10m"},  # there is no past
        "web": {"listen": made.address, "max_series": SHOWN},
    }
    return made


def of(monitor: Monitor, name: str, of_whom: str = "") -> float | None:
    """The sum of its series; None: nobody answers."""
    with suppress(httpx.HTTPError):
        lines = monitor.get(f"/metrics{of_whom}", timeout=60).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))
    return None


def current(monitor: Monitor, customers: int) -> bool:
    """It measures, is not behind, and something of everybody was counted."""
    lag, held = (of(monitor, name) for name in ("sla_monitor_cycle_lag", "sla_monitor_shard_held"))
    if not held or lag is None or lag > 2 * MINUTE:
        return False
    last = [f"?agreement={shape}-t{customers - 1}" for shape in shapes()]
    return all(of(monitor, "sla_good{", one) for one in last)


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    customers = wanted.objectives // (SHAPES * len(OBJECTIVES))
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = stack.enter_context(VictoriaMetrics(made / "source", ["-search.maxUniqueTimeseries=3000000"]))
        postgres = stack.enter_context(Postgres(made / "postgres", shared_buffers="256MB"))
        stack.enter_context(Feed(source.url, customers).going_on())
        agreements, ledger = agreed(made / "agreed"), postgres.url_of(postgres.database())
        began = time.monotonic()
        some = [
            stack.enter_context(replica(made / str(number), source.url, ledger, agreements, customers))
            for number in range(wanted.replicas)
        ]
        for one in some:
            until("it is current", lambda one=one: current(one, customers), wanted.patience * MINUTE, every=5)
        found = {"minutes until current": (time.monotonic() - began) / MINUTE}
        before, source_before = [machine.spent(one.pid) for one in some], machine.spent(source.pid)
        worst = watched(some, wanted.minutes * MINUTE)
        for number, one in enumerate(some):
            found |= {
                f"replica {number}: shards held": of(one, "sla_monitor_shard_held") or 0.0,
                f"replica {number}: megabytes": machine.memory(one.pid, "VmRSS"),
                f"replica {number}: megabytes at most": machine.memory(one.pid, "VmHWM"),
                f"replica {number}: core seconds a minute": (machine.spent(one.pid) - before[number]) / wanted.minutes,
                f"replica {number}: seconds behind at worst": worst[number],
                f"replica {number}: times that shards were lost": sum(
                    bool(e["shards"]) for e in one.events("shards_lost")
                ),
            }
        spent = (machine.spent(source.pid) - source_before) / wanted.minutes
        return {**found, "source: core seconds a minute": spent}


def watched(some: Sequence[Monitor], seconds: int) -> list[float]:
    """The most that each was behind: what is not measured a minute after it could have been."""
    worst, until_ = [0.0] * len(some), time.monotonic() + seconds
    while time.monotonic() < until_:
        time.sleep(5)
        worst = [max(before, of(one, "sla_monitor_cycle_lag") or 0.0) for before, one in zip(worst, some, strict=True)]
    return worst


def main(argv: Sequence[str] | None = None) -> int:
    found = figures(arguments(argv))
    for name, value in found.items():
        print(f"{value:12.2f} {name}")
    lost = sum(value for name, value in found.items() if name.endswith("were lost"))
    return 1 if lost or max(value for name, value in found.items() if "behind" in name) > 2 * MINUTE else 0


if __name__ == "__main__":
    sys.exit(main())
