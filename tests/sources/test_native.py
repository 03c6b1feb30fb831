"""Native histograms: found out by asking, and counted as far as the server carries them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import log2

import numpy as np
import pytest
from numpy.typing import NDArray

from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Latency, Measurement, SourceName
from sla_monitor.errors import IndicatorError
from sla_monitor.sources import forms, histograms
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.discovery import Discovery
from sla_monitor.sources.expressions import Native
from tests.rig.nativehistograms import NativeHistogram
from tests.rig.processes import Prometheus, PrometheusSetup
from tests.rig.remotewrite import STALE, Series, push
from tests.sources.asking import START, STEP, every, fresh, latency, read, slices, told, value
from tests.sources.broken import Answer, proxy

Ints = NDArray[np.int64]
STEPS = 17
FOUR = START + 240
"""Stories last four slices: a server takes in native samples of its newest hour only."""
SPAN = Span(START, FOUR)
AT = (START + STEP * np.arange(STEPS)) * 1000
UNKNOWN, NO_TRAFFIC = (0.0, 0.0, 0), (0.0, 0.0, 60)
FIRST = -3
"""Of schema 0: the buckets end at 1/8, 1/4, 1/2, 1 and 2 s."""


@pytest.fixture(scope="module", params=["installed", "3"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    binary = None if request.param == "installed" else request.getfixturevalue("prometheus3").binary
    setup = PrometheusSetup(flags=("--enable-feature=native-histograms",))
    with Prometheus(tmp_path_factory.mktemp("native"), setup, binary) as made:
        yield made


def events(seed: int, steps: int = STEPS - 1, buckets: int = 5) -> Ints:
    """What each step brings to each bucket."""
    return np.random.default_rng(seed).integers(0, 9, (steps, buckets))


def counted(brought: Ints, reset: int | None = None) -> Ints:
    """The buckets after each step; at `reset` the process starts anew."""
    counts = np.concatenate([np.zeros((1, brought.shape[1]), np.int64), brought.cumsum(axis=0)])
    if reset is not None:
        counts[reset + 1 :] -= counts[reset]
    return counts


def native(
    job: str,
    counts: Ints,
    rows: slice = slice(None),
    *,
    schema: int = 0,
    zeros: Ints | None = None,
    ends: Sequence[int] = (),
    **labels: str,
) -> NativeHistogram:
    named = {"__name__": "took_seconds", "job": job, **labels}
    return NativeHistogram(named, AT[rows], counts[rows], FIRST * 2**schema, schema, zeros, tuple(ends))


def up(job: str, values: Sequence[float] = (1.0,) * STEPS, **labels: str) -> Series:
    return every(list(values), name="up", job=job, **labels)


def of(job: str, threshold: str = "0.5") -> Measurement:
    return latency(f'took_seconds{{job="{job}"}}', threshold)


def truth(brought: Ints, within: int = 3) -> list[tuple[float, float, int]]:
    """Good, total and known of four slices; `within`: how many buckets lie under the threshold."""
    by_slice = brought.reshape(4, 4, -1).sum(axis=1)
    return [(float(row[:within].sum()), float(row.sum()), 60) for row in by_slice]


async def found(server: Prometheus, job: str) -> Native | None:
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        return await Discovery(client).native(of(job), SPAN, STEP)


async def carries(server: Prometheus) -> Native:
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        return Native.BARE if (await client.identity()).version.startswith("2.") else Native.LASTING


async def test_a_threshold_at_the_edge_of_a_bucket_is_exact_beside_a_restart(server: Prometheus) -> None:
    job, one, other = fresh("edge"), events(1), events(2)
    pods = [native(job, counted(one, reset=6), pod="a"), native(job, counted(other), pod="b")]
    push(server.url, [up(job), *pods])
    assert told(await slices(server.url, of(job), START, FOUR)) == truth(one + other)
    assert told(await slices(server.url, of(job, "2"), START, FOUR)) == truth(one + other, within=5)
    assert told(await slices(server.url, of(job, "0.125"), START, FOUR)) == truth(one + other, within=1)


async def test_pods_may_have_buckets_of_different_width(server: Prometheus) -> None:
    """2^(-1/2) is an edge of schema 1 alone, which is not taken for the coarser one's sake."""
    job, coarse, fine = fresh("widths"), events(3), events(4, buckets=10)
    push(server.url, [up(job), native(job, counted(coarse), pod="a"), native(job, counted(fine), pod="b", schema=1)])
    good = [a[0] + b[0] for a, b in zip(truth(coarse, 3), truth(fine, 5), strict=True)]
    assert [row[0] for row in told(await slices(server.url, of(job), START, FOUR))] == good


