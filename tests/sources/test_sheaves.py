"""One query for many measurements gives each of them, to the last bit, what its own query would have given."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import bundles
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import (
    Combine,
    Comparison,
    Down,
    Indicator,
    Measurement,
    Probe,
    Ratio,
    SourceName,
    Value,
)
from sla_monitor.errors import SourceTooMuchError
from sla_monitor.sources import promql, sheaves
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import NAMED_ONE_BY_ONE, Reader
from sla_monitor.sources.sheaves import Sheaf
from tests.rig.processes import Prometheus, PrometheusSetup, VictoriaMetrics
from tests.rig.remotewrite import Series, push
from tests.sources.asking import (
    START,
    amount,
    composite,
    every,
    fresh,
    latency,
    measurement,
    probe,
    queries,
    ratio,
    threshold,
    value,
)

SPAN = Span(START, START + 600)
TENANTS = ("acme", "b.corp", "c|d", 'e"f', "g-h")


def together(*measurements: Measurement) -> list[Sheaf]:
    return [sheaf for _, sheaf in sheaves.together((None, one) for one in measurements)]


def of(*matchers: str) -> Measurement:
    told = ",".join(matchers)
    return ratio(f"all_total{{{told}}}", f'all_total{{{told},code=~"5.."}}')


@pytest.mark.parametrize(
    ("pair", "by"),
    [
        ((of('tenant="a"'), of('tenant="b"')), ("tenant",)),
        ((of('job="x"', 'tenant="a"'), of('tenant="b"', 'job="x"')), ("tenant",)),
        ((of('job="x"'), of('job="y"')), ("job",)),
        ((of('job="x"', 'zone="1"'), of('job="y"', 'zone="2"')), ("job", "zone")),
        ((probe('up{job="x"}'), probe('up{job="y"}')), ("job",)),
        ((amount('all_total{job="x"}'), amount('all_total{job="y"}')), ("job",)),
        ((latency('seconds{job="x"}', "1"), latency('seconds{job="y"}', "1")), ("job",)),
        (tuple(value(f'max(x{{job="{j}"}}) - min(y{{job="{j}"}} offset 5m)') for j in "xy"), ("job",)),
        (tuple(threshold(f'sum by (a) (x{{job="{j}"}}) < 5', Comparison.GE, "1") for j in "xy"), ("job",)),
        (
            tuple(
                queries(f'sum(increase(x{{job="{j}"}}[$slice]))', f'sum(increase(y{{job="{j}"}}[$slice]))')
                for j in "xy"
            ),
            ("job",),
        ),
        (tuple(composite(Down.ANY, probe(f'up{{job="{x}"}}'), of(f'job="{x}"')) for x in "xy"), ("job",)),
    ],
    ids=[
        "a label",
        "its place",
        "the job",
        "two labels",
        "probes",
        "amounts",
        "latencies",
        "values",
        "thresholds",
        "queries",
        "composites",
    ],
)
def test_measurements_that_differ_in_label_values_alone_are_asked_for_together(
    pair: tuple[Measurement, Measurement], by: tuple[str, ...]
) -> None:
    (sheaf,) = together(*pair)
    assert sheaf.by == by
    assert sheaf.members == pair


@pytest.mark.parametrize(
    "pair",
    [
        (of('tenant="a"'), of('tenant="b"', 'code!="404"')),
        (probe('up{job="x"}'), probe('up{job="y"}', Combine.ALL)),
        (probe('up{job="x"}'), probe('probe_success{job="y"}')),
        (latency('seconds{job="x"}', "1"), latency('seconds{job="y"}', "2")),
        (of('job="x"'), Measurement(SourceName("other"), of('job="y"').indicator, 60)),
        (of('job="x"'), Measurement(SourceName("default"), of('job="y"').indicator, 120)),
    ],
    ids=["a matcher", "how they merge", "the metric", "the threshold", "the source", "the slice"],
)
def test_what_differs_otherwise_is_asked_for_apart(pair: tuple[Measurement, Measurement]) -> None:
    assert [sheaf.members for sheaf in together(*pair)] == [(one,) for one in pair]


@pytest.mark.parametrize(
    "indicator",
    [
        Ratio(('all_total{tenant="a"}',), bad=('bad_total{job="x"}',)),
        Probe("up"),
        Probe('up{job=~"x"}'),
        Probe('up{job="x",job!="y"}'),
        Value('sum(x{job="a"}) or vector(0)'),
        Value('absent(x{job="a"})'),
        Value('sum(x{job="a"}) * time() - timestamp(y{job="a"}) + scalar(x{job="a"})'),
        Value('sum(x{job="a"}) / sum(y)'),
        Value('label_replace(x{job="a"}, "job", "b", "", "")'),
        Value("time()"),
    ],
    ids=[
        "no label in common",
        "no label",
        "no value",
        "a second matcher",
        "a vector without labels",
        "an absence",
        "a scalar",
        "a selector without it",
        "a label made anew",
        "no series",
    ],
)
def test_without_a_value_that_all_selectors_share_it_is_asked_for_by_itself(indicator: Indicator) -> None:
    assert sheaves.member(measurement(indicator)) is None


PAIRS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("123456")), min_size=1, max_size=20, unique=True
)


@given(PAIRS)
def test_each_is_asked_for_once_and_little_is_read_that_nobody_wants(pairs: list[tuple[str, str]]) -> None:
    found = together(*(of(f'tenant="{tenant}"', f'zone="{zone}"') for tenant, zone in pairs))
    assert sorted(m.key for sheaf in found for m in sheaf.members) == sorted(
        of(f'tenant="{tenant}"', f'zone="{zone}"').key for tenant, zone in pairs
    )
    for sheaf in found:
        kinds = [len({values[i] for values in sheaf.values}) for i in range(len(sheaf.by))]
        combinations = int(np.prod(kinds, dtype=int))
        assert combinations <= sheaves.SPARSE * len(sheaf) or max(kinds) == len(sheaf)


@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=6, unique=True))
def test_a_query_of_many_matches_their_values_and_no_other(values: list[str]) -> None:
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for value in values]
    (sheaf,) = together(*(probe(f'up{{tenant="{value}"}}') for value in quoted))
    assert isinstance(sheaf.asked.indicator, Probe)
    (matcher,) = promql.selector(sheaf.asked.indicator.series).matchers
    pattern = re.compile(matcher.value)  # the few signs that are escaped mean the same to Python
    assert all(pattern.fullmatch(value) for value in values)
    assert not any(pattern.fullmatch(value + "x") for value in values if value + "x" not in values)


async def measured(url: str, wants: Sequence[Want], asked: list[str] | None = None) -> list[Reading]:
    def observe(_source: SourceName, result: str, _seconds: float) -> None:
        if asked is not None:
            asked.append(result)

    async with PrometheusClient(Endpoint(SourceName("default"), url, resolution=15), observe) as client:
        return await Reader(client).measure(wants)


def a_tenants_series(job: str, tenant: str, seed: int, **up: str) -> list[Series]:
    """Counters with resets and gaps, two instances, buckets, and a probe that flaps; of one in three `up` fails."""
    rng = np.random.default_rng(seed)
    made = []
    for instance in ("1", "2"):
        labels = {"job": job, "tenant": tenant, "instance": f"{tenant}-{instance}"}
        grown = np.cumsum(rng.integers(0, 9, 60)).astype(float)
        grown[40:] -= grown[40] * (seed % 2)
        some = [None if rng.random() < 0.1 else float(value) for value in grown]
        made += [
            every(some, name="all_total", code="200", **labels),
            every([None if one is None else one // 3 for one in some], name="all_total", code="500", **labels),
            every(some, name="seconds_count", **labels),
            every([None if one is None else one // 2 for one in some], name="seconds_bucket", le="0.5", **labels),
            every((rng.random(60) > 0.2).astype(float).tolist(), name="probe_success", **labels),
        ]
        scraped = [float(seed % 3 or k % 12 > 5) for k in range(60)]
        made.append(every(scraped, name="up", job=job, instance=labels["instance"], **up))
    return made


KINDS: dict[str, Callable[[str], Measurement]] = {
    "events": lambda told: ratio(f"all_total{{{told}}}", f'all_total{{{told},code="500"}}'),
    "latency": lambda told: latency(f"seconds{{{told}}}", "0.5"),
    "amount": lambda told: amount(f"all_total{{{told}}}"),
    "any": lambda told: probe(f"probe_success{{{told}}}"),
    "quorum": lambda told: probe(f"probe_success{{{told}}}", Combine.QUORUM),
    "pooled": lambda told: probe(f"probe_success{{{told}}}", Combine.POOLED),
    "queries": lambda told: queries(
        f"sum(increase(all_total{{{told}}}[$slice]))", f'sum(increase(all_total{{{told},code="200"}}[$slice]))'
    ),
    "threshold": lambda told: threshold(
        f"sum(rate(all_total{{{told}}}[1m])) or 0 * max(probe_success{{{told}}})",
        Comparison.GE,
        "0.9",
    ),
    "value": lambda told: value(
        f"sum(rate(all_total{{{told},code='500'}}[1m])) / on () sum without (code) (sum(rate(all_total{{{told}}}[1m])))"
    ),
    "several series": lambda told: value(f"probe_success{{{told}}}"),
    "composite": lambda told: composite(
        Down.ANY, probe(f"probe_success{{{told}}}"), ratio(f"all_total{{{told}}}", f'all_total{{{told},code="500"}}')
    ),
}
ROUNDED = ("threshold", "value")
"""What is held against a limit, or is, a sum of fractions."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("named", ["job", "tenant alone"])
async def test_together_they_are_measured_as_each_by_itself(
    server: Prometheus | VictoriaMetrics, kind: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sla_monitor.sources.reader.AT_ONCE", 4)
    if isinstance(server, VictoriaMetrics) and kind in ROUNDED:
        pytest.skip("VictoriaMetrics adds up fractions in no steady order, so that their last digit comes and goes")
    job = fresh("sheaf")
    for seed, tenant in enumerate(TENANTS):
        push(server.url, a_tenants_series(job, f"{tenant}.{job}", seed))
    within = f'job="{job}",' if named == "job" else ""
    quoted = [tenant.replace('"', '\\"') for tenant in TENANTS] + ["nobody"]
    wants = [Want(KINDS[kind](f'{within}tenant="{tenant}.{job}"'), SPAN) for tenant in quoted]
    asked: list[str] = []
    found = await measured(server.url, wants, asked)
    for want, reading in zip(wants, found, strict=True):
        (alone,) = await measured(server.url, [want])
        assert str(reading.error) == str(alone.error)
        if kind == "several series" and alone.error is not None:
            continue
        assert reading.slices is not None
        assert alone.slices is not None
        for column in ("starts", "good", "total", "known"):
            np.testing.assert_array_equal(getattr(reading.slices, column), getattr(alone.slices, column))
        if alone.slices.states is not None:
            np.testing.assert_array_equal(reading.slices.states, alone.slices.states)
        assert reading.contradictions == alone.contradictions
        assert reading.asked == alone.asked  # each is told the query that asks for it alone
    assert any(reading.slices is not None and reading.slices.good.any() for reading in found) != (
        kind == "several series"
    )


async def test_the_number_of_queries_does_not_grow_with_the_customers(prometheus: Prometheus) -> None:
    job, counts = fresh("many"), []
    push(prometheus.url, [one for n in range(30) for one in a_tenants_series(job, f"t{n}", n)])
    for many in (3, 30):
        asked: list[str] = []
        wants = [Want(KINDS["events"](f'job="{job}",tenant="t{n}"'), SPAN) for n in range(many)]
        await measured(prometheus.url, wants, asked)
        counts.append(len(asked))
    assert counts[0] == counts[1]


async def test_of_many_that_are_nearly_all_the_names_are_left_out(prometheus: Prometheus) -> None:
    job, many = fresh("names"), NAMED_ONE_BY_ONE + 10
    push(
        prometheus.url,
        [every([0.0, 4.0, 9.0, 9.0, 9.0], name="all_total", job=job, tenant=f"t{n}") for n in range(many)],
    )
    push(prometheus.url, [every([1.0] * 5, name="up", job=job)])
    wants = [Want(amount(f'all_total{{job="{job}",tenant="t{n}"}}'), Span(START, START + 60)) for n in range(many)]
    async with PrometheusClient(Endpoint(SourceName("default"), prometheus.url, resolution=15)) as client:
        reader = Reader(client)
        found = await reader.measure(wants)
        assert [r.slices.good.tolist() for r in found if r.slices] == [[9.0]] * many
        assert [len(keys.values) for keys in reader._keys.values()] == [many]
        await reader.measure(wants[:3])
        assert [len(keys.values) for keys in reader._keys.values()] == [3], (
            "of what nobody asks any more nothing is kept"
        )
        (wanted,) = bundles.wanted(wants)
        known = await reader.discovery.findings(wants[0].measurement, wanted.span)
        batches = await reader._batches([(wanted.span, known, wanted.bundle)])
    assert [batch.sheaf.asked.indicator for batch in batches] == [
        amount(f'all_total{{job="{job}",tenant!=""}}').indicator
    ]


async def test_what_one_customer_gets_wrong_touches_no_other(tmp_path: object) -> None:
    setup = PrometheusSetup(out_of_order="3650d", flags=("--query.max-samples=1000",))
    with Prometheus(tmp_path, setup) as narrow:  # type: ignore[arg-type] # a path, which is all it needs
        for tenant in range(8):
            wide = [
                every(
                    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], name="all_total", job="narrow", tenant=f"t{tenant}", series=str(n)
                )
                for n in range(400 if tenant == 5 else 1)
            ]
            push(narrow.url, wide)
        push(narrow.url, [every([1.0] * 6, name="up", job="narrow")])
        wants = [Want(amount(f'all_total{{job="narrow",tenant="t{n}"}}'), Span(START, START + 60)) for n in range(8)]
        found = await measured(narrow.url, wants)
    assert [type(reading.error) for reading in found] == [type(None)] * 5 + [SourceTooMuchError] + [type(None)] * 2
    assert [r.slices.good.tolist() for r in found if r.slices is not None] == [[4.0]] * 7
