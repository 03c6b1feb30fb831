"""A query that would read too much is cut before it is sent, by what the source told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.budgets import ASSUMED_SERIES, MOST_KEPT, Budget
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.processes import Prometheus, PrometheusSetup, VictoriaMetrics
from tests.rig.remotewrite import push
from tests.rig.stories import Traffic, requests
from tests.sources.asking import START, fresh, ratio, told
from tests.sources.broken import Answer, Asked, proxy

HOURS = 6 * 3600
LIMIT = 2_000


def ask(reads: int = 9) -> Ask:
    return Ask("up", 60, at_end=True, reads=reads)


@given(
    samples=st.integers(1000, 10**9),
    concurrency=st.integers(1, 64),
    reads=st.integers(1, 500),
    rows=st.integers(1, 10**5),
    answer=st.none() | st.tuples(st.integers(1, 11_000), st.integers(0, 10**9)),
)
def test_all_that_runs_at_a_time_stays_within_the_budget(
    samples: int, concurrency: int, reads: int, rows: int, answer: tuple[int, int] | None
) -> None:
    budget, one = Budget(samples, concurrency), ask(reads)
    if answer is not None:
        budget.learn(one, *answer)
    each = answer[1] / answer[0] if answer else reads * max(ASSUMED_SERIES, 5 * rows)
    points = budget.points(one, rows)
    assert points >= 1
    assert points == 1 or points * each * concurrency <= samples * (1 + 1e-9)


def test_a_source_that_does_not_tell_changes_nothing() -> None:
    budget = Budget(LIMIT, 1)
    before = budget.points(ask(), 1)
    budget.learn(ask(), 10, None)
    assert not budget.is_told(ask())
    assert budget.points(ask(), 1) == before


def test_what_is_kept_is_bounded() -> None:
    budget = Budget(LIMIT, 1)
    for number in range(MOST_KEPT + 1):
        budget.learn(Ask(f"x{number}", 60, at_end=True), 1, 1)
    assert budget.is_told(Ask(f"x{MOST_KEPT}", 60, at_end=True))
    assert not budget.is_told(Ask("x0", 60, at_end=True))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A server that holds so many samples of a query at a time and no more."""
    setup = PrometheusSetup(out_of_order="3650d", flags=(f"--query.max-samples={LIMIT}",))
    with Prometheus(tmp_path_factory.mktemp("narrow"), setup) as server:
        yield server


async def asked(server: Prometheus | VictoriaMetrics, **more: Any) -> list[tuple[Asked, int]]:
    """What is sent for six hours of a service, and the status of each answer; the numbers are right."""
    job = fresh("budget")
    story = requests(START, START + HOURS, Traffic(job, instances=2), seed=1)
    push(server.url, story.series)
    m = ratio(f'http_requests_total{{job="{job}"}}', f'http_requests_total{{job="{job}",code=~"5.."}}')
    seen: list[tuple[Asked, int]] = []

    def note(asked: Asked, answer: Answer) -> None:
        if asked.path.endswith("query_range") and "increase" in asked.form["query"]:
            seen.append((asked, answer.status))

    with proxy(lambda _: None, server.url) as front:
        front.answered = note
        async with PrometheusClient(Endpoint(SourceName("main"), front.url, resolution=15, **more)) as client:
            (found,) = await Reader(client).measure([Want(m, Span(START, START + HOURS))])
    assert found.slices is not None
    assert told(found.slices) == [(*story.between(at, at + 60), 60) for at in range(START, START + HOURS, 60)]
    return seen


async def test_within_its_budget_no_query_is_refused(narrow: Prometheus) -> None:
    sent = await asked(narrow, max_samples=LIMIT * 3 // 4, concurrency=1)
    assert {status for _, status in sent} == {200}
    (first, *rest), (other, *_) = (
        [points(one) for one, _ in sent if ("code" in one.form["query"]) is part] for part in (False, True)
    )
    assert first == other == 1  # what nobody told yet is asked for a slice
    assert min(rest[:-1]) > 20


async def test_without_one_it_is_refused_and_halved(narrow: Prometheus) -> None:
    assert 422 in {status for _, status in await asked(narrow)}


async def test_a_source_that_tells_nothing_is_asked_with_care(victoriametrics: VictoriaMetrics) -> None:
    sent = await asked(victoriametrics, max_samples=ASSUMED_SERIES * 9 * 60 * 2, concurrency=2)
    assert max(points(one) for one, _ in sent) == 60


async def test_by_default_six_hours_are_two_queries(prometheus: Prometheus) -> None:
    assert [points(one) for one, _ in await asked(prometheus)] == [360, 360]


def points(one: Asked) -> int:
    start, end, step = (int(one.form[name]) for name in ("start", "end", "step"))
    return (end - start) // step + 1
