"""Measurements → the questions that answer them, each asked once however many measurements need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import (
    Amount,
    Combine,
    Composite,
    Latency,
    Measurement,
    Probe,
    Query,
    Ratio,
    Selection,
    Threshold,
    Value,
)
from sla_monitor.sources import expressions, promql
from sla_monitor.sources.asks import (
    AmountAsks,
    Ask,
    Asks,
    CompositeAsks,
    EventAsks,
    SecondAsks,
    Sighting,
    ValueAsks,
)
from sla_monitor.sources.client import MAX_POINTS
from sla_monitor.sources.expressions import By, Native
from sla_monitor.sources.flavours import Increase

DAY = 86_400
MAX_VALUES = 1_000_000
"""An answer of so many is some 20 MB, which is decoded whole."""
JITTER = 0.5
_AGGREGATION = {
    Combine.ANY: "max",
    Combine.ALL: "min",
    Combine.MEAN: "sum",
    Combine.QUORUM: "sum",
    Combine.POOLED: "sum",
}
"""Of 0/1 gauges the sum is exact in whatever order the source adds them up, which avg() is not."""


@dataclass(frozen=True, slots=True)
class Found:
    """What has to be found out before a measurement can be asked for.

    resolution: seconds, divides the slice. bounds: how a histogram's threshold is spelled. native: how native
    histograms are read, None where there are none. borne: the labels that `up` bears. increase: how this source
    counts events.
    """

    resolution: int
    bounds: tuple[str, ...] = ()
    native: Native | None = None
    borne: Collection[str] = promql.TARGET
    increase: Increase = Increase.EXTRAPOLATED


Findings = tuple[Found, ...]
"""Of a measurement's leaves, in order."""


def resolution_on(grid: int, spacing: float) -> int | None:
    """The spacing of samples (seconds) rounded up to a divisor of the slice; None if it is longer than a slice.

    Half a second of slack, for jitter: a tenth would take a 16 s target for a 15 s one and miss samples.
    """
    return next((r for r in range(1, grid + 1) if grid % r == 0 and r >= spacing - JITTER), None)


def parts_of(measurement: Measurement) -> tuple[Measurement, ...]:
    """The parts of a composite, each a measurement of its own; none of any other."""
    if not isinstance(measurement.indicator, Composite):
        return ()
    return tuple(replace(measurement, indicator=part) for part in measurement.indicator.of)


def leaves(measurement: Measurement) -> tuple[Measurement, ...]:
    """What is asked for itself: the innermost parts of a composite, or else the measurement."""
    parts = parts_of(measurement)
    return tuple(leaf for part in parts for leaf in leaves(part)) if parts else (measurement,)


def asks_for(measurement: Measurement, found: Sequence[Found], by: By = ()) -> Asks:
    """`found` for each of the measurement's leaves, in order. by: labels that tell those asked together apart."""
    given = iter(found)

    def asked(one: Measurement) -> Asks:
        if isinstance(one.indicator, Composite):
            return CompositeAsks(one.indicator.down, tuple(asked(part) for part in parts_of(one)))
        return _asks(one, next(given), by)

    return asked(measurement)


def _asks(measurement: Measurement, found: Found, by: By) -> Asks:
    s, r = measurement.slice_seconds, found.resolution
    match measurement.indicator:
        case Ratio(total, good, bad):
            part = bad if bad is not None else good
            return EventAsks(
                _selected(total, s, found, by),
                _selected(part or (), s, found, by),
                part_is_bad=bad is not None,
                sightings=_sightings(_seen(total, part), s, found, by),
            )
        case Latency() as latency:
            return _latency(latency, s, found, by)
        case Amount(of):
            seen = _sightings(_selectors(of), s, found, by)
            return AmountAsks(_selected(of, s, found, by), seen, is_counter=not isinstance(of, Query))
        case Probe() as probe:
            return _probe(probe, r, by)
        case Threshold(query) as threshold:
            return SecondAsks(threshold, Ask(query, r, at_end=False, by=by), None, _presence(query, r, by))
        case Value(query):
            return ValueAsks(
                Ask(query, r, at_end=False, by=by), _presence(query, r, by), _ups(query, r, found.borne, by)
            )
        case Composite():
            raise AssertionError("a composite is asked for by its parts")


def series_of(measurement: Measurement) -> tuple[promql.Selector, ...]:
    """The selectors whose samples tell the resolution; none where a query reads no series."""
    match measurement.indicator:
        case Ratio(total):
            return _selectors(total)
        case Amount(of):
            return _selectors(of)
        case Latency(histogram):
            series = promql.selector(histogram)
            return (series.renamed("_count"), series)
        case Probe(series):
            return (promql.selector(series),)
        case Threshold(query) | Value(query):
            return promql.selectors_in(query)
        case Composite():
            return ()


