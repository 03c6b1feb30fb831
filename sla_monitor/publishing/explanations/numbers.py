"""The number itself, what it was held against, and what that leaves: as steps of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil

from sla_monitor.compliance import ratios
from sla_monitor.compliance.explanations import Explanation
from sla_monitor.compliance.methods import (
    Events,
    Intervals,
    Spells,
    SpellStatistic,
    Stat,
    Statistic,
    Time,
)
from sla_monitor.compliance.populations import Why
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import NoData, Objective, PartialWindow
from sla_monitor.publishing.explanations import promises
from sla_monitor.publishing.explanations.lines import (
    Line,
    Step,
    number,
    percent,
    quantity,
)

WORDS = {
    Status.MET: "met",
    Status.AT_RISK: "at risk",
    Status.BREACHED: "breached",
    Status.UNKNOWN: "unknown",
    Status.PENDING: "pending",
    Status.ENDED: "ended",
}
_UNITS = {"seconds": "s", "events": "events", "intervals": "intervals", "spells": "outages"}


def unit_of(objective: Objective) -> str:
    return _UNITS.get(objective.unit, "")


def value(explanation: Explanation) -> Step:
    standing = explanation.standing
    title = "The attainment" if standing.objective.is_share else "The number"
    lines = _share(standing) if standing.objective.is_share else _figure(explanation)
    return Step("number", title, (*_filled(standing), *_down(explanation), *lines))


def _filled(standing: Standing) -> Iterator[Line]:
    policy = standing.objective.no_data
    if policy in (NoData.GOOD, NoData.BAD) and standing.unknown_seconds and not standing.objective.counts_events:
        yield Line(f"The {standing.unknown_seconds:,} s that are unknown count as {policy.value}.")
    outside = any(one.why is Why.TERM for one in standing.taken) or standing.window.whole is not None
    if outside and standing.objective.partial_window is PartialWindow.ASSUME_GOOD:
        yield Line("What of the whole window does not lie in the term counts as good.")


def _down(explanation: Explanation) -> Iterator[Line]:
    """What of the time down does not count, or counts though it was up: outages are short, or brought to quanta."""
    down, bad = explanation.down, explanation.standing.bad
    if down is not None and bad is not None and down != bad:
        told = f"Down were {quantity(down, 's')} in all"
        yield Line(f"{told}; by the rules for outages {quantity(bad, 's')} of bad time count.")


def _share(standing: Standing) -> Iterator[Line]:
    if standing.good is None or standing.total is None or standing.bad is None:
        return
    unit, objective = unit_of(standing.objective), standing.objective
    yield Line(f"all {_counts(objective)}", "", standing.total, unit)
    yield Line("bad", "−", standing.bad, unit)
    yield Line("good", "=", standing.good, unit)
    if isinstance(objective.method, Intervals) and unit == "s":
        every = objective.method.every
        yield Line(f"That is {number(standing.bad / every)} bad of {number(standing.total / every)} intervals.")
    if standing.attainment is None:
        yield Line("Nothing is known, so there is no attainment.")
    elif not standing.total:
        yield Line("There was nothing that could have been bad: the attainment is 100 %.")
    else:
        division = f"{number(standing.good)} ÷ {number(standing.total)}"
        yield Line(f"good ÷ all = {division} = {number(standing.attainment)} = {percent(standing.attainment)}")


def _counts(objective: Objective) -> str:
    match objective.method:
        case Events():
            return "events"
        case Time():
            return "known time"
    return "intervals"


def _figure(explanation: Explanation) -> Iterator[Line]:
    """Numbers that are no shares."""
    standing = explanation.standing
    objective, found = standing.objective, standing.value
    if found is None:
        yield Line("There is nothing to take the number of.")
        return
    shown = promises.shown(objective, found)
    match objective.method:
        case Stat() as statistic:
            yield from _statistic(statistic, explanation.samples, objective, found)
        case Spells(statistic=kind):
            yield from _spells(standing, kind, shown)
        case _:
            yield from _prorated(standing)
            yield Line("counted", "", found, objective.shown_in)
            if standing.attainment is not None:
                target = promises.shown(objective, objective.target)
                yield Line(f"{shown} ÷ {target} = {percent(standing.attainment)} of the target")


def _prorated(standing: Standing) -> Iterator[Line]:
    """A count is promised in proportion where the term covers only a part of the window."""
    objective, window, term = standing.objective, standing.window, standing.agreement.term
    whole = promises.in_force(standing).target
    if standing.weights or whole == objective.target:
        return
    part = f"{window.span.intersect(term).seconds:,} ÷ {window.entire.seconds:,} s of the window are in the term"
    promised, target = (promises.shown(objective, one) for one in (whole, objective.target))
    yield Line(f"{promised} × {part} = {target} were promised.")


def _statistic(method: Stat, samples: int | None, objective: Objective, found: Fraction) -> Iterator[Line]:
    shown = promises.shown(objective, found)
    if samples is None:
        yield Line(f"{promises.subject(objective)} = {shown}")
    elif method.of is Statistic.MEAN:
        total = promises.shown(objective, found * samples)
        yield Line(f"sum ÷ count = {total} ÷ {samples:,} = {shown}")
    elif method.of is Statistic.PERCENTILE:
        rank = ceil(method.p * samples / 100)
        told = f"{number(method.p)} % of {samples:,} is {number(method.p * samples / 100)}"
        yield Line(f"{told}, rounded up {rank:,}: number {rank:,} in order of size is {shown}")
    else:
        yield Line(f"{promises.subject(objective)} of {samples:,} is {shown}")


def _spells(standing: Standing, kind: SpellStatistic, shown: str) -> Iterator[Line]:
    found = standing.incidents or ()
    subject = promises.subject(standing.objective)
    if not found:
        yield Line("There was no outage that counts.")
    parts: tuple[Fraction, ...] = ()
    if kind is SpellStatistic.MEAN:
        parts = tuple(one.bad for one in found)
    elif kind is SpellStatistic.BETWEEN:
        parts = tuple(Fraction(later.span.start - earlier.span.end) for earlier, later in pairwise(found))
    total = sum(parts, Fraction(0))
    # What begins or ends outside the window is taken whole, and is not of its incidents.
    if parts and total / len(parts) == standing.value:
        yield Line(f"{subject} = {number(total)} ÷ {len(parts):,} = {shown}")
    else:
        yield Line(f"{subject} = {shown}")


def _bounded(objective: Objective, lower: Fraction, upper: Fraction) -> str:
    if objective.is_share:
        worst, best = percent(lower), percent(upper)
        return f"If all unknown time had been bad, it would be {worst}; if it had been good, {best}."
    return f"With what the unknown time may have held it is {percent(lower)} to {percent(upper)} of the target."


def verdict(standing: Standing) -> Step:
    return Step("verdict", "The verdict", tuple(_verdict(standing)))


def _verdict(standing: Standing) -> Iterator[Line]:
    rule, exact = standing.objective.rounding, standing.attainment
    if rule is not None and exact is not None and standing.percent is not None:
        rounded = f"{ratios.plain(standing.percent)} %"
        yield Line(f"{percent(exact)}, rounded to {rule.digits} digits ({rule.mode.value}), is {rounded}.")
    if standing.judged and standing.unknown_seconds and standing.bounds is not None:
        yield Line(_bounded(standing.objective, *standing.bounds))
    yield Line(f"{WORDS[standing.status].capitalize()}: {standing.reason}.")
