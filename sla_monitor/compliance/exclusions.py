"""Which excluded time counts, and why not more (measurement.md 5, domain.md 2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.spans import Span, Spans


class Effect(Enum):
    """What becomes of the time: it leaves the population, or it counts as up."""

    DROP = "drop"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Once:
    """A single span."""

    span: Span


@dataclass(frozen=True, slots=True)
class Recurring:
    """An RFC 5545 rule. `anchor` is the wall clock from which it counts; `length` real seconds."""

    rule: str
    anchor: datetime
    length: int


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """An iCalendar file: its name and what it said when the agreement was read."""

    name: str
    text: str = field(repr=False)


During = Once | Recurring | CalendarFile


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most so many seconds of scheduled time in a period of the agreement's calendar."""

    seconds: int
    per: Unit


@dataclass(frozen=True, slots=True)
class Rule:
    """An exclusion as it was agreed.

    `announced`: the instant it was declared, None where it is not said. `notice`: seconds before its start
    by which it must have been declared, None where none was agreed. `objectives` None: it is for all.
    """

    name: str
    category: str
    during: During
    effect: Effect = Effect.DROP
    announced: int | None = None
    notice: int | None = None
    allowance: Allowance | None = None
    objectives: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Who brought about that a rule applies, and why, in their own words."""

    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which a rule applies. `origin` None: the agreement itself says so.

    `begin`: where it would begin, had not an amendment cut it; None: it was not cut.
    """

    rule: Rule
    span: Span
    announced: int | None = None
    origin: Origin | None = None
    begin: int | None = None

    def within(self, span: Span) -> Occurrence:
        """The part while its rule is in force; notice of the whole must have been given."""
        if span.start <= self.span.start and self.span.end <= span.end:
            return self
        begin = self.span.start if self.begin is None else self.begin
        return replace(self, span=self.span.intersect(span), begin=begin)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Time that was declared and does not count, with the reason as a sentence."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What an occurrence excluded, and what of it was refused."""

    rule: Rule
    span: Span
    counted: Spans
    refused: tuple[Refusal, ...] = ()
    origin: Origin | None = None

    def within(self, span: Span) -> Applied:
        """The part inside one span."""
        if span.start <= self.span.start and self.span.end <= span.end:
            return self
        refused = (replace(one, span=one.span.intersect(span)) for one in self.refused)
        kept = tuple(one for one in refused if one.span.seconds)
        return replace(self, span=self.span.intersect(span), counted=self.counted.within(span), refused=kept)


UNPROMISED = "nothing was promised then: outside the service hours or the term"


def apply(occurrences: Iterable[Occurrence], promised: Spans, zone: ZoneInfo) -> tuple[Applied, ...]:
    """Each occurrence held against its notice, what was promised, and its rule's allowance, in order of time.

    `promised` is the population before exclusion, over whole periods of every allowance.
    """
    rules: dict[str, list[Occurrence]] = {}
    for occurrence in sorted(occurrences, key=lambda one: one.span):
        rules.setdefault(occurrence.rule.name, []).append(occurrence)
    found = [applied for one in rules.values() for applied in _of_rule(one, promised, zone)]
    return tuple(sorted(found, key=lambda applied: (applied.span, applied.rule.name)))


def _of_rule(occurrences: list[Occurrence], promised: Spans, zone: ZoneInfo) -> Iterator[Applied]:
    spent: dict[Span, int] = {}
    until = 0  # what two occurrences of a rule share is counted, and used up, once
    for one in occurrences:
        if (late := _late(one, zone)) is not None:
            yield Applied(one.rule, one.span, Spans(), (Refusal(one.span, late),), one.origin)
            continue
        declared = Spans.of([one.span.after(until)])
        usable = declared.intersect(promised)
        counted, over = _allowed(usable, one.rule.allowance, spent, zone)
        outside = tuple(Refusal(span, UNPROMISED) for span in declared.minus(usable))
        refused = tuple(sorted((*over, *outside), key=lambda said: said.span))
        yield Applied(one.rule, one.span, counted, refused, one.origin)
        until = max(until, one.span.end)


def _late(occurrence: Occurrence, zone: ZoneInfo) -> str | None:
    """Exactly the minimum is enough."""
    notice, announced = occurrence.rule.notice, occurrence.announced
    if notice is None:
        return None
    wanted = f"a notice of {_length(notice)} was agreed"
    if announced is None:
        return f"{wanted}, and it is not said when it was announced"
    begin = occurrence.span.start if occurrence.begin is None else occurrence.begin
    if announced <= begin - notice:
        return None
    return f"{wanted}, and it was announced only {periods.local_text(announced, zone)}"


def _allowed(
    usable: Spans, allowance: Allowance | None, spent: dict[Span, int], zone: ZoneInfo
) -> tuple[Spans, list[Refusal]]:
    """Split at the second at which the period's allowance is used up."""
    if allowance is None:
        return usable, []
    counted, over = [], []
    reason = f"the allowance of {_length(allowance.seconds)} a {allowance.per.value} is used up"
    for period, piece in _by_period(usable, allowance.per, zone):
        border = piece.start + allowance.seconds - spent.get(period, 0)
        counted.append(piece.before(border))
        spent[period] = spent.get(period, 0) + counted[-1].seconds
        if (rest := piece.after(border)).seconds:
            over.append(Refusal(rest, reason))
    return Spans.of(counted), over


def _by_period(usable: Spans, per: Unit, zone: ZoneInfo) -> Iterator[tuple[Span, Span]]:
    """The pieces of the time, each with the one period it lies in."""
    for part in usable:
        rest = part
        while rest.seconds:
            period = periods.window_at(Calendar(per), zone, rest.start).span
            yield period, rest.before(period.end)
            rest = rest.after(period.end)


def _length(seconds: int) -> str:
    sizes = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    return next(f"{seconds // size} {unit}" for size, unit in sizes if seconds % size == 0)
