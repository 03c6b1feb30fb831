"""`python -m benchmarks.peers`: keeping promises current, beside slo-generator and beside the rules of Sloth.

One real Prometheus with a month of history of services that count requests. What a refresh takes and reads: of
slo-generator, a run of its command; of Sloth's rules, an evaluation of all; of ours, a tick of the running monitor,
caught up before.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from benchmarks import machine, slogenerator, sloth
from benchmarks.ours import COUNTED, Ours, Refreshed
from benchmarks.shop import DAY, Shop, without_up
from sla_monitor.daemon import memory
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import push

Figures = dict[str, float]
AHEAD = 45 * 60
"""Seconds of history that lie in the future at the start. Rules could not write any more an hour behind the newest."""
MARGIN = 4 * DAY
"""Sloth's windows over raw samples reach back three days."""
PERIOD = "30 days"
PEERS = ("ours", "slo-generator")
FEW = 20
"""SLOs of which the length of the window is plotted: the peers take minutes for as many as all."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--slos", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--days", type=int, default=30, help="of history, and of the window (default 30)")
    parser.add_argument("--scrape", type=int, default=15, help="seconds between samples (default 15)")
    parser.add_argument("--refreshes", type=int, default=20, help="of ours, of which the median is told (default 20)")
    parser.add_argument("--seconds", type=int, default=60, help="how long the rules are watched (default 60)")
    parser.add_argument("--command", type=Path, default=slogenerator.COMMAND, help="slo-generator's")
    return parser.parse_args(argv)


@dataclass(frozen=True)
class Arena:
    """What the peers compete on."""

    wanted: argparse.Namespace
    server: Prometheus
    folder: Path
    alike: Shop
    unlike: Shop
    ends: dict[Path, int] = field(default_factory=dict)
    """Until when each ledger is measured."""

    @property
    def pid(self) -> int:
        return self.server.running.pid

    @property
    def url(self) -> str:
        return self.server.url

    def load(self) -> int:
        now = machine.clock()
        begin = now - (self.wanted.days + 1) * DAY
        alike = self.alike.history(begin, now + AHEAD)
        unlike = self.unlike.history(max(begin, now - MARGIN), now + AHEAD)
        recorded = list(sloth.recorded(alike, begin))
        recorded = [replace(one, timestamps_ms=one.timestamps_ms[past], values=one.values[past])
                    for one in recorded for past in [one.timestamps_ms < now * 1000]]  # fmt: skip
        return push(self.url, [*alike.series(), *without_up(unlike.series()), *recorded])

    def of(self, slos: int) -> Arena:
        """With so many SLOs."""
        return replace(self, wanted=argparse.Namespace(**{**vars(self.wanted), "slos": slos}))

    def window(self, days: int) -> str:
        return f"{{rolling: {days}d}}"


async def ours(arena: Arena, shop: Shop, count: int, days: int, refreshes: int) -> Refreshed:
    """Caught up first with what the window needs, where it was not before."""
    folder = arena.folder / ("unlike" if shop.many else "alike")
    # Up to now by the wall clock, at which the others ask; or on from where the last run over this ledger ended.
    begin = machine.clock() // 60 * 60 - 60 * (refreshes + COUNTED)
    begin = max(begin, arena.ends.get(folder, 0))
    async with Ours(folder, arena.url, shop.agreements(arena.window(days), count), begin + 60, days + 1) as monitor:
        await monitor.refresh()
        machine.until_quiet(arena.pid)
        found = await monitor.refreshed(refreshes, arena.server)
        arena.ends[folder] = monitor.clock.now
        return found


def theirs(arena: Arena, count: int, steps: dict[str, tuple[int, float]]) -> tuple[slogenerator.Reported, int]:
    with tempfile.TemporaryDirectory(dir=arena.folder) as made:
        slogenerator.prepare(Path(made), arena.url, arena.alike, count, steps)
        reported = slogenerator.run(Path(made), arena.wanted.command)
        with machine.reads(arena.server) as read:
            slogenerator.run(Path(made), arena.wanted.command)
        return reported, read.samples


def against_slo_generator(arena: Arena) -> Figures:
    """Ours before and after, since no machine is as quick from one minute to the next."""
    days, slos, half = arena.wanted.days, arena.wanted.slos, -(-arena.wanted.refreshes // 2)
    before = asyncio.run(ours(arena, arena.alike, slos, days, half))
    steps = {**slogenerator.LOOKBACKS, PERIOD: (days * DAY, 1)}
    reported, samples = theirs(arena, slos, steps)
    mine = before.joined(asyncio.run(ours(arena, arena.alike, slos, days, half)))
    return {
        "ours seconds": mine.seconds,
        "ours samples": mine.samples,
        "ours source seconds": mine.source_seconds,
        "slo-generator seconds": reported.seconds,
        "slo-generator samples": samples,
        "seconds ratio": reported.seconds / mine.seconds,
        "samples ratio": samples / mine.samples,
        "attainments differ by at most": differences(mine, reported),
        "attainments compared": float(len(reported.attainments) / len(steps)),
    }


def differences(mine: Refreshed, reported: slogenerator.Reported) -> float:
    """Of the attainment over the whole window, the most of all objectives; both have to know it of all."""
    found = []
    for entry in mine.board.entries:
        known, said = entry.current.attainment, reported.attainments[entry.current.agreement.customer, PERIOD]
        if known is None:
            raise ValueError(f"our attainment of {entry.current.agreement.name} is unknown")
        found.append(abs(float(known) - said))
    return max(found)


def under_rules(arena: Arena, shop: Shop) -> float:
    """Processor seconds of Prometheus a minute, while it evaluates Sloth's rules and does nothing else."""
    path = sloth.write(arena.folder / f"sloth-{shop.many}.yaml", shop, arena.wanted.slos)
    arena.server.configure(replace(arena.server.setup, rule_files=[path], evaluation_interval=f"{sloth.INTERVAL}s"))
    # Groups begin by and by, within an interval; then each minute is like the others.
    time.sleep(sloth.INTERVAL + 2)
    began, before = time.monotonic(), machine.spent(arena.pid)
    time.sleep(arena.wanted.seconds)
    spent = (machine.spent(arena.pid) - before) / (time.monotonic() - began) * 60
    _complain_of_failures(arena.url)
    arena.server.configure(replace(arena.server.setup, rule_files=[]))
    return spent


