"""Asks one source which customers are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance.rolls import STEP, Call, Search
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import IndicatorError
from sla_monitor.sources.client import PrometheusClient
from sla_monitor.sources.wire import Table

ALIVE = "count(up)"
"""Answers wherever the source scraped anything at all."""


@dataclass(frozen=True, slots=True)
class RollCaller:
    """Through one client."""

    client: PrometheusClient

    async def call(self, search: Search, span: Span) -> Call:
        """Who is there in each minute of the span. Raises SourceError, and IndicatorError for a query of no use.

        Where the query answers with nothing at all, the source must show that it was there to answer.
        """
        await self.client.identity()
        query, label, ends = search.query, search.label, (span.start, span.end - STEP)
        table = await self.client.table(query, (*ends, STEP), (label,))
        if table is None:
            raise IndicatorError(f"the query answers with native histograms where customers are wanted: {query[:200]}")
        if table.keys.values and not any(value for (value,) in table.keys.values):
            raise IndicatorError(f"the query answers without the label {label!r}: {query[:200]}")
        told = _minutes(np.unique(table.times))
        if told.seconds < span.seconds:
            rows = await self.client.query_range(ALIVE, *ends, STEP)
            told = told.union(_minutes(np.unique(np.concatenate([np.zeros(0, np.int64), *(r.times for r in rows)]))))
        return Call(span, told, _there(table))


def _there(table: Table) -> dict[str, Spans]:
    """Of each value, when it was answered; a series without the label belongs to nobody, and no ledger takes a NUL."""
    found: dict[str, list[Span]] = {}
    for row, piece in _pieces(table.times, table.rows):
        (value,) = table.keys.values[row]
        if value and "\0" not in value:
            found.setdefault(value, []).append(piece)
    return {value: Spans.of(pieces) for value, pieces in found.items()}


def _minutes(instants: Ints) -> Spans:
    return Spans(tuple(piece for _, piece in _pieces(instants, np.zeros(len(instants), np.int64))))


def _pieces(instants: Ints, rows: Ints) -> Iterator[tuple[int, Span]]:
    """The minutes that begin with the instants, ascending in each row, put together where they touch."""
    if not len(instants):
        return
    starts = np.flatnonzero((np.diff(instants) > STEP) | (np.diff(rows) != 0)) + 1
    firsts = np.append(0, starts)
    lasts = np.append(starts, len(instants)) - 1
    begins, ends = instants[firsts].tolist(), (instants[lasts] + STEP).tolist()
    for row, begin, end in zip(rows[firsts].tolist(), begins, ends, strict=True):
        yield row, Span(begin, end)
