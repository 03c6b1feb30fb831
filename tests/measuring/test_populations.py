"""The board and a stateless look agree on an agreement with service hours and exclusions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sla_monitor.agreements import timetables
from sla_monitor.agreements.reading import read
from sla_monitor.compliance.periods import period_span
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, Measurement, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.measuring import assessment, evaluation
from sla_monitor.sources import promql
from tests.measuring.invented import Invented

FILE = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  timezone: Europe/Berlin
  serviceHours: "Mo-Sa 06:00-22:00; PH off"
  holidays: DE-BY
  objectives:
    - {name: reachable, target: 99%, indicator: {probe: {series: up}}}
    - {name: served, target: 99%, indicator: {ratio: {bad: errors_total, total: requests_total}}}
    - {name: lately, target: 99%, window: {rolling: 7d}, serviceHours: 24/7, indicator: {probe: {series: up}}}
  exclusions:
    - {name: patching, during: {rrule: 'FREQ=WEEKLY;BYDAY=WE;BYHOUR=20;BYMINUTE=30', length: 3h},
       allowance: {upTo: 4h, per: month}}
    - {name: move, effect: good, during: {from: 2026-10-20, until: 2026-10-21T12:00:30+02:00}}
"""
AMENDED = """\
  amendments:
    - effective: 2026-10-14T09:00:00+02:00
      policy: weighted
      objectives: [{name: reachable, target: 97%}, {name: served, target: 97%}]
"""
DAY = 86_400


def facts(measurement: Measurement, span: Span) -> Slices:
    """Down for a while every five hours, and unknown for a while every nine."""
    starts = np.arange(span.start, span.end, 60, dtype=np.int64)
    down = starts // 60 % 300 < 7
    known = np.where(starts // 60 % 540 < 11, 0, 60).astype(np.int64)
    total = known.astype(np.float64)
    good = np.where(down, total * 0.5, total)
    states = None if measurement.is_counted else np.where(known > 0, good / 60, np.nan)[:, None]
    return Slices(60, starts, good, total, known, states)


class Source(Invented):
    """Answers from the facts."""

    def _reading(self, want: Want) -> Reading:
        return Reading(want, facts(want.measurement, want.span))


def served(tmp_path: Path, more: str = "") -> Agreement:
    (tmp_path / "agreement.yaml").write_text(FILE + more)
    reading = read([tmp_path], promql)
    assert (reading.faults, reading.notices) == ((), ())
    return reading.agreements[0]


def book_of(tmp_path: Path, agreement: Agreement, span: Span) -> Book:
    store = store_at(f"sqlite:///{tmp_path / 'ledger.db'}")
    store.prepare()
    book = Book(store)
    wanted = {one.measurement.key: one.measurement for one in agreement.objectives}
    for day in range(span.start, span.end, DAY):
        piece = Span(day, min(day + DAY, span.end))
        book.write([Reading(Want(m, piece), facts(m, piece)) for m in wanted.values()])
    return book


def told(standing: Standing) -> tuple[object, ...]:
    return (
        standing.objective.name, standing.window, standing.attainment, standing.bounds, standing.good, standing.total,
        standing.known_seconds, standing.unknown_seconds, standing.excluded_seconds, standing.budget, standing.status,
        standing.exclusions, standing.projection,
    )  # fmt: skip


@pytest.mark.parametrize("later", [0, 13 * 60, 30 * DAY])
@pytest.mark.parametrize(
    "more", ["", AMENDED, AMENDED.replace("weighted", "split")], ids=["plain", "weighted", "split"]
)
async def test_the_ledgers_answer_is_evaluates(tmp_path: Path, later: int, more: str):
    agreement = served(tmp_path, more)
    october = period_span("2026-10", agreement.zone)
    at = october.start + 24 * DAY + 12 * 3600 + later
    book = book_of(tmp_path, agreement, Span(october.start // DAY * DAY - 5 * DAY, at))
    board = assessment.assess([agreement], book, at + 60, lambda _: 60, timetables.schedule_of)

    sources = {SourceName("default"): Source(settle_seconds=60)}
    for period in ("current", "previous"):
        asked = [(one, at) for one in agreement.objectives if period == "current" or one.name != "lately"]
        questions = evaluation.questions(agreement, asked, period)
        looked = await evaluation.evaluate(questions, sources, timetables.schedule_of)
        entries = [entry.current if period == "current" else entry.previous for entry in board.entries]
        on_board = [told(standing)[:-1] for standing in entries if standing is not None]
        if period == "previous" and later < DAY:
            continue  # the ledger holds five days of September, and the source all of it
        assert on_board == [told(standing)[:-1] for standing in looked]


def test_an_amended_promise_keeps_its_hours(tmp_path: Path):
    agreement = served(tmp_path, AMENDED)
    (amendment,) = agreement.amendments
    assert [one.hours for one in amendment.objectives] == [one.hours for one in agreement.objectives[:2]]
    assert amendment.objectives[0].hours is not None


def test_what_was_excluded_and_what_was_refused(tmp_path: Path):
    """October has four Wednesdays: 90 minutes of each lie in service hours, and four hours a month are allowed."""
    agreement = served(tmp_path)
    october = period_span("2026-10", agreement.zone)
    book = book_of(tmp_path, agreement, Span(october.end // DAY * DAY - 40 * DAY, october.end // DAY * DAY + DAY))
    board = assessment.assess([agreement], book, october.end + DAY, lambda _: 60, timetables.schedule_of)
    closed = board.entries[0].previous
    assert closed is not None

    patching = [one for one in closed.exclusions if one.rule.name == "patching"]
    assert [one.counted.seconds for one in patching] == [5400, 5400, 3600, 0]
    assert [[said.span.seconds for said in one.refused] for one in patching] == [
        [5400],
        [5400],
        [1800, 5400],
        [5400] * 2,
    ]
    move = next(one for one in closed.exclusions if one.rule.name == "move")
    assert move.counted.seconds == 16 * 3600 + 6 * 3600 + 30
    # What the move and the patching share on the 21st counts once, and it is not there at 20:30.
    assert closed.excluded_seconds == 4 * 3600 + 22 * 3600 + 30
