"""The stories tell the truth: what they say happened is what the samples, read exactly, say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.forms import DAY, Question, Span, raw_samples
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import STALE, Series, push
from tests.rig.stories import Happened, Incidents, Story, Traffic, happen, latencies, probes, requests

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


def month(seed: int, incidents: Incidents | None) -> Happened:
    """Of few requests."""
    return happen(START, START + 30 * DAY, Story(job="j", seed=seed, per_second=0.05, incidents=incidents))


def failed_more(seed: int, incidents: Incidents) -> tuple[Happened, np.ndarray]:
    """The month with them, and when requests failed that do not without them."""
    quiet, eventful = month(seed, None), month(seed, incidents)
    assert np.array_equal(quiet.instants, eventful.instants)
    assert not (quiet.bad & ~eventful.bad).any()
    return eventful, eventful.instants[eventful.bad & ~quiet.bad]


def test_incidents_are_in_the_month_and_change_nothing_else() -> None:
    found = [failed_more(seed, Incidents()) for seed in range(10)]
    shares = [len(more) / len(happened.instants) for happened, more in found]
    assert sum(share > 0 for share in shares) >= 9
    # Some minutes up to some hours of a month.
    assert 1e-4 < np.median(shares) < 5e-3


def test_failures_come_when_people_work() -> None:
    always = Incidents(work=0, in_working_hours=1, failure_length=60, failure_share=(0.5, 1.0), failures=20)
    for seed in range(3):
        _, more = failed_more(seed, always)
        assert len(more) > 5
        assert ((more % DAY >= 9 * 3600) & (more % DAY < 18 * 3600)).all()


def test_work_is_at_night_and_lets_nothing_through() -> None:
    lengths = []
    for seed in range(10):
        happened, more = failed_more(seed, Incidents(failures=0))
        if len(more):  # at night there may be nobody
            first, last = np.searchsorted(happened.instants, (more[0], more[-1]))
            assert happened.bad[first:last].all()
            assert more[0] % DAY < 9 * 3600
            lengths.append(more[-1] - more[0])
    assert len(lengths) >= 8
    assert 5 * 60 < np.median(lengths) < 3600