async def test_observations_of_nothing_are_within(server: Prometheus) -> None:
    job, brought, zeros = fresh("zeros"), events(5), events(6, buckets=1)
    push(server.url, [up(job), native(job, counted(brought), zeros=counted(zeros)[:, 0])])
    none = [row[1] for row in truth(zeros)]
    expected = [(good + n, total + n, 60) for (good, total, _), n in zip(truth(brought), none, strict=True)]
    assert told(await slices(server.url, of(job), START, FOUR)) == expected


async def test_inside_a_bucket_the_server_interpolates(server: Prometheus) -> None:
    """0.375 s is half of the way from 1/4 to 1/2 s, or log2(1.5) of it where widths double."""
    job = fresh("inside")
    brought = np.zeros((STEPS - 1, 5), np.int64)
    brought[:, 2] = 25
    push(server.url, [up(job), native(job, counted(brought))])
    share = 0.5 if await carries(server) is Native.BARE else log2(1.5)
    got = await slices(server.url, of(job, "0.375"), START, FOUR)
    np.testing.assert_allclose(got.good, 100 * share, rtol=2e-5)
    assert got.total.tolist() == [100] * 4


async def test_no_requests_are_no_traffic(server: Prometheus) -> None:
    job = fresh("silent")
    brought = events(7)
    brought[4:12] = 0
    push(server.url, [up(job), native(job, counted(brought))])
    expected = truth(brought)
    assert expected[1] == NO_TRAFFIC
    assert told(await slices(server.url, of(job), START, FOUR)) == expected


async def test_a_target_that_is_down_is_unknown(server: Prometheus) -> None:
    job, brought = fresh("down"), events(8)
    push(server.url, [up(job, [1.0] * 5 + [0.0] * 12), native(job, counted(brought), slice(6), ends=[5])])
    assert told(await slices(server.url, of(job), START, FOUR)) == [truth(brought)[0], UNKNOWN, UNKNOWN, UNKNOWN]


async def test_without_an_up_raw_samples_tell_what_is_known(server: Prometheus) -> None:
    job, brought = fresh("no-up"), events(9)
    push(server.url, [native(job, counted(brought), slice(9))])
    assert told(await slices(server.url, of(job), START, FOUR)) == [*truth(brought)[:2], UNKNOWN, UNKNOWN]


async def test_a_scrape_that_fails_at_a_border(server: Prometheus) -> None:
    """Where last_over_time carries histograms nothing is lost; elsewhere the slices beside it are guessed."""
    job, brought = fresh("failed"), np.full((STEPS - 1, 5), 3, np.int64)
    brought[4] = 30
    push(server.url, [up(job), native(job, counted(brought), ends=[4])])
    got = told(await slices(server.url, of(job), START, FOUR))
    if await carries(server) is Native.LASTING:
        assert got == [(27, 45, 60), (126, 210, 60), (36, 60, 60), (36, 60, 60)]
    else:
        assert [row[1] for row in got] == [60, 60, 60, 60]


async def test_a_pod_that_ends_counts_no_further(server: Prometheus) -> None:
    job, brought = fresh("ends"), np.full((STEPS - 1, 5), 4, np.int64)
    push(server.url, [up(job), native(job, counted(brought), slice(8), ends=[7], pod="a")])
    got = [row[1] for row in told(await slices(server.url, of(job), START, FOUR))]
    # Two steps of 20 in the second slice, and half of one guessed by a server that stops at the stale marker.
    guessed = 0 if await carries(server) is Native.LASTING else 10
    np.testing.assert_allclose(got, [80, 40 + guessed, 0, 0], atol=0.01)


def classic(job: str, counts: Ints, rows: slice = slice(None), le: str = "0.5", **labels: str) -> list[Series]:
    def series(name: str, values: Ints, **more: str) -> Series:
        return Series({"__name__": name, "job": job, **labels, **more}, AT[rows], values[rows].astype(float))

    return [
        series("took_seconds_count", counts.sum(axis=1)),
        series("took_seconds_bucket", counts[:, :3].sum(axis=1), le=le),
        series("took_seconds_bucket", counts.sum(axis=1), le="+Inf"),
    ]


async def test_pods_that_change_from_classic_to_native_one_by_one_lose_nothing(server: Prometheus) -> None:
    job, old, new, other = fresh("rollout"), events(11), events(12), events(13)
    old[8:], new[:8] = 0, 0
    push(server.url, [
        up(job),
        *classic(job, counted(old), slice(9), pod="a"),
        native(job, counted(new), slice(8, None), pod="b"),
        native(job, counted(other), pod="c"),
    ])  # fmt: skip
    assert told(await slices(server.url, of(job), START, FOUR)) == truth(old + new + other)


@pytest.mark.parametrize("le", ["0.5", "5e-1", "0.3"])
async def test_a_histogram_that_is_both_counts_once(server: Prometheus, le: str) -> None:
    """By its bucket, and by the native one where it has no such bucket."""
    job, brought = fresh("both"), events(14)
    push(server.url, [up(job), *classic(job, counted(brought), le=le), native(job, counted(brought))])
    assert told(await slices(server.url, of(job), START, FOUR)) == truth(brought)


