"""From an agreement file to the schedule its objectives are judged by."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sla_monitor.agreements import timetables
from sla_monitor.agreements.folders import fingerprint
from sla_monitor.agreements.reading import read
from sla_monitor.agreements.register import Register, renewed
from sla_monitor.compliance.periods import period_span, rfc3339
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.terms import Agreement, Hours
from sla_monitor.sources import promql
from tests.agreements.conftest import SHORTEST, Read, with_objective, with_spec
from tests.agreements.test_icalendars import WEEKLY, calendar

HOUR = 3600
BERLIN = "timezone: Europe/Berlin"
CALENDAR = with_spec(BERLIN, "exclusions: [{name: a, during: {ics: a.ics}}]")


def schedule(agreement: Agreement, period: str) -> Schedule:
    return timetables.schedule_of(agreement, agreement.objectives[0], period_span(period, agreement.zone))


def only(reading: object) -> Agreement:
    assert reading.faults == ()  # type: ignore[attr-defined]
    (agreement,) = reading.agreements  # type: ignore[attr-defined]
    return agreement


def test_an_agreement_without_hours_and_exclusions_holds_always(read_text: Read):
    assert schedule(only(read_text(SHORTEST)), "2026-03") is ALWAYS
    assert schedule(only(read_text(with_spec('serviceHours: "24/7"'))), "2026-03") is ALWAYS


@pytest.mark.parametrize(("region", "hours"), [("DE", 220), ("DE-BY", 210)])
def test_hours_of_a_month_with_holidays(region: str, hours: int, read_text: Read):
    """June 2026 has 22 weekdays; one of them, Corpus Christi, is free in Bavaria."""
    text = with_spec(BERLIN, 'serviceHours: "Mo-Fr 08:00-18:00; PH off"', f"holidays: {region}")
    agreement = only(read_text(text))
    month = period_span("2026-06", agreement.zone)
    found = schedule(agreement, "2026-06").promised([month]).seconds // HOUR
    assert found == hours


@pytest.mark.parametrize(
    ("sentence", "zone", "day", "hours"),
    [
        ("Berlin's spring", "Europe/Berlin", "2026-03-29", 3),
        ("Berlin's autumn", "Europe/Berlin", "2026-10-25", 5),
        ("New York's spring", "America/New_York", "2026-03-08", 3),
        ("New York's autumn", "America/New_York", "2026-11-01", 5),
        ("Lord Howe's spring", "Australia/Lord_Howe", "2026-10-04", 3.5),
        ("Lord Howe's autumn", "Australia/Lord_Howe", "2026-04-05", 4.5),
    ],
)
def test_a_night_shift_across_a_change_of_clocks(sentence: str, zone: str, day: str, hours: float, read_text: Read):
    agreement = only(read_text(with_spec(f"timezone: {zone}", "serviceHours: 00:00-04:00")))
    span = period_span(day, agreement.zone)
    assert schedule(agreement, day).promised([span]).seconds == hours * HOUR, sentence


def test_an_objective_may_have_hours_of_its_own(read_text: Read):
    text = with_objective("serviceHours: Sa 10:00-12:00") + "  serviceHours: Mo-Fr 08:00-18:00\n"
    assert only(read_text(text)).objectives[0].hours == Hours("Sa 10:00-12:00", "")


def test_an_objective_may_be_served_around_the_clock_in_an_agreement_that_is_not(read_text: Read):
    text = with_objective('serviceHours: "24/7"') + "  serviceHours: Mo-Fr 08:00-18:00\n"
    assert only(read_text(text)).objectives[0].hours is None


def counted(agreement: Agreement, period: str) -> list[tuple[str, float]]:
    span = period_span(period, agreement.zone)
    return [(rfc3339(one.span.start), one.counted.seconds / HOUR) for one in schedule(agreement, period).applied(span)]


def test_a_span_a_rule_and_a_calendar(read_text: Read, tmp_path: Path):
    (tmp_path / "a.ics").write_text(calendar(WEEKLY))
    text = with_spec(
        BERLIN,
        "exclusions:",
        "  - {name: span, during: {from: 2026-03-03, until: 2026-03-04T12:00:00+01:00}}",
        "  - {name: rule, during: {rrule: FREQ=MONTHLY;BYMONTHDAY=10;BYHOUR=4, length: 90m}}",
        "  - {name: calendar, during: {ics: a.ics}}",
    )
    assert counted(only(read_text(text)), "2026-03")[:4] == [
        ("2026-03-01T00:30:00Z", 2.5),
        ("2026-03-02T23:00:00Z", 36),
        ("2026-03-08T00:30:00Z", 2.5),
        ("2026-03-10T03:00:00Z", 1.5),
    ]


def test_an_allowance_reckons_with_all_of_its_period(read_text: Read):
    """Four hours a year are used up in February, whatever month is asked for."""
    rule = "during: {rrule: FREQ=MONTHLY;BYMONTHDAY=1, length: 2h}, allowance: {upTo: 4h, per: year}"
    agreement = only(read_text(with_spec(f"exclusions: [{{name: a, {rule}}}]")))
    assert [counted(agreement, month)[0][1] for month in ("2026-01", "2026-02", "2026-03", "2027-01")] == [2, 2, 0, 2]


def test_an_exclusion_of_another_objective_does_not_matter(read_text: Read):
    other = "    - {name: other, target: 99%, indicator: {probe: {series: up}}}\n"
    text = (
        SHORTEST + other + "  exclusions: [{name: a, objectives: [other], during: {rrule: FREQ=DAILY, length: 1h}}]\n"
    )
    agreement = only(read_text(text))
    month = period_span("2026-03", agreement.zone)
    lengths = [len(timetables.schedule_of(agreement, one, month).applied(month)) for one in agreement.objectives]
    assert lengths == [0, 31]


def test_a_rule_counts_from_the_begin_of_the_term(read_text: Read):
    """The term begins on a Wednesday in a week of its own; nothing is excluded before."""
    rule = "during: {rrule: FREQ=WEEKLY;INTERVAL=2, length: 1h}"
    text = with_spec("term: {from: 2026-03-04}", f"exclusions: [{{name: a, {rule}}}]")
    assert [start[:10] for start, _ in counted(only(read_text(text)), "2026-03")] == ["2026-03-04", "2026-03-18"]


def test_events_of_a_calendar_are_announced_when_they_were_entered(read_text: Read, tmp_path: Path):
    first, second = (
        (f"UID:{day}", f"DTSTART:202603{day}T000000Z", "DURATION:PT1H", f"CREATED:{entered}")
        for day, entered in (("10", "20260309T000000Z"), ("20", "20260309T000000Z"))
    )
    (tmp_path / "a.ics").write_text(calendar(first, second))
    agreement = only(read_text(CALENDAR.replace("during:", "notice: 72h, during:")))
    assert [hours for _, hours in counted(agreement, "2026-03")] == [0, 1]


def test_a_changed_calendar_is_seen_and_read_again(tmp_path: Path):
    (tmp_path / "agreement.yaml").write_text(CALENDAR)
    (tmp_path / "a.ics").write_text(calendar(WEEKLY))
    before, register = fingerprint([tmp_path]), renewed(Register(), read([tmp_path], promql))
    assert len(counted(register.agreements[0], "2026-03")) == 5

    (tmp_path / "a.ics").write_text(calendar(("UID:b", "DTSTART;VALUE=DATE:20260310")))
    assert fingerprint([tmp_path]) != before
    register = renewed(register, read([tmp_path], promql))
    assert counted(register.agreements[0], "2026-03") == [("2026-03-09T23:00:00Z", 24)]


def test_a_calendar_that_has_gone_leaves_the_last_good_version_in_force(tmp_path: Path):
    (tmp_path / "agreement.yaml").write_text(CALENDAR)
    (tmp_path / "a.ics").write_text(calendar(WEEKLY))
    register = renewed(Register(), read([tmp_path], promql))
    (tmp_path / "a.ics").unlink()
    register = renewed(register, read([tmp_path], promql))

    assert [fault.message for fault in register.faults] == ["ics: 'a.ics' cannot be read: No such file or directory"]
    assert register.kept == ("acme-payments",)
    assert len(counted(register.agreements[0], "2026-03")) == 5


def test_a_fingerprint_does_not_care_for_calendars_of_nobody(tmp_path: Path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "agreement.yaml").write_text(SHORTEST)
    before = fingerprint([tmp_path / "one"])
    (tmp_path / "a.ics").write_text(calendar(WEEKLY))
    assert fingerprint([tmp_path / "one"]) == before
    os.utime(tmp_path / "one" / "agreement.yaml", ns=(1, 1))
    assert fingerprint([tmp_path / "one"]) != before
