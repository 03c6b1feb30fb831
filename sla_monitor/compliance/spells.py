"""Down spells: from states at each step to what counts of them (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.digests import ANY
from sla_monitor.compliance.methods import Count, Edge, Quantum, QuantumMode, Spells, Time
from sla_monitor.compliance.slices import Cells, Floats, Ints, Slices, fixed
from sla_monitor.compliance.spans import FOREVER, NOWHEN, Grid, Span, Spans

Mask = npt.NDArray[np.bool_]
HOUR = 3600


@dataclass(frozen=True)
class Steps:
    """States over time, as they were measured every `step` seconds; neighbours with the same state are one.

    edges: (n + 1,) borders. share: (n,) up share between two of them, NaN unknown.
    """

    edges: Ints
    share: Floats
    step: int

    @property
    def start(self) -> int:
        return int(self.edges[0])

    @property
    def end(self) -> int:
        return int(self.edges[-1])

    def where(self, mask: Mask) -> Spans:
        """The time of the steps that are marked."""
        return marked(mask, self.edges)

    def between(self, start: int, end: int) -> Steps:
        """All there is of it between two instants."""
        first = max(0, int(np.searchsorted(self.edges, start, "right")) - 1)
        last = int(np.searchsorted(self.edges[:-1], end)) if start < end else first
        return Steps(np.append(np.maximum(self.edges[first:last], start), end), self.share[first:last], self.step)


def marked(mask: Mask, edges: Ints) -> Spans:
    """The time of the cells that are marked; cell i reaches from edge i to edge i + 1."""
    turns = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    borders = edges[turns].tolist()
    return Spans(tuple(Span(a, b) for a, b in zip(borders[::2], borders[1::2], strict=True)))


def each_of(slices: Slices, span: Span) -> tuple[int, int, Floats]:
    """Every step of every slice the span touches: where they start, seconds of one, and the up share of each.

    Those of slices that there are not are unknown.
    """
    s = slices.seconds
    first, last = span.start // s, -(-span.end // s)
    k = 1 if slices.states is None else slices.states.shape[1]
    share = np.full((max(0, last - first), k), np.nan)
    inside = slices.between(first * s, last * s)
    if inside.states is not None:
        share[inside.starts // s - first] = inside.states
    return first * s, s // k, share.ravel()


def steps_of(slices: Slices, span: Span) -> Steps:
    """What the span touches."""
    start, step, share = each_of(slices, span)
    return _merged(np.arange(start, start + (len(share) + 1) * step, step), share, step)


@dataclass(frozen=True)
class Stepping:
    """A `digests.Recipe`: what was measured is all that steps hang on."""

    name = "steps"
    grid = ANY
    promised = NOWHEN

    def make(self, slices: Slices, span: Span) -> Steps:
        return steps_of(slices, span)

    def cut(self, part: Steps, span: Span) -> Steps:
        return part.between(span.start, span.end)

    def join(self, parts: Sequence[Steps]) -> Steps:
        edges = np.append(np.concatenate([one.edges[:-1] for one in parts]), parts[-1].edges[-1])
        return _merged(edges, np.concatenate([one.share for one in parts]), gcd(*(one.step for one in parts)))


def _merged(edges: Ints, share: Floats, step: int) -> Steps:
    unknown = np.isnan(share)
    turns = (share[1:] != share[:-1]) & ~(unknown[1:] & unknown[:-1])
    first = np.append(True, turns)[: len(share)]
    return Steps(np.append(edges[:-1][first], edges[-1]), share[first], step)


@dataclass(frozen=True)
class Rule:
    """What counts of spells. clock: the grid of quanta by the clock. borders: where `edge: clip` cuts them.

    excluded: time that cuts a spell before it is held against `at_least`.
    """

    method: Time | Spells
    clock: Grid
    borders: tuple[int, ...]
    excluded: Spans

    @property
    def quantum(self) -> Quantum | None:
        return self.method.quantum if isinstance(self.method, Time) else None

    @property
    def excess(self) -> bool:
        return isinstance(self.method, Time) and self.method.count is Count.EXCESS


def counted(down: Spans, rule: Rule) -> Spans:
    """The time that counts as down: 2. exclusions cut, 3. edges clip, 5. quanta, 6. minimum length, 7. excess."""
    cut = down.minus(rule.excluded)
    if rule.method.edge is Edge.SPAN:
        return _lasting(cut, rule)
    # What a quantum adds beyond an edge counts for the length, and nowhere else.
    return Spans.of(part for span in _between(rule.borders) for part in _lasting(cut.within(span), rule).within(span))


def _between(borders: tuple[int, ...]) -> Iterator[Span]:
    """What lies between two borders is quantised and held against the minimum apart."""
    return (Span(start, end) for start, end in pairwise(sorted({-FOREVER, *borders, FOREVER})))


def _lasting(down: Spans, rule: Rule) -> Spans:
    least = rule.method.at_least
    spells = (one for one in quantised(down, rule.quantum, rule.clock) if one.seconds >= least)
    return Spans.of(Span(one.start + least * rule.excess, one.end) for one in spells)


def quantised(spells: Spans, quantum: Quantum | None, clock: Grid) -> Spans:
    """Brought to whole quanta; what then touches is one spell."""
    if quantum is None:
        return spells
    if quantum.mode is QuantumMode.WHOLE_CLOCK:
        return spells.inward(clock)
    if quantum.mode is QuantumMode.TOUCHED_CLOCK:
        return spells.outward(clock)
    up = quantum.of - 1 if quantum.mode is QuantumMode.CEIL else 0
    return Spans.of(Span(one.start, one.start + (one.seconds + up) // quantum.of * quantum.of) for one in spells)


def extremes(down: Spans, unknown: Spans, step: int, rule: Rule) -> tuple[Spans, Spans]:
    """The least and the most that can count as down, whatever the unknown time was.

    More time down lengthens and joins spells, so the ends are all unknown time up, and all of it down. Quanta by
    a spell's own length move with its start and may so leave the window, or come in: there less than a quantum
    is given away on either side.
    """
    least, most = counted(down, rule), counted(down.union(unknown), rule)
    quantum = rule.quantum
    if not unknown or quantum is None or quantum.mode not in (QuantumMode.FLOOR, QuantumMode.CEIL):
        return least, most
    slack = quantum.of - _grain(down.union(unknown), quantum, step, rule)
    longer = (one for one in down.union(unknown).minus(rule.excluded) if unknown.within(one))
    grown = (Span(one.start, one.end + slack) for one in longer if one.seconds >= _shortest(rule, quantum))
    shorter = (one for one in down.minus(rule.excluded) if unknown.within(Span(one.start - 1, one.end + 1)))
    return least.minus(Spans.of(_doubtful(one, quantum, slack) for one in shorter)), most.union(Spans.of(grown))


def _grain(doubtful: Spans, quantum: Quantum, step: int, rule: Rule) -> int:
    """What all lengths are multiples of: steps, unless something cuts them."""
    whole = Span(doubtful.parts[0].start, doubtful.parts[-1].end)
    cuts = {edge for part in rule.excluded for edge in (part.start, part.end)}
    cuts |= set(rule.borders) if rule.method.edge is Edge.CLIP else set()
    return gcd(quantum.of, step, *(cut for cut in cuts if cut in whole))


def _doubtful(spell: Span, quantum: Quantum, slack: int) -> Span:
    """What counts of the spell now, and may not once it is known how it began or went on."""
    if quantum.mode is QuantumMode.CEIL:
        return Span(spell.end, spell.end + slack)
    return Span(max(spell.start, spell.end - slack), spell.end)


def _shortest(rule: Rule, quantum: Quantum) -> int:
    """What is shorter never counts."""
    return max(rule.method.at_least, quantum.of) if quantum.mode is QuantumMode.FLOOR else 1


def cells_of(steps: Steps, lost: Spans, *, filled: bool) -> Cells:
    """Seconds of the steps, those in `lost` bad. A step up by a share is bad by the rest of it.

    Unknown steps hold nothing but what a quantum makes of them, or where `filled` is set all their seconds; known
    they are never.
    """
    unknown = np.isnan(steps.share)
    down = np.where(unknown, 1.0, 1 - steps.share)
    edges = _edges(steps, lost)
    index = np.searchsorted(steps.edges, edges[:-1], "right") - 1
    length, gap = np.diff(edges), unknown[index]
    inside = inside_of(edges[:-1], lost)
    # Seconds that a quantum adds to a spell are up by their state, and count as down all the same.
    bad = np.where(inside, np.where(down[index] > 0, down[index], 1.0), 0.0)
    total = np.where(gap & ~inside & (not filled), 0.0, length)
    return Cells(edges[:-1], edges[1:], fixed(total * (1 - bad)), fixed(total), np.where(gap, 0, length))


def _edges(steps: Steps, lost: Spans) -> Ints:
    """Wherever something changes, and each hour, for drawing."""
    borders = [border for part in lost.within(Span(steps.start, steps.end)) for border in (part.start, part.end)]
    hours = np.arange(-(-steps.start // HOUR) * HOUR, steps.end, HOUR)
    return np.unique(np.concatenate([steps.edges, np.array(borders, np.int64), hours])).astype(np.int64)


def inside_of(instants: Ints, spans: Spans) -> Mask:
    starts, ends = spans.borders
    inside: Mask = np.searchsorted(starts, instants, "right") > np.searchsorted(ends, instants, "right")
    return inside
