"""What was promised: agreements as frozen records. All instants are POSIX seconds, UTC."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import NewType
from zoneinfo import ZoneInfo

from sla_monitor.compliance import ratios
from sla_monitor.compliance.exclusions import Rule
from sla_monitor.compliance.methods import Events, Method, Share
from sla_monitor.compliance.periods import Lapse, WindowSpec
from sla_monitor.compliance.ratios import Comparison, Rounding
from sla_monitor.compliance.remedies import Remedy
from sla_monitor.compliance.spans import Span

AgreementName = NewType("AgreementName", str)
ObjectiveName = NewType("ObjectiveName", str)
SourceName = NewType("SourceName", str)
MeasurementKey = NewType("MeasurementKey", str)
"""128 bits in hex over indicator, source and slice length: what a slice is filed under."""

ObjectiveKey = tuple[AgreementName, ObjectiveName]


class AgreementType(Enum):
    CUSTOMER = "customer"
    INTERNAL = "internal"
    SUPPLIER = "supplier"


class NoData(Enum):
    """What an unknown slice counts as (measurement.md 4)."""

    UNKNOWN = "unknown"
    GOOD = "good"
    BAD = "bad"
    EXCLUDE = "exclude"


class PartialWindow(Enum):
    """How a window cut by the agreement's term is judged (measurement.md 6); full: a count is not prorated."""

    PRORATE = "prorate"
    ASSUME_GOOD = "assume-good"
    SKIP = "skip"
    FULL = "full"


class ExclusionOrder(Enum):
    """Whether excluded time is taken out before down spells are held against a minimum length, or after."""

    BEFORE = "before"
    AFTER = "after"


class Combine(Enum):
    """How the series of a probe are merged, instant by instant."""

    ANY = "any"
    ALL = "all"
    MEAN = "mean"
    QUORUM = "quorum"
    POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class Query:
    """Free PromQL that gives the events of a slice; `$slice` stands for the range."""

    expr: str


Selection = tuple[str, ...] | Query
"""Vector selectors whose increases are added up, or one free query."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Counters. Exactly one of `good` and `bad` is given; `total` holds all events."""

    total: Selection
    good: Selection | None = None
    bad: Selection | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """A histogram selector without the `_bucket` suffix; `threshold` in seconds, a bucket's bound."""

    histogram: str
    threshold: Fraction


@dataclass(frozen=True, slots=True)
class Probe:
    """0/1 gauges."""

    series: str
    combine: Combine = Combine.ANY


@dataclass(frozen=True, slots=True)
class Threshold:
    """A gauge held against a number; up while it holds."""

    query: str
    comparison: Comparison
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Value:
    """A gauge whose samples are judged by a statistic."""

    query: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity that adds up: a counter's increase, or a free query of a slice's amount."""

    of: Selection


class Down(Enum):
    """When a composite is down: while all, or any, of its parts are."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Composite:
    """Parts that are each up or down, or up by a share, at each instant."""

    down: Down
    of: tuple[Indicator, ...]


Indicator = Ratio | Latency | Probe | Threshold | Value | Amount | Composite


def _canonical(value: object) -> str:
    """A text that stays the same when a later version gives a record one more field with a default.

    Else every slice of an old ledger would be lost to the new version.
    """
    if isinstance(value, tuple):
        return f"({','.join(map(_canonical, value))})"
    if isinstance(value, Indicator | Query):
        said = ((f.name, getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) != f.default)
        return f"{type(value).__name__}({','.join(f'{name}={_canonical(one)}' for name, one in said)})"
    return repr(value.value) if isinstance(value, Enum) else repr(value)


class Content(Enum):
    """What a slice holds (measurement.md 1).

    events: good and total. seconds: good and known, and the state at each step. values: the sum of the samples as
    good, their number as total, and each sample. amount: the amount, as good and as total.
    """

    EVENTS = "events"
    SECONDS = "seconds"
    VALUES = "values"
    AMOUNT = "amount"


_HOLDS: dict[type, Content] = {
    Ratio: Content.EVENTS,
    Latency: Content.EVENTS,
    Value: Content.VALUES,
    Amount: Content.AMOUNT,
}


