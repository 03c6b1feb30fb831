"""Ranges are cut before a source refuses them, and where it does all the same; a question is asked once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
import stamina

from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Comparison, Measurement, SourceName
from sla_monitor.errors import (
    IndicatorError,
    SourcePartialError,
    SourceRefusedError,
    SourceTooMuchError,
    SourceUnavailableError,
)
from sla_monitor.sources import plans
from sla_monitor.sources.answers import ENOUGH_FAILURES
from sla_monitor.sources.asks import Ask
from sla_monitor.sources.budgets import KEPT, Lengths
from sla_monitor.sources.client import LONGEST_ANSWER, MAX_POINTS, Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import push
from tests.rig.stories import Traffic, requests
from tests.sources.asking import DAY, START, fresh, latency, probe, ratio, read, readings, slices, threshold, told
from tests.sources.broken import Answer, Asked, proxy

HOURS = 6 * 3600


def of(job: str) -> Measurement:
    return ratio(f'http_requests_total{{job="{job}"}}', f'http_requests_total{{job="{job}",code=~"5.."}}')


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A server that holds a thousand samples of a query at a time and no more."""
    setup = PrometheusSetup(out_of_order="3650d", flags=("--query.max-samples=1000",))
    with Prometheus(tmp_path_factory.mktemp("narrow"), setup) as server:
        yield server


async def test_what_is_too_much_for_the_server_is_halved_until_it_fits_and_kept_in_mind(narrow: Prometheus) -> None:
    story = requests(START, START + HOURS, Traffic("narrow", instances=2), seed=1)
    push(narrow.url, story.series)
    seen: list[int] = []
    with proxy(lambda _: None, narrow.url) as front:
        front.answered = lambda _, answer: seen.append(answer.status)
        async with PrometheusClient(Endpoint(SourceName("main"), front.url, resolution=15)) as client:
            reader = Reader(client)
            for refused in (True, False):
                seen.clear()
                (found,) = await reader.measure([Want(of("narrow"), Span(START, START + HOURS))])
                assert found.slices is not None
                expected = [(*story.between(at, at + 60), 60) for at in range(START, START + HOURS, 60)]
                assert told(found.slices) == expected
                assert (422 in seen) is refused


async def test_what_was_too_much_however_short_is_not_cut_up_afterwards(prometheus: Prometheus) -> None:
    job, busy = fresh("busy"), [True]
    push(prometheus.url, requests(START, START + HOURS, Traffic(job), seed=1).series)
    refusal = Answer(422, b'{"status":"error","error":"query would load too many samples into memory"}')

    def behaviour(asked: Asked) -> Answer | None:
        return refusal if busy and asked.path.endswith("query_range") else None

    with proxy(behaviour, prometheus.url) as kept:
        async with PrometheusClient(Endpoint(SourceName("main"), kept.url, resolution=15)) as client:
            reader, want = Reader(client), Want(of(job), Span(START, START + HOURS))
            (found,) = await reader.measure([want])
            assert isinstance(found.error, SourceTooMuchError)
            busy.clear()
            kept.asked.clear()
            (found,) = await reader.measure([want])
            assert found.slices is not None
    assert len(kept.asked) < 10


def test_a_length_that_was_too_much_is_tried_again_after_a_while() -> None:
    ask, lengths = Ask("up", 60, at_end=False), Lengths(DAY)
    lengths.shorten(ask, 7200, 0)
    lengths.shorten(ask, 3600, 10)
    lengths.shorten(ask, 7200, 20)  # of a longer query that was sent before
    assert [lengths.of(ask, now) for now in (20, 20 + KEPT - 1, 20 + KEPT)] == [3600, 3600, DAY]
    assert lengths.of(ask, 20) == DAY  # it is forgotten


async def test_what_is_too_much_even_for_one_slice_is_told(narrow: Prometheus) -> None:
    push(narrow.url, requests(START, START + 600, Traffic("wide", instances=200), seed=1).series)
    found = await read(narrow.url, of("wide"), START, START + 600, resolution=15)
    assert isinstance(found.error, SourceTooMuchError)
    assert "too many samples" in str(found.error)


