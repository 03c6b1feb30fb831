"""Which version of a promise counts when, and what has to be measured of each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import amendments, methods, periods, slices
from sla_monitor.compliance.amendments import Amended
from sla_monitor.compliance.exclusions import Once, Rule
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, Window
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import (
    Agreement,
    Amendment,
    Measurement,
    Objective,
    ObjectiveName,
    Policy,
    Probe,
    SourceName,
)
from tests.compliance.specimens import SECONDS, agreement, instant, measured, objective

TIME = objective("99.9", methods.TIME)
WINDOW = Span(6000, 12_000)
WHOLE = Window("", "", WINDOW)
OTHER = Measurement(SourceName("default"), Probe("other"), 60)
WEIGHTED, AT_START, AT_END, SPLIT = Policy


def amended(effective: int, *changed: Objective, policy: Policy = WEIGHTED) -> Amendment:
    return Amendment(effective, "", (), policy, changed)


def aiming(target: str, first: Objective = TIME) -> Objective:
    return replace(first, target=Fraction(target) / 100)


def agreed(*made: Amendment, first: Objective = TIME, term: Span | None = None) -> Agreement:
    return replace(agreement(first, **({} if term is None else {"term": term})), amendments=made)


def shown(given: Agreement, window: Span = WINDOW) -> list[tuple[int, int, str]]:
    parts = amendments.versions(given, given.objectives[0], window)
    return [(part.span.start, part.span.end, str(part.objective.target * 100)) for part in parts]


A, B = "1999/20", "99"  # 99.95 and 99

CUTS = {
    "no amendment": ((), [(6000, 12_000, "999/10")]),
    "long before the window": ((amended(60, aiming("99.95")),), [(6000, 12_000, A)]),
    "with the window's first instant": ((amended(6000, aiming("99.95")),), [(6000, 12_000, A)]),
    "with the next window": ((amended(12_000, aiming("99.95")),), [(6000, 12_000, "999/10")]),
    "inside, weighted": ((amended(9000, aiming("99.95")),), [(6000, 9000, "999/10"), (9000, 12_000, A)]),
    "inside, split": ((amended(9000, aiming("99.95"), policy=SPLIT),), [(6000, 9000, "999/10"), (9000, 12_000, A)]),
    "inside, at start": ((amended(9000, aiming("99.95"), policy=AT_START),), [(6000, 12_000, "999/10")]),
    "inside, at end": ((amended(9000, aiming("99.95"), policy=AT_END),), [(6000, 12_000, A)]),
    "at start, in the window before": ((amended(5000, aiming("99.95"), policy=AT_START),), [(6000, 12_000, A)]),
    "at end, in the window after": ((amended(12_500, aiming("99.95"), policy=AT_END),), [(6000, 12_000, "999/10")]),
    "two inside": (
        (amended(8000, aiming("99.95")), amended(9000, aiming("99"))),
        [(6000, 8000, "999/10"), (8000, 9000, A), (9000, 12_000, B)],
    ),
    "at end takes the window over from what came before it": (
        (amended(8000, aiming("99.95")), amended(9000, aiming("99"), policy=AT_END)),
        [(6000, 12_000, B)],
    ),
    "weighted after at end": (
        (amended(8000, aiming("99.95"), policy=AT_END), amended(9000, aiming("99"))),
        [(6000, 9000, A), (9000, 12_000, B)],
    ),
    "weighted after at start": (
        (amended(8000, aiming("99.95"), policy=AT_START), amended(9000, aiming("99"))),
        [(6000, 9000, "999/10"), (9000, 12_000, B)],
    ),
    "of another objective": (
        (amended(9000, replace(aiming("99.95"), name=ObjectiveName("latency"))),),
        [(6000, 12_000, "999/10")],
    ),
}


@pytest.mark.parametrize("sentence", CUTS)
def test_a_window_is_cut_as_the_policies_say(sentence: str) -> None:
    made, expected = CUTS[sentence]
    assert shown(agreed(*made)) == expected


def test_at_start_means_the_term_where_that_begins_inside_the_window() -> None:
    made = amended(7000, aiming("99.95"), policy=AT_START)
    assert shown(agreed(made, term=Span(8000, FOREVER))) == [(6000, 12_000, A)]
    assert shown(agreed(made, term=Span(6500, FOREVER))) == [(6000, 12_000, "999/10")]
    assert shown(agreed(made, term=Span(20_000, FOREVER))) == [(6000, 12_000, A)]


def test_a_slice_of_events_stays_under_the_terms_it_began_under() -> None:
    first = objective("99.9")
    made = amended(9010, aiming("99.95", first))
    assert shown(agreed(made, first=first)) == [(6000, 9060, "999/10"), (9060, 12_000, A)]
    assert shown(agreed(amended(9010, aiming("99.95")))) == [(6000, 9010, "999/10"), (9010, 12_000, A)]


def test_slices_of_two_measurements_are_not_mixed() -> None:
    long = Measurement(SourceName("default"), Probe("other"), 90)
    assert shown(agreed(amended(9010, replace(TIME, measurement=long))))[1][0] == 9180  # a multiple of 60 and of 90


@given(st.permutations([amended(8000, aiming("99.95")), amended(9000, aiming("99")), amended(9600, TIME)]))
def test_the_order_of_amendments_never_matters(made: list[Amendment]) -> None:
    assert shown(agreed(*made)) == shown(agreed(*sorted(made, key=lambda one: one.effective)))


policies = st.lists(st.tuples(st.integers(0, 15_000), st.sampled_from(Policy)), max_size=5)


@given(policies, st.sampled_from([objective("99.9"), TIME]), st.integers(0, 20_000))
def test_parts_tile_the_window_and_history_tiles_time(
    made: list[tuple[int, Policy]], first: Objective, begin: int
) -> None:
    given_ = agreed(
        *(amended(at, aiming(str(number), first), policy=policy) for number, (at, policy) in enumerate(made)),
        first=first,
        term=Span(begin, FOREVER),
    )
    for parts, whole in (
        (amendments.versions(given_, first, WINDOW), WINDOW),
        (amendments.history(given_, first), Span(-FOREVER, FOREVER)),
    ):
        assert [parts[0].span.start, *(part.span.end for part in parts)] == [
            *(part.span.start for part in parts),
            whole.end,
        ]
        assert parts[0].span.start == whole.start
        assert all(part.span.seconds for part in parts)


hourly = st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(Policy)), max_size=4)


@given(hourly, st.booleans(), st.integers(0, 5))
def test_the_timeline_tiles_time_and_is_in_each_window_as_its_policies_say(
    made: list[tuple[int, Policy]], rolling: bool, hour: int
) -> None:
    spec = Rolling(3600, "1h") if rolling else Calendar(Unit.HOUR)
    first, window = replace(TIME, window=spec), Span(hour * 3600, (hour + 1) * 3600)
    versions = [amended(at, aiming(str(number), first), policy=policy) for number, (at, policy) in enumerate(made)]
    given_ = agreed(*versions, first=first)
    parts = amendments.timeline(given_, first, [window])
    assert [-FOREVER, *(part.span.end for part in parts)] == [*(part.span.start for part in parts), FOREVER]
    inside = [(part.span.intersect(window), part.amendment) for part in parts if part.span.intersect(window).seconds]
    merged = groupby(amendments.versions(given_, first, window), key=lambda part: part.amendment)
    assert [made for _, made in inside] == [made for made, _ in merged]
    for part in amendments.versions(given_, first, window):
        assert amendments.at_instant(parts, part.span.start).amendment is part.amendment


NIGHT, OTHERS = (Rule(name, "", Once(Span(0, 60)), objectives=of) for name, of in (("n", None), ("o", ("latency",))))


def test_exclusions_are_a_part_of_the_terms_of_whom_they_are_for() -> None:
    made = [
        replace(amended(9000), exclusions=(NIGHT, OTHERS)),
        replace(amended(9300), exclusions=(NIGHT,)),
        amended(9600, aiming("99")),
        replace(amended(9900), exclusions=()),
    ]
    given_ = replace(agreed(*made), exclusions=(OTHERS,))
    parts = amendments.history(given_, TIME)
    assert [(part.span.start, part.objective.target, part.exclusions) for part in parts[1:]] == [
        (9000, TIME.target, (NIGHT,)),
        (9600, Fraction(99, 100), (NIGHT,)),
        (9900, Fraction(99, 100), ()),
    ]
    assert [one.amendment.effective for one in amendments.inside(given_, TIME, WHOLE)] == [
        9000,
        9600,
        9900,
    ]
    assert amendments.all_exclusions(given_) == (OTHERS, NIGHT, OTHERS, NIGHT)
    held = {at: amendments.exclusions_in_force(given_, at) for at in (8999, 9000, 9300, 9700, 9900)}
    assert held == {8999: (OTHERS,), 9000: (NIGHT, OTHERS), 9300: (NIGHT,), 9700: (NIGHT,), 9900: ()}


def test_the_terms_in_force_follow_the_window_that_holds_the_instant() -> None:
    first = objective("99.9", methods.TIME)
    july, october = instant("2026-07-01T00:00Z"), instant("2026-10-10T00:00Z")
    made = (amended(july, aiming("99.95")), amended(october, aiming("99"), policy=AT_START))
    found = [
        str(amendments.in_force(agreed(*made, first=first), first, instant(text)).target * 100)
        for text in ("2026-06-30T23:59Z", "2026-07-01T00:00Z", "2026-10-31T23:59Z", "2026-11-01T00:00Z")
    ]
    assert found == ["999/10", A, A, B]
    rolling = replace(first, window=Rolling(86_400, "1d"))
    given_ = agreed(amended(july, aiming("99.95", rolling)), first=rolling)
    assert amendments.in_force(given_, rolling, july).target == first.target  # nothing of the window comes after it
    assert amendments.in_force(given_, rolling, july + 60).target == Fraction(1999, 2000)


def test_only_amendments_inside_a_window_are_told_of_it() -> None:
    made = [amended(at, aiming(target)) for at, target in ((6000, "98"), (9000, "99"), (12_000, "97"))]
    given_ = agreed(*made)
    assert amendments.inside(given_, TIME, WHOLE) == (Amended(made[1], Fraction(98, 100), Fraction(99, 100)),)


DAY = 86_400
BERLIN_MARCH = Span(instant("2026-03-01T00:00+01:00"), instant("2026-04-01T00:00+02:00"))
MIDDLE = instant("2026-03-29T03:00+02:00")  # the first instant of summer time
NEEDS = {
    "weighted": (WEIGHTED, [(SECONDS, -FOREVER, MIDDLE), (OTHER, MIDDLE, FOREVER)]),
    "split": (SPLIT, [(SECONDS, -FOREVER, MIDDLE), (OTHER, MIDDLE, FOREVER)]),
    "at start the old one is measured to the window's end": (
        AT_START,
        [(SECONDS, -FOREVER, BERLIN_MARCH.end), (OTHER, MIDDLE, FOREVER)],
    ),
    "at end the new one is measured from the window's start": (
        AT_END,
        [(SECONDS, -FOREVER, MIDDLE), (OTHER, BERLIN_MARCH.start, FOREVER)],
    ),
}


@pytest.mark.parametrize("sentence", NEEDS)
def test_each_version_is_measured_for_as_long_as_a_window_may_count_it(sentence: str) -> None:
    policy, expected = NEEDS[sentence]
    given_ = replace(
        agreed(amended(MIDDLE, replace(TIME, measurement=OTHER), policy=policy)), zone=ZoneInfo("Europe/Berlin")
    )
    found = [(version.measurement, span) for version, span in amendments.needed(given_, TIME)]
    assert [(m, span.start, span.end) for m, span in found] == expected


@pytest.mark.parametrize(("policy", "border"), [(AT_START, (7 * DAY, 6 * DAY)), (AT_END, (6 * DAY, 5 * DAY))])
def test_a_rolling_window_carries_a_version_by_its_length(policy: Policy, border: tuple[int, int]) -> None:
    rolling = replace(TIME, window=Rolling(DAY, "1d"))
    given_ = agreed(amended(6 * DAY, replace(rolling, measurement=OTHER), policy=policy), first=rolling)
    (_, old), (_, new) = amendments.needed(given_, rolling)
    assert (old.end, new.start) == border


def test_every_version_is_listed_once_with_its_agreement() -> None:
    given_ = agreed(amended(9000, aiming("99")), amended(9600, aiming("98")))
    assert [one.target for one in amendments.all_versions(given_)] == [
        Fraction(999, 1000),
        Fraction(99, 100),
        Fraction(98, 100),
    ]
    assert amendments.borders(given_, TIME) == {9000, 9600}


def minutes(start: int, end: int, good: float, seconds: int = 60) -> slices.Cells:
    return slices.cells_of(measured(((at, good, seconds, seconds) for at in range(start, end, seconds)), seconds))


def test_cells_are_taken_from_the_measurement_that_counted() -> None:
    given_ = agreed(amended(9000, replace(TIME, measurement=OTHER)))
    cells = {SECONDS.key: minutes(0, 15_000, 1), OTHER.key: minutes(0, 15_000, 2)}
    found = amendments.spliced(given_, TIME, WINDOW, cells)
    assert (found.starts[0], found.ends[-1]) == (0, 12_000)
    assert {int(start) for start, good in zip(found.starts, found.good[:, 0], strict=True) if good == 2} == set(
        range(9000, 12_000, 60)
    )
    after = amendments.spliced(given_, TIME, Span(12_000, 18_000), cells)
    assert {int(start) for start, good in zip(after.starts, after.good[:, 0], strict=True) if good == 1} == set(
        range(0, 9000, 60)
    )


def test_a_new_target_takes_the_same_cells_whole() -> None:
    cells = {SECONDS.key: minutes(0, 15_000, 1)}
    assert amendments.spliced(agreed(amended(9010, aiming("99"))), TIME, WINDOW, cells) is cells[SECONDS.key]


def test_windows_hold_their_instant_or_end_at_it() -> None:
    zone, at = ZoneInfo("UTC"), instant("2026-06-15T00:00Z")
    assert periods.window_of(TIME.window, zone, at).label == "2026-06"
    assert periods.window_of(Rolling(60, "1m"), zone, at).span == Span(at - 60, at)
