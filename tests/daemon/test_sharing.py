"""What of the work is ours among several monitors: measuring, looking for customers, telling Alertmanagers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from sla_monitor.cluster.membership import Membership
from sla_monitor.compliance.rolls import Call, Presence, Roll, Search
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, Probe, Ratio, SourceName
from sla_monitor.daemon.deliveries import Deliveries
from sla_monitor.daemon.discovering import Discovering
from sla_monitor.daemon.sharing import Sharing, shape
from sla_monitor.ledger.book import Book
from sla_monitor.publishing.alerts import Alert, Delivered
from sla_monitor.publishing.metrics import MonitorMetrics
from tests.cluster.test_membership import Locks
from tests.ledger.specimens import opened

DEFAULT = SourceName("default")
URL = "http://alertmanager:9093"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = opened(tmp_path / "ledger.db")
    yield made
    made.store.close()


@pytest.fixture
def metrics() -> MonitorMetrics:
    return MonitorMetrics(CollectorRegistry(), "0")


def test_what_one_query_asks_for_is_in_one_shard() -> None:
    def up(tenant: str, seconds: int = 60) -> Measurement:
        return Measurement(DEFAULT, Probe(f'up{{tenant="{tenant}"}}'), seconds)

    requests = Measurement(DEFAULT, Ratio(('requests{tenant="a"}',), bad=('errors{tenant="a"}',)), 60)
    assert shape(up("a")) == shape(up("b"))
    assert len({shape(one) for one in (up("a"), up("a", 300), requests)}) == 3
    alone = Measurement(DEFAULT, Probe("up"), 60)
    assert shape(alone) == alone.key


def told(metrics: MonitorMetrics) -> tuple[float | None, ...]:
    """Held, elsewhere, free; whether it measures."""
    ask = metrics.registry.get_sample_value
    states = (ask("sla_monitor_shards", {"state": state}) for state in ("held", "elsewhere", "free"))
    return (*states, ask("sla_monitor_leader"))


async def test_what_is_held_is_told(metrics: MonitorMetrics) -> None:
    locks = Locks(other=frozenset({0, 3}), quicker=frozenset({2}))
    sharing = Sharing(Membership(locks, 4), metrics)
    assert (told(metrics), sharing.leads) == ((None, None, None, 0), False)
    assert await sharing.beat()
    assert (told(metrics), sharing.held, sharing.leads) == ((1, 2, 1, 1), {1}, False)
    assert metrics.registry.get_sample_value("sla_monitor_shard_held", {"shard": "1"}) == 1
    some = [Measurement(DEFAULT, Probe(f"up_{n}"), 60) for n in range(40)]
    assert {sharing.shard(one) for one in some} == {0, 1, 2, 3}
    assert [sharing.measures(one) for one in some] == [sharing.shard(one) == 1 for one in some]
    assert not await sharing.beat()
    locks.away = True
    assert await sharing.beat(), "and raises nothing"
    assert told(metrics) == (0, 0, 0, 0)


async def test_it_is_heard_of_while_everybody_else_waits(metrics: MonitorMetrics) -> None:
    """As for a ledger that is locked: who says nothing meanwhile is taken to hang, and loses all that it measures."""
    sharing, let_go = Sharing(Membership(Locks(other=frozenset({0, 3})), 4), metrics), threading.Event()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as few:
        loop.set_default_executor(few)
        waiting = [asyncio.create_task(asyncio.to_thread(let_go.wait)) for _ in range(2)]
        try:
            assert await asyncio.wait_for(sharing.beat(), 10)
        finally:
            let_go.set()
            await asyncio.gather(*waiting)


async def test_alone_everything_is_ours(metrics: MonitorMetrics) -> None:
    sharing = Sharing(None, metrics)
    assert not await sharing.beat()
    assert (told(metrics), sharing.leads) == ((None, None, None, 1), True)
    assert sharing.measures(Measurement(DEFAULT, Probe("up"), 60))


async def test_customers_that_another_found_are_taken_on(book: Book, metrics: MonitorMetrics) -> None:
    """At the first look nobody knows whom the agreements in force were made of; later only what is new counts."""
    changes: list[int] = []

    async def changed() -> None:
        changes.append(len(changes))

    searches = [Search("found", DEFAULT, "up", "tenant")]
    discovering = Discovering(
        {}, book, searches=lambda: searches, changed=changed, metrics=metrics, clock=lambda: 0, leads=lambda: False
    )
    seen = []
    rolls = [Roll(60, {"acme": (Presence(None),)}), Roll(120, {n: (Presence(None),) for n in ("acme", "carl")})]
    for before, after in zip([None, None, *rolls[:1]], [None, *rolls], strict=True):
        if after is not None:
            book.keep_roll("found", before or Roll(), after)
        for _ in range(2):
            await discovering.look()
        seen.append(len(changes))
    assert seen == [1, 2, 3]
    there = lambda: metrics.registry.get_sample_value("sla_monitor_discovered_customers", {"template": "found"})  # noqa: E731 - asked thrice
    assert there() == 2
    search = searches.pop()
    await discovering.look()
    assert there() is None
    searches.append(search)
    await discovering.look()
    assert there() == 2, "as before, though nobody has looked meanwhile"


async def test_who_begins_to_look_takes_on_what_another_found_just_before(book: Book, metrics: MonitorMetrics) -> None:
    """What the ledger holds before its first look is not what its agreements were made of."""
    changes, leads = list[bool](), False

    async def changed() -> None:
        changes.append(leads)

    discovering = Discovering(
        {DEFAULT: Nobody()},
        book,
        searches=lambda: [Search("found", DEFAULT, "up", "tenant")],
        changed=changed,
        metrics=metrics,
        clock=lambda: 120,
        leads=lambda: leads,
    )
    await discovering.look()
    book.keep_roll("found", Roll(), Roll(120, {"acme": (Presence(None),)}))
    leads = True
    for _ in range(2):
        await discovering.look()
    assert changes == [False, True]


class Nobody:
    """Is asked nothing: the last look was just now."""

    async def call(self, search: Search, span: Span) -> Call:
        raise AssertionError(search, span)


def delivered(at: int) -> dict[str, Delivered]:
    return {"alert": Delivered(Alert({"alertname": "SLABreached"}, {}), 50, at, at + 240)}


def test_one_tells_a_receiver_until_it_is_silent(book: Book) -> None:
    """A claim lasts 20 seconds; who takes over knows what was told before."""
    one, other = (Deliveries(book, name, 20) for name in ("one", "other"))
    assert (one.claim([URL], 100), other.claim([URL], 100)) == ({URL}, set())
    one.save(URL, delivered(100))
    one.flush()
    assert (one.claim([URL], 115), other.claim([URL], 130)) == ({URL}, set())
    assert other.claim([URL], 135) == {URL}
    assert other.load(URL) == delivered(100)
    one.save(URL, delivered(136))
    one.flush()
    assert (one.claim([URL], 136), Deliveries(book, None, 20).load(URL)) == (set(), delivered(100))
    other.release()
    assert one.claim([URL], 137) == {URL}


def test_while_the_ledger_is_away_who_told_last_goes_on(book: Book, tmp_path: Path) -> None:
    one, other = (Deliveries(book, name, 20) for name in ("one", "other"))
    assert (one.claim([URL], 100), other.claim([URL], 100)) == ({URL}, set())
    book.store.close()
    (tmp_path / "ledger.db").rename(tmp_path / "away.db")
    (tmp_path / "ledger.db").mkdir()
    assert (one.claim([URL], 500), other.claim([URL], 500)) == ({URL}, set())


def test_a_monitor_alone_claims_nothing(book: Book) -> None:
    assert Deliveries(book, None, 20).claim([URL], 100) == {URL}
    assert book.deliveries() == {}
