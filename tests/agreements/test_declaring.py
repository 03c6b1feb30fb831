"""Schedules of what agreements leave to be found out: what was declared, silenced, and what a query answered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import conditions
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.exclusions import UNKNOWN, Applied, Effect, Origin, Queried, Uses
from sla_monitor.compliance.periods import period_span
from sla_monitor.compliance.readings import Seen
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.slices import Slices, empty
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, AgreementName, MeasurementKey, ObjectiveName
from tests.agreements.conftest import SHORTEST, Read, with_spec
from tests.agreements.test_timetables import BERLIN, HOUR, only
from tests.compliance.specimens import UTC, instant

NOON = instant("2026-03-10T12:00Z")
MARCH = period_span("2026-03", UTC)
SAID = Declaration(
    AgreementName("acme-payments"), Span(NOON, NOON + HOUR), "maintenance", "ann", "disk swap", declared_at=NOON - 60
)
SILENCE = Silence(
    id="1",
    updated_ms=NOON * 1000,
    alertmanager="http://am",
    matchers=(Matcher("service", Operator.EQUAL, "payments"), Matcher("sla_exclude", Operator.EQUAL, "true")),
    span=Span(NOON, NOON + HOUR),
    author="bert",
    comment="switching over",
    announced=NOON - 2 * HOUR,
    seen_at=NOON,
)
SILENCED = with_spec(
    BERLIN,
    "exclusions: [{name: quiet, during: {silences: {matchers: ['sla_exclude=\"true\"', 'service=\"payments\"']}}}]",
)
FLAGGED = with_spec(BERLIN, "exclusions: [{name: flagged, during: {query: 'max(flag) == 1'}}]")


def schedule(made: Agreement, timetable: Timetable, seen: Seen | None = None) -> Schedule:
    return timetable(made, made.objectives[0], MARCH, *([] if seen is None else [seen]))


def applied(made: Agreement, timetable: Timetable, seen: Seen | None = None) -> list[Applied]:
    return list(schedule(made, timetable, seen).applied(MARCH))


def test_what_was_declared_is_excluded_with_who_declared_it_and_why(read_text: Read) -> None:
    made = only(read_text(SHORTEST))
    (found,) = applied(made, Timetable((Declared(7, SAID),)))
    assert (found.rule.name, found.rule.category, found.origin) == (
        "declared-7",
        "maintenance",
        Origin("ann", "disk swap"),
    )
    assert found.counted == Spans.of([SAID.span])


@pytest.mark.parametrize(
    ("sentence", "declared"),
    [
        ("what was revoked", Declared(1, SAID, Revocation("ann", "not needed", NOON))),
        ("what is of another agreement", Declared(1, replace(SAID, agreement=AgreementName("other")))),
        ("what is for another objective", Declared(1, replace(SAID, objectives=(ObjectiveName("latency"),)))),
    ],
)
def test_what_excludes_nothing(sentence: str, declared: Declared, read_text: Read) -> None:
    assert schedule(only(read_text(SHORTEST)), Timetable((declared,))) is ALWAYS, sentence


def test_what_was_declared_stands_beside_what_was_agreed_and_counts_once(read_text: Read) -> None:
    made = only(read_text(with_spec("exclusions: [{name: a, during: {rrule: FREQ=DAILY;BYHOUR=12, length: 90m}}]")))
    long = replace(SAID, span=Span(NOON - HOUR, NOON + HOUR), effect=Effect.GOOD, objectives=(made.objectives[0].name,))
    found = schedule(made, Timetable((Declared(1, long),)))
    day = Span(NOON - 12 * HOUR, NOON + 12 * HOUR)
    assert [one.rule.name for one in found.applied(day)] == ["declared-1", "a"]
    assert found.excluded.within(day).seconds == 2.5 * HOUR
    assert found.favoured.within(day) == Spans.of([Span(NOON - HOUR, NOON)])


def test_outside_the_service_hours_nothing_is_left_to_declare(read_text: Read) -> None:
    made = only(read_text(with_spec("serviceHours: Mo-Fr 12:30-18:00")))
    (found,) = applied(made, Timetable((Declared(1, SAID),)))
    assert found.counted == Spans.of([Span(NOON + 1800, NOON + HOUR)])


def test_what_is_declared_counts_at_once(read_text: Read) -> None:
    """The same question as a moment before, asked of a later picture."""
    made = only(read_text(with_spec("exclusions: [{name: a, during: {rrule: FREQ=DAILY, length: 1h}}]")))
    before = schedule(made, Timetable()).excluded.within(MARCH).seconds
    assert schedule(made, Timetable((Declared(1, SAID),))).excluded.within(MARCH).seconds == before + HOUR
    assert schedule(made, Timetable()).excluded.within(MARCH).seconds == before


def test_silences_that_are_meant_exclude_the_time_they_silenced(read_text: Read) -> None:
    made = only(read_text(SILENCED))
    other = replace(SILENCE, id="2", matchers=SILENCE.matchers[:1])
    long_ago = replace(SILENCE, id="3", span=Span(NOON - 100 * 24 * HOUR, NOON - 99 * 24 * HOUR))
    (found,) = applied(made, Timetable(silences=(SILENCE, other, long_ago)))
    assert (found.rule.name, found.origin, found.counted) == (
        "quiet",
        Origin("bert", "switching over"),
        Spans.of([SILENCE.span]),
    )


@pytest.mark.parametrize(("notice", "counted"), [("2h", HOUR), ("121m", 0)])
def test_a_silence_was_announced_when_it_was_made(notice: str, counted: int, read_text: Read) -> None:
    made = only(read_text(SILENCED.replace("{name: quiet,", f"{{name: quiet, notice: {notice},")))
    (found,) = applied(made, Timetable(silences=(SILENCE,)))
    assert found.counted.seconds == counted


def flagged(made: Agreement, until: int) -> Seen:
    """Half of each minute of an hour the flag is up, in the next hour nobody knows, else it is down."""
    queried = made.exclusions[0].during
    assert isinstance(queried, Queried)
    key = conditions.measurement_of(queried).key
    starts = np.arange(MARCH.start, MARCH.end, 60)
    states = np.zeros((len(starts), 2))
    states[(starts >= NOON) & (starts < NOON + HOUR), 0] = 1
    states[(starts >= NOON + HOUR) & (starts < NOON + 2 * HOUR)] = np.nan
    known = np.where(np.isnan(states).all(axis=1), 0, 60)
    held = Slices(60, starts, np.nansum(states, axis=1) * 30, known.astype(np.float64), known, states)

    def between(wanted: MeasurementKey, span: Span) -> Slices:
        return held.between(span.start, span.end) if wanted == key else empty(60)

    return Seen(until, between)


def test_seconds_at_which_a_query_answered_are_excluded_and_the_unknown_are_told(read_text: Read) -> None:
    made = only(read_text(FLAGGED.replace("timezone: Europe/Berlin", "timezone: UTC")))
    found = applied(made, Timetable(), flagged(made, NOON + 3 * HOUR))
    assert sum(one.counted.seconds for one in found) == 1800
    assert {one.span.seconds for one in found if one.counted} == {30}
    assert [(one.span, [said.reason for said in one.refused]) for one in found if one.refused] == [
        (Span(NOON + HOUR, NOON + 2 * HOUR), [UNKNOWN])
    ]


def test_a_query_is_asked_of_the_source_by_the_finest_slice_of_the_objectives(read_text: Read) -> None:
    coarse, fine = "      slice: 5m\n", "      slice: 30s\n"
    for lines, expected in ((coarse, 300), (fine, 60), ("", 60)):
        made = only(read_text(FLAGGED.replace("    - name: availability\n", f"    - name: availability\n{lines}")))
        assert made.exclusions[0].during == Queried("max(flag) == 1", "default", expected)


def test_an_allowance_may_be_used_up_by_downtime_only(read_text: Read) -> None:
    """As docs/exclusions.md reckons it: half an hour of downtime on the first day, one and a half on the second."""
    rule = (
        "during: {rrule: FREQ=DAILY;BYHOUR=12;COUNT=3, length: 2h}, allowance: {upTo: 1h, per: month, uses: downtime}"
    )
    made = only(read_text(with_spec("term: {from: 2026-03-10}", f"exclusions: [{{name: a, {rule}}}]")))
    assert made.exclusions[0].allowance is not None
    assert made.exclusions[0].allowance.uses is Uses.DOWNTIME
    second = NOON + 24 * HOUR
    down = Spans.of([Span(NOON, NOON + 1800), Span(second + 600, second + 6000)])
    starts = np.arange(MARCH.start, MARCH.end, 60)
    bad = np.array([bool(down.within(Span(start, start + 60))) for start in starts.tolist()])
    good = np.where(bad, 0.0, 60.0)
    held = Slices(60, starts, good, np.full(len(starts), 60.0), np.full(len(starts), 60), (good / 60)[:, None])
    seen = Seen(MARCH.end, lambda _, span: held.between(span.start, span.end))
    first, other, third = applied(made, Timetable(), seen)
    assert [(one.counted.seconds, one.refused) for one in (first, third)] == [(2 * HOUR, ())] * 2
    assert [one.span for one in other.refused] == [Span(second + 600 + 1800, second + 6000)]
    assert [one.reason for one in other.refused] == ["the allowance of 1 h of downtime a month is used up"]
    assert other.counted.seconds == 2 * HOUR - HOUR


def test_an_amended_condition_excludes_while_it_is_in_force(read_text: Read) -> None:
    """The flag goes up at noon of the 10th and is agreed upon half an hour later, for the rest of the hour."""
    amended = (
        "amendments: [{effective: 2026-03-10T12:30:00Z, exclusions: [{name: flagged, during: {query: flag == 1}}]}]"
    )
    made = only(read_text(with_spec(amended)))
    ((_, measurement),) = conditions.asked(made)
    starts = np.arange(MARCH.start, MARCH.end, 60)
    up = ((starts >= NOON) & (starts < NOON + HOUR)).astype(np.float64)
    held = Slices(60, starts, up * 60, np.full(len(starts), 60.0), np.full(len(starts), 60), up[:, None])
    seen = Seen(MARCH.end, lambda _, span: held.between(span.start, span.end))
    (found,) = applied(made, Timetable(), seen)
    assert found.counted == Spans.of([Span(NOON + 1800, NOON + HOUR)])
    whole = list(conditions.needed(made, made.objectives[0], MARCH))
    assert whole == [(measurement, Span(NOON + 1800, MARCH.end))]
