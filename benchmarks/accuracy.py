"""How far from the truth each way of measuring is, over realistic months (`python -m benchmarks.accuracy`).

Each month is told twice, as it was and without the incidents: the same requests, of which fewer fail.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.forms import DAY, FORMS, Question, Span, raw_samples
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push
from tests.rig.stories import Happened, Incidents, Story, happen

START = 1_780_272_000  # 2026-06-01T00:00Z
FLOOR = "all raw samples"
OVER_FLOOR, UNDER_PLAIN = 1.5, 0.1
PLAIN, RATIOS = "sum of increase()", "mean of 5m ratios"
EVENTFUL, QUIET = "eventful", "quiet"

Errors = dict[str, list[float]]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many months (default 10)")
    parser.add_argument("--days", type=int, default=30, help="days in a month (default 30)")
    parser.add_argument("--eager-errors", action="store_true", help="error counters exist from a process' start")
    return parser.parse_args(argv)


def truth(happened: Happened, span: Span) -> float:
    good, total = happened.between(span.start, span.end)
    return good / total


@dataclass(frozen=True)
class Month:
    """What is known of one beside its samples."""

    story: Story
    exact: float
    floor: float

    @classmethod
    def of(cls, story: Story, happened: Happened, span: Span) -> Month:
        return cls(story, truth(happened, span), raw_samples(happened.series, span))


def told(span: Span, story: Story) -> tuple[Month, list[Series]]:
    happened = happen(span.start, span.end, story)
    return Month.of(story, happened, span), happened.series


def measure(months: dict[Story, Happened], span: Span, url: str) -> Errors:
    return asked([Month.of(story, happened, span) for story, happened in months.items()], span, url)


def asked(months: Iterable[Month], span: Span, url: str) -> Errors:
    errors: Errors = {FLOOR: [], **{name: [] for name in FORMS}}
    with ThreadPoolExecutor(2) as pool:
        for month in months:
            question = Question(url, month.story.job, span, month.story.resolution)
            found = {name: pool.submit(form, question) for name, form in FORMS.items()}
            errors[FLOOR].append(abs(month.floor - month.exact))
            for name, answer in found.items():
                errors[name].append(abs(answer.result() - month.exact))
    return errors


def table(errors: Errors, what: str) -> Table:
    shown = Table(title=f"error of attainment, {what}")
    for column in ("form", "median", "worst", "x floor"):
        shown.add_column(column, justify="left" if column == "form" else "right")
    floor = float(np.median(errors[FLOOR]))
    for name, found in errors.items():
        median = float(np.median(found))
        shown.add_row(name, f"{median:.1e}", f"{max(found):.1e}", f"{median / floor:.2f}")
    return shown


def kept(errors: Errors) -> bool:
    median = {name: float(np.median(found)) for name, found in errors.items()}
    return median["ours"] <= OVER_FLOOR * median[FLOOR] and median["ours"] <= UNDER_PLAIN * median[PLAIN]


def stories(chosen: argparse.Namespace) -> list[Story]:
    return [
        Story(f"{name}-{seed}", seed, lazy_errors=not chosen.eager_errors, incidents=incidents)
        for name, incidents in ((EVENTFUL, Incidents()), (QUIET, None))
        for seed in range(chosen.seeds)
    ]


def measured(chosen: argparse.Namespace) -> dict[str, Errors]:
    """Of the months with incidents, and of those without."""
    span = Span(START, START + chosen.days * DAY)
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        months, series = zip(*pool.map(partial(told, span), stories(chosen)), strict=True)
    with tempfile.TemporaryDirectory() as folder, Prometheus(Path(folder)) as prometheus:
        count = push(prometheus.url, [one for part in series for one in part])
        print(f"{count:,} samples made and loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)
        eventful, quiet = months[: chosen.seeds], months[chosen.seeds :]
        return {name: asked(part, span, prometheus.url) for name, part in ((EVENTFUL, eventful), (QUIET, quiet))}


def compared(errors: Errors) -> dict[str, float]:
    """Median errors, and how ours compares."""
    median = {name: float(np.median(found)) for name, found in errors.items()}
    ours = median["ours"]
    over = {"over the floor": ours / median[FLOOR], "under increase": median[PLAIN] / ours}
    return {**median, **over, "under ratios": median[RATIOS] / ours}


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    found = measured(wanted)
    quiet = {f"{QUIET} {name}": value for name, value in compared(found[QUIET]).items()}
    return {**compared(found[EVENTFUL]), **quiet, "seeds": wanted.seeds, "days": wanted.days}


def main(argv: Sequence[str] | None = None) -> int:
    chosen = arguments(argv)
    console = Console()
    began = time.monotonic()
    found = measured(chosen)
    for name, errors in found.items():
        console.print(table(errors, f"{chosen.seeds} {name} months of {chosen.days} days"))
        ratios = compared(errors)["under ratios"]
        bars = f"ours <= {OVER_FLOOR} x floor and <= {UNDER_PLAIN} x increase()"
        console.print(f"bars {'kept' if kept(errors) else 'MISSED'}: {bars}; mean of ratios is {ratios:.1f} x ours")
    console.print(f"{time.monotonic() - began:.0f} s in all")
    return 0 if all(map(kept, found.values())) else 1


if __name__ == "__main__":
    sys.exit(main())
