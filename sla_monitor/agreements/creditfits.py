"""Whether credits have a meaning for a promise. Findings are located from the credits on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from sla_monitor.agreements.creditchecks import bounds_of, kind_of, tier_order_faults
from sla_monitor.agreements.findings import Finding
from sla_monitor.agreements.quantities import Lapse
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import Credits

HOUR, DAY = 3600, 86400
MANY = 1000
"""Windows before one that are still looked at."""
_LONGEST = {"hour": HOUR, "day": 25 * HOUR, "week": 7 * DAY, "month": 31 * DAY, "quarter": 92 * DAY, "year": 366 * DAY}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_UNITS = {"seconds": "a duration", "percent": "a percentage", "": "a number"}


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise and the method it is counted by, also where only its indicator tells which.

    is_share: its target is a percentage to be reached.
    """

    objective: Objective
    method: str
    is_share: bool
    slice: Fraction

    @property
    def rising(self) -> bool:
        """The more, the worse."""
        return not self.objective.target.at_least

    @property
    def counts_seconds(self) -> bool:
        """What is bad of it is time."""
        said = self.objective.method.intervals if self.objective.method is not None else None
        return self.method == "time" or (said is not None and (said.bad_when is not None or said.weight == "time"))

    @property
    def has_spells(self) -> bool:
        said = self.objective.method.intervals if self.objective.method is not None else None
        return self.method in ("time", "spells") or (said is not None and said.bad_when is not None)

    @property
    def window(self) -> str:
        """`rolling` where it is no calendar period."""
        said = self.objective.window
        return "month" if said is None else said.every or "rolling"


def misfits(credits_: Credits, promise: Promise) -> Iterator[Finding]:
    """Why the credits cannot be reckoned, or would never be owed, for the promise."""
    yield from _OF_KIND[kind_of(credits_)](credits_, promise)
    yield from _of_long_cap(credits_, promise)


def _of_schedule(credits_: Credits, promise: Promise) -> Iterator[Finding]:
    if credits_.on == "bad seconds":
        if not promise.counts_seconds:
            hint = "time counts seconds, as do intervals with badWhen"
            yield Finding(("on",), f"on: the method {promise.method} does not count seconds", hint)
        return
    tiers, unit = credits_.schedule or (), promise.objective.target.quantity.unit
    allowed = {unit, "percent"} if promise.method == "total" else {unit}
    told = {bound.unit for tier in tiers for bound in bounds_of(tier).values()}
    for index, tier in enumerate(tiers):
        for key, bound in bounds_of(tier).items():
            if promise.is_share:
                if bound.unit == "seconds" or not 0 <= bound.ratio <= 1:
                    yield Finding(("schedule", index, key), f"{key}: a bound on attainment is between 0% and 100%")
            elif bound.unit not in allowed:
                said = f"{key}: the target is {_UNITS[unit]}, and so must be the bounds"
                yield Finding(("schedule", index, key), said)
    if len(told & allowed) > 1:
        yield Finding(
            ("schedule",), "schedule: has bounds of two kinds", "all in the target's unit, or all percentages of it"
        )
    if not promise.is_share and "percent" not in told:
        yield from tier_order_faults(tiers, (), rising=promise.rising)


def _of_proportional(_: Credits, promise: Promise) -> Iterator[Finding]:
    if not (promise.is_share or (promise.method == "total" and not promise.rising)):
        told = f"proportional: under method {promise.method} there is no share that could be missed"
        yield Finding(("proportional",), told, "exceedance, a schedule or flat")


def _of_per_block(credits_: Credits, promise: Promise) -> Iterator[Finding]:
    rule = credits_.per_block
    if not promise.has_spells:
        told = f"perBlock: under method {promise.method} there are no outages"
        yield Finding(("perBlock",), told, "time, spells, or intervals with badWhen")
    assert rule is not None  # noqa: S101 - its kind says so
    if rule.max_per_day is not None and promise.window == "hour":
        yield Finding(("perBlock", "maxPerDay"), "maxPerDay: a day is longer than the window")


