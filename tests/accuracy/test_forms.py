"""A short piece of the accuracy benchmark: the bars of a month, with some slack for a few days."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import FLOOR, HARDER, LISTED, PLAIN, RATIOS, START, measure, missed
from benchmarks.forms import DAY, FORMS, Question, Span, measured
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.rig.stories import Story, Traffic, happen, requests

SPAN = Span(START, START + 3 * DAY)


@pytest.mark.parametrize("lazy", [True, False], ids=["errors counted from the first", "errors counted from zero"])
def test_realistic_days_stay_near_the_floor(prometheus: Prometheus, *, lazy: bool) -> None:
    stories = [Story(job=f"days-{lazy}-{seed}", seed=seed, lazy_errors=lazy) for seed in range(3)]
    months = {story: happen(SPAN.start, SPAN.end, story) for story in stories}
    push(prometheus.url, [one for happened in months.values() for one in happened.series])
    error = {name: float(np.median(found)) for name, found in measure(months, SPAN, prometheus.url).items()}
    assert set(error) == {FLOOR, *FORMS}
    assert error["ours"] <= 2 * error[FLOOR] + 2e-6
    assert error["ours"] <= error["sum of increase()"] / 5
    assert error["sum of increase()"] > 1e-4  # else the days were too calm to tell anything


def test_an_aligned_day_is_exact(prometheus: Prometheus) -> None:
    story = requests(SPAN.start, SPAN.start + DAY, Traffic("aligned-day"), seed=11)
    push(prometheus.url, story.series)
    good, total = story.between(SPAN.start, SPAN.start + DAY)
    found = measured(Question(prometheus.url, "aligned-day", Span(SPAN.start, SPAN.start + DAY), 15))
    assert found == pytest.approx(good / total, abs=1e-9)
    assert good < total


@pytest.mark.parametrize(
    ("months", "floor", "plain", "ratios", "bars"),
    [
        (LISTED, 1.0, 10.0, 100.0, []),
        (LISTED, 0.6, 10.0, 100.0, ["at most 1.5 x the floor"]),
        (LISTED, 1.0, 9.0, 100.0, ["10 x less than increase()"]),
        (LISTED, 1.0, 10.0, 99.0, ["100 x less than the mean of ratios"]),
        (HARDER, 1.0, 10.0, 2.0, []),
    ],
)
def test_what_misses_its_bar_is_told(months: str, floor: float, plain: float, ratios: float, bars: list[str]) -> None:
    assert missed(months, {"ours": [1.0], FLOOR: [floor], PLAIN: [plain], RATIOS: [ratios]}) == bars
