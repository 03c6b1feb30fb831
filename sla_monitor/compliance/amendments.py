"""Which terms count when: what amendments make of a promise, window by window (measurement.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, pairwise
from math import lcm

from sla_monitor.compliance import periods, slices
from sla_monitor.compliance.exclusions import Rule
from sla_monitor.compliance.slices import Cells, Held, Slices
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import (
    Agreement,
    Amendment,
    MeasurementKey,
    Objective,
    Policy,
)


@dataclass(frozen=True)
class Part:
    """A stretch under one version of a promise; `amendment` made it, None: as first agreed.

    `exclusions` are those that were agreed for the promise.
    """

    span: Span
    objective: Objective
    amendment: Amendment | None
    exclusions: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Amended:
    """An amendment that becomes effective inside a window, and the targets before it and after it."""

    amendment: Amendment
    before: Fraction
    after: Fraction


def history(agreement: Agreement, objective: Objective) -> tuple[Part, ...]:
    """Every version of the promise from its effective instant on. The parts tile all of time."""
    parts = [Part(Span(-FOREVER, FOREVER), objective, None, _meant(agreement.exclusions, objective))]
    for amendment in sorted(agreement.amendments, key=lambda one: one.effective):
        last = parts[-1]
        anew = next((one for one in amendment.objectives if one.name == objective.name), None)
        rules = last.exclusions if amendment.exclusions is None else _meant(amendment.exclusions, objective)
        if anew is None and rules == last.exclusions:
            continue
        changed = anew or last.objective
        border = _border(amendment.effective, last.objective, changed)
        parts[-1] = replace(last, span=last.span.before(border))
        parts.append(Part(Span(border, FOREVER), changed, amendment, rules))
    return tuple(part for part in parts if part.span.seconds)


def _meant(rules: tuple[Rule, ...], objective: Objective) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.objectives is None or objective.name in rule.objectives)


def _border(effective: int, old: Objective, new: Objective) -> int:
    """Events cannot be split, and slices of two measurements not be mixed: a slice begun stays under the old terms."""
    if not new.counts_events and old.measurement.key == new.measurement.key:
        return effective
    grid = lcm(old.measurement.slice_seconds, new.measurement.slice_seconds)
    return -(-effective // grid) * grid


def versions(agreement: Agreement, objective: Objective, window: Span) -> tuple[Part, ...]:
    """The window cut at the amendments inside it, as their policies say. The parts tile the window."""
    begin = max(window.start, min(agreement.term.start, window.end - 1))
    made = history(agreement, objective)
    parts = [replace(_holding(made, begin), span=window)]
    for part in made:
        if begin < part.span.start < window.end and part.amendment is not None:
            parts = _policed(parts, part, part.amendment.policy)
    return tuple(parts)


def _policed(parts: list[Part], new: Part, policy: Policy) -> list[Part]:
    if policy is Policy.AT_START:
        return parts
    *before, last = parts
    if policy is Policy.AT_END:
        return [replace(new, span=Span(parts[0].span.start, last.span.end))]
    start = new.span.start
    return [*before, replace(last, span=last.span.before(start)), replace(new, span=last.span.after(start))]


def timeline(agreement: Agreement, objective: Objective, windows: Iterable[Span] = ()) -> tuple[Part, ...]:
    """All of time, each window in it cut as the policies say. `windows` are those judged, where they are rolling."""
    made = history(agreement, objective)
    if len(made) == 1:
        return made
    spec = objective.window
    if isinstance(spec, periods.Calendar):
        windows = {periods.window_at(spec, agreement.zone, part.span.start).span for part in made[1:]}
    parts: list[Part] = []
    after = -FOREVER
    for window in sorted(windows):
        parts += _clipped(made, Span(after, window.start))
        parts += versions(agreement, objective, window)
        after = window.end
    return _joined((*parts, *_clipped(made, Span(after, FOREVER))))


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Without the borders of windows at which nothing changes."""
    runs = (list(run) for _, run in groupby(parts, key=lambda part: id(part.amendment)))
    return tuple(replace(run[0], span=Span(run[0].span.start, run[-1].span.end)) for run in runs)


