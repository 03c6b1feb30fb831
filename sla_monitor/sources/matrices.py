"""Takes the numbers out of the text of a matrix, without an object for each of its points.

A reader of JSON makes a list and a text of each point, to be taken apart again: measured, eight times as dear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import simdjson

from sla_monitor.compliance.slices import Floats, Ints

_OPENED, _CLOSED = b'"values":[[', b"]]}"
"""What stands before and behind the points of a series. No label can hold the first: its quote would be escaped."""
_RESULT = b'"result":['
_OTHERS = b'"histograms":', b'"values":[]'
_OF_NUMBERS = b"0123456789+-.eE"
_UNQUOTED = bytes.maketrans(b'"', b" ")
_AT_ONCE = 1 << 17
"""Bytes that are read together, few enough for the caches of a processor."""
_NAN = b"-1.5e+308"
"""Stands for NaN, as of nothing divided by nothing, which is common, and for which JSON has no number."""


@dataclass(frozen=True)
class Matrix:
    """rest: JSON of the answer without its series. series: JSON of these without their points.

    counts: (series,) how many points. points: (n, 2) instants, POSIX seconds, and values.
    """

    rest: bytes
    series: bytes
    counts: Ints
    points: Floats


def taken(body: bytes) -> Matrix | None:
    """None where it is anything but numbers of series, as the servers write them: that is for the reader of JSON.

    Numbers are as float() reads them, to the last bit.
    """
    first, *pieces = body.split(_OPENED)
    head, found, labels = first.partition(_RESULT)
    if not found or not pieces:
        return None
    parts = [piece.rpartition(_CLOSED) for piece in pieces]
    texts, afters = [text for text, _, _ in parts], [after for _, _, after in parts]
    series = b'"values":0}'.join([labels, *afters[:-1], b""])
    if not afters[-1].startswith(b"]") or any(other in text for other in _OTHERS for text in (series, afters[-1])):
        return None
    counts = [text.count(b"[") + 1 for text in texts]
    points = _points(texts, counts)
    return None if points is None else Matrix(head + found + afters[-1], series, np.array(counts, np.int64), points)


def _points(texts: Sequence[bytes], counts: Sequence[int]) -> Floats | None:
    """Of `1,"2"],[3,"4"` and how many of these there are, of each series."""
    points, done, parser = np.empty((sum(counts), 2)), 0, simdjson.Parser()
    few = max(1, len(texts) * _AT_ONCE // sum(map(len, texts), 1))
    for begin in range(0, len(texts), few):
        count = sum(counts[begin : begin + few])
        read = _read(parser, b"],[".join(texts[begin : begin + few]), count)
        if read is None:
            return None
        points[done : done + count] = read
        done += count
    return points


def _read(parser: simdjson.Parser, text: bytes, count: int) -> Floats | None:
    """(count, 2)."""
    nans = text.count(b'"NaN"') if b"N" in text else 0
    if nans:
        text = text.replace(b'"NaN"', b'"%b"' % _NAN)
    signed_zero = b"-" in text and b'"-0"' in text  # no whole number has such a sign
    if signed_zero or text.translate(None, _OF_NUMBERS) != b',""],[' * (count - 1) + b',""':
        return None
    try:  # with spaces for its quotes, what is part of a number but stands outside of it is no JSON
        read = parser.parse(b"[[%b]]" % text.translate(_UNQUOTED))
        points = np.frombuffer(cast("simdjson.Array", read).as_buffer(of_type="d"), np.float64).reshape(-1, 2)
    except (ValueError, RuntimeError):  # as of 007, which float() reads, or of a number of very many digits
        return None
    return _with_nans(points, nans) if nans else points


def _with_nans(points: Floats, count: int) -> Floats | None:
    """None where the number that stands for it was there as itself, too."""
    is_nan = points == float(_NAN)
    return np.where(is_nan, np.nan, points) if np.count_nonzero(is_nan) == count else None
