"""How the parts of one objective fit together. Findings are located from the objective on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache

from sla_monitor.agreements.creditchecks import credit_faults
from sla_monitor.agreements.creditfits import Promise, misfits
from sla_monitor.agreements.findings import Finding
from sla_monitor.agreements.indicatorchecks import STATES, indicator_faults
from sla_monitor.agreements.quantities import Limit, Quantity
from sla_monitor.agreements.schema.documents import Terms
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.compliance import periods
from sla_monitor.compliance.ratios import Comparison, plain

Sources = Mapping[str, int] | None
"""The configured sources and their resolution in seconds; None: not known while checking."""

DAY, HOUR = 86400, 3600
LONGEST_WINDOW = 3660 * DAY
DEFAULT_SLICE = Fraction(60)
_AT_LEAST = (None, Comparison.GE, Comparison.GT)

FITTING = {
    "events": ("ratio", "latency"),
    "time": STATES,
    "intervals": ("ratio", "latency", "probe", "threshold", "value", "composite"),
    "total": ("amount",),
    "mean": ("value",),
    "max": ("value",),
    "min": ("value",),
    "percentile": ("value",),
    "spells": STATES,
}
_DEFAULTS = {
    "ratio": "events",
    "latency": "events",
    "probe": "time",
    "threshold": "time",
    "composite": "time",
    "value": "mean",
    "amount": "total",
}
SHARES = ("events", "time", "intervals")
"""Methods whose target is a percentage to be reached."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an objective is read in: the agreement's terms and the configured sources."""

    terms: Terms
    sources: Sources


@dataclass(frozen=True, slots=True)
class ObjectiveCheck:
    """`reads` are the keys that must be sound for it to make sense."""

    find: Callable[[Objective, Setting], Iterator[Finding]]
    reads: frozenset[str] = frozenset()


def method_of(objective: Objective) -> str:
    return objective.method.kind if objective.method is not None else _DEFAULTS[objective.indicator.kind]


def slice_of(objective: Objective) -> Fraction:
    return objective.slice if objective.slice is not None else DEFAULT_SLICE


def promise_of(objective: Objective) -> Promise:
    """What credits are held against."""
    method = method_of(objective)
    return Promise(objective, method, method in SHARES, slice_of(objective))


def share_of(limit: Limit) -> Fraction:
    return limit.quantity.ratio


def _method_fits(objective: Objective, _: Setting) -> Iterator[Finding]:
    method, kind = method_of(objective), objective.indicator.kind
    if kind not in FITTING[method]:
        fitting = ", ".join(name for name, kinds in FITTING.items() if kind in kinds)
        yield Finding(("method",), f"method: {method} does not fit a {kind} indicator", f"one of: {fitting}")


def _indicator(objective: Objective, _: Setting) -> Iterator[Finding]:
    yield from indicator_faults(objective.indicator)


def _target(objective: Objective, _: Setting) -> Iterator[Finding]:
    for key, limit in (("target", objective.target), ("warnAt", objective.warn_at)):
        if limit is not None:
            fault = _share_fault(limit) if method_of(objective) in SHARES else _value_fault(objective, limit)
            if fault is not None:
                yield Finding((key,), f"{key}: {fault[0]}", fault[1])


def _share_fault(limit: Limit) -> tuple[str, str] | None:
    said = text_of(limit.quantity)
    if limit.quantity.unit == "seconds":
        return f"{said} is no share", "write a percentage such as 99.9%"
    if limit.comparison not in _AT_LEAST:
        return "a share is promised to be at least so high", "write >=, > or nothing before it"
    if not 0 <= limit.quantity.ratio <= 1:
        forgotten = limit.quantity.unit == "" and 1 < limit.quantity.value <= 100  # noqa: PLR2004 - percent
        return f"{said} is not between 0% and 100%", f"is {said}% meant?" if forgotten else ""
    if limit.comparison is Comparison.GT and limit.quantity.ratio == 1:
        return "more than 100% can never be kept", "write 100%"
    return None


