"""The stories tell the truth: what they say happened is what the samples, read exactly, say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.forms import DAY, Question, Span, raw_samples
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import STALE, Series, push
from tests.rig.stories import Story, Traffic, happen, latencies, probes, requests

START = 1_780_272_000
HOURS = Span(START, START + 4 * 3600)


def anchored(question: Question, selector: str) -> np.ndarray:
    # The range is a millisecond longer than the slice, to hold both borders: 2e-5 too much to be whole.
    return np.round(question.asked(f"sum(increase(last_over_time({selector}[75s])[60001ms:15s]))"))


def test_aligned_requests_are_exact_in_every_slice(prometheus: Prometheus) -> None:
    story = requests(HOURS.start, HOURS.end, Traffic("aligned"), seed=3)
    push(prometheus.url, story.series)
    question = Question(prometheus.url, "aligned", HOURS, 15)
    slices = [story.between(at, at + 60) for at in range(HOURS.start, HOURS.end, 60)]
    assert anchored(question, question.total).tolist() == [total for _, total in slices]
    assert anchored(question, question.bad).tolist() == [total - good for good, total in slices]
    assert sum(good < total for good, total in slices) > 20


@pytest.mark.parametrize("le", ["0.3", "5", "5.0"])
def test_aligned_latencies_are_exact_in_every_slice(prometheus: Prometheus, le: str) -> None:
    job = f"latencies-{le}"
    story = latencies(HOURS.start, HOURS.end, Traffic(job), les=("0.1", le), threshold=le)
    push(prometheus.url, story.series)
    question = Question(prometheus.url, job, HOURS, 15)
    good = anchored(question, f'http_request_duration_seconds_bucket{{job="{job}",le="{le}"}}')
    total = anchored(question, f'http_request_duration_seconds_count{{job="{job}"}}')
    slices = [story.between(at, at + 60) for at in range(HOURS.start, HOURS.end, 60)]
    assert list(zip(good, total, strict=True)) == slices


def test_probes_tell_their_seconds(prometheus: Prometheus) -> None:
    story = probes(HOURS.start, HOURS.end, "probes", count=2, down_share=0.05, missing_share=0.05)
    push(prometheus.url, story.series)
    for row in range(2):
        selector = f'probe_success{{instance="probes-{row}"}}[{4 * 3600 - 1}s]'
        up, known = (
            15 * int(prometheus.ask(f"{form}({selector})", HOURS.end - 1)[0]["value"][1])
            for form in ("sum_over_time", "count_over_time")
        )
        assert (up, known) == story.between(HOURS.start, HOURS.end, row)
        assert up < known < 4 * 3600


def test_truth_is_known_on_samples_only() -> None:
    story = requests(START, START + 60, Traffic("j"))
    with pytest.raises(ValueError, match="must lie on a sample"):
        story.between(START, START + 50)


def test_a_story_is_told_the_same_twice() -> None:
    one, two, other = (happen(START, START + 7200, Story(job="j", seed=seed)) for seed in (5, 5, 6))
    assert np.array_equal(one.instants, two.instants)
    assert not np.array_equal(one.instants, other.instants)
    for left, right in zip(one.series, two.series, strict=True):
        assert left.labels == right.labels
        assert left.values.tobytes() == right.values.tobytes()


def test_a_realistic_month_loses_little() -> None:
    story = Story(job="j", seed=1)
    span = Span(START, START + 10 * DAY)
    happened = happen(span.start, span.end, story)
    good, total = happened.between(span.start, span.end)
    assert total == pytest.approx(3 * 1.5 * 10 * DAY, rel=0.02)
    assert 1e-4 < 1 - good / total < 1e-2
    assert 0 < abs(raw_samples(happened.series, span) - good / total) < 1e-4


def of(series: list[Series], name: str) -> list[Series]:
    return [one for one in series if one.labels["__name__"] == name]


def stale(one: Series) -> np.ndarray:
    return np.equal(one.values.view(np.uint64), np.array(STALE).view(np.uint64))


def test_failed_scrapes_and_ended_pods_leave_stale_markers() -> None:
    happened = happen(START, START + 3 * DAY, Story(job="j", seed=2, pod_life=0.5 * DAY, outages=0))
    ups, counters = of(happened.series, "up"), of(happened.series, "http_requests_total")
    assert len(ups) >= 10
    for up in ups:
        served = next(one for one in counters if one.labels["pod"] == up.labels["pod"])
        failed = up.timestamps_ms[up.values == 0]
        after_an_answer = np.isin(failed, served.timestamps_ms[stale(served)])
        assert after_an_answer.sum() >= 0.5 * len(failed)
    assert sum(stale(up)[-1] for up in ups) > 0.9 * len(ups)
    assert not any((stale(one)[:-1] & stale(one)[1:]).any() for one in happened.series if len(one.values))


def test_a_lazy_error_counter_begins_with_its_first_error() -> None:
    lazy, eager = (happen(START, START + DAY, Story(job="j", seed=1, lazy_errors=lazy)) for lazy in (True, False))
    for happened, least in ((lazy, 1), (eager, 0)):
        errors = [one for one in of(happened.series, "http_requests_total") if one.labels["code"] == "500"]
        values = np.concatenate([one.values for one in errors])
        # A stale marker is a signalling NaN, which nanmin() does not pass over.
        assert values[~np.isnan(values)].min() == least
    assert np.array_equal(lazy.instants, eager.instants)
