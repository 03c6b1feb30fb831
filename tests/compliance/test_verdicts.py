"""Statuses, each with its sentence (measurement.md 4, 6 and 9)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance import methods
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.projections import NO_PROJECTION
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.remedies import CreditTier, Remedy, Tiered
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Facts, Standing, Status
from sla_monitor.compliance.terms import NoData, Objective, PartialWindow
from sla_monitor.compliance.windows import NOTHING
from tests.compliance.specimens import facts, objective, stand, tally

TIME = objective("99", methods.TIME)
HALF_UP = Rounding(0, RoundingMode.HALF_UP)
MET, AT_RISK, BREACHED, UNKNOWN = Status.MET, Status.AT_RISK, Status.BREACHED, Status.UNKNOWN

# what: promise, facts, status, reason
VERDICTS = {
    "kept, as the interfaces page shows it": (
        objective("99.9"), facts(tally(1_998_420, 2_000_000)), MET,
        "99.921 % ≥ 99.9 % with 21 % of the error budget left"),
    "what is left of the budget is cut, not rounded": (
        objective("99"), facts(tally(99_951, 100_000)), MET, "99.951 % ≥ 99 % with 95.1 % of the error budget left"),
    "the budget just spent": (
        objective("99.9"), facts(tally(999_000, 1_000_000)), MET, "99.9 % ≥ 99.9 % with 0 % of the error budget left"),
    "the last digits are not rounded up into compliance": (
        objective("99.9"), facts(tally(9_989_999_999, 10_000_000_000)), BREACHED,
        "99.899999 % < 99.9 %, the error budget overdrawn by 1 events"),
    "a long target is shown whole, and enough of the rest to tell them apart": (
        objective("99.99999999"), facts(tally(10**12 - 101, 10**12)), BREACHED,
        "99.99999998 % < 99.99999999 %, the error budget overdrawn by 1 events"),
    "a breach by part of a second is shown as more, not less": (
        TIME, facts(tally("98.96", 100)), BREACHED, "98.96 % < 99 %, the error budget overdrawn by 0.1 seconds"),
    "broken so far, though the window's budget lasts": (
        TIME, facts(tally(980, 1000), length=10_000), BREACHED,
        "98 % < 99 % so far, with 80 % of the error budget left for the whole window"),
    "equal is not above": (
        replace(TIME, comparison=Comparison.GT), facts(tally(990, 1000)), BREACHED, "99 % ≤ 99 %"),
    "below the warning level": (
        replace(TIME, warn_at=Fraction("0.995")), facts(tally(994, 1000), length=10_000, recent=tally(1, 1)), AT_RISK,
        "99.4 % ≥ 99 %, but under the warning level 99.5 %"),
    "at the warning level": (
        replace(TIME, warn_at=Fraction("0.994")), facts(tally(994, 1000), length=10_000, recent=tally(1, 1)), MET,
        "99.4 % ≥ 99 % with 94 % of the error budget left"),
    "the warning level is held against the rounded percentage": (
        replace(TIME, warn_at=Fraction("0.995"), rounding=Rounding(1, RoundingMode.HALF_UP)),
        facts(tally(9946, 10_000), length=100_000, recent=tally(1, 1)), MET,
        "99.5 % ≥ 99 % with 94.6 % of the error budget left"),
    "below the warning level when all is over": (
        replace(TIME, warn_at=Fraction("0.995")), facts(tally(994, 1000)), MET,
        "99.4 % ≥ 99 % with 40 % of the error budget left"),
    "heading for a breach": (
        TIME, facts(tally(1000, 1000), length=10_000, recent=tally(98, 100)), AT_RISK,
        "at the pace of the last 6 h the window would end at 98.2 %"),
    "heading for the target and no lower": (
        TIME, facts(tally(990, 1000), length=10_000, recent=tally(99, 100)), MET,
        "99 % ≥ 99 % with 90 % of the error budget left"),
    "a tenth of the budget left is no risk yet": (
        TIME, facts(tally(8910, 9000), length=10_000, recent=tally(1, 1)), MET,
        "99 % ≥ 99 % with 10 % of the error budget left"),
    "less than a tenth left": (
        TIME, facts(tally("9899.9", 9990), length=10_000, recent=tally(1, 1)), AT_RISK,
        "99.098098 % ≥ 99 % with only 9.9 % of the error budget left"),
    "overdrawn, but rounded into the promise as agreed": (
        replace(TIME, rounding=HALF_UP), facts(tally(986, 1000)), MET,
        "99 % ≥ 99 % with the error budget overdrawn by 4 seconds, which the agreed rounding forgives"),
    "overdrawn in an open window, but rounded into the promise": (
        replace(TIME, rounding=HALF_UP), facts(tally(986, 1000), length=1001, recent=tally(1, 1)), AT_RISK,
        "99 % ≥ 99 % with only the error budget overdrawn by 4 seconds, which the agreed rounding forgives"),
    "rounded out of the promise": (
        replace(TIME, rounding=Rounding(0, RoundingMode.DOWN), target=Fraction("0.995")), facts(tally(996, 1000)),
        BREACHED, "99 % < 99.5 %"),
    "nothing is known": (TIME, facts(tally(0, 0, 0, 600)), UNKNOWN, "nothing is known of this window"),
    "too little is known": (
        TIME, facts(tally(890, 890, 890, 1000)), UNKNOWN,
        "only 89 % of the window is known, under the agreed 90 %; attainment lies between 89 % and 100 %"),
    "just enough is known": (TIME, facts(tally(900, 900, 900, 1000)), MET,
        "100 % ≥ 99 % with 100 % of the error budget left"),
    "too little is known, yet even the best misses": (
        TIME, facts(tally(480, 500, 500, 1000)), BREACHED, "even at best 98 % < 99 %"),
    "too little is known, yet even the worst keeps": (
        replace(TIME, target=Fraction(1, 2)), facts(tally(600, 600, 600, 1000)), MET,
        "100 % ≥ 50 % with 100 % of the error budget left"),
    "the best just keeps": (
        TIME, facts(tally(490, 500, 500, 1000)), UNKNOWN,
        "only 50 % of the window is known, under the agreed 90 %; attainment lies between 49 % and 99 %"),
    "little is known, but the agreement excludes the rest": (
        replace(TIME, no_data=NoData.EXCLUDE), facts(tally(100, 100, 100, 1000)), MET,
        "100 % ≥ 99 % with 100 % of the error budget left"),
    "little is known, and the rest counts as bad": (
        replace(TIME, no_data=NoData.BAD), facts(tally(900, 900, 900, 1000)), BREACHED,
        "90 % < 99 %, the error budget overdrawn by 90 seconds"),
    "little is known, and the rest counts as good": (
        replace(TIME, no_data=NoData.GOOD), facts(tally(99, 100, 100, 1000)), MET,
        "99.9 % ≥ 99 % with 90 % of the error budget left"),
    "the window has just begun": (
        TIME, facts(NOTHING, length=1000), MET, "100 % ≥ 99 % with 100 % of the error budget left"),
}  # fmt: skip


@pytest.mark.parametrize("row", VERDICTS.values(), ids=VERDICTS)
def test_a_status_and_its_reason(row: tuple[Objective, Facts, Status, str]) -> None:
    promise, given, status, reason = row
    standing = stand(promise, given)
    assert (standing.status, standing.reason) == (status, reason)


DAY = 86400
PLACES = {
    "before the term": (
        PartialWindow.PRORATE, Span(0, 10 * DAY), 5 * DAY, Status.PENDING, "the agreement begins 1970-01-11 00:00 UTC"),
    "a window that ended as the term began": (
        PartialWindow.PRORATE, Span(0, 10 * DAY), 20 * DAY, Status.PENDING,
        "the agreement begins 1970-01-11 00:00 UTC"),
    "the first instant of the term": (PartialWindow.PRORATE, Span(0, 40 * DAY), 10 * DAY, MET, "100 % ≥ 99 %"),
    "after the term, in the window that it ended in": (
        PartialWindow.PRORATE, Span(20 * DAY, 40 * DAY), 30 * DAY, Status.ENDED,
        "the agreement ended 1970-01-31 00:00 UTC"),
    "that window when it is over": (PartialWindow.PRORATE, Span(20 * DAY, 40 * DAY), 40 * DAY, MET, "100 % ≥ 99 %"),
    "a window that began as the term ended": (
        PartialWindow.PRORATE, Span(30 * DAY, 40 * DAY), 40 * DAY, Status.ENDED,
        "the agreement ended 1970-01-31 00:00 UTC"),
    "part of a window, to be skipped": (
        PartialWindow.SKIP, Span(0, 20 * DAY), 15 * DAY, UNKNOWN,
        "the term covers only a part of this window, which gives no verdict (partialWindow: skip)"),
    "a whole window needs no skipping": (PartialWindow.SKIP, Span(10 * DAY, 30 * DAY), 15 * DAY, MET, "100 % ≥ 99 %"),
}  # fmt: skip


def in_place(partial: PartialWindow, span: Span, at: int) -> Standing:
    promise = replace(TIME, partial_window=partial, remedy=Remedy(Tiered((promise_tier(),))))
    given = facts(tally(600, 600), window=Window("month", "", span), at=at, rest=max(0, span.end - at))
    return stand(promise, given, term=Span(10 * DAY, 30 * DAY))


@pytest.mark.parametrize("row", PLACES.values(), ids=PLACES)
def test_windows_and_the_term(row: tuple[PartialWindow, Span, int, Status, str]) -> None:
    partial, span, at, status, reason = row
    standing = in_place(partial, span, at)
    assert standing.status is status
    assert standing.reason.startswith(reason)
    silent = status is not MET
    assert (standing.attainment is None, standing.percent is None, standing.bounds is None) == (silent,) * 3
    assert (standing.projection == NO_PROJECTION) == silent
    assert standing.credit is not None
    owed = standing.credit.ratio, standing.credit.next_tier
    assert owed == ((None, None) if silent else (0, promise_tier()))


def promise_tier() -> CreditTier:
    return CreditTier(Fraction("0.99"), Fraction("0.1"))


def test_a_silent_window_is_not_certain_to_be_broken() -> None:
    given = facts(tally(0, 600), window=Window("month", "", Span(0, 9 * DAY)), at=9 * DAY)
    assert not stand(TIME, given, term=Span(10 * DAY, 30 * DAY)).breach_certain


def test_times_are_told_in_the_zone_of_the_agreement() -> None:
    standing = stand(TIME, facts(NOTHING, length=60), term=Span(DAY, 2 * DAY), zone=ZoneInfo("Europe/Berlin"))
    assert standing.reason == "the agreement begins 1970-01-02 01:00 CET"


@pytest.mark.parametrize(
    ("presence", "at", "reason"),
    [
        (Span(10 * DAY, 30 * DAY), 5 * DAY, "the agreement begins 1970-01-11 00:00 UTC, when its customer appeared"),
        (Span(5 * DAY, 30 * DAY), 5 * DAY, "the agreement begins 1970-01-11 00:00 UTC"),
        (
            Span(10 * DAY, 30 * DAY),
            30 * DAY,
            "the agreement ended 1970-01-31 00:00 UTC, when its customer was last seen",
        ),
        (Span(10 * DAY, 40 * DAY), 30 * DAY, "the agreement ended 1970-01-31 00:00 UTC"),
    ],
)
def test_customers_who_come_and_go_are_why_an_agreement_begins_and_ends(presence: Span, at: int, reason: str) -> None:
    given = facts(tally(600, 600), window=Window("month", "", Span(0, 40 * DAY)), at=at, rest=40 * DAY - at)
    assert stand(TIME, given, term=Span(10 * DAY, 30 * DAY), presence=presence).reason == reason


def test_a_rolling_window_is_never_complete_and_no_breach_of_it_certain() -> None:
    given = facts(tally(0, 100), window=Window("rolling", "100s", Span(0, 100)))
    standing = stand(TIME, given)
    assert (standing.complete, standing.breach_certain, standing.status) == (False, False, BREACHED)


def test_what_a_standing_says_of_its_seconds() -> None:
    standing = stand(TIME, facts(tally(89.25, 90, 90, 100)))
    assert (standing.known_seconds, standing.unknown_seconds, standing.excluded_seconds) == (90, 10, 0)
    assert (standing.good, standing.total, standing.bad) == (Fraction("89.25"), 90, Fraction("0.75"))
    assert (standing.coverage, standing.complete, standing.at) == (Fraction(9, 10), True, 100)
    assert standing.key == ("acme", "availability")


ASSUMED = {
    "the window began before the term": ({"assumed": 1000, "assumed_whole": 1000}, Fraction(1990, 2000), 10),
    "the window outlasts the term": ({"assumed": 0, "assumed_whole": 1000}, Fraction(1990, 2000), 10),
}


@pytest.mark.parametrize("row", ASSUMED.values(), ids=ASSUMED)
def test_assumed_time_widens_the_budget(row: tuple[dict[str, int], Fraction, int]) -> None:
    changes, at_end, remaining = row
    given = facts(tally(490, 500), length=1000, recent=tally(1, 1), **changes)
    standing = stand(TIME, given)
    assert standing.projection.attainment_at_end == at_end
    assert (standing.budget.allowed, standing.budget.remaining) == (20, remaining)


def test_assumed_time_of_pooled_series_counts_for_each() -> None:
    given = facts(tally(4900, 5000, 500), length=1000, assumed=500, assumed_whole=1000)
    standing = stand(TIME, given)
    assert (standing.good, standing.total, standing.budget.allowed) == (9900, 10_000, 200)


def test_assumed_time_to_come_may_save_the_promise() -> None:
    doomed = facts(tally(485, 500), length=1000, recent=tally(1, 1))
    saved = replace(doomed, assumed_whole=500)
    assert [stand(TIME, one).breach_certain for one in (doomed, saved)] == [True, False]
