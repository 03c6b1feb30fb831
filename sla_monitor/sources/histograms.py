"""What a histogram is made of, found out by asking: classic buckets, native samples, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose, isfinite, log2

from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Latency
from sla_monitor.errors import IndicatorError, SourceRefusedError
from sla_monitor.sources import promql
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.expressions import Native

STRETCH = 300
"""Seconds that are looked at together."""


async def native(client: PrometheusClient, histogram: str, span: Span, r: int) -> Native | None:
    """How native samples of the span are read; None where there are none.

    Looked for every r seconds, since a stale marker may follow the next time.
    """
    first = span.end - -(-span.seconds // STRETCH) * STRETCH
    seen_in = f"count(count_over_time(histogram_count({histogram})[{STRETCH}s:{r}s]))"
    try:
        seen = await client.query_range(seen_in, first, span.end, STRETCH)
    except SourceRefusedError:
        return None  # a server that knows no such function holds no such samples
    if not seen:
        return None
    lasting = f"count(histogram_count(last_over_time({histogram}[{STRETCH}s])))"
    return Native.LASTING if await client.query(lasting, int(seen[0].times[-1])) else Native.BARE


async def spellings(client: PrometheusClient, latency: Latency, span: Span) -> tuple[str, ...] | None:
    """How the bound of a classic bucket is spelled. IndicatorError where no bucket ever had it."""
    seen: tuple[str, ...] = ()
    # A bucket that came or went some other day leaves this one unknown; that is no fault of the agreement.
    for within in (span, None):
        seen = await _bounds(client, latency, within)
        if spelled := _of_threshold(latency, seen):
            return spelled
    if not seen:
        await _refuse_other_kinds(client, latency.histogram, span)
        return None
    told = ", ".join(sorted((le for le in seen if _number(le) is not None), key=float))
    raise IndicatorError(
        f"{latency.histogram} has no bucket at {plain(latency.threshold)} s; it has {told} s: "
        "set the threshold to one of them"
    )


async def spellings_beside_native(client: PrometheusClient, latency: Latency, span: Span) -> tuple[str, ...] | None:
    """The same where native samples stand in for a bucket that is missing."""
    return _of_threshold(latency, await _bounds(client, latency, span)) or None


async def is_interpolated(client: PrometheusClient, latency: Latency, at: int) -> bool:
    """Whether the threshold lies inside a bucket of the native histogram, and not at the edge of one."""
    rows = await client.query(f"sum({latency.histogram})", at)
    edges = [edge for row in rows for edge in row.edges]
    return bool(edges) and not _is_edge(float(latency.threshold), edges)


def _is_edge(threshold: float, edges: Sequence[tuple[float, float]]) -> bool:
    """Buckets are told where something lies in them; of exponential ones the width tells all the others."""
    if any(isclose(threshold, edge) for pair in edges for edge in pair):
        return True
    widths = [log2(upper / lower) for lower, upper in edges if lower > 0 and isfinite(upper)]
    if not widths:
        return False
    steps = log2(threshold) / min(widths)
    doubles = 1 / min(widths)
    return isclose(doubles, round(doubles), abs_tol=1e-6) and isclose(steps, round(steps), abs_tol=1e-6)


async def _bounds(client: PrometheusClient, latency: Latency, within: Span | None) -> tuple[str, ...]:
    return await client.label_values("le", str(promql.selector(latency.histogram).renamed("_bucket")), within)


def _of_threshold(latency: Latency, seen: Sequence[str]) -> tuple[str, ...]:
    return tuple(le for le in seen if _number(le) == float(latency.threshold))


async def _refuse_other_kinds(client: PrometheusClient, histogram: str, span: Span) -> None:
    if await client.query(f"count(count_over_time({histogram}[{span.seconds}s]))", span.end):
        raise IndicatorError(
            f"{histogram} is no histogram: it has neither buckets nor native samples (a summary or a gauge?); "
            "hold it against a number with threshold: {query: …, is: …}"
        )


def _number(le: str) -> float | None:
    """The bound as Prometheus reads it; None for +Inf, which bounds nothing."""
    try:
        return bound if isfinite(bound := float(le)) else None
    except ValueError:
        return None
