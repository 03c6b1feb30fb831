"""From a sound document to the core's methods and indicators."""

from __future__ import annotations

from fractions import Fraction

from sla_monitor.agreements.objectivechecks import method_of
from sla_monitor.agreements.quantities import Limit
from sla_monitor.agreements.schema import indicators
from sla_monitor.agreements.schema import methods as schema
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.compliance import methods, ratios, terms
from sla_monitor.compliance.methods import Anchor, Edge, SpellStatistic, Statistic, Traffic, Weight


def counting_of(objective: Objective) -> methods.Method:
    """The method, also where only the indicator tells which."""
    name = method_of(objective)
    said = getattr(objective.method, name) if objective.method is not None else None
    match said:
        case schema.Time():
            return _time(said)
        case schema.Intervals():
            return _intervals(said)
        case schema.Spells():
            return methods.Spells(SpellStatistic(said.statistic), _seconds(said.at_least), Edge(said.edge))
        case schema.Percentile():
            return methods.Stat(Statistic.PERCENTILE, Weight(said.weight), said.p)
        case schema.Statistic():
            return methods.Stat(Statistic(name), Weight(said.weight))
    return _PLAIN[name]


_PLAIN: dict[str, methods.Method] = {
    "events": methods.EVENTS,
    "time": methods.TIME,
    "total": methods.TOTAL,
    "mean": methods.Stat(Statistic.MEAN),
}


def _time(said: schema.Time) -> methods.Time:
    quantum = said.quantum
    return methods.Time(
        at_least=_seconds(said.at_least),
        count=methods.Count(said.count or "whole"),
        quantum=None if quantum is None else methods.Quantum(int(quantum.of), methods.QuantumMode(quantum.mode)),
        edge=Edge(said.edge or "span"),
    )


def _intervals(said: schema.Intervals) -> methods.Intervals:
    return methods.Intervals(
        every=int(said.every),
        bad_when=None if said.bad_when is None else _condition(said.bad_when),
        at_least=_seconds(said.at_least),
        edge=Edge(said.edge),
        min_events=said.min_events or 0,
        low_traffic=Traffic(said.low_traffic),
        empty=Traffic(said.empty),
        weight=Weight(said.weight),
        anchor=Anchor(said.anchor),
    )


def _condition(limit: Limit) -> methods.Condition:
    return methods.Condition(limit.comparison or ratios.Comparison.GT, limit.quantity.ratio)


def _seconds(length: Fraction | None) -> int:
    return 0 if length is None else int(length)


def indicator_of(indicator: indicators.Indicator) -> terms.Indicator:
    """The core's record of it."""
    if (ratio := indicator.ratio) is not None:
        total = _selection(ratio.total)
        good, bad = (_selection(part) if part is not None else None for part in (ratio.good, ratio.bad))
        return terms.Ratio(total, good, bad)
    if (latency := indicator.latency) is not None:
        return terms.Latency(latency.histogram.strip(), latency.threshold)
    if (probe := indicator.probe) is not None:
        return terms.Probe(probe.series, terms.Combine(probe.combine))
    return _gauged(indicator)


def _gauged(indicator: indicators.Indicator) -> terms.Indicator:
    if (threshold := indicator.threshold) is not None and threshold.is_.comparison is not None:
        return terms.Threshold(threshold.query, threshold.is_.comparison, threshold.is_.quantity.ratio)
    if (value := indicator.value) is not None:
        return terms.Value(value.query)
    if (amount := indicator.amount) is not None:
        return terms.Amount((amount.counter,) if amount.counter is not None else terms.Query(str(amount.query)))
    if (composite := indicator.composite) is not None:
        return terms.Composite(terms.Down(composite.down), tuple(map(indicator_of, composite.of)))
    raise AssertionError(f"a refused indicator was let through: {indicator.kind}")


def _selection(selection: indicators.Selection) -> terms.Selection:
    return terms.Query(selection.query) if selection.query is not None else tuple(selection.selectors or ())
