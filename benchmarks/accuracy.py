"""How far from the truth each way of measuring is, over realistic months (`python -m benchmarks.accuracy`)."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.forms import DAY, FORMS, Question, Span, raw_samples
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.rig.stories import Happened, Story, happen

START = 1_780_272_000  # 2026-06-01T00:00Z
FLOOR = "all raw samples"
OVER_FLOOR, UNDER_PLAIN = 1.5, 0.1
PLAIN, RATIOS = "sum of increase()", "mean of 5m ratios"

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


def measure(months: dict[Story, Happened], span: Span, url: str) -> Errors:
    errors: Errors = {FLOOR: [], **{name: [] for name in FORMS}}
    with ThreadPoolExecutor(2) as pool:
        for story, happened in months.items():
            question = Question(url, story.job, span, story.resolution)
            found = {name: pool.submit(form, question) for name, form in FORMS.items()}
            exact = truth(happened, span)
            errors[FLOOR].append(abs(raw_samples(happened.series, span) - exact))
            for name, answer in found.items():
                errors[name].append(abs(answer.result() - exact))
    return errors


def table(errors: Errors, days: int) -> Table:
    shown = Table(title=f"error of attainment, {len(errors[FLOOR])} seeds of {days} days")
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


def measured(chosen: argparse.Namespace) -> Errors:
    span = Span(START, START + chosen.days * DAY)
    began = time.monotonic()
    stories = [
        Story(job=f"service-{seed}", seed=seed, lazy_errors=not chosen.eager_errors) for seed in range(chosen.seeds)
    ]
    months = {story: happen(span.start, span.end, story) for story in stories}
    with tempfile.TemporaryDirectory() as folder, Prometheus(Path(folder)) as prometheus:
        count = push(prometheus.url, [one for happened in months.values() for one in happened.series])
        print(f"{count:,} samples made and loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)
        return measure(months, span, prometheus.url)


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    """Median errors, and how ours compares."""
    median = {name: float(np.median(found)) for name, found in measured(wanted).items()}
    ours = median["ours"]
    over = {"over the floor": ours / median[FLOOR], "under increase": median[PLAIN] / ours}
    return {**median, **over, "under ratios": median[RATIOS] / ours, "seeds": wanted.seeds, "days": wanted.days}


def main(argv: Sequence[str] | None = None) -> int:
    chosen = arguments(argv)
    console = Console()
    began = time.monotonic()
    errors = measured(chosen)
    console.print(table(errors, chosen.days))
    good = kept(errors)
    console.print(
        f"bars {'kept' if good else 'MISSED'}: ours <= {OVER_FLOOR} x floor and <= {UNDER_PLAIN} x increase()"
    )
    console.print(f"{time.monotonic() - began:.0f} s in all")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
