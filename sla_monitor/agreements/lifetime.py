"""From a sound document to the core's term, with its renewals and reviews."""

from __future__ import annotations

from typing import Literal

from sla_monitor.agreements.schema.documents import Terms
from sla_monitor.agreements.schema.parties import Term
from sla_monitor.compliance import periods, terms
from sla_monitor.compliance.spans import FOREVER, Span


def term_of(spec: Terms) -> Span:
    """How long the agreement is in force. Where renewal was agreed it goes on until somebody ends it."""
    start, terminated = instant_of(spec, "from_") or 0, instant_of(spec, "terminated")
    until = None if renewed(spec) else instant_of(spec, "until")
    return Span(start, min(end for end in (until, terminated, FOREVER) if end is not None))


def renewed(spec: Terms) -> bool:
    """Without an end there is nothing to be renewed."""
    return spec.term is not None and spec.term.renewal is not None and spec.term.until is not None


def instant_of(spec: Terms, key: Literal["from_", "until", "terminated"]) -> int | None:
    text = getattr(spec.term or Term(), key)
    return None if text is None else periods.parse_instant(text, periods.zone_of(spec.timezone))


def renewal_of(spec: Terms) -> terms.Renewal | None:
    if spec.term is None or spec.term.renewal is None or not renewed(spec):
        return None
    notice = spec.term.renewal.notice
    return terms.Renewal(spec.term.renewal.every.by_calendar, None if notice is None else notice.by_calendar)


def reviews_of(spec: Terms) -> terms.Reviews | None:
    return None if spec.reviews is None else terms.Reviews(spec.reviews.every.by_calendar, spec.reviews.with_)
