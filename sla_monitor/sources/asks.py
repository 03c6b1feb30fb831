"""What is asked for one measurement, and how the answers belong together."""

from __future__ import annotations

from dataclasses import dataclass

from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Down, Probe, Threshold


@dataclass(frozen=True, slots=True)
class Ask:
    """An expression on a grid of `step` seconds: at the end of each cell, or else at its start.

    reads: raw samples of a series it reads for one point, by estimate. by: labels that tell its rows apart, of
    measurements asked for together.
    """

    expr: str
    step: int
    at_end: bool
    reads: int = 1
    by: tuple[str, ...] = ()

    def points(self, span: Span) -> tuple[int, int]:
        """First and last instant asked for, to cover the span (whole steps)."""
        shift = self.step if self.at_end else 0
        return span.start + shift, span.end - self.step + shift


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a target is known: by its `up` first, by raw samples of any series where it has no `up`."""

    up: Ask
    raw: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class EventAsks:
    """total and part are added up; `part_is_bad` tells what the part counts.

    part_is_kept: the part is always there beside the total (a histogram's bucket), so that it is missed
    where it is absent; else its absence means 0 of it. sightings: none where the query reads no series.
    """

    total: tuple[Ask, ...]
    part: tuple[Ask, ...]
    part_is_bad: bool
    sightings: tuple[Sighting, ...]
    part_is_kept: bool = False

    def first(self) -> tuple[Ask, ...]:
        return (*self.total, *self.part, *(sighting.up for sighting in self.sightings))


@dataclass(frozen=True, slots=True)
class AmountAsks:
    """`of` is added up. is_counter: an increase, which extrapolation leaves near a whole number."""

    of: tuple[Ask, ...]
    sightings: tuple[Sighting, ...]
    is_counter: bool

    def first(self) -> tuple[Ask, ...]:
        return (*self.of, *(sighting.up for sighting in self.sightings))


@dataclass(frozen=True, slots=True)
class SecondAsks:
    """`value` at each step; `count` of series where it is their sum; `presence` of raw samples where it lingers."""

    indicator: Probe | Threshold
    value: Ask
    count: Ask | None
    presence: tuple[Ask, ...]

    def first(self) -> tuple[Ask, ...]:
        return (self.value, *([self.count] if self.count else []), *self.presence)


@dataclass(frozen=True, slots=True)
class ValueAsks:
    """`value` at each step, `presence` as of seconds; `ups` tell a silent target from one that was not scraped."""

    value: Ask
    presence: tuple[Ask, ...]
    ups: tuple[Ask, ...]

    def first(self) -> tuple[Ask, ...]:
        return (self.value, *self.presence, *self.ups)


@dataclass(frozen=True, slots=True)
class CompositeAsks:
    """Each part is asked for at its own resolution."""

    down: Down
    parts: tuple[Asks, ...]

    def first(self) -> tuple[Ask, ...]:
        return tuple(ask for part in self.parts for ask in part.first())


Asks = EventAsks | AmountAsks | SecondAsks | ValueAsks | CompositeAsks


def sightings(asks: Asks) -> tuple[Sighting, ...]:
    """All that are looked for, also of the parts."""
    match asks:
        case CompositeAsks(parts=parts):
            return tuple(one for part in parts for one in sightings(part))
        case EventAsks(sightings=found) | AmountAsks(sightings=found):
            return found
        case SecondAsks() | ValueAsks():
            return ()


def later(asks: Asks) -> tuple[Ask, ...]:
    """What is asked for only where a target shows no `up`."""
    return tuple(ask for sighting in sightings(asks) for ask in sighting.raw)


def asked(asks: Asks) -> tuple[Asked, ...]:
    """The queries with their part in the answer, to be kept and told with what came of them."""
    return tuple(Asked(part, ask.expr, ask.step, ask.at_end) for part, found in _by_part(asks).items() for ask in found)


def _by_part(asks: Asks) -> dict[str, tuple[Ask, ...]]:
    match asks:
        case EventAsks(total=total, part=part):
            return {"total": total, "bad" if asks.part_is_bad else "good": part, **_sighted(asks.sightings)}
        case AmountAsks(of=of):
            return {"amount": of, **_sighted(asks.sightings)}
        case SecondAsks(value=value, count=count, presence=presence):
            return {"value": (value,), "count": (count,) if count else (), "presence": presence}
        case ValueAsks(value=value, presence=presence, ups=ups):
            return {"value": (value,), "presence": presence, "up": ups}
        case CompositeAsks(parts=parts):
            numbered = ((number, _by_part(part)) for number, part in enumerate(parts, 1))
            return {f"part {number} {name}": found for number, inner in numbered for name, found in inner.items()}


def _sighted(found: tuple[Sighting, ...]) -> dict[str, tuple[Ask, ...]]:
    return {"up": tuple(one.up for one in found), "raw": tuple(ask for one in found for ask in one.raw)}
