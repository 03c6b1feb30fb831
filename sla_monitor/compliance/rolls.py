"""Who is there to be promised something, and since when, where customers are found by a query.

Minutes stand for themselves: who is seen at an instant is there for the minute that begins with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import SourceName

STEP = 60
GONE_AFTER = 86_400
"""Seconds without being seen after which a customer has gone: an outage of what tells of it must not end a contract."""


@dataclass(frozen=True, slots=True)
class Search:
    """How the customers of a template are found: each value of the label is one of them."""

    template: str
    source: SourceName
    query: str
    label: str


@dataclass(frozen=True, slots=True)
class Presence:
    """One time during which a customer is there.

    since None: it was there at the first look. until: the end of the last minute in which it was seen; None: it was
    seen at the last look. gone: seconds since then in which it would have been seen, had it been there.
    """

    since: int | None
    until: int | None = None
    gone: int = 0

    @property
    def is_over(self) -> bool:
        """It has been gone for so long that it counts as gone since it was last seen."""
        return self.gone >= GONE_AFTER

    @property
    def end(self) -> int | None:
        """None: it goes on."""
        return self.until if self.is_over else None


@dataclass(frozen=True, slots=True)
class Call:
    """What was answered for the minutes of a span. told: those of which the source could tell; there: who, and when."""

    span: Span
    told: Spans
    there: Mapping[str, Spans]


@dataclass(frozen=True)
class Roll:
    """Everybody who was ever seen, each with the times during which they were there. looked None: nobody looked yet."""

    looked: int | None = None
    times: Mapping[str, tuple[Presence, ...]] = field(default_factory=dict)

    @property
    def present(self) -> int:
        """How many there are."""
        return sum(not times[-1].is_over for times in self.times.values())


def followed(roll: Roll, call: Call) -> Roll:
    """The roll after one more call. Of what the source cannot tell nothing follows: nobody is gone for that.

    Whoever is there as before has the same times, and where that is everybody the roll has: thousands are compared so.
    """
    if roll.looked is None and not call.told:
        return roll
    first = call.told.parts[0].start if roll.looked is None else None
    names = [*roll.times, *(name for name in call.there if name not in roll.times)]
    times = {name: _times(roll.times.get(name, ()), call.there.get(name, Spans()), call, first) for name in names}
    same = len(times) == len(roll.times) and all(one is roll.times[name] for name, one in times.items())
    return Roll(call.span.end, roll.times if same else times)


def _times(known: tuple[Presence, ...], there: Spans, call: Call, first: int | None) -> tuple[Presence, ...]:
    """`first`: the first minute of which the source could tell, where nobody has looked before."""
    before, now = list(known[:-1]), known[-1] if known else None
    if now is not None and now.until is None and there.parts == (call.span,):
        return known
    seen = call.span.start if now is None or now.until is None else now.until
    for part in there:
        missed = None if now is None else _missed(now, seen, part.start, call)
        if missed is None or missed.is_over:
            before += [] if missed is None else [missed]
            now = Presence(None if part.start == first else part.start)
        else:
            now = replace(missed, until=None, gone=0)
        seen = part.end
    if now is not None and seen < call.span.end:
        now = _missed(now, seen, call.span.end, call)
    return tuple(before) if now is None else (*before, now)


def _missed(presence: Presence, seen: int, until: int, call: Call) -> Presence:
    """As it stands when it was not seen from `seen` on."""
    if presence.is_over:
        return presence
    missing = call.told.within(Span(max(seen, call.span.start), until)).seconds
    return replace(presence, until=seen, gone=presence.gone + missing)
