"""What may be wrong with the samples of a real Prometheus while it is measured: the ledger is as of an undisturbed run.

Or it lacks just what never came in time. Passes run minute by minute, by a clock of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Measurement, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import OVERLAP, Task, duties
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.ledger.specimens import opened, rows
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import STALE, Series, push
from tests.sources.asking import START, STEP, fresh, ratio

MINUTE, LONG = 60, 20
PHASE = 5
"""Scrapes do not fall on the borders of slices."""
COUNTED = {"200": (5, 1, 1, 1), "500": (2, 1, 1, 1)}
"""With each sample of a minute: most of it with the first, so that no guess from the others makes up for that."""
Row = tuple[float, float, int]
WHOLE: Row = (8.0, 13.0, MINUTE)
UNKNOWN: Row = (0.0, 0.0, 0)
WITHOUT_FIRST: Row = (4.0, 8.0, MINUTE)
"""Of a minute at whose beginning there was no series: it has no increment to its first sample; the others are made out
to be of the whole minute."""


@dataclass
class Shop:
    url: str
    job: str = field(default_factory=lambda: fresh("samples"))

    def tell(self, first: int, last: int, instance: str = "a", since: int = 0, *, ends: bool = False) -> None:
        """Samples of the minutes `[first, last)`, of counters begun at the minute `since`. ends: no more come."""
        at = np.arange(START + first * MINUTE + PHASE, START + last * MINUTE, STEP, dtype=np.int64)
        values = {code: np.cumsum(each * (last - since), dtype=float)[-len(at) :] for code, each in COUNTED.items()}
        named = [({"__name__": "requests_total", "code": code}, counted) for code, counted in values.items()]
        named.append(({"__name__": "up"}, np.ones(len(at))))
        if ends:
            at, named = np.append(at, at[-1] + STEP), [(labels, np.append(told, STALE)) for labels, told in named]
        target = {"job": self.job, "instance": instance}
        push(self.url, [Series({**labels, **target}, at * 1000, told) for labels, told in named])

    @property
    def measurement(self) -> Measurement:
        return ratio(f'requests_total{{job="{self.job}"}}', f'requests_total{{job="{self.job}",code="500"}}')


Feed = Callable[[Shop, int], None]
"""What the source is told in a minute."""
BROKEN = 5
"""The minute in which it begins."""


def usual(shop: Shop, minute: int) -> None:
    shop.tell(minute, minute + 1)


def late(by: int) -> Feed:
    """Samples of three minutes come so many minutes after the last of them, out of order."""

    def feed(shop: Shop, minute: int) -> None:
        if minute == BROKEN + 2 + by:
            shop.tell(BROKEN, BROKEN + 3)
        if not BROKEN <= minute < BROKEN + 3:
            usual(shop, minute)

    return feed


def unsent(shop: Shop, minute: int) -> None:
    """Who sends them could not for ten minutes, and then sends all."""
    if minute == BROKEN + 10:
        shop.tell(BROKEN, minute)
    if not BROKEN <= minute < BROKEN + 10:
        usual(shop, minute)


def ahead(shop: Shop, minute: int) -> None:
    """A whole hour that is still to come is there already, and what is now is out of order."""
    if minute == BROKEN:
        shop.tell(BROKEN + 1, BROKEN + 61)
    if minute <= BROKEN:
        usual(shop, minute)


def reset(shop: Shop, minute: int) -> None:
    shop.tell(minute, minute + 1, since=0 if minute < BROKEN else BROKEN)


def renamed(shop: Shop, minute: int) -> None:
    if minute < BROKEN:
        shop.tell(minute, minute + 1, ends=minute == BROKEN - 1)
    else:
        shop.tell(minute, minute + 1, "b", since=BROKEN)


def forgotten(shop: Shop, minute: int) -> None:
    """The source keeps less than is wanted."""
    if minute >= BROKEN:
        usual(shop, minute)


@dataclass(frozen=True)
class Lived:
    """minutes: what the ledger holds of each. overwritten: slices that were found changed when asked again."""

    minutes: dict[int, Row]
    overwritten: int


FAULTS: dict[str, tuple[Feed, Lived]] = {
    "samples come a minute late": (late(1), Lived({}, 2)),
    "samples come two minutes late": (late(2), Lived({}, 3)),
    "samples come three minutes late": (late(3), Lived({}, 4)),
    "nobody could send them for ten minutes": (unsent, Lived({}, 9)),
    "samples come when nobody asks for them any more": (
        late(12), Lived({5: UNKNOWN, 6: UNKNOWN, 7: UNKNOWN, 8: WITHOUT_FIRST}, 0)
    ),
    "an hour of the future": (ahead, Lived({}, 0)),
    "counters are reset": (reset, Lived({}, 0)),
    "series go on under another name": (renamed, Lived({5: WITHOUT_FIRST}, 0)),
    "what is wanted was forgotten": (
        forgotten, Lived({**dict.fromkeys(range(1, BROKEN), UNKNOWN), BROKEN: WITHOUT_FIRST}, 0)
    ),
}  # fmt: skip
"""With all that is otherwise than it would have been."""


def lived(prometheus: Prometheus, path: Path, feed: Feed) -> Lived:
    book = opened(path)
    try:
        return asyncio.run(_lived(Shop(prometheus.url), book, feed))
    finally:
        book.store.close()


async def _lived(shop: Shop, book: Book, feed: Feed) -> Lived:
    mine, again, overwritten = duties([Task(shop.measurement, START + MINUTE)]), OVERLAP, 0
    async with PrometheusClient(Endpoint(SourceName("default"), shop.url, resolution=STEP)) as client:
        reader = Reader(client)
        for minute in range(LONG + OVERLAP):
            feed(shop, minute)
            now = START + (minute + 1) * MINUTE
            if (passed := await run_pass(reader, book, mine, lambda at=now: at, again)) is not None:
                again, overwritten = passed.again, overwritten + passed.written.overwritten
    held = rows(book.slices(shop.measurement.key, Span(START, FOREVER)))
    minutes = {(start - START) // MINUTE: row for start, row in held.items()}
    return Lived({minute: row for minute, row in minutes.items() if minute < LONG}, overwritten)


@pytest.fixture(scope="module")
def undisturbed(prometheus_server: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return lived(prometheus_server, tmp_path_factory.mktemp("undisturbed") / "ledger.db", usual)


def test_undisturbed_every_event_is_counted_in_its_minute(undisturbed: Lived) -> None:
    assert undisturbed == Lived(dict.fromkeys(range(1, LONG), WHOLE), 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_ledger_lacks_nothing_but_what_never_came_in_time(
    prometheus_server: Prometheus, undisturbed: Lived, tmp_path: Path, fault: str
) -> None:
    feed, otherwise = FAULTS[fault]
    disturbed = lived(prometheus_server, tmp_path / "ledger.db", feed)
    assert disturbed == Lived({**undisturbed.minutes, **otherwise.minutes}, otherwise.overwritten)
