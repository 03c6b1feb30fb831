"""`python -m benchmarks.kinds`: what a promise costs a board that needs more of its window than sums, minute by minute.

Of each kind some promises over a short window and some over a long one, in one ledger: requests, probes and latencies
with noise and outages. Boards are made in this process by a clock of its own, a minute apart, after the first has taken
in the window. Beside it stands what judging them from all slices of the window costs, as `evaluate` does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.progress import track

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.bundles import Bundle, Measured, Wanted
from sla_monitor.compliance.slices import Block
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, AgreementName, Content, Measurement
from sla_monitor.daemon.settings import Settings
from sla_monitor.daemon.wiring import read_agreements
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.fleets import Fleet

MINUTE, DAY, STEPS = 60, 86_400, 4
END = 1_793_004_780
"""Some minutes after the full hour."""
RATIO, PROBE = "{ratio: {bad: 'bad$', total: 'all$'}}", "{probe: {series: 'probe$'}}"
VALUE, AMOUNT = "{value: {query: 'value$'}}", "{amount: {counter: 'sold$'}}"
KINDS = {
    "intervals, graded": (RATIO, "99.9%", "method: {intervals: {every: 5m, anchor: epoch}}"),
    "intervals, bad": (RATIO, "99.9%", "method: {intervals: {every: 5m, badWhen: '> 5%', anchor: epoch}}"),
    "runs of intervals": (RATIO, "99.9%", "method: {intervals: {every: 1m, badWhen: '> 5%', atLeast: 5m}}"),
    "whole minutes": (PROBE, "99.9%", "method: {time: {quantum: {of: 1m, mode: whole-clock}}}"),
    "spells of time": (PROBE, "99.9%", "method: {time: {atLeast: 5m}}"),
    "longest spell": (PROBE, "'<= 4h'", "method: {spells: {statistic: longest}}"),
    "mean": (VALUE, "'<= 45'", "method: mean"),
    "percentile": (VALUE, "'<= 45'", "method: {percentile: {p: 95}}"),
    "total": (AMOUNT, "'<= 500000000'", "method: total"),
    "credits by blocks": (PROBE, "99.9%", "credits: {perBlock: {every: 30m, credit: 5%}}"),
    "credits by days": (RATIO, "99.9%", "credits: {perSubwindow: {every: day, target: 90%, credit: 1/30}}"),
    "credits by failures": (
        RATIO,
        "99.9%",
        "credits: {escalation: {within: 12 months, failures: [{count: 2, credit: 20%}]}}",
    ),
}
AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: kind-{number}}}
spec:
  customer: Many
  term: {{from: 2025-01-01}}
  objectives:
    - name: promise
      target: {target}
      window: {{rolling: {days}d}}
      indicator: {indicator}
      {more}
"""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds", description=__doc__)
    parser.add_argument("--promises", type=int, default=12, help="of each kind (default 12)")
    parser.add_argument("--days", type=int, default=10, help="of the short window (default 10)")
    parser.add_argument("--long", type=int, default=90, help="days of the long one (default 90)")
    parser.add_argument("--boards", type=int, default=5, help="of which the median is told (default 5)")
    return parser.parse_args(argv)


