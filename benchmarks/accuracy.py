"""How far from the truth each way of measuring is, over realistic months (`python -m benchmarks.accuracy`).

In every month there are bursts, restarts, new and ended pods, scrape jitter, lost and failed scrapes with stale
markers, and incidents. `listed` has no more than that; the others have some of what no sample tells as well.
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
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.forms import DAY, FORMS, Question, Span, raw_samples
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push
from tests.rig.stories import Happened, Incidents, Story, happen

START = 1_780_272_000  # 2026-06-01T00:00Z
FLOOR = "all raw samples"
OVER_FLOOR, UNDER_PLAIN, UNDER_RATIOS = 1.5, 10, 100
PLAIN, RATIOS = "sum of increase()", "mean of 5m ratios"
LISTED, HARDER = "listed", "harder"
NOTHING_UNSEEN: dict[str, Any] = {"crashes": 0.0, "lazy_errors": False, "outages": 0.0}
MONTHS: dict[str, dict[str, Any]] = {
    LISTED: NOTHING_UNSEEN,
    "crashing": {**NOTHING_UNSEEN, "crashes": Story.crashes},
    "lazy": {**NOTHING_UNSEEN, "lazy_errors": True},
    "outages": {**NOTHING_UNSEEN, "outages": Story.outages},
    HARDER: {},
}
"""What no sample tells: how a process failed since its last scrape, that a counter which begins at 1 was 0 before, and
what happened while Prometheus was away. In the last is all of it."""

Errors = dict[str, list[float]]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many months (default 10)")
    parser.add_argument("--days", type=int, default=30, help="days in a month (default 30)")
    parser.add_argument("--months", nargs="+", choices=MONTHS, default=[LISTED, HARDER], help="(default: %(default)s)")
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
    for column in ("form", "median", "worst", "x floor", "x ours"):
        shown.add_column(column, justify="left" if column == "form" else "right")
    floor, ours = (float(np.median(errors[name])) for name in (FLOOR, "ours"))
    for name, found in errors.items():
        median = float(np.median(found))
        shown.add_row(name, f"{median:.1e}", f"{max(found):.1e}", f"{median / floor:.2f}", f"{median / ours:.2f}")
    return shown


def stories(chosen: argparse.Namespace) -> list[Story]:
    return [
        Story(f"{name}-{seed}", seed, incidents=Incidents(), **MONTHS[name])
        for name in chosen.months
        for seed in range(chosen.seeds)
    ]


def measured(chosen: argparse.Namespace) -> dict[str, Errors]:
    """Of each kind of months."""
    span = Span(START, START + chosen.days * DAY)
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        months, series = zip(*pool.map(partial(told, span), stories(chosen)), strict=True)
    with tempfile.TemporaryDirectory() as folder, Prometheus(Path(folder)) as prometheus:
        count = push(prometheus.url, [one for part in series for one in part])
        print(f"{count:,} samples made and loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)
        parts = (months[first : first + chosen.seeds] for first in range(0, len(months), chosen.seeds))
        return {name: asked(part, span, prometheus.url) for name, part in zip(chosen.months, parts, strict=True)}


def compared(errors: Errors) -> dict[str, float]:
    """Median errors, and how ours compares."""
    median = {name: float(np.median(found)) for name, found in errors.items()}
    ours = median["ours"]
    over = {"over the floor": ours / median[FLOOR], "under increase": median[PLAIN] / ours}
    return {**median, **over, "under ratios": median[RATIOS] / ours}


def missed(name: str, errors: Errors) -> list[str]:
    """The bars; the last is for the months it was made for."""
    found = compared(errors)
    held = {
        f"at most {OVER_FLOOR} x the floor": found["over the floor"] <= OVER_FLOOR,
        f"{UNDER_PLAIN} x less than increase()": found["under increase"] >= UNDER_PLAIN,
        f"{UNDER_RATIOS} x less than the mean of ratios": found["under ratios"] >= UNDER_RATIOS or name != LISTED,
    }
    return [bar for bar, met in held.items() if not met]


def figures(wanted: argparse.Namespace) -> dict[str, float]:
    found = measured(wanted)
    harder = {f"{HARDER} {name}": value for name, value in compared(found[HARDER]).items()}
    return {**compared(found[LISTED]), **harder, "seeds": wanted.seeds, "days": wanted.days}


def main(argv: Sequence[str] | None = None) -> int:
    chosen = arguments(argv)
    console = Console()
    began = time.monotonic()
    found = measured(chosen)
    for name, errors in found.items():
        console.print(table(errors, f"{chosen.seeds} {name} months of {chosen.days} days"))
        console.print("bars: " + ("; ".join(f"MISSED {bar}" for bar in missed(name, errors)) or "kept"))
    console.print(f"{time.monotonic() - began:.0f} s in all")
    return 1 if any(missed(name, errors) for name, errors in found.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
