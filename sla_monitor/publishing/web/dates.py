"""The term of an agreement, and the dates by which somebody must act on it: in words and as records."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.records import Record
from sla_monitor.publishing.web import texts


def term_record(agreement: Agreement) -> Record:
    """As it was agreed, with what became of it."""
    renewal = agreement.renewal
    notice = None if renewal is None or renewal.notice is None else renewal.notice.text
    return {
        "from": _told(agreement.term.start or None),
        "until": _told(agreement.until),
        "renewal": None if renewal is None else {"every": renewal.every.text, "notice": notice},
        "terminated": _told(agreement.terminated),
    }


def reviews_record(agreement: Agreement) -> Record | None:
    reviews = agreement.reviews
    return None if reviews is None else {"every": reviews.every.text, "with": list(reviews.with_)}


def record(lifetime: Lifetime) -> Record:
    """As they are now; null for what was not agreed or is not to come."""
    return {
        "term": {"from": _told(lifetime.period.start or None), "until": _told(lifetime.period.end)},
        "end": _told(lifetime.end),
        "renewal": _told(lifetime.renewal),
        "notice": _told(lifetime.notice),
        "review": _told(lifetime.review),
    }


def facts(agreement: Agreement, lifetime: Lifetime | None, at: int) -> tuple[tuple[str, str], ...]:
    """For its page; empty for what there is not."""
    return (
        ("Term", _term(agreement)),
        ("Next renewal", "" if lifetime is None else _renewal(lifetime, agreement.zone, at)),
        ("Reviews", _reviews(agreement, lifetime)),
    )


def _term(agreement: Agreement) -> str:
    until = FOREVER if agreement.until is None else agreement.until
    words = [texts.term(Span(agreement.term.start, until), agreement.zone)]
    if agreement.renewal is not None:
        words.append(f"renewed by {agreement.renewal.every.text} at a time")
    if agreement.terminated is not None:
        words.append(f"terminated {texts.moment(agreement.terminated, agreement.zone)}")
    return ", ".join(words)


def _renewal(lifetime: Lifetime, zone: ZoneInfo, at: int) -> str:
    if lifetime.renewal is None:
        return ""
    told = texts.moment(lifetime.renewal, zone)
    if lifetime.notice is None:
        return told
    last = texts.moment(lifetime.notice, zone)
    if at > lifetime.notice:
        return f"{told}; notice could be given until {last}"
    return f"{told}, unless notice is given by {last}"


def _reviews(agreement: Agreement, lifetime: Lifetime | None) -> str:
    reviews = agreement.reviews
    if reviews is None:
        return ""
    words = [f"every {reviews.every.text}"]
    if reviews.with_:
        words.append(f"with {', '.join(reviews.with_)}")
    if lifetime is not None and lifetime.review is not None:
        words.append(f"the next on {texts.day(lifetime.review, agreement.zone)}")
    return ", ".join(words)


def _told(instant: int | None) -> str | None:
    return None if instant is None or instant >= FOREVER else rfc3339(instant)
