"""A source that keeps less than the window is long: what it has dropped is unknown, the rest as it always was."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import Task, duties
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.ledger.specimens import opened, rows
from tests.rig.children import command
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.sources.asking import DAY, START, ratio

MINUTE, END = 60, START + 4 * DAY
M = ratio('requests_total{job="kept"}', 'requests_total{job="kept",code="500"}')
Row = tuple[float, float, int]


def told(folder: Path) -> None:
    """As blocks of two hours, of which a server drops the old ones as it starts."""
    lines = []
    for name, code, value in (
        ("requests_total", ',code="200"', lambda tick: 7 * tick),
        ("requests_total", ',code="500"', lambda tick: tick // 9),
        ("up", "", lambda _: 1),
    ):
        lines += [
            f'{name}{{job="kept",instance="a"{code}}} {value((at - START) // MINUTE)} {at}'
            for at in range(START + 5, END + 300, MINUTE)
        ]
    text = folder / "history.txt"
    text.write_text("\n".join([*lines, "# EOF", ""]))
    making = [
        command("promtool"),
        "tsdb",
        "create-blocks-from",
        "--quiet",
        "openmetrics",
        str(text),
        str(folder / "data"),
    ]
    subprocess.run(making, check=True)


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
    source = tmp_path / "source"
    source.mkdir()
    told(source)
    with Prometheus(source) as server:
        whole = measured(server, tmp_path / "whole.db")
    assert {known for _, _, known in whole.values()} == {MINUTE}
    with Prometheus(source, PrometheusSetup(retention="1d")) as server:
        assert not server.ask("up", START + DAY)
        left = measured(server, tmp_path / "left.db")
    assert left.keys() == whole.keys()
    first = min(start for start, (_, _, known) in left.items() if known)
    assert START + DAY < first <= END - DAY
    assert {left[start] for start in left if start < first} == {(0.0, 0.0, 0)}
    # The first that is there has no increment to its first sample, and is told as of what came after it.
    assert {start for start in left if left[start] != whole[start]} <= {*range(START, first + 1, MINUTE)}
