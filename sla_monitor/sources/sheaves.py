"""Measurements that differ only in which value a label must have, put together: one query, many customers.

A selector is `sum`med or `max`ed over its series, so that of one with `tenant=~"a|b"`, grouped by tenant, each row is
to the last bit what the selector with that tenant alone would have given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import TypeVar

from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.terms import (
    Amount,
    Composite,
    Indicator,
    Latency,
    Measurement,
    Probe,
    Query,
    Ratio,
    Selection,
    Threshold,
    Value,
)
from sla_monitor.sources import grouping, promql
from sla_monitor.sources.promql import Matcher, Selector

T = TypeVar("T")
Values = tuple[str, ...]

SPARSE = 4
"""So many times more combinations than members may be asked for; beyond it another label is kept apart."""

_KEPT = 1 << 19
_META = frozenset(".+*?()|[]{}^$\\")


@dataclass(frozen=True)
class Member:
    """One measurement and the values of the labels in which it may differ from others of its shape."""

    measurement: Measurement
    labels: tuple[str, ...]
    values: Values

    def value(self, label: str) -> str:
        return self.values[self.labels.index(label)]


@dataclass(frozen=True)
class Sheaf:
    """Measurements asked for together: `asked` for instead of them, grouped by the labels in which they differ.

    by: none where there is one measurement alone. values: of these labels, one a member.
    """

    asked: Measurement
    by: tuple[str, ...]
    bundle: Bundle
    values: tuple[Values, ...]

    def __len__(self) -> int:
        return len(self.bundle)

    @property
    def members(self) -> tuple[Measurement, ...]:
        return self.bundle.measurements


@dataclass(frozen=True)
class Shape:
    """What measurements have in common that can be asked for together."""

    source: str
    seconds: int
    indicator: Indicator
    labels: tuple[str, ...]


@lru_cache(_KEPT)
def member(measurement: Measurement) -> tuple[Shape, Member] | None:
    """Its shape, and its own values; None where it is asked for by itself."""
    series = _series(measurement.indicator)
    if not series:
        return None
    pairs = set.intersection(*({*_equalities(one)} for one in series))
    labels = tuple(sorted(label for label, _ in pairs))
    if not labels or any(grouping.speaks_of(text, labels) for text in _queries(measurement.indicator)):
        return None
    blank = _changed(measurement.indicator, lambda one: _blanked(one, labels))
    shape = Shape(measurement.source, measurement.slice_seconds, blank, labels)
    return shape, Member(measurement, labels, tuple(value for _, value in sorted(pairs)))


def sheaves(members: Sequence[Member]) -> Iterator[Sheaf]:
    """Members of one shape, together as far as that reads nothing that nobody wants."""
    labels = members[0].labels
    seen = {label: {one.value(label) for one in members} for label in labels}
    differing = tuple(label for label in labels if len(seen[label]) > 1)
    counts = [len(seen[label]) for label in differing]
    distinct = len({one.values for one in members})
    if prod(counts) <= SPARSE * distinct or distinct == max(counts):
        yield _bound(members, differing)
        return
    apart = min(differing, key=lambda label: len(seen[label]))
    for value in sorted(seen[apart]):
        yield from sheaves([one for one in members if one.value(apart) == value])


def together(wanted: Iterable[tuple[T, Measurement]]) -> Iterator[tuple[T, Sheaf]]:
    """Measurements of one shape in sheaves, apart where what stands beside them differs."""
    members: dict[tuple[T, Shape], list[Member]] = {}
    for beside, measurement in wanted:
        known = member(measurement)
        if known is None:
            yield beside, alone(measurement)
        else:
            members.setdefault((beside, known[0]), []).append(known[1])
    for (beside, _), alike in members.items():
        for sheaf in sheaves(alike):
            yield beside, sheaf


def alone(measurement: Measurement) -> Sheaf:
    return Sheaf(measurement, (), Bundle((measurement,)), ((),))


def halves(sheaf: Sheaf) -> tuple[Sheaf, Sheaf]:
    """Of two members or more."""
    middle = len(sheaf) // 2
    return _part(sheaf, slice(None, middle)), _part(sheaf, slice(middle, None))


def everything(sheaf: Sheaf) -> Sheaf:
    """Asked for without naming the values: for where hardly any others are there."""
    known: Sheaf | None = sheaf.bundle.memo.get(everything)
    if known is not None:
        return known
    asked = _changed(sheaf.asked.indicator, lambda one: _matching(one, dict.fromkeys(sheaf.by)), sheaf.by)
    sheaf.bundle.memo[everything] = found = replace(sheaf, asked=replace(sheaf.asked, indicator=asked))
    return found


def _part(sheaf: Sheaf, which: slice) -> Sheaf:
    members, values = sheaf.members[which], sheaf.values[which]
    if len(members) == 1:
        return alone(members[0])
    return Sheaf(_asked(members[0], sheaf.by, values), sheaf.by, Bundle(members), values)


def _bound(members: Sequence[Member], by: tuple[str, ...]) -> Sheaf:
    if len(members) == 1:
        return alone(members[0].measurement)
    values = tuple(tuple(one.value(label) for label in by) for one in members)
    measurements = tuple(one.measurement for one in members)
    return Sheaf(_asked(measurements[0], by, values), by, Bundle(measurements), values)


def _asked(first: Measurement, by: tuple[str, ...], values: Sequence[Values]) -> Measurement:
    wanted: dict[str, Iterable[str] | None] = {label: {one[i] for one in values} for i, label in enumerate(by)}
    return replace(first, indicator=_changed(first.indicator, lambda one: _matching(one, wanted), by))


def _matching(selector: Selector, wanted: dict[str, Iterable[str] | None]) -> Selector:
    """Any of the wanted values of each label; None: any at all."""

    def changed(one: Matcher) -> Matcher:
        if one.label not in wanted or one.operator not in ("=", "=~"):
            return one
        values = wanted[one.label]
        return Matcher(one.label, "!=", "") if values is None else Matcher(one.label, "=~", _any_of(values))

    return Selector(selector.name, tuple(changed(one) for one in selector.matchers))


def _any_of(values: Iterable[str]) -> str:
    return "|".join("".join(f"\\{c}" if c in _META else c for c in value) for value in sorted(values))


def _blanked(selector: Selector, labels: tuple[str, ...]) -> Selector:
    """In a steady order, so that it does not matter how people wrote it."""
    kept = (replace(m, value="") if m.label in labels and m.operator == "=" else m for m in selector.matchers)
    return Selector(selector.name, tuple(sorted(kept)))


def _equalities(selector: Selector) -> Iterator[tuple[str, str]]:
    """Labels that are held to one value, and to no second condition."""
    labels = [one.label for one in selector.matchers]
    for one in selector.matchers:
        if one.operator == "=" and one.value and one.label != "__name__" and labels.count(one.label) == 1:
            yield one.label, one.value


def _series(indicator: Indicator) -> tuple[Selector, ...] | None:
    """Every selector; None where it is asked as it stands."""
    found: list[Selector] = []
    for kind, text in _texts(indicator):
        if kind is Query:
            held = grouping.selectors(text)
            if held is None:
                return None
            found += held
        else:
            found.append(promql.selector(text))
    return tuple(found)


def _queries(indicator: Indicator) -> Iterator[str]:
    return (text for kind, text in _texts(indicator) if kind is Query)


def _texts(indicator: Indicator) -> Iterator[tuple[type, str]]:
    """Every selector (str) and every free query (Query)."""
    match indicator:
        case Ratio(total, good, bad):
            yield from (one for part in (total, good or (), bad or ()) for one in _listed(part))
        case Amount(of):
            yield from _listed(of)
        case Latency(text) | Probe(text):
            yield str, text
        case Threshold(query) | Value(query):
            yield Query, query
        case Composite(of=parts):
            yield from (one for part in parts for one in _texts(part))


def _listed(selection: Selection) -> Iterator[tuple[type, str]]:
    if isinstance(selection, Query):
        yield Query, selection.expr
    else:
        yield from ((str, text) for text in selection)


def _changed(indicator: Indicator, change: grouping.Change, by: tuple[str, ...] = ()) -> Indicator:
    """The same with every selector changed, and free queries told apart by these labels."""

    def every(selection: Selection) -> Selection:
        if isinstance(selection, Query):
            return Query(grouping.changed(selection.expr, change, by))
        return tuple(one(text) for text in selection)

    def one(text: str) -> str:
        return str(change(promql.selector(text)))

    match indicator:
        case Ratio(total, good, bad):
            part, counted = (good, "good") if bad is None else (bad, "bad")
            return Ratio(every(total), **{counted: every(part or ())})
        case Amount(of):
            return Amount(every(of))
        case Latency():
            return replace(indicator, histogram=one(indicator.histogram))
        case Probe():
            return replace(indicator, series=one(indicator.series))
        case Threshold() | Value():
            return replace(indicator, query=grouping.changed(indicator.query, change, by))
        case Composite(down, parts):
            return Composite(down, tuple(_changed(part, change, by) for part in parts))
