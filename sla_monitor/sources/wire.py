"""Bytes of the Prometheus HTTP API → numbers, or a typed error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from sla_monitor.compliance.slices import Floats, Ints
from sla_monitor.errors import (
    SourceAnswerError,
    SourceError,
    SourcePartialError,
    SourceRefusedError,
    SourceTooMuchError,
    SourceUnavailableError,
)
from sla_monitor.sources import matrices
from sla_monitor.sources.matrices import Matrix

HTTP_OK = 200
_SHOWN = 300
"""Characters of a reason. Some begin with the whole query, and say what is wrong with it at the end."""
HTTP_LOCKED = frozenset({401, 403})
HTTP_REDIRECT = range(300, 400)
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_TOO_MUCH = re.compile(
    r"^(?!.*parse error).*"
    r"(too many samples|exceeded maximum resolution|exceeded [\w -]*limit|limit [\w -]*exceeded|err-mimir-max"
    r"|limit \d+ violated|the query hit the max number of|range exceeds the limit"
    r"|-search\.max(Samples|Points|UniqueTimeseries|QueryDuration|MemoryPerQuery)|not enough memory for processing)"
)
"""Said by Prometheus, Thanos, Mimir, Cortex, VictoriaMetrics. Narrow, because answers also quote the user's values."""
_ANNOTATION = "PromQL "
"""Prometheus 3 reports remarks on the expression as warnings too; the data is whole."""


_CREDENTIALS = "set basic_auth, bearer_token_file or headers of this source"


@dataclass(frozen=True)
class Row:
    """One series of an answer. times: (n,) POSIX seconds; values: (n,), NaN of native histograms.

    edges: the lower and upper edges of the buckets of the newest histogram.
    """

    labels: dict[str, str]
    times: Ints
    values: Floats
    edges: tuple[tuple[float, float], ...] = ()
    is_histogram: bool = False


def decode(status: int, body: bytes, where: str, *, flat: bool = False) -> Any:
    """The `data` of a whole and successful answer. Raises a SourceError for anything else.

    flat: its `result` is a Matrix where it can be one.
    """
    if status in HTTP_REDIRECT:  # never followed: whoever is there was not meant to be told our credentials
        raise SourceAnswerError(f"{where} redirects elsewhere (HTTP {status}): set the final URL")
    matrix = matrices.taken(body) if flat else None
    answer = _json(status, body if matrix is None else matrix.rest, where)
    if not isinstance(answer, dict) or answer.get("status") != "success" or "data" not in answer:
        raise _refusal(status, answer, where)
    partial = [w for w in answer.get("warnings") or () if not str(w).startswith(_ANNOTATION)]
    if partial:
        raise SourcePartialError(f"{where} answered in part only: {'; '.join(map(str, partial))[:300]}")
    return answer["data"] if matrix is None else {**answer["data"], "result": matrix}