def _value_fault(objective: Objective, limit: Limit) -> tuple[str, str] | None:
    method = method_of(objective)
    if limit.comparison is None and method != "total":
        return f"under method {method} it must say its comparison", "such as '<= 45ms'"
    return None


def _warn_at(objective: Objective, setting: Setting) -> Iterator[Finding]:
    target, warn = objective.target, objective.warn_at
    if warn is None or any(_target(objective, setting)):
        return
    rising = target.comparison in _AT_LEAST
    if (warn.comparison in _AT_LEAST) != rising:
        yield Finding(("warnAt",), "warnAt: is compared the other way round than the target")
    elif (share_of(warn) > share_of(target)) != rising or share_of(warn) == share_of(target):
        better = "above" if rising else "below"
        told = f"warnAt: {text_of(warn.quantity)} is not stricter than the target {text_of(target.quantity)}"
        yield Finding(("warnAt",), told, f"a goal {better} the target warns before it is missed")


def _slice(objective: Objective, setting: Setting) -> Iterator[Finding]:
    length = slice_of(objective)
    if length.denominator != 1 or DAY % length:
        hint = "whole seconds such as 30s, 1m, 5m or 1h"
        yield Finding(("slice",), f"slice: {plain(length)} s does not divide a day", hint)
        return
    seconds = int(length)
    if odd := next((offset for offset in zone_offsets(setting.terms.timezone) if offset % seconds), None):
        told = f"slice: {seconds} s does not divide the UTC offset of {setting.terms.timezone} ({odd} s)"
        yield Finding(("slice",), f"{told}, so its days would cut slices", "a shorter slice, such as 1m")
    resolution = (setting.sources or {}).get(setting.terms.source)
    if resolution and seconds % resolution:
        told = f"slice: {seconds} s is no multiple of the source's resolution of {resolution} s"
        yield Finding(("slice",), told)


def _window(objective: Objective, _: Setting) -> Iterator[Finding]:
    window, length = objective.window, slice_of(objective)
    if window is None or length.denominator != 1:
        return
    if window.rolling is not None and window.rolling > LONGEST_WINDOW:
        yield Finding(("window",), "window: is longer than ten years")
    if window.rolling is not None and window.rolling % length:
        told = f"window: {plain(window.rolling)} s is no multiple of the slice of {plain(length)} s"
        yield Finding(("window",), told, "whole slices, such as {rolling: 30d}")
    if window.every == "hour" and HOUR % length:
        yield Finding(("window",), f"window: an hour is no multiple of the slice of {plain(length)} s")


def _interval(objective: Objective, _: Setting) -> Iterator[Finding]:
    options = objective.method.intervals if objective.method is not None else None
    if options is not None and options.every % slice_of(objective):
        told = f"every: {plain(options.every)} s is no multiple of the slice of {plain(slice_of(objective))} s"
        yield Finding(("method", "intervals", "every"), told, "an interval is built from whole slices")


def _whole_seconds(objective: Objective, _: Setting) -> Iterator[Finding]:
    """Spells and intervals are counted in steps of whole seconds."""
    method = objective.method
    name, options = (method.kind, getattr(method, method.kind)) if method is not None else ("", None)
    for key, alias in (("at_least", "atLeast"), ("every", "every")):
        length = getattr(options, key, None)
        if length is not None and length.denominator != 1:
            yield Finding(("method", name, alias), f"{alias}: {plain(length)} s are no whole seconds", "such as 90s")
    quantum = getattr(options, "quantum", None)
    if quantum is not None and (quantum.of.denominator != 1 or DAY % quantum.of):
        hint = "such as 1m, 5m or 1h"
        yield Finding(("method", name, "quantum"), f"quantum: {plain(quantum.of)} s do not divide a day", hint)


