"""Windows that an amendment cuts: weighed, taken whole, or judged in parts (domain.md 2.11)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import judgements, methods, periods, slices
from sla_monitor.compliance.periods import Calendar, Unit, Window
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import Days, Flat, Remedy
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import (
    Amendment,
    Measurement,
    NoData,
    Objective,
    PartialWindow,
    Policy,
    Probe,
    Ratio,
    SourceName,
)
from tests.compliance.specimens import agreement, instant, measured, objective

DAY, HALF = 86_400, Fraction(1, 2)
UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
JUNE = periods.window_at(Calendar(Unit.MONTH), UTC, instant("2026-06-15T00:00Z"))
START, END = JUNE.span.start, JUNE.span.end
CUT = START + 10 * DAY
TIME, EVENTS = objective("99.9", methods.TIME), objective("99.9")
OTHER_TIME = Measurement(SourceName("default"), Probe("other"), 60)
OTHER_EVENTS = Measurement(SourceName("default"), Ratio(total=("others",), bad=("faults",)), 60)


def seconds(*down: tuple[int, int], until: int = END) -> slices.Cells:
    """All up, a cell of 60 s each, but for what was down: (start, how many seconds)."""
    bad = dict(down)
    return slices.cells_of(
        measured((at, 60 - bad.get(at, 0), 60, 60) for at in range(START - 3 * DAY, until, 60)),
    )


def requests(*days: tuple[float, float]) -> slices.Cells:
    """(good, total) of each day of the month, in one slice at its beginning."""
    rows = ((START + number * DAY, *day, 60) for number, day in enumerate(days))
    return slices.cells_of(
        measured(row for start, good, total, known in rows for row in _day(start, good, total, known))
    )


def _day(start: int, good: float, total: float, known: int) -> list[tuple[int, float, float, int]]:
    return [(start, good, total, known), *((at, 0, 0, 60) for at in range(start + 60, start + DAY, 60))]


def stand(
    first: Objective,
    *made: tuple[int, dict[str, Any], Policy],
    at: int = END,
    window: Window = JUNE,
    cells: slices.Held,
    others: slices.Cells | None = None,
    **terms: Any,
) -> Standing:
    changed = [Amendment(start, "", (), policy, (replace(first, **changes),)) for start, changes, policy in made]
    given_ = replace(agreement(first, **terms), amendments=tuple(changed))
    held = {first.measurement.key: cells, OTHER_TIME.key: others, OTHER_EVENTS.key: others}
    return judgements.judge(given_, first, window, at, {k: v for k, v in held.items() if v is not None})


def stricter(policy: Policy = Policy.WEIGHTED, target: str = "0.9995") -> tuple[int, dict[str, Any], Policy]:
    return CUT, {"target": Fraction(target)}, policy


def test_ten_days_of_99_9_and_twenty_of_99_95() -> None:
    """domain.md 2.11: 10 d × 0.1 % = 864 s, 20 d × 0.05 % = 864 s, together 1 728 s of 30 days: 99.9333 %."""
    down = [(START + 60 * k, 60) for k in range(28)]
    exactly = stand(TIME, stricter(), cells=seconds(*down, (START + 1680, 48)))
    over = stand(TIME, stricter(), cells=seconds(*down, (START + 1680, 49)))
    assert (exactly.budget.allowed, exactly.budget.used, exactly.status) == (1728, 1728, Status.MET)
    assert exactly.objective.target == 1 - Fraction(1728, 30 * DAY)
    assert exactly.reason == (
        "99.9333 % ≥ 99.9333 % with 0 % of the error budget left; the target weighs 99.9 %, from 2026-06-11 00:00 UTC"
        " 99.95 %"
    )
    assert (over.status, over.budget.remaining) == (Status.BREACHED, -1)
    assert over.reason == (
        "99.9332 % < 99.9333 %, the error budget overdrawn by 1 seconds; the target weighs 99.9 %,"
        " from 2026-06-11 00:00 UTC 99.95 %"
    )


def test_events_weigh_by_their_number() -> None:
    """10 days of 1 000 at 99.9 %: 10 bad; 20 days of 4 000 at 99.95 %: 40 bad; 50 of 90 000 allowed: 99.9444 %."""
    quiet, busy = [(1000, 1000)] * 10, [(4000, 4000)] * 19
    exactly = stand(EVENTS, stricter(), cells=requests(*quiet, *busy, (3950, 4000)))
    over = stand(EVENTS, stricter(), cells=requests(*quiet, *busy, (3949, 4000)))
    assert (exactly.budget.allowed, exactly.bad, exactly.status) == (50, 50, Status.MET)
    assert (over.bad, over.status) == (51, Status.BREACHED)
    assert "99.9444 %" in exactly.reason


OUTAGE = [(CUT - 3600 + 60 * k, 60) for k in range(25)]  # 1 500 s: under 1 728, over the 1 296 of 99.95 %


@pytest.mark.parametrize(
    ("policy", "allowed", "status"),
    [
        (Policy.WEIGHTED, 1728, Status.MET),
        (Policy.AT_START, 2592, Status.MET),
        (Policy.AT_END, 1296, Status.BREACHED),
        (Policy.SPLIT, 1728, Status.BREACHED),
    ],
)
def test_the_policies(policy: Policy, allowed: int, status: Status) -> None:
    standing = stand(TIME, stricter(policy), cells=seconds(*OUTAGE))
    assert (standing.budget.allowed, standing.status) == (allowed, status)
    (amended,) = standing.amendments
    assert (amended.before, amended.after, amended.amendment.policy) == (TIME.target, Fraction(1999, 2000), policy)


def test_the_window_after_has_the_new_terms_whole() -> None:
    july = periods.window_at(Calendar(Unit.MONTH), UTC, END)
    cells = slices.cells_of(measured((at, 60, 60, 60) for at in range(END - 3 * DAY, july.span.end, 60)))
    for policy in Policy:
        standing = stand(TIME, stricter(policy), window=july, at=july.span.end, cells=cells)
        assert (standing.objective.target, standing.amendments) == (Fraction(1999, 2000), ())


def test_a_split_window_says_which_part_missed() -> None:
    standing = stand(TIME, stricter(Policy.SPLIT), cells=seconds(*OUTAGE))
    assert standing.reason == (
        "the part from 2026-06-01 00:00 UTC until 2026-06-11 00:00 UTC: 99.826388 % < 99.9 %,"
        " the error budget overdrawn by 636 seconds"
    )
    assert standing.breach_certain
    late = stand(TIME, stricter(Policy.SPLIT), cells=seconds(*((END - 60 * k, 60) for k in range(1, 16))))
    assert late.reason.startswith("the part from 2026-06-11 00:00 UTC until 2026-07-01 00:00 UTC: 99.94")


def test_a_split_window_is_met_where_every_part_is() -> None:
    standing = stand(TIME, stricter(Policy.SPLIT), cells=seconds())
    assert (standing.status, standing.breach_certain) == (Status.MET, False)
    assert standing.reason.startswith("each of 2 parts keeps its own target; that until 2026-06-11 00:00 UTC: 100 %")


@pytest.mark.parametrize(("bad", "left"), [(840, 864), (900, None)])
def test_what_a_split_window_can_bear_is_what_its_running_part_can(bad: int, left: int | None) -> None:
    """Both parts allow 864 s. What the first did not use is lost, and once it is broken nothing keeps the promise."""
    down = ((START + 60 * k, 60) for k in range(bad // 60))
    standing = stand(TIME, stricter(Policy.SPLIT), at=CUT + DAY, cells=seconds(*down, until=CUT + DAY))
    assert standing.projection.max_further_downtime == left
    assert standing.breach_certain is (left is None)


def test_credits_of_a_split_day_are_those_of_the_day() -> None:
    """Half a day is none when it is rounded, and nothing is a share of it."""
    day = periods.window_at(Calendar(Unit.DAY), UTC, START)
    first = replace(TIME, window=Calendar(Unit.DAY), remedy=Remedy(Flat(Days(Fraction(1, 2)))))
    change = (START + DAY // 2, {"target": Fraction("0.9995")}, Policy.SPLIT)
    standing = stand(first, change, window=day, at=START + DAY, cells=seconds((START, 60)))
    assert standing.credit is not None
    assert (standing.status, standing.credit.ratio, standing.credit.days) == (Status.BREACHED, HALF, HALF)


def test_an_open_part_at_risk_puts_the_split_window_at_risk() -> None:
    at = END - DAY
    down = [(at - 60 * k, 60) for k in range(1, 14)]  # 780 s of the 864 s that its 20 days allow
    standing = stand(TIME, stricter(Policy.SPLIT), at=at, cells=seconds(*down, until=at))
    assert standing.status is Status.AT_RISK
    assert standing.reason.startswith("the part from 2026-06-11 00:00 UTC")


def test_a_part_not_begun_is_not_judged() -> None:
    at = CUT - DAY
    standing = stand(TIME, stricter(Policy.SPLIT), at=at, cells=seconds(until=at))
    assert standing.status is Status.MET
    assert standing.reason.startswith("each of 1 parts")


def test_a_split_window_before_the_term_is_pending() -> None:
    term = Span(END, FOREVER)
    standing = stand(TIME, stricter(Policy.SPLIT), at=CUT, cells=seconds(), term=term)
    assert (standing.status, standing.attainment) == (Status.PENDING, None)
    assert stand(TIME, stricter(), at=CUT, cells=seconds(), term=term).reason.endswith("UTC")


def test_weighted_and_split_in_one_window() -> None:
    """99.9 % for 10 days, 99.95 % for 10, then, split off, 99.99 % for 10: the first two weigh together."""
    last = (START + 20 * DAY, {"target": Fraction("0.9999")}, Policy.SPLIT)
    down = [(START + 60 * k, 60) for k in range(21)]  # 1 260 s of 864 + 432
    standing = stand(TIME, stricter(), last, cells=seconds(*down))
    assert standing.status is Status.MET
    worse = stand(TIME, stricter(), last, cells=seconds(*down, (CUT, 60)))
    assert (worse.status, worse.budget.remaining) == (Status.BREACHED, 1296 + Fraction(864, 10) - 1320)
    assert "the target weighs 99.9 %, from 2026-06-11 00:00 UTC 99.95 %" in worse.reason


def test_before_its_instant_an_amendment_weighs_in_what_is_to_come_only() -> None:
    at = START + 5 * DAY
    standing = stand(TIME, stricter(), at=at, cells=seconds((START, 60), until=at))
    assert (standing.objective.target, standing.budget.allowed) == (TIME.target, 1728)
    assert standing.projection.attainment_at_end == 1 - Fraction(60, 30 * DAY)
    assert "weighs" not in standing.reason


def test_the_pace_is_held_against_the_target_of_the_whole_window() -> None:
    """12 s + 25 d × 24 h × 2 s = 1 212 s; 18 s + 25 × 24 × 3 s = 1 818 s: over 1 728, under 2 592."""
    at = START + 5 * DAY
    kept = stand(TIME, stricter(), at=at, cells=seconds(*((at - 3600 * k, 2) for k in range(1, 7)), until=at))
    lost = stand(TIME, stricter(), at=at, cells=seconds(*((at - 3600 * k, 3) for k in range(1, 7)), until=at))
    alone = stand(TIME, at=at, cells=seconds(*((at - 3600 * k, 3) for k in range(1, 7)), until=at))
    assert [one.status for one in (kept, lost, alone)] == [Status.MET, Status.AT_RISK, Status.MET]


def test_a_breach_is_certain_against_the_target_of_the_whole_window() -> None:
    at = START + 5 * DAY
    down = [(START + 60 * k, 60) for k in range(28)]
    exactly = stand(TIME, stricter(), at=at, cells=seconds(*down, (START + 1680, 48), until=at))
    over = stand(TIME, stricter(), at=at, cells=seconds(*down, (START + 1680, 49), until=at))
    alone = stand(TIME, at=at, cells=seconds(*down, (START + 1680, 49), until=at))
    assert [one.breach_certain for one in (exactly, over, alone)] == [False, True, False]


def test_burn_rates_are_of_the_terms_in_force() -> None:
    down = [(END - 60 * k, 3) for k in range(1, 6)]  # 5 % of the last five minutes
    assert stand(TIME, stricter(), cells=seconds(*down)).burn_rates["5m"] == pytest.approx(100)
    assert stand(TIME, cells=seconds(*down)).burn_rates["5m"] == pytest.approx(50)


def test_each_part_is_counted_from_its_own_indicator() -> None:
    old = seconds((CUT - 60, 60), (CUT, 60))  # the second minute is no longer looked at
    new = seconds((CUT - 120, 60), (CUT + 60, 30))  # and its first not yet
    standing = stand(TIME, (CUT, {"measurement": OTHER_TIME}, Policy.WEIGHTED), cells=old, others=new)
    assert (standing.bad, standing.total, standing.coverage) == (90, 30 * DAY, 1)
    whole = [stand(TIME, (CUT, {"measurement": OTHER_TIME}, p), cells=old, others=new).bad for p in (*Policy,)[1:]]
    assert whole == [120, 90, 90]


def test_events_of_two_indicators_are_added_up() -> None:
    """10 days of 1 000 with one bad each at 99.9 %, then 20 days of 10 with five bad each at 50 %."""
    change = (CUT, {"measurement": OTHER_EVENTS, "target": Fraction(1, 2)}, Policy.WEIGHTED)
    standing = stand(EVENTS, change, cells=requests(*[(999, 1000)] * 30), others=requests(*[(5, 10)] * 30))
    assert (standing.total, standing.bad, standing.budget.allowed) == (10_200, 110, 110)
    assert standing.status is Status.MET


def test_an_amendment_on_the_day_the_clocks_change_in_berlin() -> None:
    """29 March 2026 has 23 h: 28 days at 99.9 %, 2 d 23 h at 99 %."""
    march = periods.window_at(Calendar(Unit.MONTH), BERLIN, instant("2026-03-15T12:00Z"))
    change = (instant("2026-03-29T00:00+01:00"), {"target": Fraction("0.99")}, Policy.WEIGHTED)
    up = slices.cells_of(measured((at, 60, 60, 60) for at in range(march.span.start, march.span.end, 60)))
    standing = stand(TIME, change, window=march, at=march.span.end, cells=up, zone=BERLIN)
    assert standing.budget.allowed == Fraction(28 * DAY, 1000) + Fraction(2 * DAY + 23 * 3600, 100)
    assert standing.total == march.span.seconds == 31 * DAY - 3600


@pytest.mark.parametrize("partial", [PartialWindow.PRORATE, PartialWindow.ASSUME_GOOD])
def test_a_term_that_begins_inside_the_window(partial: PartialWindow) -> None:
    """From the 6th: 5 days at 99.9 % and 20 at 99.95 %; assumed good, 10 and 20."""
    first = replace(TIME, partial_window=partial)
    standing = stand(first, stricter(), cells=seconds(), term=Span(START + 5 * DAY, FOREVER))
    assert standing.budget.allowed == (432 if partial is PartialWindow.PRORATE else 864) + 864
    minutes = ((at, 1, 1, 60) for at in range(START, END, 60))
    hourly = replace(first, method=methods.Intervals(3600))
    counted = stand(hourly, stricter(), cells=measured(minutes), term=Span(START + 5 * DAY, FOREVER))
    assert counted.budget.allowed == standing.budget.allowed / 3600


def test_a_term_that_covers_a_part_gives_no_verdict_where_that_was_agreed() -> None:
    first = replace(TIME, partial_window=PartialWindow.SKIP)
    for policy in Policy:
        standing = stand(first, stricter(policy), cells=seconds(), term=Span(START + 5 * DAY, FOREVER))
        assert (standing.status, standing.attainment, standing.bounds) == (Status.UNKNOWN, None, None)
        assert "weighs" not in standing.reason


def test_warning_levels_weigh_too_where_each_part_has_one() -> None:
    first = replace(TIME, warn_at=Fraction("0.9995"))
    both = stand(
        first, (CUT, {"target": Fraction("0.9995"), "warn_at": Fraction("0.9999")}, Policy.WEIGHTED), cells=seconds()
    )
    assert both.objective.warn_at == 1 - Fraction(432 + 1728 // 10, 30 * DAY) - Fraction(8, 10 * 30 * DAY)
    assert stand(first, (CUT, {"warn_at": None}, Policy.WEIGHTED), cells=seconds()).objective.warn_at is None
    assert stand(TIME, (CUT, {"warn_at": Fraction("0.9999")}, Policy.WEIGHTED), cells=seconds()).objective.warn_at == (
        Fraction("0.9999")
    )


def test_all_but_the_targets_is_as_the_terms_in_force_say() -> None:
    """Half up to one digit, 99.9333 is 99.9, and it is less than 99.9333: rounding never helps here."""
    change = {"target": Fraction("0.9995"), "rounding": Rounding(1, RoundingMode.HALF_UP), "comparison": Comparison.GT}
    down = [(START + 60 * k, 60) for k in range(28)]
    standing = stand(TIME, (CUT, change, Policy.WEIGHTED), cells=seconds(*down))
    assert (standing.percent, standing.status) == (Fraction("99.9"), Status.BREACHED)
    assert standing.objective.comparison is Comparison.GT


def test_nothing_known_is_unknown_under_the_terms_in_force() -> None:
    nothing = slices.cells_of(slices.empty(60))
    standing = stand(TIME, stricter(), cells=nothing)
    assert (standing.status, standing.objective.target) == (Status.UNKNOWN, Fraction("0.9995"))
    split = stand(TIME, stricter(Policy.SPLIT), cells=nothing)
    assert (split.status, split.credit) == (Status.UNKNOWN, None)


def test_unknown_time_counts_in_each_part_as_agreed() -> None:
    """The first ten days were not measured and count as bad: they weigh with their 99.9 % all the same."""
    first = replace(TIME, no_data=NoData.BAD)
    cells = slices.cells_of(measured((at, 60, 60, 60) for at in range(CUT, END, 60)))
    standing = stand(first, stricter(), cells=cells)
    assert (standing.bad, standing.budget.allowed) == (10 * DAY, 1728)


def test_no_time_left_and_none_seen() -> None:
    """A window wholly outside the term, cut all the same."""
    standing = stand(TIME, stricter(), cells=seconds(), term=Span(END, FOREVER))
    assert (standing.status, standing.objective.target) == (Status.PENDING, Fraction("0.9995"))


QUARTER = 900
QUARTERLY = replace(TIME, measurement=Measurement(SourceName("default"), Probe("probe_success"), QUARTER))
bad_quarters = st.lists(st.integers(0, 30 * 96 - 1), max_size=40, unique=True)
targets = st.sampled_from([Fraction(text) for text in ("0", "0.5", "0.99", "0.999", "0.9995", "1")])
cuts = st.lists(st.tuples(st.integers(1, 30 * 1440 - 1), targets), max_size=4, unique_by=lambda one: one[0])


def quarters(down: list[int], until: int = END) -> slices.Cells:
    bad = {START + QUARTER * k for k in down}
    return slices.cells_of(
        measured(((at, 0 if at in bad else 900, 900, 900) for at in range(START, until, QUARTER)), QUARTER)
    )


@given(bad_quarters, cuts, targets)
def test_weighing_agrees_with_adding_up_minute_by_minute(
    down: list[int], made: list[tuple[int, Fraction]], first: Fraction
) -> None:
    """Amendments in mid-slice cut its seconds in proportion."""
    standing = stand(
        replace(QUARTERLY, target=first),
        *((START + 60 * k, {"target": target}, Policy.WEIGHTED) for k, target in made),
        cells=quarters(down),
    )
    allowed, last, at = Fraction(0), first, 0
    for k, target in [*sorted(made), (30 * 1440, Fraction(0))]:
        allowed += (1 - last) * 60 * (k - at)
        last, at = target, k
    assert (standing.budget.allowed, standing.bad) == (allowed, QUARTER * len(down))
    assert (standing.status is Status.MET) == (QUARTER * len(down) <= allowed)


@given(bad_quarters, st.lists(st.integers(1, 30 * DAY - 1), max_size=4, unique=True), st.integers(START + DAY, END))
def test_an_amendment_of_words_changes_no_number(down: list[int], made: list[int], at: int) -> None:
    cells = quarters(down, at // QUARTER * QUARTER)
    plain = stand(QUARTERLY, at=at, cells=cells)
    cut = stand(QUARTERLY, *((START + k, {"description": "new"}, Policy.WEIGHTED) for k in made), at=at, cells=cells)
    assert replace(cut, agreement=plain.agreement, objective=plain.objective, amendments=()) == plain


HOURLY = Measurement(SourceName("default"), Ratio(total=("requests_total",), bad=("errors_total",)), 3600)
hours = st.lists(st.sampled_from([None, (5, 0), (7, 1), (0, 0), (11, 4)]), min_size=720, max_size=720)


@given(hours, cuts, targets, st.integers(1, 720))
def test_weighing_events_agrees_with_going_hour_by_hour(
    held: list[tuple[int, int] | None], made: list[tuple[int, Fraction]], first: Fraction, passed: int
) -> None:
    """With hours nobody measured, hours without events, windows under way and amendments in mid-slice."""
    rows = ((START + 3600 * k, one[0] - one[1], one[0], 3600) for k, one in enumerate(held) if one and k < passed)
    promise = replace(EVENTS, target=first, measurement=HOURLY)
    standing = stand(
        promise,
        *((START + 60 * k, {"target": target}, Policy.WEIGHTED) for k, target in made),
        at=START + 3600 * passed,
        cells=slices.cells_of(measured(rows, 3600)),
    )
    allowed, bad, total = Fraction(0), 0, 0
    for k, one in enumerate(held[:passed]):
        target = next((target for cut, target in sorted(made, reverse=True) if 60 * cut <= 3600 * k), first)
        allowed += (1 - target) * (one[0] if one else 0)
        total, bad = total + (one[0] if one else 0), bad + (one[1] if one else 0)
    assert (standing.budget.allowed, standing.bad, standing.total) == (allowed, bad, total)
    if total:
        assert standing.objective.target == 1 - allowed / total
        assert not standing.bounds or standing.bounds[0] <= standing.bounds[1]
    if (
        standing.status is Status.MET
        and standing.complete
        and standing.coverage
        and standing.coverage > Fraction(9, 10)
    ):
        assert bad <= allowed
