"""On a real Prometheus: the live cycle, a backfill and a stateless look agree, and agree with the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance import methods
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import (
    Agreement,
    Amount,
    Combine,
    Composite,
    Content,
    Down,
    Indicator,
    Latency,
    Measurement,
    Objective,
    ObjectiveName,
    Probe,
    Ratio,
    SourceName,
    Threshold,
    Value,
)
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.backfill import backfill
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import DAY, duties, tasks
from sla_monitor.measuring.evaluation import evaluate, questions
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import START, opened
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push
from tests.rig.stories import Traffic, latencies, probes, requests

DAYS = 2
END = START + DAYS * DAY
SETTLE = 30
Truth = dict[str, Fraction]


@dataclass(frozen=True)
class World:
    made: Agreement
    truth: Truth


HALF_DOWN = methods.Condition(Comparison.GT, Fraction(1, 20))
BY_SLICES = {"five minutes", "bad hours", "outages", "longest outage"}
"""Counted as tests/compliance pins it; here only that each way gives the same."""
MEAN = methods.Stat(methods.Statistic.MEAN)
METHODS = {
    Content.EVENTS: methods.EVENTS,
    Content.SECONDS: methods.TIME,
    Content.VALUES: MEAN,
    Content.AMOUNT: methods.TOTAL,
}


def promise(name: str, indicator: Indicator, method: methods.Method | None = None) -> Objective:
    measurement = Measurement(SourceName("default"), indicator, 60)
    method = method or METHODS[measurement.holds]
    return objective("99", method, name=ObjectiveName(name), measurement=measurement, window=Calendar(Unit.MONTH))


@pytest.fixture(scope="module")
def world(prometheus_server: Prometheus) -> World:
    """Two days of every indicator, samples right on the slice borders, some of them missing."""
    traffic = requests(START, END, Traffic("ways-api"), seed=1)
    took = latencies(START, END, Traffic("ways-took"), les=("0.3", "5.0"), threshold="5.0", seed=2)
    probe = probes(START, END, "ways-probe", count=3, down_share=0.05, missing_share=0.05, seed=3)
    gauge = probes(START, END, "ways-gauge", name="broken", down_share=0.05, missing_share=0.05, seed=4)
    ages = tickets("ways-desk")
    push(prometheus_server.url, [*traffic.series, *took.series, *probe.series, *gauge.series, *ages])
    age = Value('age_seconds{job="ways-desk"}')
    site = [Probe(f'probe_success{{job="ways-probe",instance="ways-probe-{n}"}}') for n in range(3)]
    api, series = 'http_requests_total{job="ways-api"', 'probe_success{job="ways-probe"}'
    made = agreement(
        promise("ratio", Ratio((api + "}",), bad=(api + ',code=~"5.."}',))),
        promise("good", Ratio((api + "}",), good=(api + ',code="200"}',))),
        promise("latency", Latency('http_request_duration_seconds{job="ways-took"}', Fraction(5))),
        *(promise(combine.value, Probe(series, combine)) for combine in Combine),
        promise("threshold", Threshold('broken{job="ways-gauge"}', Comparison.GE, Fraction(1, 2))),
        promise("mean age", age),
        promise("95th percentile", age, methods.Stat(methods.Statistic.PERCENTILE, p=Fraction(95))),
        promise("requests", Amount((api + "}",))),
        promise("a site", Composite(Down.ALL, tuple(site[:2]))),
        promise("every site", Composite(Down.ANY, tuple(site))),
        promise("five minutes", Ratio((api + "}",), bad=(api + ',code=~"5.."}',)), methods.Intervals(300)),
        promise("bad hours", Probe(series, Combine.MEAN), methods.Intervals(3600, HALF_DOWN, at_least=7200)),
        promise("outages", Probe(series, Combine.ALL), methods.Time(at_least=60, quantum=methods.Quantum(30))),
        promise("longest outage", Probe(series, Combine.ALL), methods.Spells()),
        term=Span(START, END + 400 * DAY),
    )
    shares = {"ratio": traffic, "good": traffic, "latency": took}
    truth = {name: Fraction(*story.between(START, END)) for name, story in shares.items()}
    up, there = probe.up, probe.present
    merged = np.where(there, up, np.nan)[:, there.any(axis=0)]
    mean = [Fraction(int(np.nansum(column)), int((~np.isnan(column)).sum())) for column in merged.T]
    truth |= {
        "any": Fraction(int(np.nanmax(merged, axis=0).sum()), merged.shape[1]),
        "all": Fraction(int(np.nanmin(merged, axis=0).sum()), merged.shape[1]),
        "mean": sum(mean, Fraction(0)) / len(mean),
        "quorum": Fraction(sum(share > Fraction(1, 2) for share in mean), len(mean)),
        "pooled": Fraction(int(up[there].sum()), int(there.sum())),
        "threshold": Fraction(*gauge.between(START, END)),
    }
    closed = [Fraction(one) for one in ages[1].values.tolist()]
    truth |= {
        "mean age": sum(closed, Fraction(0)) / len(closed),
        "95th percentile": sorted(closed)[-(-len(closed) * 95 // 100) - 1],
        "requests": Fraction(traffic.between(START, END)[1]),
        "a site": decided(1, up[:2], there[:2]),
        "every site": decided(0, up, there),
    }
    return World(made, truth)


def tickets(job: str) -> list[Series]:
    """A system that is scraped each 15 s and tells the age of a ticket when it closes, some 50 a day."""
    rng = np.random.default_rng(5)
    at = np.arange(START, END, 15)
    closed = at[rng.random(len(at)) < 0.01]
    ages = rng.integers(600, 90_000, len(closed)) / 4
    target = {"job": job, "instance": "desk"}
    return [
        Series({"__name__": "up", **target}, at * 1000, np.ones(len(at))),
        Series({"__name__": "age_seconds", **target}, closed * 1000, ages),
    ]


def decided(by: int, up: np.ndarray, there: np.ndarray) -> Fraction:
    """Up share where one part settles it, or all are known; else the instant is unknown."""
    settled = (there & (up == by)).any(axis=0)
    known = settled | there.all(axis=0)
    return Fraction(int((settled if by else known & ~settled).sum()), int(known.sum()))


async def looked_up(prometheus: Prometheus, made: Agreement) -> list[Standing]:
    async with PrometheusClient(Endpoint(SourceName("default"), prometheus.url)) as client:
        wanted = questions(made, [(one, END) for one in made.objectives], "current")
        return await evaluate(wanted, {SourceName("default"): Reader(client)}, schedule_of)


async def filled(prometheus: Prometheus, made: Agreement, book: Book) -> None:
    async with PrometheusClient(Endpoint(SourceName("default"), prometheus.url)) as client:
        measurements = [one.measurement for one in made.objectives]
        async for step in backfill(
            measurements, {SourceName("default"): Reader(client)}, book, Span(START, END), END + 3600
        ):
            assert step.failed == ()


async def lived(prometheus: Prometheus, made: Agreement, book: Book) -> None:
    """Passes at odd moments of the two days, the last of them after a long pause."""
    clock = [START + 61]
    async with PrometheusClient(Endpoint(SourceName("default"), prometheus.url, settle=SETTLE)) as client:
        reader = Reader(client)
        for pause in (0, 100, 60, 333, 3600, 10_000, 2 * DAY):
            clock[0] = min(clock[0] + pause, END + SETTLE)
            wanted = duties(tasks([made], clock[0], 40 * DAY).values())
            while (passed := await run_pass(reader, book, wanted, lambda: clock[0])) is not None:
                assert passed.errors == ()
                if not passed.behind:
                    break


def board(book: Book, made: Agreement) -> list[Standing]:
    return [entry.current for entry in assess([made], book, END + SETTLE, lambda _: SETTLE, schedule_of).entries]


async def test_each_indicator_is_exact(prometheus_server: Prometheus, world: World) -> None:
    standings = await looked_up(prometheus_server, world.made)
    found = {one.objective.name: one.attainment if one.value is None else one.value for one in standings}
    assert set(found) == {*world.truth, *BY_SLICES}
    for name, number in world.truth.items():
        assert 0 < number < 1 or name in ("mean age", "95th percentile", "requests"), name
        assert found[name] == pytest.approx(number, rel=1e-9), name


async def test_time_without_tickets_is_known(prometheus_server: Prometheus, world: World) -> None:
    (age,) = (one for one in await looked_up(prometheus_server, world.made) if one.objective.name == "mean age")
    assert age.coverage == 1


async def test_the_ledger_says_what_a_stateless_look_says(
    prometheus_server: Prometheus, world: World, tmp_path: Path
) -> None:
    book = opened(tmp_path)
    await filled(prometheus_server, world.made, book)
    looks, held = await looked_up(prometheus_server, world.made), board(book, world.made)
    # Where sums are enough the ledger adds up its days, which then tell no incidents.
    alike = [
        replace(look, incidents=None if one.incidents is None else look.incidents)
        for look, one in zip(looks, held, strict=True)
    ]
    assert held == alike


async def test_a_life_of_passes_leaves_what_a_backfill_leaves(
    prometheus_server: Prometheus, world: World, tmp_path: Path
) -> None:
    for name in ("live", "past"):
        (tmp_path / name).mkdir()
    live, past = opened(tmp_path / "live"), opened(tmp_path / "past")
    await lived(prometheus_server, world.made, live)
    await filled(prometheus_server, world.made, past)
    keys = [one.measurement.key for one in world.made.objectives]
    assert live.measured(keys) == past.measured(keys)
    for key in keys:
        one, other = (book.slices(key, Span(START, END)) for book in (live, past))
        assert one.good.tolist() == other.good.tolist()
        assert one.total.tolist() == other.total.tolist()
        assert one.known.tolist() == other.known.tolist()
    assert board(live, world.made) == board(past, world.made)
