"""When a promise holds: service hours, and what was excluded (measurement.md 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sla_monitor.compliance.exclusions import Applied, Effect
from sla_monitor.compliance.spans import Span, Spans


@dataclass(frozen=True)
class Schedule:
    """Over some stretch of time. `hours` None: the promise holds around the clock."""

    hours: Spans | None = None
    exclusions: tuple[Applied, ...] = ()

    @cached_property
    def dropped(self) -> Spans:
        return Spans.of(self._counted(Effect.DROP))

    @cached_property
    def favoured(self) -> Spans:
        """Counts as up, except where other exclusions take it out."""
        return Spans.of(self._counted(Effect.GOOD)).minus(self.dropped)

    @cached_property
    def excluded(self) -> Spans:
        """Whatever the effect; what several exclude, once."""
        return self.dropped.union(self.favoured)

    def promised(self, spans: Iterable[Span]) -> Spans:
        """What of the spans lies in service hours, before exclusion."""
        return Spans.of(spans) if self.hours is None else Spans.of(spans).intersect(self.hours)

    def borders(self, span: Span) -> set[int]:
        """The instants inside the span at which something begins or ends to count."""
        sets = (self.hours or Spans(), self.dropped, self.favoured)
        return {at for one in sets for part in one.within(span) for at in (part.start, part.end)}

    def applied(self, span: Span) -> tuple[Applied, ...]:
        """The exclusions that touch the span, as far as they lie in it."""
        touching = (one for one in self.exclusions if one.span.start < span.end and span.start < one.span.end)
        return tuple(one.within(span) for one in touching)

    def _counted(self, effect: Effect) -> Iterable[Span]:
        return (span for one in self.exclusions if one.rule.effect is effect for span in one.counted)


ALWAYS = Schedule()
"""Around the clock, and nothing is excluded."""
