"""The windows of a promise, also where an amendment changes their kind: they tile, a cut one is judged on its part."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import amendments, judgements, methods, slices, tilings
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, Window, WindowSpec, local_text, parse_instant
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement, Amendment, Measurement, PartialWindow, Policy, Probe, SourceName
from tests.compliance.specimens import SECONDS, agreement, measured, objective

BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MONTH, QUARTER, WEEK, DAY = (Calendar(unit) for unit in (Unit.MONTH, Unit.QUARTER, Unit.WEEK, Unit.DAY))
BILLING = Calendar(Unit.MONTH, start_day=15)
ROLLING = Rolling(10 * 86_400, "10d")
WEIGHTED, AT_START, AT_END, SPLIT = Policy
TIME = objective("99.9", methods.TIME)


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return parse_instant(text, zone)


def agreed(first: WindowSpec, *changes: tuple[str, WindowSpec, Policy], zone: ZoneInfo = BERLIN) -> Agreement:
    promise = replace(TIME, window=first)
    made = [Amendment(at(day, zone), "", (), policy, (replace(TIME, window=spec),)) for day, spec, policy in changes]
    return replace(agreement(promise, zone=zone), amendments=tuple(made))


def shown(window: Window, zone: ZoneInfo = BERLIN) -> tuple[str, str, str]:
    """Its label, its first day, and the first day after it; what it would have been in brackets."""
    begin, end = (local_text(instant, zone)[:10] for instant in (window.span.start, window.span.end))
    return window.label, begin, end


def stated(given_: Agreement, first: str = "2026-05-01", last: str = "2026-09-01") -> list[tuple[str, str, str]]:
    return [shown(one) for one in tilings.stated(given_, given_.objectives[0], Span(at(first), at(last)))]


MAY, JUNE, JULY, AUGUST = (
    (f"2026-{n:02}", f"2026-{n:02}-01", f"2026-{n + 1:02}-01") for n in (5, 6, 7, 8)
)  # fmt: skip
Q3 = ("2026-Q3", "2026-07-01", "2026-10-01")
TILES = {
    "nothing is amended": (agreed(MONTH), [MAY, JUNE, JULY, AUGUST]),
    "months become quarters with a quarter": (agreed(MONTH, ("2026-07-01", QUARTER, WEIGHTED)), [MAY, JUNE, Q3]),
    "in the midst of a month": (
        agreed(MONTH, ("2026-06-16", QUARTER, WEIGHTED)),
        [MAY, ("2026-06", "2026-06-01", "2026-06-16"), ("2026-Q2", "2026-06-16", "2026-07-01"), Q3],
    ),
    "split does as weighted does": (
        agreed(MONTH, ("2026-06-16", QUARTER, SPLIT)),
        [MAY, ("2026-06", "2026-06-01", "2026-06-16"), ("2026-Q2", "2026-06-16", "2026-07-01"), Q3],
    ),
    "at start the month goes on to its end": (agreed(MONTH, ("2026-06-16", QUARTER, AT_START)), [MAY, JUNE, Q3]),
    "at end the quarter has the month from its begin": (
        agreed(MONTH, ("2026-06-16", QUARTER, AT_END)), [MAY, ("2026-Q2", "2026-06-01", "2026-07-01"), Q3],
    ),
    "quarters become months": (
        agreed(QUARTER, ("2026-06-16", MONTH, WEIGHTED)),
        [("2026-06", "2026-06-16", "2026-07-01"), JULY, AUGUST],
    ),
    "quarters become months, at start": (agreed(QUARTER, ("2026-06-16", MONTH, AT_START)), [JULY, AUGUST]),
    "quarters become months, at end": (agreed(QUARTER, ("2026-06-16", MONTH, AT_END)), [MAY, JUNE, JULY, AUGUST]),
    "months of another day": (
        agreed(MONTH, ("2026-07-01", BILLING, WEIGHTED)),
        [MAY, JUNE, ("2026-06-15", "2026-07-01", "2026-07-15"), ("2026-07-15", "2026-07-15", "2026-08-15"),
         ("2026-08-15", "2026-08-15", "2026-09-15")],
    ),
    "there and back in one month": (
        agreed(MONTH, ("2026-06-10", WEEK, WEIGHTED), ("2026-06-18", MONTH, WEIGHTED)),
        [MAY, ("2026-06", "2026-06-01", "2026-06-10"), ("2026-W24", "2026-06-10", "2026-06-15"),
         ("2026-W25", "2026-06-15", "2026-06-18"), ("2026-06", "2026-06-18", "2026-07-01"), JULY, AUGUST],
    ),
    "at end takes over what an amendment cut before": (
        agreed(MONTH, ("2026-06-10", MONTH, WEIGHTED), ("2026-06-18", QUARTER, AT_END)),
        [MAY, ("2026-Q2", "2026-06-01", "2026-07-01"), Q3],
    ),
    "an amendment before the deferred one begins brings it along": (
        agreed(MONTH, ("2026-06-10", QUARTER, AT_START), ("2026-06-18", QUARTER, WEIGHTED)),
        [MAY, ("2026-06", "2026-06-01", "2026-06-18"), ("2026-Q2", "2026-06-18", "2026-07-01"), Q3],
    ),
    "rolling windows are stated by months": (agreed(ROLLING), [MAY, JUNE, JULY, AUGUST]),
    "quarters become rolling": (
        agreed(QUARTER, ("2026-06-16", ROLLING, WEIGHTED)),
        [("2026-06", "2026-06-16", "2026-07-01"), JULY, AUGUST],
    ),
    "rolling ones become quarters": (
        agreed(ROLLING, ("2026-06-16", QUARTER, WEIGHTED)),
        [MAY, ("2026-06", "2026-06-01", "2026-06-16"), ("2026-Q2", "2026-06-16", "2026-07-01"), Q3],
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", TILES)
def test_the_windows_that_begin_in_a_summer(sentence: str) -> None:
    given_, expected = TILES[sentence]
    assert stated(given_) == expected


def test_a_cut_window_knows_what_it_would_have_been() -> None:
    given_ = agreed(MONTH, ("2026-06-16", QUARTER, WEIGHTED))
    april, june, july = (at(f"2026-0{month}-01") for month in (4, 6, 7))
    old, new = (tilings.stated_at(given_, given_.objectives[0], at(day)) for day in ("2026-06-02", "2026-06-20"))
    assert (old.entire, new.entire) == (Span(june, july), Span(april, july))
    assert tilings.stated_before(given_, given_.objectives[0], at("2026-06-20")) == old
    following = tilings.stated_at(given_, given_.objectives[0], july)
    assert (following.whole, following.entire) == (None, following.span)


def test_a_rolling_window_does_not_reach_back_over_the_change() -> None:
    given_ = agreed(MONTH, ("2026-06-16", ROLLING, WEIGHTED))
    promise, change = given_.objectives[0], at("2026-06-16")
    for instant, begin in ((change + 60, change), (change + 10 * 86_400, change), (change + 864_060, change + 60)):
        window = amendments.window_of(given_, promise, instant)
        assert (window.kind, window.span) == ("rolling", Span(begin, instant))
        assert window.entire == Span(instant - 864_000, instant)
        assert tilings.closed_before(given_, promise, window) is None
    first = amendments.window_of(given_, promise, change)
    assert shown(first) == ("2026-06", "2026-06-01", "2026-06-16"), "with the change nothing of the new one has come"
    assert shown(tilings.closed_before(given_, promise, first) or first) == MAY


def test_after_rolling_windows_no_window_has_closed_before() -> None:
    given_ = agreed(ROLLING, ("2026-06-16", DAY, WEIGHTED))
    promise = given_.objectives[0]
    first, second = (amendments.window_of(given_, promise, at(day)) for day in ("2026-06-16", "2026-06-17"))
    assert tilings.closed_before(given_, promise, first) is None
    assert tilings.closed_before(given_, promise, second) == first


specs = st.sampled_from([MONTH, QUARTER, WEEK, DAY, BILLING, ROLLING, Calendar(Unit.HOUR), Calendar(Unit.YEAR)])
days = st.integers(0, 500).map(lambda n: at("2026-01-01", UTC) + 43_210 * n)


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """The promise changes its windows, or something else, a few times; events have a grid."""
    first = objective("99", draw(st.sampled_from([methods.TIME, methods.EVENTS])), window=draw(specs))
    made = [
        Amendment(effective, "", (), draw(st.sampled_from(Policy)), (replace(first, window=draw(specs)),))
        for effective in draw(st.lists(days, max_size=4, unique=True))
    ]
    begin = draw(st.sampled_from([0, at("2026-03-10", UTC)]))
    return replace(agreement(first, zone=draw(st.sampled_from([BERLIN, UTC])), term=Span(begin, FOREVER)),
                   amendments=tuple(made))  # fmt: skip


@given(agreements(), days)
def test_windows_tile_whatever_is_amended(given_: Agreement, begin: int) -> None:
    span, promise = Span(begin, begin + 40 * 86_400), given_.objectives[0]
    found = list(tilings.stated(given_, promise, span))
    assert [one.span.end for one in found[:-1]] == [one.span.start for one in found[1:]]
    if found:
        assert found[-1].span.end >= span.end
        assert found[0].span.start == tilings.stated_at(given_, promise, found[0].span.start).span.start
    for one in found:
        assert one.span.intersect(one.entire) == one.span
        assert tilings.stated_at(given_, promise, one.span.end - 1) == one


@given(agreements(), days)
def test_the_window_of_an_instant_is_of_the_terms_in_force(given_: Agreement, instant: int) -> None:
    promise = given_.objectives[0]
    window = amendments.window_of(given_, promise, instant)
    held = amendments.at_instant(amendments.history(given_, promise), window.span.start).objective
    kind = "rolling" if isinstance(held.window, Rolling) else held.window.every.value
    assert window.kind == kind
    assert window.span.seconds
    assert (
        instant in window.span
        or (instant == window.span.end and window.kind == "rolling")
        or (amendments.window_of(given_, promise, instant - 1) == window)
    )


@given(agreements())
def test_the_order_of_amendments_never_matters(given_: Agreement) -> None:
    turned = replace(given_, amendments=given_.amendments[::-1])
    assert amendments.history(turned, given_.objectives[0]) == amendments.history(given_, given_.objectives[0])


def cells(first: int, last: int, down: Span) -> slices.Cells:
    rows = ((start, 0 if start in down else 60, 60, 60) for start in range(first, last, 60))
    return slices.cells_of(measured(rows))


JUNE_SPAN = Span(at("2026-06-01", UTC), at("2026-07-01", UTC))
HALF = at("2026-06-16", UTC)


def judged(partial: PartialWindow, down: int, instant: int | None = None) -> list[Standing]:
    """The windows of a June that becomes a week's at its half; down for half an hour from an instant on."""
    first = replace(TIME, window=MONTH, partial_window=partial)
    made = Amendment(HALF, "", (), WEIGHTED, (replace(first, window=WEEK, target=Fraction(995, 1000)),))
    given_ = replace(agreement(first), amendments=(made,))
    held = {SECONDS.key: cells(JUNE_SPAN.start, JUNE_SPAN.end, Span(down, down + 1800))}
    return [
        judgements.judge(given_, first, window, window.span.end if instant is None else instant, held)
        for window in tilings.stated(given_, first, JUNE_SPAN)
    ]


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        # Half an hour of 15 days, and of 30 (domain.md 2.7): 21 570 of 21 600, 43 170 of 43 200 minutes.
        (PartialWindow.PRORATE, (Status.BREACHED, Fraction(2157, 2160))),
        (PartialWindow.ASSUME_GOOD, (Status.MET, Fraction(4317, 4320))),
        (PartialWindow.SKIP, (Status.UNKNOWN, None)),
    ],
)
def test_a_window_that_is_cut_off_is_judged_as_a_term_would_cut_it(
    partial: PartialWindow, expected: tuple[Status, Fraction | None]
) -> None:
    old = judged(partial, JUNE_SPAN.start + 600)[0]
    assert (old.status, old.attainment, old.complete) == (*expected, True)
    assert old.objective.target == Fraction(999, 1000)
    if partial is PartialWindow.SKIP:
        assert (
            old.reason == "an amendment leaves only a part of this window, which gives no verdict (partialWindow: skip)"
        )


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        # From Tuesday on, half an hour of six days and of seven, at 99.5 %: 8 610 of 8 640, 10 050 of 10 080 minutes.
        (PartialWindow.PRORATE, (Status.MET, Fraction(861, 864))),
        (PartialWindow.ASSUME_GOOD, (Status.MET, Fraction(1005, 1008))),
        (PartialWindow.SKIP, (Status.UNKNOWN, None)),
    ],
)
def test_a_first_window_of_another_kind_is_a_part(
    partial: PartialWindow, expected: tuple[Status, Fraction | None]
) -> None:
    _, new, *others = judged(partial, HALF + 600)
    assert shown(new.window, UTC) == ("2026-W25", "2026-06-16", "2026-06-22")
    assert (new.status, new.attainment) == expected
    assert new.objective.target == Fraction(995, 1000)
    assert [one.amendment.effective for one in new.amendments] == [HALF]
    assert [one.amendments for one in others] == [(), ()]


