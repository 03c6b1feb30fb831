"""Takes the numbers out of the text of a matrix, without an object for each of its points.

A reader of JSON makes a list and a text of each point, to be taken apart again: measured, four times as dear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson

from sla_monitor.compliance.slices import Floats, Ints

_OPENED, _CLOSED = b'"values":[[', b"]]}"
"""What stands before and behind the points of a series. No label can hold it: the quote would be escaped there."""
_RESULT = b'"result":['
_OTHERS = b'"histograms":', b'"values":[]'
_OF_NUMBERS = b"0123456789+-.eE"


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
    if not found or not pieces or any(other in body for other in _OTHERS):
        return None
    parts = [piece.partition(_CLOSED) for piece in pieces]
    end = parts[-1][2]
    if not end.startswith(b"]"):
        return None
    texts = [text for text, _, _ in parts]
    counts = [text.count(b"[") + 1 for text in texts]
    points = _points(b"],[".join(texts), sum(counts))
    if points is None:
        return None
    series = b'"values":0}'.join([labels, *[after for _, _, after in parts[:-1]], b""])
    return Matrix(head + found + end, series, np.array(counts, np.int64), points)


def _points(text: bytes, count: int) -> Floats | None:
    """Of `1,"2"],[3,"4"`. NaN, as of nothing divided by nothing, is common; JSON has no word for it but null."""
    marks = text.replace(b'"NaN"', b'""').translate(None, _OF_NUMBERS)
    # The first looks at what is no part of a number, the others that no part of one stands among it.
    if (
        marks != b',""],[' * (count - 1) + b',""'
        or text.count(b',"') != count
        or (text + b"],[").count(b'"],[') != count
        or b'"-0"' in text  # a whole number has no such sign
    ):
        return None
    try:
        numbers = orjson.loads(b"[%b]" % text.replace(b'"NaN"', b"null").translate(None, b'[]"'))
    except orjson.JSONDecodeError:  # as 007, which float() reads
        return None
    return np.array(numbers, np.float64).reshape(-1, 2)