def _clipped(parts: Iterable[Part], span: Span) -> Iterator[Part]:
    clipped = (replace(part, span=part.span.intersect(span)) for part in parts)
    return (part for part in clipped if part.span.seconds)


def in_force(agreement: Agreement, objective: Objective, at: int) -> Objective:
    """The terms that the window holding the instant is measured by at the instant."""
    window = periods.window_of(objective.window, agreement.zone, at)
    return at_instant(versions(agreement, objective, window.span), at).objective


def at_instant(parts: tuple[Part, ...], at: int) -> Part:
    """The part that holds the instant; before and after them all the first and the last."""
    return _holding(parts, max(parts[0].span.start, min(at, parts[-1].span.end - 1)))


def inside(agreement: Agreement, objective: Objective, window: Span) -> tuple[Amended, ...]:
    """The amendments of the promise that become effective inside the window."""
    return tuple(
        Amended(new.amendment, old.objective.target, new.objective.target)
        for old, new in pairwise(history(agreement, objective))
        if new.amendment is not None and window.start < new.span.start < window.end
    )


def needed(agreement: Agreement, objective: Objective) -> Iterator[tuple[Objective, Span]]:
    """Each version, and when it has to be measured: a policy may carry it to the edge of a window."""
    made = history(agreement, objective)
    for part, following in zip(made, (*made[1:], None), strict=True):
        start, end = part.span.start, part.span.end
        if part.amendment is not None and part.amendment.policy is Policy.AT_END:
            start = periods.window_of(objective.window, agreement.zone, start).span.start
        if following is not None and following.amendment and following.amendment.policy is Policy.AT_START:
            end = _left_behind(agreement, objective, end)
        yield part.objective, Span(start, end)


def _left_behind(agreement: Agreement, objective: Objective, at: int) -> int:
    """When the last window that began before the instant has ended."""
    if isinstance(objective.window, periods.Rolling):
        return at + objective.window.seconds
    return periods.window_at(objective.window, agreement.zone, at).span.end


def all_versions(agreement: Agreement) -> tuple[Objective, ...]:
    """The promises as first agreed, and as every amendment changed them."""
    return (*agreement.objectives, *(changed for one in agreement.amendments for changed in one.objectives))


def all_exclusions(agreement: Agreement) -> tuple[Rule, ...]:
    """Those first agreed, and those of every amendment."""
    return (*agreement.exclusions, *(rule for one in agreement.amendments for rule in one.exclusions or ()))


def exclusions_in_force(agreement: Agreement, at: int) -> tuple[Rule, ...]:
    """Whatever the policies make of them in a window under way."""
    made = sorted((one for one in agreement.amendments if one.effective <= at), key=lambda one: one.effective)
    return next((one.exclusions for one in reversed(made) if one.exclusions is not None), agreement.exclusions)


def borders(agreement: Agreement, objective: Objective) -> frozenset[int]:
    """The instants at which cells must be split."""
    parts = (*history(agreement, objective), *timeline(agreement, objective))
    return frozenset(part.span.start for part in parts if part.span.start > -FOREVER)


def spliced(agreement: Agreement, objective: Objective, window: Span, held: Mapping[MeasurementKey, Held]) -> Held:
    """What is held of the window and of the time before it, of whichever measurement counted there."""
    parts = _clipped(timeline(agreement, objective, [window]), Span(-FOREVER, window.end))
    runs = [
        (key, Span(run[0].span.start, run[-1].span.end))
        for key, found in groupby(parts, key=lambda part: part.objective.measurement.key)
        if (run := list(found))
    ]
    if len(runs) == 1:
        return held[runs[0][0]]
    return slices.concatenated([slices.within(_cells(held[key]), span) for key, span in runs])


def _cells(held: Held) -> Cells:
    return slices.cells_of(held) if isinstance(held, Slices) else held


def _holding(parts: tuple[Part, ...], instant: int) -> Part:
    return next(part for part in parts if instant in part.span)