def test_what_was_cut_off_before_counts_at_once_and_what_comes_after_it_does() -> None:
    """Half an hour is down on the first day of each. What is cut off at the end counts in the budget, until it ends."""
    old = judged(PartialWindow.ASSUME_GOOD, JUNE_SPAN.start, JUNE_SPAN.start + 86_400)[0]
    assert old.attainment == Fraction(1410, 1440)
    assert old.budget is not None
    assert old.budget.allowed == Fraction(30 * 86_400, 1000)
    new = judged(PartialWindow.ASSUME_GOOD, HALF, HALF + 86_400)[1]
    assert new.attainment == Fraction(2850, 2880), "Monday was good, before it"


def test_the_windows_of_all_kinds_hold_together_what_was_measured() -> None:
    found = judged(PartialWindow.PRORATE, HALF - 900)
    assert [one.bad for one in found[:2]] == [900, 900]
    held = [one.total or 0 for one in found[:-1]]
    assert sum(held) == found[-1].window.span.start - JUNE_SPAN.start


def test_a_version_is_measured_up_to_where_its_windows_end() -> None:
    other = Measurement(SourceName("default"), Probe("other"), 60)
    for policy, border in ((WEIGHTED, "2026-06-16"), (AT_START, "2026-07-01"), (AT_END, "2026-06-01")):
        first = replace(TIME, window=MONTH)
        made = Amendment(at("2026-06-16"), "", (), policy, (replace(first, window=QUARTER, measurement=other),))
        given_ = replace(agreement(first, zone=BERLIN), amendments=(made,))
        spans = [span for _, span in amendments.needed(given_, first)]
        assert spans == [Span(-FOREVER, at(border)), Span(at(border), FOREVER)]


def test_at_start_the_new_kind_holds_at_once_where_the_term_begins_after_it() -> None:
    given_ = replace(agreed(QUARTER, ("2026-06-10", MONTH, AT_START)), term=Span(at("2026-06-16"), FOREVER))
    assert stated(given_) == [("2026-06", "2026-06-10", "2026-07-01"), JULY, AUGUST]
