"""Service hours and exclusions that an amendment changes: in force at each instant, as its policy says."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla_monitor.agreements import timetables
from sla_monitor.compliance.periods import Calendar, Unit, parse_instant, period_span, rfc3339, windows_beginning_in
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement
from tests.agreements.conftest import Read, with_objective, with_spec

HOUR = 3600
UTC = ZoneInfo("UTC")
OFFICE = "'Mo-Fr 08:00-18:00'"
NIGHTLY = "{name: nightly, during: {rrule: FREQ=DAILY;BYHOUR=2, length: 1h}}"
WEEKLY = "{name: weekly, during: {rrule: FREQ=WEEKLY;BYDAY=SU;BYHOUR=4, length: 3h}}"


def only(reading: object) -> Agreement:
    assert reading.faults == ()  # type: ignore[attr-defined]
    (agreement,) = reading.agreements  # type: ignore[attr-defined]
    return agreement


def schedule(agreement: Agreement, period: str, windows: tuple[Span, ...] = ()) -> Schedule:
    span = period_span(period, agreement.zone)
    return timetables.schedule_of(agreement, agreement.objectives[0], span, windows=windows)


def hours_of(agreement: Agreement, period: str, windows: tuple[Span, ...] = ()) -> int:
    """Service hours of the period, or of the month from which it was asked."""
    return schedule(agreement, period, windows).promised([period_span(period, agreement.zone)]).seconds // HOUR


def counted(agreement: Agreement, period: str) -> list[tuple[str, str, float]]:
    """What was excluded in the period: rule, start, hours."""
    applied = schedule(agreement, period).applied(period_span(period, agreement.zone))
    return [(one.rule.name, rfc3339(one.span.start), one.counted.seconds / HOUR) for one in applied]


def amended(change: str, policy: str = "weighted", effective: str = "2026-06-16") -> str:
    return f"amendments: [{{effective: {effective}, policy: {policy}, {change}}}]"


# June 2026 begins on a Monday: 22 weekdays, 11 of them before the 16th. July has 23.
HOURS = {
    "weighted": (360 + 110, 230),
    "split": (360 + 110, 230),
    "at-start": (720, 230),
    "at-end": (220, 230),
}


@pytest.mark.parametrize("policy", HOURS)
def test_amended_hours_hold_as_the_policy_says(policy: str, read_text: Read):
    change = f"objectives: [{{name: availability, serviceHours: {OFFICE}}}]"
    agreement = only(read_text(with_spec(amended(change, policy))))

    assert [hours_of(agreement, month) for month in ("2026-05", "2026-06", "2026-07")] == [744, *HOURS[policy]]


@pytest.mark.parametrize("policy", HOURS)
def test_hours_may_be_given_up(policy: str, read_text: Read):
    change = 'objectives: [{name: availability, serviceHours: "24/7"}]'
    agreement = only(read_text(with_objective(f"serviceHours: {OFFICE}") + f"  {amended(change, policy)}\n"))

    expected = {"weighted": 110 + 360, "split": 110 + 360, "at-start": 220, "at-end": 720}[policy]
    assert [hours_of(agreement, month) for month in ("2026-05", "2026-06", "2026-07")] == [210, expected, 744]


@pytest.mark.parametrize(("policy", "expected"), [("weighted", 360 + 110), ("at-start", 720), ("at-end", 220)])
def test_the_policy_of_a_rolling_window_is_that_of_the_one_judged(policy: str, expected: int, read_text: Read):
    change = f"objectives: [{{name: availability, serviceHours: {OFFICE}}}]"
    agreement = only(read_text(with_objective("window: {rolling: 30d}") + f"  {amended(change, policy)}\n"))
    june = period_span("2026-06", agreement.zone)

    assert hours_of(agreement, "2026-06", (june,)) == expected
    assert hours_of(agreement, "2026-06") == 360 + 110, "nothing is judged: each instant has its own"


EXCLUSIONS = {"weighted": (15, 2), "split": (15, 2), "at-start": (30, 0), "at-end": (0, 4)}


@pytest.mark.parametrize("policy", EXCLUSIONS)
def test_amended_exclusions_take_the_place_of_all_before(policy: str, read_text: Read):
    text = with_spec(f"exclusions: [{NIGHTLY}]", amended(f"exclusions: [{WEEKLY}]", policy))
    agreement = only(read_text(text))
    names = [name for name, _, _ in counted(agreement, "2026-06")]

    assert (names.count("nightly"), names.count("weekly")) == EXCLUSIONS[policy]
    assert {name for name, _, _ in counted(agreement, "2026-05")} == {"nightly"}
    assert {name for name, _, _ in counted(agreement, "2026-07")} == {"weekly"}


def test_none_is_left_where_an_amendment_lists_none(read_text: Read):
    agreement = only(read_text(with_spec(f"exclusions: [{NIGHTLY}]", amended("exclusions: []"))))
    assert len(counted(agreement, "2026-06")) == 15
    assert counted(agreement, "2026-07") == []


def test_an_amendment_of_other_objectives_exclusions_changes_nothing(read_text: Read):
    other = "    - {name: other, target: 99%, indicator: {probe: {series: up}}}\n"
    rule = NIGHTLY.replace("during", "objectives: [other], during")
    text = with_objective() + other + f"  {amended(f'exclusions: [{rule}]')}\n"
    agreement = only(read_text(text))
    assert schedule(agreement, "2026-06") is ALWAYS


def test_an_occurrence_over_the_border_is_cut_there(read_text: Read):
    text = with_spec(
        "exclusions: [{name: a, during: {from: 2026-06-15T20:00:00Z, until: 2026-06-16T04:00:00Z}}]",
        amended("exclusions: [{name: b, effect: good, during: {from: 2026-06-15T22:00:00Z,"
                " until: 2026-06-16T01:00:00Z}}]"),
    )  # fmt: skip
    assert counted(only(read_text(text)), "2026-06") == [
        ("a", "2026-06-15T20:00:00Z", 4),
        ("b", "2026-06-16T00:00:00Z", 1),
    ]


def test_notice_is_kept_from_where_the_whole_began(read_text: Read):
    """The same exclusion is agreed again: cut at the border, its rest has no longer a notice."""
    rule = "{name: a, notice: 24h, announced: 2026-06-14T23:00:00Z, during: {from: %s, until: 2026-06-16T04:00:00Z}}"
    late, early = rule % "2026-06-15T20:00:00Z", rule % "2026-06-15T23:00:00Z"
    for one, hours in ((late, [0, 0]), (early, [1, 4])):
        agreement = only(read_text(with_spec(f"exclusions: [{one}]", amended(f"exclusions: [{one}, {NIGHTLY}]"))))
        assert [counted_ for name, _, counted_ in counted(agreement, "2026-06") if name == "a"] == hours


def test_an_allowance_goes_on_under_the_same_name(read_text: Read):
    """Six hours a month, of which fifteen nights of the old rule took the four it allowed: two are left."""
    rule = "{name: nightly, during: {rrule: FREQ=DAILY;BYHOUR=2, length: 1h}, allowance: {upTo: %s, per: month}}"
    agreement = only(read_text(with_spec(f"exclusions: [{rule % '4h'}]", amended(f"exclusions: [{rule % '6h'}]"))))
    hours = [hours for _, _, hours in counted(agreement, "2026-06")]
    assert (len(hours), sum(hours[:15]), sum(hours[15:])) == (30, 4, 2)


def test_an_allowance_of_another_period_begins_anew(read_text: Read):
    """January is the begin of a year and of a month: neither is taken for the other."""
    rule = "{name: nightly, during: {rrule: FREQ=DAILY;BYHOUR=2, length: 1h}, allowance: {upTo: 4h, per: %s}}"
    change = amended(f"exclusions: [{rule % 'year'}]", effective="2026-01-16")
    agreement = only(read_text(with_spec(f"exclusions: [{rule % 'month'}]", change)))
    hours = [hours for _, _, hours in counted(agreement, "2026-01")]
    assert (sum(hours[:15]), sum(hours[15:])) == (4, 4)


def test_the_policies_of_closed_windows_go_on_in_an_allowance_of_the_year(read_text: Read):
    """By the old rule no hour of June was used up, though the amendment became effective in it."""
    rule = "{name: a, during: {rrule: FREQ=DAILY;BYHOUR=2, length: 1h}, allowance: {upTo: 20h, per: year}}"
    change = amended(f"exclusions: [{rule}]", "at-start")
    agreement = only(read_text(with_spec(f"exclusions: []\n  {change}")))
    assert [sum(hours for _, _, hours in counted(agreement, month)) for month in ("2026-06", "2026-07")] == [0, 20]


effects = st.sampled_from(["drop", "good"])
rules = st.lists(
    st.builds(
        lambda name, hour, length, effect: (
            f"{{name: {name}, effect: {effect}, during: {{rrule: FREQ=DAILY;BYHOUR={hour}, length: {length}m}}}}"
        ),
        st.sampled_from("abc"), st.integers(0, 23), st.integers(1, 1500), effects,
    ),
    max_size=3, unique_by=lambda text: text[7],
).map(", ".join)  # fmt: skip
hours = st.sampled_from(['"24/7"', OFFICE, "'Sa,Su 10:00-22:00'", "'Mo-Su 22:00-26:00'"])
minutes = st.integers(0, 30 * 1440).map(lambda m: rfc3339(parse_instant("2026-06-01T00:00:00Z", UTC) + 60 * m))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.tuples(hours, rules), st.tuples(hours, rules), minutes)
def test_a_window_split_at_an_amendment_is_what_its_parts_are(
    read_text: Read, first_agreed: tuple[str, str], agreed_anew: tuple[str, str], effective: str
):
    """Before it as if nothing had been amended, from it on as if that had been agreed from the beginning."""
    (old, before), (new, after) = first_agreed, agreed_anew
    change = amended(f"objectives: [{{name: availability, serviceHours: {new}}}], exclusions: [{after}]",
                     effective=effective)  # fmt: skip
    whole = only(read_text(with_objective(f"serviceHours: {old}") + f"  exclusions: [{before}]\n  {change}\n"))
    first = only(read_text(with_objective(f"serviceHours: {old}") + f"  exclusions: [{before}]\n"))
    second = only(read_text(with_objective(f"serviceHours: {new}") + f"  exclusions: [{after}]\n"))
    border, june = parse_instant(effective, UTC), period_span("2026-06", UTC)

    found = schedule(whole, "2026-06")
    parts = [(schedule(first, "2026-06"), june.before(border)), (schedule(second, "2026-06"), june.after(border))]
    for read in (lambda one: one.promised([june]), lambda one: one.dropped, lambda one: one.favoured):
        pieces = Spans.of(piece for one, span in parts for piece in read(one).within(span))
        assert read(found).within(june) == pieces


@pytest.mark.parametrize("policy", HOURS)
def test_the_order_in_the_file_never_matters(policy: str, read_text: Read):
    named = f"policy: {policy}, objectives: [{{name: availability"
    made = [
        f"{{effective: 2026-06-16, {named}, serviceHours: {OFFICE}}}]}}",
        f"{{effective: 2026-06-20, exclusions: [{NIGHTLY}]}}",
        f"{{effective: 2026-06-25, {named}, target: 99.5%}}], exclusions: [{WEEKLY}]}}",
        "{effective: 2026-07-10, objectives: [{name: availability, minCoverage: 50%}]}",
    ]
    agreements = [
        only(read_text(with_spec(f"amendments: [{', '.join(order)}]")))
        for order in (made, made[::-1], [made[2], made[0], made[3], made[1]])
    ]
    first, *others = agreements
    for other in others:
        assert other.amendments == first.amendments
        for window in windows_beginning_in(Calendar(Unit.MONTH), first.zone, period_span("2026", first.zone)):
            assert schedule(other, window.label) == schedule(first, window.label)
