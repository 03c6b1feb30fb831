"""A source that keeps less than the window is long: what it has dropped is unknown, the rest as it always was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import Task, duties
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.faults.monitors import until
from tests.ledger.specimens import opened, rows
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import Series, push
from tests.sources.asking import DAY, START, ratio

MINUTE, END = 60, START + 4 * DAY
M = ratio('requests_total{job="kept"}', 'requests_total{job="kept",code="500"}')
Row = tuple[float, float, int]


def told(server: Prometheus) -> None:
    at = np.arange(START + 5, END + 300, MINUTE, dtype=np.int64)
    ticks = ((at - START) // MINUTE).astype(float)
    for labels, values in (
        ({"__name__": "requests_total", "code": "200"}, 7 * ticks),
        ({"__name__": "requests_total", "code": "500"}, ticks // 9),
        ({"__name__": "up"}, np.ones(len(at))),
    ):
        push(server.url, [Series({**labels, "job": "kept", "instance": "a"}, at * 1000, values)])


def measured(server: Prometheus, ledger: Path) -> dict[int, Row]:
    """Of four days, by an empty ledger."""
    book = opened(ledger)
    try:
        asyncio.run(_passes(server.url, book))
        return rows(book.slices(M.key, Span(START, FOREVER)))
    finally:
        book.store.close()


async def _passes(url: str, book: Book) -> None:
    async with PrometheusClient(Endpoint(SourceName("default"), url, resolution=MINUTE)) as client:
        reader, mine = Reader(client), duties([Task(M, START)])
        while (passed := await run_pass(reader, book, mine, lambda: END)) and passed.behind:
            pass


def test_what_the_source_has_dropped_is_unknown_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    with Prometheus(tmp_path / "source", PrometheusSetup(out_of_order="3650d")) as server:
        told(server)
        whole = measured(server, tmp_path / "whole.db")
    assert {known for _, _, known in whole.values()} == {MINUTE}
    with Prometheus(tmp_path / "source", PrometheusSetup(out_of_order="3650d", retention="1d")) as server:
        until("it drops what is old", lambda: not server.ask("up", START + DAY), seconds=150, every=1)
        left = measured(server, tmp_path / "left.db")
    assert left.keys() == whole.keys()
    first = min(start for start, (_, _, known) in left.items() if known)
    assert START + DAY < first <= END - DAY
    assert {left[start] for start in left if start < first} == {(0.0, 0.0, 0)}
    # The first that is there has no increment to its first sample, and is told as of what came after it.
    assert {start for start in left if left[start] != whole[start]} <= {*range(START, first + 1, MINUTE)}
