"""`python -m benchmarks.year`: a year of 1,000 objectives into a ledger that a daemon measures into meanwhile.

A real Prometheus is given the year, and goes on. The daemon measures each minute; `sla-monitor backfill` measures the
year as a process of its own, is killed on the way and started once more. Told is how long it took and what it said of
that before, the memory of both, and how late the daemon was. Then the ledger is held against what was counted, and the
log of the server against what had to be asked. Exit code 1 when something of that does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks import machine
from benchmarks.past import BLOCKS, Feed, Past, load
from benchmarks.shop import DAY, Shop
from benchmarks.watching import MINUTE, Backfill, Look, Watch
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.daemon.settings import load as settings_of
from sla_monitor.daemon.wiring import read_agreements
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.measuring import backfill
from sla_monitor.measuring.cycle import MOST_SLICES
from tests.faults.monitors import Monitor, until
from tests.rig.processes import Prometheus, PrometheusSetup

SCHEDULE: dict[str, Any] = {"catch_up_limit": "1d"}
"""What is older is left to the backfill."""
LATE = MINUTE
GAP = 4 * MINUTE
"""What is newer may not have been measured yet, or have been measured meanwhile."""
GROWTH = 1.5
"""What the daemon shows of the first statements takes a third of its memory once, however many follow."""
TROUBLE = {"warning", "error", "critical"}
PAUSE = 0.25
"""Seconds between two looks at everything else."""
SAMPLED = 25
"""Objectives of which each day is held against what was counted."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.year", description=__doc__)
    parser.add_argument("--objectives", type=int, default=1000, help="(default 1000)")
    parser.add_argument("--days", type=int, default=365, help="(default 365)")
    parser.add_argument("--scrape", type=int, default=60, help="seconds between samples (default 60)")
    parser.add_argument(
        "--kill", type=float, help="the backfill after so many seconds (default: at a third of the days)"
    )
    return parser.parse_args(argv)


def agreed(shop: Shop) -> str:
    """Every second one over the year, which the daemon so judges anew while it is filled in."""
    document: dict[str, Any] = yaml.safe_load(shop.agreements("{rolling: 30d}"))
    for customer in document["spec"]["customers"][1::2]:
        customer["overrides"] = {"objectives": [{"name": "availability", "window": {"rolling": "365d"}}]}
    return yaml.safe_dump(document, sort_keys=False)


def daemon(folder: Path, source: str, shop: Shop) -> Monitor:
    made = Monitor(folder, {})
    made.forked = False
    sources: Any = [{"name": "default", "url": source, "timeout": 120}]
    made.sections = {"sources": sources, "schedule": SCHEDULE}
    made.agree("shop", agreed(shop))
    return made


