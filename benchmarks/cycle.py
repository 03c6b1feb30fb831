"""`python -m benchmarks.cycle`: one cycle of many customers by one grouped query, against decoding its answers alone.

A real Prometheus holds counters of each customer. Cycles run in this process by a clock of their own, minute by minute:
asking and cutting, the ledger, judging, and exposition; of each its processor seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from prometheus_client import CollectorRegistry

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.terms import Agreement, AgreementName, Ratio, SourceName
from sla_monitor.daemon import memory
from sla_monitor.daemon.settings import Settings
from sla_monitor.daemon.wiring import read_agreements
from sla_monitor.daemon.workload import WANTED_FOR
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.measuring import assessment, cycle
from sla_monitor.measuring.duties import OVERLAP, Duty, duties, tasks
from sla_monitor.measuring.fleets import Fleet
from sla_monitor.publishing.exposition import Exposition
from sla_monitor.publishing.formats import Format
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import Series, push

STEP, MINUTE = 15, 60
PAST = 20 * MINUTE
NOT_COUNTED = 3
"""The first cycle catches up; the two after it find out what is kept from then on, as once after each start."""
START = 1_780_272_000  # 2026-06-01T00:00Z
TOTAL, BAD = 'requests_total{{job="app",tenant="t{}"}}', 'requests_total{{job="app",tenant="t{}",code="500"}}'
TEXT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: many}
spec:
  customer: Many
  term: {from: 2026-06-01}
  objectives:
    - {name: availability, target: 99.9%, indicator: {ratio: {bad: x, total: y}}}
"""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cycle", description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000, help="each with one objective (default 10000)")
    parser.add_argument("--cycles", type=int, default=5, help="of which the mean is told (default 5)")
    return parser.parse_args(argv)


def customers(count: int, folder: Path) -> list[Agreement]:
    (folder / "one.yaml").write_text(TEXT, encoding="utf-8")
    (one,) = read_agreements((folder / "one.yaml",), Settings()).agreements
    (promise,) = one.objectives
    return [
        replace(
            one,
            name=AgreementName(f"many-{n}"),
            customer=f"Customer {n}",
            objectives=(replace(promise, measurement=m),),
        )
        for n in range(count)
        for m in [replace(promise.measurement, indicator=Ratio((TOTAL.format(n),), bad=(BAD.format(n),)))]
    ]


def feed(url: str, count: int, first: int, last: int) -> None:
    at = np.arange(first, last, STEP, dtype=np.int64)
    ticks = (at - START + PAST) // STEP
    for begin in range(0, count, 2000):
        some = range(begin, min(begin + 2000, count))
        good = [Series(_labels(n, "200"), at * 1000, (ticks * (40 + n % 7)).astype(float)) for n in some]
        bad = [Series(_labels(n, "500"), at * 1000, (ticks // (90 + n % 11)).astype(float)) for n in some]
        push(url, [*good, *bad])
    push(url, [Series({"__name__": "up", "job": "app", "instance": "a"}, at * 1000, np.ones(len(at)))])


def _labels(number: int, code: str) -> dict[str, str]:
    return {"__name__": "requests_total", "job": "app", "instance": "a", "tenant": f"t{number}", "code": code}


@dataclass
class Spent:
    """Processor milliseconds of each stage, a list entry a cycle."""

    stages: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.stages.setdefault(stage, []).append((time.process_time() - began) * 1000)


@dataclass
class Clock:
    now: int

    def __call__(self) -> int:
        return self.now


class Listening(PrometheusClient):
    """Keeps what was answered since somebody cleared it."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.bodies: list[bytes] = []

    def _decoded(self, response: httpx.Response, body: bytes, where: str, **how: bool) -> Any:
        self.bodies.append(body)
        return super()._decoded(response, body, where, **how)


async def cycles(url: str, agreements: list[Agreement], folder: Path, count: int) -> tuple[Spent, list[bytes]]:
    """What the stages took, and the answers of the last cycle."""
    spent, clock = Spent(), Clock(START + PAST)
    store = store_at(f"sqlite:///{folder}/ledger.db")
    store.prepare()
    book, boards = Book(store), [Board()]
    fleet, mine, again = Fleet(book.sheets), tuple[Duty, ...](), OVERLAP
    exposition = Exposition(lambda: boards[0], MonitorMetrics(CollectorRegistry(), "0"), 500_000)
    form = Format.asked("application/openmetrics-text; version=1.0.0")
    async with Listening(Endpoint(SourceName("default"), url, timeout=120)) as client:
        reader = Reader(client)
        for number in range(-NOT_COUNTED, count):
            clock.now += MINUTE
            client.bodies.clear()
            on = (Spent() if number < 0 else spent).on
            past = PAST if number == -NOT_COUNTED else 0
            with ProcessPoolExecutor(1, get_context("spawn")) as other:  # what it takes is none of the monitor's
                other.submit(feed, url, len(agreements), clock.now - past - MINUTE, clock.now + STEP).result()
            with on("plan"):
                mine = duties(tasks(agreements, clock.now, 40 * 86_400, ahead=WANTED_FOR).values(), mine)
            with on("measure and file"):
                behind = True
                while behind and (passed := await cycle.run_pass(reader, book, mine, clock, again)):
                    again, behind = passed.again, passed.behind
            with on("judge"):
                boards[0] = assessment.assess(
                    agreements, book, clock.now, reader.settle, Timetable(), fleet=fleet, settles=reader.settles
                )
            with on("expose"):
                exposition.answer(form, squeezed=True)
        bodies = list(client.bodies)
    store.close()
    return spent, bodies


def decoding(bodies: Sequence[bytes]) -> float:
    """Processor milliseconds of orjson alone, for all the answers of one cycle; the median of many."""
    spent = Spent()
    for _ in range(15):
        with spent.on("decode"):
            for body in bodies:
                orjson.loads(body)
    return statistics.median(spent.stages["decode"])


def measured(wanted: argparse.Namespace) -> tuple[Spent, float]:
    """The stages of cycles, and the milliseconds of orjson alone for the answers of one."""
    memory.spare()  # as the daemon does
    with tempfile.TemporaryDirectory() as folder:
        setup = PrometheusSetup(out_of_order="3650d")
        with Prometheus(Path(folder) / "prometheus", setup) as server:
            agreements = customers(wanted.customers, Path(folder))
            spent, bodies = asyncio.run(cycles(server.url, agreements, Path(folder), wanted.cycles))
            return spent, decoding(bodies)


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    """Means of all cycles, in processor milliseconds: some stages have nothing to do in most of them."""
    spent, alone = measured(wanted)
    stages = {stage: sum(each) / wanted.cycles for stage, each in spent.stages.items()}
    stages["plan"] *= MINUTE / WANTED_FOR  # it holds good for so long
    whole, peak = sum(stages.values()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"whole": whole, "orjson alone": alone, "times": whole / alone, "peak MiB": peak}
    return {**stages, **told, "objectives": wanted.customers}


def main(argv: Sequence[str] | None = None) -> int:
    wanted = arguments(argv)
    found = figures(wanted)
    for name, value in found.items():
        print(f"{name:>18} {value:9.1f}")
    print(f"{found['times']:.1f} × orjson's {found['orjson alone']:.1f} ms (bar: 10)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
