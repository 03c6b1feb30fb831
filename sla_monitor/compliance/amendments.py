"""Which terms count when: what amendments make of a promise, window by window (measurement.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, pairwise
from math import lcm
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods, slices
from sla_monitor.compliance.digests import Digest, Held
from sla_monitor.compliance.exclusions import Rule
from sla_monitor.compliance.periods import Rolling, Window, WindowSpec
from sla_monitor.compliance.slices import Cells, Slices
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import (
    Agreement,
    Amendment,
    MeasurementKey,
    Objective,
    Policy,
)

ROLLING = "rolling"


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
    """Every version of the promise from its effective instant on. The parts tile all of time.

    A window is of one kind: where that changes, the policies at-start and at-end move the border to the window's edge.
    """
    parts = [Part(Span(-FOREVER, FOREVER), objective, None, _meant(agreement.exclusions, objective))]
    for amendment in sorted(agreement.amendments, key=lambda one: one.effective):
        newest = parts[-1]
        anew = next((one for one in amendment.objectives if one.name == objective.name), None)
        rules = newest.exclusions if amendment.exclusions is None else _meant(amendment.exclusions, objective)
        if anew is None and rules == newest.exclusions:
            continue
        changed, held = anew or newest.objective, _holding(tuple(parts), amendment.effective).objective
        border = _border(amendment.effective, held, changed)
        if changed.window != held.window:
            border = _moved(agreement, parts, border, amendment.policy)
        parts = [*_clipped(parts, Span(-FOREVER, border)), Part(Span(border, FOREVER), changed, amendment, rules)]
    return tuple(parts)


def _moved(agreement: Agreement, parts: Sequence[Part], border: int, policy: Policy) -> int:
    window = _window(parts, agreement.zone, border)
    begin = max(window.span.start, min(agreement.term.start, window.span.end - 1))
    if window.kind == ROLLING or border <= begin:
        return border
    return {Policy.AT_START: window.span.end, Policy.AT_END: window.span.start}.get(policy, border)


def _window(parts: Iterable[Part], zone: ZoneInfo, at: int, rolling: WindowSpec | None = None) -> Window:
    """The window that holds the instant, cut where the kind of windows changes. `rolling`: taken for rolling ones."""
    era, spec = next(one for one in _eras(parts) if at in one[0])
    known = rolling if rolling is not None and isinstance(spec, Rolling) else spec
    return periods.window_of(known, zone, at).within(era)


def _eras(parts: Iterable[Part]) -> Iterator[tuple[Span, WindowSpec]]:
    for spec, run in groupby(parts, key=lambda part: part.objective.window):
        held = [part.span for part in run]
        yield Span(held[0].start, held[-1].end), spec


def eras(agreement: Agreement, objective: Objective) -> Iterator[tuple[Span, WindowSpec]]:
    """Which kind of windows the promise has, and when. They tile all of time."""
    return _eras(history(agreement, objective))


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
    holding = (_window(made, agreement.zone, part.span.start) for part in made[1:])
    calendar = {window.span for window in holding if window.kind != ROLLING}
    rolling = {one for one in windows if not any(one.intersect(other).seconds for other in calendar)}
    parts: list[Part] = []
    after = -FOREVER
    for window in sorted(calendar | rolling):
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
    window = window_of(agreement, objective, at)
    return at_instant(versions(agreement, objective, window.span), at).objective


def window_of(agreement: Agreement, objective: Objective, at: int, rolling: WindowSpec | None = None) -> Window:
    """The window that holds the instant, or the rolling one that ends at it; cut where their kind changes.

    `rolling`: windows to take where they are rolling.
    """
    window = _window(history(agreement, objective), agreement.zone, at, rolling)
    # With its first instant nothing of a rolling window has come yet.
    return window if window.span.seconds else window_of(agreement, objective, at - 1, rolling)


def at_instant(parts: tuple[Part, ...], at: int) -> Part:
    """The part that holds the instant; before and after them all the first and the last."""
    return _holding(parts, max(parts[0].span.start, min(at, parts[-1].span.end - 1)))


def inside(agreement: Agreement, objective: Objective, window: Window) -> tuple[Amended, ...]:
    """The amendments of the promise that become effective inside the window, or with it cut its begin off."""
    begin = window.span.start - (window.entire.start < window.span.start)
    return tuple(
        Amended(new.amendment, old.objective.target, new.objective.target)
        for old, new in pairwise(history(agreement, objective))
        if new.amendment is not None and begin < new.span.start < window.span.end
    )


def needed(agreement: Agreement, objective: Objective) -> Iterator[tuple[Objective, Span]]:
    """Each version, and when it has to be measured."""
    for part in carried(agreement, objective):
        yield part.objective, part.span


def carried(agreement: Agreement, objective: Objective) -> Iterator[Part]:
    """Every version while it may count: a policy may carry it to the edge of a window."""
    made = history(agreement, objective)
    for before, part, following in zip((None, *made), made, (*made[1:], None), strict=False):
        start, end = part.span.start, part.span.end
        if before is not None and _carried(before, part, Policy.AT_END):
            start = window_of(agreement, objective, start).span.start
        if following is not None and _carried(part, following, Policy.AT_START):
            end = _left_behind(agreement, objective, end)
        yield replace(part, span=Span(start, end))


def _carried(old: Part, new: Part, policy: Policy) -> bool:
    """Whether one of the two counts on the other's side of the border, in the window that holds it."""
    kinds = old.objective.window, new.objective.window
    return new.amendment is not None and new.amendment.policy is policy and kinds[0] == kinds[1]


def _left_behind(agreement: Agreement, objective: Objective, at: int) -> int:
    """When the last window that began before the instant has ended."""
    spec = _holding(history(agreement, objective), at).objective.window
    return at + spec.seconds if isinstance(spec, Rolling) else window_of(agreement, objective, at).span.end


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
    held = held.all() if isinstance(held, Digest) else held
    return slices.cells_of(held) if isinstance(held, Slices) else held


def _holding(parts: tuple[Part, ...], instant: int) -> Part:
    return next(part for part in parts if instant in part.span)