def _complain_of_failures(url: str) -> None:
    groups = httpx.get(f"{url}/api/v1/rules", timeout=60, trust_env=False).json()["data"]["groups"]
    broken = [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"]
    if broken or not groups:
        raise ValueError(f"{len(broken)} rules of Sloth are not healthy: {broken[:1]}")


def idle(arena: Arena, seconds: float = 10) -> float:
    """Processor seconds of Prometheus a minute while nobody asks."""
    before = machine.spent(arena.pid)
    time.sleep(seconds)
    return (machine.spent(arena.pid) - before) * 60 / seconds


def against_sloth(arena: Arena, mine: Figures) -> Figures:
    machine.until_quiet(arena.pid)
    rest = idle(arena)
    alike = under_rules(arena, arena.alike) - rest
    unlike = under_rules(arena, arena.unlike) - rest
    each = asyncio.run(ours(arena, arena.unlike, arena.wanted.slos, 1, arena.wanted.refreshes))
    return {
        "idle source seconds a minute": rest,
        "sloth source seconds a minute": alike,
        "sloth of many, source seconds": unlike,
        "ours of many, source seconds": each.source_seconds,
        "one shape ratio": alike / mine["ours source seconds"],
        "many shapes ratio": unlike / each.source_seconds,
    }


def evaluated(arena: Arena, period: str) -> Figures:
    """Seconds of evaluating all expressions of Sloth's rules once, one after the other, and the samples they read."""
    expressions = sloth.expressions(arena.alike, arena.wanted.slos, period)
    with machine.reads(arena.server) as read, httpx.Client(base_url=arena.url, timeout=120, trust_env=False) as client:
        began = time.perf_counter()
        for expr in expressions:
            client.post("/api/v1/query", data={"query": expr, "time": str(machine.clock())}).raise_for_status()
        took = time.perf_counter() - began
    return {"sloth seconds": took, "sloth samples": read.samples}


def point(arena: Arena, days: int, steps: dict[str, tuple[int, float]]) -> Figures:
    """What a refresh of the three costs."""
    slos = arena.wanted.slos
    mine = asyncio.run(ours(arena, arena.alike, slos, days, 3))
    with tempfile.TemporaryDirectory(dir=arena.folder) as made, machine.reads(arena.server) as read:
        slogenerator.prepare(Path(made), arena.url, arena.alike, slos, steps)
        took = slogenerator.run(Path(made), arena.wanted.command).seconds
    return {
        "slos": slos, "days": days, "ours seconds": mine.seconds, "ours samples": mine.samples,
        "slo-generator seconds": took, "slo-generator samples": read.samples, **evaluated(arena, f"{days}d"),
    }  # fmt: skip


def curves(arena: Arena, whole: Figures) -> dict[str, list[Figures]]:
    """Against the number of SLOs, of which that of all is known, and the length of the window alone, of a few SLOs."""
    slos, days = arena.wanted.slos, arena.wanted.days
    steps = {**slogenerator.LOOKBACKS, PERIOD: (days * DAY, 1)}
    spans = [span for span in (1, 7, days) if span <= days]
    shown = {f"{who} {what}": whole[f"{who} {what}"] for who in PEERS for what in ("seconds", "samples")}
    return {
        "by count": [
            *(point(arena.of(count), days, steps) for count in (1, 10) if count < slos),
            {"slos": slos, "days": days, **shown, **evaluated(arena, f"{days}d")},
        ],
        "by days": [point(arena.of(min(slos, FEW)), span, {PERIOD: (span * DAY, 1)}) for span in spans],
    }


def telling() -> Callable[[str], None]:
    """What is done is told with the seconds since the start."""
    began = time.monotonic()
    return lambda done: print(f"{time.monotonic() - began:5.0f} s: {done}", file=sys.stderr, flush=True)


def figures(wanted: argparse.Namespace) -> dict[str, object]:
    slos, days = wanted.slos, wanted.days
    alike, unlike = Shop(slos, wanted.scrape), Shop(slos, wanted.scrape, many=True)
    memory.spare()  # as the daemon does
    with (
        tempfile.TemporaryDirectory() as folder,
        Prometheus(Path(folder) / "prometheus", PrometheusSetup()) as server,
    ):
        arena = Arena(wanted, server, Path(folder), alike, unlike)
        say = telling()
        say(f"{arena.load():,} samples loaded")
        machine.until_quiet(arena.pid)
        found = against_slo_generator(arena)
        say("beside slo-generator")
        found |= against_sloth(arena, found)
        say("beside Sloth")
        drawn = curves(arena, found)
        say("the plots")
    return {**found, "slos": slos, "days": days, **drawn}


def main(argv: Sequence[str] | None = None) -> int:
    found = figures(arguments(argv))
    for name, value in found.items():
        print(f"{name:>46} {value:.6g}" if isinstance(value, int | float) else f"{name:>46} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