async def test_how_it_is_read_is_found_out(server: Prometheus) -> None:
    job = fresh("found")
    assert await found(server, job) is None
    push(server.url, [up(job), *classic(job, counted(events(15)))])
    assert await found(server, job) is None
    push(server.url, [native(job, counted(events(16)), slice(4))])
    assert await found(server, job) is await carries(server)


async def test_a_server_that_knows_no_native_histograms_holds_none(server: Prometheus) -> None:
    refusal = Answer(422, b'{"status":"error","errorType":"422","error":"unknown func histogram_count"}')
    job, brought = fresh("others"), events(17)
    push(server.url, [up(job), *classic(job, counted(brought))])
    with proxy(lambda one: refusal if "histogram_count" in one.form.get("query", "") else None, server.url) as other:
        assert told(await slices(other.url, of(job), START, FOUR)) == truth(brought)


async def test_its_own_samples_tell_the_resolution(server: Prometheus) -> None:
    job = fresh("spacing")
    push(server.url, [native(job, counted(events(18)))])
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        assert await Discovery(client).resolution(of(job), SPAN) == STEP


@pytest.mark.parametrize(
    ("schema", "threshold", "interpolated"),
    [
        (0, "0.5", False), (0, "16", False), (0, "0.3", True), (0, "0.7071067811865476", True),
        (1, "0.7071067811865476", False), (1, "0.25", False), (1, "0.3", True), (3, "1", False), (3, "1.1", True),
    ],
)  # fmt: skip
async def test_a_threshold_inside_a_bucket_is_told(
    server: Prometheus, schema: int, threshold: str, *, interpolated: bool
) -> None:
    job = fresh("told")
    push(server.url, [native(job, counted(events(19)), schema=schema)])
    asked = Latency(f'took_seconds{{job="{job}"}}', Fraction(threshold))
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        assert await histograms.is_interpolated(client, asked, FOUR) is interpolated


@pytest.mark.parametrize(("threshold", "estimated"), [("0.5", False), ("0.3", True)])
async def test_the_form_is_told_in_words(server: Prometheus, threshold: str, *, estimated: bool) -> None:
    job = fresh("words")
    push(server.url, [native(job, counted(events(22)))])
    async with PrometheusClient(Endpoint(SourceName("default"), server.url)) as client:
        discovery = Discovery(client)
        await discovery.resolution(of(job), SPAN)
        words = await forms.told(discovery, Want(of(job, threshold), SPAN))
    assert words.startswith(
        "anchored " if await carries(server) is Native.LASTING else "increases of native histograms"
    )
    assert ("lies inside a bucket, so the server estimates" in words) is estimated


async def test_a_query_of_histograms_is_no_number(server: Prometheus) -> None:
    job = fresh("number")
    push(server.url, [native(job, counted(events(20)))])
    got = await read(server.url, value(f'took_seconds{{job="{job}"}}'), START, FOUR)
    assert isinstance(got.error, IndicatorError)
    assert "answers with native histograms where numbers are wanted" in str(got.error)


async def test_samples_off_the_borders_are_each_counted_once(server: Prometheus) -> None:
    """Consecutive slices telescope: what they add up to is what the counter grew between the outer borders."""
    job, brought = fresh("phase"), events(21)
    counts = counted(brought)
    late = NativeHistogram({"__name__": "took_seconds", "job": job}, AT + 7000, counts, FIRST, 0)
    push(server.url, [every([1.0] * STEPS, start=START + 7, name="up", job=job), late])
    got = await slices(server.url, of(job), START + 60, FOUR)
    grew = counts[15] - counts[3]  # the newest at or before either border
    assert got.total.sum() == pytest.approx(grew.sum(), rel=2e-5)
    assert got.good.sum() == pytest.approx(grew[:3].sum(), rel=2e-5)


def test_every_message_arrives_as_it_was(server: Prometheus) -> None:
    job, counts = fresh("message"), np.array([[1, 0, 300, 2, 70_000]], np.int64)
    push(server.url, [native(job, counts, slice(1), zeros=np.array([5]))])
    (one,) = server.ask(f'took_seconds{{job="{job}"}}', START)
    histogram = one["histogram"][1]
    assert (histogram["count"], histogram["sum"]) == ("70308", "70308")
    told_ = [(float(lower), float(upper), int(count)) for _, lower, upper, count in histogram["buckets"]]
    zero = (-(2.0**-128), 2.0**-128, 5)
    assert told_ == [zero, (0.0625, 0.125, 1), (0.25, 0.5, 300), (0.5, 1, 2), (1, 2, 70_000)]


def test_stale_markers_of_histograms_have_their_bits() -> None:
    ended = NativeHistogram({"__name__": "x"}, AT[:1], np.ones((1, 2), np.int64), 0, ends=(0,))
    assert STALE.tobytes() in ended.encoded(0, 1)
