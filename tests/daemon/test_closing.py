"""Windows close while the daemon runs: after catching up, once, and whatever is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, Measurement, SourceName
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.closings import Closings
from sla_monitor.daemon.monitor import Monitor
from sla_monitor.daemon.settings import Settings, load
from sla_monitor.daemon.sharing import Sharing
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.duties import DAY, Duty
from tests.daemon.conftest import Make
from tests.faults import facts
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import until
from tests.measuring.invented import SETTLE, START, Invented, opened, truth
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

HOUR = 3600
AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  term: {from: 2026-06-01}
  objectives:
    - {name: availability, target: 90%, window: month, indicator: {ratio: {bad: errors, total: requests}}}
    - {name: daily, target: 90%, window: day, indicator: {ratio: {bad: errors, total: requests}}}
"""


class Nothing:
    def forget(self) -> None: ...


@dataclass
class Source(Invented):
    """clock: it never shows more than this."""

    discovery: Nothing = field(default_factory=Nothing)
    clock: int = FOREVER

    async def answers(self, at: int) -> int:
        return min(await super().answers(at), self.clock)


@dataclass
class World:
    """A monitor whose clock stands still unless it is moved, and which does nothing unless it is told."""

    folder: Path
    book: Book
    now: int = START
    source: Source = field(default_factory=Source)

    def settings(self, **schedule: Any) -> Settings:
        agreement = self.folder / "acme.yaml"
        agreement.write_text(AGREEMENT)
        return load(None, {"agreements": {"paths": [agreement]}, "schedule": schedule})

    async def started(self, part: type[Sharing] = Sharing, **schedule: Any) -> Monitor:
        settings, boards = self.settings(**schedule), connections.Boards()
        metrics = connections.own_metrics()
        closings = Closings(self.book, wiring.closing(settings, self.book), lambda: self.now)
        readers: Any = {SourceName("default"): self.source}
        sharing = part(None, metrics)
        monitor = Monitor(
            settings,
            readers,
            self.book,
            metrics,
            boards,
            clock=lambda: self.now,
            alerts=None,
            closings=closings,
            sharing=sharing,
        )
        await monitor.reload()
        return monitor

    async def work(self, monitor: Monitor, until: int, step: int = HOUR) -> None:
        while self.now < until:
            self.now = min(until, self.now + step)
            await monitor.close()
            await monitor.pass_(SourceName("default"))
            await monitor.close()

    def stated(self) -> list[tuple[int, str, int]]:
        """Number, label and unmeasured seconds of each statement."""
        return [
            (one.number, one.window.label, one.content["objectives"][0]["unmeasured_seconds"])
            for one in self.book.statements()
        ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, opened(tmp_path))
    yield made
    made.book.store.close()


