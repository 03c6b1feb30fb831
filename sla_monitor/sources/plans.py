"""Measurements → the questions that answer them, each asked once however many measurements need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Combine, Latency, Measurement, Probe, Query, Ratio, Selection, Threshold
from sla_monitor.sources import expressions, promql
from sla_monitor.sources.client import MAX_POINTS

DAY = 86_400
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
class Ask:
    """An expression on a grid of `step` seconds: at the end of each cell, or else at its start.

    reads: raw samples of a series it reads for one point, by estimate.
    """

    expr: str
    step: int
    at_end: bool
    reads: int = 1

    def points(self, span: Span) -> tuple[int, int]:
        """First and last instant asked for, to cover the span (whole steps)."""
        shift = self.step if self.at_end else 0
        return span.start + shift, span.end - self.step + shift


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a slice of events is known: `up` of the target first, raw samples of any series where it has no `up`."""

    up: Ask
    raw: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class EventAsks:
    """total and part are added up; `part_is_bad` tells what the part counts.

    part_is_kept: the part is always there beside the total (a histogram's bucket), so that it is missed
    where it is absent; else its absence means 0 of it. sightings: none where the query reads no series.
    """

    total: tuple[Ask, ...]
    part: tuple[Ask, ...]
    part_is_bad: bool
    sightings: tuple[Sighting, ...]
    part_is_kept: bool = False

    def first(self) -> tuple[Ask, ...]:
        return (*self.total, *self.part, *(sighting.up for sighting in self.sightings))

    def later(self) -> tuple[Ask, ...]:
        return tuple(ask for sighting in self.sightings for ask in sighting.raw)


@dataclass(frozen=True, slots=True)
class SecondAsks:
    """`value` at each step; `count` of series where it is their sum; `presence` of raw samples where it lingers."""

    value: Ask
    count: Ask | None
    presence: tuple[Ask, ...]

    def first(self) -> tuple[Ask, ...]:
        return (self.value, *([self.count] if self.count else []), *self.presence)

    def later(self) -> tuple[Ask, ...]:
        return ()


Asks = EventAsks | SecondAsks


def resolution_on(grid: int, spacing: float) -> int | None:
    """The spacing of samples (seconds) rounded up to a divisor of the slice; None if it is longer than a slice.

    Half a second of slack, for jitter: a tenth would take a 16 s target for a 15 s one and miss samples.
    """
    return next((r for r in range(1, grid + 1) if grid % r == 0 and r >= spacing - JITTER), None)


def asks_for(
    measurement: Measurement, r: int, bounds: tuple[str, ...] = (), borne: Collection[str] = promql.TARGET
) -> Asks:
    """Found out by asking: `bounds`, how a histogram's threshold is spelled; `borne`, the labels that `up` bears."""
    s = measurement.slice_seconds
    match measurement.indicator:
        case Ratio(total, good, bad):
            part = bad if bad is not None else good
            return EventAsks(
                _selected(total, s, r),
                _selected(part or (), s, r),
                part_is_bad=bad is not None,
                sightings=_sightings(_seen(total, part), s, r, borne),
            )
        case Latency(histogram):
            series = promql.selector(histogram)
            count = series.renamed("_count")
            counted = tuple(
                _at_end(expressions.increase(x, s, r), s, 2 * s + r, r)
                for x in (count, expressions.bucket(series, bounds))
            )
            return EventAsks(
                counted[:1],
                counted[1:],
                part_is_bad=False,
                sightings=_sightings((count,), s, r, borne),
                part_is_kept=True,
            )
        case Probe(series, combine):
            return _probe(promql.selector(series), combine, r)
        case Threshold(query):
            presence = tuple(Ask(expressions.present(x, r), r, False) for x in promql.selectors_in(query))
            return SecondAsks(Ask(query, r, False), None, presence)
        case _:
            raise AssertionError("a refused indicator was let through")


def series_of(measurement: Measurement) -> promql.Selector | None:
    """A selector whose samples tell the resolution; None where the query reads no series."""
    match measurement.indicator:
        case Ratio(total):
            found = _selectors(total)
        case Latency(histogram):
            found = (promql.selector(histogram).renamed("_count"),)
        case Probe(series):
            found = (promql.selector(series),)
        case Threshold(query):
            found = promql.selectors_in(query)
        case _:
            found = ()
    return found[0] if found else None


def merged(wants: Iterable[tuple[Ask, Span]]) -> dict[Ask, Spans]:
    """Each question once, over all the time that somebody wants of it."""
    spans: dict[Ask, list[Span]] = {}
    for ask, span in wants:
        spans.setdefault(ask, []).append(span)
    return {ask: Spans.of(parts) for ask, parts in spans.items()}


def chunks(ask: Ask, span: Span, longest: int = DAY) -> list[Span]:
    """The span cut at whole days, and finer where a day holds more points than a source gives."""
    length = min(longest, MAX_POINTS * ask.step) // ask.step * ask.step
    first = span.start // length * length
    borders = [span.start, *range(first + length, span.end, length), span.end]
    return [Span(start, end) for start, end in pairwise(borders) if start < end]


def _sightings(seen: tuple[promql.Selector, ...], s: int, r: int, borne: Collection[str]) -> tuple[Sighting, ...]:
    """One for each target: its series are all looked for where it has no `up`."""
    raw: dict[Ask, list[Ask]] = {}
    for series in seen:
        up = _at_end(expressions.target_up(series, s, borne), s, s, r)
        raw.setdefault(up, []).append(_at_end(expressions.raw_samples(series, s), s, s, r))
    return tuple(Sighting(up, tuple(dict.fromkeys(asks))) for up, asks in raw.items())


def _selected(selection: Selection, s: int, r: int) -> tuple[Ask, ...]:
    if isinstance(selection, Query):
        return (_at_end(promql.with_slice(selection.expr, s), s, s, r),)
    return tuple(_at_end(expressions.increase(promql.selector(text), s, r), s, 2 * s + r, r) for text in selection)


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


def _at_end(expr: str, s: int, reach: int, r: int) -> Ask:
    """`reach`: seconds of samples behind each point."""
    return Ask(expr, s, at_end=True, reads=-(-reach // r))


def _probe(series: promql.Selector, combine: Combine, r: int) -> SecondAsks:
    value = Ask(expressions.merged(_AGGREGATION[combine], series, r), r, at_end=False)
    adds_up = _AGGREGATION[combine] == "sum"
    count = Ask(expressions.merged("count", series, r), r, at_end=False) if adds_up else None
    return SecondAsks(value, count, ())
