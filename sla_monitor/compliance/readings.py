"""What passes between those who ask a source, the ledger and those who judge: requests and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sla_monitor.compliance.slices import Slices, empty
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement, MeasurementKey
from sla_monitor.errors import SlaMonitorError


@dataclass(frozen=True)
class Want:
    """A measurement over a span of whole slices."""

    measurement: Measurement
    span: Span


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was sent for a measurement, the part it has in it, and the grid it was asked on.

    at_end: once for each `step` of seconds, at its end; else at its start.
    """

    part: str
    query: str
    step: int
    at_end: bool


@dataclass(frozen=True)
class Reading:
    """Slices for the whole span that was wanted, or the error that left it unmeasured.

    contradictions: slices left unknown because their queries disagreed (more good than total). asked: by what queries.
    """

    want: Want
    slices: Slices | None
    error: SlaMonitorError | None = None
    contradictions: int = 0
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Reach:
    """What cells are wanted of: a measurement, a span, and the instants at which cells must be split.

    finely: of the newest day every slice, to draw it.
    """

    key: MeasurementKey
    span: Span
    cuts: tuple[int, ...]
    finely: bool = False


@dataclass(frozen=True)
class Seen:
    """What was measured up to an instant: `slices` gives those of a measurement that start inside a span."""

    until: int
    slices: Callable[[MeasurementKey, Span], Slices]


UNSEEN = Seen(0, lambda _key, _span: empty(1))
"""Nothing was measured."""


@dataclass(frozen=True)
class Written:
    """Slices written, how many of them said something else before, and the start of the first of these, if any."""

    slices: int
    overwritten: int
    since: int | None = None
