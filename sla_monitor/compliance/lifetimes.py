"""How long an agreement lives, and the dates by which somebody must act on it (domain.md 4)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Lapse
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement

DAY = 86_400
REVIEW_LEAD = 3 * DAY
"""So long before a review people are reminded of it: a weekend hides none."""
NOTICE_LEADS = (7 * DAY, 30 * DAY)
"""Before the last day of notice: as long as the notice itself is, at least a week and 30 days at most."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The dates of an agreement as they are at an instant. None: not agreed, or none to come.

    start: of its first term. end: the first instant at which it is in force no longer; None: it goes on. period:
    the term under way, cut by a termination. renewal: when the next one begins, unless notice is given by `notice`,
    which may have passed. review: the next one; the last may be at the end itself.
    """

    start: int | None
    end: int | None
    period: Span
    renewal: int | None = None
    notice: int | None = None
    review: int | None = None

    def notice_runs_out(self, at: int) -> bool:
        """Whether it is time to remind of the notice."""
        if self.notice is None or self.renewal is None:
            return False
        least, most = NOTICE_LEADS
        return 0 <= self.notice - at <= min(max(self.renewal - self.notice, least), most)

    def review_nears(self, at: int) -> bool:
        """Whether it is time to remind of the review."""
        return self.review is not None and 0 < self.review - at <= REVIEW_LEAD

    def stays_until(self, at: int) -> int:
        """The dates are those of the instant at least until this one."""
        return min((one for one in (self.period.end, self.review) if one is not None and one > at), default=FOREVER)


def lifetime(agreement: Agreement, at: int) -> Lifetime:
    """Before it begins an agreement is in its first term, after its end in its last."""
    term = agreement.term
    first, following = _period(agreement, max(term.start, min(at, term.end - 1)))
    renewal = following if following is not None and at < term.end and following < term.end else None
    return Lifetime(
        start=term.start or None,
        end=term.end if term.end < FOREVER else None,
        period=Span(first, term.end if following is None else min(following, term.end)),
        renewal=renewal,
        notice=None if renewal is None else _notice(agreement, renewal),
        review=_review(agreement, at),
    )


def _period(agreement: Agreement, at: int) -> tuple[int, int | None]:
    """When the term under way began, and when the next one would begin; None where there is no next one."""
    if agreement.renewal is None or agreement.until is None:
        return agreement.term.start, None
    # Counted from the first end, not from the last: a term from the 31st does not slip to the 28th for good.
    until, zone, every = agreement.until, agreement.zone, agreement.renewal.every
    ended = _come(until, zone, every, at)
    return _nth(until, zone, every, ended - 1) if ended else agreement.term.start, _nth(until, zone, every, ended)


def _notice(agreement: Agreement, renewal: int) -> int | None:
    """Given already, where the agreement is to be ended."""
    if agreement.renewal is None or agreement.renewal.notice is None or agreement.terminated is not None:
        return None
    return periods.after(renewal, agreement.zone, agreement.renewal.notice.times(-1))


def _review(agreement: Agreement, at: int) -> int | None:
    """Reviews are counted from the begin of the term, or from 1970 where none was agreed."""
    if agreement.reviews is None or at >= agreement.term.end:
        return None
    first = agreement.term.start or periods.instant_of(_EPOCH, agreement.zone)
    count = max(1, _come(first, agreement.zone, agreement.reviews.every, at))
    due = _nth(first, agreement.zone, agreement.reviews.every, count)
    return due if due <= agreement.term.end else None


def _nth(first: int, zone: ZoneInfo, every: Lapse, count: int) -> int:
    return periods.after(first, zone, every.times(count))


def _come(first: int, zone: ZoneInfo, every: Lapse, at: int) -> int:
    """How many of `first`, `first` + `every`, `first` + twice `every`, … have come by the instant."""
    shortest = (every.months * 28 + every.days) * DAY + every.seconds
    most = 2 * max(0, at - first) // shortest + 2  # zones have skipped whole days
    return bisect_right(range(most), at, key=lambda count: _nth(first, zone, every, count))
