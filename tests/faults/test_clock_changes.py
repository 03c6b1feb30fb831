"""The nights on which clocks change: cycle and ledger, with a restart in the middle, say what a fresh look says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance import methods
from sla_monitor.compliance.exclusions import Recurring, Rule
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, WindowSpec
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import (
    Agreement,
    Hours,
    Indicator,
    Measurement,
    Objective,
    ObjectiveName,
    Probe,
    Ratio,
    SourceName,
)
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import duties, tasks
from sla_monitor.measuring.evaluation import Question, evaluate
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.compliance.specimens import agreement, objective
from tests.faults.facts import Traffic
from tests.measuring.invented import opened
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

HOUR, DAY, SETTLE, EVERY = 3600, 86_400, 30, 900
SOURCE = SourceName("default")
NIGHTS = {
    ("Europe/Berlin", "2024-03-31"): 23,
    ("Europe/Berlin", "2024-10-27"): 25,
    ("America/New_York", "2024-03-10"): 23,
    ("America/New_York", "2024-11-03"): 25,
}
"""How long the day is that begins with it."""
RESTARTED = 2.25
"""Hours after midnight: in the first of two hours of the same name, or in the one after that which is missing."""
WINDOWS: dict[str, WindowSpec] = {
    "hour": Calendar(Unit.HOUR),
    "day": Calendar(Unit.DAY),
    "week": Calendar(Unit.WEEK),
    "month": Calendar(Unit.MONTH),
    "a day of 24 hours": Rolling(DAY, "24h"),
}
AT_TWO = Rule("backup", "maintenance", Recurring("FREQ=DAILY", datetime(2024, 1, 1, 1, 30), HOUR))  # noqa: DTZ001 - a wall clock
"""From half past one to half past two: half of it may be missing, or all of it twice."""


def promises(job: str) -> Iterator[Objective]:
    shares: dict[str, Indicator] = {
        "events": Ratio(
            (f'http_requests_total{{job="{job}"}}',), bad=(f'http_requests_total{{job="{job}",code="500"}}',)
        ),
        "time": Probe(f'probe_success{{job="{job}"}}'),
    }
    for kind, indicator in shares.items():
        m = Measurement(SOURCE, indicator, EVERY)
        method = methods.EVENTS if m.is_counted else methods.TIME
        for name, window in WINDOWS.items():
            yield objective("99", method, name=ObjectiveName(f"{kind} of {name}"), measurement=m, window=window)
    spells = methods.Time(at_least=600, quantum=methods.Quantum(HOUR))
    yield objective("99", spells, name=ObjectiveName("outages"), measurement=m, window=Calendar(Unit.DAY))
    yield objective("99", name=ObjectiveName("nights"), measurement=m, method=methods.TIME, window=Calendar(Unit.DAY), hours=Hours("Mo-Su 00:00-06:00"))  # fmt: skip # noqa: E501


async def passes(client: PrometheusClient, book: Book, made: Agreement, now: int) -> None:
    reader, wanted = Reader(client), duties(tasks([made], now, 40 * DAY).values())
    while (passed := await run_pass(reader, book, wanted, lambda: now)) is not None:
        assert passed.errors == ()
        if not passed.behind:
            break


def board(book: Book, made: Agreement, now: int) -> list[Standing]:
    """Current windows, and those before them."""
    entries = assess([made], book, now, lambda _: SETTLE, schedule_of).entries
    return [one for entry in entries for one in (entry.current, entry.previous) if one is not None]


def alike(held: Standing, look: Standing) -> bool:
    """Where sums are enough the ledger adds up its days, which tell no incidents; what has ended burns no more."""
    left_out = {name: getattr(held, name) for name in ("incidents", "burn_rates") if not getattr(held, name)}
    return held == replace(look, **left_out)


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
async def test_a_night_with_a_restart_in_it(prometheus: Prometheus, tmp_path: Path, zone: str, night: str) -> None:
    job = f"{zone}-{night}"
    begins = datetime.fromisoformat(night).replace(tzinfo=ZoneInfo(zone))
    midnight = int(begins.timestamp())
    traffic = Traffic(job, broken=700, cycle=2 * HOUR + 420)
    push(prometheus.url, traffic.series(midnight - 8 * DAY, midnight + 3 * DAY, 60))
    # A month that has ended is not caught up with: what is promised begins with this one.
    first = max(midnight - 7 * DAY, int(begins.replace(day=1).timestamp()))
    term = Span(first, midnight + 400 * DAY)
    made = replace(agreement(*promises(job), term=term, zone=ZoneInfo(zone)), exclusions=(AT_TWO,))
    book = opened(tmp_path)
    lengths: dict[str, dict[int, int]] = {}
    async with PrometheusClient(Endpoint(SOURCE, prometheus.url, settle=SETTLE, resolution=60)) as client:
        for hours in (-30, -0.5, 1.5, 2.25, 3, 24, 50):
            at = midnight + round(hours * HOUR)
            await passes(client, book, made, at + SETTLE)
            if hours == RESTARTED:
                book.store.close()
                book = opened(tmp_path)
            held = board(book, made, at + SETTLE)
            asked = [Question(made, one.objective, one.window, one.at) for one in held]
            looks = await evaluate(asked, {SOURCE: Reader(client)}, schedule_of)
            for one, look in zip(held, looks, strict=True):
                assert alike(one, look), (at, one.window, one.objective.name)
                lengths.setdefault(one.objective.name, {})[one.window.span.start] = one.window.span.seconds
    assert lengths["time of day"][midnight] == NIGHTS[zone, night] * HOUR
    assert set(lengths["time of hour"].values()) == {HOUR}
    book.store.close()
