"""Digests over slices: what a statement rests on, day by day, so that a changed byte can be named.

A slice is written as `<qddqq`, little-endian: start (POSIX seconds), good, total, known seconds, the number of its
states; then each state as `<d`, a quiet NaN where it is unknown. The states are those of the fewest steps of equal
length that say all of it: a slice that was up throughout has one. So nothing hangs on how finely they are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import gcd

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import periods
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.slices import Floats, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement

DAY = 86_400


def packed(slices: Slices) -> bytes:
    """The slices one after another, as the module tells."""
    head = np.zeros((len(slices), 6), "<f8")
    head[:, 1], head[:, 2] = slices.good, slices.total
    whole = head.view("<i8")
    whole[:, 0], whole[:, 3] = slices.starts, slices.known
    if slices.states is None:
        return head[:, :5].tobytes()
    states = np.where(np.isnan(slices.states), np.nan, slices.states)
    whole[:, 4], head[:, 5] = 1, states[:, 0]
    rows = [row.tobytes() for row in head]
    for index in np.flatnonzero(_changes(states).any(axis=1)).tolist():
        fewest = simplest(states[index])
        whole[index, 4] = len(fewest)
        rows[index] = head[index, :5].tobytes() + fewest.astype("<f8").tobytes()
    return b"".join(rows)


def simplest(states: Floats) -> Floats:
    """The states of one slice on as few steps as say all of it."""
    borders = np.flatnonzero(_changes(states[None])[0]) + 1
    return states[:: gcd(len(states), *borders.tolist())]


def _changes(states: Floats) -> npt.NDArray[np.bool_]:
    """Whether each step but the first says something else than the one before it."""
    before, after = states[:, :-1], states[:, 1:]
    return np.asarray((before != after) & ~(np.isnan(before) & np.isnan(after)))


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
