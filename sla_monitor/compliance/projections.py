"""Where an open window is heading (measurement.md 8, domain.md 3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from sla_monitor.compliance import ratios
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.ratios import Rounding
from sla_monitor.compliance.spans import NOWHEN, Spans

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Pace:
    """bad and total, in the objective's unit, that come with each second of time."""

    bad: Fraction
    total: Fraction


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a projection needs.

    attained: attainment so far, None where all is unknown. good, total: so far. rest: seconds of the
    population still to come. assumed_rest: what comes after the term and counts as up. share: of what is to
    come, what may be bad (1 − target).
    recent: the pace of the last six hours, None where nothing of them is known. expected: events (or
    seconds) to expect of each second of the rest, 0 where nothing is known. coming: when the rest comes;
    empty: without a break. rounding, strict: how attainment is held against the target.
    """

    attained: Fraction | None
    good: Fraction
    total: Fraction
    rest: int
    assumed_rest: Fraction
    share: Fraction
    budget: Budget
    recent: Pace | None
    expected: Fraction
    budget_grows: bool
    coming: Spans = NOWHEN
    rounding: Rounding | None = None
    strict: bool = False

    @property
    def brought(self) -> Fraction:
        """What the rest brings at the recent pace; 0 where that is not known."""
        return self.assumed_rest + self.recent.total * self.rest if self.recent and self.rest else ZERO


@dataclass(frozen=True, slots=True)
class Projection:
    """attainment_at_end: if the recent pace goes on. exhaustion: when the budget then runs out, POSIX
    seconds. max_further_downtime: the longest outage, in seconds, that the window can still bear and keep
    the promise, also where it is overdrawn now and the rest can make up for it; None where none does,
    so whenever a breach is certain. Each None where it is not known or does not apply.
    """

    attainment_at_end: Fraction | None
    exhaustion: int | None
    max_further_downtime: Fraction | None


NO_PROJECTION = Projection(None, None, None)


def project(outlook: Outlook, at: int) -> Projection:
    return Projection(_at_end(outlook), _exhaustion(outlook, at), _downtime_left(outlook))


def _at_end(outlook: Outlook) -> Fraction | None:
    if not outlook.rest:
        return outlook.attained
    if outlook.recent is None:
        return None
    total = outlook.total + outlook.recent.total * outlook.rest + outlook.assumed_rest
    bad = outlook.total - outlook.good + outlook.recent.bad * outlook.rest
    return 1 - bad / total if total else Fraction(1)


def _exhaustion(outlook: Outlook, at: int) -> int | None:
    """Used + bad·t = allowed + growth·t, within the window; an event budget grows with the traffic."""
    if outlook.recent is None or outlook.budget.remaining < 0:
        return None
    growth = outlook.share * outlook.recent.total if outlook.budget_grows else ZERO
    loss = outlook.recent.bad - growth
    if loss <= 0:
        return None
    seconds = outlook.budget.remaining / loss
    return _instant(outlook, at, seconds) if seconds <= outlook.rest else None


def _instant(outlook: Outlook, at: int, seconds: Fraction) -> int:
    """Nothing is lost outside the service hours, nor in excluded time."""
    ahead = outlook.coming.after(at)
    # What lies before `at` is of the slice that is being filled.
    return ahead.passed(min(ceil(seconds), ahead.seconds)) if ahead else at + ceil(seconds)


def _downtime_left(outlook: Outlook) -> Fraction | None:
    """A total outage of d seconds costs expected·d; the rest of the window is then perfect."""
    if not outlook.rest or not outlook.expected:
        return None
    coming = outlook.expected * outlook.rest
    growth = outlook.share * coming if outlook.budget_grows else ZERO
    total = outlook.total + coming + outlook.assumed_rest
    target = 1 - (outlook.budget.allowed + growth) / total
    least = ratios.least_percent(target * 100, outlook.rounding, above=outlook.strict) / 100
    seconds = ((1 - least) * total - outlook.budget.used) / outlook.expected
    return min(Fraction(outlook.rest), seconds) if seconds >= 0 else None