@dataclass
class Scene:
    """A ledger of so many measurements of each content, as far as `now`."""

    book: Book
    bundles: list[Bundle]
    now: int
    rng: np.random.Generator

    def write(self, span: Span) -> None:
        for bundle in self.bundles:
            at = np.arange(span.start, span.end, MINUTE, dtype=np.int64)
            self.book.file([Measured(Wanted(bundle, span), self._block(bundle.measurements[0], len(bundle), at))])
        self.now = span.end

    def _block(self, measurement: Measurement, count: int, at: np.ndarray) -> Block:
        shape, known = (count, len(at)), np.full((count, len(at)), MINUTE, np.int64)
        down = (at // MINUTE + 7 * np.arange(count)[:, None]) % 4000 < 20  # twenty minutes every three days
        if measurement.holds is Content.SECONDS:
            states = (self.rng.random((*shape, STEPS)) > 1e-4) & ~down[..., None]
            good = states.sum(axis=2) * float(MINUTE // STEPS)
            return Block(MINUTE, at, good, known.astype(float), known, states.astype(float))
        if measurement.holds is Content.VALUES:
            states = self.rng.gamma(4.0, 8.0, (*shape, STEPS))
            return Block(MINUTE, at, states.sum(axis=2), np.full(shape, float(STEPS)), known, states)
        total = self.rng.poisson(300, shape).astype(float)
        bad = self.rng.binomial(total.astype(np.int64), 5e-4) + down * np.floor(total / 10)
        return Block(MINUTE, at, total if measurement.holds is Content.AMOUNT else total - bad, total, known)


def agreed(folder: Path, kind: str, days: int, count: int) -> list[Agreement]:
    indicator, target, more = KINDS[kind]
    for number in range(count):
        text = AGREEMENT.format(
            number=number, target=target, days=days, indicator=indicator.replace("$", str(number)), more=more
        )
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    read = read_agreements((folder,), Settings())
    if read.faults:
        raise ValueError(f"{kind}: {read.faults[0]}")
    return [replace(one, name=AgreementName(f"{one.name}-{days}")) for one in read.agreements]


def scene(folder: Path, wanted: argparse.Namespace) -> Scene:
    store = store_at(f"sqlite:///{folder / 'ledger.db'}")
    store.prepare()
    (folder / "agreed").mkdir()
    bundles = []
    for indicator in (RATIO, PROBE, VALUE, AMOUNT):
        kind = next(name for name, one in KINDS.items() if one[0] == indicator)
        promised = agreed(folder / "agreed", kind, wanted.days, wanted.promises)
        bundles.append(Bundle([one.objectives[0].measurement for one in promised]))
    made = Scene(Book(store), bundles, END, np.random.default_rng(1))
    first = END // DAY - wanted.long - 4
    for day in track(range(first, END // DAY + 1), "filling", disable=not sys.stderr.isatty()):
        made.write(Span(day * DAY, min(END, (day + 1) * DAY)))
    return made


def boards(made: Scene, promised: list[Agreement], fleet: Fleet | None, count: int) -> Iterator[float]:
    """Milliseconds of a promise, in each of so many boards, a minute apart."""
    for _ in range(count):
        began = time.process_time()
        assess(promised, made.book, made.now, lambda _: 0, Timetable(), fleet=fleet)
        yield (time.process_time() - began) * 1000 / len(promised)
        made.write(Span(made.now, made.now + MINUTE))


def costs(made: Scene, promised: list[Agreement], count: int) -> tuple[float, float, float]:
    """Of a promise: the first board, each board since, and one from all slices."""
    fleet = Fleet(made.book.sheets)
    first, *since = boards(made, promised, fleet, 1 + count)
    (whole,) = boards(made, promised, None, 1)
    return first, statistics.median(since), whole


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    """Milliseconds a promise of each kind; `growth`: of the kind that grows most, long window against short."""
    told: dict[str, float] = {"days": wanted.days, "long": wanted.long}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = scene(folder, wanted)
        for kind in track(KINDS, "judging", disable=not sys.stderr.isatty()):
            for length, days in (("short", wanted.days), ("long", wanted.long)):
                promised = agreed(folder / "agreed", kind, days, wanted.promises)
                values = costs(made, promised, wanted.boards)
                told |= dict(
                    zip((f"{kind}: {length} {each}" for each in ("first", "since", "whole")), values, strict=True)
                )
    most = {kind: told[f"{kind}: long since"] for kind in KINDS}
    growth = {kind: most[kind] / told[f"{kind}: short since"] for kind in KINDS}
    saved = [told[f"{kind}: long whole"] / most[kind] for kind in KINDS]
    dearest, grown = max(most, key=lambda kind: most[kind]), max(growth, key=lambda kind: growth[kind])
    summary = {"growth": growth[grown], "seconds of 10,000": most[dearest] * 10, "saved": statistics.median(saved)}
    return told | summary | {"mean seconds of 10,000": statistics.mean(most.values()) * 10}


def main(argv: Sequence[str] | None = None) -> int:
    wanted = arguments(argv)
    found = figures(wanted)
    print(f"{'milliseconds a promise':24}{wanted.days:>6} days {wanted.long:>6} days   growth  from all slices")
    for kind in KINDS:
        short, long, whole = (found[f"{kind}: {one}"] for one in ("short since", "long since", "long whole"))
        print(f"{kind:24}{short:11.2f} {long:11.2f} {long / short:8.1f} {whole:15.1f}")
    print(f"{found['growth']:.1f} times at most for {wanted.long / wanted.days:.0f} times the window")
    return 0


if __name__ == "__main__":
    sys.exit(main())
