"""Digests over slices: what a statement rests on, day by day, so that a changed byte can be named.

A slice is written as `<qddq`: start (POSIX seconds), good, total, known seconds; its states follow as `<d` each, a
quiet NaN where unknown. All little-endian; good, total and states are IEEE 754 doubles as the slices hold them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from sla_monitor.compliance import periods
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement

DAY = 86_400


def packed(slices: Slices) -> bytes:
    """The slices one after another, as the module tells."""
    head = np.empty((len(slices), 4), "<f8")
    head[:, 1], head[:, 2] = slices.good, slices.total
    head.view("<i8")[:, 0], head.view("<i8")[:, 3] = slices.starts, slices.known
    columns = head
    if slices.states is not None:
        columns = np.hstack((head, np.where(np.isnan(slices.states), np.nan, slices.states)))
    return columns.tobytes()


def days_of(slices: Slices) -> list[Record]:
    """The digest of each UTC day that holds slices, in order."""
    return [
        {"day": periods.rfc3339(number * DAY)[:10], "sha256": _digest(slices, number)}
        for number in np.unique(slices.starts // DAY).tolist()
    ]


def _digest(slices: Slices, number: int) -> str:
    return hashlib.sha256(packed(slices.between(number * DAY, (number + 1) * DAY))).hexdigest()


def evidence_of(measurement: Measurement, span: Span, slices: Slices, asked: Sequence[Asked]) -> Record:
    """What is told of the slices of a measurement in a span, and the queries that they came from."""
    held = slices.between(span.start, span.end)
    return {
        "measurement": measurement.key,
        "source": measurement.source,
        "slice_seconds": measurement.slice_seconds,
        "from": periods.rfc3339(span.start),
        "until": periods.rfc3339(span.end),
        "count": len(held),
        "sha256": hashlib.sha256(packed(held)).hexdigest(),
        "days": days_of(held),
        "queries": [
            {"part": one.part, "query": one.query, "step_seconds": one.step, "at": "end" if one.at_end else "start"}
            for one in asked
        ],
    }
