"""Exclusions that hang on what was measured: asked along the way of all measurements, and judged alike by both ways."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import conditions
from sla_monitor.compliance.exclusions import UNKNOWN
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.backfill import backfill
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import DAY, duties, tasks
from sla_monitor.measuring.evaluation import evaluate, questions
from sla_monitor.sources import promql
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.measuring.invented import SETTLE, START, Invented, opened
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push

DEFAULT = SourceName("default")
HEAD = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  timezone: Europe/Berlin
"""
FILE = f"""{HEAD}
  objectives:
    - {{name: reachable, target: 99%, indicator: {{probe: {{series: up}}}}}}
    - {{name: served, target: 99%, indicator: {{ratio: {{bad: errors_total, total: requests_total}}}}}}
    - {{name: lately, target: 99%, window: {{rolling: 7d}}, indicator: {{probe: {{series: other}}}}}}
  exclusions:
    - {{name: flagged, during: {{query: 'flag == 1'}}, allowance: {{upTo: 30h, per: month}},
       objectives: [reachable, served]}}
    - {{name: patching, during: {{rrule: 'FREQ=DAILY;BYHOUR=2', length: 3h}},
       allowance: {{upTo: 5m, per: quarter, uses: downtime}}}}
"""


def served(tmp_path: Path, text: str) -> Agreement:
    (tmp_path / "agreement.yaml").write_text(text)
    reading = read([tmp_path / "agreement.yaml"], promql)
    assert (reading.faults, reading.notices) == ((), ())
    return reading.agreements[0]


def told(standing: Standing) -> tuple[object, ...]:
    return (
        standing.objective.name, standing.window, standing.attainment, standing.bounds, standing.good, standing.total,
        standing.known_seconds, standing.unknown_seconds, standing.excluded_seconds, standing.budget, standing.status,
        standing.exclusions, standing.burn_rates,
    )  # fmt: skip


async def filled(made: Agreement, book: Book, span: Span) -> None:
    wanted = {m.key: m for o in made.objectives for m in [o.measurement]}
    wanted |= {m.key: m for _, m in conditions.asked(made)}
    async for _ in backfill(list(wanted.values()), {DEFAULT: Invented()}, book, span, span.end + SETTLE):
        pass


async def test_the_ledgers_answer_is_evaluates(tmp_path: Path) -> None:
    made, book = served(tmp_path, FILE), opened(tmp_path)
    at = START + 20 * DAY + 12 * 3600
    await filled(made, book, Span(START - 70 * DAY, at))
    board = assess([made], book, at + SETTLE, lambda _: SETTLE, Timetable())
    looked = await evaluate(
        questions(made, [(o, at) for o in made.objectives], "current"), {DEFAULT: Invented()}, Timetable()
    )
    assert [told(entry.current) for entry in board.entries] == [told(one) for one in looked]
    excluded = {rule for one in looked for rule in {applied.rule.name for applied in one.exclusions if applied.counted}}
    assert excluded == {"flagged", "patching"}
    refused = {said.reason for one in looked for applied in one.exclusions for said in applied.refused}
    assert refused == {
        UNKNOWN,
        "the allowance of 30 h a month is used up",
        "the allowance of 5 min of downtime a quarter is used up",
    }


def test_what_exclusions_hang_on_is_measured_with_the_rest(tmp_path: Path) -> None:
    made = served(tmp_path, FILE)
    now, limit = START + 20 * DAY, 400 * DAY
    wanted = tasks([made], now, limit)
    ((_, flag),) = conditions.asked(made)
    reachable, _, lately = (wanted[o.measurement.key] for o in made.objectives)
    april = START - 61 * DAY - 2 * 3600  # midnight of the 1st of April in Berlin: the quarter's allowance
    assert (wanted[flag.key].since, wanted[flag.key].until) == (START - 2 * 3600, FOREVER)
    assert (reachable.since, lately.since) == (april, april)
    assert {task.since for task in tasks([made], now, 10 * DAY).values()} == {now - 10 * DAY}


async def test_a_pass_measures_them_too(tmp_path: Path) -> None:
    made, book, source = served(tmp_path, FILE), opened(tmp_path), Invented()
    await run_pass(source, book, duties(tasks([made], START + DAY, 40 * DAY).values()), lambda: START + DAY)
    ((_, flag),) = conditions.asked(made)
    assert book.measured([flag.key])[flag.key]
    assert flag in {want.measurement for want in source.asked}


FLAG = """
  objectives:
    - {name: reachable, target: 99%, indicator: {probe: {series: 'probe_success{job="conditions"}'}}}
  exclusions:
    - {name: flagged, during: {query: 'maintenance_mode{job="conditions",team=~"a|b"} == 1'}}
"""


def gauge(name: str, values: list[float], **labels: str) -> Series:
    times = START * 1000 + np.arange(len(values)) * 15_000
    kept = ~np.isnan(values)
    return Series({"__name__": name, "job": "conditions", **labels}, times[kept], np.array(values)[kept])


@pytest.fixture
def flags(prometheus: Prometheus) -> Prometheus:
    """An hour: team a's flag is up from minute 10 to 20, b's to 25; from 40 on neither is there."""
    nan = float("nan")
    minutes = [minute for minute in range(60) for _ in range(4)]
    push(
        prometheus.url,
        [
            gauge("probe_success", [0.0 if 15 <= m < 30 else 1.0 for m in minutes]),
            gauge("maintenance_mode", [nan if m >= 40 else float(10 <= m < 20) for m in minutes], team="a"),
            gauge("maintenance_mode", [nan if m >= 40 else float(10 <= m < 25) for m in minutes], team="b"),
        ],
    )
    return prometheus


async def test_a_real_source_tells_when_the_condition_held(flags: Prometheus, tmp_path: Path) -> None:
    """Two series that answer at once are as good as one. A quarter of an hour is down, ten minutes of it excluded."""
    made = served(tmp_path, HEAD + FLAG)
    reachable = made.objectives[0]
    async with PrometheusClient(Endpoint(DEFAULT, flags.url)) as client:
        asked = questions(made, [(reachable, START + 3600)], "current")
        (found,) = await evaluate(asked, {DEFAULT: Reader(client)}, Timetable())
    in_the_hour = [one.within(Span(START, START + 3600)) for one in found.exclusions if one.span.end > START]
    assert [(one.counted.seconds, [said.reason for said in one.refused]) for one in in_the_hour] == [
        (900, []),
        (0, [UNKNOWN]),
    ]
    assert (in_the_hour[0].span.start, in_the_hour[1].span) == (START + 600, Span(START + 2400, START + 3600))
    assert found.attainment == Fraction(45 - 5, 45)
