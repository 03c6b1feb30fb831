"""`python -m benchmarks.exposition`: a scrape of many objectives, against labelled gauges of prometheus-client.

A board of objectives whose numbers all differ, and of which all change with the next. The other side holds a gauge a
metric and a child a series, sets each, and writes them by `generate_latest`: of every series the board has, and of
twelve an objective. Both begin with the board, whose exact fractions become floats by the same functions. Processor
seconds of this process, the best of some rounds of each, taken by turns.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.terms import AgreementName
from sla_monitor.publishing.exposition import Exposition
from sla_monitor.publishing.formats import Format
from sla_monitor.publishing.labelling import Labelling
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.pictures import PICTURES, Groups, pictures
from sla_monitor.publishing.series import Family
from sla_monitor.publishing.squeezing import Piece, Squeezed
from tests.publishing import boards
from tests.publishing.boards import Contract, Story

BAR = 10.0
TWELVE = (
    "sla_target_ratio",
    "sla_attainment_ratio",
    "sla_good",
    "sla_total",
    "sla_error_budget_remaining_ratio",
    "sla_error_budget_allowed",
    "sla_error_budget_used",
    "sla_coverage_ratio",
    "sla_coverage_min_ratio",
    "sla_excluded_seconds",
    "sla_breach_certain",
    "sla_window_end_timestamp_seconds",
)
PLAIN = Format.asked("")


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exposition", description=__doc__)
    parser.add_argument("--objectives", type=int, default=10_000, help="each of a customer of its own (default 10000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts (default 3)")
    return parser.parse_args(argv)


def board_of(count: int) -> Board:
    (one,) = boards.board(Contract(name="a", stories=(Story(remedy=boards.REMEDY, warn_at="99.95%"),))).entries
    agreement = one.current.agreement
    agreements = [replace(agreement, name=AgreementName(f"sla-{n}"), customer=f"Customer {n}") for n in range(count)]
    current = [replace(one, current=replace(one.current, agreement=each)) for each in agreements]
    return Board(entries=tuple(current), agreements=tuple(agreements), at=boards.AT)


def moved(board: Board, chance: random.Random) -> Board:
    """A minute later: each number is another one."""
    return replace(board, entries=tuple(_moved(entry, chance) for entry in board.entries))


def _moved(entry: Entry, chance: random.Random) -> Entry:
    total, bad = Fraction(chance.randrange(10**5, 10**7), 7), Fraction(chance.randrange(1, 10**4), 11)
    good, coverage = total - bad, Fraction(chance.randrange(9000, 10_000), 10_001)
    standing = replace(
        entry.current,
        attainment=good / total,
        bounds=(good / total * coverage, 1 - bad / total * coverage),
        good=good,
        total=total,
        coverage=coverage,
        budget=Budget(total / 1000, bad),
        burn_rates={lookback: chance.random() * 3 for lookback in LOOKBACKS},
    )
    return replace(entry, current=standing)


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


class Ours:
    """As the daemon answers."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.exposition = Exposition(lambda: self.board, MonitorMetrics(CollectorRegistry(), "0"), 10**9)

    def families(self) -> list[Family]:
        return pictures(self.board)

    def scrape(self) -> bytes:
        return self.exposition.answer(PLAIN, squeezed=False)

    def squeezed(self) -> bytes:
        return self.exposition.answer(PLAIN, squeezed=True)


