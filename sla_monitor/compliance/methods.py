"""How slices become a number: the methods of agreements, with their options (measurement.md 3, domain.md 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import ClassVar

from sla_monitor.compliance.ratios import Comparison


class Edge(Enum):
    """What becomes of a down spell that crosses the window's edge, before it is held against `at_least`."""

    SPAN = "span"
    CLIP = "clip"


class Count(Enum):
    """What counts of a spell that is long enough: all of it, or what goes beyond the length."""

    WHOLE = "whole"
    EXCESS = "excess"


class QuantumMode(Enum):
    """How spells are brought to whole quanta: each by its own length from its start, or by the clock.

    whole-clock: clock quanta wholly down ("partial minutes never count"); touched-clock: every one touched.
    """

    FLOOR = "floor"
    CEIL = "ceil"
    WHOLE_CLOCK = "whole-clock"
    TOUCHED_CLOCK = "touched-clock"


@dataclass(frozen=True, slots=True)
class Quantum:
    """`of` in seconds."""

    of: int
    mode: QuantumMode = QuantumMode.FLOOR


class Traffic(Enum):
    """What an interval with few events, or none, counts as."""

    AS_IS = "as-is"
    GOOD = "good"
    BAD = "bad"
    EXCLUDE = "exclude"
    UNKNOWN = "unknown"


class Weight(Enum):
    """What counts once: an interval whatever its length, or each second of it; a sample, or a slice's mean."""

    INTERVAL = "interval"
    TIME = "time"
    SAMPLE = "sample"
    SLICE = "slice"


class Anchor(Enum):
    """Where the grid of intervals begins: with each window, or with the epoch."""

    WINDOW = "window"
    EPOCH = "epoch"


@dataclass(frozen=True, slots=True)
class Condition:
    """An interval is bad when its bad share (0 to 1), or its value, compares so with the limit."""

    comparison: Comparison
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Events:
    """Good events by all events."""

    name: ClassVar[str] = "events"
    unit: ClassVar[str] = "events"


@dataclass(frozen=True, slots=True)
class Time:
    """Good seconds by known seconds. `at_least`: seconds; shorter down spells do not count."""

    name: ClassVar[str] = "time"
    unit: ClassVar[str] = "seconds"
    at_least: int = 0
    count: Count = Count.WHOLE
    quantum: Quantum | None = None
    edge: Edge = Edge.SPAN

    @property
    def by_spells(self) -> bool:
        """Down time is counted spell by spell, which needs every step; else sums are enough."""
        return self.at_least > 0 or self.quantum is not None


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of `every` seconds, built from whole slices. `bad_when` None: each is graded by its good share."""

    name: ClassVar[str] = "intervals"
    every: int
    bad_when: Condition | None = None
    at_least: int = 0
    edge: Edge = Edge.SPAN
    min_events: int = 0
    low_traffic: Traffic = Traffic.AS_IS
    empty: Traffic = Traffic.GOOD
    weight: Weight = Weight.INTERVAL
    anchor: Anchor = Anchor.WINDOW

    @property
    def unit(self) -> str:
        return "intervals" if self.bad_when is None and self.weight is Weight.INTERVAL else "seconds"


@dataclass(frozen=True, slots=True)
class Total:
    """The amount, held against the target."""

    name: ClassVar[str] = "total"
    unit: ClassVar[str] = "amount"


class Statistic(Enum):
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    PERCENTILE = "percentile"


@dataclass(frozen=True, slots=True)
class Stat:
    """A statistic over samples, or over the means of slices. `p`: of the percentile, above 0 and at most 100."""

    unit: ClassVar[str] = "value"
    of: Statistic
    weight: Weight = Weight.SAMPLE
    p: Fraction = Fraction(0)

    @property
    def name(self) -> str:
        return self.of.value


class SpellStatistic(Enum):
    """`between`: the mean time from the end of one spell to the start of the next."""

    LONGEST = "longest"
    COUNT = "count"
    MEAN = "mean"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Spells:
    """A statistic over the down spells of at least `at_least` seconds."""

    name: ClassVar[str] = "spells"
    statistic: SpellStatistic = SpellStatistic.LONGEST
    at_least: int = 0
    edge: Edge = Edge.SPAN

    @property
    def unit(self) -> str:
        return "spells" if self.statistic is SpellStatistic.COUNT else "seconds"


Share = Events | Time | Intervals
"""Methods whose target is a share of what was counted, with an error budget."""

Method = Share | Total | Stat | Spells

EVENTS, TIME, TOTAL = Events(), Time(), Total()


def grows(method: Method) -> bool:
    """More time can only raise the value, so that what is reached, or exceeded, stays so."""
    if isinstance(method, Spells):
        return method.statistic in (SpellStatistic.LONGEST, SpellStatistic.COUNT)
    return isinstance(method, Total) or (isinstance(method, Stat) and method.of is Statistic.MAX)
