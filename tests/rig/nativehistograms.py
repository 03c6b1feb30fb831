"""Native histograms into Prometheus by remote write: the Histogram messages of its protobuf."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.rig.remotewrite import STALE, varint

ZERO_THRESHOLD = 2.0**-128
"""As the client libraries set it."""


@dataclass(frozen=True)
class NativeHistogram:
    """Cumulative counts, a row an instant and a column a bucket, as a target exposes them.

    Column k counts what lies in `(2^((first+k-1)/2^schema), 2^((first+k)/2^schema)]`; zeros: observations of 0.
    ends: rows that are stale markers.
    """

    labels: Mapping[str, str]
    timestamps_ms: NDArray[np.int64]
    buckets: NDArray[np.int64]
    first: int
    schema: int = 3
    zeros: NDArray[np.int64] | None = None
    ends: tuple[int, ...] = ()

    def encoded(self, lower: int, upper: int) -> bytes:
        return b"".join(self._message(row) for row in range(lower, upper))

    def _message(self, row: int) -> bytes:
        counts = self.buckets[row]
        zeros = 0 if self.zeros is None else int(self.zeros[row])
        total = zeros + int(counts.sum())
        span = b"\x08" + varint(_zigzag(self.first)) + b"\x10" + varint(len(counts))
        deltas = b"".join(varint(_zigzag(int(one))) for one in np.diff(counts, prepend=0))
        body = b"".join(
            (
                b"\x08" + varint(total),
                b"\x19" + (STALE.tobytes() if row in self.ends else struct.pack("<d", float(total))),
                b"\x20" + varint(_zigzag(self.schema)),
                b"\x29" + struct.pack("<d", ZERO_THRESHOLD),
                b"\x30" + varint(zeros),
                b"\x5a" + varint(len(span)) + span,
                b"\x62" + varint(len(deltas)) + deltas,
                b"\x78" + varint(int(self.timestamps_ms[row])),
            )
        )
        return b"\x22" + varint(len(body)) + body


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1
