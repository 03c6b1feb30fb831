"""History into Prometheus by remote write: some million samples a second, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import cramjam
import httpx
import numpy as np
from numpy.typing import NDArray

HOUR_MS = 3_600_000
# A varint of six bytes: from February 1971 to 2109. One length for all makes a sample a fixed record.
VARINT_BYTES = 6
FIRST_MS, LAST_MS = 1 << 35, (1 << 42) - 1
SAMPLE = np.dtype(
    [
        ("head", "u1", 3),  # field 2 of a TimeSeries, its 16 bytes, then field 1 of a Sample
        ("value", "<f8"),
        ("tag", "u1"),  # field 2 of a Sample
        ("at", "u1", VARINT_BYTES),
    ]
)
HEAD = (0x12, 16, 0x09)

# A signalling NaN of this very pattern ends a series; arithmetic on it would make it an ordinary NaN.
STALE = np.array([0x7FF0000000000002], dtype=np.uint64).view(np.float64)[0]


@dataclass(frozen=True)
class Series:
    """One series: labels with `__name__`, ascending instants, a value for each."""

    labels: Mapping[str, str]
    timestamps_ms: NDArray[np.int64]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len(self.timestamps_ms) != len(self.values):
            raise ValueError(f"{dict(self.labels)}: {len(self.timestamps_ms)} instants, {len(self.values)} values")
        if len(self.timestamps_ms) and not FIRST_MS <= self.timestamps_ms[0] <= self.timestamps_ms[-1] <= LAST_MS:
            raise ValueError(f"{dict(self.labels)}: instants must be milliseconds, ascending, from 1971 to 2109")

    def encoded(self, lower: int, upper: int) -> bytes:
        """The samples `[lower, upper)` as fields of a TimeSeries."""
        return samples(self.timestamps_ms[lower:upper], self.values[lower:upper])


class Pushable(Protocol):
    """What a series of any kind tells."""

    @property
    def labels(self) -> Mapping[str, str]: ...

    @property
    def timestamps_ms(self) -> NDArray[np.int64]: ...

    def encoded(self, lower: int, upper: int) -> bytes: ...


class PushError(RuntimeError):
    """The receiver refused samples; carries its words."""


def push(
    url: str,
    series: Sequence[Pushable],
    progress: Callable[[int], None] | None = None,
    span_ms: int = 3 * HOUR_MS,
) -> int:
    """Send all series, a span of all of them a request, in the order of time; the number of samples sent.

    `progress` is told after each request how many samples it held.
    """
    sent = 0
    # One request is under way while the next is encoded: two cores, one for us and one for the server.
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client, ThreadPoolExecutor(1) as sender:
        waiting: tuple[Future[None], int] | None = None
        for body, count in _requests(series, span_ms):
            following = sender.submit(_send, client, body), count
            sent += _finish(waiting, progress)
            waiting = following
        sent += _finish(waiting, progress)
        _flush(client)
    return sent


def _flush(client: httpx.Client) -> None:
    """VictoriaMetrics finds what was written a second later, or once it is told to."""
    if "X-Server-Hostname" in client.get("/-/healthy").headers:
        client.get("/internal/force_flush").raise_for_status()


def _finish(request: tuple[Future[None], int] | None, progress: Callable[[int], None] | None) -> int:
    if request is None:
        return 0
    request[0].result()
    if progress is not None:
        progress(request[1])
    return request[1]


def _send(client: httpx.Client, body: bytes) -> None:
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    answer = client.post("/api/v1/write", content=bytes(cramjam.snappy.compress_raw(body)), headers=headers)
    if not answer.is_success:
        raise PushError(f"{client.base_url} refused the samples ({answer.status_code}): {answer.text.strip()}")


def _requests(series: Sequence[Pushable], span_ms: int) -> Iterator[tuple[bytes, int]]:
    # An empty server takes the very first sample for the beginning of time: the earliest goes first.
    filled = sorted((one for one in series if len(one.timestamps_ms)), key=lambda one: int(one.timestamps_ms[0]))
    if not filled:
        return
    first = int(filled[0].timestamps_ms[0])
    last = max(int(one.timestamps_ms[-1]) for one in filled)
    borders = np.arange(first, last + span_ms + 1, span_ms)
    cuts = [np.searchsorted(one.timestamps_ms, borders) for one in filled]
    heads = [_labels(one.labels) for one in filled]
    for lower, upper in pairwise(range(len(borders))):
        parts = [
            _timeseries(head, one, int(cut[lower]), int(cut[upper]))
            for head, one, cut in zip(heads, filled, cuts, strict=True)
            if cut[lower] < cut[upper]
        ]
        if parts:
            yield b"".join(parts), int(sum(cut[upper] - cut[lower] for cut in cuts))


def _timeseries(head: bytes, one: Pushable, lower: int, upper: int) -> bytes:
    body = head + one.encoded(lower, upper)
    return b"\x0a" + varint(len(body)) + body


def samples(timestamps_ms: NDArray[np.int64], values: NDArray[np.float64]) -> bytes:
    records = np.empty(len(values), dtype=SAMPLE)
    records["head"] = HEAD
    records["value"] = values
    records["tag"] = 0x10
    groups = timestamps_ms[:, None] >> (7 * np.arange(VARINT_BYTES)) & 0x7F
    groups[:, :-1] |= 0x80
    records["at"] = groups
    return records.tobytes()


def _labels(labels: Mapping[str, str]) -> bytes:
    # The receiver takes labels only in the order of their names.
    return b"".join(_label(name, value) for name, value in sorted(labels.items()) if value)


def _label(name: str, value: str) -> bytes:
    body = b"".join(
        tag + varint(len(text)) + text for tag, text in ((b"\x0a", name.encode()), (b"\x12", value.encode()))
    )
    return b"\x0a" + varint(len(body)) + body


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
