"""Attainment and its bounds for each method (measurement.md 3 and 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.compliance.methods import Events, Intervals, Method, Total
from sla_monitor.compliance.terms import NoData
from sla_monitor.compliance.windows import Tally

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Attainment:
    """`share` is None where all of the population is unknown. Bounds: all unknown bad, all unknown good."""

    share: Fraction | None
    lower: Fraction
    upper: Fraction


def counted(tally: Tally, method: Method, no_data: NoData) -> Tally:
    """The tally with unknown time counted as the policy says.

    Unknown seconds become good or bad ones. An unknown slice of events adds none: how many there
    would have been nobody knows (measurement.md 4).
    """
    if tally.filled:
        return replace(tally, known=Fraction(tally.population))
    if _adds_none(method) or no_data in (NoData.UNKNOWN, NoData.EXCLUDE):
        return tally
    filled = tally.unknown * per_second(tally, method)
    good = tally.good + (filled if no_data is NoData.GOOD else 0)
    return replace(tally, good=good, total=tally.total + filled, known=Fraction(tally.population))


def attain(
    tally: Tally, method: Method, no_data: NoData, assumed: int = 0, extremes: tuple[Tally, Tally] | None = None
) -> Attainment:
    """`assumed` seconds outside the term count as up (`partialWindow: assume-good`).

    extremes: with the least and the most that unknown time can make bad; None where it is in proportion.
    """
    if tally.population + assumed == 0:
        return Attainment(ONE, ONE, ONE)  # nothing was promised yet, so nothing was missed
    up = assumed * per_second(tally, method)
    lower, upper = _bounds(tally, method, up) if extremes is None else _between(extremes, up)
    full = counted(tally, method, no_data)
    total = full.total + up
    if full.known + up == 0:
        return Attainment(None, lower, upper)
    return Attainment((full.good + up) / total if total else ONE, lower, upper)


def _between(extremes: tuple[Tally, Tally], up: Fraction) -> tuple[Fraction, Fraction]:
    upper, lower = ((one.good + up) / (one.total + up) if one.total + up else ONE for one in extremes)
    return lower, upper


def _bounds(tally: Tally, method: Method, up: Fraction) -> tuple[Fraction, Fraction]:
    if tally.known + up == 0:
        return Fraction(0), ONE
    missing = unseen(tally, method)
    good, total = tally.good + up, tally.total + up + missing
    return (good / total, (good + missing) / total) if total else (ONE, ONE)


def unseen(tally: Tally, method: Method) -> Fraction:
    """What unknown time would have held: an unknown slice of events the mean of the known ones."""
    return tally.unknown * (tally.density if _adds_none(method) else per_second(tally, method))


def per_second(tally: Tally, method: Method) -> Fraction:
    """What a second holds in the method's unit: of seconds 1, or the number of series of a pooled probe."""
    if isinstance(method, Intervals):
        return Fraction(1, method.every) if method.unit == "intervals" else ONE
    return tally.density if tally.known and not tally.filled else ONE


def _adds_none(method: Method) -> bool:
    return isinstance(method, Events | Total)