@dataclass(frozen=True)
class Entries:
    """What the ledger holds of the objectives, by their services' names."""

    url: str
    keys: Mapping[str, MeasurementKey]

    @contextmanager
    def book(self) -> Iterator[Book]:
        store = store_at(self.url)
        yield Book(store)
        store.close()

    def measured(self) -> list[Spans]:
        with self.book() as book:
            return list(book.measured(self.keys.values()).values())

    def size(self) -> int:
        """Bytes."""
        with self.book() as book:
            return book.store.size_bytes()

    def sums(self, name: str, span: Span) -> np.ndarray:
        """[good, bad or seconds that are known, day]."""
        with self.book() as book:
            found = book.slices(self.keys[name], span)
        columns = (found.good, found.total - found.good, found.known)
        return np.stack([column.reshape(-1, DAY // found.seconds).sum(axis=1) for column in columns])


def entries(monitor: Monitor, shop: Shop) -> Entries:
    agreements = read_agreements((monitor.agreements,), settings_of(monitor.config, {})).agreements
    by_name = {str(one.name): one.objectives[0].measurement.key for one in agreements}
    return Entries(f"sqlite:///{monitor.ledger}", {name: by_name[f"shop-{name}"] for name in shop.names})


def days(span: Span, measured: Iterable[Spans]) -> int:
    """Of all together, that are lacking wholly or in part."""
    return sum(-(-gap.end // DAY) - gap.start // DAY for one in measured for gap in Spans.of([span]).minus(one))


@dataclass(frozen=True)
class Pause:
    """Between both runs: seconds since the first start."""

    start: float
    end: float


def filled(watch: Watch, span: Span, held: Entries, kill: float | None, faults: list[str]) -> Pause:
    """Runs it twice; the first is killed."""
    with Backfill(watch.monitor, span) as first:
        while first.child.alive and not _due(watch, first, kill):
            time.sleep(PAUSE)
    killed, before = watch.now, held.measured()
    lacking = days(span, before)
    faults += newest_first(span, before)
    ended = "killed" if lacking else "through before it was killed"
    print(f"{ended} after {killed:.0f} s, with {lacking:,} of {watch.all:,} days lacking", flush=True)
    again = watch.now
    with Backfill(watch.monitor, span) as second:
        while second.child.alive:
            with suppress(OSError, StopIteration):  # it ends while it is looked at
                watch.look(second, watch.all - lacking)
            time.sleep(PAUSE)
    if second.code or f"measured {lacking} of {lacking} days" not in second.said:
        faults.append(f"it did not measure the {lacking} days that were lacking: {second.said[-200:]!r}")
    return Pause(killed, again)


def _due(watch: Watch, first: Backfill, kill: float | None) -> bool:
    with suppress(OSError, StopIteration):
        look = watch.look(first, 0)
        return look.share >= 1 / 3 if kill is None else look.at >= kill
    return False


def newest_first(span: Span, measured: Sequence[Spans]) -> Iterator[str]:
    """Faults: what is measured of each is the end of the span, and of none by more than a day more than of others."""
    inside = [one.within(span) for one in measured]
    if any(len(one.parts) > 1 or (one and one.parts[-1].end != span.end) for one in inside):
        yield "when it was killed, not the newest days were measured"
    begins = [one.parts[0].start if one else span.end for one in inside]
    if max(begins) - min(begins) > DAY:
        yield "when it was killed, some were days ahead of others"


def asked_again(asked: Iterable[Mapping[str, Any]], span: Span) -> int:
    """Days of which more was asked than of most. The daemon asks for none of the span."""
    past = [one["params"] for one in asked if 'code="500"' in one["params"]["query"]]
    times = Counter(one["end"] for one in past if rfc3339(span.start) < one["end"] <= rfc3339(span.end))
    return sum(one > np.median(list(times.values())) for one in times.values())


def ahead(shop: Shop) -> int:
    """Days of which something was asked for and not filed yet, at most."""
    portions = -(-shop.count // (MOST_SLICES * MINUTE // DAY))
    return -(-(backfill.AHEAD + portions - 1) // portions)


def not_counted(held: Entries, past: Past, span: Span) -> tuple[int, list[str]]:
    """Days held against the truth, and faults: a scrape lies on each border of a slice, so it is met exactly."""
    names, numbers = past.shop.names, range(span.start // DAY, span.end // DAY)
    chosen = range(0, len(names), max(1, len(names) // SAMPLED))
    faults = list[str]()
    for place in chosen:
        good, bad, known = held.sums(names[place], span)
        truth = np.stack([past.counted[number][:, place] for number in numbers], axis=1)
        if (apart := (truth != (good, bad)).any(axis=0) | (known != DAY)).any():
            faults.append(f"{names[place]} is not what was counted on {apart.sum()} of {len(apart)} days")
    return len(chosen) * len(numbers), faults


def memories(looks: Sequence[Look]) -> dict[str, float]:
    """Medians over a tenth of the days each, and what it was at most."""
    found = dict[str, float]()
    for who in ("backfill", "daemon"):
        for when, lower in (("in the first tenth", 0.0), ("in the middle", 0.45), ("in the last tenth", 0.9)):
            if some := [getattr(one, who)[0] for one in looks if lower <= one.share <= lower + 0.1]:
                found[f"{who}: megabytes {when}"] = float(np.median(some))
        found[f"{who}: megabytes at most"] = max(getattr(one, who)[1] for one in looks)
    return found


def promised(looks: Sequence[Look], ended: float, pause: Pause) -> dict[str, float]:
    """Seconds that the bar said were left, and that it was."""
    found = dict[str, float]()
    for share in (0.02, 0.1, 0.25, 0.5, 0.75):
        if one := next((one for one in looks if one.share >= share and one.left is not None), None):
            rest = pause.end - pause.start if one.at < pause.end else 0.0
            found[f"seconds left, as said after {one.share:.0%} of the days"] = one.left or 0.0
            found[f"seconds left, as it was after {one.share:.0%}"] = ended - rest - one.at
    return found


def loaded(url: str, past: Past, numbers: range) -> float:
    """Seconds."""
    began = time.monotonic()

    def tell(number: int) -> None:
        if number % 30 == 0:
            print(f"{time.monotonic() - began:6.0f} s: {number - numbers.start} of {len(numbers)} days", flush=True)

    load(url, past, numbers, tell)
    return time.monotonic() - began


def current(held: Entries, since: int) -> bool:
    return all(one and one.parts[-1].start <= since for one in held.measured())


@dataclass
class Year:
    """The servers, and what is told of them in the end. faults: what should hold, and does not."""

    wanted: argparse.Namespace
    stack: ExitStack
    found: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.past, self.today = Past(Shop(self.wanted.objectives, self.wanted.scrape)), machine.clock() // DAY
        self.span = Span((self.today - self.wanted.days) * DAY, self.today * DAY)

    def begin(self) -> None:
        setup = PrometheusSetup(flags=BLOCKS)
        self.source = self.stack.enter_context(Prometheus(self.folder / "prometheus", setup))
        numbers = range(self.today - self.wanted.days - 1, self.today)  # counted is what lies between two samples
        self.found["seconds of loading"] = loaded(self.source.url, self.past, numbers)
        self.stack.enter_context(Feed(self.source.url, self.past, self.today).going_on())
        made = daemon(self.folder / "monitor", self.source.url, self.past.shop)
        self.monitor, self.since = self.stack.enter_context(made), machine.clock() - DAY + GAP
        self.held = entries(self.monitor, self.past.shop)
        until("the daemon is current", lambda: current(self.held, self.since), 300, every=1)
        machine.until_quiet(self.source.pid)

    def fill(self) -> None:
        month = [f"shop-{name}" for name in self.past.shop.names[::2]]
        watch = Watch(self.monitor, month, self.wanted.objectives * self.wanted.days)
        pids = {"source": self.source.pid, "daemon": self.monitor.pid}
        before = {who: machine.spent(pid) for who, pid in pids.items()}
        with machine.reads(self.source) as read:
            pause = filled(watch, self.span, self.held, self.wanted.kill, self.faults)
            ended = watch.now
        seconds = ended - (pause.end - pause.start)
        self.found |= {"seconds of the backfill": seconds, "days an hour": self.wanted.days / seconds * 3600}
        self.found |= {f"{who}: core seconds": machine.spent(pid) - before[who] for who, pid in pids.items()}
        self.found |= {**promised(watch.looks, ended, pause), **memories(watch.looks)}
        if early := next((one for one in watch.looks if one.whole), None):
            self.found["seconds until windows of 30 days were whole"] = early.at
        for who in ("backfill", "daemon"):
            if last := self.found.get(f"{who}: megabytes in the last tenth"):
                growth = last / self.found.get(f"{who}: megabytes in the first tenth", last)
                self._hold(f"{who}: memory in the last tenth, against the first", growth, most=GROWTH)
        again = asked_again(read.asked, Span(self.span.start, self.span.end - DAY))
        self._hold("days of which something was asked for once more", again, most=ahead(self.past.shop))
        self._hold("daemon: seconds late at worst", late(watch.looks, self.wanted.scrape), most=LATE)
        self._hold("daemon: scrapes that it did not answer", watch.unanswered, most=0)
        told = (json.loads(line) for line in self.monitor.log.read_text().splitlines() if line.startswith("{"))
        self.found["daemon: warnings and errors in its log"] = sum(one.get("level") in TROUBLE for one in told)

    def check(self) -> None:
        count, apart = not_counted(self.held, self.past, self.span)
        self.faults += apart
        self.found["days of objectives held against what was counted"] = count
        whole = Span(self.span.start, machine.clock() - GAP - LATE)
        spans = self.held.measured()
        gaps = sum(Spans.of([whole]).minus(one).seconds for one in spans)
        self._hold("seconds that are lacking, of all objectives, up to now", gaps, most=0)
        size = self.held.size()
        slices = sum(one.seconds for one in spans) / MINUTE
        self.found |= {"ledger: megabytes": size / 1e6, "ledger: bytes a slice": size / slices}

    def _hold(self, name: str, value: float, most: float) -> None:
        self.found[name] = value
        if not value <= most:
            self.faults.append(f"{name}: {value:g} is more than {most:g}")


def late(looks: Sequence[Look], scrape: int) -> float:
    """Seconds at most that a slice was not measured though it had ended and settled, which takes two scrapes."""
    return max(0.0, *(one.age - MINUTE - max(30, 2 * scrape) for one in looks))


def main(argv: Sequence[str] | None = None) -> int:
    with ExitStack() as stack:
        year = Year(arguments(argv), stack)
        stack.callback(show, year)  # also of a run that fails later on
        year.begin()
        year.fill()
        year.check()
    return 1 if year.faults else 0


def show(year: Year) -> None:
    for name, value in year.found.items():
        print(f"{value:14.2f} {name}")
    for fault in year.faults:
        print(f"does not hold: {fault}")


if __name__ == "__main__":
    sys.exit(main())
