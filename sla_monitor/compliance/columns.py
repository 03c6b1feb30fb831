"""Verdicts of thousands at once: promises whose windows are outlined alike, as columns (measurement.md 3 to 9).

Everything is decided in whole numbers, and each figure is one division of two of them: it is the nearest float of the
fraction that `verdicts.judge` gives. Rows with parts of one, or for which 53 bits are not enough, are reckoned again in
whole numbers of any size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import burnrates, owings, reasons
from sla_monitor.compliance.exact import Exact, Numbers, Whole
from sla_monitor.compliance.promises import Mask, Promises
from sla_monitor.compliance.slices import Floats, Ints
from sla_monitor.compliance.spans import Spans
from sla_monitor.compliance.standings import Outline, Status
from sla_monitor.compliance.terms import NoData
from sla_monitor.compliance.windows import NOTHING

STATUSES = tuple(Status)
_MET, _AT_RISK, _BREACHED, _UNKNOWN = (
    STATUSES.index(one) for one in (Status.MET, Status.AT_RISK, Status.BREACHED, Status.UNKNOWN)
)


@dataclass(frozen=True)
class Figures:
    """What is shown of each row; NaN: nothing. `sure`: (n,) the rows that are told of; of the others nothing holds.

    statuses: (n,) places in STATUSES. burn_rates: lookback → (n,). credit: None where none was agreed.
    """

    sure: Mask
    statuses: npt.NDArray[np.int8]
    attainment: Floats
    lower: Floats
    upper: Floats
    good: Floats
    total: Floats
    coverage: Floats
    allowed: Floats
    used: Floats
    remaining: Floats
    certain: Floats
    exhaustion: Floats
    burn_rates: dict[str, Floats]
    credit: Floats | None

    def put(self, rows: Ints, others: Figures) -> None:
        """These rows are as the others tell."""
        for column, other in zip(self._columns(), others._columns(), strict=True):
            column[rows] = other

    def _columns(self) -> Iterator[npt.NDArray[Any]]:
        for told in vars(self).values():
            yield from told.values() if isinstance(told, dict) else [] if told is None else [told]


@dataclass(frozen=True)
class _Held:
    """(n,) each: what lies in one set of time."""

    good: Numbers
    total: Numbers
    known: Numbers

    @property
    def bad(self) -> Numbers:
        return self.total - self.good


class _Rows:
    """The reckoning of a cohort, as `attainments`, `projections` and `reasons` do it one by one."""

    def __init__(self, outline: Outline, terms: Promises, sums: Ints, exact: Exact) -> None:
        first = terms.objectives[0]
        self.outline, self.exact, self.events = outline, exact, first.counts_events
        self.policy, self.remedy = first.no_data, first.remedy
        self._sums, self._places = sums, {spans: index for index, spans in enumerate(outline.sets)}
        # Nothing that is missing counts for something.
        self.plain: Mask = np.ones(sums.shape[1], np.bool_)
        # What may be bad is share / of.
        self.share, self.of = exact.terms(terms.bad_shares)
        self.warn, self.warn_of = exact.terms(terms.warnings)
        self.least, self.least_of = exact.terms(terms.coverages)
        self.all = self.held(outline.population)
        self.recent = self.held(outline.lookbacks[burnrates.RECENT][0])
        self.population, self.rest = (one.seconds * exact.unit for one in (outline.population, outline.coming))
        self.unknown = self.population - self.all.known
        # A second holds rate / per: the density of what is known.
        even = self.all.total == self.all.known
        self.rate, self.per = np.where(even, 1, self.all.total), np.where(even, 1, self.all.known)

    def held(self, spans: Spans) -> _Held:
        some = self._sums[self._places[spans]]
        if self.policy in (NoData.GOOD, NoData.BAD):
            self.plain &= some[:, 4] == spans.seconds
        good, good_parts, total, total_parts, known = some.T
        amounts = self.exact.amounts
        return _Held(amounts(good, good_parts), amounts(total, total_parts), amounts(known, np.zeros_like(known)))

    @property
    def seen(self) -> Mask:
        """There is a share; where nothing was promised yet, nothing was missed."""
        return self.all.known > 0 if self.population else np.ones(len(self.of), np.bool_)

    @cached_property
    def budget(self) -> Numbers:
        """All that may be bad, of · per times: of events of those so far, of time of the whole window."""
        if self.events:
            return self.share * self.all.total
        every: Numbers = self.all.total * self.per + self.rate * self.rest
        return self.share * every

    @property
    def budget_per(self) -> Numbers:
        return self.of if self.events else self.of * self.per

    @cached_property
    def left(self) -> Numbers:
        left: Numbers = self.budget - self.all.bad * self.budget_per
        return left

    @cached_property
    def uncovered(self) -> Mask:
        if self.policy is not NoData.UNKNOWN or not self.population:
            return np.zeros(len(self.of), np.bool_)
        return self.exact.less(self.all.known * self.least_of, self.least * self.population)

    def attainment(self) -> Floats:
        share = np.where(self.all.total, self.exact.ratio(self.all.good, self.all.total), 1.0)
        return np.where(self.seen, share, np.nan)

    def bounds(self) -> tuple[Floats, Floats]:
        """All unknown bad, all unknown good: it holds as much a second as what is known."""
        if not self.population:
            return np.ones(len(self.of)), np.ones(len(self.of))
        all_, some = self.all, self.unknown > 0
        whole = np.where(some, all_.total * self.population, all_.total)
        worst = np.where(some, all_.good * all_.known, all_.good)
        best = np.where(some, worst + self.unknown * all_.total, all_.good)
        lower, upper = (np.where(whole, self.exact.ratio(one, whole), 1.0) for one in (worst, best))
        return np.where(all_.known, lower, 0.0), np.where(all_.known, upper, 1.0)

    def statuses(self) -> npt.NDArray[np.int8]:
        less, all_, share, of = self.exact.less, self.all, self.share, self.of
        missed = less(share * all_.total, all_.bad * of)
        whole = share * all_.total * self.population
        best_bad = all_.bad * all_.known * of
        at_best = less(whole, best_bad)
        at_worst = less(whole, best_bad + self.unknown * all_.total * of)
        found = np.full(len(of), _MET, np.int8)
        found[self.risky()] = _AT_RISK
        found[missed] = _BREACHED
        found[self.uncovered & at_worst] = _UNKNOWN
        found[self.uncovered & at_best] = _BREACHED
        found[~self.seen] = _UNKNOWN
        return found

    def risky(self) -> Mask:
        """Under the warning level, heading for a miss, or with little left."""
        window, less, all_, recent = self.outline.window, self.exact.less, self.all, self.recent
        if window.kind != "rolling" and window.span.end <= self.outline.at:
            return np.zeros(len(self.of), np.bool_)
        warned = less(all_.good * self.warn_of, self.warn * all_.total) & (all_.total > 0)
        coming = self.rest * (recent.known > 0)
        per = np.where(recent.known > 0, recent.known, 1)
        total, bad = (a * per + b * coming for a, b in ((all_.total, recent.total), (all_.bad, recent.bad)))
        heading = less(self.share * total, bad * self.of)
        return warned | heading | less(10 * self.left, self.budget)

    def certain(self) -> Floats:
        """Even a perfect rest cannot keep the promise."""
        all_, recent = self.all, self.recent
        if self.outline.window.kind == "rolling":
            return np.zeros(len(self.of))
        rate, per = self.rate, np.where(self.per, self.per, 1)
        if self.events:
            busier = (recent.known > 0) & self.exact.less(rate * recent.known, recent.total * per)
            rate, per = np.where(busier, recent.total, rate), np.where(busier, recent.known, per)
        total, scale = all_.total * per + rate * self.rest, per
        # What is unknown may turn out good as well, where the verdict hangs on it.
        hidden = np.where(self.uncovered, self.unknown, 0)
        known = np.where(hidden > 0, np.where(all_.known, all_.known, 1), 1)
        total, scale = total * known + hidden * all_.total * per, scale * known
        return self.exact.less(self.share * total, all_.bad * self.of * scale).astype(np.float64)

    def exhaustion(self) -> Floats:
        """When what is left is gone at the recent pace; NaN: not in this window."""
        all_, recent, at = self.all, self.recent, self.outline.at
        loss = recent.bad * self.of - (self.share * recent.total if self.events else 0)
        overdrawn = self.exact.less(self.budget, all_.bad * self.budget_per)
        losing = (recent.known > 0) & (loss > 0) & ~overdrawn
        scale = 1 if self.events else self.per
        above, below = np.where(losing, self.left * recent.known, 0), np.where(losing, loss * scale, 1)
        within = losing & ~self.exact.less(self.rest * below, above)
        seconds = self.exact.ceiled(np.where(within, above, 0), np.where(within, below * self.exact.unit, 1))
        found: Floats = np.where(within, _instants(self.outline.coming.after(at), at, seconds), np.nan)
        return found

    def credit(self, statuses: npt.NDArray[np.int8]) -> Floats | None:
        """None where there is no verdict."""
        if self.remedy is None:
            return None
        windows = owings.Windows(self.outline.window, self.all.good, self.all.total, statuses == _BREACHED)
        return np.where(statuses == _UNKNOWN, np.nan, owings.owed(self.remedy, windows, self.exact))

    def burning(self, spans: Spans) -> Floats:
        held = self.held(spans)
        bad = np.maximum(held.bad, 0)
        rates = np.where(bad * held.total > 0, self.exact.ratio(bad * self.of, held.total * self.share), 0.0)
        endless = (self.share == 0) & (bad > 0)
        rates = np.where(endless, inf, rates)
        return np.where(held.known > 0, rates, np.nan)


def _instants(ahead: Spans, at: int, seconds: Floats) -> Floats:
    """When so many seconds of the spans have passed, or all of them."""
    if not ahead:
        return at + seconds
    starts, ends = ahead.borders
    passed = np.cumsum(ends - starts)
    seconds = np.minimum(seconds, passed[-1])
    part = np.searchsorted(passed, seconds)
    found: Floats = starts[part] + seconds - (passed[part] - (ends - starts)[part])
    return found


def figures(outline: Outline, promises: Promises, sums: Ints) -> Figures:
    """Of promises with one outline. sums: (sets, n, 5), as `cohorts.Cohort` has them."""
    found, plain = _figures(_Rows(outline, promises, sums, Exact(len(promises))))
    # Out of force there is a reason to give, and no verdict.
    in_force = reasons.out_of_force(promises.agreements[0], promises.objectives[0], outline.facts(NOTHING, {})) is None
    plain &= promises.simple & in_force
    left = np.flatnonzero(plain & ~found.sure)
    if len(left):
        found.put(left, _figures(_Rows(outline, promises, sums[:, left], Whole(left)))[0])
    found.sure[:] &= plain
    return found


def _figures(rows: _Rows) -> tuple[Figures, Mask]:
    """And which rows are plain."""
    seen, attainment, (lower, upper) = rows.seen, rows.attainment(), rows.bounds()
    statuses, certain, exhaustion = rows.statuses(), rows.certain(), rows.exhaustion()
    credit = rows.credit(statuses)
    burn_rates = {name: rows.burning(spans) for name, (spans, _) in rows.outline.lookbacks.items()}
    exact, unit = rows.exact, rows.exact.unit
    remaining = np.where(rows.budget, exact.ratio(rows.left, rows.budget), (rows.all.bad == 0) * 1.0)
    shown = {
        "good": exact.ratio(rows.all.good, unit),
        "total": exact.ratio(rows.all.total, unit),
        "allowed": exact.ratio(rows.budget, rows.budget_per * unit),
        "used": exact.ratio(rows.all.bad, unit),
        "remaining": remaining,
        "certain": certain,
        "exhaustion": exhaustion,
    }
    found = Figures(
        sure=exact.sure,
        statuses=statuses,
        attainment=attainment,
        lower=lower,
        upper=upper,
        coverage=exact.ratio(rows.all.known, rows.population),
        burn_rates=burn_rates,
        credit=credit,
        **{name: np.where(seen, values, np.nan) for name, values in shown.items()},
    )
    return found, rows.plain