@pytest.mark.parametrize("step", [1, 8, 15, 60, 900, DAY])
@pytest.mark.parametrize("longest", [DAY, DAY // 2, 3 * 3600])
def test_chunks_cover_the_span_once_and_hold_no_more_points_than_are_given(step: int, longest: int) -> None:
    span = Span(START - 3 * step, START + 3 * DAY // step * step)
    chunks = plans.chunks(Ask("up", step, at_end=False), span, max(step, longest))
    assert chunks[0].start == span.start
    assert chunks[-1].end == span.end
    assert all(one.end == other.start for one, other in pairwise(chunks))
    assert all(chunk.seconds // step <= MAX_POINTS and chunk.seconds % step == 0 for chunk in chunks)


async def test_a_million_series_are_not_even_read(prometheus: Prometheus) -> None:
    """Whoever answers so: what is taken in is bounded, and the next question is answered as ever."""
    one = b'{"metric":{"__name__":"session","id":"%08d"},"values":[[1780272000,"1"]]}'
    body = b'{"status":"success","data":{"resultType":"matrix","result":[%b]}}' % b",".join(
        one % i for i in range(1_000_000)
    )
    assert len(body) > 1.3 * LONGEST_ANSWER
    with proxy(
        lambda asked: Answer(body=body) if asked.form.get("query") == "session" else None, prometheus.url
    ) as vast:
        async with PrometheusClient(Endpoint(SourceName("main"), vast.url, resolution=60)) as client:
            measured = Reader(client).measure
            (found,) = await measured([Want(threshold("session", Comparison.LT, "1"), Span(START, START + 60))])
            assert isinstance(found.error, IndicatorError)
            assert str(found.error).endswith(
                "session) answered with more than 48 MiB, far more series than are wanted: "
                "aggregate the query, as in sum(…) or max(…)"
            )
            (sound,) = await measured([Want(threshold("vector(1)", Comparison.LT, "1"), Span(START, START + 60))])
            assert sound.slices is not None
    assert sum(asked.form.get("query") == "session" for asked in vast.asked) == 1


async def test_a_day_of_seconds_is_more_points_than_are_given_at_once(server: Prometheus) -> None:
    found = await slices(server.url, threshold("vector(time() % 4)", Comparison.LT, "1"), START, START + DAY, 1)
    assert told(found) == [(15, 60, 60)] * 1440


async def test_a_question_is_asked_once_however_many_need_it(prometheus: Prometheus) -> None:
    job = fresh("shared")
    push(prometheus.url, requests(START, START + 3600, Traffic(job), seed=1).series)
    total = f'http_requests_total{{job="{job}"}}'
    codes = ("500", "503", "4..", "200", "5..")
    several = [ratio(total, f'http_requests_total{{job="{job}",code=~"{code}"}}') for code in codes]
    with proxy(lambda _: None, prometheus.url) as kept:
        found = await readings(kept.url, [Want(m, Span(START, START + 3600)) for m in several])
    assert all(reading.slices is not None for reading in found)
    asked = Counter((one.path, *sorted(one.form.items())) for one in kept.asked)
    assert set(asked.values()) == {1}
    ranges = [one for one in kept.asked if one.path.endswith("query_range")]
    assert len(ranges) == 1 + 1 + len(codes)  # the total, up, and a bad each
    # What the server is, the spacing of up, in two steps, and its labels, or where they were.
    assert len(kept.asked) - len(ranges) <= 5


async def test_spans_that_overlap_are_asked_for_together(prometheus: Prometheus) -> None:
    job = fresh("overlap")
    push(prometheus.url, requests(START, START + 3600, Traffic(job), seed=1).series)
    m, other = of(job), ratio(f'http_requests_total{{job="{job}"}}', "nothing")
    with proxy(lambda _: None, prometheus.url) as kept:
        wants = [Want(m, Span(START, START + 1800)), Want(other, Span(START + 900, START + 3600))]
        first, second = await readings(kept.url, wants, resolution=15)
    assert isinstance(first.slices, Slices)
    assert isinstance(second.slices, Slices)
    assert (len(first.slices), len(second.slices)) == (30, 45)
    totals = [form for one in kept.asked if "increase" in (form := one.form).get("query", "")]
    assert [
        (form["start"], form["end"])
        for form in totals
        if form["query"].count("code") + form["query"].count("nothing") == 0
    ] == [(str(START + 60), str(START + 3600))]


def refusing(word: str, answer: Answer) -> object:
    return lambda asked: answer if word in asked.form.get("query", "") else None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(400, b'{"status":"error","errorType":"bad_data","error":"no"}'), SourceRefusedError),
        (Answer(503, b"away"), SourceUnavailableError),
        (
            Answer(body=json.dumps({"status": "success", "warnings": ["half"], "data": {"result": []}}).encode()),
            SourcePartialError,
        ),
    ],
)
async def test_what_one_query_gets_wrong_touches_no_other(
    prometheus: Prometheus, answer: Answer, kind: type[Exception]
) -> None:
    job = fresh("isolated")
    push(prometheus.url, requests(START, START + 600, Traffic(job), seed=1).series)
    sound, faulty = of(job), ratio(f'http_requests_total{{job="{job}"}}', "poison")
    wants = [Want(faulty, Span(START, START + 600)), Want(sound, Span(START, START + 600))]
    behaviour = refusing("poison", answer)
    with proxy(behaviour, prometheus.url) as kept, stamina.set_testing(testing=True, attempts=1):  # type: ignore[arg-type]
        wrong, right = await readings(kept.url, wants, resolution=15)
    assert isinstance(wrong.error, kind)
    assert wrong.slices is None
    assert right.slices is not None
    assert right.slices.known.sum() == 600


async def test_an_error_in_one_stretch_leaves_the_others(prometheus: Prometheus) -> None:
    job = fresh("stretch")
    push(prometheus.url, requests(START, START + 600, Traffic(job), seed=1).series)
    day = Span(START - 2 * DAY, START - DAY)

    def behaviour(asked: Asked) -> Answer | None:
        old = int(asked.form.get("start", START)) < START - 60
        return Answer(422, b'{"status":"error","error":"duplicate series"}') if old else None

    with proxy(behaviour, prometheus.url) as kept:
        wants = [Want(of(job), day), Want(of(job), Span(START, START + 600))]
        old, new = await readings(kept.url, wants, resolution=15)
    assert isinstance(old.error, SourceRefusedError)
    assert new.slices is not None


async def test_a_source_that_went_away_is_not_asked_for_all_the_rest(prometheus: Prometheus) -> None:
    many = [probe(f'probe_success{{job="job-{k}"}}') for k in range(50)]
    many += [latency(f'took{{job="job-{k}"}}', "1") for k in range(50)]
    with proxy(lambda _: Answer(503, b"away"), prometheus.url) as kept, stamina.set_testing(testing=True, attempts=1):
        found = await readings(kept.url, [Want(m, Span(START, START + 60)) for m in many])
    assert all(isinstance(reading.error, SourceUnavailableError) for reading in found)
    assert len(kept.asked) <= ENOUGH_FAILURES + Endpoint(SourceName("x"), "").concurrency