def merged(wants: Iterable[tuple[Ask, Span]]) -> dict[Ask, Spans]:
    """Each question once, over all the time that somebody wants of it."""
    spans: dict[Ask, list[Span]] = {}
    for ask, span in wants:
        spans.setdefault(ask, []).append(span)
    return {ask: Spans.of(parts) for ask, parts in spans.items()}


def chunks(ask: Ask, span: Span, longest: int = DAY, rows: int = 1) -> list[Span]:
    """The span cut at whole days, and finer where a day holds more than a source, or one answer, may give."""
    points = max(1, min(MAX_POINTS, MAX_VALUES // rows, longest // ask.step))
    length = points * ask.step
    first = span.start // length * length
    borders = [span.start, *range(first + length, span.end, length), span.end]
    return [Span(start, end) for start, end in pairwise(borders) if start < end]


def _latency(latency: Latency, s: int, found: Found, by: By) -> EventAsks:
    series, r, native = promql.selector(latency.histogram), found.resolution, found.native
    total = expressions.observations(series, s, r, native=native, by=by, form=found.increase)
    within = expressions.observations_within(
        series, found.bounds, latency.threshold, s, r, native=native, by=by, form=found.increase
    )
    seen = (series.renamed("_count"), *((series,) if native else ()))
    return EventAsks(
        (_at_end(total, s, 2 * s + r, r, by),),
        (_at_end(within, s, 2 * s + r, r, by),),
        part_is_bad=False,
        sightings=_sightings(seen, s, found, by),
        part_is_kept=True,
    )


def _sightings(seen: tuple[promql.Selector, ...], s: int, found: Found, by: By) -> tuple[Sighting, ...]:
    """One for each target: its series are all looked for where it has no `up`."""
    r, borne = found.resolution, found.borne
    raw: dict[Ask, list[Ask]] = {}
    for series in seen:
        apart = expressions.told_apart(series, borne, by)
        up = _at_end(expressions.target_up(series, s, borne, by), s, s, r, apart)
        raw.setdefault(up, []).append(_at_end(expressions.raw_samples(series, s, by), s, s, r, by))
    return tuple(Sighting(up, tuple(dict.fromkeys(asks))) for up, asks in raw.items())


def _selected(selection: Selection, s: int, found: Found, by: By) -> tuple[Ask, ...]:
    r = found.resolution
    if isinstance(selection, Query):
        return (_at_end(promql.with_slice(selection.expr, s), s, s, r, by),)
    return tuple(
        _at_end(expressions.increase(promql.selector(text), s, r, by, found.increase), s, 2 * s + r, r, by)
        for text in selection
    )


def _selectors(selection: Selection) -> tuple[promql.Selector, ...]:
    if isinstance(selection, Query):
        return promql.selectors_in(selection.expr)
    return tuple(promql.selector(text) for text in selection)


def _seen(total: Selection, part: Selection | None) -> tuple[promql.Selector, ...]:
    """The total's series tell whether a slice is known, and so do the part's where they are of other targets."""
    found = _selectors(total)
    targets = {x.of_target() for x in found}
    others = [x for x in _selectors(part or ()) if x.of_target() and x.of_target() not in targets]
    return (*found, *others)


def _presence(query: str, r: int, by: By) -> tuple[Ask, ...]:
    series = promql.selectors_in(query)
    return tuple(Ask(expressions.present(x, r, by), r, at_end=False, by=by) for x in series)


def _ups(query: str, r: int, borne: Collection[str], by: By) -> tuple[Ask, ...]:
    """Whether the targets of a query's series were scraped, each asked once."""
    asked = (
        Ask(expressions.target_up(x, r, borne, by), r, at_end=False, by=expressions.told_apart(x, borne, by))
        for x in promql.selectors_in(query)
    )
    return tuple(dict.fromkeys(asked))


def _at_end(expr: str, s: int, reach: int, r: int, by: By = ()) -> Ask:
    """`reach`: seconds of samples behind each point."""
    return Ask(expr, s, at_end=True, reads=-(-reach // r), by=by)


def _probe(probe: Probe, r: int, by: By) -> SecondAsks:
    series, aggregation = promql.selector(probe.series), _AGGREGATION[probe.combine]
    value = Ask(expressions.merged(aggregation, series, r, by), r, at_end=False, by=by)
    count = Ask(expressions.merged("count", series, r, by), r, at_end=False, by=by) if aggregation == "sum" else None
    return SecondAsks(probe, value, count, ())
