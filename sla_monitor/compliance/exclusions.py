"""Which excluded time counts, and why not more (measurement.md 5, domain.md 2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.silences import Matcher
from sla_monitor.compliance.spans import NOWHEN, Span, Spans

CATEGORIES = ("maintenance", "force-majeure", "customer-caused", "third-party", "other")
"""What exclusions are told apart by; they all count alike."""


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


@dataclass(frozen=True, slots=True)
class Queried:
    """While a PromQL comparison answers with a series; asked of the source slice by slice."""

    query: str
    source: str
    slice_seconds: int


@dataclass(frozen=True, slots=True)
class Silenced:
    """While an Alertmanager has a silence that all the matchers mean."""

    matchers: tuple[Matcher, ...]


During = Once | Recurring | CalendarFile | Queried | Silenced


class Uses(Enum):
    """What an allowance is used up by: all time that is excluded, or only what of it was downtime."""

    SCHEDULED = "scheduled"
    DOWNTIME = "downtime"


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most so many seconds in a period of the agreement's calendar."""

    seconds: int
    per: Unit
    uses: Uses = Uses.SCHEDULED


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

    `unknown`: nobody could tell whether it applied, so nothing is excluded. `begin`: where it would begin, had not an
    amendment cut it; None: it was not cut.
    """

    rule: Rule
    span: Span
    announced: int | None = None
    origin: Origin | None = None
    unknown: bool = False
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
UNKNOWN = "nobody could tell whether the condition held: nothing was measured, or its series were not there"


def apply(
    occurrences: Iterable[Occurrence], promised: Spans, zone: ZoneInfo, down: Spans = NOWHEN
) -> tuple[Applied, ...]:
    """Each occurrence held against its notice, what was promised, and its rule's allowance, in order of time.

    `promised` is the population before exclusion, over whole periods of every allowance. `down`: when the
    promise was really broken, for the allowances that only downtime uses up.
    """
    rules: dict[str, list[Occurrence]] = {}
    for occurrence in sorted(occurrences, key=_order):
        rules.setdefault(occurrence.rule.name, []).append(occurrence)
    found = [applied for one in rules.values() for applied in _of_rule(one, promised, zone, down)]
    return in_order(found)


def _order(one: Occurrence) -> tuple[Span, int, str, str]:
    said = one.origin or Origin("", "")
    return one.span, one.announced or 0, said.author, said.reason


def in_order(applied: Iterable[Applied]) -> tuple[Applied, ...]:
    return tuple(sorted(applied, key=lambda one: (one.span, one.rule.name)))


def _of_rule(occurrences: list[Occurrence], promised: Spans, zone: ZoneInfo, down: Spans) -> Iterator[Applied]:
    spent: dict[Span, int] = {}
    until = 0  # what two occurrences of a rule share is counted, and used up, once
    for one in occurrences:
        refusal = UNKNOWN if one.unknown else _late(one, zone)
        if refusal is not None:
            yield Applied(one.rule, one.span, Spans(), (Refusal(one.span, refusal),), one.origin)
            continue
        declared = Spans.of([one.span.after(until)])
        usable = declared.intersect(promised)
        over = tuple(_exceeding(usable, one.rule.allowance, spent, zone, down)) if one.rule.allowance else ()
        outside = tuple(Refusal(span, UNPROMISED) for span in declared.minus(usable))
        refused = tuple(sorted((*over, *outside), key=lambda said: said.span))
        counted = usable.minus(Spans.of(said.span for said in over))
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


def _exceeding(
    usable: Spans, allowance: Allowance, spent: dict[Span, int], zone: ZoneInfo, down: Spans
) -> Iterator[Refusal]:
    """What is left of each period from the second on at which its allowance is used up."""
    scheduled = allowance.uses is Uses.SCHEDULED
    what = "" if scheduled else " of downtime"
    reason = f"the allowance of {_length(allowance.seconds)}{what} a {allowance.per.value} is used up"
    for period, piece in _by_period(usable, allowance.per, zone):
        using = Spans((piece,)) if scheduled else down.within(piece)
        over = using.beyond(allowance.seconds - spent.get(period, 0))
        spent[period] = spent.get(period, 0) + using.seconds - over.seconds
        yield from (Refusal(span, reason) for span in over)


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
