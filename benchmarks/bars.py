"""What the figures are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A benchmark in a process of its own, ended after so many seconds where all of them have a quarter of an hour."""

    name: str
    module: str
    arguments: tuple[str, ...]
    seconds: int


# Those that take longest come last: what they do not get to do is told.
RUNS = (
    Run("exposition", "exposition", ("--rounds", "2"), 80),
    Run("ledger", "ledger", (), 60),
    Run("cycle", "cycle", (), 75),
    Run("kinds", "kinds", ("--promises", "8"), 70),
    Run("accuracy", "accuracy", (), 120),
    Run("backfill", "backfill", (), 90),
    Run("peers", "peers", (), 430),
    Run("cycle of 100,000", "cycle", ("--customers", "100000", "--cycles", "1"), 175),
    Run("fleet", "fleet", (), 160),
)


@dataclass(frozen=True)
class Bar:
    """`figure` of `run` has to be at least, or at most, `bound`. `beside` shows what it was made of.

    `whole`: a figure and what it has to be at least, else the bar was not put to the test in full.
    """

    what: str
    run: str
    figure: str
    bound: float
    unit: str
    beside: str
    at_least: bool = False
    whole: tuple[str, float] | None = None

    def in_full(self, figures: Figures) -> bool:
        return self.whole is None or float(figures[self.whole[0]]) >= self.whole[1]

    def met(self, figures: Figures) -> bool:
        value = float(figures[self.figure])
        return value >= self.bound if self.at_least else value <= self.bound

    def shown(self, figures: Figures) -> str:
        return f"{number(float(figures[self.figure]))}{self.unit}"

    @property
    def shown_bound(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.bound)}{self.unit}"


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


TIMES = " times"
BARS = (
    Bar("Refresh of {slos} SLOs over {days} days, once current: wall time less than slo-generator's",
        "peers", "seconds ratio", 500, TIMES,
        "{ours seconds:.3f} s; slo-generator {slo-generator seconds:.1f} s", at_least=True),
    Bar("The same: samples that Prometheus reads, fewer than for slo-generator",
        "peers", "samples ratio", 1000, TIMES,
        "{ours samples:,.0f}; slo-generator {slo-generator samples:,.0f}", at_least=True),
    Bar("{slos} SLOs of one shape, each minute: processor time of Prometheus less than for Sloth's rules",
        "peers", "one shape ratio", 500, TIMES,
        "{ours source seconds:.4f} s a minute; rules {sloth source seconds a minute:.2f} s", at_least=True),
    Bar("The same of {slos} different shapes",
        "peers", "many shapes ratio", 20, TIMES,
        "{ours of many, source seconds:.3f} s a minute; rules {sloth of many, source seconds:.1f} s",
        at_least=True),
    Bar("A cycle of {objectives:,} objectives from one grouped query: client's processor time, against orjson alone",
        "cycle", "times", 10, TIMES, "{whole:.0f} ms; orjson {orjson alone:.1f} ms"),
    Bar("The same of {objectives:,}", "cycle of 100,000", "times", 12, TIMES,
        "{whole:,.0f} ms; orjson {orjson alone:.0f} ms"),
    Bar("The same: peak memory", "cycle of 100,000", "peak MiB", 1.2 * 1024, " MiB", "whole process"),
    Bar("What needs more of its window than sums, each minute: {long} days against {days}, of the kind that grows most",
        "kinds", "growth", 4.5, TIMES, "from all slices of {long} days, in the median, {saved:.0f} times as much"),
    Bar("10,000 of them, as many of each kind: processor time of a board", "kinds", "mean seconds of 10,000", 60, " s",
        "were all of the dearest kind {seconds of 10,000:.0f} s"),
    Bar("Ledger: a slice of a minute, {days} days of requests", "ledger", "bytes a slice of requests", 4, " bytes",
        "of probes {bytes a slice of probes:.2f} bytes"),
    Bar("Cold start to correct standings, {objectives:,} objectives, {days:.0f} days of ledger", "fleet",
        "start seconds", 8, " s", "the daemon's process to its first answer; processor time {start core seconds:.2f} s",
        whole=("days", 30)),
    Bar("`/metrics` of {objectives:,} objectives, 12 series each, faster than labelled gauges of prometheus-client",
        "exposition", "ratio of twelve series each", 10, TIMES,
        "{a new board of twelve series each:.1f} ms; of all series {ratio of all series:.1f} times", at_least=True),
    Bar("Memory of the daemon, {objectives:,} objectives, all running", "fleet", "megabytes", 400, " MB",
        "at most {megabytes at most:,.0f} MB, from its start on"),
    Bar("Backfill of {objectives:,} objectives, {days} days, one grouped query: the source's own share of the time",
        "backfill", "share", 0.7, "", "{source seconds:.1f} s of {seconds:.1f} s", at_least=True),
    Bar("Error of attainment, median of {seeds} months with incidents: against exact arithmetic on all raw samples",
        "accuracy", "over the floor", 1.5, TIMES,
        "{ours:.1e}; floor {all raw samples:.1e}; harder months {harder over the floor:.2f} times"),
    Bar("The same: less than of sums of plain `increase()`", "accuracy", "under increase", 10, TIMES,
        "{ours:.1e}; increase {sum of increase():.1e}; harder months {harder under increase:.1f} times",
        at_least=True),
    Bar("The same: less than of the mean of five-minute ratios", "accuracy", "under ratios", 100, TIMES,
        "{ours:.1e}; mean {mean of 5m ratios:.1e}; harder months {harder under ratios:.1f} times", at_least=True),
)  # fmt: skip
