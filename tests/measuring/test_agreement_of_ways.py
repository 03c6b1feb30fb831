"""On a real Prometheus: the live cycle, a backfill and a stateless look agree, and agree with the truth."""

from __future__ import annotations

from dataclasses import dataclass
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
    Combine,
    Indicator,
    Latency,
    Measurement,
    ObjectiveName,
    Probe,
    Ratio,
    SourceName,
    Threshold,
)
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.backfill import backfill
from sla_monitor.measuring.cycle import DAY, run_pass, tasks
from sla_monitor.measuring.evaluation import evaluate, questions
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.compliance.specimens import agreement, objective
from tests.measuring.invented import START, opened
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.rig.stories import Traffic, latencies, probes, requests

DAYS = 2
END = START + DAYS * DAY
SETTLE = 30
Truth = dict[str, Fraction]


@dataclass(frozen=True)
class World:
    made: Agreement
    truth: Truth


def promise(name: str, indicator: Indicator) -> object:
    measurement = Measurement(SourceName("default"), indicator, 60)
    method = methods.EVENTS if measurement.is_counted else methods.TIME
    return objective("99", method, name=ObjectiveName(name), measurement=measurement, window=Calendar(Unit.MONTH))


@pytest.fixture(scope="module")
def world(prometheus: Prometheus) -> World:
    """Two days of every indicator, samples right on the slice borders, some of them missing."""
    traffic = requests(START, END, Traffic("ways-api"), seed=1)
    took = latencies(START, END, Traffic("ways-took"), les=("0.3", "5.0"), threshold="5.0", seed=2)
    probe = probes(START, END, "ways-probe", count=3, down_share=0.05, missing_share=0.05, seed=3)
    gauge = probes(START, END, "ways-gauge", name="broken", down_share=0.05, missing_share=0.05, seed=4)
    push(prometheus.url, [*traffic.series, *took.series, *probe.series, *gauge.series])
    api, series = 'http_requests_total{job="ways-api"', 'probe_success{job="ways-probe"}'
    made = agreement(
        promise("ratio", Ratio((api + "}",), bad=(api + ',code=~"5.."}',))),
        promise("good", Ratio((api + "}",), good=(api + ',code="200"}',))),
        promise("latency", Latency('http_request_duration_seconds{job="ways-took"}', Fraction(5))),
        *(promise(combine.value, Probe(series, combine)) for combine in Combine),
        promise("threshold", Threshold('broken{job="ways-gauge"}', Comparison.GE, Fraction(1, 2))),
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
    return World(made, truth)


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
            wanted = list(tasks([made], clock[0], 40 * DAY).values())
            while (passed := await run_pass(reader, book, wanted, lambda: clock[0])) is not None:
                assert passed.errors == ()
                if not passed.behind:
                    break


def board(book: Book, made: Agreement) -> list[Standing]:
    return [entry.current for entry in assess([made], book, END + SETTLE, lambda _: SETTLE, schedule_of).entries]


async def test_each_indicator_is_exact(prometheus: Prometheus, world: World) -> None:
    found = {standing.objective.name: standing.attainment for standing in await looked_up(prometheus, world.made)}
    assert set(found) == set(world.truth)
    for name, share in world.truth.items():
        assert 0 < share < 1, name
        assert found[name] == pytest.approx(share, abs=1e-9), name


async def test_the_ledger_says_what_a_stateless_look_says(prometheus: Prometheus, world: World, tmp_path: Path) -> None:
    book = opened(tmp_path)
    await filled(prometheus, world.made, book)
    assert board(book, world.made) == await looked_up(prometheus, world.made)


async def test_a_life_of_passes_leaves_what_a_backfill_leaves(
    prometheus: Prometheus, world: World, tmp_path: Path
) -> None:
    for name in ("live", "past"):
        (tmp_path / name).mkdir()
    live, past = opened(tmp_path / "live"), opened(tmp_path / "past")
    await lived(prometheus, world.made, live)
    await filled(prometheus, world.made, past)
    keys = [one.measurement.key for one in world.made.objectives]
    assert live.measured(keys) == past.measured(keys)
    for key in keys:
        one, other = (book.slices(key, Span(START, END)) for book in (live, past))
        assert one.good.tolist() == other.good.tolist()
        assert one.total.tolist() == other.total.tolist()
        assert one.known.tolist() == other.known.tolist()
    assert board(live, world.made) == board(past, world.made)
