"""What was promised, and how it is counted, in words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sla_monitor.compliance.methods import (
    Anchor,
    Condition,
    Count,
    Edge,
    Events,
    Intervals,
    Quantum,
    QuantumMode,
    Spells,
    SpellStatistic,
    Stat,
    Statistic,
    Time,
    Total,
    Traffic,
    Weight,
)
from sla_monitor.compliance.periods import Rolling
from sla_monitor.compliance.ratios import Comparison, Rounding
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Agreement, Content, NoData, Objective
from sla_monitor.publishing.explanations.lines import length, number, percent, quantity
from sla_monitor.publishing.web import amended, contracts

SIGNS = {Comparison.GE: "≥", Comparison.GT: ">", Comparison.LE: "≤", Comparison.LT: "<"}
_BOUNDS = {
    Comparison.GE: "at least",
    Comparison.GT: "more than",
    Comparison.LE: "at most",
    Comparison.LT: "less than",
}
_STATISTICS = {Statistic.MEAN: "mean", Statistic.MAX: "highest", Statistic.MIN: "lowest"}
_SPELLS = {
    SpellStatistic.LONGEST: "the longest outage",
    SpellStatistic.COUNT: "the number of outages",
    SpellStatistic.MEAN: "the mean length of outages",
    SpellStatistic.BETWEEN: "the mean time from the end of an outage to the start of the next",
}
_QUANTA = {
    QuantumMode.FLOOR: "Each outage is counted in quanta of {of}; what is left over does not count.",
    QuantumMode.CEIL: "Each outage is counted in quanta of {of}; one that has begun counts whole.",
    QuantumMode.WHOLE_CLOCK: "Quanta of {of} by the clock count, only those that were down from end to end.",
    QuantumMode.TOUCHED_CLOCK: "Quanta of {of} by the clock count, each whole that was down at any time in it.",
}
_TRAFFIC = {
    Traffic.AS_IS: "is taken as it is",
    Traffic.GOOD: "counts as good",
    Traffic.BAD: "counts as bad",
    Traffic.EXCLUDE: "is left out",
    Traffic.UNKNOWN: "counts as unknown",
}
_MISSING = {
    NoData.GOOD: "Time that nobody could measure counts as good.",
    NoData.BAD: "Time that nobody could measure counts as bad.",
    NoData.EXCLUDE: "Time that nobody could measure is left out, however much it is.",
}


def in_force(standing: Standing) -> Objective:
    """The promise as it stood in the window, the last one where it was amended inside."""
    last = min(standing.at, standing.window.span.end - 1)
    return amended.current(standing.agreement, standing.objective, last)


def parties(agreement: Agreement) -> str:
    """Who promised it to whom, as far as it is said."""
    by = f" by {agreement.provider}" if agreement.provider else ""
    under = f", {agreement.reference}" if agreement.reference else ""
    return f"Promised to {agreement.customer}{by}{under}."


def promise(objective: Objective) -> str:
    """`At least 99.9 % of events are good, in every month.`"""
    spec = objective.window
    when = f"over the last {spec.text} at any time" if isinstance(spec, Rolling) else f"in every {_every(objective)}"
    bound = f"{_BOUNDS[objective.comparison]} {shown(objective, objective.target)}"
    match objective.method:
        case Events():
            said = f"{bound} of events are good"
        case Time():
            said = f"{bound} of the time is good"
        case Intervals(every=every):
            said = f"{bound} of the intervals of {length(every)} are good"
        case _:
            said = f"{subject(objective)} is {bound}"
    return f"{said[0].upper()}{said[1:]}, {when}."


def subject(objective: Objective) -> str:
    """What the number is, under methods that give one: `the mean`, `the longest outage`."""
    match objective.method:
        case Stat(of=Statistic.PERCENTILE, p=p):
            return f"the {number(p)} % percentile"
        case Stat(of=of):
            return f"the {_STATISTICS[of]} value" if of is not Statistic.MEAN else "the mean"
        case Spells(statistic=statistic):
            return _SPELLS[statistic]
    return "the sum"


def shown(objective: Objective, value: Fraction) -> str:
    """A share as percent, or a number in the unit that its target was written in."""
    if objective.is_share or objective.shown_in == "%":
        return percent(value)
    return quantity(value, objective.shown_in)


def method(objective: Objective) -> Iterator[str]:
    """How it is counted, a sentence each."""
    match objective.method:
        case Events():
            yield "Attainment is the number of good events divided by the number of all events."
        case Time() as time:
            yield "Attainment is the good time divided by all known time."
            yield from _outages(time.at_least, time.edge, excess=time.count is Count.EXCESS, quantum=time.quantum)
        case Intervals() as intervals:
            yield from _intervals(intervals, values=objective.measurement.holds is Content.VALUES)
        case Total():
            yield "All that was counted is added up."
        case Stat() as statistic:
            yield from _statistic(statistic)
        case Spells() as spells:
            yield "An outage is a stretch of down time without a break."
            yield from _outages(spells.at_least, spells.edge)


def _outages(at_least: int, edge: Edge, *, excess: bool = False, quantum: Quantum | None = None) -> Iterator[str]:
    if quantum is not None:
        yield _QUANTA[quantum.mode].format(of=length(quantum.of))
    if at_least:
        kept = "of a longer one what goes beyond that" if excess else "a longer one counts whole"
        yield f"An outage shorter than {length(at_least)} does not count, {kept}."
        if edge is Edge.CLIP:
            yield "One that crosses the edge of the window is cut there first."
        else:
            yield "One that crosses the edge of the window is taken for as long as it was."


def _intervals(method: Intervals, *, values: bool) -> Iterator[str]:
    every = length(method.every)
    if method.bad_when is None:
        yield f"Attainment is the mean, over all intervals of {every}, of the good share of each."
    else:
        yield f"Attainment is the time of good intervals divided by the time of all intervals of {every}."
        yield f"An interval is bad when {_condition(method.bad_when, values=values)}."
    yield f"An interval in which nothing came {_TRAFFIC[method.empty]}."
    if method.min_events:
        yield f"One with fewer than {method.min_events:,} events, but some, {_TRAFFIC[method.low_traffic]}."
    if method.at_least:
        clipped = ", cut at the edges of the window" if method.edge is Edge.CLIP else ""
        yield f"Bad intervals count only in runs of at least {length(method.at_least)}{clipped}."
    if method.weight is Weight.TIME and method.bad_when is None:
        yield "Each counts by its length."
    begin = "the begin of the window" if method.anchor is Anchor.WINDOW else "1970-01-01 00:00 UTC"
    yield f"The intervals are counted from {begin} on."


def _condition(condition: Condition, *, values: bool) -> str:
    sign = SIGNS[condition.comparison]
    return (
        f"its mean is {sign} {number(condition.limit)}"
        if values
        else f"its bad share is {sign} {percent(condition.limit)}"
    )


def _statistic(method: Stat) -> Iterator[str]:
    of = "samples" if method.weight is Weight.SAMPLE else "means of the slices"
    if method.of is Statistic.PERCENTILE:
        yield f"Of all {of}, in order of size, the one is taken that {number(method.p)} % are not above (nearest rank)."
    elif method.of is Statistic.MEAN:
        yield f"All {of} are added up and divided by how many they are."
    else:
        yield f"The {_STATISTICS[method.of]} of all {of} is taken."


def missing(objective: Objective) -> str:
    """What time that nobody could measure counts as."""
    if objective.no_data is not NoData.UNKNOWN:
        return _MISSING[objective.no_data]
    return (
        f"Time that nobody could measure is left out; with less than {percent(objective.min_coverage)} known there is "
        "no verdict, unless what is unknown could not change it."
    )


def rounding(rule: Rounding | None) -> str:
    if rule is None:
        return "The number is compared as it is, without rounding."
    return f"The percentage is rounded to {rule.digits} digits ({rule.mode.value}) before it is compared."


def _every(objective: Objective) -> str:
    return contracts.window_text(objective.window)
