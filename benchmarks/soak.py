"""`python -m benchmarks.soak`: the memory of a daemon over two days, minute by minute, as fast as it goes.

All that a daemon is made of, in this process, by a clock that is moved: passes over a real Prometheus, a ledger in a
file, windows of an hour and a day that are closed and stated, alerts that come and go at a real Alertmanager, scrapes,
pages, retention. Told is what is in memory after so many cycles, and what the second half added; exit code 1
when that is too much.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import structlog
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import daemon, machine
from benchmarks.daemon import AGREEMENT, DAY, INDICATORS, STEP, Objective
from benchmarks.ours import MINUTE, SOURCE, Clock
from sla_monitor.daemon import memory, run, wiring
from sla_monitor.daemon.retaining import Retaining
from sla_monitor.daemon.settings import Settings, load
from tests.rig.processes import Alertmanager, Prometheus, PrometheusSetup
from tests.rig.remotewrite import push

WINDOWS = ("hour", "day", "{rolling: 6h}", "month")
BEFORE = 3 * 3600
"""History that there is before the first cycle."""
BAR = 10.0
"""Megabytes a day: what loses a hundred bytes an objective and cycle loses seven."""
LARGEST = 25


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--objectives", type=int, default=50, help="(default 50)")
    parser.add_argument("--cycles", type=int, default=2 * DAY // MINUTE, help="of a minute (default: two days)")
    parser.add_argument("--every", type=int, default=100, help="cycles between two looks at memory (default 100)")
    parser.add_argument("--trace", action="store_true", help="tell what grew and where it was made; takes far longer")
    return parser.parse_args(argv)


def promises(count: int) -> list[Objective]:
    """Of all kinds, as the benchmark of the daemon mixes them."""
    return daemon.OBJECTIVES[:: len(daemon.OBJECTIVES) // count][:count]


def agreed(one: Objective, number: int) -> str:
    window, target = WINDOWS[number % len(WINDOWS)], ("99.9", "99", "95")[number % 3]
    indicator = INDICATORS[one.kind].format(job=one.job)
    return AGREEMENT.format(job=one.job, kind=one.kind, target=target, window=window, indicator=indicator)


def configured(folder: Path, source: str, alertmanager: str, wanted: argparse.Namespace) -> Settings:
    agreements = folder / "agreements"
    agreements.mkdir()
    for number, one in enumerate(promises(wanted.objectives)):
        (agreements / f"{one.job}.yaml").write_text(agreed(one, number), encoding="utf-8")
    document: dict[str, Any] = {
        "agreements": {"paths": [str(agreements)]},
        "sources": [{"name": SOURCE, "url": source}],
        "ledger": {"url": f"sqlite:///{folder / 'ledger.db'}", "retention": {"slices": "2d", "days": "400d"}},
        "schedule": {"catch_up_limit": "2h", "grace": "5m"},
        "alerting": {"alertmanagers": [alertmanager]},
    }
    return load(None, document)


def feed(url: str, first: int, last: int, count: int) -> None:
    at = np.arange(first, last, STEP, dtype=np.int64)
    push(url, [series for one in promises(count) for series in one.series(at)])


@dataclass
class Looks:
    """At memory: megabytes after so many cycles, all of it, and of that what is traced."""

    at: list[int] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    traced: list[float] = field(default_factory=list)

    def look(self, cycle: int) -> None:
        gc.collect()
        self.at.append(cycle)
        self.resident.append(machine.memory(os.getpid(), "VmRSS"))
        self.traced.append(tracemalloc.get_traced_memory()[0] / 1e6)
        told = f", {self.traced[-1]:7.2f} MB traced" if tracemalloc.is_tracing() else ""
        print(f"{cycle:6} cycles: {self.resident[-1]:7.1f} MB resident{told}", flush=True)

    def growth(self) -> float:
        """Megabytes a day, as the second half of the looks says: the slope of the line through it."""
        half = len(self.at) // 2
        days = np.array(self.at[half:]) * MINUTE / DAY
        return float(np.polyfit(days, self.resident[half:], 1)[0])


class Day:
    """What happens to a daemon, minute after minute."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, clock: Clock) -> None:
        self._settings, self._stack, self._clock = settings, stack, clock

    async def begin(self) -> None:
        book = wiring.open_book(self._settings)
        self._stack.callback(book.store.close)
        self.monitor, self._lookers, web = await run.built(self._settings, book, None, self._stack, self._clock)
        transport = httpx.ASGITransport(app=cast("Any", web.config.app))
        self._web = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        )
        wanted = self._settings.ledger.retention
        settle = wiring.settle_of(self._settings)
        self._retaining = Retaining(book, wanted, self.monitor.in_force, settle, self._clock)
        if faults := await self.monitor.reload():
            raise ValueError("\n".join(faults))

    async def minute(self, number: int) -> None:
        self._clock.now += MINUTE
        await self.monitor.share()
        await self.monitor.pass_(SOURCE)
        for one in self._lookers:
            await one.look()
        await self.monitor.close()
        await self.monitor.tell()
        for path in self._looked_at(number):
            (await self._web.get(path)).raise_for_status()
        if number % (DAY // MINUTE) == 0:
            await self.monitor.reload()
        if number % 360 == 0:
            await self._retaining.run()

    async def come_to(self) -> str:
        """That all of it happened."""
        text, wanted = (
            (await self._web.get("/metrics")).text,
            ("statements", "monitor_alerts_sent", "monitor_slices_written"),
        )
        families = {one.name.removeprefix("sla_"): one for one in text_string_to_metric_families(text)}
        counts = (sum(one.value for one in families[name].samples if one.name.endswith("_total")) for name in wanted)
        return "{:,.0f} statements, {:,.0f} alerts sent, {:,.0f} slices written".format(*counts)

    def _looked_at(self, number: int) -> Iterator[str]:
        yield "/metrics"
        if number % 10 == 0:
            name = self.monitor.register.agreements[number // 10 % len(self.monitor.register.agreements)].name
            yield from ("/", f"/agreements/{name}", "/api/v1/standings", f"/metrics?agreement={name}", "/readyz")


async def soaked(settings: Settings, clock: Clock, wanted: argparse.Namespace) -> Looks:
    looks, snapshots = Looks(), list[tracemalloc.Snapshot]()
    async with AsyncExitStack() as stack:
        day = Day(settings, stack, clock)
        await day.begin()
        if wanted.trace:
            tracemalloc.start(1)
        for number in range(1, wanted.cycles + 1):
            await day.minute(number)
            if number % wanted.every == 0:
                looks.look(number)
            if wanted.trace and number in (wanted.cycles // 2, wanted.cycles):
                snapshots.append(tracemalloc.take_snapshot())
        print(await day.come_to())
    if snapshots:
        print("What grew in the second half:")
        for one in snapshots[1].compare_to(snapshots[0], "lineno")[:LARGEST]:
            print(f"  {one}")
    return looks


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    wanted = arguments(argv)
    memory.spare()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with (
        tempfile.TemporaryDirectory() as folder,
        Prometheus(Path(folder, "prometheus"), PrometheusSetup(out_of_order="1d")) as source,
        Alertmanager(Path(folder, "alertmanager")) as alertmanager,
    ):
        end = machine.clock() // DAY * DAY
        start = end - wanted.cycles * MINUTE
        with ProcessPoolExecutor(1, get_context("spawn")) as feeding:  # what it took of memory goes with it
            feeding.submit(feed, source.url, start - BEFORE, end + MINUTE, wanted.objectives).result()
        settings = configured(Path(folder), source.url, alertmanager.url, wanted)
        began = time.monotonic()
        looks = asyncio.run(soaked(settings, Clock(start), wanted))
        took = time.monotonic() - began
    figures = {"resident_mb": looks.resident[-1], "growth_mb_a_day": looks.growth(), "seconds": took}
    print(f"{took:.0f} s; {looks.growth():+.2f} MB a day at last (bar: {BAR})")
    return figures


if __name__ == "__main__":
    sys.exit(main()["growth_mb_a_day"] > BAR)
