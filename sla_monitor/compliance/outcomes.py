"""What a window came to, as far as credits hang on it: facts, no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Calendar, Lapse, Unit, Window
from sla_monitor.compliance.ratios import Comparison, Rounding
from sla_monitor.compliance.remedies import Amount, Days
from sla_monitor.compliance.spans import Span

DAY = 86_400


def days_of(window: Window) -> Fraction:
    """A day of 23 or 25 hours is one day, and so is a part of one; what an amendment cut off counts."""
    days = Fraction(window.entire.seconds, DAY)
    return days if window.kind in ("hour", "rolling") else Fraction(max(1, round(days)))


def share_of(amount: Amount, window: Window) -> Fraction:
    """Days as a share of the window's days."""
    return amount.count / days_of(window) if isinstance(amount, Days) else amount


def since(per: Unit | Lapse, window: Window, zone: ZoneInfo) -> int:
    """From then on windows belong together with the window: to its calendar period, or so long until its end."""
    if isinstance(per, Unit):
        return periods.window_at(Calendar(per), zone, anchor_of(window)).span.start
    return periods.after(window.span.end, zone, per.times(-1))


def anchor_of(window: Window) -> int:
    """An instant of the longer period that it belongs to: where it begins, or where a rolling one stands."""
    return window.span.end if window.kind == "rolling" else window.span.start


@dataclass(frozen=True, slots=True)
class Subwindow:
    """An hour or a day, judged for itself; also one that is to come.

    compared: its attainment after rounding, as a ratio, or its value; None where nothing can be said of it.
    """

    span: Span
    compared: Fraction | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A window before this one, and what it earned; None: nobody knows, or nothing hangs on it."""

    window: Window
    breached: bool | None
    credit: Amount | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a credit rests on beside the verdict, as an outcome has it."""

    total: Fraction | None = None
    coming: Fraction | None = None
    outages: tuple[Span, ...] = ()
    subwindows: tuple[Subwindow, ...] = ()
    history: tuple[Earlier, ...] = ()


NO_GROUNDS = Grounds()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a window came to, or stands at.

    percent: attainment as compared, None where there is no verdict, or the promise has no attainment.
    missed: the share that was bad, exactly. bad: in the objective's unit. at: the instant it is judged at.
    comparison, limit: what was promised. value: what is held against the limit, where that is no share.
    total: all the window will hold, in the unit; None where bad is no part of anything. coming: what of it may
    still turn out bad; None: there is no end to it.
    outages: those that touch the window, each whole. history: the windows before, in order of time, as far back
    as the term. growing: more time can only raise the value.
    """

    percent: Fraction | None
    breached: bool
    missed: Fraction
    bad: Fraction
    window: Window
    zone: ZoneInfo
    at: int
    comparison: Comparison = Comparison.GE
    limit: Fraction = Fraction(1)
    rounding: Rounding | None = None
    value: Fraction | None = None
    total: Fraction | None = None
    coming: Fraction | None = Fraction(0)
    outages: tuple[Span, ...] = ()
    subwindows: tuple[Subwindow, ...] = ()
    history: tuple[Earlier, ...] = ()
    growing: bool = False

    @property
    def judged(self) -> bool:
        return self.percent is not None or self.value is not None

    @property
    def open(self) -> bool:
        """More may come. A rolling window goes on."""
        return self.window.kind == "rolling" or self.at < self.window.span.end

    @property
    def rising(self) -> bool:
        """The more, the worse."""
        return self.comparison in (Comparison.LE, Comparison.LT)

    @property
    def undecided(self) -> bool:
        """What is missing of the limit may still come."""
        return self.growing and self.open and not self.rising