def _of_per_subwindow(credits_: Credits, promise: Promise) -> Iterator[Finding]:
    rule = credits_.per_subwindow
    assert rule is not None  # noqa: S101 - its kind says so
    length = HOUR if rule.every == "hour" else DAY
    if promise.window == "hour" and rule.every == "day":
        yield Finding(("perSubwindow", "every"), "every: a day is longer than the window")
    if length % promise.slice:
        yield Finding(("perSubwindow", "every"), f"every: {rule.every} is no multiple of the slice")
    at, target, own = ("perSubwindow", "target"), rule.target, promise.objective.target
    if promise.is_share:
        if target.quantity.unit == "seconds" or not 0 <= target.quantity.ratio <= 1 or not target.at_least:
            yield Finding(at, "target: a share is promised to be at least so high", "between 0% and 100%")
    elif target.comparison is None and promise.method != "total":
        yield Finding(at, f"target: under method {promise.method} it must say its comparison", "such as '<= 45ms'")
    elif target.at_least == promise.rising or target.quantity.unit != own.quantity.unit:
        yield Finding(
            at, "target: is of another kind than the promise's", f"{_UNITS[own.quantity.unit]}, compared alike"
        )


def _of_exceedance(_: Credits, promise: Promise) -> Iterator[Finding]:
    if promise.is_share:
        told = f"exceedance: under method {promise.method} there is no value that could exceed its limit"
        yield Finding(("exceedance",), told, "proportional, a schedule or flat")
    elif promise.objective.target.quantity.value == 0:
        yield Finding(("exceedance",), "exceedance: of a target of 0 there is no share", "a schedule of values")


def _of_escalation(credits_: Credits, promise: Promise) -> Iterator[Finding]:
    rule = credits_.escalation
    assert rule is not None  # noqa: S101 - its kind says so
    most = rule.within if isinstance(rule.within, int) else _windows_in(rule.within, promise)
    if most > MANY:
        yield Finding(("escalation", "within"), f"within: reaches over more than {MANY} windows", "a longer window")
    for index, step in enumerate(rule.failures):
        if step.count > most:
            told = f"count: no more than {most} {'windows count' if most > 1 else 'window counts'} together"
            yield Finding(("escalation", "failures", index, "count"), told, "within more windows")


def _windows_in(within: Lapse, promise: Promise) -> int:
    """How many windows can begin in the time before the end of one; a rolling one is stated by the month."""
    window = "month" if promise.window == "rolling" else promise.window
    if within.seconds is None and window in _MONTHS:
        return max(1, within.months // _MONTHS[window])
    return max(1, int(_longest(within) / _shortest(window)))


def _of_long_cap(credits_: Credits, promise: Promise) -> Iterator[Finding]:
    if credits_.cap_per is None or promise.window == "rolling":
        return
    per = credits_.cap_per.per
    if _is_shorter(per, promise):
        yield Finding(("capPer",), "capPer: is shorter than the window")
    length = Fraction(_LONGEST[per]) if isinstance(per, str) else _longest(per)
    if length / _shortest(promise.window) > MANY:
        yield Finding(("capPer",), f"capPer: reaches over more than {MANY} windows", "a longer window")


def _is_shorter(per: str | Lapse, promise: Promise) -> bool:
    if isinstance(per, str):
        return list(_LONGEST).index(per) < list(_LONGEST).index(promise.window)
    if per.seconds is None and promise.window in _MONTHS:
        return per.months < _MONTHS[promise.window]
    return _longest(per) < _shortest(promise.window)


def _longest(lapse: Lapse) -> Fraction:
    return lapse.seconds if lapse.seconds is not None else Fraction(lapse.months * _LONGEST["month"])


def _shortest(window: str) -> Fraction:
    """A bound from below: February is the worst."""
    return _LONGEST[window] * Fraction(28, 31)


_OF_KIND: dict[str, Callable[[Credits, Promise], Iterator[Finding]]] = {
    "schedule": _of_schedule,
    "proportional": _of_proportional,
    "per_block": _of_per_block,
    "per_subwindow": _of_per_subwindow,
    "exceedance": _of_exceedance,
    "escalation": _of_escalation,
    "flat": lambda _credits, _promise: iter(()),
}
