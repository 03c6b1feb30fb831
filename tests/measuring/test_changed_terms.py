"""On a real Prometheus and a real ledger: what was measured is a fact, and other terms ask for none of it again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.agreements.timetables import schedule_of
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, SourceName
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess
from sla_monitor.measuring.cycle import run_pass
from sla_monitor.measuring.duties import DAY, duties, tasks
from sla_monitor.sources import promql
from sla_monitor.sources.client import Endpoint, PrometheusClient
from sla_monitor.sources.reader import Reader
from tests.agreements.test_icalendars import calendar
from tests.measuring.invented import START, opened
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.rig.stories import probes

END = START + 2 * DAY
SETTLE = 30
TEXT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  timezone: Europe/Berlin
  term: {from: 2026-06-01}
  objectives:
    - name: reachable
      target: 99%
      indicator: {probe: {series: 'probe_success{job="changed-terms"}'}}
"""
EVENT = ("UID:a", "DTSTART:20260601T100000Z", "DURATION:PT4H")


@dataclass
class Rig:
    """One ledger that is up to date, and what has been asked of its source and written to it."""

    folder: Path
    book: Book
    reader: Reader
    asked: list[str] = field(default_factory=list)
    slices: int = 0

    def agreed(self, text: str) -> Agreement:
        path = self.folder / "agreement.yaml"
        path.write_text(text)
        reading = read([path], promql)
        assert reading.faults == ()
        return reading.agreements[0]

    async def passes(self, agreement: Agreement) -> None:
        """Until nothing is due any more; time stands still."""
        now = END + SETTLE
        wanted = duties(tasks([agreement], now, 40 * DAY).values())
        while (passed := await run_pass(self.reader, self.book, wanted, lambda: now)) is not None:
            assert passed.errors == ()
            self.slices += passed.written.slices

    def standing(self, agreement: Agreement) -> Standing:
        (entry,) = assess([agreement], self.book, END + SETTLE, lambda _: SETTLE, schedule_of).entries
        return entry.current


@asynccontextmanager
async def rigged(prometheus: Prometheus, folder: Path) -> AsyncIterator[Rig]:
    asked: list[str] = []
    endpoint = Endpoint(SourceName("default"), prometheus.url, settle=SETTLE, resolution=60)
    async with PrometheusClient(endpoint, lambda _, result, __: asked.append(result)) as client:
        yield Rig(folder, opened(folder), Reader(client), asked)


@pytest.fixture(scope="module")
def probed(prometheus: Prometheus) -> None:
    push(prometheus.url, probes(START, END, "changed-terms", down_share=0.05, missing_share=0.05, seed=11).series)


def of_objective(line: str) -> str:
    return TEXT.replace("      target", f"      {line}\n      target")


def amended(text: str) -> str:
    return TEXT + f"  amendments: [{{effective: 2026-06-02, {text}}}]\n"


CHANGED = {
    "another target": TEXT.replace("99%", "90%"),
    "another window": of_objective("window: day"),
    "another method": of_objective("method: {intervals: {every: 5m, badWhen: '> 50%'}}"),
    "another zone": TEXT.replace("Europe/Berlin", "UTC").replace("2026-06-01", "2026-06-01T06:00:00Z"),
    "other missing data": TEXT + "  noData: bad\n",
    "credits": TEXT + "  credits: {flat: 10%}\n",
    "an exclusion of the past": (
        TEXT + "  exclusions: [{name: a, during: {from: 2026-06-01T08:00:00Z, until: 2026-06-01T20:00:00Z}}]\n"
    ),
    "service hours": TEXT + "  serviceHours: Mo-Fr 08:00-18:00\n",
    "a calendar": TEXT + "  exclusions: [{name: a, during: {ics: a.ics}}]\n",
    "an end": TEXT.replace("{from: 2026-06-01}", "{from: 2026-06-01, terminated: 2026-06-02}"),
    "an amended target": amended("objectives: [{name: reachable, target: 95%}]"),
    "an amended window": amended("objectives: [{name: reachable, window: day}]"),
    "amended hours": amended("objectives: [{name: reachable, serviceHours: Mo-Fr 08:00-18:00}]"),
    "amended exclusions": amended("exclusions: [{name: a, during: {rrule: FREQ=DAILY, length: 12h}}]"),
}  # fmt: skip


@pytest.mark.usefixtures("probed")
async def test_other_terms_are_judged_on_what_was_measured(prometheus: Prometheus, tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_text(calendar(EVENT))
    async with rigged(prometheus, tmp_path) as rig:
        first = rig.agreed(TEXT)
        await rig.passes(first)
        asked, slices, standing = len(rig.asked), rig.slices, rig.standing(first)
        # From midnight in Berlin on, two hours before the first sample.
        assert (asked > 0, slices) == (True, 50 * 60)
        for sentence, text in CHANGED.items():
            agreement = rig.agreed(text)
            await rig.passes(agreement)
            assert (len(rig.asked), rig.slices) == (asked, slices), sentence
            found = rig.standing(agreement)
            assert (found.status, found.reason, found.percent, found.budget, found.credit) != (
                standing.status, standing.reason, standing.percent, standing.budget, standing.credit,
            ), f"{sentence} changes nothing that is shown"  # fmt: skip


@pytest.mark.usefixtures("probed")
async def test_a_changed_calendar_is_judged_anew_and_measures_nothing(prometheus: Prometheus, tmp_path: Path) -> None:
    async with rigged(prometheus, tmp_path) as rig:
        seconds = []
        for event in (EVENT, ("UID:a", "DTSTART:20260601T100000Z", "DURATION:PT6H")):
            (tmp_path / "a.ics").write_text(calendar(event))
            agreement = rig.agreed(CHANGED["a calendar"])
            await rig.passes(agreement)
            seconds.append((rig.standing(agreement).excluded_seconds, len(rig.asked), rig.slices))
        (before, asked, slices), after = seconds
        assert (before, asked > 0) == (4 * 3600, True)
        assert after == (6 * 3600, asked, slices)


@pytest.mark.usefixtures("probed")
async def test_another_indicator_is_measured(prometheus: Prometheus, tmp_path: Path) -> None:
    """Else the tests above would hold of a rig that never measures."""
    async with rigged(prometheus, tmp_path) as rig:
        await rig.passes(rig.agreed(TEXT))
        asked, slices = len(rig.asked), rig.slices
        await rig.passes(rig.agreed(TEXT.replace('"}', '", instance=~".+"}')))
        assert len(rig.asked) > asked
        assert rig.slices == 2 * slices
