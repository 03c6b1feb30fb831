"""What came back for the questions, put together into readings."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from sla_monitor.compliance.slices import Block, Floats, Ints
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Combine, Probe, Threshold
from sla_monitor.errors import SlaMonitorError, SourceUnavailableError
from sla_monitor.sources import asks, cutting
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
from sla_monitor.sources.cutting import Mask
from sla_monitor.sources.sheaves import Sheaf
from sla_monitor.sources.wire import Keys, Table

ENOUGH_FAILURES = 3
"""After so many questions without an answer the rest is not asked: each would wait out its time."""


@dataclass
class Answers:
    """What came back for each question, and the stretches of it that ended in an error."""

    tables: dict[Ask, list[Table]] = field(default_factory=dict)
    errors: dict[Ask, list[tuple[Span, SlaMonitorError]]] = field(default_factory=dict)
    unavailable: list[SourceUnavailableError] = field(default_factory=list)

    def note(self, error: SlaMonitorError) -> None:
        if isinstance(error, SourceUnavailableError):
            self.unavailable.append(error)

    def raise_if_away(self) -> None:
        if len(self.unavailable) >= ENOUGH_FAILURES:
            raise self.unavailable[0]

    def grid(self, ask: Ask, sheaf: Sheaf, span: Span) -> Floats:
        """(members · steps,): a member's values behind those of the member before it."""
        for failed, error in self.errors.get(ask, ()):
            if failed.intersect(span).seconds:
                raise error
        first, last = ask.points(span)
        owners = _owners_of(sheaf, ask.by)
        grid = np.full((len(owners.place), (last - first) // ask.step + 1), np.nan)
        for table in self.tables.get(ask, ()):
            rows = owners.rows_of(table.keys)[table.rows]
            cutting.put(grid, rows, (table.times - first) // ask.step, table.values)
        return grid[owners.rows].ravel()


@dataclass(frozen=True, eq=False)
class _Owners:
    """place: the rows of a grid by their labels. rows: of each member of the sheaf its row."""

    place: dict[tuple[str, ...], int]
    rows: Ints

    def rows_of(self, keys: Keys) -> Ints:
        """Of each row of an answer that of the grid; -1 where it is nobody's."""
        if keys.rows is None or keys.rows[0] is not self:
            place = self.place.get
            keys.rows = self, np.array([place(key, -1) for key in keys.values], np.int64)
        return keys.rows[1]


def _owners_of(sheaf: Sheaf, by: tuple[str, ...]) -> _Owners:
    """The same for several questions, and from minute to minute."""
    memo, which = sheaf.bundle.memo, (_Owners, sheaf.by, by)
    if which not in memo:
        memo[which] = _owners(sheaf, by)
    owners: _Owners = memo[which]
    return owners


def _owners(sheaf: Sheaf, by: tuple[str, ...]) -> _Owners:
    own = sheaf.values
    if by != sheaf.by:
        which = [sheaf.by.index(label) for label in by]
        own = tuple(tuple([values[i] for i in which]) for values in sheaf.values)
    place = {key: row for row, key in enumerate(dict.fromkeys(own))}
    return _Owners(place, np.array([place[key] for key in own], np.int64))


@dataclass(frozen=True)
class Question:
    """What is asked of a sheaf's members together, over one span."""

    sheaf: Sheaf
    span: Span
    asks: Asks


def raw_wanted(question: Question, answers: Answers) -> list[tuple[Ask, Span]]:
    """Raw samples are asked for only where a target shows no `up`."""
    wishes: list[tuple[Ask, Span]] = []
    for sighting in asks.sightings(question.asks):
        with contextlib.suppress(SlaMonitorError):
            if (dark := _dark(sighting.up, question, answers)).seconds:
                wishes += [(raw, dark) for raw in sighting.raw]
    return wishes


def _dark(up: Ask, question: Question, answers: Answers) -> Span:
    """From the first slice in which some member's target shows no `up` to the last."""
    span = question.span
    seen = answers.grid(up, question.sheaf, span).reshape(len(question.sheaf), -1)
    found = np.flatnonzero(np.isnan(seen).any(axis=0))
    if not len(found):
        return Span(span.start, span.start)
    return Span(span.start + int(found[0]) * up.step, span.start + (int(found[-1]) + 1) * up.step)


Parts = tuple[Block, Ints]
"""The slices of the members, and of each how many are unknown only because the queries contradicted themselves."""


def cut(question: Question, answers: Answers) -> Parts:
    """Raises what a question of theirs ended in."""
    s, span, count = question.sheaf.asked.slice_seconds, question.span, len(question.sheaf)
    # Slices are cut each for itself, so that those of all members can stand in one row, as if of one long time.
    row = Span(span.start, span.start + span.seconds * count)
    whole = _Taken(answers, question, row, s).cut(question.asks)
    cut, shape = whole.slices, (count, -1)
    starts = cut.starts[: len(cut) // count]
    states = None if cut.states is None else cut.states.reshape(count, len(starts), -1)
    block = Block(s, starts, cut.good.reshape(shape), cut.total.reshape(shape), cut.known.reshape(shape), states)
    return block, whole.wrong.reshape(shape).sum(axis=1)


@dataclass(frozen=True)
class _Taken:
    """The answers to a question, of all members in one row, cut into slices of s seconds."""

    answers: Answers
    question: Question
    row: Span
    s: int

    def cut(self, asked: Asks) -> cutting.Cut:
        match asked:
            case EventAsks():
                return self._events(asked)
            case AmountAsks():
                return self._amounts(asked)
            case SecondAsks():
                return self._seconds(asked)
            case ValueAsks():
                return self._values(asked)
            case CompositeAsks(down, parts):
                return cutting.composite(self.row, down, [self.cut(part) for part in parts])
        assert_never(asked)

    def _events(self, asked: EventAsks) -> cutting.Cut:
        total, part = self._added(asked.total), self._added(asked.part)
        known = self._known(asked.sightings) if asked.sightings else ~np.isnan(total)
        bad, kept = asked.part_is_bad, asked.part_is_kept
        return cutting.events(self.row, self.s, total, part, known, part_is_bad=bad, part_is_kept=kept)

    def _amounts(self, asked: AmountAsks) -> cutting.Cut:
        amount = self._added(asked.of)
        known = self._known(asked.sightings) if asked.sightings else ~np.isnan(amount)
        return cutting.amounts(self.row, self.s, amount, known, is_counter=asked.is_counter)

    def _seconds(self, asked: SecondAsks) -> cutting.Cut:
        share, series = cutting.finite(self._grid(asked.value)), None
        indicator = asked.indicator
        combine = indicator.combine if isinstance(indicator, Probe) else None
        if isinstance(indicator, Threshold):
            share = cutting.held(share, indicator.comparison, float(indicator.limit))
        share = np.where(self._present(asked), share, np.nan)
        if asked.count is not None:
            series = self._grid(asked.count)
            share = share / series
        if combine is Combine.QUORUM:
            share = cutting.quorum(share)
        return cutting.seconds(self.row, self.s, share, series if combine is Combine.POOLED else None)

    def _values(self, asked: ValueAsks) -> cutting.Cut:
        answered = self._grid(asked.value)
        samples = np.where(self._present(asked), cutting.finite(answered), np.nan)
        ups = [self._grid(up) for up in asked.ups]
        # What is no number is no silence, whatever the target says.
        silent = np.isnan(samples) & ~np.isinf(answered) & _all_up(ups, len(answered))
        return cutting.values(self.row, self.s, samples, silent)

    def _known(self, sightings: tuple[Sighting, ...]) -> Mask:
        """Some target was seen and none was down all through the slice."""
        seen = down = np.zeros(self.row.seconds // self.s, dtype=bool)
        for sighting in sightings:
            up = self._grid(sighting.up)
            raw = _any([self._grid(ask) > 0 for ask in sighting.raw])
            seen = seen | (up > 0) | (np.isnan(up) & raw)
            down = down | (up == 0)
        return seen & ~down

    def _present(self, asked: SecondAsks | ValueAsks) -> Mask:
        """Where a raw sample lies; everywhere where no series is read."""
        if not asked.presence:
            return np.ones(self.row.seconds // asked.value.step, dtype=bool)
        return _any([self._grid(ask) > 0 for ask in asked.presence])

    def _added(self, parts: tuple[Ask, ...]) -> Floats:
        return cutting.added([self._grid(ask) for ask in parts])

    def _grid(self, ask: Ask) -> Floats:
        return self.answers.grid(ask, self.question.sheaf, self.question.span)


def _all_up(ups: list[Floats], length: int) -> Mask:
    """Where some target was scraped and none was down."""
    if not ups:
        return np.zeros(length, dtype=bool)
    return _any([up > 0 for up in ups]) & ~_any([up == 0 for up in ups])


def _any(masks: list[Mask]) -> Mask:
    together = np.zeros(len(masks[0]), dtype=bool)
    for mask in masks:
        together = together | mask
    return together
