"""Which windows before one count together with it, and what they came to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance import histories, methods, periods
from sla_monitor.compliance.outcomes import Earlier
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, Window
from sla_monitor.compliance.remedies import Amount, Days, Escalation, Failures, Flat, LongCap, Remedy
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Amendment, Policy
from tests.compliance.specimens import agreement, facts, instant, objective, stand, tally

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
HALF, TENTH = Fraction(1, 2), Fraction(1, 10)
MONTH, WEEK, QUARTER = Calendar(Unit.MONTH), Calendar(Unit.WEEK), Calendar(Unit.QUARTER)
BILLING = Calendar(Unit.MONTH, start_day=31)
NOW = instant("2026-06-15T00:00Z")
FLAT = Flat(TENTH)


def capped(per: Unit | Lapse) -> Remedy:
    return Remedy(FLAT, long_cap=LongCap(HALF, per))


def escalating(within: Lapse | int, **limits: Any) -> Remedy:
    return Remedy(Escalation(within, (Failures(2, TENTH),)), **limits)


def months(count: int) -> Lapse:
    return Lapse(f"{count} months", months=count)


BEFORE: dict[str, tuple[Remedy | None, Calendar, list[str]]] = {
    "no credits": (None, MONTH, []),
    "credits of the window alone": (Remedy(FLAT, cap=HALF), MONTH, []),
    "of a calendar year": (capped(Unit.YEAR), MONTH, ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]),
    "of a quarter": (capped(Unit.QUARTER), MONTH, ["2026-04", "2026-05"]),
    "of a month": (capped(Unit.MONTH), MONTH, []),
    "failures in as many days as June and May have": (escalating(Lapse("61 days", days=61)), MONTH, ["2026-05"]),
    "failures in a day less": (escalating(Lapse("60 days", days=60)), MONTH, []),
    "weeks of a month": (capped(Unit.MONTH), WEEK, ["2026-W23", "2026-W24"]),
    "quarters of a year": (capped(Unit.YEAR), QUARTER, ["2026-Q1"]),
    "failures in three months": (escalating(months(3)), MONTH, ["2026-04", "2026-05"]),
    "failures in three windows": (escalating(3), MONTH, ["2026-04", "2026-05"]),
    "failures in one": (escalating(1), MONTH, []),
    "what April earned of the quarter hangs on March": (
        escalating(2, long_cap=LongCap(HALF, Unit.QUARTER)), MONTH, ["2026-03", "2026-04", "2026-05"]),
    "failures before a cap that reaches no further back": (
        escalating(3, long_cap=LongCap(HALF, Unit.MONTH)), MONTH, ["2026-04", "2026-05"]),
    "what April earned of the quarter hangs on what it counts by length": (
        escalating(months(2), long_cap=LongCap(HALF, Unit.QUARTER)), MONTH, ["2026-03", "2026-04", "2026-05"]),
    "billing months that end where their month does": (
        escalating(months(3)), BILLING, ["2026-03-31", "2026-04-30"]),
}  # fmt: skip


@pytest.mark.parametrize("sentence", BEFORE)
def test_windows_that_count_together(sentence: str) -> None:
    remedy, spec, labels = BEFORE[sentence]
    promise = objective(remedy=remedy, window=spec)
    window = periods.window_at(spec, UTC, NOW)
    assert [one.label for one in histories.before(agreement(promise), promise, window, NOW)] == labels


def test_a_term_has_nothing_before_it() -> None:
    promise = objective(remedy=capped(Unit.YEAR))
    window = periods.window_at(MONTH, UTC, NOW)
    for begin, first in (("2026-03-31T23:59:59Z", "2026-03"), ("2026-04-01T00:00Z", "2026-04")):
        made = agreement(promise, term=Span(instant(begin), FOREVER))
        assert histories.before(made, promise, window, NOW)[0].label == first


def test_the_calendar_is_that_of_the_agreement() -> None:
    promise = objective(remedy=capped(Unit.YEAR))
    window = periods.window_at(MONTH, BERLIN, instant("2025-12-31T23:30Z"))
    assert window.label == "2026-01"
    assert histories.before(agreement(promise, zone=BERLIN), promise, window, window.span.end) == ()


def test_a_cap_over_a_length_hangs_on_all_that_was_before() -> None:
    """Where no begin of the term was agreed, four lengths must do."""
    promise, window = objective(remedy=capped(months(2))), periods.window_at(MONTH, UTC, NOW)
    made = agreement(promise, term=Span(instant("2024-03-10T00:00Z"), FOREVER))
    found = histories.before(made, promise, window, NOW)
    assert (found[0].label, found[-1].label, len(found)) == ("2024-03", "2026-05", 27)
    endless = histories.before(agreement(promise), promise, window, NOW)
    assert (endless[0].label, endless[-1].label) == ("2025-11", "2026-05")


@pytest.mark.parametrize(("at", "labels"), [("2026-06-15T00:00Z", ["2026-04", "2026-05"]), ("2026-07-01T00:00Z", [])])
def test_before_a_rolling_window_are_the_calendar_months_it_is_stated_by(at: str, labels: list[str]) -> None:
    promise = objective(remedy=capped(Unit.QUARTER), window=Rolling(30 * 86_400, "30d"))
    window = periods.rolling_window(Rolling(30 * 86_400, "30d"), instant(at))
    assert [one.label for one in histories.before(agreement(promise), promise, window, instant(at))] == labels


def test_the_terms_are_those_the_window_is_credited_by() -> None:
    promise = objective(remedy=escalating(2))
    more = Amendment(instant("2026-06-10T00:00Z"), "", (), Policy.WEIGHTED, (replace(promise, remedy=escalating(4)),))
    made = replace(agreement(promise), amendments=(more,))
    window = periods.window_at(MONTH, UTC, NOW)
    counts = [len(histories.before(made, promise, window, instant(f"2026-06-{day}T00:00Z"))) for day in ("09", "10")]
    assert counts == [1, 3]


def stood(good: int, known: int = 86_400, **changes: Any) -> Standing:
    promise = objective("99", methods.TIME, **changes)
    return stand(promise, facts(tally(good, known, known, 86_400)))


@pytest.mark.parametrize(
    ("sentence", "standing", "breached", "credit"),
    [
        ("kept", stood(86_400, remedy=Remedy(FLAT)), False, Fraction(0)),
        ("broken", stood(0, remedy=Remedy(FLAT)), True, TENTH),
        ("broken, for days of service", stood(0, remedy=Remedy(Flat(Days(HALF)))), True, Days(HALF)),
        ("broken, but no credits were agreed", stood(0), True, Fraction(0)),
        ("nobody knows", stood(40_000, 40_000, remedy=Remedy(FLAT)), None, None),
    ],
)
def test_what_a_window_came_to(sentence: str, standing: Standing, breached: bool | None, credit: Amount | None) -> None:
    assert histories.earlier(standing) == Earlier(standing.window, breached, credit), sentence


def test_a_standing_that_remembers_earns_by_it() -> None:
    standing = stood(0, remedy=escalating(12))
    before = Earlier(Window("month", "1970-01", Span(0, 100)), breached=True, credit=Fraction(0))
    remembering = histories.remembering(standing, [before])
    assert isinstance(standing.credit, Credit)
    assert isinstance(remembering.credit, Credit)
    assert (standing.status, standing.credit.ratio, remembering.credit.ratio) == (Status.BREACHED, 0, TENTH)
    assert remembering.grounds.history == (replace(before, credit=None),)
    capped = histories.remembering(stood(0, remedy=capped_at(TENTH)), [replace(before, credit=FIVE)])
    assert isinstance(capped.credit, Credit)
    assert (capped.credit.ratio, capped.grounds.history) == (FIVE, (Earlier(before.window, None, FIVE),))
    assert histories.remembering(stood(0), [before]).credit is None


def capped_at(amount: Fraction) -> Remedy:
    return Remedy(FLAT, long_cap=LongCap(amount, Unit.YEAR))


FIVE = Fraction(5, 100)
