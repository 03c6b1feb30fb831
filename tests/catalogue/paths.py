"""The way of a user: an agreement's text is read, and judged on the slices of what happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from sla_monitor.agreements import timetables
from sla_monitor.agreements.library import published
from sla_monitor.agreements.reading import read
from sla_monitor.compliance import histories, judgements, periods
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Calendar
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement
from sla_monitor.sources import promql
from tests.catalogue.scenarios import AROUND, Case, Facts, Maintenance
from tests.catalogue.slow import Stretch

CALENDAR = "maintenance.ics"


def standing_of(name: str, case: Case, folder: Path) -> Standing:
    """How the contract stands that the library has under this name, after what happened."""
    (folder / CALENDAR).write_bytes(_calendar(case.maintenance, case.window))
    agreement = reading_of(_filled_in(published(name), case), folder / f"{name}.yaml")
    standing = judged(agreement, case.facts, case.window)
    return histories.remembering(standing, _earlier(agreement, standing, case)) if case.earlier else standing


def _earlier(agreement: Agreement, standing: Standing, case: Case) -> list[Earlier]:
    """The windows before that one, the last of them just before it."""
    (objective,), window, found = agreement.objectives, standing.window, []
    for broken in reversed(case.earlier):
        window = periods.previous_window(objective.window, agreement.zone, window)
        found.append(Earlier(window, broken, Fraction(0)))
    return found[::-1]


def judged(agreement: Agreement, facts: Facts, frame: Stretch) -> Standing:
    (objective,) = agreement.objectives
    begin, end = frame
    spec, rolling = objective.window, not isinstance(objective.window, Calendar)
    at = end if rolling else end + AROUND
    window = periods.window_of(spec, agreement.zone, end if rolling else begin)
    assert window.span == Span(begin, end)
    measurement = objective.measurement
    slices = facts.slices(frame, measurement.slice_seconds)
    schedule = timetables.schedule_of(agreement, objective, Span(begin - AROUND, at))
    return judgements.judge(agreement, objective, window, at, {measurement.key: slices}, schedule=schedule)


def reading_of(text: str, path: Path) -> Agreement:
    path.write_text(text)
    reading = read([path], promql)
    assert reading.faults == ()
    (agreement,) = reading.agreements
    return agreement


def _filled_in(text: str, case: Case) -> str:
    """With the case's term and maintenance written into it."""
    begin = case.window[0]
    if case.term is not None:
        text += f"  term: {{from: {_said(begin + case.term[0])}, until: {_said(begin + case.term[1])}}}\n"
    declared = [one for one in case.maintenance if one.rule is None]
    if declared:
        text += "  exclusions:\n" + "".join(_exclusion(one, begin, i) for i, one in enumerate(declared))
    elif case.maintenance:
        text = re.sub(r"during: \{from: .*\}", f"during: {{ics: {CALENDAR}}}", text)
        text = re.sub(r" +announced: .*\n", "", text)
    return text


def _exclusion(one: Maintenance, begin: int, number: int) -> str:
    during = f"{{from: {_said(begin + one.at)}, until: {_said(begin + one.at + one.long)}}}"
    return f"    - {{name: declared-{number}, during: {during}, effect: {one.effect}}}\n"


def _calendar(maintenance: Sequence[Maintenance], window: Stretch) -> bytes:
    """Each maintenance as the provider announced it, when the event was last changed."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN"]
    for number, one in enumerate(maintenance):
        times = {"DTSTART": one.at, "DTEND": one.at + one.long, "DTSTAMP": 0, "LAST-MODIFIED": one.announced or 0}
        stamped = [f"{key}:{datetime.fromtimestamp(window[0] + at, UTC):%Y%m%dT%H%M%SZ}" for key, at in times.items()]
        lines += ["BEGIN:VEVENT", f"UID:{number}@tests", *stamped, "SUMMARY:Maintenance", "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _said(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"
