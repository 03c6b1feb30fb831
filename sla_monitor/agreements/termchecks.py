"""What is wrong with a term, its renewals, reviews and amendments, and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator

from sla_monitor.agreements import lifetime
from sla_monitor.agreements.findings import Finding
from sla_monitor.agreements.schema.documents import Terms
from sla_monitor.compliance import periods
from sla_monitor.compliance.spans import Span


def term_faults(spec: Terms) -> Iterator[Finding]:
    start, until, terminated = (lifetime.instant_of(spec, key) for key in ("from_", "until", "terminated"))
    if start is not None and until is not None and until <= start:
        hint = "until is the first instant after the term"
        yield Finding(("term", "until"), "until: the term ends before it begins", hint)
        return
    last = None if lifetime.renewed(spec) else until
    if terminated is not None and not (start or 0) <= terminated <= (terminated if last is None else last):
        yield Finding(("term", "terminated"), "terminated: lies outside the term")


def term_notices(spec: Terms, now: int | None) -> Iterator[Finding]:
    """`now` None: nobody looks at the clock."""
    term = lifetime.term_of(spec)
    if now is not None and now >= term.end:
        key = "until" if lifetime.instant_of(spec, "terminated") is None else "terminated"
        yield Finding(("term", key), f"{key}: the agreement has ended, and is measured no longer")
    yield from _of_renewal(spec, term)
    yield from _of_reviews(spec, term)
    yield from _of_amendments(spec, term)


def _of_renewal(spec: Terms, term: Span) -> Iterator[Finding]:
    renewal, until = lifetime.renewal_of(spec), lifetime.instant_of(spec, "until")
    if renewal is None or until is None:
        if spec.term is not None and spec.term.renewal is not None:
            yield Finding(
                ("term", "renewal"), "renewal: the term has no end at which it is renewed", "until: 2027-01-01"
            )
        return
    if renewal.notice is None:
        return
    zone, back, at = periods.zone_of(spec.timezone), renewal.notice.times(-1), ("term", "renewal", "notice")
    if periods.after(periods.after(until, zone, renewal.every), zone, back) < until:
        told = f"notice: {renewal.notice.text} are longer than the {renewal.every.text} of a term"
        yield Finding(at, told, "whoever ends one says so before it begins")
    elif term.start and periods.after(until, zone, back) < term.start:
        told = f"notice: the first term is shorter than {renewal.notice.text}"
        yield Finding(at, told, "its renewal cannot be prevented")


def _of_reviews(spec: Terms, term: Span) -> Iterator[Finding]:
    reviews = lifetime.reviews_of(spec)
    if reviews is None or not term.start:
        return
    if periods.after(term.start, periods.zone_of(spec.timezone), reviews.every) > term.end:
        yield Finding(("reviews", "every"), "every: the term ends before the first review")


def _of_amendments(spec: Terms, term: Span) -> Iterator[Finding]:
    zone = periods.zone_of(spec.timezone)
    for index, amendment in enumerate(spec.amendments):
        effective, at = periods.parse_instant(amendment.effective, zone), ("amendments", index, "effective")
        if effective >= term.end:
            yield Finding(at, "effective: is not before the end of the term, so the amendment never holds")
        elif term.start and effective <= term.start:
            yield Finding(at, "effective: is not after the begin of the term, so what it changes never held before")
