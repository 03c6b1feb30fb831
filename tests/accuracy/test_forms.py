"""A short piece of the accuracy benchmark: the bars of a month, with some slack for a few days."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import FLOOR, START, measure
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