async def test_windows_close_after_their_grace_oldest_first(world: World) -> None:
    monitor = await world.started()
    await world.work(monitor, START + 2 * DAY - 1, DAY // 2)
    assert world.stated() == []
    await world.work(monitor, START + 2 * DAY)
    assert world.stated() == [(1, "2026-06-01", 0)]
    await world.work(monitor, START + 4 * DAY)
    assert [label for _, label, _ in world.stated()] == ["2026-06-01", "2026-06-02", "2026-06-03"]


async def test_what_is_stated_is_shown_at_once(world: World) -> None:
    monitor = await world.started()
    await world.work(monitor, START + 2 * DAY - 1, DAY // 2)
    world.now += 1
    await monitor.close()
    assert monitor._boards.latest.statements == {"acme": 1}


async def test_settled_windows_close_as_soon_as_they_are(world: World) -> None:
    monitor = await world.started(grace="settled")
    await world.work(monitor, START + DAY + 240 + SETTLE - 1)
    assert world.stated() == []
    await world.work(monitor, START + DAY + 240 + SETTLE)
    assert world.stated() == [(1, "2026-06-01", 0)]


async def test_after_an_absence_over_the_end_of_a_month_it_catches_up_before_it_closes(world: World) -> None:
    """Five days away: the first pass asks for the newest and for one of the older days at a time."""
    await world.work(await world.started(), START + 28 * DAY, DAY)
    before = len(world.stated())
    world.now = START + 33 * DAY
    monitor = await world.started()
    await monitor.close()
    assert len(world.stated()) == before
    await world.work(monitor, START + 33 * DAY + 120, 60)
    after = ["2026-06-28", "2026-06-29", "2026-06", "2026-06-30", "2026-07-01", "2026-07-02"]
    assert world.stated()[before:] == [(before + 1 + at, label, 0) for at, label in enumerate(after)]


async def test_what_was_measured_before_it_was_started_is_closed_at_the_first_look(world: World) -> None:
    """As after a backfill; what lacks something is asked for first."""
    settings = world.settings()
    (agreement,) = wiring.read_agreements(settings.agreements.paths, settings).agreements
    (key,) = {o.measurement for o in agreement.objectives}
    span = Span(START - DAY // 2, START + 30 * DAY)
    world.book.write([Reading(Want(key, span), truth(key, span))])
    world.now = START + 31 * DAY + HOUR
    await (await world.started()).close()
    days = [f"2026-06-{day:02d}" for day in range(1, 30)]
    assert [label for _, label, _ in world.stated()] == [*days, "2026-06", "2026-06-30"]


async def test_what_is_out_of_reach_is_told_as_unmeasured(world: World) -> None:
    await world.work(await world.started(), START + DAY, DAY // 2)
    world.now = START + 9 * DAY
    monitor = await world.started(catch_up_limit=2 * DAY + 300)
    await world.work(monitor, START + 9 * DAY + 300, 60)
    lacking = {label: seconds for _, label, seconds in world.stated()}
    assert lacking == {
        "2026-06-01": 60, **{f"2026-06-0{day}": DAY for day in range(2, 7)}, "2026-06-07": DAY - 240, "2026-06-08": 0,
    }  # fmt: skip


async def test_a_source_that_is_away_is_waited_for_as_long_as_the_grace(world: World) -> None:
    monitor = await world.started()
    await world.work(monitor, START + DAY // 2)
    world.source.away = True
    await world.work(monitor, START + 2 * DAY)
    assert world.stated() == [(1, "2026-06-01", DAY // 2 + 60)]


async def test_what_has_not_ended_by_the_clock_of_the_source_is_not_stated(world: World) -> None:
    """Ours is set forward by two days, and hours later back."""
    monitor = await world.started()
    await world.work(monitor, START + DAY + HOUR)
    there = world.now
    for _ in range(2):
        there += HOUR
        world.source.clock, world.now = there, there + 2 * DAY - 60
        await world.work(monitor, there + 2 * DAY, 30)
    assert world.stated() == [(1, "2026-06-01", 0)]
    world.source.clock, world.now = FOREVER, there
    monitor.clock_was_set_back()
    await world.work(monitor, START + 3 * DAY, DAY // 4)
    assert world.stated() == [(1, "2026-06-01", 0), (2, "2026-06-02", 0)]


class Measuring(Sharing):
    """A replica whose shards have the measurement, and not the agreement."""

    def closes(self, agreement: Agreement) -> bool:  # noqa: ARG002
        return False


class ClosingAlone(Sharing):
    """And one the other way round."""

    def measures(self, measurement: Measurement) -> bool:  # noqa: ARG002
        return False


async def test_what_another_replica_measures_is_waited_for_and_caught_up_with(world: World) -> None:
    measuring, closing = await world.started(Measuring), await world.started(ClosingAlone)
    await world.work(measuring, START + DAY // 2)
    world.now = START + 2 * DAY + HOUR
    await world.work(closing, world.now + HOUR, 240)
    assert world.stated() == [], "it may come yet"
    await world.work(measuring, world.now + 600, 60)
    assert world.stated() == [], "that is left to the other"
    await closing.close()
    assert world.stated() == [(1, "2026-06-01", 0)]


async def test_what_another_replica_never_measures_is_given_up(world: World) -> None:
    await world.work(await world.started(Measuring, grace=HOUR), START + DAY // 2)
    closing = await world.started(ClosingAlone, grace=HOUR)
    await world.work(closing, START + DAY + HOUR, HOUR)
    await world.work(closing, START + DAY + 2 * HOUR - 240, 240)
    assert world.stated() == []
    await world.work(closing, START + DAY + 2 * HOUR + 240, 240)
    assert world.stated() == [(1, "2026-06-01", DAY // 2 + 60)]


async def test_a_source_that_comes_back_in_time_leaves_no_gap(world: World) -> None:
    monitor = await world.started()
    await world.work(monitor, START + DAY - HOUR)
    world.source.away = True
    await world.work(monitor, START + 2 * DAY - 2 * HOUR)
    world.source.away = False
    await world.work(monitor, START + 2 * DAY)
    assert world.stated() == [(1, "2026-06-01", 0)]


async def test_a_ledger_that_is_away_costs_a_minute(world: World) -> None:
    monitor = await world.started()
    await world.work(monitor, START + DAY, DAY // 2)
    ledger = world.book.store.path
    ledger.rename(ledger.with_suffix(".away"))
    world.now = START + 2 * DAY
    await monitor.close()
    ledger.with_suffix(".away").rename(ledger)
    await world.work(monitor, START + 2 * DAY + 60)
    assert world.stated()[0][1] == "2026-06-01"


class Slow:
    """A ledger that takes its time for a board. away: it fails after all."""

    def __init__(self, book: Book) -> None:
        self._book, self.boards, self.away = book, 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    def counted(self) -> dict[Any, int]:
        self.boards += 1
        time.sleep(0.5)
        if self.away:
            raise LedgerError("away")
        return self._book.counted()


@pytest.mark.parametrize(("away", "expected"), [(False, [0, 0, 1]), (True, [1, 2, 3])])
async def test_where_judging_takes_long_time_alone_is_no_reason_for_it(
    world: World, *, away: bool, expected: list[int]
) -> None:
    """Half a second of it: for two seconds none. What failed is tried again as if it had taken no time."""
    world.book = slow = Slow(world.book)  # type: ignore[assignment]
    monitor = await world.started()
    slow.away = away
    await monitor.judge()
    before, found = slow.boards, []
    for seconds in (1, 1, 60):
        world.now += seconds
        await monitor.judge_if_due(1)
        found.append(slow.boards - before)
    assert found == expected


def test_a_running_monitor_states_hours(make: Make, prometheus: Prometheus) -> None:
    """The process as people run it, over the last hours."""
    now = clock() // HOUR * HOUR
    push(prometheus.url, Traffic("closing", broken=45, cycle=HOUR).series(now - 4 * HOUR, now + HOUR, 15))
    monitor = make(prometheus.url, schedule={"tick": 1, "catch_up_limit": "3h", "grace": "settled"})
    monitor.resolution = 15
    monitor.agree("shop", facts.agreement("closing", every="1m", window="hour"))
    monitor.start()
    stated = lambda: monitor.metric("sla_statements_total", agreement="shop") or 0  # noqa: E731 - asked again and again
    until("two hours, and one more if it ends just now", lambda: stated() >= 2)
    assert monitor.metric("sla_previous_attainment_ratio", objective="reachable") == pytest.approx(0.9875, abs=1e-6)
    closed = monitor.events("window_closed")
    assert [one["statement"] for one in closed][:2] == [1, 2]
    assert closed[0]["statuses"] == {"availability": "met", "reachable": "breached"}
    monitor.stop()
    monitor.start()
    until("a judged board", stated)
    assert stated() == len(monitor.events("window_closed")), "each hour is stated once"


async def test_reckoning_what_is_due_keeps_nobody_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million promises it takes long, and a replica that says nothing for so long loses its shards."""
    monitor, threads = await world.started(), set[threading.Thread]()
    reckon = monitor._workload.of

    def seen(*arguments: Any) -> tuple[Duty, ...]:
        threads.add(threading.current_thread())
        return reckon(*arguments)

    monkeypatch.setattr(monitor._workload, "of", seen)
    await world.work(monitor, START + HOUR)
    assert threads
    assert threading.main_thread() not in threads


async def test_what_fails_is_left_alone_for_a_while(world: World) -> None:
    monitor = await world.started()
    await world.work(monitor, START + HOUR)
    (key,) = {want.measurement.key for want in world.source.asked}
    world.source.faulty = {key: {START // DAY}}
    await world.work(monitor, START + HOUR + 60, 60)
    world.source.asked.clear()
    await world.work(monitor, START + HOUR + 65, 5)
    assert world.source.asked == [], "it rests"
    await world.work(monitor, START + 2 * HOUR)
    assert world.source.asked