def rows(data: Any, where: str) -> tuple[Row, ...]:
    """The rows of a vector or a matrix."""
    try:
        return tuple(_row(series) for series in data["result"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise SourceAnswerError(f"{where} answered with something that is no vector or matrix ({error!r})") from error


class Keys:
    """The values of some labels, of each row of an answer; compared by looking whether it is the same object.

    columns: of each label its values. series: the text they were read from, if they were. rows: where they stand
    with somebody, who is named beside it.
    """

    def __init__(self, columns: list[list[str]], count: int, series: bytes = b"") -> None:
        self.columns, self.series = columns, series
        self.values = [*zip(*columns, strict=True)] if columns else [()] * count
        self.rows: tuple[object, Ints] | None = None

    def are(self, columns: list[list[str]], count: int) -> bool:
        return self.columns == columns and len(self.values) == count

    @cached_property
    def are_distinct(self) -> bool:
        return len(set(self.values)) == len(self.values)


@dataclass(frozen=True)
class Table:
    """A matrix of numbers with its rows told apart by some labels alone.

    keys: of each row. rows: (n,) the row of each value. times: (n,) POSIX seconds.
    read: samples that the server read for it, None where it does not tell.
    """

    keys: Keys
    rows: Ints
    times: Ints
    values: Floats
    read: int | None = None


def table(data: Any, by: tuple[str, ...], where: str, before: Keys | None = None) -> Table | None:
    """None where there are histograms in it. before: of an earlier answer to the same question, often the same."""
    try:
        result = data["result"]
        if isinstance(result, Matrix):
            keys, counts, points = _keys_of(result, by, before), result.counts, result.points
        elif any("histograms" in series for series in result):
            return None
        else:
            keys, (counts, points) = _keys(result, by, before), _points(result)
        instants = _instants(points[:, 0])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise SourceAnswerError(f"{where} answered with something that is no matrix ({error!r})") from error
    told, rows = cost(data), np.repeat(np.arange(len(counts)), counts)
    return Table(keys, rows, instants, points[:, 1], told.samples if told else None)


def _instants(seconds: Floats) -> Ints:
    if not np.isfinite(seconds).all():
        raise ValueError("an instant is no number")
    return np.rint(seconds).astype(np.int64)


def _keys_of(result: Matrix, by: tuple[str, ...], before: Keys | None) -> Keys:
    """Labels are read only where they are others than before."""
    if before is not None and before.series == result.series and len(before.columns) == len(by):
        return before
    series = orjson.loads(b"[%b]" % result.series)
    if len(series) != len(result.counts):
        raise ValueError("a series has no values")
    return _keys(series, by, before, result.series)


def _keys(series: list[Any], by: tuple[str, ...], before: Keys | None, text: bytes = b"") -> Keys:
    columns = [[one["metric"].get(label, "") for one in series] for label in by]
    if before is not None and before.are(columns, len(series)):
        before.series = text
        return before
    return Keys(columns, len(series), text)


def _points(series: list[Any]) -> tuple[Ints, Floats]:
    """How many each has, and all of them, (n, 2)."""
    each = [one["values"] for one in series]
    points = [(instant, float(value)) for values in each for instant, value in values]
    return np.array([*map(len, each)], np.int64), np.array(points, np.float64).reshape(-1, 2)


@dataclass(frozen=True)
class Cost:
    """samples: read for one instant. seconds: of the server, to evaluate it."""

    samples: int
    seconds: float


def cost(data: Any) -> Cost | None:
    """None where a server tells no such statistics."""
    try:
        told = data["stats"]
        return Cost(int(told["samples"]["totalQueryableSamples"]), float(told["timings"]["evalTotalTime"]))
    except (KeyError, TypeError, ValueError):
        return None


def texts(data: Any, where: str) -> tuple[str, ...]:
    """A list of label names or values."""
    if not isinstance(data, list) or not all(isinstance(value, str) for value in data):
        raise SourceAnswerError(f"{where} answered with something that is no list of texts")
    return tuple(data)


def _row(series: dict[str, Any]) -> Row:
    if "histogram" in series or "histograms" in series:
        return _histogram_row(series)
    points = series["values"] if "values" in series else [series["value"]]
    times = np.array([point[0] for point in points], dtype=np.float64)
    values = np.array([float(point[1]) for point in points], dtype=np.float64)
    return Row(series["metric"], np.rint(times).astype(np.int64), values)


def _histogram_row(series: dict[str, Any]) -> Row:
    points = series["histograms"] if "histograms" in series else [series["histogram"]]
    times = np.array([point[0] for point in points], dtype=np.float64)
    edges = tuple((float(lower), float(upper)) for _, lower, upper, _ in points[-1][1].get("buckets", ()))
    instants = np.rint(times).astype(np.int64)
    return Row(series["metric"], instants, np.full(len(instants), np.nan), edges, is_histogram=True)


def _json(status: int, body: bytes, where: str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if status in TRY_AGAIN:
            raise SourceUnavailableError(f"{where} answered HTTP {status}") from error
        if status in HTTP_LOCKED:
            raise SourceRefusedError(f"{where} refused (HTTP {status}): {_CREDENTIALS}") from error
        start = body[:60].decode("utf-8", "replace")
        raise SourceAnswerError(f"{where} answered HTTP {status} with no JSON, or a cut-off one: {start!r}") from error


def _refusal(status: int, answer: Any, where: str) -> SourceError:
    fields = answer if isinstance(answer, dict) else {}
    said = str(fields.get("error", "no reason given"))
    text = said if len(said) <= _SHOWN else f"{said[: _SHOWN // 2]} … {said[-_SHOWN // 2 :]}"
    if fields.get("errorType") == "timeout":
        return SourceTooMuchError(f"{where} took too long (HTTP {status}): {text}")
    if status in TRY_AGAIN:
        return SourceUnavailableError(f"{where} answered HTTP {status}: {text}")
    if status in HTTP_LOCKED:
        return SourceRefusedError(f"{where} refused (HTTP {status}): {text}; {_CREDENTIALS}")
    if status == HTTP_OK:
        return SourceAnswerError(f"{where} answered without data: {text}")
    kind = SourceTooMuchError if _TOO_MUCH.search(said) else SourceRefusedError
    return kind(f"{where} refused (HTTP {status}): {text}")