def _spells(objective: Objective, _: Setting) -> Iterator[Finding]:
    """What says nothing is most likely meant otherwise."""
    options = objective.method
    said = None if options is None else options.intervals
    if said is not None and said.at_least and said.bad_when is None:
        told = "atLeast: graded intervals have no runs of bad ones"
        yield Finding(("method", "intervals", "atLeast"), told, "say when an interval is bad: badWhen: '> 5%'")
    if said is not None and said.bad_when is not None and "weight" in said.model_fields_set:
        told = "weight: is for graded intervals only, which have no badWhen"
        yield Finding(("method", "intervals", "weight"), told, "leave it out")
    if said is not None and said.min_events and objective.indicator.kind not in ("ratio", "latency"):
        told = f"minEvents: a {objective.indicator.kind} indicator counts no events"
        yield Finding(("method", "intervals", "minEvents"), told, "leave it out")
    timed = None if options is None else options.time
    if timed is not None and timed.count == "excess" and not timed.at_least:
        told = "count: excess is what goes beyond atLeast, which is not said"
        yield Finding(("method", "time", "count"), told, "add atLeast: 5m")
    probe = objective.indicator.probe
    by_spells = method_of(objective) == "spells" or (timed is not None and (timed.at_least or timed.quantum))
    if by_spells and probe is not None and probe.combine == "pooled":
        told = "combine: a pool of series has no spells of its own"
        yield Finding(("indicator", "probe", "combine"), told, "any, all or quorum; or count by events with a query")


def _gauge_condition(objective: Objective, _: Setting) -> Iterator[Finding]:
    said = objective.method.intervals if objective.method is not None else None
    if said is not None and said.bad_when is None and objective.indicator.kind == "value":
        told = "intervals: of values it must be said which are bad"
        yield Finding(("method", "intervals"), told, "add badWhen: '> 35ms'")


def _partial_window(objective: Objective, _: Setting) -> Iterator[Finding]:
    if objective.partial_window == "full" and method_of(objective) != "total":
        yield Finding(("partialWindow",), "partialWindow: full is for counts only (method total)", "prorate")


def _credits(objective: Objective, _: Setting) -> Iterator[Finding]:
    if objective.credits is not None:
        yield from credit_faults(objective.credits, ("credits",))


def _credits_fit(objective: Objective, _: Setting) -> Iterator[Finding]:
    if objective.credits is not None:
        for found in misfits(objective.credits, promise_of(objective)):
            yield replace(found, loc=("credits", *found.loc))


OBJECTIVE_CHECKS: tuple[ObjectiveCheck, ...] = (
    ObjectiveCheck(_indicator, frozenset({"indicator"})),
    ObjectiveCheck(_method_fits, frozenset({"method", "indicator"})),
    ObjectiveCheck(_target, frozenset({"target", "method", "indicator"})),
    ObjectiveCheck(_warn_at, frozenset({"target"})),
    ObjectiveCheck(_slice, frozenset({"slice"})),
    ObjectiveCheck(_window, frozenset({"slice"})),
    ObjectiveCheck(_interval, frozenset({"slice", "method"})),
    ObjectiveCheck(_whole_seconds, frozenset({"method"})),
    ObjectiveCheck(_spells, frozenset({"method", "indicator"})),
    ObjectiveCheck(_gauge_condition, frozenset({"method", "indicator"})),
    ObjectiveCheck(_partial_window, frozenset({"method", "indicator"})),
    ObjectiveCheck(_credits),
    ObjectiveCheck(_credits_fit, frozenset({"target", "method", "indicator", "slice", "window"})),
)


def of_objective(objective: Objective, setting: Setting, unread: frozenset[str]) -> Iterator[Finding]:
    """What the checks find that read none of the keys in `unread`."""
    for check in OBJECTIVE_CHECKS:
        if not check.reads & unread:
            yield from check.find(objective, setting)


def text_of(quantity: Quantity) -> str:
    sign = {"percent": "%", "seconds": " s"}.get(quantity.unit, "")
    return f"{plain(quantity.value)}{sign}"


@lru_cache(maxsize=64)
def zone_offsets(name: str) -> tuple[int, ...]:
    """The offsets in seconds the zone had, or will have, between 2000 and 2040."""
    zone = periods.zone_of(name)
    first, last, step = 946684800, 2208988800, 14 * DAY
    offsets = (datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset() for at in range(first, last, step))
    return tuple(sorted({int(offset.total_seconds()) for offset in offsets if offset is not None}))