@dataclass(frozen=True)
class Measurement:
    """What is asked of a source for each slice. Objectives with equal measurements share slices."""

    source: SourceName
    indicator: Indicator
    slice_seconds: int

    @cached_property
    def key(self) -> MeasurementKey:
        text = _canonical((self.source, self.indicator, self.slice_seconds))
        return MeasurementKey(hashlib.sha256(text.encode()).hexdigest()[:32])

    @property
    def holds(self) -> Content:
        return _HOLDS.get(type(self.indicator), Content.SECONDS)

    @property
    def is_counted(self) -> bool:
        """True: counted over the whole slice, which cannot be split; False: sampled at steps inside it."""
        return self.holds in (Content.EVENTS, Content.AMOUNT)


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours: OpenStreetMap's opening_hours in the agreement's wall clock; `holidays`: whose days PH are."""

    text: str
    holidays: str = ""


@dataclass(frozen=True)
class Objective:
    """One promise.

    `target`, `warn_at` and `min_coverage` are ratios (999/1000 for 99.9 %); under methods that give no share,
    target and warn_at are in the unit of the value, and shown_in is its sign: `s`, `%`, or nothing. `warn_at` None:
    there is no stricter internal goal. `rounding` None: compared exactly. `remedy` None: no credits. `hours` None:
    the promise holds around the clock.
    """

    name: ObjectiveName
    description: str
    target: Fraction
    comparison: Comparison
    warn_at: Fraction | None
    measurement: Measurement
    method: Method
    window: WindowSpec
    partial_window: PartialWindow
    no_data: NoData
    min_coverage: Fraction
    rounding: Rounding | None
    remedy: Remedy | None = None
    hours: Hours | None = None
    exclusion_order: ExclusionOrder = ExclusionOrder.BEFORE
    shown_in: str = ""

    @property
    def unit(self) -> str:
        """What good, total and bad are counted in; of statistics, what the value is in."""
        return self.method.unit

    @property
    def is_share(self) -> bool:
        """The promise is a share of what was counted, with an error budget; else a number against a limit."""
        return isinstance(self.method, Share)

    def compared(self, number: Fraction) -> Fraction:
        """As it is held against the target: percentages are rounded before, as agreed."""
        percentage = self.is_share or self.shown_in == "%"
        return ratios.round_percent(number, self.rounding) / 100 if percentage else number

    @property
    def counts_events(self) -> bool:
        """Unknown time adds nothing to the population, and the budget grows with the traffic."""
        return isinstance(self.method, Events)

    @property
    def budget_share(self) -> Fraction:
        """The share that may be bad: 1 − target."""
        return 1 - self.target


class Policy(Enum):
    """How a window is judged in which an amendment becomes effective (measurement.md 7)."""

    WEIGHTED = "weighted"
    AT_START = "at-start"
    AT_END = "at-end"
    SPLIT = "split"


@dataclass(frozen=True)
class Amendment:
    """What was agreed anew. `objectives` are those it changes, whole, as they stand from then on.

    `exclusions` are all that hold from then on; None: they stay.
    """

    effective: int
    reason: str
    agreed_by: tuple[str, ...]
    policy: Policy
    objectives: tuple[Objective, ...]
    exclusions: tuple[Rule, ...] | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """The term goes on by `every`, time after time; `notice` before its end somebody must object. None: at any time."""

    every: Lapse
    notice: Lapse | None = None


@dataclass(frozen=True, slots=True)
class Reviews:
    """How often the agreement itself is looked at, and by whom."""

    every: Lapse
    with_: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    role: str = ""
    email: str = ""
    url: str = ""
    responsible_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """`after` seconds of a critical problem, `to` is told; None for `update_every`: once."""

    after: Fraction
    to: str
    action: str
    runbook: str = ""
    update_every: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """Where an agreement was read: file, line of its document, and its text (for digests)."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Agreement:
    """A contract in force. `term` ends at `spans.FOREVER` where no end was agreed, or it is renewed without one.

    `until`: the end of the first term as agreed. `terminated`: when somebody ended it. `objectives` are the
    promises as first agreed; `amendments` change them, in order of time. `presence`: when a customer was there who was
    found and not written down; None: nobody asked.
    """

    name: AgreementName
    labels: tuple[tuple[str, str], ...]
    title: str
    type: AgreementType
    provider: str
    customer: str
    customer_kind: str
    service: str
    scope: str
    restrictions: tuple[str, ...]
    reference: str
    zone: ZoneInfo
    term: Span
    objectives: tuple[Objective, ...]
    contacts: tuple[Contact, ...] = ()
    escalation: tuple[EscalationStep, ...] = ()
    credit_of: str = ""
    until: int | None = None
    renewal: Renewal | None = None
    terminated: int | None = None
    reviews: Reviews | None = None
    amendments: tuple[Amendment, ...] = ()
    exclusions: tuple[Rule, ...] = ()
    presence: Span | None = None
    document: Document = field(default_factory=lambda: Document("", 0, ""))
