"""Asks one source which customers are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sla_monitor.compliance.rolls import STEP, Call, Search
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import IndicatorError
from sla_monitor.sources.client import PrometheusClient

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
        query, label, ends = search.query, search.label, (span.start, span.end - STEP)
        table = await self.client.table(query, *ends, STEP, (label,))
        if table is None:
            raise IndicatorError(f"the query answers with native histograms where customers are wanted: {query[:200]}")
        if table.keys and not any(value for (value,) in table.keys):
            raise IndicatorError(f"the query answers without the label {label!r}: {query[:200]}")
        told = _minutes(np.unique(table.times))
        if told.seconds < span.seconds:
            rows = await self.client.query_range(ALIVE, *ends, STEP)
            told = told.union(_minutes(np.unique(np.concatenate([np.zeros(0, np.int64), *(r.times for r in rows)]))))
        borders = np.searchsorted(table.rows, np.arange(len(table.keys) + 1))
        there: dict[str, Spans] = {}
        for (value,), first, last in zip(table.keys, borders[:-1].tolist(), borders[1:].tolist(), strict=True):
            if value and "\0" not in value:  # a series without the label belongs to nobody; a ledger takes no NUL
                there[value] = there.get(value, Spans()).union(_minutes(table.times[first:last]))
        return Call(span, told, there)


def _minutes(instants: Ints) -> Spans:
    """The minutes that begin with ascending instants."""
    if not len(instants):
        return Spans()
    breaks = np.flatnonzero(np.diff(instants) > STEP)
    firsts = instants[np.append(0, breaks + 1)].tolist()
    lasts = instants[np.append(breaks, len(instants) - 1)].tolist()
    return Spans(tuple(Span(first, last + STEP) for first, last in zip(firsts, lasts, strict=True)))
