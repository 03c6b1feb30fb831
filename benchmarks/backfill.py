"""`python -m benchmarks.backfill`: how much of a backfill is the source's own time.

A real Prometheus holds the past of many customers; the monitor's backfill measures it by one grouped query into an
empty ledger. Then the questions that Prometheus noted are asked once more, as many at a time, and nothing is done with
the answers: that is the source's own time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from benchmarks import machine
from benchmarks.shop import DAY, Shop
from sla_monitor.compliance.spans import Span
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings, load
from sla_monitor.measuring import backfill
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

CONCURRENCY = 4


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill", description=__doc__)
    parser.add_argument("--objectives", type=int, default=1000, help="(default 1000)")
    parser.add_argument("--days", type=int, default=6, help="each is measured as the others are (default 6)")
    parser.add_argument("--scrape", type=int, default=60, help="seconds between samples (default 60)")
    return parser.parse_args(argv)


def settings(folder: Path, url: str, shop: Shop) -> Settings:
    file = folder / "agreements.yaml"
    file.write_text(shop.agreements("{rolling: 30d}"), encoding="utf-8")
    source = {"name": "default", "url": url, "timeout": 120, "concurrency": CONCURRENCY}
    ledger = {"url": f"sqlite:///{folder / 'ledger.db'}"}
    return load(None, {"agreements": {"paths": [str(file)]}, "sources": [source], "ledger": ledger})


async def filled(chosen: Settings, span: Span, now: int) -> float:
    """Seconds of the whole backfill, from reading the agreements on."""
    async with AsyncExitStack() as stack:
        began = time.perf_counter()
        agreements = wiring.read_agreements(chosen.agreements.paths, chosen).agreements
        book = wiring.open_book(chosen)
        stack.callback(book.store.close)
        readers = await connections.open_readers(chosen, stack)
        measurements = [a.objectives[0].measurement for a in agreements]
        async for step in backfill.backfill(measurements, readers, book, span, now):
            if step.failed:
                raise ValueError(f"not measured: {step.failed[0].error}")
        took = time.perf_counter() - began
        measured = book.measured(m.key for m in measurements).values()
        if any(len(spans.parts) != 1 or spans.parts[0] != span for spans in measured):
            raise ValueError("the backfill left gaps")
        return took


async def asked_again(url: str, noted: Sequence[dict[str, Any]]) -> float:
    """Seconds of the same questions, as many at a time; what is answered is read and dropped."""
    room = asyncio.Semaphore(CONCURRENCY)
    async with httpx.AsyncClient(base_url=url, timeout=300, trust_env=False) as client:

        async def ask(one: dict[str, Any]) -> None:
            async with room:
                path = one["httpRequest"]["path"]
                form = {name: str(value) for name, value in one["params"].items() if value}
                if path.endswith("/query"):
                    form = {"query": form["query"], "time": form["end"]}
                (await client.post(path, data=form)).raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*map(ask, noted))
        return time.perf_counter() - began


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    shop = Shop(wanted.objectives, wanted.scrape)
    with tempfile.TemporaryDirectory() as made, Prometheus(Path(made, "prometheus")) as source:
        now = machine.clock()
        span = Span((now // DAY - wanted.days) * DAY, now // DAY * DAY)
        push(source.url, shop.history(span.start - 600, span.end + 600).series())
        machine.until_quiet(source.running.pid)
        chosen = settings(Path(made), source.url, shop)
        with machine.reads(source) as read:
            whole = asyncio.run(filled(chosen, span, now))
        alone = asyncio.run(asked_again(source.url, read.asked))
    return {
        "objectives": wanted.objectives, "days": wanted.days, "seconds": whole, "source seconds": alone,
        "queries": len(read.asked), "samples": read.samples, "share": alone / whole,
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    for name, value in figures(arguments(argv)).items():
        print(f"{value:14.2f} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
