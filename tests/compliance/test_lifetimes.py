"""Terms, renewals, notices and reviews, by the calendar of the agreement's zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import periods
from sla_monitor.compliance.lifetimes import Lifetime, lifetime
from sla_monitor.compliance.periods import Lapse, parse_instant
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, Renewal, Reviews
from tests.compliance.specimens import agreement, objective

BERLIN = ZoneInfo("Europe/Berlin")
YEAR, QUARTER, MONTH = (Lapse(f"{count} months", months=count) for count in (12, 3, 1))
SIXTY_DAYS = Lapse("60 days", days=60)
YEARLY = Renewal(YEAR, SIXTY_DAYS)
DAY = 86_400


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return parse_instant(text, zone)


def agreed(start: str | None = "2026-01-01", until: str | None = "2027-01-01", **changes: Any) -> Agreement:
    """As the agreements are converted: with a renewal and without a termination the term goes on."""
    zone = changes.pop("zone", BERLIN)
    first = None if until is None else at(until, zone)
    ended = changes.pop("terminated", None)
    terminated = None if ended is None else at(ended, zone)
    ends = [end for end in (terminated, None if "renewal" in changes else first) if end is not None]
    term = Span(0 if start is None else at(start, zone), min([*ends, FOREVER]))
    plain = agreement(objective(), term=term, zone=zone)
    return replace(plain, until=first, terminated=terminated, **changes)


def dates(given: Lifetime, zone: ZoneInfo = BERLIN) -> dict[str, str]:
    """What is known of it, as local days, or minutes where it is not midnight."""
    told = {"start": given.start, "end": given.end, "renewal": given.renewal, "notice": given.notice}
    told |= {"review": given.review, "from": given.period.start, "until": given.period.end}
    return {
        name: periods.local_text(instant, zone).removesuffix(" 00:00 CET").removesuffix(" 00:00 CEST")
        for name, instant in told.items()
        if instant is not None and 0 < instant < FOREVER
    }


CASES = {
    "without a renewal it ends": (
        agreed(), "2026-05-01",
        {"start": "2026-01-01", "end": "2027-01-01", "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "nothing was agreed": (agreed(None, None), "2026-05-01", {}),
    "in its first term": (
        agreed(renewal=YEARLY), "2026-05-01",
        {"start": "2026-01-01", "renewal": "2027-01-01", "notice": "2026-11-02",
         "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "before it has begun": (
        agreed(renewal=YEARLY), "2025-05-01",
        {"start": "2026-01-01", "renewal": "2027-01-01", "notice": "2026-11-02",
         "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "once the notice has passed": (
        agreed(renewal=YEARLY), "2026-12-24",
        {"start": "2026-01-01", "renewal": "2027-01-01", "notice": "2026-11-02",
         "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "with the renewal the next term": (
        agreed(renewal=YEARLY), "2027-01-01",
        {"start": "2026-01-01", "renewal": "2028-01-01", "notice": "2027-11-02",
         "from": "2027-01-01", "until": "2028-01-01"},
    ),
    "years later": (
        agreed(renewal=YEARLY), "2031-07-01",
        {"start": "2026-01-01", "renewal": "2032-01-01", "notice": "2031-11-02",
         "from": "2031-01-01", "until": "2032-01-01"},
    ),
    "without a beginning": (
        agreed(None, renewal=YEARLY), "2026-05-01",
        {"renewal": "2027-01-01", "notice": "2026-11-02", "until": "2027-01-01"},
    ),
    "a renewal without a notice": (
        agreed(renewal=Renewal(YEAR)), "2026-05-01",
        {"start": "2026-01-01", "renewal": "2027-01-01", "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "terminated with the first term: no notice is to be given any more": (
        agreed(renewal=YEARLY, terminated="2027-01-01"), "2026-05-01",
        {"start": "2026-01-01", "end": "2027-01-01", "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "terminated with the first term, seen afterwards": (
        agreed(renewal=YEARLY, terminated="2027-01-01"), "2028-05-01",
        {"start": "2026-01-01", "end": "2027-01-01", "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "terminated in the second term, seen from the first": (
        agreed(renewal=YEARLY, terminated="2027-07-01"), "2026-05-01",
        {"start": "2026-01-01", "end": "2027-07-01", "renewal": "2027-01-01",
         "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "terminated in the second term, seen from there": (
        agreed(renewal=YEARLY, terminated="2027-07-01"), "2027-05-01",
        {"start": "2026-01-01", "end": "2027-07-01", "from": "2027-01-01", "until": "2027-07-01"},
    ),
    "terminated, long ago": (
        agreed(renewal=YEARLY, terminated="2027-07-01", reviews=Reviews(QUARTER)), "2030-05-01",
        {"start": "2026-01-01", "end": "2027-07-01", "from": "2027-01-01", "until": "2027-07-01"},
    ),
    "terminated without a renewal": (
        agreed(terminated="2026-03-15"), "2026-02-01",
        {"start": "2026-01-01", "end": "2026-03-15", "from": "2026-01-01", "until": "2026-03-15"},
    ),
    "reviews count from the begin of the term": (
        agreed("2026-01-15", reviews=Reviews(QUARTER)), "2026-05-01",
        {"start": "2026-01-15", "end": "2027-01-01", "review": "2026-07-15",
         "from": "2026-01-15", "until": "2027-01-01"},
    ),
    "at its instant a review is over": (
        agreed("2026-01-15", reviews=Reviews(QUARTER)), "2026-07-15",
        {"start": "2026-01-15", "end": "2027-01-01", "review": "2026-10-15",
         "from": "2026-01-15", "until": "2027-01-01"},
    ),
    "no review is due on the first day, nor before it": (
        agreed(until=None, reviews=Reviews(QUARTER)), "2025-06-01",
        {"start": "2026-01-01", "review": "2026-04-01", "from": "2026-01-01"},
    ),
    "the last review may be at the end": (
        agreed(reviews=Reviews(YEAR)), "2026-06-01",
        {"start": "2026-01-01", "end": "2027-01-01", "review": "2027-01-01",
         "from": "2026-01-01", "until": "2027-01-01"},
    ),
    "no review after the end": (
        agreed(terminated="2026-03-15", reviews=Reviews(QUARTER)), "2026-02-01",
        {"start": "2026-01-01", "end": "2026-03-15", "from": "2026-01-01", "until": "2026-03-15"},
    ),
    "without a beginning reviews count from 1970": (
        agreed(None, None, reviews=Reviews(QUARTER)), "2026-05-01", {"review": "2026-07-01"},
    ),
    "a term from the 31st does not slip": (
        agreed("2025-12-31", "2026-01-31", renewal=Renewal(MONTH, Lapse("1 week", days=7))), "2026-03-01",
        {"start": "2025-12-31", "renewal": "2026-03-31", "notice": "2026-03-24",
         "from": "2026-02-28", "until": "2026-03-31"},
    ),
    "a notice over the change of clocks is by the calendar": (
        agreed("2026-01-01", "2026-04-01", renewal=Renewal(QUARTER, Lapse("1 week", days=7))), "2026-02-01",
        {"start": "2026-01-01", "renewal": "2026-04-01", "notice": "2026-03-25",
         "from": "2026-01-01", "until": "2026-04-01"},
    ),
    "a notice in hours is by the clock": (
        agreed("2026-01-01", "2026-04-01", renewal=Renewal(QUARTER, Lapse("100h", seconds=360_000))), "2026-02-01",
        {"start": "2026-01-01", "renewal": "2026-04-01", "notice": "2026-03-27 19:00 CET",
         "from": "2026-01-01", "until": "2026-04-01"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", CASES)
def test_the_dates_of_an_agreement(sentence: str) -> None:
    given_, now, expected = CASES[sentence]
    assert dates(lifetime(given_, at(now))) == expected


@given(
    st.sampled_from([given_ for given_, *_ in CASES.values()]),
    st.integers(at("2025-01-01"), at("2032-01-01")),
    st.floats(0, 1),
)
def test_dates_stay_until_one_passes(given_: Agreement, now: int, share: float) -> None:
    until = lifetime(given_, now).stays_until(now)
    later = now + int(share * (min(until, now + 3000 * DAY) - 1 - now))
    assert now <= later < until
    assert lifetime(given_, later) == lifetime(given_, now)


@pytest.mark.parametrize(
    ("sentence", "now", "until"),
    [
        ("in its first term", "2026-05-01", "2027-01-01"),
        ("at its instant a review is over", "2026-07-15", "2026-10-15"),
        ("the last review may be at the end", "2026-06-01", "2027-01-01"),
        ("terminated in the second term, seen from there", "2027-05-01", "2027-07-01"),
    ],
)
def test_and_no_longer(sentence: str, now: str, until: str) -> None:
    given_ = CASES[sentence][0]
    assert lifetime(given_, at(now)).stays_until(at(now)) == at(until)


def test_what_is_over_stays_for_ever() -> None:
    now = at("2030-05-01")
    assert lifetime(CASES["terminated, long ago"][0], now).stays_until(now) == FOREVER


REMINDED = {
    "a notice of 60 days: 30 days before its last instant, one of them of 25 h": (
        SIXTY_DAYS, "2026-10-03T01:00:00+02:00", True),
    "not a second sooner": (SIXTY_DAYS, "2026-10-03T00:59:59+02:00", False),
    "to the last instant, at which it may still be given": (SIXTY_DAYS, "2026-11-02", True),
    "not once it has run out": (SIXTY_DAYS, "2026-11-02T00:00:01+01:00", False),
    "a notice of 14 days: so long before": (Lapse("14 days", days=14), "2026-12-04", True),
    "of 14 days, no sooner": (Lapse("14 days", days=14), "2026-12-03", False),
    "a notice of a day: a week before": (Lapse("1 day", days=1), "2026-12-24", True),
    "of a day, no sooner": (Lapse("1 day", days=1), "2026-12-23", False),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REMINDED)
def test_people_are_reminded_of_a_notice_in_time(sentence: str) -> None:
    notice, now, expected = REMINDED[sentence]
    assert lifetime(agreed(renewal=Renewal(YEAR, notice)), at(now)).notice_runs_out(at(now)) is expected


def test_nobody_is_reminded_of_what_was_not_agreed() -> None:
    now = at("2026-12-31")
    assert not lifetime(agreed(), now).notice_runs_out(now)
    assert not lifetime(agreed(renewal=Renewal(YEAR)), now).notice_runs_out(now)
    assert not lifetime(agreed(), now).review_nears(now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-03-28", False), ("2026-03-29", True), ("2026-03-31T23:59:59+02:00", True), ("2026-04-01", False)],
)
def test_people_are_reminded_of_a_review_three_days_before(now: str, *, expected: bool) -> None:
    """The clocks change on the 29th, so it is an hour less by then."""
    assert lifetime(agreed(reviews=Reviews(QUARTER)), at(now)).review_nears(at(now)) is expected


zones = st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("Pacific/Apia"), ZoneInfo("America/Sao_Paulo")])
lapses = st.one_of(
    st.builds(lambda n: Lapse(f"{n} months", months=n), st.integers(1, 40)),
    st.builds(lambda n: Lapse(f"{n} days", days=n), st.integers(1, 500)),
    st.builds(lambda n: Lapse(f"{n}s", seconds=n), st.integers(DAY, 30 * DAY)),
)
days = st.dates(date(2000, 1, 1), date(2040, 1, 1)).map(str)


@given(zones, lapses, days, st.integers(1, 3000), st.integers(0, 20_000 * DAY))
def test_terms_tile_the_time_from_the_begin_on(
    zone: ZoneInfo, every: Lapse, start: str, length: int, late: int
) -> None:
    """By an independent, slow count: one renewal after the other, from the first end."""
    until = str(date.fromisoformat(start) + timedelta(length))
    made = agreed(start, until, renewal=Renewal(every), zone=zone, reviews=Reviews(every))
    now = made.term.start + late
    found = lifetime(made, now)

    ends, count = [made.term.start, at(until, zone)], 0
    while ends[-1] <= now:
        count += 1
        ends.append(periods.after(at(until, zone), zone, every.times(count)))
    assert (found.period, found.renewal) == (Span(ends[-2], ends[-1]), ends[-1])
    assert now in found.period

    number = 1
    while periods.after(made.term.start, zone, every.times(number)) <= now:
        number += 1
    assert found.review == periods.after(made.term.start, zone, every.times(number))