class Some(Ours):
    """Only the twelve, of the same board and as they are written there; not kept, so each scrape is a first one."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.labelling = Labelling()

    def families(self) -> list[Family]:
        labels, _ = self.labelling.of_entries(self.board.entries)
        groups = Groups(labels, [entry.current for entry in self.board.entries])
        return [picture.of(groups) for picture in PICTURES if picture.name in TWELVE]

    def texts(self) -> Iterator[bytes]:
        return (text for family in self.families() for text in PLAIN.write(family))

    def scrape(self) -> bytes:
        return b"".join(self.texts())

    def squeezed(self) -> bytes:
        return Squeezed.of(Piece.of([text]) for text in self.texts()).ended(b"")


class Gauges:
    """What the client's documentation tells to do."""

    def __init__(self, families: Sequence[Family]) -> None:
        self.registry = CollectorRegistry()
        self.gauges = [Gauge(f.series, f.help, _labels(f), registry=self.registry) for f in families if f.size]
        # Read from the texts of ours before anybody looks at the clock.
        columns = [column for family in families for column in family.columns]
        self.values = {(one.before, one.after): tuple(one.pairs.values()) for c in columns for one in c.labels}

    def set(self, families: Sequence[Family]) -> None:
        for gauge, family in zip(self.gauges, (f for f in families if f.size), strict=True):
            for column in family.columns:
                extra = () if column.extra is None else (column.extra[1],)
                for labels, value in zip(column.labels, column.values, strict=True):
                    gauge.labels(*self.values[labels.before, labels.after], *extra).set(value)

    def scrape(self) -> bytes:
        return generate_latest(self.registry)


def _labels(family: Family) -> list[str]:
    column = next(column for column in family.columns if column.values)
    return [*column.labels[0].pairs, *([column.extra[0]] if column.extra else [])]


def measured(made: Callable[[Board], Ours], board: Board, rounds: int) -> dict[str, float]:
    """Milliseconds, and how many times less of them than with gauges."""
    chance = random.Random(4)
    ours = made(board)
    taken: dict[str, list[float]] = {"the first scrape": [seconds(ours.scrape)]}
    gauges = Gauges(ours.families())
    for _ in range(rounds):
        ours.board = moved(ours.board, chance)
        works: dict[str, Callable[[], object]] = {
            "a new board": ours.scrape,
            "the same again": ours.scrape,
            "a new board, squeezed": ours.squeezed,
            "the same again, squeezed": ours.squeezed,
            "gauges set": lambda: gauges.set(ours.families()),
            "gauges written": gauges.scrape,
            "gauges squeezed": lambda: gzip.compress(gauges.scrape(), 1),
        }
        for name, work in works.items():
            taken.setdefault(name, []).append(seconds(work))
    best = {name: round(min(each) * 1000, 2) for name, each in taken.items()}
    return best | {
        "series": sum(family.size for family in ours.families()),
        "megabytes": round(len(ours.scrape()) / 1e6, 2),
        "megabytes squeezed": round(len(ours.squeezed()) / 1e6, 2),
        "ratio": round((best["gauges set"] + best["gauges written"]) / best["a new board"], 1),
        "ratio squeezed": round((best["gauges set"] + best["gauges squeezed"]) / best["a new board, squeezed"], 1),
        **({} if made is Some else {"ratio of a minute": round(_minute(best), 1)}),
    }


def _minute(best: dict[str, float]) -> float:
    """A change of the board and four scrapes, as by one Prometheus with its usual interval."""
    ours = best["a new board, squeezed"] + 3 * best["the same again, squeezed"]
    return (best["gauges set"] + 4 * best["gauges squeezed"]) / ours


def found(wanted: argparse.Namespace) -> dict[str, dict[str, float]]:
    board = moved(board_of(wanted.objectives), random.Random(3))
    twelve = measured(Some, board, wanted.rounds)
    return {"twelve series each": twelve, "all series": measured(Ours, board, wanted.rounds)}


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    """Of both, with how many objectives there were."""
    each = found(wanted)
    flat = {f"{name} of {what}": value for what, one in each.items() for name, value in one.items()}
    return {**flat, "objectives": wanted.objectives}


def main(argv: Sequence[str] | None = None) -> dict[str, dict[str, float]]:
    wanted = arguments(argv)
    each = found(wanted)
    for what, one in each.items():
        print(f"{wanted.objectives} objectives, {what} (ratio: bar {BAR:.0f})")
        for name, figure in one.items():
            print(f"{name:>26} {figure:12,.1f}")
    return each


if __name__ == "__main__":
    sys.exit(any(one["ratio"] < BAR for one in main().values()))
