"""What could have been promised: a promise held against the windows that have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from statistics import median

from sla_monitor.compliance.periods import Rolling, local_text
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement, Objective

MOSTLY = Fraction(95, 100)
ENOUGH_WINDOWS = 12
"""With fewer, the worst is yet to come."""
DAY = 86_400

_MORE = "look further back with --over"


@dataclass(frozen=True)
class Baseline:
    """A promise over its past.

    span: the time looked over. since: when the first window begins of which anything is known, to the slice; None
    where nothing is. windows: all that lie in it, in order of time.
    """

    agreement: Agreement
    objective: Objective
    span: Span
    since: int | None
    windows: tuple[Standing, ...]

    @property
    def counted(self) -> tuple[Standing, ...]:
        """The windows that say something: with a verdict, and not on assumptions alone."""
        return tuple(
            one
            for one in self.windows
            if one.status is not Status.UNKNOWN and one.coverage and number_of(one) is not None
        )

    @property
    def kept(self) -> int:
        """How many of them kept the promise as it stands."""
        return sum(one.status is not Status.BREACHED for one in self.counted)

    @property
    def worst(self) -> Standing | None:
        return max(self.counted, key=self.badness, default=None)

    @property
    def typical(self) -> Fraction | None:
        """The median."""
        return median(shares) if (shares := [_number(one) for one in self.counted]) else None

    @property
    def always(self) -> Fraction | None:
        """The tightest target that every window would have kept."""
        return self._tightest(Fraction(1))

    @property
    def mostly(self) -> Fraction | None:
        """The tightest that 95 % of the windows would have kept."""
        return self._tightest(MOSTLY)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why not to trust it."""
        return tuple(_warnings(self))

    def _tightest(self, share: Fraction) -> Fraction | None:
        best_first = sorted(self.counted, key=self.badness)
        return _number(best_first[ceil(share * len(best_first)) - 1]) if best_first else None

    def badness(self, standing: Standing) -> Fraction:
        """The higher, the worse the window was for this promise."""
        upward = self.objective.comparison in (Comparison.GE, Comparison.GT)
        return -_number(standing) if upward else _number(standing)


def number_of(standing: Standing) -> Fraction | None:
    """What the target is held against: the share as it was rounded, or the value."""
    return standing.percent / 100 if standing.percent is not None else standing.value


def _number(standing: Standing) -> Fraction:
    return number_of(standing) or Fraction(0)


def _warnings(made: Baseline) -> Iterator[str]:
    zone = made.agreement.zone
    if not made.windows:
        yield f"no whole window lies between {local_text(made.span.start, zone)} and now: {_MORE}"
        return
    first = made.windows[0].window.span.start
    if made.since is None:
        yield f"nothing is known since {local_text(first, zone)}"
    elif made.since - first >= DAY:
        days = (made.since - first) // DAY
        yield f"data begin only {local_text(made.since, zone)}, {days} d after the first window"
    counted = {one.window for one in made.counted}
    if left := [one.window.label for one in made.windows if one.coverage is not None and one.window not in counted]:
        yield f"left out, since too little is known of them: {_some(left)}"
    if (apart := _apart(made)) < ENOUGH_WINDOWS:
        overlapping = " that do not overlap" if isinstance(made.objective.window, Rolling) else ""
        seen = "1 window was" if apart == 1 else f"{apart} windows{overlapping} were"
        yield f"only {seen} seen, fewer than {ENOUGH_WINDOWS}: {_MORE}"


def _apart(made: Baseline) -> int:
    """Windows that tell something of their own: rolling ones share most of what they hold."""
    spec = made.objective.window
    if not isinstance(spec, Rolling):
        return len(made.counted)
    known = [one.window.span for one in made.counted]
    return (known[-1].end - known[0].start) // spec.seconds if known else 0


def _some(labels: Sequence[str], most: int = 6) -> str:
    rest = f" and {len(labels) - most} more" if len(labels) > most else ""
    return f"{', '.join(labels[:most])}{rest}"
