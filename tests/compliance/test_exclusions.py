"""Which excluded time counts, and the reason for every second that does not."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import exclusions
from sla_monitor.compliance.exclusions import (
    UNPROMISED,
    Allowance,
    Applied,
    Occurrence,
    Once,
    Origin,
    Refusal,
    Rule,
    Uses,
)
from sla_monitor.compliance.periods import Unit
from sla_monitor.compliance.spans import FOREVER, Span, Spans
from tests.compliance.specimens import instant

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
ALL = Spans.of([Span(0, FOREVER)])
HOUR, DAY = 3600, 86400


def rule(name: str = "maintenance", **changes: object) -> Rule:
    return Rule(name, "maintenance", Once(Span(0, 1)), **changes)  # type: ignore[arg-type]


def capped(hours: int, per: Unit, name: str = "maintenance") -> Rule:
    return rule(name, allowance=Allowance(hours * HOUR, per))


def hours(start: str, length: float, of: Rule, announced: int | None = None) -> Occurrence:
    begin = instant(start)
    return Occurrence(of, Span(begin, begin + int(length * HOUR)), announced)


def counted(found: tuple[Applied, ...]) -> list[int]:
    return [one.counted.seconds for one in found]


NOTICED = rule(notice=72 * HOUR)


@pytest.mark.parametrize(
    ("sentence", "announced", "expected"),
    [
        ("exactly the minimum is enough", "2026-03-11T22:00Z", 4 * HOUR),
        ("a second less is not", "2026-03-11T22:00:01Z", 0),
        ("much earlier is fine", "2026-01-01T00:00Z", 4 * HOUR),
        ("declared afterwards it had no notice", "2026-03-20T00:00Z", 0),
    ],
)
def test_notice(sentence: str, announced: str, expected: int) -> None:
    (found,) = exclusions.apply([hours("2026-03-14T22:00Z", 4, NOTICED, instant(announced))], ALL, UTC)
    assert found.counted.seconds == expected, sentence
    assert sum(one.span.seconds for one in found.refused) == 4 * HOUR - expected


def test_a_refusal_for_want_of_notice_says_what_was_agreed_and_what_was_done() -> None:
    late, silent = hours("2026-03-14T22:00Z", 4, NOTICED, instant("2026-03-14T09:00Z")), hours("2026-04-01", 1, NOTICED)
    first, second = exclusions.apply([late, silent], ALL, BERLIN)
    wanted = "a notice of 3 d was agreed"
    assert [one.reason for one in first.refused] == [f"{wanted}, and it was announced only 2026-03-14 10:00 CET"]
    assert [one.reason for one in second.refused] == [f"{wanted}, and it is not said when it was announced"]
    assert (first.refused[0].span, first.counted) == (late.span, Spans())


def test_what_an_amendment_cuts_off_still_begins_where_it_began() -> None:
    whole = hours("2026-03-14T22:00Z", 4, NOTICED)
    start, end = whole.span.start, whole.span.end
    assert whole.within(Span(start, FOREVER)) is whole
    cut = whole.within(Span(start + HOUR, FOREVER))
    assert (cut.span, cut.begin) == (Span(start + HOUR, end), start)
    again = cut.within(Span(0, end - HOUR))
    assert (again.span, again.begin) == (Span(start + HOUR, end - HOUR), start)


@pytest.mark.parametrize(
    ("notice", "told"), [(2 * 86_400, "2 d"), (25 * HOUR, "25 h"), (90 * 60, "90 min"), (3601, "3601 s")]
)
def test_a_notice_is_told_in_the_largest_unit_it_is_whole_in(notice: int, told: str) -> None:
    (found,) = exclusions.apply([hours("2026-03-14", 4, rule(notice=notice))], ALL, UTC)
    assert found.refused[0].reason.startswith(f"a notice of {told} was agreed, ")


def test_without_an_agreed_notice_it_may_be_declared_for_the_past() -> None:
    assert counted(exclusions.apply([hours("2026-03-14", 4, rule(), instant("2026-04-01"))], ALL, UTC)) == [4 * HOUR]


def test_an_allowance_is_split_at_the_second_it_is_used_up() -> None:
    four = capped(4, Unit.MONTH)
    found = exclusions.apply([hours(f"2026-03-{day:02}T02:00Z", 1.5, four) for day in (1, 8, 15, 22)], ALL, UTC)
    assert counted(found) == [5400, 5400, 3600, 0]
    border = instant("2026-03-15T03:00Z")
    reason = "the allowance of 4 h a month is used up"
    assert found[2].refused == (Refusal(Span(border, border + 1800), reason),)
    assert found[3].refused == (Refusal(found[3].span, reason),)


@pytest.mark.parametrize(
    ("per", "zone", "start", "expected"),
    [
        (Unit.DAY, UTC, "2026-03-01T23:00Z", 2 * HOUR),
        (Unit.MONTH, UTC, "2026-03-31T23:00Z", 2 * HOUR),
        (Unit.MONTH, UTC, "2026-03-30T23:00Z", HOUR),
        (Unit.MONTH, BERLIN, "2026-03-31T21:00Z", 2 * HOUR),
        (Unit.MONTH, BERLIN, "2026-03-31T23:00Z", HOUR),
        (Unit.WEEK, UTC, "2026-03-01T23:00Z", 2 * HOUR),
        (Unit.QUARTER, UTC, "2026-03-31T23:00Z", 2 * HOUR),
        (Unit.QUARTER, UTC, "2026-04-30T23:00Z", HOUR),
        (Unit.YEAR, BERLIN, "2026-12-31T22:00Z", 2 * HOUR),
        (Unit.YEAR, UTC, "2026-12-30T23:00Z", HOUR),
    ],
)
def test_each_period_of_the_agreements_calendar_has_its_own_allowance(
    per: Unit, zone: ZoneInfo, start: str, expected: int
) -> None:
    (found,) = exclusions.apply([hours(start, 3, capped(1, per))], ALL, zone)
    assert found.counted.seconds == expected


def test_what_was_not_promised_excludes_nothing_and_uses_nothing_up() -> None:
    begin = instant("2026-03-02T17:00Z")
    promised = Spans.of([Span(begin, begin + HOUR), Span(begin + 15 * HOUR, begin + 20 * HOUR)])
    first, second = exclusions.apply(
        [hours("2026-03-02T17:00Z", 3, capped(2, Unit.MONTH)), hours("2026-03-03T09:00Z", 1, capped(2, Unit.MONTH))],
        promised,
        UTC,
    )
    assert counted((first, second)) == [HOUR, HOUR]
    assert first.refused == (Refusal(Span(begin + HOUR, begin + 3 * HOUR), UNPROMISED),)
    assert second.refused == ()


def test_refusals_stand_in_order_of_time() -> None:
    begin = instant("2026-03-02T17:00Z")
    promised = Spans.of([Span(begin + HOUR, begin + 3 * HOUR)])
    (found,) = exclusions.apply([hours("2026-03-02T17:00Z", 4, capped(1, Unit.DAY))], promised, UTC)
    assert [(one.span.start - begin) // HOUR for one in found.refused] == [0, 2, 3]


def test_a_rule_that_overlaps_itself_counts_and_uses_up_once() -> None:
    three = capped(3, Unit.DAY)
    found = exclusions.apply([hours("2026-03-02T10:00Z", 2, three), hours("2026-03-02T11:00Z", 2, three)], ALL, UTC)
    assert counted(found) == [2 * HOUR, HOUR]
    assert [one.refused for one in found] == [(), ()]


def test_a_short_one_inside_a_long_one_does_not_make_the_rest_count_again() -> None:
    daily = capped(24, Unit.DAY)
    parts = (("2026-03-02T10:00Z", 6), ("2026-03-02T11:00Z", 1), ("2026-03-02T13:00Z", 4))
    assert counted(exclusions.apply([hours(*part, daily) for part in parts], ALL, UTC)) == [6 * HOUR, 0, HOUR]


def test_an_occurrence_refused_for_its_notice_does_not_stand_in_the_way_of_another() -> None:
    late = hours("2026-03-02T10:00Z", 4, NOTICED)
    kept = hours("2026-03-02T11:00Z", 1, NOTICED, instant("2026-01-01"))
    assert counted(exclusions.apply([late, kept], ALL, UTC)) == [0, HOUR]


def test_each_rule_uses_up_its_own_allowance() -> None:
    one, other = capped(1, Unit.DAY, "one"), capped(1, Unit.DAY, "other")
    found = exclusions.apply([hours("2026-03-02T10:00Z", 2, one), hours("2026-03-02T10:00Z", 2, other)], ALL, UTC)
    assert counted(found) == [HOUR, HOUR]


def by_downtime(hours: float, per: Unit = Unit.MONTH) -> Rule:
    return rule(allowance=Allowance(int(hours * HOUR), per, Uses.DOWNTIME))


def test_an_allowance_of_downtime_is_split_at_the_second_of_downtime_that_uses_it_up() -> None:
    """Two hours of downtime in the first four; an hour and a half of them is allowed, and what was up stays out."""
    start = instant("2026-03-01T00:00Z")
    down = Spans.of([Span(start + HOUR, start + 2 * HOUR), Span(start + 3 * HOUR, start + 4 * HOUR)])
    (found,) = exclusions.apply([hours("2026-03-01T00:00Z", 5, by_downtime(1.5))], ALL, UTC, down)
    border = start + 3 * HOUR + 1800
    reason = "the allowance of 90 min of downtime a month is used up"
    assert found.refused == (Refusal(Span(border, start + 4 * HOUR), reason),)
    assert found.counted == Spans.of([Span(start, border), Span(start + 4 * HOUR, start + 5 * HOUR)])


@pytest.mark.parametrize(
    ("sentence", "downtime", "refused"),
    [
        ("exactly the allowance is enough", HOUR, 0),
        ("a second more is refused", HOUR + 1, 1),
        ("time that was up uses nothing up", 0, 0),
    ],
)
def test_an_allowance_of_downtime_to_the_second(sentence: str, downtime: int, refused: int) -> None:
    start = instant("2026-03-01T00:00Z")
    down = Spans.of([Span(start, start + downtime)])
    (found,) = exclusions.apply([hours("2026-03-01T00:00Z", 10, by_downtime(1))], ALL, UTC, down)
    assert sum(one.span.seconds for one in found.refused) == refused, sentence
    assert found.counted.seconds == 10 * HOUR - refused


def test_downtime_outside_of_the_exclusion_uses_nothing_of_it_up() -> None:
    start = instant("2026-03-01T00:00Z")
    down = Spans.of([Span(start - HOUR, start), Span(start + HOUR, start + 2 * HOUR)])
    (found,) = exclusions.apply([hours("2026-03-01T00:00Z", 2, by_downtime(1))], ALL, UTC, down)
    assert found.refused == ()


def test_each_period_has_its_own_allowance_of_downtime() -> None:
    one = by_downtime(1, Unit.DAY)
    start = instant("2026-03-01T23:00Z")
    down = Spans.of([Span(start, start + 4 * HOUR)])
    (found,) = exclusions.apply([hours("2026-03-01T23:00Z", 4, one)], ALL, UTC, down)
    assert found.counted == Spans.of([Span(start, start + 2 * HOUR)])


def test_the_part_inside_a_window() -> None:
    applied = Applied(rule(), Span(10, 40), Spans.of([Span(10, 20)]), (Refusal(Span(20, 40), "so"),))
    assert applied.within(Span(0, 40)) is applied
    assert applied.within(Span(10, 40)) is applied
    assert applied.within(Span(15, 30)) == Applied(
        rule(), Span(15, 30), Spans.of([Span(15, 20)]), (Refusal(Span(20, 30), "so"),)
    )
    assert applied.within(Span(0, 15)).refused == ()


pieces = st.tuples(st.integers(0, 5 * DAY), st.integers(1, DAY), st.sampled_from(["a", "b"]))
declared = st.lists(pieces, max_size=8).map(
    lambda found: [Occurrence(rule(name), Span(start, start + length)) for start, length, name in found]
)


@given(declared, st.randoms())
def test_order_never_matters(occurrences: list[Occurrence], order: object) -> None:
    shuffled = occurrences.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert exclusions.apply(shuffled, ALL, UTC) == exclusions.apply(occurrences, ALL, UTC)


@given(st.permutations([(None, "ann"), (5, "ann"), (-(80 * HOUR), "ann"), (5, "bert")]))
def test_order_does_not_matter_where_all_is_of_one_time(told: list[tuple[int | None, str]]) -> None:
    same = [Occurrence(NOTICED, Span(DAY, 2 * DAY), at, Origin(who, "")) for at, who in told]
    assert exclusions.apply(same, ALL, UTC) == exclusions.apply(sorted(same, key=repr), ALL, UTC)


@given(declared, st.lists(st.tuples(st.integers(0, 5 * DAY), st.integers(1, DAY)), max_size=4), st.integers(0, 30))
def test_every_second_is_counted_refused_or_shared(
    occurrences: list[Occurrence], open_: list[tuple[int, int]], allowed: int
) -> None:
    promised = Spans.of(Span(start, start + length) for start, length in open_)
    limits = {name: capped(allowed, Unit.DAY, name) for name in ("a", "b")}
    limited = [Occurrence(limits[one.rule.name], one.span) for one in occurrences]
    for name in ("a", "b"):
        mine = [one for one in exclusions.apply(limited, promised, UTC) if one.rule.name == name]
        told = [span for one in mine for span in (*one.counted, *(said.span for said in one.refused))]
        whole = Spans.of(one.span for one in limited if one.rule.name == name)
        assert Spans.of(told) == whole
        assert sum(span.seconds for span in told) == whole.seconds
        for day in range(7):
            spent = sum(one.counted.within(Span(day * DAY, (day + 1) * DAY)).seconds for one in mine)
            assert spent <= allowed * HOUR
        assert Spans.of(span for one in mine for span in one.counted).minus(promised) == Spans()


@given(declared, st.lists(st.tuples(st.integers(0, 5 * DAY), st.integers(1, DAY)), max_size=6), st.integers(0, 12))
def test_of_downtime_all_that_is_allowed_is_counted_and_not_a_second_more(
    occurrences: list[Occurrence], broken: list[tuple[int, int]], allowed: int
) -> None:
    down = Spans.of(Span(start, start + length) for start, length in broken)
    limits = {name: replace(by_downtime(allowed, Unit.DAY), name=name) for name in ("a", "b")}
    limited = [Occurrence(limits[one.rule.name], one.span) for one in occurrences]
    for name in ("a", "b"):
        mine = [one for one in exclusions.apply(limited, ALL, UTC, down) if one.rule.name == name]
        counted = Spans.of(span for one in mine for span in one.counted)
        refused = Spans.of(said.span for one in mine for said in one.refused)
        whole = Spans.of(one.span for one in limited if one.rule.name == name)
        assert (counted.union(refused), counted.intersect(refused)) == (whole, Spans())
        assert refused.minus(down) == Spans()
        for day in range(7):
            today = Span(day * DAY, (day + 1) * DAY)
            wanted = whole.intersect(down).within(today).seconds
            assert counted.intersect(down).within(today).seconds == min(wanted, allowed * HOUR)
